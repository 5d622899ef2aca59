/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/network.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1773057600)
enum { PARTY = 7, MARK = 99 };

static const struct site_key site = { { 1 } };

static void neighbours_are_one_network(void **state)
{
	static const struct { const char *a, *b; bool same; } rows[] = {
		{ "192.0.2.1", "192.0.2.200", true }, { "192.0.2.1", "192.0.3.1", false },
		{ "2001:db8:1::1", "2001:db8:1:ffff::9", true }, { "2001:db8:1::1", "2001:db8:2::1", false },
		{ NULL, NULL, true }, { NULL, "192.0.2.1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if ((network_id(&site, slice_of(rows[i].a)) == network_id(&site, slice_of(rows[i].b))) != rows[i].same)
			fail_msg("row %zu", i);
}

/* A signed mail that comes by another network than it came by first is a copy that anybody may have sent. */
static void a_copy_from_elsewhere_is_told(void **state)
{
	int64_t here = network_id(&site, SLICE("192.0.2.1")), there = network_id(&site, SLICE("198.51.100.1"));
	struct record r = { 0 };
	struct store_change first = message_seen(PARTY, MARK, here, NOW), later = message_seen(PARTY, MARK, there, NOW + 60);

	(void)state;
	assert_false(network_read(NULL, NULL, here, 1, NOW).replayed);
	record_merge(&record_message, &r, &later.delta);
	record_merge(&record_message, &r, &first.delta);
	assert_false(network_read(&r, NULL, here, 1, NOW + 90).replayed);
	assert_true(network_read(&r, NULL, there, 1, NOW + 90).replayed);
}

static void a_new_network_that_writes_to_many_earns_nothing(void **state)
{
	static const struct { int age_days, persons, recipients; bool unproven; } rows[] = {
		{ 0, 0, 1, false }, { 0, 0, 10, false }, { 0, 0, 11, true }, { 0, 30, 1, true }, { 1, 30, 1, true },
		{ 3, 30, 50, false }, { 3, 0, 50, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_change c = network_seen(PARTY, 1, NOW - rows[i].age_days * DAY);

		for (int64_t k = 0; k < rows[i].persons; k++)
			network_recipient(&c, &site, k + 1);
		if (network_read(NULL, &c.delta, 1, rows[i].recipients, NOW).unproven != rows[i].unproven)
			fail_msg("row %zu", i);
	}
	assert_true(network_read(NULL, NULL, 1, 11, NOW).unproven);
	assert_false(network_read(NULL, NULL, 1, 3, NOW).unproven);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_one_network),
		cmocka_unit_test(a_copy_from_elsewhere_is_told),
		cmocka_unit_test(a_new_network_that_writes_to_many_earns_nothing),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
