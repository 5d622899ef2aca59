/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/word.h"

static void the_nearest_word_is_found(void **state)
{
	static const char *const words[] = { "platform", "policy", "points", "rules", "socket-mode", "x" };
	static const struct { const char *typed, *want; } rows[] = {
		{ "platform", "platform" }, { "platfrom", "platform" }, { "PLATFORM", "platform" }, { "polcy", "policy" }, { "pints", "points" },
		{ "rule", "rules" }, { "sockt-mod", "socket-mode" }, { "zebra", NULL }, { "", "x" }, { "something else entirely", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = word_nearest_in(slice_of(rows[i].typed), words, COUNT(words));

		if ((got == NULL) != (rows[i].want == NULL) || (got != NULL && strcmp(got, rows[i].want) != 0))
			fail_msg("row %zu: %s", i, got == NULL ? "none" : got);
	}
}

static void very_long_words_are_far_from_all(void **state)
{
	static const char *const words[] = { "platform" };
	static char typed[100000];

	(void)state;
	memset(typed, 'p', sizeof typed);
	(void)word_nearest_in((struct slice){ typed, sizeof typed }, words, 1);
	assert_null(word_nearest_in((struct slice){ typed, 49 }, words, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_word_is_found),
		cmocka_unit_test(very_long_words_are_far_from_all),
	};

	return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
