/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "../../../milter/policy/internal.h"

/* Sentences, points and what makes a rule ask for history. */

static int read_rules(const char *text, struct arena *a, const struct rule **ret, size_t *n, struct err *e)
{
	const struct yaml_node *root = NULL;
	struct policy_reader r = { a, e };

	assert_ok(yaml_parse(slice_of(text), a, &root, e), *e);
	return rules_read(&r, root, ret, n);
}

static void sentences_are_filled_in(void **state)
{
	static const struct slice platforms[] = { { "outreach", 8 }, { "sendgrid", 8 } };
	static const struct { const char *says, *want; } rows[] = {
		{ "'plain'", "plain" }, { "''", "" }, { "'by {platform.name}'", "by Outreach" }, { "'{link.count} links'", "5 links" },
		{ "'{platform.name}{platform.name}'", "OutreachOutreach" }, { "'pixel: {pixel.present}'", "pixel: yes" },
		{ "'of {platforms}.'", "of outreach, sendgrid." }, { "'[{platform.tenant}]'", "[]" }, { "'a } b'", "a } b" },
		{ "'post {list.post}'", "post no" },
	};
	struct facts f = { 0 };

	(void)state;
	facts_text(&f, FACT_PLATFORM_NAME, SLICE("Outreach"));
	facts_int(&f, FACT_LINK_COUNT, 5);
	facts_bool(&f, FACT_PIXEL_PRESENT, true);
	facts_bool(&f, FACT_LIST_POST, false);
	facts_list(&f, FACT_PLATFORMS, platforms, 2);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];
		const struct rule *rules = NULL;
		struct arena a;
		struct buf b;
		size_t n = 0;
		struct err e = { 0 };

		arena_init(&a, 4096, 1 << 20);
		buf_init(&b, 400);
		snprintf(text, sizeof text, "- {id: a, when: {platform.id: x}, points: 1, says: %s}", rows[i].says);
		assert_ok(read_rules(text, &a, &rules, &n, &e), e);
		says_expand(&rules[0].says, &f, &b);
		if (!slice_eq(buf_slice(&b), slice_of(rows[i].want)))
			fail_msg("row %zu: \"%s\"", i, buf_cstr(&b));
		buf_done(&b);
		arena_done(&a);
	}
}

static void points_are_read(void **state)
{
	static const struct { const char *points; double each; enum fact_id per; int at_most; bool history; } rows[] = {
		{ "50", 50, FACT_COUNT, 100, false }, { "-100", -100, FACT_COUNT, 100, false },
		{ "{per: link.count, each: 0.5, at-most: 20}", 0.5, FACT_LINK_COUNT, 20, false },
		{ "{per: reputation.mails, each: -2, at-most: 0}", -2, FACT_REPUTATION_MAILS, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];
		const struct rule *rules = NULL;
		struct arena a;
		size_t n = 0;
		struct err e = { 0 };

		arena_init(&a, 4096, 1 << 20);
		snprintf(text, sizeof text, "- {id: a, when: {platform.id: x}, points: %s, says: s}", rows[i].points);
		assert_ok(read_rules(text, &a, &rules, &n, &e), e);
		if (rules[0].points < rows[i].each || rules[0].points > rows[i].each || rules[0].per != rows[i].per
		    || rules[0].at_most != rows[i].at_most || rules[0].history != rows[i].history)
			fail_msg("row %zu", i);
		arena_done(&a);
	}
}

static void rules_keep_their_order_and_line(void **state)
{
	const struct rule *rules = NULL;
	struct arena a;
	size_t n = 0;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	assert_ok(read_rules("- {id: b, when: {platform.id: x}, points: 1, says: s}\n\n"
	    "- {id: a, when: {reputation.sales: 5}, points: 1, says: s}\n", &a, &rules, &n, &e), e);
	assert_int_equal(n, 2);
	assert_slice(rules[0].id, "b");
	assert_int_equal(rules[0].line, 1);
	assert_int_equal(rules[1].line, 3);
	assert_false(rules[0].history);
	assert_true(rules[1].history);
	arena_done(&a);
}

static void ids_have_at_most_40_characters(void **state)
{
	static const struct { int n; int want; } rows[] = { { 1, E_OK }, { 40, E_OK }, { 41, E_SYNTAX } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];
		const struct rule *rules;
		struct arena a;
		size_t n;
		struct err e = { 0 };

		arena_init(&a, 4096, 1 << 20);
		snprintf(text, sizeof text, "- {id: %.*s, when: {platform.id: x}, points: 1, says: s}", rows[i].n,
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		if (read_rules(text, &a, &rules, &n, &e) != rows[i].want)
			fail_msg("row %zu: %s", i, e.text);
		arena_done(&a);
	}
}

static void too_many_rules_are_refused(void **state)
{
	static char text[2001 * 60];
	const struct rule *rules;
	struct arena a;
	size_t n = 0;
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 2001; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "- {id: r%d, when: {platform.id: x}, points: 1, says: s}\n", i);
	arena_init(&a, 65536, 64 << 20);
	assert_int_equal(read_rules(text, &a, &rules, &n, &e), E_SYNTAX);
	assert_contains(e.text, "2001 rules, at most 2000 are allowed");
	arena_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_are_filled_in),
		cmocka_unit_test(points_are_read),
		cmocka_unit_test(rules_keep_their_order_and_line),
		cmocka_unit_test(ids_have_at_most_40_characters),
		cmocka_unit_test(too_many_rules_are_refused),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
