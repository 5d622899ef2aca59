/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/clock.h"
#include "antisales/base/json.h"
#include "antisales/edge/engine.h"
#include "antisales/ledger/identifier.h"
#include "antisales/ledger/party.h"
#include "cli.h"

/* How a command wants its store. */
struct cli_store {
	const char *command;            /* for messages */
	const char *config, *store;     /* --config, --store; NULL when not given */
	bool needed;                    /* without either, the installed one; else one in memory */
	bool write;
};
/* Opens e->store and e->site after cli_load, as the owner of the store's folder when root asks. */
int cli_open_store(struct engine *e, const struct cli_store *c, struct err *reterr);
/* What root opens would be closed to the daemon: become the owner of the file or folder first, unless that is root. */
void cli_become_owner(const char *command, const char *path);
int cli_apply(struct engine *e, const struct store_change *changes, size_t n, struct err *reterr);
/* The record of that tag for an identifier; tags of organisation.h included. */
int cli_read(struct engine *e, char tag, int64_t id, struct record *ret, bool *found, struct err *reterr);

/* What a user calls an identifier: "www.acme.example" is the domain acme.example. */
int cli_name(const char *text, struct arena *a, struct identifier *ret, struct err *reterr);

/* All identifiers and edges of a store, for listing. */
struct org_node {
	int64_t id, root;
	struct record record;
};
struct org_edge {
	int64_t a, b;
	bool weak, active;
	int64_t first_seen, last_seen, mails, joined, split;
};
struct org_view {
	struct org_node *nodes;         /* sorted by id */
	size_t nodes_count, nodes_room;
	struct org_edge *edges;
	size_t edges_count, edges_room;
	bool failed;
};
int org_view_load(struct store *s, struct org_view *v, struct err *reterr);
void org_view_free(struct org_view *v);
struct org_node *org_view_find(const struct org_view *v, int64_t id);          /* NULL when unknown */
/* The name of an identifier, "phone#4a1f" when its text is not kept. Returns out. */
char *org_view_name(const struct org_view *v, int64_t id, char out[IDENTIFIER_TEXT_MAX]);
/* The member that stands for an organisation: its first domain, else its first account. NULL when there is none. */
const struct org_node *org_view_face(const struct org_view *v, int64_t root);

/* What the commands about organisations have in common. */
struct ledger_cli {
	const struct command *command;
	struct engine engine;
	struct arena arena;
	const char *config, *policy, *store;
	int64_t at;
	bool at_told;                   /* by --at */
	bool json;
};
#define LEDGER_OPTIONS \
	{ "config", required_argument, NULL, 'c' }, { "policy", required_argument, NULL, 'p' }, \
	{ "store", required_argument, NULL, 's' }, { "at", required_argument, NULL, 't' }, \
	{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { 0 }
void ledger_cli_begin(struct ledger_cli *l, const struct command *c);
/* Takes one of LEDGER_OPTIONS: -1 to go on, else an exit code. */
int ledger_cli_option(struct ledger_cli *l, int opt);
/* Opens configuration and store: -1 to go on, else an exit code, after the complaint. */
int ledger_cli_open(struct ledger_cli *l, bool write);
void ledger_cli_end(struct ledger_cli *l);

/* Whom a user means: "acme.example", "marketo:123-ABC-456", or the party behind an address. */
int cli_party(struct ledger_cli *l, const char *text, struct party *ret, struct err *reterr);
/* One of us, by address. */
int cli_person(struct ledger_cli *l, const char *text, int64_t *ret, struct err *reterr);
/* Those of us who were named: the store itself tells no address. */
enum { CLI_PERSONS_MAX = 32 };
struct cli_persons {
	const char *name[CLI_PERSONS_MAX];
	int64_t id[CLI_PERSONS_MAX];
	size_t count;
};
/* An option that names one: -1 to go on, else an exit code, after the complaint. */
int cli_take_person(const struct command *command, struct cli_persons *p, const char *name);
/* After ledger_cli_open: the ids of those that were named. */
int cli_find_persons(struct ledger_cli *l, struct cli_persons *p, struct err *reterr);
/* True for those named, and for all when nobody is. */
bool cli_is_person(const struct cli_persons *p, int64_t id);
/* The name that was given, else "person#4a1f"; "everybody" for 0. Returns out. */
char *cli_person_name(int64_t id, const struct cli_persons *known, char out[IDENTIFIER_TEXT_MAX]);

/* Writes down in the journal, if the configuration names one, what the command has just changed: the members from by
 * to store are filled in here. A journal that cannot be written is complained about and does not undo the change. */
void cli_journal_change(struct ledger_cli *l, const struct journal_change *what);

/* Prints one line and frees. */
void cli_print_json(json *map);
/* "2026-03-01" into out[CLOCK_TEXT]; returns out. */
char *cli_day(int64_t when, char out[CLOCK_TEXT]);

#endif
