/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include "antisales/base/json.h"
#include "cli.h"

static struct outbox *box(struct mta *m)
{
	return (struct outbox *)m;
}

static const char *outbox_macro(struct mta *m, const char *name)
{
	(void)m;
	(void)name;
	return NULL;
}

/* A fold stands for the space it replaced. */
static struct slice unfold(struct arena *a, const char *name, const char *value)
{
	struct slice line = arena_printf(a, "%s: %s", name, value);
	char *p = (char *)(uintptr_t)line.p;
	size_t n = 0;

	for (size_t i = 0; i < line.n; i++)
		if (p[i] != '\t' || n == 0 || p[n - 1] != ' ')
			p[n++] = p[i] == '\n' ? ' ' : p[i];
	return (struct slice){ p, n };
}

static int outbox_insert(struct mta *m, const char *name, const char *value)
{
	struct outbox *o = box(m);

	if (o->headers_count == OUTBOX_HEADERS)
		return -1;
	memmove(o->headers + 1, o->headers, o->headers_count * sizeof o->headers[0]);
	o->headers[0] = unfold(o->arena, name, value);
	o->headers_count++;
	return 0;
}

static int outbox_delete(struct mta *m, const char *name, size_t nth)
{
	(void)m;
	(void)name;
	(void)nth;
	return 0;
}

static int outbox_reply(struct mta *m, int code, const char *enhanced, const char *text)
{
	box(m)->reply = arena_printf(box(m)->arena, "%d %s %s", code, enhanced, text);
	return 0;
}

static int outbox_quarantine(struct mta *m, const char *reason)
{
	box(m)->quarantine = arena_dup(box(m)->arena, slice_of(reason));
	return 0;
}

static const struct mta_ops outbox_ops = {
	.macro = outbox_macro, .insert_header = outbox_insert, .delete_header = outbox_delete,
	.reply = outbox_reply, .quarantine = outbox_quarantine,
};

void outbox_init(struct outbox *o, struct arena *a)
{
	*o = (struct outbox){ .mta = { &outbox_ops }, .arena = a };
}

static json *platforms(const struct decision *d)
{
	json *list = json_list();

	for (size_t i = 0; d != NULL && i < d->evidence->platforms_count; i++) {
		const struct recognised *r = &d->evidence->platforms[i];
		json *map = json_map();

		json_put(map, "id", json_of_text(r->platform->id));
		json_put(map, "category", json_of_text(slice_of(category_name(r->platform->category))));
		json_put(map, "proof", json_of_text(slice_of(proof_name(r->proof))));
		json_put(map, "tenant", json_of_text(r->tenant));
		json_add(list, map);
	}
	return list;
}

static json *findings(const struct decision *d)
{
	json *list = json_list();

	for (size_t i = 0; d != NULL && i < d->score->count; i++) {
		const struct hit *h = &d->score->hits[i];
		json *map = json_map();

		json_put(map, "id", json_of_text(h->rule->id));
		json_put(map, "points", json_of_int(h->points));
		json_put(map, "says", json_of_text(h->says));
		json_add(list, map);
	}
	return list;
}

static json *organisation(const struct decision *d)
{
	json *map = json_map();
	const struct fact *by = d == NULL ? NULL : &d->facts->at[FACT_ORG_AUTHENTICATED];

	json_put(map, "domain", json_of_text(d == NULL ? (struct slice){ 0 } : d->facts->at[FACT_ORG_DOMAIN].text));
	json_put(map, "authenticated", json_of_bool(by != NULL && by->present && !slice_eq(by->text, SLICE("none"))));
	return map;
}

static json *headers(const struct outbox *o)
{
	json *list = json_list();

	for (size_t i = 0; i < o->headers_count; i++)
		json_add(list, json_of_text(o->headers[i]));
	return list;
}

/* "a" of what the message said, for each finding of a detector. */
static json *evidence(const struct decision *d)
{
	json *list = json_list();

	for (size_t i = 0; i < d->evidence->count; i++) {
		const struct finding *f = &d->evidence->findings[i];
		json *map = json_map();

		json_put(map, "detector", json_of_text(slice_of(f->detector)));
		json_put(map, "where", json_of_text(f->where));
		json_put(map, "quote", json_of_text(slice_sub(f->quote, 0, 200)));
		json_add(list, map);
	}
	return list;
}

static const char *verdict_of(const struct decision *d)
{
	return verdict_name(d == NULL ? VERDICT_PASS : d->verdict);
}

void report_json(const char *file, const struct decision *d, const struct outbox *o, bool with_facts)
{
	json *map = json_map();
	struct buf line;

	json_put(map, "file", json_of_text(slice_of(file)));
	json_put(map, "verdict", json_of_text(slice_of(verdict_of(d))));
	json_put(map, "score", json_of_int(d == NULL ? 0 : d->score->total));
	json_put(map, "platforms", platforms(d));
	json_put(map, "findings", findings(d));
	json_put(map, "org", organisation(d));
	json_put(map, "headers", headers(o));
	json_put(map, "reply", json_of_text(o->reply));
	json_put(map, "quarantine", json_of_text(o->quarantine));
	json_put(map, "judged", json_of_bool(d != NULL));
	if (with_facts && d != NULL) {
		json_put(map, "facts", facts_json(d->facts, true));
		json_put(map, "evidence", evidence(d));
	}
	buf_init(&line, 16 * 1024 * 1024);
	if (json_print(map, &line))
		printf("%s\n", buf_cstr(&line));
	else
		cli_complain("check", "no memory to print %s", file);
	buf_done(&line);
	json_free(map);
}

static const char *paint(bool colour, enum verdict_kind v)
{
	static const char *const colours[VERDICT_COUNT] = { "\033[32m", "\033[33m", "\033[35m", "\033[31m" };

	return colour ? colours[v] : "";
}

static void print_platforms(const struct decision *d)
{
	for (size_t i = 0; i < d->evidence->platforms_count; i++) {
		const struct recognised *r = &d->evidence->platforms[i];

		printf("  platform  %.*s (%s, %s)", SLICE_FMT(r->platform->name), category_name(r->platform->category),
		    proof_name(r->proof));
		if (r->tenant.n > 0) {
			fputs(", account ", stdout);
			cli_print(r->tenant);
		}
		putchar('\n');
	}
}

static void print_facts(const struct decision *d)
{
	struct buf b;

	buf_init(&b, 1024 * 1024);
	facts_dump(d->facts, &b);
	for (struct slice rest = buf_slice(&b); rest.n > 0;) {
		fputs("  ", stdout);
		cli_print(slice_cut(&rest, '\n'));
		putchar('\n');
	}
	buf_done(&b);
}

static void print_effects(const struct outbox *o)
{
	if (o->reply.p != NULL)
		printf("  reply     %.*s\n", SLICE_FMT(o->reply));
	if (o->quarantine.p != NULL)
		printf("  held      %.*s\n", SLICE_FMT(o->quarantine));
}

void report_text(const char *file, const struct decision *d, const struct outbox *o, bool colour, bool with_facts)
{
	enum verdict_kind v = d == NULL ? VERDICT_PASS : d->verdict;

	printf("%s%-10s%s %3d  ", paint(colour, v), verdict_name(v), colour ? "\033[0m" : "", d == NULL ? 0 : d->score->total);
	cli_print(slice_of(file));
	putchar('\n');
	if (d == NULL) {
		puts("  not judged: the client is trusted, or a limit was reached");
		return;
	}
	if (d->facts->at[FACT_ORG_DOMAIN].present)
		printf("  from      %.*s (authenticated: %.*s)\n", SLICE_FMT(d->facts->at[FACT_ORG_DOMAIN].text),
		    SLICE_FMT(d->facts->at[FACT_ORG_AUTHENTICATED].text));
	print_platforms(d);
	for (size_t i = 0; i < d->score->count; i++) {
		const struct hit *h = &d->score->hits[i];

		printf("  %+4d      %.*s: ", h->points, SLICE_FMT(h->rule->id));
		cli_print(h->says);
		putchar('\n');
	}
	print_effects(o);
	if (with_facts)
		print_facts(d);
}
