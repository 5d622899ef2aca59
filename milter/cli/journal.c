/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/file.h"
#include "antisales/base/json.h"
#include "antisales/base/log.h"
#include "antisales/edge/chain.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales journal verify [OPTION].. [FILE]..\n"
    "Checks that no line of the journal was changed, removed, moved or cut off. Several\n"
    "files are those that rotation left, the oldest first; without one it is the\n"
    "configuration's journal.\n\n"
    "  --config FILE    the daemon's configuration: journal, and the site's key\n"
    "  --json           one JSON object a finding, and one at the end\n"
    "  --help           this text\n\n"
    "Exit status: 0 whole, 65 something is wrong, 66 a file cannot be read.\n";

enum { FILE_BYTES_MAX = 1 << 30 };

struct verify {
	struct engine engine;
	const char *config, *journal;
	bool json;
	struct site_key key;
	struct chain_link last;         /* number 0: nothing was read yet */
	bool any;
	uint64_t lines, unchained, findings;
};

static int64_t no_time(void *arg)
{
	(void)arg;
	return 0;
}

static void find(struct verify *v, const char *file, uint64_t line, const char *text)
{
	json *map;

	v->findings++;
	if (!v->json) {
		cli_print(slice_of(file));
		printf(":%" PRIu64 ": %s\n", line, text);
		return;
	}
	map = json_map();
	json_put(map, "file", json_of_text(slice_of(file)));
	json_put(map, "line", json_of_int((int64_t)line));
	json_put(map, "finding", json_of_text(slice_of(text)));
	cli_print_json(map);
}

/* Whether a good line follows the one before it. */
static void check_place(struct verify *v, const char *file, uint64_t line, const struct chain_link *link, const char *before)
{
	char text[120];

	if (!v->any)
		return;
	if (link->number > v->last.number + 1)
		snprintf(text, sizeof text, "%" PRIu64 " lines are missing before this one", link->number - v->last.number - 1);
	else if (link->number <= v->last.number)
		snprintf(text, sizeof text, "line number %" PRIu64 " stands behind number %" PRIu64, link->number, v->last.number);
	else if (strcmp(before, v->last.chain) != 0)
		snprintf(text, sizeof text, "it does not follow the line before it");
	else
		return;
	find(v, file, line, text);
}

static void check_line(struct verify *v, const char *file, uint64_t number, struct slice line, bool ended)
{
	struct chain_link link;
	char before[CHAIN_TEXT];
	enum chain_finding f = chain_read(&v->key, line, &link, before);

	v->lines++;
	if (!ended)
		find(v, file, number, "the line is cut off");
	else if (f == CHAIN_NONE && !v->any)
		v->unchained++;         /* written before there were chains */
	else if (f == CHAIN_NONE)
		find(v, file, number, "the line is not the journal's");
	else if (f == CHAIN_BAD)
		find(v, file, number, "the line was changed");
	else
		check_place(v, file, number, &link, before);
	if (link.number > 0 && ended) {
		v->last = link;
		v->any = true;
	}
}

static int check_file(struct verify *v, const char *path)
{
	struct arena a;
	struct err err = { 0 };
	struct slice text;
	uint64_t number = 0;
	int rc;

	arena_init(&a, 1 << 20, (size_t)FILE_BYTES_MAX + (1 << 21));
	rc = file_read(path, FILE_BYTES_MAX, &a, &text, &err);
	while (rc == E_OK && text.n > 0) {
		bool ended = slice_find(text, '\n', 0) < text.n;
		struct slice line = slice_cut(&text, '\n');

		check_line(v, path, ++number, line, ended);
	}
	arena_done(&a);
	if (rc < 0) {
		cli_fail("journal", &err);
		return EX_NOINPUT;
	}
	return EX_OK;
}

/* The live journal has to go as far as is noted beside it. */
static void check_end(struct verify *v, const char *path)
{
	struct chain_link end = chain_end(path);
	char text[120];

	if (end.number <= v->last.number)
		return;
	snprintf(text, sizeof text, "the last %" PRIu64 " lines are missing", end.number - v->last.number);
	find(v, path, v->lines, text);
}

static int conclude(const struct verify *v)
{
	json *map;

	if (v->json) {
		map = json_map();
		json_put(map, "lines", json_of_int((int64_t)v->lines));
		json_put(map, "unchained", json_of_int((int64_t)v->unchained));
		json_put(map, "findings", json_of_int((int64_t)v->findings));
		cli_print_json(map);
	} else {
		printf("%" PRIu64 " lines, %" PRIu64 " of them older than the chain, %s\n", v->lines, v->unchained,
		    v->findings == 0 ? "nothing is missing or changed" : "not all is as it was written");
	}
	return v->findings == 0 ? EX_OK : EX_DATAERR;
}

static int open_key(struct verify *v)
{
	struct setup *s;
	char path[4096];
	struct err err = { 0 };
	int rc = cli_load(&v->engine, v->config, NULL, &err);

	if (rc < 0) {
		cli_fail("journal", &err);
		return EX_CONFIG;
	}
	s = setup_get(&v->engine.setups);
	v->journal = s->config->journal;
	if (snprintf(path, sizeof path, "%s/site.key", s->config->state) >= (int)sizeof path)
		rc = err_set(&err, E_LIMIT, "the name of the state folder is too long");
	else
		rc = site_key_load(path, false, &v->key, &err);
	setup_put(s);
	return rc < 0 ? cli_fail("journal", &err) : -1;
}

static int verify(struct verify *v, char **files, int count)
{
	int rc = EX_OK;

	if (count == 0 && v->journal[0] == '\0') {
		cli_complain("journal", "the configuration names no journal; name a file");
		return EX_USAGE;
	}
	for (int i = 0; rc == EX_OK && i < count; i++)
		rc = check_file(v, files[i]);
	if (rc == EX_OK && count == 0)
		rc = check_file(v, v->journal);
	if (rc != EX_OK)
		return rc;
	if (count == 0 || strcmp(files[count - 1], v->journal) == 0)
		check_end(v, v->journal);
	return conclude(v);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	static struct verify v;
	int opt, rc = -1;

	v = (struct verify){ 0 };
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'c': v.config = optarg; break;
		case 'j': v.json = true; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: return cli_usage(&command_journal, NULL);
		}
	if (optind == argc || strcmp(argv[optind], "verify") != 0)
		return cli_usage(&command_journal, "write verify");
	log_set_level(LOG_LEVEL_WARNING);
	engine_init(&v.engine, no_time, NULL);
	rc = open_key(&v);
	if (rc < 0)
		rc = verify(&v, argv + optind + 1, argc - optind - 1);
	engine_close(&v.engine);
	return rc;
}

const struct command command_journal = {
	.name = "journal", .summary = "check that nothing in the journal was changed or removed", .usage = usage, .run = run,
};
