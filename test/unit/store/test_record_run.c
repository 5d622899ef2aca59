/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/store/record.h"

/* Sets of times with marks, and runs of which the later wins as a whole: all on the sequence's record. */

static const struct record_type *const type = &record_sequence;

enum { OLDER = 1, TOUCH = 2, TOUCHES = 24, CHANNEL_AT = 27, CHANNEL = 28 };

static void add(struct record *r, int64_t time, uint64_t mark)
{
	struct record delta = { .stamp = time };

	delta.at[TOUCH].number = latest_entry(time, mark);
	record_merge(type, r, &delta);
}

static struct record some_set(struct rng *rng, size_t n, unsigned marks)
{
	struct record r = { 0 };

	for (size_t i = 0; i < n; i++)
		add(&r, 1000 + (int64_t)rng_below(rng, 5000), rng_below(rng, marks));
	return r;
}

static bool same_sets(const struct record *a, const struct record *b)
{
	for (size_t i = TOUCH; i < TOUCH + TOUCHES; i++)
		if (a->at[i].number != b->at[i].number)
			return false;
	return true;
}

static void a_mark_keeps_its_latest_time(void **state)
{
	struct record r = { 0 };

	(void)state;
	add(&r, 100, 7);
	add(&r, 300, 7);
	add(&r, 200, 7);
	add(&r, 250, 8);
	assert_int_equal(latest_time(r.at[TOUCH].number), 300);
	assert_int_equal(latest_mark(r.at[TOUCH].number), 7);
	assert_int_equal(latest_time(r.at[TOUCH + 1].number), 250);
	assert_int_equal(r.at[TOUCH + 2].number, 0);
	assert_int_equal(r.at[OLDER].number, 0);
}

static void a_full_set_keeps_its_latest_times_and_counts_the_rest(void **state)
{
	struct record r = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		add(&r, 1000 + (i * 37) % 100, i);
	for (int i = 0; i < TOUCHES; i++)
		assert_int_equal(latest_time(r.at[TOUCH + i].number), 1099 - i);
	assert_int_equal(r.at[OLDER].number, 100 - TOUCHES);
}

static void sets_commute_and_associate(void **state)
{
	struct rng rng = { 7 };

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		unsigned marks = 10 + (unsigned)rng_below(&rng, 60);
		struct record a = some_set(&rng, rng_below(&rng, 40), marks), b = some_set(&rng, rng_below(&rng, 40), marks);
		struct record c = some_set(&rng, rng_below(&rng, 40), marks), ab = a, ba = b, bc = b, abc = a;

		record_merge(type, &ab, &b);
		record_merge(type, &ba, &a);
		record_merge(type, &bc, &c);
		record_merge(type, &abc, &bc);
		if (!same_sets(&ab, &ba) || ab.at[OLDER].number != ba.at[OLDER].number)
			fail_msg("pair %zu depends on the order", i);
		record_merge(type, &ab, &c);
		if (!same_sets(&ab, &abc))
			fail_msg("triple %zu depends on the grouping", i);
	}
}

/* As long as no mark comes twice nothing is counted twice, however the streams are divided. */
static void every_touch_is_counted_once(void **state)
{
	struct rng rng = { 8 };

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		struct record parts[3] = { { 0 }, { 0 }, { 0 } };
		unsigned n = (unsigned)rng_below(&rng, 120);
		size_t count = 0;

		for (unsigned k = 0; k < n; k++)
			add(&parts[rng_below(&rng, 3)], 1000 + (int64_t)rng_below(&rng, 5000), k);
		record_merge(type, &parts[1], &parts[2]);
		record_merge(type, &parts[0], &parts[1]);
		for (size_t k = TOUCH; k < TOUCH + TOUCHES; k++)
			count += parts[0].at[k].number != 0;
		if (count + (size_t)parts[0].at[OLDER].number != n)
			fail_msg("round %zu: %zu and %lld of %u", i, count, (long long)parts[0].at[OLDER].number, n);
	}
}

static void the_later_run_wins_as_a_whole(void **state)
{
	static const struct { int64_t at, value, other_at, other, want; } rows[] = {
		{ 0, 0, 10, 1, 1 }, { 10, 1, 20, 2, 2 }, { 20, 2, 10, 1, 2 }, { 10, 9, 10, 3, 9 }, { 10, 3, 10, 9, 9 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record a = { 0 }, b = { 0 };

		a.at[CHANNEL_AT].number = rows[i].at;
		a.at[CHANNEL].number = a.at[CHANNEL + 3].number = rows[i].value;
		b.at[CHANNEL_AT].number = rows[i].other_at;
		b.at[CHANNEL].number = b.at[CHANNEL + 3].number = rows[i].other;
		record_merge(type, &a, &b);
		if (a.at[CHANNEL].number != rows[i].want || a.at[CHANNEL + 3].number != rows[i].want)
			fail_msg("row %zu: %lld, %lld", i, (long long)a.at[CHANNEL].number, (long long)a.at[CHANNEL + 3].number);
	}
}

static void a_set_comes_back_from_its_bytes(void **state)
{
	struct rng rng = { 9 };
	unsigned char raw[RECORD_BYTES_MAX];
	struct record in = some_set(&rng, 60, 1000), out;

	(void)state;
	assert_true(record_decode(type, (struct slice){ (char *)raw, record_encode(type, &in, raw) }, &out));
	assert_true(same_sets(&in, &out));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_keeps_its_latest_time),
		cmocka_unit_test(a_full_set_keeps_its_latest_times_and_counts_the_rest),
		cmocka_unit_test(sets_commute_and_associate),
		cmocka_unit_test(every_touch_is_counted_once),
		cmocka_unit_test(the_later_run_wins_as_a_whole),
		cmocka_unit_test(a_set_comes_back_from_its_bytes),
	};

	return cmocka_run_group_tests_name("record_run", tests, NULL, NULL);
}
