/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"
#include "antisales/edge/engine.h"

struct command {
	const char *name;
	const char *summary;            /* one line of "antisales help" */
	const char *usage;              /* what --help prints */
	int (*run)(int argc, char **argv);      /* argv[0] is the command's name; sysexits(3) */
};
extern const struct command command_address, command_check, command_config, command_dossier, command_evaluate, command_facts,
    command_feedback, command_forgive, command_journal, command_lint, command_optout, command_org, command_platforms, command_relation,
    command_reputation, command_simulate, command_status, command_store, command_timeline, command_unsubscribe;

/* Prints "antisales COMMAND: text" to standard error; returns the sysexits code of the error. */
int cli_fail(const char *command, const struct err *err);
/* For a word that no option has: prints it and the usage, returns EX_USAGE. */
int cli_usage(const struct command *c, const char *why);
/* True when standard output is a terminal and NO_COLOR is not set. */
bool cli_colour(void);
/* The only ways to print what is not ours: control characters and bytes that are no UTF-8 become '?'. */
void cli_print(struct slice s);                 /* to standard output */
void cli_put(FILE *out, struct slice s);
/* One line "antisales COMMAND: text" on standard error; command may be NULL. */
void cli_complain(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The daemon's configuration where it is installed; NULL when there is none to read. */
const char *cli_installed_config(void);
/*
 * The configuration and policy that a command works with: --config, else
 * --policy, else the installed ones, else policies/default.yaml of a checkout.
 */
int cli_load(struct engine *e, const char *config, const char *policy, struct err *reterr);

/* One mail of a file, as an MTA would tell it. */
struct eml_envelope {
	const char *from;               /* NULL: the Return-Path field, else the From field */
	const char *const *rcpts;
	size_t rcpts_count;
	const char *client;             /* "ADDRESS" or "NAME [ADDRESS]"; NULL: unknown */
	const char *helo;
	struct slice login;             /* absent: nobody logged in */
	struct slice authenticated;     /* domains that are taken as proved, separated by blanks; absent for none */
};
/* A header field, its value with its folds, each a single LF, as MTAs tell it. */
struct eml_field {
	struct slice name, value;
};
/* Reads the field at *rest; false at the end of the header. */
bool eml_field(struct slice *rest, struct arena *a, struct eml_field *ret);
struct session;
/* Feeds the text of a mail through a session up to the end of the message. */
void eml_feed(struct session *s, struct slice text, const struct eml_envelope *env, struct arena *a);

#endif
