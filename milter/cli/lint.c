/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "antisales/base/json.h"
#include "antisales/catalogue/lint.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales lint [--policy FILE | --config FILE | --catalogue FOLDER] [--json]\n"
    "Checks a policy and its catalogue: every fingerprint must find its examples and\n"
    "leave its near misses alone, none may be there twice or be slow. The same is\n"
    "asked of examples and near misses of the phrases of confirmations.\n\n"
    "  --policy FILE       the policy (default: the installed one)\n"
    "  --config FILE       the policy that this configuration names\n"
    "  --catalogue FOLDER  platform files alone, without a policy\n"
    "  --json              one JSON object a problem, and one at the end\n"
    "  --help              this text\n\n"
    "Exit status: 0 all good, 65 problems were found.\n";

struct lint_out {
	bool json;
};

static void on_problem(const char *file, unsigned line, const char *text, void *arg)
{
	const struct lint_out *o = arg;
	json *map;

	if (!o->json) {
		cli_print(slice_of(file));
		printf(":%u: ", line);
		cli_print(slice_of(text));
		putchar('\n');
		return;
	}
	map = json_map();
	json_put(map, "file", json_of_text(slice_of(file)));
	json_put(map, "line", json_of_int(line));
	json_put(map, "problem", json_of_text(slice_of(text)));
	cli_print_json(map);
}

static void print_sum(const struct lint_out *o, const struct catalogue *c, int problems)
{
	json *map;

	if (!o->json) {
		printf("%zu platforms, %zu fingerprints, %d errors\n", catalogue_count(c), catalogue_fingerprints(c), problems);
		return;
	}
	map = json_map();
	json_put(map, "platforms", json_of_int((int64_t)catalogue_count(c)));
	json_put(map, "fingerprints", json_of_int((int64_t)catalogue_fingerprints(c)));
	json_put(map, "errors", json_of_int(problems));
	cli_print_json(map);
}

/* confirmations may be NULL */
static int lint(const struct catalogue *c, const struct confirmations *confirmations, struct lint_out *o)
{
	struct err err = { 0 };
	int problems = catalogue_lint(c, on_problem, o, &err), more = 0;

	if (problems >= 0 && confirmations != NULL)
		more = confirmations_lint(confirmations, on_problem, o, &err);
	if (problems < 0 || more < 0)
		return cli_fail("lint", &err);
	print_sum(o, c, problems + more);
	return problems + more == 0 ? EX_OK : EX_DATAERR;
}

static int lint_folder(const char *dir, struct lint_out *o)
{
	struct err err = { 0 };
	struct catalogue *c;
	struct arena a;
	int rc;

	arena_init(&a, 64 * 1024, 256 * 1024 * 1024);
	rc = catalogue_load(dir, &a, &c, &err) < 0 ? (cli_fail("lint", &err), EX_DATAERR) : lint(c, NULL, o);
	arena_done(&a);
	return rc;
}

static int64_t no_time(void *arg)
{
	(void)arg;
	return 0;
}

static int lint_policy(const char *config, const char *policy, struct lint_out *o)
{
	static struct engine engine;
	struct err err = { 0 };
	struct setup *s;
	int rc;

	engine_init(&engine, no_time, NULL);
	if (cli_load(&engine, config, policy, &err) < 0) {
		cli_fail("lint", &err);
		engine_close(&engine);
		return err.code == E_ABSENT ? EX_NOINPUT : EX_DATAERR;
	}
	s = setup_get(&engine.setups);
	rc = lint(s->policy->catalogue, &s->policy->confirmations, o);
	setup_put(s);
	engine_close(&engine);
	return rc;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' }, { "config", required_argument, NULL, 'c' },
		{ "catalogue", required_argument, NULL, 'd' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 },
	};
	const char *policy = NULL, *config = NULL, *dir = NULL;
	struct lint_out o = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p': policy = optarg; break;
		case 'c': config = optarg; break;
		case 'd': dir = optarg; break;
		case 'j': o.json = true; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: return cli_usage(&command_lint, NULL);
		}
	}
	if (optind < argc)
		return cli_usage(&command_lint, "unexpected argument; a policy is named with --policy");
	return dir != NULL ? lint_folder(dir, &o) : lint_policy(config, policy, &o);
}

const struct command command_lint = {
	.name = "lint", .summary = "check a policy and every fingerprint", .usage = usage, .run = run,
};
