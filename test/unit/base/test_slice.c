/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

static const struct slice absent = { 0 };

static void absent_is_not_empty(void **state)
{
	(void)state;
	assert_null(slice_of(NULL).p);
	assert_non_null(slice_of("").p);
	assert_int_equal(slice_of("").n, 0);
	assert_null(slice_sub(absent, 1, 2).p);
	assert_true(slice_eq(absent, slice_of("")));
}

static void parts_are_clipped(void **state)
{
	static const struct { size_t from, n; const char *want; } rows[] = {
		{ 0, 3, "abc" }, { 1, 1, "b" }, { 1, 99, "bc" }, { 3, 1, "" }, { 99, 1, "" }, { 1, (size_t)-1, "bc" }, { (size_t)-1, (size_t)-1, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!slice_eq(slice_sub(SLICE("abc"), rows[i].from, rows[i].n), slice_of(rows[i].want)))
			fail_msg("row %zu", i);
}

static void white_space_is_trimmed(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "", "" }, { " ", "" }, { " \t\r\n", "" }, { "a", "a" }, { " a b ", "a b" }, { "\r\na\t", "a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!slice_eq(slice_trim(slice_of(rows[i].in)), slice_of(rows[i].out)))
			fail_msg("row %zu", i);
	assert_int_equal(slice_trim(absent).n, 0);
}

static void comparing_ignores_ascii_case_only(void **state)
{
	static const struct { const char *a, *b; bool eq, ieq; } rows[] = {
		{ "", "", true, true }, { "a", "a", true, true }, { "a", "A", false, true }, { "a", "b", false, false }, { "a", "ab", false, false },
		{ "@", "`", false, false }, { "[", "{", false, false }, { "\xc3\xa9", "\xc3\x89", false, false }, { "\xe9", "\xc9", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (slice_eq(slice_of(rows[i].a), slice_of(rows[i].b)) != rows[i].eq || slice_ieq(slice_of(rows[i].a), slice_of(rows[i].b)) != rows[i].ieq)
			fail_msg("row %zu", i);
	assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
}

static void beginnings_and_ends_are_seen(void **state)
{
	(void)state;
	assert_true(slice_istarts(SLICE("Abc"), SLICE("aB")));
	assert_true(slice_istarts(SLICE("abc"), SLICE("")));
	assert_false(slice_istarts(SLICE("ab"), SLICE("abc")));
	assert_true(slice_iends(SLICE("aBC"), SLICE("bc")));
	assert_true(slice_iends(SLICE("abc"), SLICE("")));
	assert_false(slice_iends(SLICE("bc"), SLICE("abc")));
	assert_true(slice_istarts(absent, absent));
}

static void order_is_by_bytes_and_shorter_first(void **state)
{
	static const char *const sorted[] = { "", "A", "a", "aa", "ab", "b", "\xff" };

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++)
		for (size_t k = 0; k < COUNT(sorted); k++) {
			int d = slice_cmp(slice_of(sorted[i]), slice_of(sorted[k]));

			if ((d < 0) != (i < k) || (d == 0) != (i == k))
				fail_msg("%zu and %zu: %d", i, k, d);
		}
	assert_int_equal(slice_cmp(absent, slice_of("")), 0);
}

static void things_are_found(void **state)
{
	struct slice s = SLICE("abcabc");

	(void)state;
	assert_int_equal(slice_find(s, 'b', 0), 1);
	assert_int_equal(slice_find(s, 'b', 2), 4);
	assert_int_equal(slice_find(s, 'b', 5), 6);
	assert_int_equal(slice_find(s, 'b', 99), 6);
	assert_int_equal(slice_find(s, 'x', 0), 6);
	assert_int_equal(slice_find(absent, 'x', 0), 0);
	assert_int_equal(slice_rfind(s, 'b'), 4);
	assert_int_equal(slice_rfind(s, 'x'), 6);
	assert_int_equal(slice_ifind(s, SLICE("CA"), 0), 2);
	assert_int_equal(slice_ifind(s, SLICE("bc"), 2), 4);
	assert_int_equal(slice_ifind(s, SLICE("cb"), 0), 6);
	assert_int_equal(slice_ifind(s, SLICE("abcabcd"), 0), 6);
	assert_int_equal(slice_ifind(s, SLICE(""), 3), 3);
	assert_int_equal(slice_ifind(s, SLICE("abc"), 99), 6);
}

static void cutting_takes_parts_off(void **state)
{
	static const struct { const char *in; const char *parts[4]; } rows[] = {
		{ "a;b;c", { "a", "b", "c", NULL } }, { "a", { "a", NULL } }, { ";", { "", NULL } }, { "a;", { "a", NULL } }, { ";a", { "", "a", NULL } },
		{ "", { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice rest = slice_of(rows[i].in);
		size_t n = 0;

		while (rest.n > 0) {
			struct slice part = slice_cut(&rest, ';');

			if (rows[i].parts[n] == NULL || !slice_eq(part, slice_of(rows[i].parts[n++])))
				fail_msg("row %zu, part %zu", i, n);
		}
		assert_null(rows[i].parts[n]);
	}
}

static void a_word_is_told_among_others(void **state)
{
	static const char *const words[] = { "one", "two", "twofold" };

	(void)state;
	assert_int_equal(slice_among(SLICE("two"), words, 3), 1);
	assert_int_equal(slice_among(SLICE("twofold"), words, 3), 2);
	assert_int_equal(slice_among(SLICE("twofold"), words, 2), 2);
	assert_int_equal(slice_among(SLICE("Two"), words, 3), 3);
	assert_int_equal(slice_among(SLICE(""), words, 3), 3);
	assert_int_equal(slice_among(SLICE("one"), words, 0), 0);
}

static void characters_have_kinds(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
		bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

		if (ascii_lower((char)c) != (char)(upper ? c + 32 : c) || ascii_alnum((char)c) != (upper || lower || digit)
		    || ascii_digit((char)c) != digit || (ascii_hex((char)c) >= 0) != hex
		    || ascii_space((char)c) != (c == ' ' || (c >= 9 && c <= 13)))
			fail_msg("character %d", c);
	}
	assert_int_equal(ascii_hex('f'), 15);
	assert_int_equal(ascii_hex('A'), 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_is_not_empty),
		cmocka_unit_test(parts_are_clipped),
		cmocka_unit_test(white_space_is_trimmed),
		cmocka_unit_test(comparing_ignores_ascii_case_only),
		cmocka_unit_test(beginnings_and_ends_are_seen),
		cmocka_unit_test(order_is_by_bytes_and_shorter_first),
		cmocka_unit_test(things_are_found),
		cmocka_unit_test(cutting_takes_parts_off),
		cmocka_unit_test(a_word_is_told_among_others),
		cmocka_unit_test(characters_have_kinds),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
