/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/alloc.h"
#include "antisales/ledger/reputation.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales reputation show NAME [OPTION]..\n"
    "       antisales reputation top [--count N] [OPTION]..\n"
    "       antisales reputation set NAME --sales N [--confidence N] | --none [OPTION]..\n"
    "       antisales reputation forget NAME [OPTION]..\n"
    "Shows and corrects what is remembered about organisations.\n"
    "A name is a domain, or platform:account such as marketo:123-ABC-456.\n\n"
    "  --count N        top: how many (default: 20)\n"
    "  --sales N        set: how much of its mail is sales mail, 0 to 100\n"
    "  --confidence N   set: how sure that is, 0 to 100 (default: 100)\n"
    "  --none           set: back to what its mail says\n"
    "  --config FILE    the daemon's configuration\n"
    "  --policy FILE    the policy, if not the configuration's\n"
    "  --store URL      the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME        as of then\n"
    "  --json           one JSON object a line\n"
    "  --help           this text\n\n"
    "Exit status: 0 done, 66 the name is not known.\n";

struct rep_cli {
	struct ledger_cli ledger;
	int count, sales, confidence;
	bool none, bad;
	struct org_view view;
};

static int number(struct rep_cli *c, int max)
{
	char *end;
	long n = strtol(optarg, &end, 10);

	c->bad = c->bad || *optarg == '\0' || *end != '\0' || n < 0 || n > max;
	return c->bad ? 0 : (int)n;
}

static int parse(struct rep_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' }, { "sales", required_argument, NULL, 'S' },
		{ "confidence", required_argument, NULL, 'C' }, { "none", no_argument, NULL, 'N' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'n': c->count = number(c, 1000000); break;
		case 'S': c->sales = number(c, 100); break;
		case 'C': c->confidence = number(c, 100); break;
		case 'N': c->none = true; break;
		default: rc = ledger_cli_option(&c->ledger, opt);
		}
	}
	return rc < 0 && c->bad ? cli_usage(&command_reputation, "a number is out of its range") : rc;
}

static struct reputation read_one(struct rep_cli *c, const struct record *r, bool found)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	struct reputation ret = reputation_read(r, found, &s->policy->feedback, c->ledger.at);

	setup_put(s);
	return ret;
}

static void print_json(const char *name, int64_t members, const struct reputation *r)
{
	json *map = json_map();

	json_put(map, "name", json_of_text(slice_of(name)));
	json_put(map, "members", json_of_int(members));
	json_put(map, "known", json_of_bool(r->known));
	json_put(map, "sales", json_of_int(r->sales));
	json_put(map, "confidence", json_of_int(r->confidence));
	json_put(map, "set", json_of_bool(r->set));
	json_put(map, "mails", json_of_int(r->mails));
	json_put(map, "days", json_of_int(r->days));
	json_put(map, "recipients", json_of_int(r->recipients));
	json_put(map, "evidence_sales", json_of_real(r->evidence_sales));
	json_put(map, "evidence_clean", json_of_real(r->evidence_clean));
	json_put(map, "answers", json_of_real(r->answers));
	json_put(map, "optouts_ignored", json_of_real(r->optouts_ignored));
	json_put(map, "decoys", json_of_real(r->decoys));
	json_put(map, "said_sales", json_of_int(r->said_sales));
	json_put(map, "said_wanted", json_of_int(r->said_wanted));
	cli_print_json(map);
}

static void print_long(const char *name, int64_t members, const struct reputation *r)
{
	cli_print(slice_of(name));
	printf(": sales %d of 100, confidence %d of 100%s\n", r->sales, r->confidence, r->set ? " (set by hand)" : "");
	printf("  %" PRId64 " mails to about %" PRId64 " recipients in %" PRId64 " days, from %" PRId64 " domains and accounts\n",
	    r->mails, r->recipients, r->days, members);
	printf("  speaks for sales: %.1f, for clean: %.1f\n", r->evidence_sales, r->evidence_clean);
	printf("  users: %" PRId64 " say sales, %" PRId64 " say wanted; answers %.1f, ignored opt-outs %.1f, decoys %.1f\n",
	    r->said_sales, r->said_wanted, r->answers, r->optouts_ignored, r->decoys);
}

/* The id of a name the store knows; 0 after a complaint, with *code set. */
static int64_t known(struct rep_cli *c, const char *text, struct identifier *i, int *code)
{
	struct err err = { 0 };
	int64_t id;

	if (cli_name(text, &c->ledger.arena, i, &err) < 0) {
		*code = (cli_fail("reputation", &err), EX_USAGE);
		return 0;
	}
	id = identifier_id(&c->ledger.engine.site, i);
	if (org_view_find(&c->view, id) != NULL)
		return id;
	cli_complain("reputation", "%s: no mail of it was ever proved genuine here", text);
	*code = EX_NOINPUT;
	return 0;
}

static int64_t members_of(const struct rep_cli *c, int64_t id)
{
	const struct org_node *n = org_view_find(&c->view, id), *root = n == NULL ? NULL : org_view_find(&c->view, n->root);

	return root == NULL ? 1 : root->record.at[NODE_MEMBERS].number;
}

static int print_record(struct rep_cli *c, const char *name, char tag, int64_t id, int64_t members)
{
	struct record r;
	struct reputation rep;
	struct err err = { 0 };
	bool found = false;

	if (cli_read(&c->ledger.engine, tag, id, &r, &found, &err) < 0)
		return cli_fail("reputation", &err);
	rep = read_one(c, &r, found);
	if (c->ledger.json)
		print_json(name, members, &rep);
	else if (found)
		print_long(name, members, &rep);
	else
		printf("%s: nothing is remembered\n", name);
	return EX_OK;
}

static int show(struct rep_cli *c, const char *name)
{
	struct identifier i;
	int code = EX_OK;
	int64_t id = known(c, name, &i, &code);

	if (id == 0)
		return code;
	code = print_record(c, name, ORGANISATION_SUM, id, members_of(c, id));
	if (code == EX_OK && i.kind == IDENTIFIER_ACCOUNT && !c->ledger.json) {
		fputs("the account alone: ", stdout);
		code = print_record(c, name, 't', id, 1);
	}
	return code;
}

struct row {
	int64_t id;
	struct reputation rep;
};

static int worst_first(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int m = a->rep.sales * a->rep.confidence, n = b->rep.sales * b->rep.confidence;

	if (m != n)
		return m > n ? -1 : 1;
	return a->rep.mails != b->rep.mails ? (a->rep.mails > b->rep.mails ? -1 : 1) : a->id < b->id ? -1 : a->id > b->id;
}

static int top(struct rep_cli *c)
{
	struct row *rows = alloc_zeroed(c->view.nodes_count + 1, sizeof *rows);
	size_t n = 0;

	if (rows == NULL)
		return EX_OSERR;
	for (size_t i = 0; i < c->view.nodes_count; i++) {
		const struct org_node *node = &c->view.nodes[i];
		struct record r;
		bool found = false;

		if (node->root != node->id || cli_read(&c->ledger.engine, ORGANISATION_SUM, node->id, &r, &found, NULL) < 0 || !found)
			continue;
		rows[n++] = (struct row){ node->id, read_one(c, &r, true) };
	}
	if (n > 0)
		qsort(rows, n, sizeof *rows, worst_first);
	for (size_t i = 0; i < n && i < (size_t)c->count; i++) {
		const struct org_node *face = org_view_face(&c->view, rows[i].id);
		char name[IDENTIFIER_TEXT_MAX];

		org_view_name(&c->view, face == NULL ? rows[i].id : face->id, name);
		if (c->ledger.json) {
			print_json(name, members_of(c, rows[i].id), &rows[i].rep);
			continue;
		}
		printf("%3d %3d %8" PRId64 "  ", rows[i].rep.sales, rows[i].rep.confidence, rows[i].rep.mails);
		cli_print(slice_of(name));
		putchar('\n');
	}
	free(rows);
	return EX_OK;
}

/* The name as the store keeps it; it lies in the arena. */
static struct slice about(struct rep_cli *c, int64_t id)
{
	char name[IDENTIFIER_TEXT_MAX];

	return arena_dup(&c->ledger.arena, slice_of(org_view_name(&c->view, id, name)));
}

static int set(struct rep_cli *c, const char *name)
{
	struct identifier i;
	int code = EX_OK;
	int64_t id = known(c, name, &i, &code);
	struct store_key k = organisation_key('r', id, 0);
	struct store_change change;
	struct err err = { 0 };

	if (id == 0)
		return code;
	if ((c->sales < 0) == !c->none)
		return cli_usage(&command_reputation, "set needs --sales N, or --none");
	change = reputation_set(&k, c->sales, c->confidence, c->ledger.at);
	if (cli_apply(&c->ledger.engine, &change, 1, &err) < 0)
		return cli_fail("reputation", &err);
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = "reputation set", .about = about(c, id), .set = true,
		.sales = c->sales, .confidence = c->confidence });
	return show(c, name);
}

/* All that the organisation did; who belongs to it stays known. */
static int forget(struct rep_cli *c, const char *name)
{
	struct identifier i;
	int code = EX_OK;
	int64_t id = known(c, name, &i, &code), root = id == 0 ? 0 : org_view_find(&c->view, id)->root;
	struct err err = { 0 };

	for (size_t k = 0; id != 0 && k < c->view.nodes_count; k++) {
		struct store_change gone[2] = {
			{ .key = organisation_key('r', c->view.nodes[k].id, 0), .forget = true },
			{ .key = organisation_key('t', c->view.nodes[k].id, 0), .forget = true },
		};

		if (c->view.nodes[k].root == root && cli_apply(&c->ledger.engine, gone, 2, &err) < 0)
			return cli_fail("reputation", &err);
	}
	if (id != 0)
		cli_journal_change(&c->ledger, &(struct journal_change){ .change = "reputation forget", .about = about(c, id) });
	return code;
}

static int act(struct rep_cli *c, const char *verb, char **names, int count)
{
	if (strcmp(verb, "top") == 0 && count == 0)
		return top(c);
	if (strcmp(verb, "show") == 0 && count == 1)
		return show(c, names[0]);
	if (strcmp(verb, "set") == 0 && count == 1)
		return set(c, names[0]);
	if (strcmp(verb, "forget") == 0 && count == 1)
		return forget(c, names[0]);
	return cli_usage(&command_reputation, "write show NAME, top, set NAME or forget NAME");
}

static int run(int argc, char **argv)
{
	static struct rep_cli c;
	struct err err = { 0 };
	int rc;

	c = (struct rep_cli){ .count = 20, .sales = -1, .confidence = 100 };
	ledger_cli_begin(&c.ledger, &command_reputation);
	rc = parse(&c, argc, argv);
	if (rc < 0 && optind == argc)
		rc = cli_usage(&command_reputation, "write show NAME, top, set NAME or forget NAME");
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, strcmp(argv[optind], "set") == 0 || strcmp(argv[optind], "forget") == 0);
	if (rc < 0 && org_view_load(c.ledger.engine.store, &c.view, &err) < 0)
		rc = cli_fail("reputation", &err);
	if (rc < 0)
		rc = act(&c, argv[optind], argv + optind + 1, argc - optind - 1);
	org_view_free(&c.view);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_reputation = {
	.name = "reputation", .summary = "what is remembered about organisations", .usage = usage, .run = run,
};
