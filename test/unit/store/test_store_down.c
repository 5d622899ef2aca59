/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include "antisales/base/alloc.h"

static int open_down(void **state)
{
	struct store_conf c = { .url = "down:the disk is on fire" };
	struct err e = { 0 };

	assert_ok(store_open(&c, (struct store **)state, &e), e);
	return 0;
}

static int close_down(void **state)
{
	store_close(*state);
	return 0;
}

static bool never(const struct store_key *key, const struct record *r, void *arg)
{
	(void)key;
	(void)r;
	(void)arg;
	fail_msg("a store that is down has nothing to visit");
	return false;
}

static void every_call_fails_with_the_reason(void **state)
{
	struct store *s = *state;
	struct store_change c = change_number(1, 1);
	struct record r;
	struct store_stats st;
	size_t removed = 7;
	bool found;
	struct err e[5] = { { 0 } };

	assert_int_equal(s->ops->get(s, &c.key, 1, &r, &found, &e[0]), E_BUSY);
	assert_int_equal(s->ops->apply(s, &c, 1, &e[1]), E_BUSY);
	assert_int_equal(s->ops->scan(s, '\0', never, NULL, &e[2]), E_BUSY);
	assert_int_equal(s->ops->expire(s, 1, 1, &removed, &e[3]), E_BUSY);
	assert_int_equal(s->ops->stats(s, &st, &e[4]), E_BUSY);
	assert_int_equal(removed, 0);
	for (size_t i = 0; i < COUNT(e); i++)
		if (!contains(e[i].text, "the disk is on fire"))
			fail_msg("call %zu says \"%s\"", i, e[i].text);
}

static void without_a_reason_it_was_switched_off(void **state)
{
	static const char *const urls[] = { "down:", "down" };

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct store_conf c = { .url = urls[i] };
		struct store_change change = change_number(1, 1);
		struct err e = { 0 };
		struct store *s;

		assert_ok(store_open(&c, &s, &e), e);
		s->ops->apply(s, &change, 1, &e);
		assert_contains(e.text, "switched off");
		store_close(s);
	}
}

static void the_reason_is_copied(void **state)
{
	char reason[] = "first";
	struct store *s = store_down(reason);
	struct store_change c = change_number(1, 1);
	struct err e = { 0 };

	(void)state;
	memcpy(reason, "later", sizeof reason);
	s->ops->apply(s, &c, 1, &e);
	assert_contains(e.text, "first");
	store_close(s);
}

static void without_memory_there_is_none(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 2; n++) {
		alloc_fail_at(n);
		assert_null(store_down("why"));
	}
	alloc_fail_at(0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_call_fails_with_the_reason, open_down, close_down),
		cmocka_unit_test(without_a_reason_it_was_switched_off),
		cmocka_unit_test(the_reason_is_copied),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests_name("store_down", tests, NULL, NULL);
}
