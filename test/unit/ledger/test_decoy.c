/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/decoy.h"
#include "antisales/ledger/reputation.h"

enum { ACME = 7, DECOY = 9 };
#define DAY INT64_C(86400)
#define NOW INT64_C(1773014400)         /* the first second of a day */

static void once_a_day(void **state)
{
	static const struct { int64_t seen, now; bool counted; } rows[] = {
		{ NOW, NOW, true }, { NOW, NOW + DAY - 1, true }, { NOW, NOW + DAY, false }, { NOW - 1, NOW, false },
		/* a mail that comes late counts no second time */
		{ NOW + DAY, NOW, true },
	};

	(void)state;
	assert_false(decoy_counted(NULL, NOW));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_change c = decoy_seen(ACME, DECOY, rows[i].seen);
		struct record r = { 0 };

		record_merge(&record_decoy, &r, &c.delta);
		if (decoy_counted(&r, rows[i].now) != rows[i].counted)
			fail_msg("row %zu", i);
	}
}

static void it_speaks_for_sales(void **state)
{
	static const struct feedback_policy policy = { .weight = 3, .at_most = 5 };
	struct record r = { 0 };
	struct reputation before, after;

	(void)state;
	r.stamp = NOW;
	before = reputation_read(&r, true, &policy, NOW);
	for (int i = 0; i < 2; i++) {
		struct store_change c = reputation_decoy(ACME, NOW);

		record_merge(&record_reputation, &r, &c.delta);
	}
	after = reputation_read(&r, true, &policy, NOW);
	assert_true(after.sales > before.sales && after.confidence > before.confidence && after.decoys > 1.99);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_a_day),
		cmocka_unit_test(it_speaks_for_sales),
	};

	return cmocka_run_group_tests_name("decoy", tests, NULL, NULL);
}
