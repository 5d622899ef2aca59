/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/json.h"
#include "antisales/base/log.h"
#include "cli.h"
#include "journal_read.h"
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

struct verify {
	struct engine engine;
	const char *config, *journal;
	bool json;
	struct journal_reader reader;
};

static int64_t no_time(void *arg)
{
	(void)arg;
	return 0;
}

static void find(const struct journal_place *at, const char *text, void *arg)
{
	const struct verify *v = arg;
	json *map;

	if (!v->json) {
		cli_print(slice_of(at->file));
		printf(":%" PRIu64 ": %s\n", at->line, text);
		return;
	}
	map = json_map();
	json_put(map, "file", json_of_text(slice_of(at->file)));
	json_put(map, "line", json_of_int((int64_t)at->line));
	json_put(map, "finding", json_of_text(slice_of(text)));
	cli_print_json(map);
}

static int check_file(struct verify *v, const char *path)
{
	struct err err = { 0 };

	if (journal_read(&v->reader, path, &err) == E_OK)
		return EX_OK;
	cli_fail("journal", &err);
	return EX_NOINPUT;
}

static int conclude(const struct verify *v)
{
	const struct journal_reader *r = &v->reader;
	json *map;

	if (v->json) {
		map = json_map();
		json_put(map, "lines", json_of_int((int64_t)r->at.nth));
		json_put(map, "unchained", json_of_int((int64_t)r->unchained));
		json_put(map, "findings", json_of_int((int64_t)r->findings));
		cli_print_json(map);
	} else {
		printf("%" PRIu64 " lines, %" PRIu64 " of them older than the chain, %s\n", r->at.nth, r->unchained,
		    r->findings == 0 ? "nothing is missing or changed" : "not all is as it was written");
	}
	return r->findings == 0 ? EX_OK : EX_DATAERR;
}

static int open_key(struct verify *v)
{
	struct setup *s;
	struct err err = { 0 };
	int rc = cli_load(&v->engine, v->config, NULL, &err);

	if (rc < 0) {
		cli_fail("journal", &err);
		return EX_CONFIG;
	}
	s = setup_get(&v->engine.setups);
	v->journal = s->config->journal;
	rc = journal_key(s->config, &v->reader.key, &err);
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
		journal_read_end(&v->reader, v->journal);
	return conclude(v);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	static struct verify v;
	int opt, rc = -1;

	v = (struct verify){ .reader = { .find = find, .arg = &v } };
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
