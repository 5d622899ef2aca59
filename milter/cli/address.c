/* SPDX-License-Identifier: BSD-3-Clause */
#include "address.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char usage[] =
    "Usage: antisales address issue USER@DOMAIN --for ORGANISATION [OPTION]..\n"
    "       antisales address list [--user USER@DOMAIN] [OPTION]..\n"
    "       antisales address show|cancel|renew ADDRESS [OPTION]..\n"
    "       antisales address allow ADDRESS AFFILIATE [OPTION]..\n"
    "Makes addresses to give to one organisation each, so that mail of another one tells who\n"
    "sold them.\n\n"
    "  --for DOMAIN     issue: whom it is for\n"
    "  --purpose TEXT   issue: what it is given for, up to 40 bytes\n"
    "  --style STYLE    issue: plus (default), dot, dash or random\n"
    "  --lock           issue: nobody else may write to it\n"
    "  --expires WHEN   issue and renew: a span such as 90d, or a day; else never\n"
    "  --user ADDRESS   list: only those of this one of you, and in clear\n"
    "  --config FILE    the daemon's configuration\n"
    "  --policy FILE    the policy, if not the configuration's\n"
    "  --store URL      the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME        as of then\n"
    "  --json           one JSON object an address\n"
    "  --help           this text\n\n"
    "\"issue\" prints the address and, where the MTA would not know it by itself, the line for\n"
    "virtual_alias_maps. Exit status: 0 done, 66 the address was not issued here.\n";

/* Mail addresses as forms and alias tables take them: no quotes, no blanks, ASCII. */
static bool is_plain(struct slice local)
{
	for (size_t i = 0; i < local.n; i++)
		if (!ascii_alnum(local.p[i]) && (local.p[i] == '\0' || strchr("!#$%&'*+-/=?^_`{|}~.", local.p[i]) == NULL))
			return false;
	return local.n > 0;
}

static bool has_any(struct slice s, const char *chars)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(chars, s.p[i]) != NULL)
			return true;
	return false;
}

int address_user(struct address_cli *c, const char *text, struct address *ret, int64_t *ret_person, struct err *reterr)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	const char *delimiters = s->config->recipient_delimiter;
	int rc = E_OK;

	if (address_envelope(slice_of(text), &c->ledger.arena, ret) < 0 || ret->domain.n == 0 || !is_plain(ret->local))
		rc = err_set(reterr, E_SYNTAX, "\"%.80s\" is no mail address that a form would take", text);
	else if (has_any(ret->local, delimiters))
		rc = err_set(reterr, E_SYNTAX, "\"%.80s\" has an extension: write the address without it", text);
	else
		*ret_person = person_id(&c->ledger.engine.site, ret, delimiters);
	setup_put(s);
	return rc;
}

static int get_issued(struct address_cli *c, struct found_address *f, bool *ret_found, struct err *reterr)
{
	struct store *s = c->ledger.engine.store;
	struct record r;
	bool found = false;
	int rc;

	f->key = issued_key(&c->ledger.engine.site, &f->address);
	rc = s->ops->get(s, &f->key, 1, &r, &found, reterr);
	*ret_found = rc == E_OK && issued_read(found ? &r : NULL, c->ledger.at, &f->issued);
	return rc;
}

int address_find(struct address_cli *c, const char *text, struct found_address *ret, struct err *reterr)
{
	bool found;
	int rc;

	if (address_envelope(slice_of(text), &c->ledger.arena, &ret->address) < 0 || ret->address.domain.n == 0)
		return err_set(reterr, E_SYNTAX, "\"%.80s\" is no mail address", text);
	rc = get_issued(c, ret, &found, reterr);
	return rc < 0 || found ? rc : err_set(reterr, E_ABSENT, "%.80s was not issued here", text);
}

struct affiliate_scan {
	int64_t address, holder;
	struct affiliates *ret;
};

static bool keep_affiliate(const struct store_key *k, const struct record *r, void *arg)
{
	struct affiliate_scan *scan = arg;

	(void)r;
	if (organisation_other(k) == scan->address && organisation_id(k) != scan->holder && scan->ret->count < AFFILIATES_MAX)
		scan->ret->id[scan->ret->count++] = organisation_id(k);
	return scan->ret->count < AFFILIATES_MAX;
}

int address_affiliates(struct address_cli *c, const struct found_address *f, struct affiliates *ret, struct err *reterr)
{
	struct affiliate_scan scan = { issued_id(&f->key), f->issued.party, ret };
	struct store *s = c->ledger.engine.store;

	*ret = (struct affiliates){ 0 };
	return s->ops->scan(s, 'v', keep_affiliate, &scan, reterr);
}

/* Whom it is for: somebody who can prove who he is. */
static int read_organisation(struct address_cli *c, struct identifier *ret, struct err *reterr)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	int rc = cli_name(c->for_text, &c->ledger.arena, ret, reterr);

	if (rc == E_OK && (ret->kind != IDENTIFIER_DOMAIN || ret->value.n > ISSUED_TO_MAX))
		rc = err_set(reterr, E_SYNTAX, "--for is a domain of up to %d letters", ISSUED_TO_MAX);
	else if (rc == E_OK && (policy_is_freemail(s->policy, ret->value) || policy_is_esp(s->policy, ret->value)))
		rc = err_set(reterr, E_SYNTAX, "%.*s carries mail for many, so it is nobody's organisation", SLICE_FMT(ret->value));
	setup_put(s);
	return rc;
}

/* The first that was never issued, though cancelled ones count: who got one keeps it. */
static int find_free(struct address_cli *c, struct issue *i, struct found_address *ret, struct err *reterr)
{
	char local[LOCAL_PART_MAX + 1];
	bool taken = true;
	int rc = E_OK;

	for (i->serial = 0; i->serial < ISSUED_SERIALS_MAX; i->serial++) {
		if (!issue_local(i, local))
			return err_set(reterr, E_LIMIT, "that would be longer than the %d letters of a local part", LOCAL_PART_MAX);
		ret->address = (struct address){ .local = arena_dup(&c->ledger.arena, slice_of(local)), .domain = i->user.domain };
		ret->address.spec = arena_printf(&c->ledger.arena, "%s@%.*s", local, SLICE_FMT(i->user.domain));
		if (ret->address.spec.p == NULL)
			return err_set(reterr, E_NOMEM, "no memory for an address");
		rc = get_issued(c, ret, &taken, reterr);
		if (rc < 0 || !taken)
			return rc;
	}
	return err_set(reterr, E_LIMIT, "%d were issued to organisations of that name; renew one instead", ISSUED_SERIALS_MAX);
}

/* An extension behind the MTA's own delimiter arrives by itself; everything else needs to be listed. */
static bool needs_alias(struct address_cli *c)
{
	static const char separators[ISSUED_STYLES] = { '+', '.', '-', '\0' };
	struct setup *s = setup_get(&c->ledger.engine.setups);
	bool known = c->style != ISSUED_RANDOM && strchr(s->config->recipient_delimiter, separators[c->style]) != NULL;

	setup_put(s);
	return !known;
}

static void tell_issued(struct address_cli *c, const struct found_address *f, const struct issue *i)
{
	struct slice alias = !needs_alias(c) ? (struct slice){ 0 } : arena_printf(&c->ledger.arena, "%.*s %.*s@%.*s",
	    SLICE_FMT(f->address.spec), SLICE_FMT(i->user.local), SLICE_FMT(i->user.domain));
	json *map;

	if (c->ledger.json) {
		map = json_map();
		json_put(map, "address", json_of_text(f->address.spec));
		json_put(map, "issued_to", json_of_text(i->domain));
		if (alias.n > 0)
			json_put(map, "virtual_alias", json_of_text(alias));
		cli_print_json(map);
		return;
	}
	cli_print(f->address.spec);
	putchar('\n');
	if (alias.n > 0) {
		cli_print(alias);
		putchar('\n');
	}
}

static int64_t expiry(const struct address_cli *c)
{
	return c->span != 0 ? c->ledger.at + c->span : c->until;
}

static int issue(struct address_cli *c, const char *user)
{
	struct issue i = { .site = &c->ledger.engine.site, .style = c->style };
	struct issuing what = { .purpose = slice_of(c->purpose), .expires = expiry(c), .lock = c->lock };
	struct identifier organisation;
	struct found_address f;
	struct store_change changes[3];
	struct err err = { 0 };

	if (c->for_text == NULL)
		return cli_usage(&command_address, "say whom it is for: --for acme.example");
	if (address_user(c, user, &i.user, &what.person, &err) < 0 || read_organisation(c, &organisation, &err) < 0)
		return cli_fail("address", &err);
	i.domain = organisation.value;
	what.party = identifier_id(i.site, &organisation);
	if (find_free(c, &i, &f, &err) < 0)
		return cli_fail("address", &err);
	changes[0] = identifier_seen(i.site, &organisation, c->ledger.at);
	changes[1] = issued_new(&i, &what, &f.key, c->ledger.at);
	changes[2] = holder_added(what.party, &f.key, c->ledger.at);
	if (cli_apply(&c->ledger.engine, changes, 3, &err) < 0)
		return cli_fail("address", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = "address issue", .about = i.domain, .user = f.address.spec });
	tell_issued(c, &f, &i);
	return EX_OK;
}

/* Between a word and the next one of the same second the later must win, so it is said a second later. */
static int64_t after(const struct address_cli *c, const struct issued *i)
{
	return c->ledger.at > i->standing_at ? c->ledger.at : i->standing_at + 1;
}

static int turn(struct address_cli *c, const char *text, bool cancel)
{
	struct found_address f;
	struct store_change change;
	struct err err = { 0 };

	if (address_find(c, text, &f, &err) < 0)
		return cli_fail("address", &err);
	change = cancel ? issued_cancelled(&f.key, after(c, &f.issued)) : issued_renewed(&f.key, expiry(c), after(c, &f.issued));
	if (cli_apply(&c->ledger.engine, &change, 1, &err) < 0)
		return cli_fail("address", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = cancel ? "address cancel" : "address renew",
		.about = slice_of(f.issued.to), .user = f.address.spec });
	return c->ledger.json ? address_tell(c, text) : EX_OK;
}

static bool is_among(const struct affiliates *a, int64_t id)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->id[i] == id)
			return true;
	return false;
}

static int allow(struct address_cli *c, const char *text, const char *name)
{
	struct identifier affiliate;
	struct found_address f;
	struct affiliates known;
	struct store_change changes[2];
	struct err err = { 0 };
	int64_t id;

	if (address_find(c, text, &f, &err) < 0 || address_affiliates(c, &f, &known, &err) < 0
	    || cli_name(name, &c->ledger.arena, &affiliate, &err) < 0)
		return cli_fail("address", &err);
	id = identifier_id(&c->ledger.engine.site, &affiliate);
	if (id == f.issued.party || is_among(&known, id))
		return c->ledger.json ? address_tell(c, text) : EX_OK;
	if (known.count == AFFILIATES_MAX) {
		err_set(&err, E_LIMIT, "at most %d others may have an address", AFFILIATES_MAX);
		return cli_fail("address", &err);
	}
	changes[0] = identifier_seen(&c->ledger.engine.site, &affiliate, c->ledger.at);
	changes[1] = holder_added(id, &f.key, c->ledger.at);
	if (cli_apply(&c->ledger.engine, changes, 2, &err) < 0)
		return cli_fail("address", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = "address allow", .about = slice_of(f.issued.to),
		.other = affiliate.value, .user = f.address.spec });
	return c->ledger.json ? address_tell(c, text) : EX_OK;
}

static int take_style(struct address_cli *c, const char *text)
{
	c->style = issued_style_read(slice_of(text));
	return c->style != ISSUED_STYLES ? -1 : cli_usage(&command_address, "--style is plus, dot, dash or random");
}

static int take_purpose(struct address_cli *c, const char *text)
{
	c->purpose = text;
	return strlen(text) <= ISSUED_PURPOSE_MAX ? -1 : cli_usage(&command_address, "--purpose has at most 40 bytes");
}

static int take_expires(struct address_cli *c, const char *text)
{
	c->span = c->until = 0;
	if (clock_parse(slice_of(text), &c->until))
		return -1;
	return clock_parse_span(slice_of(text), &c->span) && c->span > 0 ? -1
	    : cli_usage(&command_address, "--expires is a span such as 90d, or a day such as 2026-12-31");
}

static int take_option(struct address_cli *c, int opt)
{
	switch (opt) {
	case 'f': c->for_text = optarg; return -1;
	case 'u': c->user_text = optarg; return -1;
	case 'l': c->lock = true; return -1;
	case 'P': return take_purpose(c, optarg);
	case 'y': return take_style(c, optarg);
	case 'e': return take_expires(c, optarg);
	default: return ledger_cli_option(&c->ledger, opt);
	}
}

static int parse(struct address_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "for", required_argument, NULL, 'f' }, { "purpose", required_argument, NULL, 'P' },
		{ "style", required_argument, NULL, 'y' }, { "lock", no_argument, NULL, 'l' },
		{ "expires", required_argument, NULL, 'e' }, { "user", required_argument, NULL, 'u' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(c, opt);
	if (rc < 0 && c->until != 0 && c->until <= c->ledger.at)
		rc = cli_usage(&command_address, "that day is over");
	return rc;
}

static const char asked[] = "write issue USER@DOMAIN, list, show, cancel or renew ADDRESS, or allow ADDRESS AFFILIATE";

static int act(struct address_cli *c, const char *verb, char **names, int count)
{
	if (strcmp(verb, "list") == 0 && count == 0)
		return address_tell_all(c);
	if (strcmp(verb, "issue") == 0 && count == 1)
		return issue(c, names[0]);
	if (strcmp(verb, "show") == 0 && count == 1)
		return address_tell(c, names[0]);
	if (strcmp(verb, "cancel") == 0 && count == 1)
		return turn(c, names[0], true);
	if (strcmp(verb, "renew") == 0 && count == 1)
		return turn(c, names[0], false);
	if (strcmp(verb, "allow") == 0 && count == 2)
		return allow(c, names[0], names[1]);
	return cli_usage(&command_address, asked);
}

static int run(int argc, char **argv)
{
	static struct address_cli c;
	int rc;

	c = (struct address_cli){ .purpose = "" };
	ledger_cli_begin(&c.ledger, &command_address);
	rc = parse(&c, argc, argv);
	if (rc < 0 && optind == argc)
		rc = cli_usage(&command_address, asked);
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, strcmp(argv[optind], "list") != 0 && strcmp(argv[optind], "show") != 0);
	if (rc < 0)
		rc = act(&c, argv[optind], argv + optind + 1, argc - optind - 1);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_address = {
	.name = "address", .summary = "addresses to give to one organisation each, and who sold them", .usage = usage, .run = run,
};
