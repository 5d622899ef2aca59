/* SPDX-License-Identifier: BSD-3-Clause */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/clock.h"
#include "antisales/base/json.h"
#include "antisales/base/log.h"
#include "antisales/edge/session.h"
#include "cli.h"
#include "replay.h"
#include "report.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales simulate [OPTION].. FILE..\n"
    "Tells the daemon a story of many mails on simulated time, and compares what it\n"
    "decides with what the story expects. Nothing sleeps, nothing is sent.\n\n"
    "  --policy FILE    another policy than the story's\n"
    "  --quiet          only what is not as expected\n"
    "  --json           one JSON object a mail\n"
    "  --help           this text\n\n"
    "Exit status: 0 all as expected, 1 not, 65 or 66 a story could not be read.\n";

enum { FLUSH_MS = 10000, VALUE_MAX = 2048, ARENA_MAX = 256 * 1024 * 1024 };

struct simulate {
	struct engine engine;
	const char *policy;
	bool quiet, json;
	int64_t now;
	size_t mails, failures;
};

/* The writer asks for the time on a thread of its own; it runs only while a mail waits for it. */
static _Atomic int64_t simulated_now;

static int64_t writer_now(void)
{
	return simulated_now;
}

static int64_t session_now(void *arg)
{
	const struct simulate *m = arg;

	return m->now;
}

/* One mail of a step, with all variables filled in. */
struct telling {
	const struct replay *replay;
	const struct replay_step *step;
	int64_t n;
	struct arena arena;
	struct outbox out;
	const struct decision *decision;        /* NULL: not judged */
	struct slice rcpts[REPLAY_RCPTS_MAX];
};

static struct slice fill(struct telling *t, struct slice text)
{
	return text.p == NULL ? text : replay_fill(text, t->step->with, t->n, &t->arena);
}

static void complain(struct simulate *m, const struct telling *t, const struct replay_expect *e, const char *got)
{
	m->failures++;
	fprintf(stderr, "%s:%u: mail %lld: expected ", t->replay->path, e->line, (long long)t->n);
	cli_put(stderr, e->text);
	fprintf(stderr, ", got \"");
	cli_put(stderr, slice_of(got));
	fputs("\"\n", stderr);
}

/* What a name stands for: verdict, score or a fact. false when there is no such thing. */
static bool value_of(const struct telling *t, struct slice name, struct buf *out)
{
	const struct decision *d = t->decision;
	enum fact_id id = fact_find(name);

	if (slice_eq(name, SLICE("verdict")))
		buf_adds(out, d == NULL ? "none" : verdict_name(d->verdict));
	else if (slice_eq(name, SLICE("score")))
		buf_addf(out, "%d", d == NULL ? 0 : d->score->total);
	else if (id == FACT_COUNT)
		return false;
	else if (d != NULL)
		fact_say(d->facts, id, out);
	return true;
}

/* "ann@example.com score": what that recipient's own policy and history say. */
static bool value_for(const struct telling *t, struct slice rcpt, struct slice name, struct buf *out)
{
	for (size_t i = 0; t->decision != NULL && i < t->decision->count; i++) {
		const struct rcpt_verdict *r = &t->decision->recipients[i];

		if (r->recipient == NULL || !slice_ieq(r->recipient->spec, rcpt))
			continue;
		if (slice_eq(name, SLICE("score")))
			buf_addf(out, "%d", r->score);
		else
			buf_adds(out, verdict_name(r->verdict));
		return true;
	}
	return false;
}

static bool compares(struct slice op, const char *got, struct slice want)
{
	char text[VALUE_MAX];
	double a, b;

	snprintf(text, sizeof text, "%.*s", SLICE_FMT(want));
	a = strtod(got, NULL);
	b = strtod(text, NULL);
	if (slice_eq(op, SLICE(">=")))
		return got[0] != '\0' && a >= b;
	if (slice_eq(op, SLICE("<=")))
		return got[0] != '\0' && a <= b;
	return fnmatch(text, got, 0) == 0;
}

/* "X-Anti-Sales-Why: *sequence=24*": some field of that kind fits. */
static void expect_header(struct simulate *m, const struct telling *t, const struct replay_expect *e, struct slice text)
{
	char pattern[VALUE_MAX], line[VALUE_MAX];

	snprintf(pattern, sizeof pattern, "%.*s", SLICE_FMT(text));
	for (size_t i = 0; i < t->out.headers_count; i++) {
		snprintf(line, sizeof line, "%.*s", SLICE_FMT(t->out.headers[i]));
		if (fnmatch(pattern, line, 0) == 0)
			return;
	}
	complain(m, t, e, "no such field");
}

static void expect_value(struct simulate *m, const struct telling *t, const struct replay_expect *e, struct slice text)
{
	size_t at = 0;
	struct slice left, right, op;
	struct buf got;
	bool known;

	while (at < text.n && strchr("=<>", text.p[at]) == NULL)
		at++;
	op = slice_sub(text, at, at + 1 < text.n && text.p[at] != '=' && text.p[at + 1] == '=' ? 2 : 1);
	left = slice_trim(slice_sub(text, 0, at));
	right = slice_trim(slice_sub(text, at + op.n, text.n));
	buf_init(&got, VALUE_MAX);
	if (slice_find(left, ' ', 0) < left.n) {
		struct slice rcpt = slice_cut(&left, ' ');

		known = value_for(t, rcpt, slice_trim(left), &got);
	} else {
		known = value_of(t, left, &got);
	}
	if (!known || at == text.n)
		complain(m, t, e, "nothing of that name");
	else if (!compares(op, buf_cstr(&got), right))
		complain(m, t, e, buf_cstr(&got));
	buf_done(&got);
}

static void check(struct simulate *m, struct telling *t)
{
	for (size_t i = 0; i < t->step->expects_count; i++) {
		const struct replay_expect *e = &t->step->expects[i];
		struct slice text = fill(t, e->text);

		if (slice_istarts(text, SLICE("X-")))
			expect_header(m, t, e, text);
		else
			expect_value(m, t, e, text);
	}
}

static void put_fact(json *map, const struct telling *t, const char *name)
{
	struct buf b;

	buf_init(&b, VALUE_MAX);
	if (value_of(t, slice_of(name), &b) && b.n > 0)
		json_put(map, name, json_of_text(buf_slice(&b)));
	buf_done(&b);
}

static void tell_json(const struct simulate *m, const struct telling *t)
{
	static const char *const facts[] = { "verdict", "score", "org.domain", "platform.id", "relationship.level", "sequence.touch",
		"sequence.days", "fanout.recipients", "template.recipients" };
	char at[CLOCK_TEXT];
	json *map = json_map();

	json_put(map, "file", json_of_text(slice_of(t->replay->path)));
	json_put(map, "line", json_of_int(t->step->line));
	json_put(map, "at", json_of_text(slice_of(clock_text(m->now, at))));
	json_put(map, "own", json_of_bool(t->step->login.n > 0));
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		put_fact(map, t, facts[i]);
	cli_print_json(map);
}

static void tell(const struct simulate *m, struct telling *t)
{
	const struct decision *d = t->decision;
	char at[CLOCK_TEXT];

	if (m->json) {
		tell_json(m, t);
		return;
	}
	printf("%.16s  %-10s %3d  ", clock_text(m->now, at), d == NULL ? (t->step->login.n > 0 ? "own" : "unjudged")
	    : verdict_name(d->verdict), d == NULL ? 0 : d->score->total);
	cli_print(fill(t, t->step->from));
	printf(" -> ");
	cli_print(t->rcpts[0]);
	if (t->step->rcpts_count > 1)
		printf(" and %zu more", t->step->rcpts_count - 1);
	if (d != NULL && t->out.headers_count > 0) {
		printf("\n    ");
		cli_print(t->out.headers[0]);
	}
	putchar('\n');
}

static void tell_session(struct simulate *m, struct session *s, struct telling *t)
{
	const char *rcpts[REPLAY_RCPTS_MAX];
	struct slice client = fill(t, t->step->client), mail = replay_mail(t->replay, t->step->mail)->text;
	struct eml_envelope env = { .from = fill(t, t->step->from).p, .rcpts = rcpts, .rcpts_count = t->step->rcpts_count,
		.client = client.n == 0 ? "mail.example.net [192.0.2.25]" : client.p, .login = fill(t, t->step->login),
		.authenticated = fill(t, t->step->authenticated) };

	for (size_t i = 0; i < t->step->rcpts_count; i++) {
		t->rcpts[i] = fill(t, t->step->rcpts[i]);
		rcpts[i] = t->rcpts[i].p;
	}
	outbox_init(&t->out, &t->arena);
	eml_feed(s, fill(t, mail), &env, &t->arena);
	(void)session_eom(s, &t->out.mta, &t->decision);
	writer_flush(m->engine.writer, FLUSH_MS);
}

static void tell_mail(struct simulate *m, const struct replay *r, const struct replay_step *step, int64_t n)
{
	struct session *s = session_new(&m->engine);
	struct telling t = { .replay = r, .step = step, .n = n };

	if (s == NULL)
		return;
	simulated_now = m->now;
	arena_init(&t.arena, 64 * 1024, ARENA_MAX);
	tell_session(m, s, &t);
	m->mails++;
	if (!m->quiet)
		tell(m, &t);
	check(m, &t);
	session_free(s);
	arena_done(&t.arena);
}

static int open_engine(struct simulate *m, const struct replay *r, struct err *reterr)
{
	const char *policy = m->policy != NULL ? m->policy : r->policy;
	struct store_conf memory = { .url = "memory:" };
	int rc;

	simulated_now = m->now = r->start;
	engine_init(&m->engine, session_now, m);
	rc = cli_load(&m->engine, NULL, policy, reterr);
	if (rc == E_OK)
		rc = store_open(&memory, &m->engine.store, reterr);
	return rc == E_OK ? writer_start(m->engine.store, writer_now, &m->engine.writer, reterr) : rc;
}

static int tell_story(struct simulate *m, const char *path)
{
	struct replay r;
	struct arena a;
	struct err err = { 0 };
	int rc;

	arena_init(&a, 64 * 1024, ARENA_MAX);
	rc = replay_read(path, &a, &r, &err);
	if (rc < 0)
		rc = (cli_fail("simulate", &err), err.code == E_ABSENT || err.code == E_IO ? EX_NOINPUT : EX_DATAERR);
	else if (open_engine(m, &r, &err) < 0)
		rc = (cli_fail("simulate", &err), EX_CONFIG);
	for (size_t i = 0; rc == EX_OK && i < r.steps_count; i++) {
		m->now += r.steps[i].after;
		for (int64_t n = 1; n <= r.steps[i].repeat; n++) {
			m->now += n > 1 ? r.steps[i].every : 0;
			tell_mail(m, &r, &r.steps[i], n);
		}
	}
	engine_close(&m->engine);
	arena_done(&a);
	return rc;
}

static int parse(struct simulate *m, int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' }, { "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'p': m->policy = optarg; break;
		case 'q': m->quiet = true; break;
		case 'j': m->json = true; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: return cli_usage(&command_simulate, NULL);
		}
	return optind == argc ? cli_usage(&command_simulate, "name a story") : -1;
}

static int run(int argc, char **argv)
{
	static struct simulate m;
	int rc;

	m = (struct simulate){ 0 };
	rc = parse(&m, argc, argv);
	if (rc >= 0)
		return rc;
	log_set_level(LOG_LEVEL_WARNING);
	rc = EX_OK;
	for (int i = optind; i < argc; i++) {
		int one = tell_story(&m, argv[i]);

		rc = one > rc ? one : rc;
	}
	if (!m.json && !m.quiet)
		printf("%zu mails, %zu not as expected\n", m.mails, m.failures);
	return rc == EX_OK && m.failures > 0 ? 1 : rc;
}

const struct command command_simulate = {
	.name = "simulate", .summary = "tell a story of many mails on simulated time", .usage = usage, .run = run,
};
