/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/json.h"
#include "antisales/base/word.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales platforms [--policy FILE] [--json | --markdown] [list | show ID]\n"
    "Lists the platforms of the catalogue, or shows one with its fingerprints.\n\n"
    "  --policy FILE  the policy whose catalogue is meant (default: the installed one)\n"
    "  --json         one JSON object a platform\n"
    "  --markdown     the table of doc/platforms.md\n"
    "  --help         this text\n";

enum form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN };

static json *fingerprint_json(const struct fingerprint *fp)
{
	json *map = json_map();

	json_put(map, "where", json_of_text(slice_of(place_name(fp->place))));
	json_put(map, "header", json_of_text(fp->header));
	json_put(map, "pattern", json_of_text(fp->pattern));
	json_put(map, "proof", json_of_text(slice_of(proof_name(fp->proof))));
	json_put(map, "source", json_of_text(fp->source));
	return map;
}

static void show_json(const struct platform *p, bool whole)
{
	json *map = json_map(), *list = json_list();

	json_put(map, "id", json_of_text(p->id));
	json_put(map, "name", json_of_text(p->name));
	json_put(map, "category", json_of_text(slice_of(category_name(p->category))));
	json_put(map, "also", json_of_text(p->also));
	for (size_t i = 0; whole && i < p->fingerprints_count; i++)
		json_add(list, fingerprint_json(&p->fingerprints[i]));
	if (whole)
		json_put(map, "fingerprints", list);
	else
		json_free(list);
	cli_print_json(map);
}

static void list_one(const struct platform *p, enum form form)
{
	if (form == FORM_JSON)
		show_json(p, false);
	else if (form == FORM_MARKDOWN)
		printf("| `%.*s` | %.*s | %s | %zu | %.*s |\n", SLICE_FMT(p->id), SLICE_FMT(p->name), category_name(p->category),
		    p->fingerprints_count, SLICE_FMT(p->also));
	else
		printf("%-28.*s %-22s %3zu  %.*s\n", SLICE_FMT(p->id), category_name(p->category), p->fingerprints_count,
		    SLICE_FMT(p->name));
}

static int list(const struct catalogue *c, enum form form)
{
	if (form == FORM_MARKDOWN)
		printf("# Platforms\n\nMade by `antisales platforms --markdown`; %zu platforms, %zu fingerprints.\n\n"
		    "| id | name | category | fingerprints | wanted mail it carries too |\n| --- | --- | --- | --- | --- |\n",
		    catalogue_count(c), catalogue_fingerprints(c));
	for (size_t i = 0; i < catalogue_count(c); i++)
		list_one(catalogue_at(c, i), form);
	return EX_OK;
}

static const char *id_at(size_t i, const void *arg)
{
	return catalogue_at(arg, i)->id.p;
}

static int show(const struct catalogue *c, const char *id, enum form form)
{
	const struct platform *p = catalogue_find(c, slice_of(id));

	if (p == NULL) {
		const char *near = word_nearest(slice_of(id), id_at, c, catalogue_count(c));

		cli_complain("platforms", "\"%s\" is unknown%s%s%s; \"antisales platforms list\" shows them all", id,
		    near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near, near == NULL ? "" : "\"?");
		return EX_DATAERR;
	}
	if (form == FORM_JSON) {
		show_json(p, true);
		return EX_OK;
	}
	printf("%.*s (%.*s), %s\n", SLICE_FMT(p->name), SLICE_FMT(p->id), category_name(p->category));
	if (p->also.n > 0)
		printf("carries too: %.*s\n", SLICE_FMT(p->also));
	for (size_t i = 0; i < p->fingerprints_count; i++) {
		const struct fingerprint *fp = &p->fingerprints[i];

		printf("  %-6s %s%s%.*s  %.*s\n", proof_name(fp->proof), place_name(fp->place), fp->header.n > 0 ? ":" : "",
		    SLICE_FMT(fp->header), SLICE_FMT(fp->pattern));
	}
	return EX_OK;
}

static int64_t no_time(void *arg)
{
	(void)arg;
	return 0;
}

static int work(const char *policy, enum form form, int argc, char **argv)
{
	static struct engine engine;
	struct err err = { 0 };
	struct setup *s;
	int rc = EX_USAGE;

	engine_init(&engine, no_time, NULL);
	if (cli_load(&engine, NULL, policy, &err) < 0) {
		rc = (cli_fail("platforms", &err), EX_CONFIG);
		engine_close(&engine);
		return rc;
	}
	s = setup_get(&engine.setups);
	if (argc == 0 || (argc == 1 && strcmp(argv[0], "list") == 0))
		rc = list(s->policy->catalogue, form);
	else if (argc == 2 && strcmp(argv[0], "show") == 0)
		rc = show(s->policy->catalogue, argv[1], form);
	else
		rc = cli_usage(&command_platforms, "list, or show and an id, are expected");
	setup_put(s);
	engine_close(&engine);
	return rc;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' }, { "json", no_argument, NULL, 'j' },
		{ "markdown", no_argument, NULL, 'm' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	enum form form = FORM_TEXT;
	const char *policy = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p': policy = optarg; break;
		case 'j': form = FORM_JSON; break;
		case 'm': form = FORM_MARKDOWN; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: return cli_usage(&command_platforms, NULL);
		}
	}
	return work(policy, form, argc - optind, argv + optind);
}

const struct command command_platforms = {
	.name = "platforms", .summary = "list the platforms that are recognised", .usage = usage, .run = run,
};
