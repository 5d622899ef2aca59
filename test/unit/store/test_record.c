/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <math.h>

#include "antisales/store/record.h"

enum { FIRST_SEEN, MAILS, SALES, CLEAN };

static const struct record_type *const type = &record_reputation;

static struct record some_record(struct rng *r)
{
	struct record rec = { .stamp = (int64_t)rng_below(r, 2000000000) };

	for (size_t i = 0; i < type->fields; i++) {
		if (type->field[i].rule == FIELD_DECAY)
			rec.at[i].decayed = (double)rng_below(r, 100000) / 64.0;
		else
			rec.at[i].number = (int64_t)rng_below(r, 1000000000);
	}
	return rec;
}

static bool same(const struct record *a, const struct record *b, double slack)
{
	bool equal = a->stamp == b->stamp;

	for (size_t i = 0; i < type->fields; i++) {
		if (type->field[i].rule == FIELD_DECAY)
			equal = equal && fabs(a->at[i].decayed - b->at[i].decayed) <= slack * (1 + fabs(a->at[i].decayed));
		else
			equal = equal && a->at[i].number == b->at[i].number;
	}
	return equal;
}

static void types_are_found_by_tag(void **state)
{
	(void)state;
	assert_ptr_equal(record_type_of('r'), &record_reputation);
	assert_null(record_type_of('\0'));
	assert_null(record_type_of('?'));
}

static void what_is_encoded_is_decoded(void **state)
{
	struct rng r = { 1 };
	unsigned char raw[RECORD_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		struct record in = some_record(&r), out;
		size_t n = record_encode(type, &in, raw);

		if (!record_decode(type, (struct slice){ (char *)raw, n }, &out) || !same(&in, &out, 0))
			fail_msg("record %zu does not come back", i);
	}
}

static void encoding_is_fixed_little_endian(void **state)
{
	struct record rec = { .stamp = 0x0102030405060708 };
	unsigned char raw[RECORD_BYTES_MAX];
	size_t n = record_encode(type, &rec, raw);

	(void)state;
	assert_int_equal(n, 24);
	assert_int_equal(raw[0], type->version);
	assert_int_equal(raw[1], type->fields);
	assert_int_equal(raw[8], 0x08);
	assert_int_equal(raw[15], 0x01);
	rec.at[MAILS].number = 0x11;
	assert_int_equal(record_encode(type, &rec, raw), 32);
	assert_int_equal(raw[16], 1 << MAILS);
	assert_int_equal(raw[24], 0x11);
}

static void every_flipped_bit_is_noticed(void **state)
{
	struct rng r = { 2 };
	struct record in = some_record(&r), out;
	unsigned char raw[RECORD_BYTES_MAX];
	size_t n = record_encode(type, &in, raw);

	(void)state;
	for (size_t bit = 0; bit < 8 * n; bit++) {
		raw[bit / 8] ^= (unsigned char)(1U << bit % 8);
		if (record_decode(type, (struct slice){ (char *)raw, n }, &out))
			fail_msg("bit %zu may flip unnoticed", bit);
		raw[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
}

static void wrong_lengths_are_refused(void **state)
{
	struct record in = { .stamp = 1 }, out;
	unsigned char raw[RECORD_BYTES_MAX + 8] = { 0 };
	size_t n = record_encode(type, &in, raw);

	(void)state;
	for (size_t len = 0; len <= n + 8; len++)
		assert_int_equal(record_decode(type, (struct slice){ (char *)raw, len }, &out), len == n);
}

static void sums_that_make_no_sense_are_refused(void **state)
{
	static const double bad[] = { -1.0, -1e-300, (double)NAN, (double)INFINITY, -(double)INFINITY };
	unsigned char raw[RECORD_BYTES_MAX];
	struct record out;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct record in = { .stamp = 1 };

		in.at[SALES].decayed = bad[i];
		if (record_decode(type, (struct slice){ (char *)raw, record_encode(type, &in, raw) }, &out))
			fail_msg("row %zu: %g was accepted", i, bad[i]);
	}
}

static void refused_bytes_leave_the_result_alone(void **state)
{
	struct record out = { .stamp = 42 };

	(void)state;
	assert_false(record_decode(type, SLICE("no record"), &out));
	assert_int_equal(out.stamp, 42);
}

static void merging_commutes(void **state)
{
	struct rng r = { 3 };

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		struct record a = some_record(&r), b = some_record(&r), ab = a, ba = b;

		record_merge(type, &ab, &b);
		record_merge(type, &ba, &a);
		if (!same(&ab, &ba, 1e-12))
			fail_msg("pair %zu depends on the order", i);
	}
}

static void merging_associates(void **state)
{
	struct rng r = { 4 };

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		struct record a = some_record(&r), b = some_record(&r), c = some_record(&r);
		struct record left = a, right = b, all = a;

		record_merge(type, &left, &b);
		record_merge(type, &left, &c);
		record_merge(type, &right, &c);
		record_merge(type, &all, &right);
		if (!same(&left, &all, 1e-9))
			fail_msg("triple %zu depends on the grouping", i);
	}
}

static void merging_into_nothing_changes_nothing(void **state)
{
	struct rng r = { 5 };
	struct record a = some_record(&r), none = { 0 };

	(void)state;
	record_merge(type, &none, &a);
	assert_true(same(&none, &a, 0));
}

static void the_first_time_seen_is_the_smallest(void **state)
{
	static const struct { int64_t a, b, want; } rows[] = { { 0, 5, 5 }, { 5, 0, 5 }, { 7, 5, 5 }, { 5, 7, 5 }, { 0, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record a = { 0 }, b = { 0 };

		a.at[FIRST_SEEN].number = rows[i].a;
		b.at[FIRST_SEEN].number = rows[i].b;
		record_merge(type, &a, &b);
		if (a.at[FIRST_SEEN].number != rows[i].want)
			fail_msg("row %zu: %lld", i, (long long)a.at[FIRST_SEEN].number);
	}
}

static void sums_stop_at_the_end_of_numbers(void **state)
{
	struct record a = { 0 }, b = { 0 };

	(void)state;
	a.at[MAILS].number = INT64_MAX - 1;
	b.at[MAILS].number = 5;
	record_merge(type, &a, &b);
	assert_true(a.at[MAILS].number == INT64_MAX);
}

static void a_sum_halves_every_half_life(void **state)
{
	static const struct { int64_t half_lives; double want; } rows[] = { { 0, 8 }, { 1, 4 }, { 2, 2 }, { 3, 1 }, { -1, 8 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t to = 1000 + rows[i].half_lives * type->half_life;
		double got = record_decay(type, 8, 1000, to);

		if (fabs(got - rows[i].want) > 1e-12)
			fail_msg("row %zu: %g", i, got);
	}
}

static void an_old_delta_counts_as_much_as_is_left_of_it(void **state)
{
	struct record young = { .stamp = 2 * type->half_life }, old = { .stamp = type->half_life };

	(void)state;
	young.at[SALES].decayed = 1;
	old.at[SALES].decayed = 1;
	record_merge(type, &young, &old);
	assert_true(fabs(young.at[SALES].decayed - 1.5) < 1e-12);
	assert_true(young.stamp == 2 * type->half_life);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_found_by_tag),
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(encoding_is_fixed_little_endian),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(wrong_lengths_are_refused),
		cmocka_unit_test(sums_that_make_no_sense_are_refused),
		cmocka_unit_test(refused_bytes_leave_the_result_alone),
		cmocka_unit_test(merging_commutes),
		cmocka_unit_test(merging_associates),
		cmocka_unit_test(merging_into_nothing_changes_nothing),
		cmocka_unit_test(the_first_time_seen_is_the_smallest),
		cmocka_unit_test(sums_stop_at_the_end_of_numbers),
		cmocka_unit_test(a_sum_halves_every_half_life),
		cmocka_unit_test(an_old_delta_counts_as_much_as_is_left_of_it),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
