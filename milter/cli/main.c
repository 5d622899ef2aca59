/* SPDX-License-Identifier: BSD-3-Clause */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/hash.h"
#include "antisales/base/word.h"
#include "cli.h"

/* Sorted by name. */
static const struct command *const commands[] = {
	&command_address, &command_check, &command_config, &command_dossier, &command_evaluate, &command_facts,
	&command_feedback, &command_forgive, &command_journal, &command_lint, &command_optout, &command_org,
	&command_platforms, &command_relation, &command_reputation, &command_simulate, &command_status, &command_store,
	&command_timeline, &command_unsubscribe,
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void help(FILE *out)
{
	fputs("Usage: antisales COMMAND [OPTION]..\n"
	    "The command line of the Anti-Sales milter.\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n\"antisales COMMAND --help\" tells more. Manual: antisales(1).\n", out);
}

static int unknown(const char *name)
{
	const char *names[COMMANDS], *near;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	near = word_nearest_in(slice_of(name), names, COMMANDS);
	cli_complain(NULL, "unknown command \"%s\"%s%s%s", name, near == NULL ? "" : ", did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
	return EX_USAGE;
}

/* getopt begins its complaints with argv[0]. */
static int run(const struct command *c, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof name, "antisales %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };

	setlocale(LC_ALL, "C");
	if (argc < 2) {
		help(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return EX_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("antisales " PACKAGE_VERSION);
		return EX_OK;
	}
	if (hash_init(&err) < 0)
		return cli_fail(argv[1], &err);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return run(commands[i], argc - 1, argv + 1);
	return unknown(argv[1]);
}
