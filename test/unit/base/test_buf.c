/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/alloc.h"
#include "antisales/base/buf.h"

static void what_fits_is_kept_and_the_cut_remembered(void **state)
{
	static const struct { size_t max; const char *text; size_t n; bool cut; } rows[] = {
		{ 5, "abcd", 4, false }, { 5, "abcde", 5, false }, { 5, "abcdef", 5, true }, { 0, "", 0, false }, { 0, "a", 0, true }, { 1, "ab", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, rows[i].max);
		buf_adds(&b, rows[i].text);
		if (b.n != rows[i].n || b.cut != rows[i].cut || strncmp(buf_cstr(&b), rows[i].text, rows[i].n) != 0)
			fail_msg("row %zu: %zu bytes, cut %d", i, b.n, b.cut);
		buf_done(&b);
	}
}

static void a_cut_stays_until_cleared(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	buf_adds(&b, "abcd");
	buf_adds(&b, "");
	assert_true(b.cut);
	buf_clear(&b);
	assert_false(b.cut);
	buf_addc(&b, 'x');
	assert_string_equal(buf_cstr(&b), "x");
	buf_done(&b);
	buf_done(NULL);
}

static void every_way_of_adding_adds(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_add(&b, SLICE("a\0b"));
	buf_addc(&b, 'c');
	buf_adds(&b, "de");
	buf_addf(&b, "%d-%s", 12, "f");
	buf_addf(&b, "%s", "");
	assert_true(slice_eq(buf_slice(&b), SLICE("a\0bcde12-f")));
	assert_int_equal(buf_cstr(&b)[b.n], '\0');
	buf_done(&b);
}

static void formatting_is_cut_too(void **state)
{
	static const struct { size_t max; const char *want; bool cut; } rows[] = { { 6, "number", true }, { 9, "number 42", false }, { 8, "number 4", true } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, rows[i].max);
		buf_addf(&b, "number %d", 42);
		if (strcmp(buf_cstr(&b), rows[i].want) != 0 || b.cut != rows[i].cut)
			fail_msg("row %zu: %s", i, buf_cstr(&b));
		buf_done(&b);
	}
}

/* Any mix of calls gives what plain text gives, cut at the maximum. */
static void it_agrees_with_a_plain_array(void **state)
{
	struct rng r = { 21 };

	(void)state;
	for (size_t round = 0; round < 500; round++) {
		static char want[70000];
		size_t n = 0, max = rng_below(&r, 3000);
		struct buf b;

		buf_init(&b, max);
		for (size_t i = rng_below(&r, 60); i > 0; i--) {
			char piece[200];
			size_t m = rng_below(&r, sizeof piece);

			for (size_t k = 0; k < m; k++)
				piece[k] = (char)('a' + rng_below(&r, 26));
			if (m > 0 && rng_below(&r, 3) == 0)
				buf_addc(&b, piece[0]), m = 1;
			else if (rng_below(&r, 2) == 0)
				buf_addf(&b, "%.*s", (int)m, piece);
			else
				buf_add(&b, (struct slice){ piece, m });
			memcpy(want + n, piece, m);
			n += m;
		}
		if (b.cut != (n > max) || !slice_eq(buf_slice(&b), (struct slice){ want, n > max ? max : n }))
			fail_msg("round %zu", round);
		buf_done(&b);
	}
}

static void without_memory_it_is_cut(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	alloc_fail_at(1);
	buf_adds(&b, "abc");
	assert_true(b.cut);
	assert_int_equal(b.n, 0);
	alloc_fail_at(1);
	assert_string_equal(buf_cstr(&b), "");
	alloc_fail_at(0);
	buf_clear(&b);
	buf_adds(&b, "abc");
	alloc_fail_at(1);
	for (int i = 0; i < 1000; i++)
		buf_addc(&b, 'x');
	alloc_fail_at(0);
	assert_true(b.cut && b.n >= 3);
	assert_int_equal(strncmp(buf_cstr(&b), "abcx", 4), 0);
	buf_done(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_kept_and_the_cut_remembered),
		cmocka_unit_test(a_cut_stays_until_cleared),
		cmocka_unit_test(every_way_of_adding_adds),
		cmocka_unit_test(formatting_is_cut_too),
		cmocka_unit_test(it_agrees_with_a_plain_array),
		cmocka_unit_test(without_memory_it_is_cut),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
