/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/fanout.h"
#include "antisales/ledger/pressure.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1773057600)

static void touch(struct record *r, int64_t person, int64_t when)
{
	struct store_change c = fanout_touched(fanout_key(1), person, when);

	record_merge(&record_fanout, r, &c.delta);
}

static void persons_are_counted_within_a_window(void **state)
{
	const int64_t these[] = { 1, 50 };
	struct record r = { 0 };

	(void)state;
	for (int64_t i = 1; i <= 10; i++)
		touch(&r, i, NOW - i * DAY);
	touch(&r, 3, NOW - DAY / 2);
	assert_int_equal(fanout_count(&r, NOW - 2 * DAY, NULL, 0), 2);
	assert_int_equal(fanout_count(&r, NOW - 6 * DAY, NULL, 0), 5);
	/* who gets this mail counts, once */
	assert_int_equal(fanout_count(&r, NOW - 2 * DAY, these, 2), 3);
	assert_int_equal(fanout_count(NULL, 0, these, 2), 2);
	assert_int_equal(fanout_count(NULL, 0, NULL, 0), 0);
}

static void a_great_many_are_as_many_as_are_kept(void **state)
{
	struct record r = { 0 };

	(void)state;
	for (int64_t i = 1; i <= 1000; i++)
		touch(&r, i, NOW - DAY + i);
	assert_int_equal(fanout_count(&r, NOW - 2 * DAY, NULL, 0), FANOUT_PERSONS_MAX);
}

static void bands_are_hidden_by_the_sites_key(void **state)
{
	static const struct site_key one = { { 1 } }, other = { { 2 } };
	struct store_key a = template_key(&one, 42), b = template_key(&other, 42), c = template_key(&one, 43);

	(void)state;
	assert_memory_not_equal(&a, &b, sizeof a);
	assert_memory_not_equal(&a, &c, sizeof a);
}

static void pressed(struct record *r, int64_t party, uint64_t mark, bool touch_too, bool mailing, int64_t when)
{
	struct store_change c = pressure_added(5, &(struct pressure_mail){ party, mark }, touch_too, mailing, when);

	record_merge(&record_pressure, r, &c.delta);
}

static void a_week_of_pressure_is_summed(void **state)
{
	struct record r = { 0 };
	struct pressure p;

	(void)state;
	pressed(&r, 1, 1, true, false, NOW - 6 * DAY);
	pressed(&r, 1, 2, true, true, NOW - 5 * DAY);
	pressed(&r, 2, 3, true, true, NOW - DAY);
	pressed(&r, 3, 4, false, true, NOW - DAY);
	pressed(&r, 4, 5, true, true, NOW - 8 * DAY);
	pressed(&r, 2, 3, true, true, NOW);
	p = pressure_read(&r, &(struct pressure_mail){ 9, 9 }, NOW);
	assert_int_equal(p.touches, 3);
	assert_int_equal(p.parties, 2);
	assert_int_equal(p.mailings, 3);
	/* the mail itself, delivered once more, is not one before it */
	p = pressure_read(&r, &(struct pressure_mail){ 2, 3 }, NOW);
	assert_int_equal(p.touches, 2);
	assert_int_equal(p.parties, 1);
	assert_int_equal(p.mailings, 2);
	p = pressure_read(NULL, &(struct pressure_mail){ 2, 3 }, NOW);
	assert_int_equal(p.touches + p.parties + p.mailings, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(persons_are_counted_within_a_window),
		cmocka_unit_test(a_great_many_are_as_many_as_are_kept),
		cmocka_unit_test(bands_are_hidden_by_the_sites_key),
		cmocka_unit_test(a_week_of_pressure_is_summed),
	};

	return cmocka_run_group_tests_name("fanout", tests, NULL, NULL);
}
