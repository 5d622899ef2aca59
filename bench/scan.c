/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What looking for platforms costs, by the number of fingerprints: "scan MAILS POLICY..", policies that differ in their
 * catalogues, the smallest first. All are measured in turn, round by round, with both engines: catalogue_scan over the
 * subjects that the mails have, and the whole way of a mail from file to verdict. The unit is memchr over the same bytes
 * in the same round, because a machine's speed changes. Prints markdown.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "antisales/base/file.h"
#include "antisales/base/log.h"
#include "antisales/catalogue/catalogue.h"
#include "antisales/edge/session.h"
#include "antisales/mail/domain.h"
#include "../milter/cli/cli.h"

enum { ROUNDS = 15, PASSES = 4, MAILS_MAX = 2000, SETS_MAX = 16, RECEIVED_MAX = 3, ABSENT_BYTE = 0x01 };
static const size_t arena_most = (size_t)1024 * 1024 * 1024;

struct mail {
	struct slice text;
	struct subject *subjects;       /* for the catalogue in work */
	size_t count;
};

struct timing {
	double us[ROUNDS], unit_us[ROUNDS];     /* a mail */
};

/* One policy with one engine. */
struct set {
	struct engine engine;
	struct setup *setup;
	const struct catalogue *catalogue;
	struct arena arena;
	struct mail *mails;             /* the same mails, with this catalogue's subjects */
	size_t bytes, subjects, sightings;
	struct timing scan, check;
};

struct bench {
	struct arena arena;
	struct mail *mails;
	size_t mails_count, bytes;
	struct set sets[SETS_MAX];
	size_t sets_count;
};

static _Noreturn void die(const char *what, const struct err *err)
{
	fprintf(stderr, "scan: %s: %s\n", what, err == NULL ? "failed" : err->text);
	exit(1);
}

/* Of this process, so that others on the machine count less. */
static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int64_t no_time(void *arg)
{
	(void)arg;
	return 0;
}

static void read_mails(struct bench *b, const char *folder)
{
	const struct slice *names;
	struct err err = { 0 };

	if (file_list(folder, ".eml", &b->arena, &names, &b->mails_count, &err) < 0)
		die(folder, &err);
	if (b->mails_count == 0 || b->mails_count > MAILS_MAX)
		die("1 to 2000 mails are expected", NULL);
	b->mails = arena_array(&b->arena, b->mails_count, sizeof *b->mails);
	for (size_t i = 0; b->mails != NULL && i < b->mails_count; i++) {
		const char *path = file_join(&b->arena, folder, names[i]);

		if (path == NULL || file_read(path, 1 << 26, &b->arena, &b->mails[i].text, &err) < 0)
			die(folder, &err);
		b->bytes += b->mails[i].text.n;
	}
}

/* Feeds a mail up to, but not including, its end; the session is the caller's. */
static struct session *feed(struct set *set, const struct mail *m, struct arena *a)
{
	static const struct eml_envelope unknown;
	struct session *s = session_new(&set->engine);

	if (s == NULL)
		die("session", NULL);
	eml_feed(s, m->text, &unknown, a);
	if (s->message == NULL || s->message->txn == NULL)
		die("a mail was not taken", NULL);
	return s;
}

/* What evidence/platform.c collects, as copies that outlive the session. */
struct gather {
	struct set *set;
	struct mail *mail;
	size_t room;
};

static void add(struct gather *g, enum place place, struct slice header, struct slice text)
{
	struct mail *m = g->mail;

	if (text.p == NULL || m->count == g->room)
		return;
	m->subjects[m->count++] = (struct subject){ place, arena_dup(&g->set->arena, header), arena_dup(&g->set->arena, text), false };
	g->set->bytes += text.n + 1;
	g->set->subjects++;
}

static struct slice signature_domain(struct slice value)
{
	while (value.n > 0) {
		struct slice tag = slice_cut(&value, ';'), name = slice_trim(slice_cut(&tag, '='));

		if (slice_eq(name, SLICE("d")))
			return slice_trim(tag);
	}
	return (struct slice){ 0 };
}

static void add_header(struct gather *g, const struct header *h)
{
	static const struct { const char *name; enum place place; } special[] = {
		{ "X-Mailer", PLACE_X_MAILER }, { "Message-ID", PLACE_MESSAGE_ID }, { "List-Unsubscribe", PLACE_LIST_UNSUBSCRIBE },
	};

	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
		if (slice_ieq(h->name, slice_of(special[i].name)))
			add(g, special[i].place, h->name, h->value);
	if (slice_ieq(h->name, SLICE("DKIM-Signature")))
		add(g, PLACE_DKIM_D, h->name, signature_domain(h->value));
	if (catalogue_reads_header(g->set->catalogue, h->name))
		add(g, PLACE_HEADER, h->name, h->value);
}

static void add_received(struct gather *g, const struct txn *t)
{
	for (size_t nth = 0; nth < RECEIVED_MAX; nth++) {
		struct slice v = txn_value(t, "Received", nth);

		if (slice_istarts(v, SLICE("from "))) {
			v = slice_sub(v, 5, v.n);
			add(g, PLACE_RECEIVED_HOST, SLICE("Received"), slice_cut(&v, ' '));
		}
	}
}

static void add_links(struct gather *g, const struct content *c)
{
	for (size_t i = 0; i < c->links_count; i++) {
		add(g, PLACE_URL_HOST, SLICE("link"), c->links[i].host);
		add(g, PLACE_URL_PATH, SLICE("link"), c->links[i].path);
		add(g, PLACE_URL, SLICE("link"), c->links[i].url);
	}
}

static void gather_mail(struct bench *b, struct set *set, size_t i)
{
	struct arena a;
	struct session *s;
	struct txn *t;
	struct gather g = { .set = set, .mail = &set->mails[i] };

	arena_init(&a, 64 * 1024, arena_most);
	s = feed(set, &b->mails[i], &a);
	t = s->message->txn;
	txn_seal(t);
	g.room = t->headers_count * 2 + t->content->links_count * 3 + 64;
	g.mail->subjects = arena_array(&set->arena, g.room, sizeof *g.mail->subjects);
	if (g.mail->subjects == NULL)
		die("no memory", NULL);
	for (size_t k = 0; k < t->headers_count; k++)
		add_header(&g, &t->headers[k]);
	add(&g, PLACE_RETURN_PATH, SLICE("MAIL FROM"), t->sender.spec);
	add_received(&g, t);
	add_links(&g, t->content);
	session_free(s);
	arena_done(&a);
}

static void open_engine(struct set *set, const char *policy)
{
	struct store_conf memory = { .url = "memory:" };
	struct config *c;
	struct policy *p;
	struct err err = { 0 };

	engine_init(&set->engine, no_time, NULL);
	if (config_load(NULL, &c, &err) < 0 || policy_compile(policy, &p, &err) < 0
	    || setup_publish(&set->engine.setups, c, p, &err) < 0 || store_open(&memory, &set->engine.store, &err) < 0)
		die(policy, &err);
	set->setup = setup_get(&set->engine.setups);
	set->catalogue = set->setup->policy->catalogue;
}

static void add_set(struct bench *b, const char *policy, bool best)
{
	struct set *set = &b->sets[b->sets_count++];

	arena_init(&set->arena, 1024 * 1024, arena_most);
	if (best)
		unsetenv("ANTISALES_NO_HYPERSCAN");
	else
		setenv("ANTISALES_NO_HYPERSCAN", "1", 1);
	open_engine(set, policy);
	set->mails = arena_array(&set->arena, b->mails_count, sizeof *set->mails);
	if (set->mails == NULL)
		die("no memory", NULL);
	for (size_t i = 0; i < b->mails_count; i++)
		gather_mail(b, set, i);
}

static size_t scan_mail(const struct set *set, const struct mail *m, struct arena *a)
{
	struct scan scan = { .subjects = m->subjects, .subjects_count = m->count, .budget_us = 1000000 };
	struct err err = { 0 };

	if (catalogue_scan(set->catalogue, &scan, a, &err) < 0)
		die("scan", &err);
	arena_reset(a);
	return scan.sightings_count;
}

static double scan_round(struct set *set, size_t mails, struct arena *a)
{
	double begun = now_us();

	set->sightings = 0;
	for (int pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < mails; i++)
			set->sightings += scan_mail(set, &set->mails[i], a);
	return (now_us() - begun) / (double)(PASSES * mails);
}

/* Absent bytes, so that every byte is looked at. */
static size_t look_at(struct slice s)
{
	const char *hit = memchr(s.p, ABSENT_BYTE, s.n);

	return hit == NULL ? s.n : (size_t)(hit - s.p);
}

static volatile size_t sink;

static double subjects_unit(const struct bench *b, const struct set *set)
{
	double begun = now_us();
	size_t sum = 0;

	for (int pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < b->mails_count; i++)
			for (size_t k = 0; k < set->mails[i].count; k++)
				sum += look_at(set->mails[i].subjects[k].text);
	sink = sum;
	return (now_us() - begun) / (double)((size_t)PASSES * b->mails_count);
}

static double files_unit(const struct bench *b)
{
	double begun = now_us();
	size_t sum = 0;

	for (int pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < b->mails_count; i++)
			sum += look_at(b->mails[i].text);
	sink = sum;
	return (now_us() - begun) / (double)((size_t)PASSES * b->mails_count);
}

static double check_round(const struct bench *b, struct set *set, struct arena *a)
{
	double begun = now_us();

	for (size_t i = 0; i < b->mails_count; i++) {
		struct session *s = feed(set, &b->mails[i], a);
		struct mta_record record;
		struct buf out;

		buf_init(&out, 1024 * 1024);
		mta_record_init(&record, &out, NULL);
		(void)session_eom(s, &record.mta, NULL);
		buf_done(&out);
		session_free(s);
		arena_reset(a);
	}
	return (now_us() - begun) / (double)b->mails_count;
}

static int by_size(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static double middle(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof sorted);
	qsort(sorted, ROUNDS, sizeof sorted[0], by_size);
	return sorted[ROUNDS / 2];
}

static double middle_ratio(const double *values, const double *units)
{
	double ratios[ROUNDS];

	for (int r = 0; r < ROUNDS; r++)
		ratios[r] = units[r] > 0 ? values[r] / units[r] : 0;
	return middle(ratios);
}

static void measure(struct bench *b)
{
	struct arena a;

	arena_init(&a, 128 * 1024, arena_most);
	for (int r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < b->sets_count; i++) {
			struct set *set = &b->sets[i];

			set->scan.us[r] = scan_round(set, b->mails_count, &a);
			set->scan.unit_us[r] = subjects_unit(b, set);
			set->check.us[r] = check_round(b, set, &a);
			set->check.unit_us[r] = files_unit(b);
		}
	arena_done(&a);
}

static void print_row(const struct bench *b, const struct set *set, const struct timing *t, const struct timing *first,
    size_t bytes)
{
	printf("| %s | %zu | %zu | %.1f | %.2f | **%.2f** | %.0f |\n", catalogue_engine(set->catalogue),
	    catalogue_fingerprints(set->catalogue), bytes / b->mails_count, middle(t->us), middle(t->unit_us),
	    middle_ratio(t->us, first->us), middle_ratio(t->us, t->unit_us));
}

/* The sets of one engine follow each other, the smallest catalogue first. */
static void print_table(const struct bench *b, const char *what, bool whole)
{
	printf("\n%s\n\n| engine | fingerprints | bytes a mail | us a mail | memchr, us a mail | ratio to the fewest | ratio to memchr |\n"
	    "| --- | --- | --- | --- | --- | --- | --- |\n", what);
	for (size_t i = 0; i < b->sets_count; i++) {
		const struct set *set = &b->sets[i], *first = &b->sets[i < b->sets_count / 2 ? 0 : b->sets_count / 2];

		if (whole)
			print_row(b, set, &set->check, &first->check, b->bytes);
		else
			print_row(b, set, &set->scan, &first->scan, set->bytes);
	}
}

static void print_all(const struct bench *b)
{
	const struct set *first = &b->sets[0], *last = &b->sets[b->sets_count - 1];

	printf("%zu mails; %.1f subjects a mail; sightings a mail with the fewest fingerprints %.2f, with the most %.2f\n", b->mails_count,
	    (double)last->subjects / (double)b->mails_count, (double)first->sightings / (double)(PASSES * b->mails_count),
	    (double)last->sightings / (double)(PASSES * b->mails_count));
	print_table(b, "Looking for platforms (catalogue_scan)", false);
	print_table(b, "The whole check, from file to verdict, on one core", true);
}

static void close_set(struct set *set)
{
	setup_put(set->setup);
	engine_close(&set->engine);
	arena_done(&set->arena);
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct err err = { 0 };

	if (argc < 3 || argc - 2 > SETS_MAX / 2) {
		fprintf(stderr, "Usage: scan MAILS POLICY..\n");
		return 64;
	}
	log_set_level(LOG_LEVEL_ERROR);
	if (hash_init(&err) < 0)
		die("hash", &err);
	arena_init(&b.arena, 1024 * 1024, arena_most);
	read_mails(&b, argv[1]);
	for (int best = 1; best >= 0; best--)
		for (int i = 2; i < argc; i++)
			add_set(&b, argv[i], best != 0);
	measure(&b);
	print_all(&b);
	for (size_t i = 0; i < b.sets_count; i++)
		close_set(&b.sets[i]);
	arena_done(&b.arena);
	return 0;
}
