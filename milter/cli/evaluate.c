/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/clock.h"
#include "antisales/base/log.h"
#include "antisales/edge/session.h"
#include "cli.h"
#include "corpus.h"
#include "evaluation.h"
#include "report.h"

static const char usage[] =
    "Usage: antisales evaluate [OPTION].. PATH..\n"
    "Judges all mails below some paths (*.eml, mbox, Maildir) and counts what came out.\n\n"
    "  --policy FILE   the policy (default: the configuration's)\n"
    "  --config FILE   the daemon's configuration: policy and limits\n"
    "  --labels FILE   lines of path and label, separated by a tab or comma; with a first\n"
    "                  line of names, columns that begin with \"platforms\" are compared, too\n"
    "  --unwanted A,B  labels of mail that is to be tagged (default: marketing,cold-sales)\n"
    "  --json          one JSON object\n"
    "  --html          one HTML page\n"
    "  --help          this text\n\n"
    "Every mail is judged without history. Files that cannot be read are counted and named.\n"
    "Exit status: 0, or 66 when no mail was found.\n";

enum form { FORM_TEXT, FORM_JSON, FORM_HTML };
enum { UNWANTED_MAX = 16 };

struct evaluate {
	struct engine engine;
	struct evaluation sum;
	struct corpus_counts counts;
	struct arena arena;
	struct labels labels;
	struct slice unwanted[UNWANTED_MAX];
	size_t unwanted_count;
	const char *policy, *config, *labels_file;
	enum form form;
	bool progress;
	int64_t shown_us;
};

static int64_t wall(void *arg)
{
	(void)arg;
	return clock_wall();
}

static void show_progress(struct evaluate *ev)
{
	int64_t now = clock_mono_us();

	if (!ev->progress || now - ev->shown_us < 200000)
		return;
	ev->shown_us = now;
	fprintf(stderr, "\r%zu messages, %zu tagged ...", ev->sum.messages, ev->sum.messages - ev->sum.verdicts[VERDICT_PASS]);
}

static void on_mail(const char *name, struct slice text, void *arg)
{
	static const struct eml_envelope unknown;
	struct evaluate *ev = arg;
	struct session *s = session_new(&ev->engine);
	const struct decision *d;
	struct outbox out;
	struct arena a;
	int64_t begun = clock_mono_us();

	if (s == NULL) {
		evaluation_bad(&ev->sum, name, "no memory");
		return;
	}
	arena_init(&a, 64 * 1024, 512 * 1024 * 1024);
	outbox_init(&out, &a);
	eml_feed(s, text, &unknown, &a);
	(void)session_eom(s, &out.mta, &d);
	evaluation_add(&ev->sum, name, text.n, d, clock_mono_us() - begun);
	session_free(s);
	arena_done(&a);
	show_progress(ev);
}

static void on_bad(const char *name, const char *why, void *arg)
{
	struct evaluate *ev = arg;

	evaluation_bad(&ev->sum, name, why);
}

static int take_unwanted(struct evaluate *ev, const char *text)
{
	struct slice rest = slice_of(text);

	while (rest.n > 0 && ev->unwanted_count < UNWANTED_MAX)
		ev->unwanted[ev->unwanted_count++] = slice_trim(slice_cut(&rest, ','));
	return rest.n > 0 ? cli_usage(&command_evaluate, "too many labels behind --unwanted") : -1;
}

static int take_option(struct evaluate *ev, int opt)
{
	switch (opt) {
	case 'p': ev->policy = optarg; return -1;
	case 'c': ev->config = optarg; return -1;
	case 'l': ev->labels_file = optarg; return -1;
	case 'u': return take_unwanted(ev, optarg);
	case 'j': ev->form = FORM_JSON; return -1;
	case 'H': ev->form = FORM_HTML; return -1;
	case 'h': fputs(usage, stdout); return EX_OK;
	default: return cli_usage(&command_evaluate, NULL);
	}
}

static int parse(struct evaluate *ev, int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' }, { "config", required_argument, NULL, 'c' },
		{ "labels", required_argument, NULL, 'l' }, { "unwanted", required_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' }, { "html", no_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' }, { 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int rc = take_option(ev, opt);

		if (rc >= 0)
			return rc;
	}
	return optind == argc ? cli_usage(&command_evaluate, "name the files or folders to evaluate") : -1;
}

static void print_sum(const struct evaluate *ev)
{
	if (ev->progress)
		fputs("\r\033[K", stderr);
	if (ev->form == FORM_JSON)
		evaluation_json(&ev->sum, stdout);
	else if (ev->form == FORM_HTML)
		evaluation_html(&ev->sum, stdout);
	else
		evaluation_text(&ev->sum, stdout);
}

static int walk_all(struct evaluate *ev, const struct policy *p, int argc, char **argv)
{
	struct corpus_visitor v = { .mail = on_mail, .bad = on_bad, .arg = ev };
	const struct labels *labels = ev->labels_file == NULL ? NULL : &ev->labels;
	struct err err = { 0 };

	if ((labels != NULL && labels_load(ev->labels_file, &ev->arena, &ev->labels, &err) < 0)
	    || evaluation_init(&ev->sum, p, labels, &ev->arena, &err) < 0)
		return cli_fail("evaluate", &err);
	if (ev->unwanted_count > 0) {
		ev->sum.unwanted = ev->unwanted;
		ev->sum.unwanted_count = ev->unwanted_count;
	}
	for (int i = optind; i < argc; i++)
		corpus_walk(argv[i], &v, &ev->counts);
	print_sum(ev);
	return ev->sum.messages == 0 ? EX_NOINPUT : EX_OK;
}

static int run(int argc, char **argv)
{
	static struct evaluate ev;      /* too large for comfort on a stack */
	struct store_conf memory = { .url = "memory:" };
	struct err err = { 0 };
	struct setup *s;
	int rc;

	ev = (struct evaluate){ .progress = isatty(STDERR_FILENO) };
	rc = parse(&ev, argc, argv);
	if (rc >= 0)
		return rc;
	log_set_level(LOG_LEVEL_ERROR);
	arena_init(&ev.arena, 256 * 1024, (size_t)1024 * 1024 * 1024);
	engine_init(&ev.engine, wall, NULL);
	if (cli_load(&ev.engine, ev.config, ev.policy, &err) < 0) {
		rc = (cli_fail("evaluate", &err), EX_CONFIG);
	} else if (store_open(&memory, &ev.engine.store, &err) < 0) {
		rc = cli_fail("evaluate", &err);
	} else {
		s = setup_get(&ev.engine.setups);
		rc = walk_all(&ev, s->policy, argc, argv);
		setup_put(s);
	}
	engine_close(&ev.engine);
	arena_done(&ev.arena);
	return rc;
}

const struct command command_evaluate = {
	.name = "evaluate", .summary = "judge a whole corpus and count what came out", .usage = usage, .run = run,
};
