/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "address.h"
#include "antisales/base/alloc.h"

enum { ADDRESS_TEXT_MAX = 400 };

struct listing {
	struct address_cli *cli;
	struct address user;            /* its spec is absent: everybody's */
	int64_t person;
	struct issued *rows;
	size_t count, room;
	bool failed;
};

static bool keep(const struct store_key *k, const struct record *r, void *arg)
{
	struct listing *l = arg;
	struct issued i, *grown;

	(void)k;
	if (!issued_read(r, l->cli->ledger.at, &i) || (l->person != 0 && i.person != l->person))
		return true;
	grown = alloc_room(l->rows, &l->room, l->count + 1, sizeof *grown);
	l->failed = l->failed || grown == NULL;
	if (grown == NULL)
		return false;
	l->rows = grown;
	l->rows[l->count++] = i;
	return true;
}

static int by_time(const void *x, const void *y)
{
	const struct issued *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->person != b->person ? (a->person < b->person ? -1 : 1) : (a->serial > b->serial) - (a->serial < b->serial);
}

/* The store does not know the user part: it is made again from the user that was named, else it stays hidden. */
static void write_address(const struct listing *l, const struct issued *i, char out[ADDRESS_TEXT_MAX])
{
	static const char *const separators[ISSUED_STYLES] = { "+", ".", "-", "" };
	const struct cli_persons nobody = { 0 };
	struct issue made = { .site = &l->cli->ledger.engine.site, .user = l->user, .domain = slice_of(i->to), .style = i->style,
		.serial = i->serial };
	char local[LOCAL_PART_MAX + 1], person[IDENTIFIER_TEXT_MAX];

	if (l->person != 0 && issue_local(&made, local))
		snprintf(out, ADDRESS_TEXT_MAX, "%s@%.*s", local, SLICE_FMT(l->user.domain));
	else
		snprintf(out, ADDRESS_TEXT_MAX, "%s%s%s", cli_person_name(i->person, &nobody, person),
		    i->style < ISSUED_STYLES ? separators[i->style] : "", i->tag);
}

static void put_text(json *map, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_put(map, key, json_of_text(slice_of(text)));
}

static void put_day(json *map, const char *key, int64_t when)
{
	char day[CLOCK_TEXT];

	if (when > 0)
		json_put(map, key, json_of_text(slice_of(cli_day(when, day))));
}

static json *issued_json(const char *address, const struct issued *i)
{
	json *map = json_map();

	put_text(map, "address", address);
	put_text(map, "issued_to", i->to);
	put_day(map, "issued_on", i->at);
	put_text(map, "purpose", i->purpose);
	json_put(map, "style", json_of_text(slice_of(issued_style_name(i->style))));
	json_put(map, "state", json_of_text(slice_of(issued_state_name(i->state))));
	put_day(map, "expires", i->expires);
	json_put(map, "mails", json_of_int(i->mails));
	put_day(map, "last_mail", i->mail_at);
	json_put(map, "sold", json_of_int(i->sold));
	put_text(map, "sold_by", i->seller);
	put_day(map, "sold_on", i->sold_at);
	return map;
}

static void tell_row(const struct listing *l, const struct issued *i)
{
	char address[ADDRESS_TEXT_MAX], day[CLOCK_TEXT];

	write_address(l, i, address);
	if (l->cli->ledger.json) {
		cli_print_json(issued_json(address, i));
		return;
	}
	printf("%-9s  %-10s  %5lld  ", issued_state_name(i->state), cli_day(i->at, day), (long long)i->mails);
	cli_print(slice_of(address));
	printf("  for ");
	cli_print(slice_of(i->to));
	if (i->seller[0] != '\0') {
		printf("; sold, mail of ");
		cli_print(slice_of(i->seller));
	}
	putchar('\n');
}

int address_tell_all(struct address_cli *c)
{
	struct store *s = c->ledger.engine.store;
	struct listing l = { .cli = c };
	struct err err = { 0 };
	int rc = EX_OK;

	if ((c->user_text != NULL && address_user(c, c->user_text, &l.user, &l.person, &err) < 0)
	    || s->ops->scan(s, 'a', keep, &l, &err) < 0)
		rc = cli_fail("address", &err);
	else if (l.failed)
		rc = EX_OSERR;
	if (rc == EX_OK && l.count > 0)
		qsort(l.rows, l.count, sizeof *l.rows, by_time);
	if (rc == EX_OK && !c->ledger.json)
		puts("state      issued      mails  address");
	for (size_t i = 0; rc == EX_OK && i < l.count; i++)
		tell_row(&l, &l.rows[i]);
	free(l.rows);
	return rc;
}

static void tell_line(const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	printf("%-11s", label);
	cli_print(slice_of(text));
	putchar('\n');
}

static void tell_day(const char *label, int64_t when)
{
	char day[CLOCK_TEXT];

	if (when > 0)
		tell_line(label, cli_day(when, day));
}

static void tell_text(const struct found_address *f, const struct org_view *v, const struct affiliates *a)
{
	char name[IDENTIFIER_TEXT_MAX];
	const struct issued *i = &f->issued;

	tell_line("issued to", i->to);
	tell_day("on", i->at);
	tell_line("for", i->purpose);
	tell_line("state", issued_state_name(i->state));
	tell_day("expires", i->expires);
	for (size_t k = 0; k < a->count; k++)
		tell_line("affiliate", org_view_name(v, a->id[k], name));
	printf("%-11s%lld\n", "mails", (long long)i->mails);
	tell_day("last", i->mail_at);
	if (i->sold > 0)
		printf("%-11s%lld\n", "of others", (long long)i->sold);
	tell_line("sold by", i->seller);
	tell_day("seen", i->sold_at);
}

static void tell_json(const struct found_address *f, const struct org_view *v, const struct affiliates *a)
{
	char name[IDENTIFIER_TEXT_MAX];
	json *map = issued_json(f->address.spec.p, &f->issued), *list = json_list();

	for (size_t k = 0; k < a->count; k++)
		json_add(list, json_of_text(slice_of(org_view_name(v, a->id[k], name))));
	json_put(map, "affiliates", list);
	cli_print_json(map);
}

int address_tell(struct address_cli *c, const char *text)
{
	struct found_address f;
	struct affiliates a;
	struct org_view v = { 0 };
	struct err err = { 0 };

	if (address_find(c, text, &f, &err) < 0 || address_affiliates(c, &f, &a, &err) < 0
	    || org_view_load(c->ledger.engine.store, &v, &err) < 0) {
		org_view_free(&v);
		return cli_fail("address", &err);
	}
	if (c->ledger.json)
		tell_json(&f, &v, &a);
	else
		tell_text(&f, &v, &a);
	org_view_free(&v);
	return EX_OK;
}
