/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/alloc.h"
#include "antisales/base/regex.h"

static struct regex *compiled(const char *pattern)
{
	struct regex *re = NULL;
	struct err e = { 0 };

	if (regex_compile(slice_of(pattern), &re, &e) < 0)
		fail_msg("%s: %s", pattern, e.text);
	return re;
}

static enum regex_result match(const char *pattern, struct slice subject, struct slice caps[REGEX_CAPTURES], int64_t *budget_us)
{
	struct regex *re = compiled(pattern);
	struct regex_scratch *s = regex_scratch_new();
	enum regex_result r = regex_match(re, s, subject, caps, budget_us);

	regex_scratch_free(s);
	regex_free(re);
	return r;
}

static void patterns_match(void **state)
{
	static const struct { const char *pattern; struct slice subject; enum regex_result want; } rows[] = {
		{ "abc", { "xabcx", 5 }, REGEX_YES }, { "^abc$", { "ABC", 3 }, REGEX_YES }, { "abc", { "ab", 2 }, REGEX_NO }, { "", { "", 0 }, REGEX_YES },
		{ "^$", { NULL, 0 }, REGEX_YES }, { "a.c", { "a\0c", 3 }, REGEX_YES }, { "caf\xc3\xa9", { "CAF\xc3\x89", 5 }, REGEX_YES },
		{ "^.$", { "\xc3\xa9", 2 }, REGEX_YES }, { "b$", { "ab", 2 }, REGEX_YES },
		/* bytes that are no UTF-8 match nothing and stop nothing */
		{ "abc", { "\xff\xfe" "abc\x80", 6 }, REGEX_YES }, { "a.c", { "a\xff" "c", 3 }, REGEX_NO }, { "^abc", { "\xff" "abc", 4 }, REGEX_NO },
		{ ".", { "\xff", 1 }, REGEX_NO }, { "\xef\xbf\xbd", { "\xff", 1 }, REGEX_NO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (match(rows[i].pattern, rows[i].subject, NULL, NULL) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].pattern);
}

static void bad_patterns_are_refused_with_their_offset(void **state)
{
	static const struct { const char *pattern, *message; } rows[] = {
		{ "(a", "offset 2" }, { "a)", "offset 1" }, { "[a", "offset 2" }, { "*a", "offset 0" }, { "a{2,1}", "offset" }, { "(?<n>a)(?<n>b)", "offset" },
		{ "\\C", "offset" }, { "\xff", "offset" }, { "(?<=a*)b", "offset" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct regex *re = NULL;
		struct err e = { 0 };

		if (regex_compile(slice_of(rows[i].pattern), &re, &e) != E_SYNTAX || !contains(e.text, rows[i].message))
			fail_msg("row %zu: %s", i, e.text);
	}
}

static void huge_patterns_are_refused(void **state)
{
	static char pattern[REGEX_PATTERN_MAX + 1];
	struct regex *re = NULL;
	struct err e = { 0 };

	(void)state;
	memset(pattern, 'a', sizeof pattern);
	assert_int_equal(regex_compile((struct slice){ pattern, sizeof pattern }, &re, &e), E_LIMIT);
	assert_ok(regex_compile((struct slice){ pattern, sizeof pattern - 1 }, &re, &e), e);
	regex_free(re);
	assert_true(regex_compile(SLICE("(?:(?:(?:ab|c){1,100}){1,100}){1,20}"), &re, &e) < 0);
}

static void captures_are_parts_of_the_subject(void **state)
{
	static const char subject[] = "id=42 name=x";
	struct slice caps[REGEX_CAPTURES];
	struct regex *re = compiled("id=(?<id>\\d+)(?: lead=(?<lead>\\d+))? name=(\\w)");

	(void)state;
	assert_int_equal(match("id=(?<id>\\d+)(?: lead=(?<lead>\\d+))? name=(\\w)", slice_of(subject), caps, NULL), REGEX_YES);
	assert_slice(caps[0], subject);
	assert_ptr_equal(caps[1].p, subject + 3);
	assert_slice(caps[1], "42");
	assert_null(caps[2].p);
	assert_slice(caps[3], "x");
	assert_null(caps[4].p);
	assert_int_equal(regex_group(re, "id"), 1);
	assert_int_equal(regex_group(re, "lead"), 2);
	assert_int_equal(regex_group(re, "nobody"), 0);
	regex_free(re);
}

static void more_groups_than_are_kept_do_no_harm(void **state)
{
	struct slice caps[REGEX_CAPTURES];

	(void)state;
	assert_int_equal(match("(a)(b)(c)(d)(e)(f)(g)(h)(i)", SLICE("abcdefghi"), caps, NULL), REGEX_YES);
	assert_slice(caps[7], "g");
}

/* Patterns that would run for hours: bounded in time, and never answered with "no". */
static void catastrophes_are_bounded(void **state)
{
	static const char *const patterns[] = { "(?:a+a+)+b$", "^(?:a|aa)+$", "(a*)*b", "(?:a?){60}a{60}b", "(?:(?:a{1,30}){1,30}){1,10}b", "(a+)+\\1b",
		"(?:.*a){20}b$" };
	static const size_t sizes[] = { 30, 2000, 3000, 65536 };
	static char subject[65536];

	(void)state;
	for (size_t i = 0; i < COUNT(patterns); i++)
		for (size_t k = 0; k < COUNT(sizes); k++) {
			struct regex *re = NULL;
			struct regex_scratch *s = regex_scratch_new();
			int64_t budget_us = 20000, begun = mono_ms();

			memset(subject, 'a', sizes[k]);
			memcpy(subject + sizes[k] - 2, "bc", 2);
			if (regex_compile(slice_of(patterns[i]), &re, NULL) == E_OK)
				(void)regex_match(re, s, (struct slice){ subject, sizes[k] }, NULL, &budget_us);
			if (mono_ms() - begun > 3000)
				fail_msg("%s took %lld ms on %zu bytes", patterns[i], (long long)(mono_ms() - begun), sizes[k]);
			regex_scratch_free(s);
			regex_free(re);
		}
}

static void a_limit_is_not_a_no(void **state)
{
	static char subject[65536];
	int64_t budget_us = 1000;

	(void)state;
	memset(subject, 'a', sizeof subject);
	memcpy(subject + sizeof subject - 2, "bc", 2);
	assert_int_equal(match("(?:a+a+)+b$", (struct slice){ subject, sizeof subject }, NULL, &budget_us), REGEX_LIMIT);
	assert_true(budget_us < 1000);
}

/* Long subjects are tried a window at a time; no window edge may hide or invent a match. */
static void windows_have_no_seams(void **state)
{
	static char subject[8000];

	(void)state;
	for (size_t at = 2040; at < 2700; at++) {
		struct slice caps[REGEX_CAPTURES];

		memset(subject, '.', sizeof subject);
		memcpy(subject + at, "needle", 6);
		if (match("\\bneedle\\b", (struct slice){ subject, sizeof subject }, caps, NULL) != REGEX_YES || caps[0].p != subject + at)
			fail_msg("not found at %zu", at);
		if (match("^needle", (struct slice){ subject, sizeof subject }, NULL, NULL) != REGEX_NO)
			fail_msg("found at the beginning, %zu", at);
	}
	memcpy(subject + sizeof subject - 6, "needle", 6);
	assert_int_equal(match("needle$", (struct slice){ subject, sizeof subject }, NULL, NULL), REGEX_YES);
}

static void windows_may_begin_inside_a_character(void **state)
{
	static char subject[9000];

	(void)state;
	for (size_t pad = 0; pad < 4; pad++) {
		struct slice caps[REGEX_CAPTURES];
		size_t n = pad;

		memset(subject, '.', pad);
		for (; n + 9 < sizeof subject; n += 3)
			memcpy(subject + n, "\xe2\x82\xac", 3);
		memcpy(subject + n, "needle", 6);
		n += 6;
		if (match("needle", (struct slice){ subject, n }, caps, NULL) != REGEX_YES || caps[0].p != subject + n - 6)
			fail_msg("after %zu bytes", pad);
		if (match("^\xe2\x82\xac", (struct slice){ subject, n }, NULL, NULL) != (pad == 0 ? REGEX_YES : REGEX_NO))
			fail_msg("the beginning is elsewhere after %zu bytes", pad);
		if (match("nothing of the kind", (struct slice){ subject, n }, NULL, NULL) != REGEX_NO)
			fail_msg("a fault after %zu bytes", pad);
	}
}

static void only_64_kib_are_looked_at(void **state)
{
	static char subject[70000];

	(void)state;
	memset(subject, '.', sizeof subject);
	memcpy(subject + 65536 - 6, "needle", 6);
	assert_int_equal(match("needle", (struct slice){ subject, sizeof subject }, NULL, NULL), REGEX_YES);
	memset(subject, '.', sizeof subject);
	memcpy(subject + 65536 - 5, "needle", 6);
	assert_int_equal(match("needle", (struct slice){ subject, sizeof subject }, NULL, NULL), REGEX_NO);
}

static void jit_is_there_and_its_stack_too(void **state)
{
	static char subject[2000];
	struct regex *re = compiled("^(?:(?:a)|b|c)*$");

	(void)state;
	print_message("# JIT %s\n", regex_has_jit(re) ? "is used" : "is not available");
	memset(subject, 'a', sizeof subject);
	assert_int_equal(match("^(?:(a)|b|c)*$", (struct slice){ subject, sizeof subject }, NULL, NULL), REGEX_YES);
	regex_free(re);
}

static void without_memory_there_is_none(void **state)
{
	struct regex *re = NULL;
	struct err e = { 0 };

	(void)state;
	alloc_fail_at(1);
	assert_int_equal(regex_compile(SLICE("a"), &re, &e), E_NOMEM);
	alloc_fail_at(1);
	assert_null(regex_scratch_new());
	alloc_fail_at(0);
	regex_free(NULL);
	regex_scratch_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(bad_patterns_are_refused_with_their_offset),
		cmocka_unit_test(huge_patterns_are_refused),
		cmocka_unit_test(captures_are_parts_of_the_subject),
		cmocka_unit_test(more_groups_than_are_kept_do_no_harm),
		cmocka_unit_test(catastrophes_are_bounded),
		cmocka_unit_test(a_limit_is_not_a_no),
		cmocka_unit_test(windows_have_no_seams),
		cmocka_unit_test(windows_may_begin_inside_a_character),
		cmocka_unit_test(only_64_kib_are_looked_at),
		cmocka_unit_test(jit_is_there_and_its_stack_too),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}
