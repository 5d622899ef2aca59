/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/contacts.h"

enum { ANN = 9 };
#define DAY INT64_C(86400)
#define NOW INT64_C(1773057600)

/* First touches so many days ago, each of another party; since: days ago that there was mail at all. */
static struct record told(int since, const int *days, size_t count)
{
	struct record r = { 0 };
	struct store_change c = contacts_seen(ANN, NOW - since * DAY);

	record_merge(&record_contacts, &r, &c.delta);
	for (size_t i = 0; i < count; i++) {
		c = contacts_begun(ANN, 100 + (int64_t)i, NOW - days[i] * DAY);
		record_merge(&record_contacts, &r, &c.delta);
	}
	return r;
}

static void quiet_and_then_many(void **state)
{
	static const struct { int since, days[6]; size_t count; bool also; int first; } rows[] = {
		{ 400, { 5, 4, 3, 2 }, 4, false, 5 },
		{ 400, { 5, 4, 3 }, 3, true, 5 },
		{ 400, { 5, 4, 3 }, 3, false, -1 },
		{ 400, { 14, 4, 3 }, 3, true, 14 },
		{ 400, { 15, 4, 3 }, 3, true, -1 },
		/* since when nothing is known, nothing was quiet */
		{ 184, { 5, 4, 3 }, 3, true, -1 },
		{ 185, { 5, 4, 3 }, 3, true, 5 },
		{ 5, { 5, 4, 3, 2 }, 4, true, -1 },
		/* a first touch before the quiet */
		{ 400, { 300, 5, 4, 3, 2 }, 5, false, 5 },
		{ 400, { 186, 5, 4, 3, 2 }, 5, false, 5 },
		{ 400, { 184, 5, 4, 3, 2 }, 5, false, -1 },
		/* it is told for a month */
		{ 400, { 30, 29, 28, 27 }, 4, false, 30 },
		{ 400, { 31, 30, 29, 28 }, 4, false, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = told(rows[i].since, rows[i].days, rows[i].count);
		int64_t want = rows[i].first < 0 ? 0 : NOW - rows[i].first * DAY;

		if (contacts_leak(&r, rows[i].also, NOW) != want)
			fail_msg("row %zu: %lld", i, (long long)contacts_leak(&r, rows[i].also, NOW));
	}
	assert_int_equal(contacts_leak(NULL, true, NOW), 0);
}

/* One organisation that writes again and again is one. */
static void a_party_counts_once(void **state)
{
	struct record r = told(400, NULL, 0);

	(void)state;
	for (int i = 0; i < 9; i++) {
		struct store_change c = contacts_begun(ANN, 7, NOW - i * DAY);

		record_merge(&record_contacts, &r, &c.delta);
	}
	assert_int_equal(contacts_leak(&r, false, NOW), 0);
}

/* Whoever is written to by new ones all the time has no leak, and more than are kept tell nothing of before. */
static void a_full_record_says_nothing(void **state)
{
	int days[CONTACTS_MAX + 5];
	struct record r;

	(void)state;
	for (size_t i = 0; i < COUNT(days); i++)
		days[i] = 10;
	r = told(400, days, CONTACTS_MAX);
	assert_int_equal(contacts_leak(&r, false, NOW), NOW - 10 * DAY);
	assert_int_equal(contacts_leak(&r, true, NOW), NOW - 10 * DAY);
	r = told(400, days, COUNT(days));
	assert_int_equal(contacts_leak(&r, true, NOW), 0);
}

static void mail_is_noted_once_a_month(void **state)
{
	struct record r = told(31, NULL, 0);

	(void)state;
	assert_true(contacts_are_stale(NULL, NOW) && contacts_are_stale(&r, NOW) && !contacts_are_stale(&r, NOW - 2 * DAY));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_and_then_many),
		cmocka_unit_test(a_party_counts_once),
		cmocka_unit_test(a_full_record_says_nothing),
		cmocka_unit_test(mail_is_noted_once_a_month),
	};

	return cmocka_run_group_tests_name("contacts", tests, NULL, NULL);
}
