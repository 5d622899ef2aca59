/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/alloc.h"
#include "antisales/ledger/relation.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales relation list [NAME] [OPTION]..\n"
    "       antisales relation add NAME [--level LEVEL] [OPTION]..\n"
    "       antisales relation remove NAME [OPTION]..\n"
    "Shows and corrects what your people and an organisation are to each other.\n"
    "A name is a domain, platform:account, or a mail address.\n\n"
    "  --level LEVEL     add: answered, introduced, correspondent or contract (default)\n"
    "  --person ADDRESS  one of you; list: may repeat; add and remove: else everybody\n"
    "  --until DATE      add: no longer than this\n"
    "  --for SPAN        add: no longer than so long, such as 90d\n"
    "  --all             list: strangers, too\n"
    "  --config FILE     the daemon's configuration\n"
    "  --policy FILE     the policy, if not the configuration's\n"
    "  --store URL       the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME         as of then\n"
    "  --json            one JSON object a relationship\n"
    "  --help            this text\n\n"
    "\"remove\" makes strangers of them until there is a new sign: it forgets what was seen\n"
    "before. Exit status: 0 done, 66 the name is not known.\n";

struct row {
	int64_t party, person;
	struct record record;
};

struct relation_cli {
	struct ledger_cli ledger;
	struct cli_persons persons;
	enum relation_level level;
	int64_t until, span;
	bool all;
	struct org_view view;
	struct row *rows;
	size_t count, room;
	int64_t root;                   /* only this organisation; 0: every one */
	bool failed;
};

static int take_level(struct relation_cli *c, const char *text)
{
	c->level = relation_level_read(slice_of(text));
	return c->level != RELATION_LEVELS ? -1
	    : cli_usage(&command_relation, "--level is answered, introduced, correspondent or contract");
}

static int take_option(struct relation_cli *c, int opt)
{
	switch (opt) {
	case 'l': return take_level(c, optarg);
	case 'P': return cli_take_person(&command_relation, &c->persons, optarg);
	case 'a': c->all = true; return -1;
	case 'u':
		return clock_parse(slice_of(optarg), &c->until) ? -1 : cli_usage(&command_relation, "--until is a day such as 2026-12-31");
	case 'f':
		return clock_parse_span(slice_of(optarg), &c->span) && c->span > 0 ? -1
		    : cli_usage(&command_relation, "--for is a span such as 90d");
	default: return ledger_cli_option(&c->ledger, opt);
	}
}

static int parse(struct relation_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "level", required_argument, NULL, 'l' }, { "person", required_argument, NULL, 'P' },
		{ "until", required_argument, NULL, 'u' }, { "for", required_argument, NULL, 'f' },
		{ "all", no_argument, NULL, 'a' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(c, opt);
	if (rc < 0 && c->until != 0 && c->span != 0)
		rc = cli_usage(&command_relation, "say --until or --for");
	return rc;
}

static bool keep_row(const struct store_key *k, const struct record *r, void *arg)
{
	struct relation_cli *c = arg;
	struct row *grown;
	int64_t party = organisation_id(k), person = organisation_other(k);
	const struct org_node *n = org_view_find(&c->view, party);

	if (party == 0 || (c->root != 0 && (n == NULL ? party : n->root) != c->root))
		return true;
	if (person != 0 && !cli_is_person(&c->persons, person))
		return true;
	grown = alloc_room(c->rows, &c->room, c->count + 1, sizeof *grown);
	c->failed = c->failed || grown == NULL;
	if (grown == NULL)
		return false;
	c->rows = grown;
	c->rows[c->count++] = (struct row){ party, person, *r };
	return true;
}

/* Rows stand in the order of their keys, so a party begins with what concerns everybody. */
static struct relation relation_at(struct relation_cli *c, size_t i, const struct record **all)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	const struct row *row = &c->rows[i];
	struct relation r;

	if (row->person == 0)
		*all = &row->record;
	else if (i == 0 || c->rows[i - 1].party != row->party)
		*all = NULL;
	r = relation_read(row->person == 0 ? NULL : &row->record, *all, &s->policy->memory, c->ledger.at);
	setup_put(s);
	return r;
}

static void put_day(json *map, const char *key, int64_t when)
{
	char day[CLOCK_TEXT];

	if (when > 0)
		json_put(map, key, json_of_text(slice_of(cli_day(when, day))));
}

static void tell(struct relation_cli *c, const struct row *row, const struct relation *r)
{
	char party[IDENTIFIER_TEXT_MAX], person[IDENTIFIER_TEXT_MAX], since[CLOCK_TEXT] = "-", written[CLOCK_TEXT] = "-";
	json *map;

	org_view_name(&c->view, row->party, party);
	cli_person_name(row->person, &c->persons, person);
	if (c->ledger.json) {
		map = json_map();
		json_put(map, "name", json_of_text(slice_of(party)));
		json_put(map, "person", json_of_text(slice_of(person)));
		json_put(map, "level", json_of_text(slice_of(relation_level_name(r->level))));
		put_day(map, "since", r->since);
		put_day(map, "written", r->written_at);
		put_day(map, "consent", r->consent_at);
		cli_print_json(map);
		return;
	}
	if (r->since > 0)
		cli_day(r->since, since);
	if (r->written_at > 0)
		cli_day(r->written_at, written);
	printf("%-13s  %-10s  %-10s  ", relation_level_name(r->level), since, written);
	cli_print(slice_of(person));
	fputs("  ", stdout);
	cli_print(slice_of(party));
	putchar('\n');
}

static int list(struct relation_cli *c, const char *name)
{
	struct party p = { 0 };
	struct err err = { 0 };
	const struct record *all = NULL;
	const struct org_node *n;
	size_t told = 0;

	if (org_view_load(c->ledger.engine.store, &c->view, &err) < 0
	    || (name != NULL && cli_party(&c->ledger, name, &p, &err) < 0))
		return cli_fail("relation", &err);
	n = p.id == 0 ? NULL : org_view_find(&c->view, p.id);
	c->root = n == NULL ? p.id : n->root;
	if (c->ledger.engine.store->ops->scan(c->ledger.engine.store, 'l', keep_row, c, &err) < 0)
		return cli_fail("relation", &err);
	if (c->failed)
		return EX_OSERR;
	if (!c->ledger.json && c->count > 0)
		puts("level          since       you wrote   who of you  to");
	for (size_t i = 0; i < c->count; i++) {
		struct relation r = relation_at(c, i, &all);

		if (r.level == RELATION_STRANGER && !c->all)
			continue;
		tell(c, &c->rows[i], &r);
		told++;
	}
	if (name == NULL || told > 0)
		return EX_OK;
	cli_complain("relation", "%s and your people are strangers", name);
	return EX_NOINPUT;
}

static int set(struct relation_cli *c, const char *name, enum relation_level level, const char *what)
{
	struct party p = { 0 };
	struct err err = { 0 };
	int64_t person = c->persons.count > 0 ? c->persons.id[0] : 0;
	int64_t until = c->span != 0 ? c->ledger.at + c->span : c->until;
	struct store_change changes[2];
	char text[IDENTIFIER_TEXT_MAX];

	if (c->persons.count > 1)
		return cli_usage(&command_relation, "one --person at a time");
	if (cli_party(&c->ledger, name, &p, &err) < 0)
		return cli_fail("relation", &err);
	if (until != 0 && until <= c->ledger.at)
		return cli_usage(&command_relation, "that day is over");
	changes[0] = identifier_seen(&c->ledger.engine.site, &p.identifier, c->ledger.at);
	changes[1] = relation_set(p.id, person, level, until, c->ledger.at);
	if (cli_apply(&c->ledger.engine, changes, 2, &err) < 0)
		return cli_fail("relation", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = what, .about = p.identifier.kind == IDENTIFIER_MAILBOX
	    ? SLICE("a mailbox") : p.identifier.value, .level = slice_of(relation_level_name(level)) });
	if (!c->ledger.json) {
		printf("%s: ", relation_level_name(level));
		cli_print(slice_of(name));
		printf(" and %s\n", cli_person_name(person, &c->persons, text));
	}
	return EX_OK;
}

static int act(struct relation_cli *c, const char *verb, char **names, int count)
{
	struct err err = { 0 };

	if (cli_find_persons(&c->ledger, &c->persons, &err) < 0)
		return cli_fail("relation", &err);
	if (strcmp(verb, "list") == 0 && count <= 1)
		return list(c, count == 1 ? names[0] : NULL);
	if (strcmp(verb, "add") == 0 && count == 1 && c->level != RELATION_STRANGER)
		return set(c, names[0], c->level, "relation add");
	if (strcmp(verb, "remove") == 0 && count == 1)
		return set(c, names[0], RELATION_STRANGER, "relation remove");
	return cli_usage(&command_relation, "write list, add NAME or remove NAME");
}

static int run(int argc, char **argv)
{
	static struct relation_cli c;
	int rc;

	c = (struct relation_cli){ .level = RELATION_CONTRACT };
	ledger_cli_begin(&c.ledger, &command_relation);
	rc = parse(&c, argc, argv);
	if (rc < 0 && optind == argc)
		rc = cli_usage(&command_relation, "write list, add NAME or remove NAME");
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, strcmp(argv[optind], "list") != 0);
	if (rc < 0)
		rc = act(&c, argv[optind], argv + optind + 1, argc - optind - 1);
	org_view_free(&c.view);
	free(c.rows);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_relation = {
	.name = "relation", .summary = "what your people and an organisation are to each other", .usage = usage, .run = run,
};
