/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include "antisales/base/alloc.h"

/* One suite for every backend that remembers. */

enum { NOW = 1767225600 };

struct fixture {
	char *dir;
	struct store *store;
};

static int open_any(void **state, const char *scheme)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->dir = folder_make();
	if (strcmp(scheme, "lmdb") == 0) {
		f->store = open_lmdb_at(f->dir, 4 * MIB, 64 * MIB);
	} else {
		struct store_conf c = { .url = "memory:" };
		struct err e = { 0 };

		assert_ok(store_open(&c, &f->store, &e), e);
	}
	*state = f;
	return 0;
}

static int open_memory(void **state)
{
	return open_any(state, "memory");
}

static int open_lmdb(void **state)
{
	return open_any(state, "lmdb");
}

static int close_any(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	folder_remove(f->dir);
	free(f);
	return 0;
}

static struct store *store_of(void **state)
{
	return ((struct fixture *)*state)->store;
}

static void an_empty_store_knows_nothing(void **state)
{
	assert_int_equal(mails_of(store_of(state), 1), 0);
	assert_int_equal(stats_of(store_of(state)).records, 0);
}

static void what_is_applied_is_read(void **state)
{
	struct store *s = store_of(state);
	struct store_key k = key_number(7);
	struct record r;
	struct err e = { 0 };
	bool found = false;

	apply_one_of(s, 7, NOW);
	assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
	assert_true(found);
	assert_true(r.stamp == NOW);
	assert_true(r.at[FIELD_FIRST_SEEN].number == NOW);
	assert_true(r.at[FIELD_MAILS].number == 1);
	assert_true(r.at[FIELD_SALES].decayed > 0.999 && r.at[FIELD_SALES].decayed < 1.001);
}

static void changes_of_a_key_are_merged(void **state)
{
	struct store *s = store_of(state);
	struct store_key k = key_number(7);
	struct record r;
	struct err e = { 0 };
	bool found;

	apply_one_of(s, 7, NOW + record_reputation.half_life);
	apply_one_of(s, 7, NOW);
	apply_one_of(s, 7, NOW);
	assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
	assert_true(r.at[FIELD_FIRST_SEEN].number == NOW);
	assert_true(r.at[FIELD_MAILS].number == 3);
	assert_true(r.at[FIELD_SALES].decayed > 1.999 && r.at[FIELD_SALES].decayed < 2.001);
	assert_true(r.stamp == NOW + record_reputation.half_life);
}

static void a_group_may_change_one_key_twice(void **state)
{
	struct store *s = store_of(state);
	struct store_change group[3] = { change_number(1, NOW), change_number(2, NOW), change_number(1, NOW) };
	struct err e = { 0 };

	assert_ok(s->ops->apply(s, group, 3, &e), e);
	assert_int_equal(mails_of(s, 1), 2);
	assert_int_equal(mails_of(s, 2), 1);
	assert_int_equal(stats_of(s).records, 2);
}

static void no_changes_and_no_keys_are_fine(void **state)
{
	struct store *s = store_of(state);
	struct store_change none = { 0 };
	struct record r;
	struct err e = { 0 };
	bool found;

	assert_ok(s->ops->apply(s, &none, 0, &e), e);
	assert_ok(s->ops->get(s, &none.key, 0, &r, &found, &e), e);
	assert_int_equal(stats_of(s).records, 0);
}

static void one_trip_answers_for_many_keys(void **state)
{
	enum { N = 50 };
	struct store *s = store_of(state);
	struct store_key keys[N];
	struct record got[N];
	bool found[N];
	struct err e = { 0 };

	for (uint64_t i = 0; i < N; i++) {
		keys[i] = key_number(i);
		if (i % 3 == 0)
			apply_one_of(s, i, NOW + (int64_t)i);
	}
	assert_ok(s->ops->get(s, keys, N, got, found, &e), e);
	for (size_t i = 0; i < N; i++)
		if (found[i] != (i % 3 == 0) || (found[i] && got[i].stamp != NOW + (int64_t)i))
			fail_msg("key %zu", i);
}

struct seen {
	unsigned char times[5000];
	size_t count, stop_at;
};

static bool note(const struct store_key *key, const struct record *r, void *arg)
{
	struct seen *seen = arg;
	uint64_t n;

	memcpy(&n, key->bytes + 9, sizeof n);
	if (n >= COUNT(seen->times) || r->at[FIELD_MAILS].number != 1)
		fail_msg("a record that nobody wrote: %llu", (unsigned long long)n);
	seen->times[n]++;
	return ++seen->count != seen->stop_at;
}

static void fill(struct store *s, uint64_t from, uint64_t to, int64_t now)
{
	static struct store_change group[500];
	struct err e = { 0 };

	while (from < to) {
		size_t n = 0;

		while (from < to && n < COUNT(group))
			group[n++] = change_number(from++, now);
		assert_ok(s->ops->apply(s, group, n, &e), e);
	}
}

static void five_thousand_records_are_scanned_once_each(void **state)
{
	static struct seen seen;
	struct store *s = store_of(state);
	struct err e = { 0 };

	memset(&seen, 0, sizeof seen);
	fill(s, 0, 5000, NOW);
	assert_int_equal(stats_of(s).records, 5000);
	assert_ok(s->ops->scan(s, '\0', note, &seen, &e), e);
	for (size_t i = 0; i < 5000; i++)
		if (seen.times[i] != 1)
			fail_msg("record %zu was visited %d times", i, seen.times[i]);
}

static void a_scan_visits_one_ledger_only(void **state)
{
	static struct seen seen;
	struct store *s = store_of(state);
	struct err e = { 0 };

	memset(&seen, 0, sizeof seen);
	fill(s, 0, 10, NOW);
	assert_ok(s->ops->scan(s, 'q', note, &seen, &e), e);
	assert_ok(s->ops->scan(s, 's', note, &seen, &e), e);
	assert_int_equal(seen.count, 0);
	assert_ok(s->ops->scan(s, 'r', note, &seen, &e), e);
	assert_int_equal(seen.count, 10);
}

static void a_scan_stops_when_told(void **state)
{
	static const size_t stops[] = { 1, 999, 1000, 1001 };
	static struct seen seen;
	struct store *s = store_of(state);
	struct err e = { 0 };

	fill(s, 0, 2500, NOW);
	for (size_t i = 0; i < COUNT(stops); i++) {
		memset(&seen, 0, sizeof seen);
		seen.stop_at = stops[i];
		assert_ok(s->ops->scan(s, '\0', note, &seen, &e), e);
		if (seen.count != stops[i])
			fail_msg("row %zu: %zu visits", i, seen.count);
	}
}

static size_t expire(struct store *s, int64_t now, size_t max)
{
	struct err e = { 0 };
	size_t removed = 99;

	assert_ok(s->ops->expire(s, now, max, &removed, &e), e);
	return removed;
}

static void records_go_when_their_retention_is_over(void **state)
{
	struct store *s = store_of(state);
	int64_t over = NOW + record_reputation.retention;

	fill(s, 0, 30, NOW);
	fill(s, 30, 60, NOW + 10 * DAY);
	assert_int_equal(expire(s, over - 1, 1000), 0);
	assert_int_equal(expire(s, over + 2 * DAY, 1000), 30);
	assert_int_equal(stats_of(s).records, 30);
	assert_int_equal(mails_of(s, 0), 0);
	assert_int_equal(mails_of(s, 30), 1);
	assert_int_equal(expire(s, over + 12 * DAY, 1000), 30);
	assert_int_equal(stats_of(s).records, 0);
}

static void expiry_goes_in_steps(void **state)
{
	struct store *s = store_of(state);
	int64_t over = NOW + record_reputation.retention + 2 * DAY;

	fill(s, 0, 25, NOW);
	assert_int_equal(expire(s, over, 0), 0);
	assert_int_equal(expire(s, over, 10), 10);
	assert_int_equal(expire(s, over, 10), 10);
	assert_int_equal(expire(s, over, 10), 5);
	assert_int_equal(expire(s, over, 10), 0);
}

static void a_new_mail_puts_expiry_off(void **state)
{
	struct store *s = store_of(state);

	apply_one_of(s, 1, NOW);
	apply_one_of(s, 1, NOW + 100 * DAY);
	assert_int_equal(expire(s, NOW + record_reputation.retention + 2 * DAY, 10), 0);
	assert_int_equal(mails_of(s, 1), 2);
	assert_int_equal(expire(s, NOW + record_reputation.retention + 102 * DAY, 10), 1);
}

static void what_was_removed_can_come_again(void **state)
{
	struct store *s = store_of(state);

	apply_one_of(s, 1, NOW);
	assert_int_equal(expire(s, NOW + record_reputation.retention + 2 * DAY, 10), 1);
	apply_one_of(s, 1, NOW + record_reputation.retention + 2 * DAY);
	assert_int_equal(mails_of(s, 1), 1);
	assert_int_equal(expire(s, NOW + record_reputation.retention + 2 * DAY, 10), 0);
}

/* Two stores, the same operations at random, the same contents. Times are whole days, the grain of expiry. */
struct twins {
	struct store *a, *b;
	struct rng rng;
	int64_t now;
};

static void twins_apply(struct twins *t)
{
	struct store_change group[5];
	size_t n = 1 + rng_below(&t->rng, COUNT(group));
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++)
		group[i] = change_number(rng_below(&t->rng, 200), t->now - DAY * (int64_t)rng_below(&t->rng, 50));
	assert_ok(t->a->ops->apply(t->a, group, n, &e), e);
	assert_ok(t->b->ops->apply(t->b, group, n, &e), e);
}

static void twins_get(struct twins *t)
{
	struct store_key keys[8];
	struct record got_a[8], got_b[8];
	bool found_a[8], found_b[8];
	struct err e = { 0 };

	memset(got_a, 0, sizeof got_a);
	memset(got_b, 0, sizeof got_b);
	for (size_t i = 0; i < 8; i++)
		keys[i] = key_number(rng_below(&t->rng, 250));
	assert_ok(t->a->ops->get(t->a, keys, 8, got_a, found_a, &e), e);
	assert_ok(t->b->ops->get(t->b, keys, 8, got_b, found_b, &e), e);
	for (size_t i = 0; i < 8; i++)
		if (found_a[i] != found_b[i] || (found_a[i] && memcmp(&got_a[i], &got_b[i], 8 + 8 * record_reputation.fields) != 0))
			fail_msg("the stores disagree about a record");
}

static void twins_expire(struct twins *t)
{
	t->now += DAY * (int64_t)rng_below(&t->rng, 60);
	assert_int_equal(expire(t->a, t->now, 1000), expire(t->b, t->now, 1000));
	assert_int_equal(stats_of(t->a).records, stats_of(t->b).records);
}

static void memory_and_lmdb_agree(void **state)
{
	static void (*const steps[])(struct twins *) = { twins_apply, twins_apply, twins_get, twins_get, twins_apply };
	struct store_conf c = { .url = "memory:" };
	struct twins t = { .a = store_of(state), .rng = { 77 }, .now = 20000 * DAY };
	struct err e = { 0 };

	assert_ok(store_open(&c, &t.b, &e), e);
	for (size_t i = 0; i < 1500; i++)
		(i % 40 == 39 ? twins_expire : steps[rng_below(&t.rng, COUNT(steps))])(&t);
	store_close(t.b);
}

static void lmdb_remembers_after_it_was_closed(void **state)
{
	struct fixture *f = *state;

	fill(f->store, 0, 100, NOW);
	store_close(f->store);
	f->store = open_lmdb_at(f->dir, 4 * MIB, 64 * MIB);
	assert_int_equal(stats_of(f->store).records, 100);
	assert_int_equal(mails_of(f->store, 99), 1);
}

static void a_store_for_reading_refuses_changes(void **state)
{
	static const char *const urls[] = { "memory:", NULL };
	struct fixture *f = *state;
	char lmdb_url[4200];

	fill(f->store, 0, 3, NOW);
	store_close(f->store);
	f->store = NULL;
	snprintf(lmdb_url, sizeof lmdb_url, "lmdb:%s", f->dir);
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct store_conf c = { .url = urls[i] == NULL ? lmdb_url : urls[i], .map_bytes = 4 * MIB,
			.map_max_bytes = 64 * MIB, .read_only = true };
		struct store_change change = change_number(1, NOW);
		struct err e = { 0 };
		size_t removed = 9;
		struct store *s;

		assert_ok(store_open(&c, &s, &e), e);
		assert_int_equal(s->ops->apply(s, &change, 1, &e), E_IO);
		assert_contains(e.text, "reading only");
		assert_int_equal(s->ops->expire(s, NOW * 2LL, 10, &removed, &e), E_IO);
		assert_int_equal(removed, 0);
		assert_int_equal(mails_of(s, 1), urls[i] == NULL ? 1 : 0);
		store_close(s);
	}
}

static void memory_applies_all_or_nothing(void **state)
{
	static struct store_change group[100];
	struct store *s = store_of(state);
	struct err e = { 0 };

	apply_one_of(s, 0, NOW);
	for (uint64_t i = 0; i < COUNT(group); i++)
		group[i] = change_number(i, NOW);
	alloc_fail_at(1);
	assert_int_equal(s->ops->apply(s, group, COUNT(group), &e), E_NOMEM);
	alloc_fail_at(0);
	assert_int_equal(stats_of(s).records, 1);
	assert_int_equal(mails_of(s, 0), 1);
}

static void unknown_schemes_are_refused(void **state)
{
	static const char *const urls[] = { "", "redis:", "lmd:/x", "LMDB:/x", "/var/lib/antisales", "memoryx:" };

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct store_conf c = { .url = urls[i] };
		struct store *s = NULL;
		struct err e = { 0 };

		if (store_open(&c, &s, &e) != E_SYNTAX || !contains(e.text, "unknown store"))
			fail_msg("row %zu: \"%s\" gave \"%s\"", i, urls[i], e.text);
	}
}

static void a_scheme_without_its_folder_is_an_error(void **state)
{
	static const char *const urls[] = { "lmdb", "lmdb:" };

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		char *exact = strdup(urls[i]);          /* so that a read behind its end is seen */
		struct store_conf c = { .url = exact, .map_bytes = MIB, .map_max_bytes = MIB };
		struct store *s = NULL;
		struct err e = { 0 };

		if (store_open(&c, &s, &e) >= 0)
			fail_msg("row %zu was opened", i);
		free(exact);
	}
}

static void keys_do_not_tell_and_do_not_collide(void **state)
{
	static const struct site_key one = { { 1 } }, two = { { 2 } };
	struct slice a[2] = { SLICE("ab"), SLICE("c") }, b[2] = { SLICE("a"), SLICE("bc") };
	struct store_key k = store_key_of(&record_reputation, &one, a, 2);
	struct store_key other = store_key_of(&record_reputation, &one, b, 2);
	struct store_key elsewhere = store_key_of(&record_reputation, &two, a, 2);
	struct store_key again = store_key_of(&record_reputation, &one, a, 2);

	(void)state;
	assert_int_equal(k.bytes[0], 'r');
	assert_memory_equal(&k, &again, sizeof k);
	assert_memory_not_equal(&k, &other, sizeof k);
	assert_memory_not_equal(&k, &elsewhere, sizeof k);
}

static void closing_nothing_is_fine(void **state)
{
	(void)state;
	store_close(NULL);
}

#define ON(backend, test) { #backend ": " #test, test, open_##backend, close_any, NULL }
#define BOTH(test) ON(memory, test), ON(lmdb, test)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(an_empty_store_knows_nothing),
		BOTH(what_is_applied_is_read),
		BOTH(changes_of_a_key_are_merged),
		BOTH(a_group_may_change_one_key_twice),
		BOTH(no_changes_and_no_keys_are_fine),
		BOTH(one_trip_answers_for_many_keys),
		BOTH(five_thousand_records_are_scanned_once_each),
		BOTH(a_scan_visits_one_ledger_only),
		BOTH(a_scan_stops_when_told),
		BOTH(records_go_when_their_retention_is_over),
		BOTH(expiry_goes_in_steps),
		BOTH(a_new_mail_puts_expiry_off),
		BOTH(what_was_removed_can_come_again),
		ON(lmdb, memory_and_lmdb_agree),
		ON(lmdb, lmdb_remembers_after_it_was_closed),
		ON(lmdb, a_store_for_reading_refuses_changes),
		ON(memory, memory_applies_all_or_nothing),
		cmocka_unit_test(unknown_schemes_are_refused),
		cmocka_unit_test(a_scheme_without_its_folder_is_an_error),
		cmocka_unit_test(keys_do_not_tell_and_do_not_collide),
		cmocka_unit_test(closing_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
