/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/reputation.h"

enum { NOW = 1767225600 };
#define DAY INT64_C(86400)

static const struct site_key site = { { 7 } };

static bool same_key(struct store_key a, struct store_key b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

static void claimed_names_count_for_their_network_only(void **state)
{
	static const struct { const char *a, *b; bool same; } rows[] = {
		{ "192.0.2.1", "192.0.2.254", true }, { "192.0.2.1", "192.0.3.1", false }, { "2001:db8:1::1", "2001:db8:1:ffff::9", true },
		{ "2001:db8:1::1", "2001:db8:2::1", false }, { "192.0.2.1", "2001:db8::1", false }, { "", "", true }, { "", "192.0.2.1", false },
	};
	struct slice domain = SLICE("acme.example");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_key a = reputation_key(&site, domain, false, slice_of(rows[i].a));
		struct store_key b = reputation_key(&site, domain, false, slice_of(rows[i].b));

		if (same_key(a, b) != rows[i].same)
			fail_msg("row %zu: %s and %s", i, rows[i].a, rows[i].b);
		if (!same_key(reputation_key(&site, domain, true, slice_of(rows[i].a)), reputation_key(&site, domain, true, slice_of(rows[i].b))))
			fail_msg("row %zu: a proven name must not depend on the network", i);
	}
}

static void proven_and_claimed_names_are_apart(void **state)
{
	struct slice domain = SLICE("acme.example"), other = SLICE("acme2.example");
	struct store_key proven = reputation_key(&site, domain, true, SLICE(""));

	(void)state;
	assert_false(same_key(proven, reputation_key(&site, domain, false, SLICE(""))));
	assert_false(same_key(proven, reputation_key(&site, other, true, SLICE(""))));
}

struct history {
	struct record record;
	bool found;
};

static void add(struct history *h, enum conduct conduct, int64_t when)
{
	struct store_key k = { { 'r' } };
	struct store_change c = reputation_change(&k, conduct, FATE_PASSED, when);

	record_merge(&record_reputation, &h->record, &c.delta);
	h->found = true;
}

static struct reputation after(size_t sales, size_t clean, size_t neutral, int64_t now)
{
	struct history h = { 0 };

	for (size_t i = 0; i < sales; i++)
		add(&h, CONDUCT_SALES, NOW);
	for (size_t i = 0; i < clean; i++)
		add(&h, CONDUCT_CLEAN, NOW);
	for (size_t i = 0; i < neutral; i++)
		add(&h, CONDUCT_NEUTRAL, NOW);
	return reputation_read(&h.record, h.found, now);
}

static void figures_follow_the_formula(void **state)
{
	static const struct { size_t sales, clean, neutral; int64_t later; int want_sales, want_confidence; } rows[] = {
		{ 1, 0, 0, 0, 67, 20 }, { 0, 1, 0, 0, 33, 20 }, { 4, 0, 0, 0, 83, 50 }, { 0, 4, 0, 0, 17, 50 }, { 2, 2, 0, 0, 50, 50 },
		{ 0, 0, 5, 0, 50, 0 }, { 100, 0, 0, 0, 99, 96 }, { 0, 100, 0, 0, 1, 96 }, { 4, 0, 0, 60, 75, 33 }, { 4, 0, 0, 120, 67, 20 },
		{ 4, 0, 0, 6000, 50, 0 }, { 1, 3, 9, 0, 33, 50 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reputation r = after(rows[i].sales, rows[i].clean, rows[i].neutral, NOW + rows[i].later * DAY);

		if (r.sales != rows[i].want_sales || r.confidence != rows[i].want_confidence)
			fail_msg("row %zu: %d, %d", i, r.sales, r.confidence);
	}
}

static void unknown_is_unknown(void **state)
{
	struct record r = { 0 };
	struct reputation rep = reputation_read(&r, false, NOW);

	(void)state;
	assert_false(rep.known);
	assert_int_equal(rep.mails, 0);
	assert_int_equal(rep.confidence, 0);
}

static void mails_and_days_are_counted(void **state)
{
	struct history h = { 0 };
	struct reputation r;

	(void)state;
	add(&h, CONDUCT_CLEAN, NOW + 3 * DAY);
	add(&h, CONDUCT_SALES, NOW);
	add(&h, CONDUCT_NEUTRAL, NOW + DAY);
	r = reputation_read(&h.record, true, NOW + 10 * DAY + 5);
	assert_true(r.known);
	assert_true(r.mails == 3 && r.days == 10);
	assert_true(reputation_read(&h.record, true, NOW - 10 * DAY).days == 0);
}

static void everything_stays_between_0_and_100(void **state)
{
	struct rng rng = { 5 };
	struct history h = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct reputation r;

		add(&h, (enum conduct)rng_below(&rng, 3), NOW + DAY * (int64_t)rng_below(&rng, 1000));
		r = reputation_read(&h.record, true, NOW + DAY * (int64_t)rng_below(&rng, 2000));
		if (r.sales < 0 || r.sales > 100 || r.confidence < 0 || r.confidence > 100 || r.days < 0)
			fail_msg("after %d: %d, %d", i, r.sales, r.confidence);
	}
}

static void each_mail_moves_it_its_own_way(void **state)
{
	(void)state;
	for (size_t sales = 0; sales < 12; sales++)
		for (size_t clean = 0; clean < 12; clean++) {
			struct reputation r = after(sales, clean, 1, NOW), more = after(sales + 1, clean, 1, NOW), better = after(sales, clean + 1, 1, NOW);

			if (more.sales < r.sales || better.sales > r.sales || more.confidence < r.confidence || better.confidence < r.confidence)
				fail_msg("%zu sales and %zu clean", sales, clean);
		}
}

static void silence_forgets(void **state)
{
	int last_sales = 100, last_confidence = 100;

	(void)state;
	for (int64_t days = 0; days < 1000; days += 20) {
		struct reputation r = after(10, 0, 0, NOW + days * DAY);

		assert_true(r.sales <= last_sales && r.confidence <= last_confidence);
		last_sales = r.sales;
		last_confidence = r.confidence;
	}
	assert_int_equal(last_confidence, 0);
}

static void the_order_of_mails_does_not_matter(void **state)
{
	struct rng rng = { 6 };
	struct { enum conduct conduct; int64_t when; } mails[40];

	(void)state;
	for (size_t i = 0; i < COUNT(mails); i++) {
		mails[i].conduct = (enum conduct)rng_below(&rng, 3);
		mails[i].when = NOW + DAY * (int64_t)rng_below(&rng, 300);
	}
	for (int round = 0; round < 50; round++) {
		struct history forward = { 0 }, mixed = { 0 };
		struct reputation a, b;
		size_t start = rng_below(&rng, COUNT(mails));

		for (size_t i = 0; i < COUNT(mails); i++) {
			size_t k = (start + i * 7) % COUNT(mails);

			add(&forward, mails[i].conduct, mails[i].when);
			add(&mixed, mails[k].conduct, mails[k].when);
		}
		a = reputation_read(&forward.record, true, NOW + 400 * DAY);
		b = reputation_read(&mixed.record, true, NOW + 400 * DAY);
		if (a.sales != b.sales || a.confidence != b.confidence || a.mails != b.mails || a.days != b.days)
			fail_msg("round %d", round);
	}
}

static void fates_are_counted(void **state)
{
	static const struct { enum fate fate; size_t field; } rows[] = {
		{ FATE_PASSED, 0 }, { FATE_TAGGED, 5 }, { FATE_QUARANTINED, 6 }, { FATE_REJECTED, 7 },
	};
	struct store_key k = { { 'r' } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_change c = reputation_change(&k, CONDUCT_SALES, rows[i].fate, NOW);

		for (size_t n = 5; n <= 7; n++)
			if (c.delta.at[n].number != (n == rows[i].field))
				fail_msg("row %zu", i);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(claimed_names_count_for_their_network_only),
		cmocka_unit_test(proven_and_claimed_names_are_apart),
		cmocka_unit_test(figures_follow_the_formula),
		cmocka_unit_test(unknown_is_unknown),
		cmocka_unit_test(mails_and_days_are_counted),
		cmocka_unit_test(everything_stays_between_0_and_100),
		cmocka_unit_test(each_mail_moves_it_its_own_way),
		cmocka_unit_test(silence_forgets),
		cmocka_unit_test(the_order_of_mails_does_not_matter),
		cmocka_unit_test(fates_are_counted),
	};

	return cmocka_run_group_tests_name("reputation", tests, NULL, NULL);
}
