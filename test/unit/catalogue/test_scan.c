/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <pthread.h>

#include "antisales/base/buf.h"
#include "antisales/catalogue/catalogue.h"

static const char acme[] =
	"platform: acme\nname: Acme\ncategory: sales-engagement\nfingerprints:\n"
	"  - {where: header:X-Acme, pattern: '^acme-(?<tenant>\\d+)(?:-(?<lead>\\d+))?', proof: strong, source: s, match: acme-1, miss: x}\n"
	"  - {where: url-host, pattern: '(?:^|\\.)acme\\.example$', proof: strong, source: s, match: acme.example, miss: x}\n"
	"  - {where: url-path, pattern: '^/\\w/', proof: hint, source: s, match: /a/, miss: x}\n"
	"  - {where: 'header:*-Acme-Uid', pattern: '^u\\d{3}', proof: hint, source: s, match: u123, miss: x}\n"
	"  - {where: url, pattern: 'slow(?:a+a+)+b', proof: hint, source: s, match: slowaab, miss: x}\n";

struct fixture {
	char *dir;
	struct arena arena;
	struct catalogue *catalogue;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = { 0 };

	f->dir = folder_make();
	file_make(f->dir, "acme.yaml", acme);
	arena_init(&f->arena, 65536, 64 << 20);
	assert_ok(catalogue_load(f->dir, &f->arena, &f->catalogue, &e), e);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	folder_remove(f->dir);
	free(f);
	return 0;
}

struct seen {
	const struct sighting *at;
	size_t n;
	struct scan scan;
};

static struct seen scan(const struct catalogue *c, struct arena *a, const struct subject *subjects, size_t n)
{
	struct seen s = { .scan = { .subjects = subjects, .subjects_count = n, .budget_us = 1000000 } };
	struct err e = { 0 };

	assert_ok(catalogue_scan(c, &s.scan, a, &e), e);
	s.at = s.scan.sightings;
	s.n = s.scan.sightings_count;
	return s;
}

static void a_mark_is_seen_in_its_place_only(void **state)
{
	static const struct { struct subject subject; size_t hits; } rows[] = {
		{ { PLACE_HEADER, { "X-Acme", 6 }, { "acme-42", 7 }, false }, 1 },
		{ { PLACE_HEADER, { "x-aCME", 6 }, { "ACME-42", 7 }, false }, 1 },
		{ { PLACE_HEADER, { "X-Other", 7 }, { "acme-42", 7 }, false }, 0 },
		{ { PLACE_X_MAILER, { "X-Acme", 6 }, { "acme-42", 7 }, false }, 0 },
		{ { PLACE_HEADER, { "X-Acme", 6 }, { " acme-42", 8 }, false }, 0 },
		{ { PLACE_HEADER, { "X-Acme", 6 }, { "acme-", 5 }, false }, 0 },
		{ { PLACE_HEADER, { "X-Acme", 6 }, { "", 0 }, false }, 0 },
		{ { PLACE_URL_HOST, { "link", 4 }, { "go.acme.example", 15 }, false }, 1 },
		{ { PLACE_URL_HOST, { "link", 4 }, { "notacme.example", 15 }, false }, 0 },
		{ { PLACE_URL_PATH, { "link", 4 }, { "/a/", 3 }, false }, 1 },
		{ { PLACE_HEADER, { "Foo-Acme-Uid", 12 }, { "u123", 4 }, false }, 1 },
		{ { PLACE_HEADER, { "Foo-Acme-Uid-2", 14 }, { "u123", 4 }, false }, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct seen s = scan(f->catalogue, &f->arena, &rows[i].subject, 1);

		if (s.n != rows[i].hits)
			fail_msg("row %zu: %zu hits", i, s.n);
	}
}

static void a_mark_never_spans_two_subjects(void **state)
{
	static const struct subject subjects[] = {
		{ PLACE_URL_HOST, { "link", 4 }, { "go.acme.ex", 10 }, false }, { PLACE_URL_HOST, { "link", 4 }, { "ample", 5 }, false },
	};
	struct fixture *f = *state;

	assert_int_equal(scan(f->catalogue, &f->arena, subjects, 2).n, 0);
}

static void captures_and_quote_are_parts_of_the_subject(void **state)
{
	static const struct subject subject = { PLACE_HEADER, { "X-Acme", 6 }, { "acme-42-7 tail", 14 }, true };
	struct fixture *f = *state;
	struct seen s = scan(f->catalogue, &f->arena, &subject, 1);

	assert_int_equal(s.n, 1);
	assert_slice(s.at[0].quote, "acme-42-7");
	assert_slice(s.at[0].tenant, "42");
	assert_slice(s.at[0].lead, "7");
	assert_ptr_equal(s.at[0].subject, &subject);
	assert_ptr_equal(s.at[0].quote.p, subject.text.p);
}

static void what_was_not_captured_is_absent(void **state)
{
	static const struct subject subject = { PLACE_HEADER, { "X-Acme", 6 }, { "acme-42", 7 }, false };
	struct fixture *f = *state;
	struct seen s = scan(f->catalogue, &f->arena, &subject, 1);

	assert_slice(s.at[0].tenant, "42");
	assert_null(s.at[0].lead.p);
}

static void a_fingerprint_counts_once_for_a_subject(void **state)
{
	static const struct subject subjects[] = {
		{ PLACE_URL_HOST, { "link", 4 }, { "acme.example.acme.example", 25 }, false },
		{ PLACE_URL_HOST, { "link", 4 }, { "acme.example", 12 }, false },
		{ PLACE_URL_HOST, { "link", 4 }, { "other.example", 13 }, false },
		{ PLACE_HEADER, { "X-Acme", 6 }, { "acme-1", 6 }, false },
	};
	struct fixture *f = *state;
	struct seen s = scan(f->catalogue, &f->arena, subjects, COUNT(subjects));

	assert_int_equal(s.n, 3);
	assert_ptr_equal(s.at[0].subject, &subjects[3]);        /* in the order of fingerprints, then of subjects */
	assert_ptr_equal(s.at[1].subject, &subjects[0]);
	assert_ptr_equal(s.at[2].subject, &subjects[1]);
}

static void a_limit_is_told_and_nothing_more(void **state)
{
	static char text[3000];
	const struct subject subjects[] = {
		{ PLACE_URL, { "link", 4 }, { text, sizeof text }, false }, { PLACE_HEADER, { "X-Acme", 6 }, { "acme-1", 6 }, false },
	};
	struct fixture *f = *state;
	struct seen s;

	memset(text, 'a', sizeof text);
	memcpy(text, "slow", 4);
	memcpy(text + sizeof text - 2, "cb", 2);        /* without a b PCRE2 would not even try */
	s = scan(f->catalogue, &f->arena, subjects, 2);
	assert_int_equal(s.scan.limits_hit, 1);
	assert_int_equal(s.scan.slow->place, PLACE_URL);
	assert_int_equal(s.n, 1);
	for (int i = 1; i < 10; i++)
		assert_int_equal(scan(f->catalogue, &f->arena, subjects, 2).scan.limits_hit, 1);
	s = scan(f->catalogue, &f->arena, subjects, 2);
	assert_int_equal(s.scan.limits_hit, 0);         /* it sleeps now, and the others go on */
	assert_int_equal(s.n, 1);
}

static void no_subjects_no_sightings(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(scan(f->catalogue, &f->arena, NULL, 0).n, 0);
}

static void more_text_than_is_joined_does_no_harm(void **state)
{
	static char text[1100000];
	struct subject subjects[20];
	struct fixture *f = *state;

	memset(text, '.', sizeof text);
	for (size_t i = 0; i < COUNT(subjects); i++)
		subjects[i] = (struct subject){ PLACE_URL_HOST, SLICE("link"), { text, 60000 }, false };
	subjects[0].text = SLICE("acme.example");
	assert_int_equal(scan(f->catalogue, &f->arena, subjects, COUNT(subjects)).n, 1);
}

/* Many mails' worth of subjects out of the shipped examples, right and wrong ones. */
static size_t examples(const struct catalogue *c, struct subject *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < catalogue_count(c); i++)
		for (size_t k = 0; k < catalogue_at(c, i)->fingerprints_count; k++) {
			const struct fingerprint *fp = &catalogue_at(c, i)->fingerprints[k];

			if (n + 2 > room)
				return n;
			out[n++] = (struct subject){ fp->place, fp->header, fp->matches[0], false };
			out[n++] = (struct subject){ fp->place, fp->header, fp->misses[0], false };
		}
	return n;
}

static void write_down(const struct catalogue *c, const struct subject *subjects, size_t n, struct buf *out)
{
	struct arena a;

	arena_init(&a, 65536, 16 << 20);
	for (size_t at = 0; at < n; at += 100) {
		struct seen s = scan(c, &a, subjects + at, n - at < 100 ? n - at : 100);

		for (size_t i = 0; i < s.n; i++)
			buf_addf(out, "%.*s:%u %zu \"%.*s\" %.*s\n", SLICE_FMT(s.at[i].fingerprint->platform->id), s.at[i].fingerprint->line,
			    (size_t)(s.at[i].subject - subjects), SLICE_FMT(s.at[i].quote), SLICE_FMT(s.at[i].tenant));
	}
	arena_done(&a);
}

struct worker {
	pthread_t thread;
	const struct catalogue *catalogue;
	const struct subject *subjects;
	size_t n;
	struct buf out;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 3; i++) {
		buf_clear(&w->out);
		write_down(w->catalogue, w->subjects, w->n, &w->out);
	}
	return NULL;
}

static struct catalogue *load_shipped(struct arena *a)
{
	struct catalogue *c = NULL;
	struct err e = { 0 };

	arena_init(a, 65536, 256 << 20);
	assert_ok(catalogue_load(source("policies/platforms"), a, &c, &e), e);
	return c;
}

static void eight_threads_share_a_catalogue(void **state)
{
	static struct subject subjects[600];
	struct worker all[8];
	struct arena a;
	struct catalogue *c = load_shipped(&a);
	size_t n = examples(c, subjects, COUNT(subjects));

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		all[i] = (struct worker){ .catalogue = c, .subjects = subjects, .n = n };
		buf_init(&all[i].out, 4 << 20);
		assert_int_equal(pthread_create(&all[i].thread, NULL, work, &all[i]), 0);
	}
	for (size_t i = 0; i < COUNT(all); i++)
		pthread_join(all[i].thread, NULL);
	assert_true(all[0].out.n > 1000);
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_true(slice_eq(buf_slice(&all[0].out), buf_slice(&all[i].out)));
		if (i > 0)
			buf_done(&all[i].out);
	}
	buf_done(&all[0].out);
	arena_done(&a);
}

static void the_engine_makes_no_difference(void **state)
{
	static struct subject subjects[4000];
	struct arena a, b;
	struct catalogue *best = load_shipped(&a), *grams;
	struct buf one, two;
	size_t n = examples(best, subjects, COUNT(subjects));

	(void)state;
	setenv("ANTISALES_NO_HYPERSCAN", "1", 1);
	grams = load_shipped(&b);
	unsetenv("ANTISALES_NO_HYPERSCAN");
	assert_contains(catalogue_engine(grams), "gram table");
	buf_init(&one, 8 << 20);
	buf_init(&two, 8 << 20);
	write_down(best, subjects, n, &one);
	write_down(grams, subjects, n, &two);
	assert_true(one.n > 10000 && !one.cut);
	assert_true(slice_eq(buf_slice(&one), buf_slice(&two)));
	buf_done(&one);
	buf_done(&two);
	arena_done(&a);
	arena_done(&b);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN(a_mark_is_seen_in_its_place_only),
		IN(a_mark_never_spans_two_subjects),
		IN(captures_and_quote_are_parts_of_the_subject),
		IN(what_was_not_captured_is_absent),
		IN(a_fingerprint_counts_once_for_a_subject),
		IN(a_limit_is_told_and_nothing_more),
		IN(no_subjects_no_sightings),
		IN(more_text_than_is_joined_does_no_harm),
		cmocka_unit_test(eight_threads_share_a_catalogue),
		cmocka_unit_test(the_engine_makes_no_difference),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
