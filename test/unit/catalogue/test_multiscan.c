/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <pthread.h>

#include "antisales/base/alloc.h"
#include "antisales/catalogue/multiscan.h"

enum { HITS_MAX = 4000 };

struct hits {
	struct { size_t literal, end; } at[HITS_MAX];
	size_t n;
	bool falling;
};

static void note(size_t literal, size_t end, void *arg)
{
	struct hits *h = arg;

	for (size_t i = 0; i < h->n; i++)
		if (h->at[i].literal == literal && end < h->at[i].end)
			h->falling = true;
	if (h->n < HITS_MAX) {
		h->at[h->n].literal = literal;
		h->at[h->n++].end = end;
	}
}

static int compare(const void *x, const void *y)
{
	const size_t *a = x, *b = y;

	if (a[1] != b[1])
		return a[1] < b[1] ? -1 : 1;
	return (a[0] > b[0]) - (a[0] < b[0]);
}

static void scan(const struct slice *literals, size_t count, enum multiscan_engine engine, struct slice text, struct hits *h)
{
	struct multiscan *m = NULL;
	struct multiscan_scratch *s;
	struct err e = { 0 };

	memset(h, 0, sizeof *h);
	assert_ok(multiscan_build(literals, count, engine, &m, &e), e);
	s = multiscan_scratch_new(m);
	assert_non_null(s);
	assert_ok(multiscan_run(m, s, text, note, h, &e), e);
	multiscan_scratch_free(s);
	multiscan_free(m);
	if (h->falling)
		fail_msg("offsets fall");
	qsort(h->at, h->n, sizeof h->at[0], compare);
}

static const enum multiscan_engine engines[] = { MULTISCAN_BEST, MULTISCAN_GRAMS };

static void literals_are_found_where_they_end(void **state)
{
	static const struct slice literals[] = { { "abc", 3 }, { "bcd", 3 }, { "abcd", 4 }, { "abc", 3 } };
	static struct hits h;

	(void)state;
	for (size_t i = 0; i < COUNT(engines); i++) {
		scan(literals, COUNT(literals), engines[i], SLICE("xABCd abc"), &h);
		if (h.n != 6)
			fail_msg("engine %zu: %zu hits", i, h.n);
		assert_int_equal(h.at[0].end, 4);
		assert_int_equal(h.at[0].literal, 0);
		assert_int_equal(h.at[1].literal, 3);
		assert_int_equal(h.at[2].end, 5);
		assert_int_equal(h.at[2].literal, 1);
		assert_int_equal(h.at[3].literal, 2);
		assert_int_equal(h.at[5].end, 9);
	}
}

static void special_characters_are_nothing_special(void **state)
{
	static const struct slice literals[] = { { "a.c", 3 }, { "(x|y)", 5 }, { "\\d+", 3 }, { "^ab$", 4 }, { "[a-z]", 5 }, { "a\0b", 3 } };
	static struct hits h;

	(void)state;
	for (size_t i = 0; i < COUNT(engines); i++) {
		scan(literals, COUNT(literals), engines[i], SLICE("abc 123 a.c (X|y) \\D+ ^aB$ [a-z] a\0b"), &h);
		if (h.n != COUNT(literals))
			fail_msg("engine %zu: %zu hits", i, h.n);
	}
}

static void short_texts_and_no_literals_are_fine(void **state)
{
	static const struct slice literals[] = { { "abc", 3 } };
	static const char *const texts[] = { "", "a", "ab" };
	static struct hits h;

	(void)state;
	for (size_t i = 0; i < COUNT(engines); i++) {
		for (size_t k = 0; k < COUNT(texts); k++) {
			scan(literals, 1, engines[i], slice_of(texts[k]), &h);
			assert_int_equal(h.n, 0);
		}
		scan(literals, 0, engines[i], SLICE("abc"), &h);
		assert_int_equal(h.n, 0);
	}
}

static void a_literal_of_64_bytes_is_found(void **state)
{
	char long_one[64], text[200];
	struct slice literals[1] = { { long_one, sizeof long_one } };
	static struct hits h;

	(void)state;
	for (size_t i = 0; i < sizeof long_one; i++)
		long_one[i] = (char)('a' + i % 26);
	memset(text, '-', sizeof text);
	memcpy(text + 100, long_one, sizeof long_one);
	for (size_t i = 0; i < COUNT(engines); i++) {
		scan(literals, 1, engines[i], (struct slice){ text, sizeof text }, &h);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.at[0].end, 164);
	}
}

/* Few letters, so that there is much to find; all bytes now and then. */
static void random_text(struct rng *r, char *out, size_t n)
{
	static const char letters[] = "aAbBcC.-";

	for (size_t i = 0; i < n; i++)
		out[i] = rng_below(r, 20) == 0 ? (char)rng_below(r, 256) : letters[rng_below(r, sizeof letters - 1)];
}

static void both_engines_find_the_same(void **state)
{
	static struct hits one, two;
	struct rng r = { 4711 };

	(void)state;
	for (size_t round = 0; round < 300; round++) {
		char bytes[20][8], text[400];
		struct slice literals[20];
		size_t count = 1 + rng_below(&r, COUNT(literals)), n = rng_below(&r, sizeof text);

		for (size_t i = 0; i < count; i++) {
			random_text(&r, bytes[i], sizeof bytes[i]);
			for (size_t k = 0; k < sizeof bytes[i]; k++)
				bytes[i][k] = ascii_lower(bytes[i][k]);
			literals[i] = (struct slice){ bytes[i], 3 + rng_below(&r, 6) };
		}
		random_text(&r, text, n);
		scan(literals, count, MULTISCAN_BEST, (struct slice){ text, n }, &one);
		scan(literals, count, MULTISCAN_GRAMS, (struct slice){ text, n }, &two);
		if (one.n != two.n || memcmp(one.at, two.at, one.n * sizeof one.at[0]) != 0)
			fail_msg("round %zu: %zu and %zu hits", round, one.n, two.n);
	}
}

static void the_engine_has_a_name(void **state)
{
	static const struct slice literals[] = { { "abc", 3 } };
	struct multiscan *m;
	struct err e = { 0 };

	(void)state;
	assert_ok(multiscan_build(literals, 1, MULTISCAN_GRAMS, &m, &e), e);
	assert_string_equal(multiscan_engine_name(m), "gram table");
	multiscan_free(m);
#ifdef HAVE_HYPERSCAN
	assert_ok(multiscan_build(literals, 1, MULTISCAN_BEST, &m, &e), e);
	assert_string_equal(multiscan_engine_name(m), "Hyperscan");
	multiscan_free(m);
#endif
}

static void without_memory_nothing_leaks(void **state)
{
	static const struct slice literals[] = { { "abc", 3 } };

	(void)state;
	for (size_t i = 0; i < COUNT(engines); i++)
		for (unsigned long n = 1; n < 20; n++) {
			struct multiscan *m = NULL;
			struct multiscan_scratch *s = NULL;
			struct err e = { 0 };
			int rc;

			alloc_fail_at(n);
			rc = multiscan_build(literals, 1, engines[i], &m, &e);
			if (rc == E_OK)
				s = multiscan_scratch_new(m);
			alloc_fail_at(0);
			if (rc != E_OK && rc != E_NOMEM)
				fail_msg("allocation %lu: %d", n, rc);
			multiscan_scratch_free(s);
			multiscan_free(m);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_found_where_they_end),
		cmocka_unit_test(special_characters_are_nothing_special),
		cmocka_unit_test(short_texts_and_no_literals_are_fine),
		cmocka_unit_test(a_literal_of_64_bytes_is_found),
		cmocka_unit_test(both_engines_find_the_same),
		cmocka_unit_test(the_engine_has_a_name),
		cmocka_unit_test(without_memory_nothing_leaks),
	};

	return cmocka_run_group_tests_name("multiscan", tests, NULL, NULL);
}
