/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/policy/condition.h"

/* The facts that all conditions below are asked about. */
static void some_facts(struct facts *f)
{
	static const struct slice platforms[] = { { "outreach", 8 }, { "sendgrid", 8 } };

	memset(f, 0, sizeof *f);
	facts_text(f, FACT_PLATFORM_ID, SLICE("outreach"));
	facts_text(f, FACT_PLATFORM_CATEGORY, SLICE("sales-engagement"));
	facts_text(f, FACT_PLATFORM_PROOF, SLICE("strong"));
	facts_text(f, FACT_HEADER_SUBJECT, SLICE("Re: Quick question"));
	facts_text(f, FACT_TEXT_MERGE_TOKEN, SLICE(""));
	facts_int(f, FACT_LINK_COUNT, 5);
	facts_int(f, FACT_REPUTATION_SALES, 0);
	facts_bool(f, FACT_PIXEL_PRESENT, true);
	facts_bool(f, FACT_LIST_POST, false);
	facts_list(f, FACT_PLATFORMS, platforms, 2);
}

static int compile(const char *text, struct arena *a, const struct condition **ret, struct err *e)
{
	const struct yaml_node *root = NULL;

	arena_init(a, 4096, 1 << 20);
	assert_ok(yaml_parse(slice_of(text), a, &root, e), *e);
	return condition_compile(root, a, ret, e);
}

static void conditions_hold_or_not(void **state)
{
	static const struct { const char *text; bool holds; } rows[] = {
		/* words and texts, ASCII case ignored */
		{ "platform.id: outreach", true }, { "platform.id: Outreach", true }, { "platform.id: outreac", false },
		{ "platform.id: [marketo, outreach]", true }, { "platform.id: [marketo, hubspot]", false }, { "platform.id: []", false },
		{ "platform.category: sales-engagement", true }, { "platform.category: [esp-bulk, newsletter]", false },
		{ "platform.tenant: x", false }, { "platform.id: ''", false }, { "text.merge_token: ''", true },
		/* not */
		{ "platform.id: {not: marketo}", true }, { "platform.id: {not: outreach}", false },
		{ "platform.id: {not: [outreach, x]}", false }, { "platform.tenant: {not: x}", true },
		/* numbers */
		{ "link.count: 5", true }, { "link.count: 4", false }, { "link.count: [4, 5]", true }, { "link.count: 05", true },
		{ "link.count: +5", true }, { "link.count: -5", false }, { "link.count: ' 5'", true },
		{ "link.count: {at-least: 5}", true }, { "link.count: {at-least: 6}", false },
		{ "link.count: {at-most: 5}", true }, { "link.count: {at-most: 4}", false },
		{ "link.count: {at-least: 2, at-most: 6}", true }, { "link.count: {at-least: 2, at-most: 4}", false },
		{ "link.count: {not: 5}", false }, { "link.count: {not: 6}", true },
		{ "link.hosts: {at-least: 0}", false }, { "link.hosts: {at-most: 9}", false }, { "link.hosts: 0", false },
		{ "reputation.sales: 0", true }, { "reputation.sales: {at-most: 0}", true }, { "reputation.sales: {at-least: -1}", true },
		/* yes and no; what nobody set is no */
		{ "pixel.present: yes", true }, { "pixel.present: true", true }, { "pixel.present: no", false },
		{ "list.post: no", true }, { "list.post: yes", false }, { "list.one_click: no", true }, { "list.one_click: yes", false },
		{ "pixel.present: {not: yes}", false }, { "pixel.present: [yes, no]", true },
		/* lists */
		{ "platforms: sendgrid", true }, { "platforms: marketo", false }, { "platforms: [marketo, OUTREACH]", true },
		{ "platforms: {at-least: 2}", true }, { "platforms: {at-least: 3}", false }, { "platforms: {at-most: 1}", false },
		{ "platforms: {not: outreach}", false }, { "platforms: {matches: '^send'}", true }, { "platforms: {matches: '^grid'}", false },
		{ "mail.truncated: {at-most: 5}", false },
		/* patterns */
		{ "header.subject: {matches: '^re:'}", true }, { "header.subject: {matches: '^quick'}", false },
		{ "header.mailer: {matches: ''}", false }, { "platform.category: {matches: 'sales'}", true },
		/* present */
		{ "platform.id: {present: true}", true }, { "platform.id: {present: no}", false },
		{ "platform.tenant: {present: true}", false }, { "platform.tenant: {present: no}", true },
		{ "text.merge_token: {present: true}", true }, { "list.post: {present: yes}", true }, { "list.one_click: {present: yes}", false },
		/* trees */
		{ "{platform.id: outreach, link.count: 5}", true }, { "{platform.id: outreach, link.count: 4}", false },
		{ "all: [{platform.id: outreach}, {link.count: 5}]", true }, { "all: [{platform.id: outreach}, {link.count: 4}]", false },
		{ "any: [{platform.id: x}, {link.count: 5}]", true }, { "any: [{platform.id: x}, {link.count: 4}]", false },
		{ "not: {platform.id: x}", true }, { "not: {platform.id: outreach}", false },
		{ "not: {platform.id: outreach, link.count: 4}", true },
		{ "not: {not: {platform.id: outreach}}", true },
		{ "any: [{all: [{link.count: 5}, {not: {pixel.present: no}}]}, {platform.id: x}]", true },
		{ "{any: [{link.count: 1}, {link.count: 5}], not: {list.post: yes}}", true },
	};
	struct facts f;

	(void)state;
	some_facts(&f);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct condition *c = NULL;
		struct arena a;
		struct err e = { 0 };

		if (compile(rows[i].text, &a, &c, &e) < 0)
			fail_msg("row %zu: %s: %s", i, rows[i].text, e.text);
		if (condition_holds(c, &f) != rows[i].holds)
			fail_msg("row %zu: %s %s", i, rows[i].text, rows[i].holds ? "does not hold" : "holds");
		arena_done(&a);
	}
}

static void mistakes_are_told_with_their_place(void **state)
{
	static const struct { const char *text; unsigned line, column; const char *message; } rows[] = {
		{ "x", 1, 1, "a map of facts is expected here" },
		{ "{}", 1, 1, "a map of facts is expected here" },
		{ "[a]", 1, 1, "a map of facts is expected here" },
		{ "platfrom.id: x", 1, 1, "unknown fact \"platfrom.id\", did you mean \"platform.id\"?" },
		{ "qqqqqqqqqqqqqqqqqqqqqqqq: x", 1, 1, "unknown fact \"qqqqqqqqqqqqqqqqqqqqqqqq\"" },
		{ "link.count: 5\nlist.pots: yes", 2, 1, "did you mean \"list.post\"?" },
		{ "platform.category: sales", 1, 20, "platform.category is never \"sales\"; it is one of: marketing-automation" },
		{ "platform.category: [crm, sales]", 1, 26, "platform.category is never \"sales\"" },
		{ "platform.category: {not: sales}", 1, 26, "platform.category is never \"sales\"" },
		{ "pixel.present: maybe", 1, 16, "pixel.present is yes or no" },
		{ "link.count: many", 1, 13, "a whole number" },
		{ "link.count: 1.5", 1, 13, "a whole number" },
		{ "link.count: [1, x]", 1, 17, "a whole number" },
		{ "link.count: 99999999999", 1, 13, "a whole number" },
		{ "link.count: {at-leas: 5}", 1, 14, "unknown word \"at-leas\", did you mean \"at-least\"?" },
		{ "link.count: {at-least: x}", 1, 24, "a whole number" },
		{ "platform.id: {at-least: 5}", 1, 25, "platform.id is no number, it cannot be compared" },
		{ "pixel.present: {at-most: 5}", 1, 26, "pixel.present is no number, it cannot be compared" },
		{ "header.subject: {matches: '('}", 1, 27, "bad regular expression at offset 1" },
		{ "header.subject: {matches: [a]}", 1, 27, "one value is expected here" },
		{ "platform.id: {present: perhaps}", 1, 24, "yes or no is expected here" },
		{ "platform.id: [[a]]", 1, 15, "one value is expected here" },
		{ "all: {platform.id: x}", 1, 6, "a list of conditions is expected here" },
		{ "any: []", 1, 6, "a list of conditions is expected here" },
		{ "any: [x]", 1, 7, "a map of facts is expected here" },
		{ "not: x", 1, 6, "a map of facts is expected here" },
		{ "not: [{platform.id: x}]", 1, 6, "a map of facts is expected here" },
		{ "platform.id: {}", 1, 14, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct condition *c = NULL;
		struct arena a;
		struct err e = { 0 };

		if (compile(rows[i].text, &a, &c, &e) != E_SYNTAX)
			fail_msg("row %zu: \"%s\" was taken", i, rows[i].text);
		if (e.line != rows[i].line || e.column != rows[i].column || !contains(e.text, rows[i].message))
			fail_msg("row %zu: %u:%u: %s", i, e.line, e.column, e.text);
		arena_done(&a);
	}
}

static void what_a_condition_asks_for_is_known(void **state)
{
	static const struct { const char *text; bool history; } rows[] = {
		{ "platform.id: x", false }, { "reputation.sales: 5", true }, { "not: {reputation.known: yes}", true },
		{ "any: [{platform.id: x}, {all: [{reputation.mails: {at-least: 2}}]}]", true }, { "link.count: 1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct condition *c = NULL;
		struct arena a;
		struct err e = { 0 };

		assert_ok(compile(rows[i].text, &a, &c, &e), e);
		if (condition_uses(c, "reputation.") != rows[i].history)
			fail_msg("row %zu: %s", i, rows[i].text);
		arena_done(&a);
	}
}

static void note(enum fact_id id, void *arg)
{
	((bool *)arg)[id] = true;
}

static void facts_are_visited_unless_negated(void **state)
{
	const struct condition *c = NULL;
	bool seen[FACT_COUNT] = { false };
	struct arena a;
	struct err e = { 0 };

	(void)state;
	assert_ok(compile("{platform.id: x, link.count: {not: 3}, any: [{pixel.present: yes}], not: {list.post: yes}}", &a, &c, &e), e);
	condition_facts(c, note, seen);
	assert_true(seen[FACT_PLATFORM_ID] && seen[FACT_PIXEL_PRESENT]);
	assert_false(seen[FACT_LINK_COUNT] || seen[FACT_LIST_POST]);
	arena_done(&a);
}

static void a_slow_pattern_is_a_miss_in_bounded_time(void **state)
{
	static char subject[60000];
	const struct condition *c = NULL;
	struct facts f = { 0 };
	struct arena a;
	struct err e = { 0 };
	int64_t begun = mono_ms();

	(void)state;
	memset(subject, 'a', sizeof subject);
	memcpy(subject + sizeof subject - 2, "cb", 2);
	facts_text(&f, FACT_HEADER_SUBJECT, (struct slice){ subject, sizeof subject });
	assert_ok(compile("header.subject: {matches: '(?:a+a+)+b$'}", &a, &c, &e), e);
	assert_false(condition_holds(c, &f));
	assert_true(mono_ms() - begun < 2000);
	arena_done(&a);
}

static void without_an_error_to_fill_it_fails_too(void **state)
{
	const struct yaml_node *root = NULL;
	const struct condition *c = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	assert_int_equal(yaml_parse(SLICE("header.subject: {matches: '('}"), &a, &root, NULL), E_OK);
	assert_true(condition_compile(root, &a, &c, NULL) < 0);
	arena_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_hold_or_not),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(what_a_condition_asks_for_is_known),
		cmocka_unit_test(facts_are_visited_unless_negated),
		cmocka_unit_test(a_slow_pattern_is_a_miss_in_bounded_time),
		cmocka_unit_test(without_an_error_to_fill_it_fails_too),
	};

	return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
