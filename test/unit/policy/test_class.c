/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

static struct address address_of(struct arena *a, const char *text)
{
	struct address r = { 0 };

	assert_int_equal(address_envelope(slice_of(text), a, &r), 0);
	return r;
}

static void patterns_fit_recipients(void **state)
{
	static const struct { const char *pattern, *recipient; bool fits; } rows[] = {
		{ "ceo@", "<ceo@example.com>", true }, { "ceo@", "<CEO@Other.example>", true }, { "ceo@", "<xceo@example.com>", false },
		{ "*@board.example.com", "<ann@board.example.com>", true }, { "*@board.example.com", "<ann@BOARD.example.com>", true },
		{ "*@board.example.com", "<ann@example.com>", false }, { "*@example.com", "<ann@board.example.com>", false },
		{ "ann@example.com", "<Ann@Example.COM>", true }, { "ann@example.com", "<bob@example.com>", false },
		{ "ann@Example.com", "<ann@example.com>", true }, { "example.com", "<ann@example.com>", true },
		{ "example.com", "<ann@mail.example.com>", false }, { "*@", "<ann@example.com>", true }, { "*", "<ann@example.com>", false },
		{ "@example.com", "<ann@example.com>", false }, { "", "<ann@example.com>", false },
		{ "\"a@b\"@example.com", "<ann@example.com>", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a;
		struct address rcpt;

		arena_init(&a, 1024, 1 << 20);
		rcpt = address_of(&a, rows[i].recipient);
		if (policy_recipient_fits(slice_of(rows[i].pattern), &rcpt) != rows[i].fits)
			fail_msg("row %zu: %s and %s", i, rows[i].pattern, rows[i].recipient);
		arena_done(&a);
	}
}

static int with_policy(void **state)
{
	struct house *h = house_open(NULL, NULL);
	struct err e = { 0 };

	file_make(h->dir, "small.yaml", "platforms: platforms\nnever-filter: [help@, '*@open.example']\n"
	    "classes:\n  heads: {recipients: [ceo@, cfo@]}\n  board: {recipients: ['*@board.example', ceo@board.example]}\n");
	assert_ok(engine_load(&h->engine, path_in(h->dir, "house.yaml"), &e), e);
	*state = h;
	return 0;
}

static int close_house(void **state)
{
	house_close(*state);
	return 0;
}

static void the_first_class_that_fits_counts(void **state)
{
	static const struct { const char *recipient, *class; } rows[] = {
		{ "<ceo@example.com>", "heads" }, { "<ceo@board.example>", "heads" }, { "<ann@board.example>", "board" },
		{ "<ann@example.com>", NULL },
	};
	struct setup *s = setup_get(&((struct house *)*state)->engine.setups);
	struct arena a;

	arena_init(&a, 1024, 1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address rcpt = address_of(&a, rows[i].recipient);
		const struct recipient_class *c = policy_class(s->policy, &rcpt);

		if ((c == NULL) != (rows[i].class == NULL) || (c != NULL && !slice_eq(c->name, slice_of(rows[i].class))))
			fail_msg("row %zu", i);
	}
	arena_done(&a);
	setup_put(s);
}

static void some_are_never_filtered(void **state)
{
	static const struct { const char *recipient; bool never; } rows[] = {
		{ "<postmaster@example.com>", true }, { "<PostMaster@sub.example.com>", true }, { "<ABUSE@example.com>", true },
		{ "<abuse-desk@example.com>", false }, { "<help@example.com>", true }, { "<x@open.example>", true }, { "<x@example.com>", false },
		{ "<Postmaster>", true },
	};
	struct setup *s = setup_get(&((struct house *)*state)->engine.setups);
	struct arena a;

	arena_init(&a, 1024, 1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address rcpt = { 0 };

		(void)address_envelope(slice_of(rows[i].recipient), &a, &rcpt);
		if (policy_never_filters(s->policy, &rcpt) != rows[i].never)
			fail_msg("row %zu: %s", i, rows[i].recipient);
	}
	arena_done(&a);
	setup_put(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_fit_recipients),
		cmocka_unit_test_setup_teardown(the_first_class_that_fits_counts, with_policy, close_house),
		cmocka_unit_test_setup_teardown(some_are_never_filtered, with_policy, close_house),
	};

	return cmocka_run_group_tests_name("class", tests, NULL, NULL);
}
