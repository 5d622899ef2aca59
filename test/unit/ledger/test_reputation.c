/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/reputation.h"

enum { NOW = 1767225600 };
#define DAY INT64_C(86400)

static const struct site_key site = { { 7 } };
static const struct feedback_policy words = { .weight = 3, .at_most = 5 };

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

static void add_to(struct history *h, enum conduct conduct, int64_t when, const char *recipient)
{
	struct store_key k = { { 'r' } };
	struct store_change c = reputation_change(&k, conduct, FATE_PASSED, when);

	reputation_recipient(&c, &site, conduct, slice_of(recipient));
	record_merge(&record_reputation, &h->record, &c.delta);
	h->found = true;
}

static void add(struct history *h, enum conduct conduct, int64_t when)
{
	add_to(h, conduct, when, "ann@example.com");
}

static double evidence_of(const struct history *h)
{
	struct reputation r = reputation_read(&h->record, h->found, &words, NOW);

	return r.evidence_sales + r.evidence_clean;
}

/* A mail that leaves a mark of its own: somebody is looked for whose place in the day is free yet. */
static void add_mark(struct history *h, enum conduct conduct, int64_t when)
{
	for (int i = 0; i < 1000; i++) {
		struct history with = *h;
		char name[40];

		snprintf(name, sizeof name, "r%d@example.com", i);
		add_to(&with, conduct, when, name);
		if (conduct == CONDUCT_NEUTRAL || evidence_of(&with) > evidence_of(h) + 0.01) {
			*h = with;
			return;
		}
	}
	fail_msg("the day is full");
}

/* Three marks a day, the last day first. */
static struct reputation after(size_t sales, size_t clean, size_t neutral, int64_t now)
{
	struct history h = { 0 };

	for (size_t i = 0; i < sales; i++)
		add_mark(&h, CONDUCT_SALES, NOW - (int64_t)(i / MARKS_A_DAY) * DAY);
	for (size_t i = 0; i < clean; i++)
		add_mark(&h, CONDUCT_CLEAN, NOW - (int64_t)(i / MARKS_A_DAY) * DAY);
	for (size_t i = 0; i < neutral; i++)
		add_mark(&h, CONDUCT_NEUTRAL, NOW);
	return reputation_read(&h.record, h.found, &words, now);
}

static void figures_follow_the_formula(void **state)
{
	static const struct { size_t sales, clean, neutral; int64_t later; int want_sales, want_confidence; } rows[] = {
		{ 1, 0, 0, 0, 67, 20 }, { 0, 1, 0, 0, 33, 20 }, { 4, 0, 0, 0, 83, 50 }, { 0, 4, 0, 0, 17, 50 }, { 2, 2, 0, 0, 50, 50 },
		{ 0, 0, 5, 0, 50, 0 }, { 100, 0, 0, 0, 99, 95 }, { 0, 100, 0, 0, 1, 95 }, { 4, 0, 0, 60, 75, 33 }, { 4, 0, 0, 120, 67, 20 },
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
	struct reputation rep = reputation_read(&r, false, &words, NOW);

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
	r = reputation_read(&h.record, true, &words, NOW + 10 * DAY + 5);
	assert_true(r.known);
	assert_true(r.mails == 3 && r.days == 10);
	assert_true(reputation_read(&h.record, true, &words, NOW - 10 * DAY).days == 0);
}

static void everything_stays_between_0_and_100(void **state)
{
	struct rng rng = { 5 };
	struct history h = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct reputation r;

		add(&h, (enum conduct)rng_below(&rng, 3), NOW + DAY * (int64_t)rng_below(&rng, 1000));
		r = reputation_read(&h.record, true, &words, NOW + DAY * (int64_t)rng_below(&rng, 2000));
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
		a = reputation_read(&forward.record, true, &words, NOW + 400 * DAY);
		b = reputation_read(&mixed.record, true, &words, NOW + 400 * DAY);
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

static void a_day_moves_it_by_three_marks_at_most(void **state)
{
	struct history h = { 0 };
	struct reputation r;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		char name[40];

		snprintf(name, sizeof name, "r%d@example.com", i);
		add_to(&h, CONDUCT_CLEAN, NOW, name);
	}
	r = reputation_read(&h.record, true, &words, NOW);
	assert_true(r.evidence_clean <= MARKS_A_DAY && r.mails == 10000);
	assert_true(r.confidence <= 43);
}

static void a_recipient_moves_it_by_six_marks_at_most(void **state)
{
	struct history h = { 0 };
	struct reputation r;

	(void)state;
	for (int i = 0; i < 150; i++)
		add_to(&h, CONDUCT_SALES, NOW - i * DAY, "ann@example.com");
	r = reputation_read(&h.record, true, &words, NOW);
	assert_true(r.evidence_sales > 5.9 && r.evidence_sales < 6.2);
	assert_int_equal(r.recipients, 1);
}

static void distinct_recipients_are_estimated(void **state)
{
	static const int counts[] = { 1, 2, 5, 10, 40, 100, 300, 1000, 5000, 20000, 100000 };

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct history h = { 0 };
		struct reputation r;

		for (int k = 0; k < counts[i]; k++) {
			char name[40];

			snprintf(name, sizeof name, "s%d@example.com", k);
			add_to(&h, CONDUCT_NEUTRAL, NOW, name);
			if (k % 3 == 0)
				add_to(&h, CONDUCT_NEUTRAL, NOW + DAY, name);
		}
		r = reputation_read(&h.record, true, &words, NOW);
		/* three standard errors of a sketch of 64 registers */
		if ((double)r.recipients < 0.61 * counts[i] - 1 || (double)r.recipients > 1.39 * counts[i] + 1)
			fail_msg("%d look like %lld", counts[i], (long long)r.recipients);
	}
}

static void more_evidence_never_points_the_other_way(void **state)
{
	static const struct { enum reputation_field field; bool sum, sales; } rows[] = {
		{ REP_ANSWERS, true, false }, { REP_OPTOUTS_IGNORED, true, true }, { REP_DECOYS, true, true },
		{ REP_SAID_SALES, false, true }, { REP_SAID_WANTED, false, false },
	};
	struct rng rng = { 9 };

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct history h = { 0 };
		struct record delta = { .stamp = NOW };
		struct reputation was, is;
		size_t row = rng_below(&rng, COUNT(rows));

		for (size_t n = rng_below(&rng, 30); n > 0; n--) {
			char name[40];

			snprintf(name, sizeof name, "r%zu@example.com", rng_below(&rng, 20));
			add_to(&h, (enum conduct)rng_below(&rng, 3), NOW - (int64_t)rng_below(&rng, 100) * DAY, name);
		}
		was = reputation_read(&h.record, true, &words, NOW);
		if (rows[row].sum)
			delta.at[rows[row].field].decayed = 1 + (double)rng_below(&rng, 20);
		else
			delta.at[rows[row].field].number = 1 + (int64_t)rng_below(&rng, 20);
		record_merge(&record_reputation, &h.record, &delta);
		is = reputation_read(&h.record, true, &words, NOW);
		if ((rows[row].sales ? is.sales < was.sales : is.sales > was.sales) || is.confidence < was.confidence)
			fail_msg("round %d: %d to %d", round, was.sales, is.sales);
	}
}

static void users_words_are_bounded(void **state)
{
	struct record one = { .stamp = NOW }, many = { .stamp = NOW };
	struct reputation r;

	(void)state;
	one.at[REP_SAID_SALES].number = 1;
	r = reputation_read(&one, true, &words, NOW);
	assert_true(r.sales == 80 && r.confidence == 43);
	many.at[REP_SAID_SALES].number = 1000;
	assert_true(reputation_read(&many, true, &words, NOW).evidence_sales < 15.01);
	many.at[REP_SAID_SALES].number = -4;
	assert_true(reputation_read(&many, true, &words, NOW).evidence_sales < 0.01);
}

static void an_administrators_figure_stands_until_the_next(void **state)
{
	struct store_key k = { { 'r' } };
	struct history h = { 0 };
	struct store_change first = reputation_set(&k, 90, 80, NOW), second = reputation_set(&k, 5, 100, NOW + 1),
		back = reputation_set(&k, -1, 0, NOW + 2);
	struct reputation r;

	(void)state;
	add(&h, CONDUCT_SALES, NOW);
	record_merge(&record_reputation, &h.record, &second.delta);
	record_merge(&record_reputation, &h.record, &first.delta);
	r = reputation_read(&h.record, true, &words, NOW + DAY);
	assert_true(r.set && r.sales == 5 && r.confidence == 100);
	record_merge(&record_reputation, &h.record, &back.delta);
	r = reputation_read(&h.record, true, &words, NOW);
	assert_true(!r.set && r.sales == 67);
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
		cmocka_unit_test(a_day_moves_it_by_three_marks_at_most),
		cmocka_unit_test(a_recipient_moves_it_by_six_marks_at_most),
		cmocka_unit_test(distinct_recipients_are_estimated),
		cmocka_unit_test(more_evidence_never_points_the_other_way),
		cmocka_unit_test(users_words_are_bounded),
		cmocka_unit_test(an_administrators_figure_stands_until_the_next),
		cmocka_unit_test(the_order_of_mails_does_not_matter),
		cmocka_unit_test(fates_are_counted),
	};

	return cmocka_run_group_tests_name("reputation", tests, NULL, NULL);
}
