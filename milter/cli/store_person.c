/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/alloc.h"
#include "antisales/ledger/erasure.h"
#include "antisales/ledger/feedback.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales store export ADDRESS [OPTION]..\n"
    "       antisales store forget ADDRESS [--dry-run] [OPTION]..\n"
    "Shows, or removes, all that the store keeps about a person: one of you, or a mailbox\n"
    "outside at a provider of private mailboxes.\n\n"
    "  --user USER      the name under which he gave feedback (default: ADDRESS)\n"
    "  --dry-run        forget: only count\n"
    "  --config FILE    the daemon's configuration\n"
    "  --policy FILE    the policy, if not the configuration's\n"
    "  --store URL      the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME        as of then\n"
    "  --json           export prints JSON anyway; forget prints its counts so\n"
    "  --help           this text\n\n"
    "Exit status: 0 done, also when there was nothing.\n";

enum { GROUP = 500 };

struct person_cli {
	struct ledger_cli ledger;
	const char *user;
	bool dry_run;
	struct data_subject subject;
	struct org_view view;
	struct store_change *changes;
	size_t count, room;
	int64_t whole, part;
	bool failed;
};

static int parse(struct person_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "user", required_argument, NULL, 'u' }, { "dry-run", no_argument, NULL, 'd' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'u')
			c->user = optarg;
		else if (opt == 'd')
			c->dry_run = true;
		else
			rc = ledger_cli_option(&c->ledger, opt);
	}
	if (rc < 0 && argc - optind != 2)
		rc = cli_usage(&command_store, "write export ADDRESS or forget ADDRESS");
	return rc;
}

static int find_subject(struct person_cli *c, const char *address, struct err *reterr)
{
	struct slice user = slice_of(c->user != NULL ? c->user : address);
	char *lower = arena_strdup(&c->ledger.arena, user);
	struct party p = { 0 };
	int rc = cli_person(&c->ledger, address, &c->subject.person, reterr);

	if (rc == E_OK && cli_party(&c->ledger, address, &p, NULL) == E_OK && p.identifier.kind == IDENTIFIER_MAILBOX)
		c->subject.mailbox = p.id;
	for (size_t i = 0; lower != NULL && i < user.n; i++)
		lower[i] = ascii_lower(lower[i]);
	c->subject.user = feedback_user(&c->ledger.engine.site, slice_of(lower));
	return rc;
}

static bool collect(const struct store_key *k, const struct record *r, void *arg)
{
	struct person_cli *c = arg;
	struct store_change two[ERASURE_CHANGES_MAX], *grown;
	size_t n = erasure_changes(&c->subject, k, r, two);

	if (n == 0)
		return true;
	grown = alloc_room(c->changes, &c->room, c->count + n, sizeof *grown);
	c->failed = c->failed || grown == NULL;
	if (grown == NULL)
		return false;
	c->changes = grown;
	memcpy(c->changes + c->count, two, n * sizeof *two);
	c->count += n;
	c->whole += n == 1;
	c->part += n == 2;
	return true;
}

static int scan_all(struct person_cli *c, store_visit *visit, struct err *reterr)
{
	struct store *s = c->ledger.engine.store;
	int rc = s->ops->scan(s, '\0', visit, c, reterr);

	return rc == E_OK && c->failed ? err_set(reterr, E_NOMEM, "no memory for what is known of this person") : rc;
}

/* In groups that end between records, so that what belongs together is applied together. */
static int remove_all(struct person_cli *c, struct err *reterr)
{
	size_t from = 0;
	int rc = E_OK;

	while (rc == E_OK && from < c->count) {
		size_t n = c->count - from < GROUP ? c->count - from : GROUP;

		if (from + n < c->count && !c->changes[from + n].forget)
			n--;
		rc = cli_apply(&c->ledger.engine, c->changes + from, n, reterr);
		from += n;
	}
	return rc;
}

static void tell_forgotten(const struct person_cli *c, int64_t whole, int64_t part)
{
	json *map;

	if (!c->ledger.json) {
		printf("%s %lld records about this person, and one of many in %lld more\n", c->dry_run ? "would remove" : "removed",
		    (long long)whole, (long long)part);
		return;
	}
	map = json_map();
	json_put(map, "removed", json_of_int(whole));
	json_put(map, "cleaned", json_of_int(part));
	json_put(map, "dry_run", json_of_bool(c->dry_run));
	cli_print_json(map);
}

/* The second scan proves that nothing is left. */
static int forget(struct person_cli *c, const char *address)
{
	struct err err = { 0 };
	int64_t whole, part;

	if (find_subject(c, address, &err) < 0 || scan_all(c, collect, &err) < 0)
		return cli_fail("store", &err);
	whole = c->whole;
	part = c->part;
	if (!c->dry_run && remove_all(c, &err) < 0)
		return cli_fail("store", &err);
	if (!c->dry_run) {
		c->count = 0;
		c->subject.addresses_count = 0;
		c->whole = c->part = 0;
		if (scan_all(c, collect, &err) < 0)
			return cli_fail("store", &err);
		if (c->whole + c->part > 0) {
			cli_complain("store", "mail came in between: %lld records are there again; run it once more",
			    (long long)(c->whole + c->part));
			return EX_TEMPFAIL;
		}
		cli_journal_change(&c->ledger, &(struct journal_change){ .change = "store forget", .user = slice_of(address) });
	}
	tell_forgotten(c, whole, part);
	return EX_OK;
}

/* A text fills several fields of one name; returns how many, 0 for what is none. */
static size_t put_text(json *fields, const struct record_type *t, const struct record *r, size_t i)
{
	char text[8 * RECORD_FIELDS_MAX + 1];
	size_t n = 0;

	static const char *const texts[] = { "document", "channel", "tag", "to", "purpose", "seller" };
	size_t k = 0;

	while (k < sizeof texts / sizeof texts[0] && strcmp(t->field[i].name, texts[k]) != 0)
		k++;
	if (k == sizeof texts / sizeof texts[0])
		return 0;
	while (i + n < t->fields && strcmp(t->field[i].name, t->field[i + n].name) == 0)
		n++;
	if (r->at[i].number != 0)
		json_put(fields, t->field[i].name, json_of_text(slice_of(record_get_text(r, i, n, text))));
	return n;
}

static void put_fields(json *map, const struct record_type *t, const struct record *r)
{
	json *fields = json_map(), *times = json_list();
	char at[CLOCK_TEXT];

	for (size_t i = 0, n; i < t->fields; i += n == 0 ? 1 : n) {
		n = put_text(fields, t, r, i);
		if (n > 0 || r->at[i].number == 0)
			continue;
		if (t->field[i].rule == FIELD_LATEST)
			json_add(times, json_of_text(slice_of(clock_text(latest_time(r->at[i].number), at))));
		else if (t->field[i].rule == FIELD_DECAY)
			json_put(fields, t->field[i].name, json_of_int((int64_t)r->at[i].decayed));
		else if (r->at[i].number > 1000000000 && r->at[i].number < INT64_C(100000000000))
			json_put(fields, t->field[i].name, json_of_text(slice_of(clock_text(r->at[i].number, at))));
		else
			json_put(fields, t->field[i].name, json_of_int(r->at[i].number));
	}
	json_put(map, "fields", fields);
	json_put(map, "times", times);
}

static bool show(const struct store_key *k, const struct record *r, void *arg)
{
	struct person_cli *c = arg;
	const struct record_type *t = record_type_of((char)k->bytes[0]);
	char name[IDENTIFIER_TEXT_MAX], at[CLOCK_TEXT];
	enum concern concern;
	json *map;

	concern = t == NULL ? CONCERN_NOT : erasure_concern(&c->subject, k, r);
	if (concern == CONCERN_NOT)
		return true;
	map = json_map();
	json_put(map, "ledger", json_of_text(slice_of(t->name)));
	if (strchr("lqsxy", k->bytes[0]) != NULL && organisation_id(k) != 0)
		json_put(map, "with", json_of_text(slice_of(org_view_name(&c->view, organisation_id(k), name))));
	json_put(map, "last", json_of_text(slice_of(clock_text(r->stamp, at))));
	if (concern == CONCERN_WHOLE)
		put_fields(map, t, r);
	cli_print_json(map);
	return true;
}

static int export(struct person_cli *c, const char *address)
{
	struct err err = { 0 };

	if (find_subject(c, address, &err) < 0 || org_view_load(c->ledger.engine.store, &c->view, &err) < 0
	    || scan_all(c, show, &err) < 0)
		return cli_fail("store", &err);
	return EX_OK;
}

static int run(int argc, char **argv)
{
	static struct person_cli c;
	bool forgets;
	int rc;

	c = (struct person_cli){ 0 };
	ledger_cli_begin(&c.ledger, &command_store);
	rc = parse(&c, argc, argv);
	forgets = rc < 0 && strcmp(argv[optind], "forget") == 0;
	if (rc < 0 && !forgets && strcmp(argv[optind], "export") != 0)
		rc = cli_usage(&command_store, "write export ADDRESS or forget ADDRESS");
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, forgets && !c.dry_run);
	if (rc < 0)
		rc = forgets ? forget(&c, argv[optind + 1]) : export(&c, argv[optind + 1]);
	org_view_free(&c.view);
	free(c.changes);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_store = {
	.name = "store", .summary = "show or forget all that is kept about a person", .usage = usage, .run = run,
};
