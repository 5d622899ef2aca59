/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/alloc.h"
#include "antisales/ledger/optout.h"
#include "cli.h"
#include "store.h"
#include "stored_mail.h"

static const char usage[] =
    "Usage: antisales optout add NAME --person ADDRESS [OPTION]..\n"
    "       antisales optout withdraw NAME --person ADDRESS [OPTION]..\n"
    "       antisales optout add | withdraw --mail FILE --person ADDRESS [OPTION]..\n"
    "       antisales optout list [NAME] [--person ADDRESS].. [OPTION]..\n"
    "       antisales optout overdue [NAME] [--person ADDRESS].. [OPTION]..\n"
    "Notes that one of you told somebody to stop, and tells who did not.\n"
    "A name is a domain, platform:account, a mail address, or with --scope list a List-Id.\n\n"
    "  --mail FILE       whoever proved to have sent that mail; -: standard input\n"
    "  --person ADDRESS  which of you; list and overdue: may repeat\n"
    "  --scope SCOPE     organisation (default), agency: whoever sends by that account, for\n"
    "                    any client, or list: that list alone\n"
    "  --config FILE     the daemon's configuration\n"
    "  --policy FILE     the policy, if not the configuration's\n"
    "  --store URL       the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME         said then; list and overdue: as of then\n"
    "  --json            one JSON object an opt-out\n"
    "  --help            this text\n\n"
    "Exit status: 0 done, 66 there is none of that name; with --mail 65 or 66 the mail could\n"
    "not be read, 77 nobody proved to have sent it.\n";

enum { QUICK = 60 };

struct row {
	int64_t party, person;
	struct record record;
};

struct optout_cli {
	struct ledger_cli ledger;
	struct cli_persons persons;
	enum optout_scope scope;
	const char *mail;               /* a file that tells who, instead of a name */
	struct org_view view;
	struct row *rows;
	size_t count, room;
	int64_t root;                   /* only this organisation; 0: every one */
	bool failed;
};

static int take_option(struct optout_cli *c, int opt)
{
	switch (opt) {
	case 'P': return cli_take_person(&command_optout, &c->persons, optarg);
	case 'M': c->mail = optarg; return -1;
	case 'S':
		c->scope = optout_scope_read(slice_of(optarg));
		return c->scope != OPTOUT_SCOPES ? -1 : cli_usage(&command_optout, "--scope is organisation, agency or list");
	default: return ledger_cli_option(&c->ledger, opt);
	}
}

static int parse(struct optout_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "person", required_argument, NULL, 'P' }, { "scope", required_argument, NULL, 'S' },
		{ "mail", required_argument, NULL, 'M' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(c, opt);
	return rc;
}

/* Whom an opt-out of the scope concerns. */
static int find_party(struct optout_cli *c, const char *name, struct party *ret, struct err *reterr)
{
	int rc;

	if (c->scope == OPTOUT_LIST) {
		ret->identifier = (struct identifier){ IDENTIFIER_LIST, slice_of(name) };
		ret->id = optout_list(&c->ledger.engine.site, ret->identifier.value);
		return ret->id != 0 ? E_OK : err_set(reterr, E_SYNTAX, "\"%.80s\" is no List-Id", name);
	}
	rc = cli_party(&c->ledger, name, ret, reterr);
	if (rc < 0 || c->scope != OPTOUT_AGENCY)
		return rc;
	if (ret->identifier.kind != IDENTIFIER_ACCOUNT)
		return err_set(reterr, E_SYNTAX, "an agency is known by its account: write platform:account, such as marketo:123-ABC-456");
	ret->id = optout_agency(&c->ledger.engine.site, ret->id);
	return E_OK;
}

static bool keep_row(const struct store_key *k, const struct record *r, void *arg)
{
	struct optout_cli *c = arg;
	struct row *grown;
	int64_t party = organisation_id(k);
	const struct org_node *n = org_view_find(&c->view, party);

	if ((c->root != 0 && (n == NULL ? party : n->root) != c->root) || !cli_is_person(&c->persons, organisation_other(k)))
		return true;
	grown = alloc_room(c->rows, &c->room, c->count + 1, sizeof *grown);
	c->failed = c->failed || grown == NULL;
	if (grown == NULL)
		return false;
	c->rows = grown;
	c->rows[c->count++] = (struct row){ party, organisation_other(k), *r };
	return true;
}

/* Mails that came after the time to heed it was over. */
static int64_t breaches(const struct record *r, int64_t deadline)
{
	int64_t n = 0;

	for (int i = 0; i < OPTOUT_AFTER_MAX; i++)
		n += r->at[OPTOUT_AFTER + i].number != 0 && latest_time(r->at[OPTOUT_AFTER + i].number) > deadline;
	return n;
}

/* An agency is found by the account that it is named after. */
static char *party_name(const struct optout_cli *c, int64_t id, char out[IDENTIFIER_TEXT_MAX])
{
	for (size_t i = 0; org_view_find(&c->view, id) == NULL && i < c->view.nodes_count; i++) {
		const struct org_node *n = &c->view.nodes[i];
		char account[IDENTIFIER_TEXT_MAX];

		if (n->record.at[NODE_KIND].number == IDENTIFIER_ACCOUNT && optout_agency(&c->ledger.engine.site, n->id) == id) {
			snprintf(out, IDENTIFIER_TEXT_MAX, "agency %.80s", org_view_name(&c->view, n->id, account));
			return out;
		}
	}
	return org_view_name(&c->view, id, out);
}

static void tell(struct optout_cli *c, const struct row *row, const struct optout *o, int64_t deadline, int64_t late)
{
	char party[IDENTIFIER_TEXT_MAX], person[IDENTIFIER_TEXT_MAX], since[CLOCK_TEXT], until[CLOCK_TEXT];
	json *map;

	party_name(c, row->party, party);
	cli_person_name(row->person, &c->persons, person);
	cli_day(o->since, since);
	cli_day(deadline, until);
	if (c->ledger.json) {
		map = json_map();
		json_put(map, "name", json_of_text(slice_of(party)));
		json_put(map, "person", json_of_text(slice_of(person)));
		json_put(map, "since", json_of_text(slice_of(since)));
		json_put(map, "deadline", json_of_text(slice_of(until)));
		json_put(map, "after", json_of_int(o->after));
		json_put(map, "overdue", json_of_int(late));
		cli_print_json(map);
		return;
	}
	printf("%s  %s  %5lld  %7lld  ", since, until, (long long)o->after, (long long)late);
	cli_print(slice_of(person));
	fputs("  ", stdout);
	cli_print(slice_of(party));
	putchar('\n');
}

static size_t tell_all(struct optout_cli *c, bool overdue)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	size_t told = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct optout o = optout_read(&c->rows[i].record, OPTOUT_ORGANISATION, 0);
		int64_t deadline = optout_deadline(&s->policy->optout, o.since), late = breaches(&c->rows[i].record, deadline);

		if (!o.said || (overdue && late == 0))
			continue;
		if (told++ == 0 && !c->ledger.json)
			puts("since       heed until  after  overdue  who of you  told");
		tell(c, &c->rows[i], &o, deadline, late);
	}
	setup_put(s);
	return told;
}

static int list(struct optout_cli *c, const char *name, bool overdue)
{
	struct party p = { 0 };
	struct err err = { 0 };
	const struct org_node *n;

	if (org_view_load(c->ledger.engine.store, &c->view, &err) < 0
	    || (name != NULL && find_party(c, name, &p, &err) < 0))
		return cli_fail("optout", &err);
	n = p.id == 0 ? NULL : org_view_find(&c->view, p.id);
	c->root = n == NULL ? p.id : n->root;
	if (c->ledger.engine.store->ops->scan(c->ledger.engine.store, 'x', keep_row, c, &err) < 0)
		return cli_fail("optout", &err);
	if (c->failed)
		return EX_OSERR;
	if (tell_all(c, overdue) > 0 || name == NULL)
		return EX_OK;
	cli_complain("optout", overdue ? "%s heeded every opt-out" : "nobody told %s to stop", name);
	return EX_NOINPUT;
}

/* Times are in seconds: the last of some quick words counts, for which it is written down as a little later. */
static int change_of(struct optout_cli *c, int64_t party, bool add, struct store_change *ret, struct err *reterr)
{
	struct store *s = c->ledger.engine.store;
	struct store_key key = optout_key(party, c->persons.id[0]);
	int64_t at = c->ledger.at, least;
	struct record r;
	bool found;
	int rc = s->ops->get(s, &key, 1, &r, &found, reterr);

	if (rc < 0)
		return rc;
	least = !found ? at : add ? r.at[OPTOUT_WITHDRAWN_AT].number + 1 : r.at[OPTOUT_SAID_AT].number;
	if (least > at && least - at <= QUICK)
		at = least;
	*ret = add ? optout_said(party, c->persons.id[0], at) : optout_withdrawn(party, c->persons.id[0], at);
	return E_OK;
}

static int set(struct optout_cli *c, const struct party *p, bool add)
{
	struct slice name = p->identifier.value;
	struct err err = { 0 };
	struct store_change changes[2] = { identifier_seen(&c->ledger.engine.site, &p->identifier, c->ledger.at) };

	if (change_of(c, p->id, add, &changes[1], &err) < 0)
		return cli_fail("optout", &err);
	if (cli_apply(&c->ledger.engine, changes, 2, &err) < 0)
		return cli_fail("optout", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = add ? "optout add" : "optout withdraw",
	    .about = p->identifier.kind == IDENTIFIER_MAILBOX ? SLICE("a mailbox") : name, .user = slice_of(c->persons.name[0]) });
	if (!c->ledger.json) {
		printf("%s: ", add ? "opted out" : "withdrawn");
		cli_print(name);
		putchar('\n');
	}
	return EX_OK;
}

static int set_named(struct optout_cli *c, const char *name, bool add)
{
	struct party p = { 0 };
	struct err err = { 0 };

	return find_party(c, name, &p, &err) < 0 ? cli_fail("optout", &err) : set(c, &p, add);
}

/* Whoever sent a mail, the account that it came by, or its list. */
static int find_sender(struct optout_cli *c, const struct stored_mail *m, struct party *ret, struct err *reterr)
{
	const struct facts *f = m->decision->facts;
	struct slice account = f->at[FACT_ORG_ACCOUNT].text, list = f->at[FACT_LIST_ID].text;

	if (!m->history.proved)
		return err_set(reterr, E_ABSENT, "nobody proved to have sent the mail: name who it was");
	if (c->scope == OPTOUT_ORGANISATION) {
		*ret = (struct party){ .id = organisation_id(&m->history.org_key), .identifier = m->history.self };
		return E_OK;
	}
	if ((c->scope == OPTOUT_LIST ? list : account).n == 0)
		return err_set(reterr, E_ABSENT, "the mail names no %s", c->scope == OPTOUT_LIST ? "list" : "account of an agency");
	return find_party(c, arena_strdup(&c->ledger.arena, c->scope == OPTOUT_LIST ? list : account), ret, reterr);
}

static int set_by_mail(struct optout_cli *c, bool add)
{
	struct stored_mail m;
	struct party p = { 0 };
	struct err err = { 0 };
	int rc = stored_mail_judge(&c->ledger, c->mail, &m);
	if (rc < 0 && find_sender(c, &m, &p, &err) < 0) {
		cli_complain("optout", "%s", err.text);
		rc = EX_NOPERM;
	}
	if (rc < 0)
		rc = set(c, &p, add);
	stored_mail_done(&m);
	return rc;
}

static int act(struct optout_cli *c, const char *verb, char **names, int count)
{
	struct err err = { 0 };

	if (cli_find_persons(&c->ledger, &c->persons, &err) < 0)
		return cli_fail("optout", &err);
	if ((strcmp(verb, "add") == 0 || strcmp(verb, "withdraw") == 0) && count == (c->mail == NULL)) {
		if (c->persons.count != 1)
			return cli_usage(&command_optout, "say with --person which of you, one at a time");
		return c->mail != NULL ? set_by_mail(c, verb[0] == 'a') : set_named(c, names[0], verb[0] == 'a');
	}
	if ((strcmp(verb, "list") == 0 || strcmp(verb, "overdue") == 0) && count <= 1 && c->mail == NULL)
		return list(c, count == 1 ? names[0] : NULL, verb[0] == 'o');
	return cli_usage(&command_optout, "write add NAME, withdraw NAME, list or overdue");
}

static int run(int argc, char **argv)
{
	static struct optout_cli c;
	int rc;

	c = (struct optout_cli){ 0 };
	ledger_cli_begin(&c.ledger, &command_optout);
	rc = parse(&c, argc, argv);
	if (rc < 0 && optind == argc)
		rc = cli_usage(&command_optout, "write add NAME, withdraw NAME, list or overdue");
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, argv[optind][0] == 'a' || argv[optind][0] == 'w');
	if (rc < 0)
		rc = act(&c, argv[optind], argv + optind + 1, argc - optind - 1);
	org_view_free(&c.view);
	free(c.rows);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_optout = {
	.name = "optout", .summary = "who was told to stop, and who did not", .usage = usage, .run = run,
};
