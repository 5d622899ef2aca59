/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/ledger/reputation.h"
#include "cli.h"
#include "org_tell.h"

static const char usage[] =
    "Usage: antisales org list [--all] [OPTION]..\n"
    "       antisales org show NAME [OPTION]..\n"
    "       antisales org join A B [OPTION]..\n"
    "       antisales org split A [--from B] [OPTION]..\n"
    "Shows and corrects which domains and platform accounts are one organisation.\n"
    "A name is a domain, or platform:account such as marketo:123-ABC-456.\n\n"
    "  --all            list: those that consist of one domain, too\n"
    "  --from B         split: only what ties A to B; else all that A is joined by\n"
    "  --config FILE    the daemon's configuration\n"
    "  --policy FILE    the policy, if not the configuration's\n"
    "  --store URL      the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME        as of then\n"
    "  --json           one JSON object an organisation\n"
    "  --help           this text\n\n"
    "Exit status: 0 done, 66 the name or the join is not known.\n";

struct org_cli {
	struct ledger_cli ledger;
	const char *from;
	bool all;
	struct org_view view;
};

static int parse(struct org_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' }, { "from", required_argument, NULL, 'f' }, LEDGER_OPTIONS,
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int rc = -1;

		if (opt == 'a')
			c->all = true;
		else if (opt == 'f')
			c->from = optarg;
		else
			rc = ledger_cli_option(&c->ledger, opt);
		if (rc >= 0)
			return rc;
	}
	return -1;
}

static struct reputation reputation_of(struct org_cli *c, int64_t id)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	struct record r;
	bool found = false;
	struct reputation ret;

	if (cli_read(&c->ledger.engine, ORGANISATION_SUM, id, &r, &found, NULL) < 0)
		found = false;
	ret = reputation_read(&r, found, &s->policy->feedback, c->ledger.at);
	setup_put(s);
	return ret;
}

static json *org_json(struct org_cli *c, int64_t root)
{
	struct reputation r = reputation_of(c, root);
	const struct org_node *face = org_view_face(&c->view, root);
	char name[IDENTIFIER_TEXT_MAX];
	json *map = json_map();

	json_put(map, "org", json_of_text(slice_of(org_view_name(&c->view, face == NULL ? root : face->id, name))));
	json_put(map, "mails", json_of_int(r.mails));
	json_put(map, "sales", json_of_int(r.sales));
	json_put(map, "confidence", json_of_int(r.confidence));
	json_put(map, "members", org_members_json(&c->view, root));
	json_put(map, "joins", org_edges_json(&c->view, root, false));
	json_put(map, "alike", org_edges_json(&c->view, root, true));
	return map;
}

static void print_edges(const struct org_view *v, int64_t root, bool weak)
{
	for (size_t i = 0; i < v->edges_count; i++) {
		const struct org_edge *e = &v->edges[i];
		char name[IDENTIFIER_TEXT_MAX], day[CLOCK_TEXT];

		if (e->weak != weak || (!org_is_of(v, e->a, root) && !org_is_of(v, e->b, root)))
			continue;
		fputs("  ", stdout);
		cli_print(slice_of(org_view_name(v, e->a, name)));
		fputs(weak ? " ~ " : " = ", stdout);
		cli_print(slice_of(org_view_name(v, e->b, name)));
		printf(": %s, %" PRId64 " mails, last %s\n", org_edge_state(e), e->mails, cli_day(e->last_seen, day));
	}
}

static void print_org(struct org_cli *c, int64_t root)
{
	struct reputation r = reputation_of(c, root);
	const struct org_node *face = org_view_face(&c->view, root);
	char name[IDENTIFIER_TEXT_MAX], day[CLOCK_TEXT];

	cli_print(slice_of(org_view_name(&c->view, face == NULL ? root : face->id, name)));
	printf(": %" PRId64 " mails, sales %d of 100, confidence %d of 100%s\n", r.mails, r.known ? r.sales : 50, r.confidence,
	    r.set ? " (set by hand)" : "");
	for (size_t i = 0; i < c->view.nodes_count; i++) {
		const struct org_node *n = &c->view.nodes[i];

		if (n->root != root)
			continue;
		printf("  %-8s ", identifier_kind_name((enum identifier_kind)n->record.at[NODE_KIND].number));
		cli_print(slice_of(org_view_name(&c->view, n->id, name)));
		printf(", since %s\n", cli_day(n->record.at[NODE_FIRST_SEEN].number, day));
	}
	print_edges(&c->view, root, false);
	print_edges(&c->view, root, true);
}

static void tell(struct org_cli *c, int64_t root)
{
	if (c->ledger.json)
		cli_print_json(org_json(c, root));
	else
		print_org(c, root);
}

/* A kind that can be an organisation by itself. */
static bool is_proved_kind(const struct org_node *n)
{
	return n->record.at[NODE_KIND].number == IDENTIFIER_DOMAIN || n->record.at[NODE_KIND].number == IDENTIFIER_ACCOUNT;
}

static int list(struct org_cli *c)
{
	for (size_t i = 0; i < c->view.nodes_count; i++) {
		const struct org_node *n = &c->view.nodes[i];

		if (n->root == n->id && is_proved_kind(n) && (c->all || n->record.at[NODE_MEMBERS].number > 1))
			tell(c, n->id);
	}
	return EX_OK;
}

/* The id of a name the store knows; 0 after a complaint, with *code set. */
static int64_t known(struct org_cli *c, const char *text, int *code)
{
	struct identifier i;
	struct err err = { 0 };
	int64_t id;

	if (cli_name(text, &c->ledger.arena, &i, &err) < 0) {
		*code = (cli_fail("org", &err), EX_USAGE);
		return 0;
	}
	id = identifier_id(&c->ledger.engine.site, &i);
	if (org_view_find(&c->view, id) != NULL)
		return id;
	cli_complain("org", "%s: no mail of it was ever proved genuine here", text);
	*code = EX_NOINPUT;
	return 0;
}

static int show(struct org_cli *c, const char *name)
{
	int code = EX_OK;
	int64_t id = known(c, name, &code);

	if (id != 0)
		tell(c, org_view_find(&c->view, id)->root);
	return code;
}

/* One or two names that were given, as what they are known by; 0 for none. */
struct pair {
	int64_t a, b;
};

/* Applies the changes, writes them down and shows what became of it. */
static int change(struct org_cli *c, const struct store_change *changes, size_t n, const char *what, struct pair p)
{
	char a[IDENTIFIER_TEXT_MAX], b[IDENTIFIER_TEXT_MAX];
	struct err err = { 0 };

	if (cli_apply(&c->ledger.engine, changes, n, &err) < 0)
		return cli_fail("org", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = what, .about = slice_of(org_view_name(&c->view, p.a, a)),
		.other = slice_of(p.b == 0 ? NULL : org_view_name(&c->view, p.b, b)) });
	org_view_free(&c->view);
	if (org_view_load(c->ledger.engine.store, &c->view, &err) < 0)
		return cli_fail("org", &err);
	tell(c, org_view_find(&c->view, p.a)->root);
	return EX_OK;
}

static const struct org_edge *edge_between(const struct org_view *v, int64_t a, int64_t b)
{
	for (size_t i = 0; i < v->edges_count; i++)
		if (!v->edges[i].weak && ((v->edges[i].a == a && v->edges[i].b == b) || (v->edges[i].a == b && v->edges[i].b == a)))
			return &v->edges[i];
	return NULL;
}

static int64_t later(int64_t now, int64_t than)
{
	return now > than ? now : than + 1;
}

static int join(struct org_cli *c, const char *a, const char *b)
{
	int code = EX_OK;
	int64_t x = known(c, a, &code), y = x == 0 ? 0 : known(c, b, &code);
	struct store_change change_one = { .key = organisation_key('e', x, y), .delta = { .stamp = c->ledger.at } };
	const struct org_edge *e = edge_between(&c->view, x, y);

	if (x == 0 || y == 0)
		return code;
	if (x == y)
		return cli_usage(&command_org, "that is one and the same");
	change_one.delta.at[EDGE_FIRST_SEEN].number = c->ledger.at;
	change_one.delta.at[EDGE_JOINED].number = later(c->ledger.at, e == NULL ? 0 : e->split);
	return change(c, &change_one, 1, "org join", (struct pair){ x, y });
}

/* Whether one active edge after the other leads from id to goal without passing a. Marks nodes by making root 0. */
static bool leads_to(struct org_view *v, int64_t id, int64_t goal, int64_t a)
{
	struct org_node *n = org_view_find(v, id);
	bool grew = true;

	for (size_t i = 0; i < v->nodes_count; i++)
		if (v->nodes[i].root == 0)
			v->nodes[i].root = -1;
	if (n != NULL)
		n->root = 0;
	while (grew) {
		grew = false;
		for (size_t i = 0; i < v->edges_count; i++) {
			const struct org_edge *e = &v->edges[i];
			struct org_node *x = org_view_find(v, e->a), *y = org_view_find(v, e->b);

			if (!e->active || e->a == a || e->b == a || x == NULL || y == NULL || (x->root == 0) == (y->root == 0))
				continue;
			x->root = y->root = 0;
			grew = true;
		}
	}
	n = org_view_find(v, goal);
	return n != NULL && n->root == 0;
}

enum { SPLITS_MAX = ORGANISATION_MEMBERS_MAX };

static size_t find_splits(struct org_cli *c, int64_t a, int64_t from, struct store_change *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < c->view.edges_count && n < SPLITS_MAX; i++) {
		const struct org_edge *e = &c->view.edges[i];
		int64_t other = e->a == a ? e->b : e->a;

		if (!e->active || (e->a != a && e->b != a) || (from != 0 && !leads_to(&c->view, other, from, a)))
			continue;
		ret[n] = (struct store_change){ .key = organisation_key('e', a, other), .delta = { .stamp = c->ledger.at } };
		ret[n++].delta.at[EDGE_SPLIT].number = later(c->ledger.at, e->joined);
	}
	return n;
}

static int split(struct org_cli *c, const char *name)
{
	struct store_change *changes = arena_array(&c->ledger.arena, SPLITS_MAX, sizeof *changes);
	int code = EX_OK;
	int64_t a = known(c, name, &code), from = a == 0 || c->from == NULL ? 0 : known(c, c->from, &code);
	size_t n;

	if (code != EX_OK || changes == NULL)
		return changes == NULL ? EX_OSERR : code;
	n = find_splits(c, a, from, changes);
	if (n > 0)
		return change(c, changes, n, "org split", (struct pair){ a, from });
	cli_complain("org", "%s is joined with %s", name, c->from == NULL ? "nothing" : "nothing that leads there");
	return EX_NOINPUT;
}

static int act(struct org_cli *c, const char *verb, char **names, int count)
{
	if (strcmp(verb, "list") == 0 && count == 0)
		return list(c);
	if (strcmp(verb, "show") == 0 && count == 1)
		return show(c, names[0]);
	if (strcmp(verb, "join") == 0 && count == 2)
		return join(c, names[0], names[1]);
	if (strcmp(verb, "split") == 0 && count == 1)
		return split(c, names[0]);
	return cli_usage(&command_org, "write list, show NAME, join A B or split A");
}

static int run(int argc, char **argv)
{
	static struct org_cli c;
	struct err err = { 0 };
	int rc;

	c = (struct org_cli){ 0 };
	ledger_cli_begin(&c.ledger, &command_org);
	rc = parse(&c, argc, argv);
	if (rc < 0 && optind == argc)
		rc = cli_usage(&command_org, "write list, show NAME, join A B or split A");
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, strcmp(argv[optind], "join") == 0 || strcmp(argv[optind], "split") == 0);
	if (rc < 0 && org_view_load(c.ledger.engine.store, &c.view, &err) < 0)
		rc = cli_fail("org", &err);
	if (rc < 0)
		rc = act(&c, argv[optind], argv + optind + 1, argc - optind - 1);
	org_view_free(&c.view);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_org = {
	.name = "org", .summary = "which domains and accounts are one organisation", .usage = usage, .run = run,
};
