/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include <pthread.h>
#include <stdatomic.h>

#include "antisales/store/writer.h"

/* A store whose apply waits at a gate, or fails, as a test wants. */
struct fake {
	struct store store;
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool shut, failing;
	size_t applies, applied, largest, expires;
	size_t due;                     /* records that expire when they are asked to */
	size_t step;                    /* so many were asked for at last */
	useconds_t step_us;             /* it takes that long */
};

static int fake_apply(struct store *s, const struct store_change *changes, size_t n, struct err *reterr)
{
	struct fake *f = (struct fake *)s;
	bool failing;

	(void)changes;
	pthread_mutex_lock(&f->lock);
	f->applies++;
	while (f->shut)
		pthread_cond_wait(&f->opened, &f->lock);
	failing = f->failing;
	if (!failing)
		f->applied += n;
	if (n > f->largest)
		f->largest = n;
	pthread_mutex_unlock(&f->lock);
	return failing ? err_set(reterr, E_IO, "no space on device") : E_OK;
}

static int fake_expire(struct store *s, int64_t now, size_t max, size_t *ret_removed, struct err *reterr)
{
	struct fake *f = (struct fake *)s;

	useconds_t step_us;
	bool failing;

	(void)now;
	pthread_mutex_lock(&f->lock);
	step_us = f->step_us;
	pthread_mutex_unlock(&f->lock);
	usleep(step_us);
	pthread_mutex_lock(&f->lock);
	f->expires++;
	f->step = max;
	failing = f->failing;
	*ret_removed = failing ? 0 : f->due < max ? f->due : max;
	f->due -= *ret_removed;
	pthread_mutex_unlock(&f->lock);
	return failing ? err_set(reterr, E_IO, "no space on device") : E_OK;
}

static const struct store_ops fake_ops = { .name = "fake", .apply = fake_apply, .expire = fake_expire };

static void fake_init(struct fake *f)
{
	*f = (struct fake){ .store = { &fake_ops } };
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->opened, NULL);
}

static void fake_set(struct fake *f, bool shut, bool failing)
{
	pthread_mutex_lock(&f->lock);
	f->shut = shut;
	f->failing = failing;
	pthread_cond_broadcast(&f->opened);
	pthread_mutex_unlock(&f->lock);
}

static size_t fake_applies(struct fake *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->applies;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static size_t fake_expires(struct fake *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->expires;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static void fake_done(struct fake *f)
{
	pthread_cond_destroy(&f->opened);
	pthread_mutex_destroy(&f->lock);
}

static int64_t noon(void)
{
	return 1767225600;
}

static struct writer *start(struct store *s, int64_t (*now)(void))
{
	struct writer *w = NULL;
	struct err e = { 0 };

	assert_ok(writer_start(s, now, &w, &e), e);
	return w;
}

static struct writer_stats stats(struct writer *w)
{
	struct writer_stats st;

	writer_stats(w, &st);
	return st;
}

static bool put_one(struct writer *w, uint64_t n)
{
	struct store_change c = change_number(n, noon());

	return writer_put(w, &c, 1);
}

static struct store *memory(void)
{
	struct store_conf c = { .url = "memory:" };
	struct store *s = NULL;
	struct err e = { 0 };

	assert_ok(store_open(&c, &s, &e), e);
	return s;
}

static void changes_are_committed_as_a_group(void **state)
{
	struct fake f;
	struct writer *w;

	(void)state;
	fake_init(&f);
	w = start(&f.store, noon);
	for (uint64_t i = 0; i < 20; i++)
		assert_true(put_one(w, i));
	assert_true(writer_flush(w, 5000));
	assert_int_equal(stats(w).queued, 20);
	assert_int_equal(stats(w).committed, 20);
	assert_in_range(stats(w).groups, 1, 3);
	assert_int_equal(stats(w).waiting, 0);
	writer_stop(w);
	fake_done(&f);
}

static void a_group_is_bounded(void **state)
{
	struct fake f;
	struct writer *w;

	(void)state;
	fake_init(&f);
	fake_set(&f, true, false);
	w = start(&f.store, noon);
	for (uint64_t i = 0; i < 3 * WRITER_GROUP; i++)
		assert_true(put_one(w, i));
	fake_set(&f, false, false);
	assert_true(writer_flush(w, 5000));
	assert_int_equal(f.applied, 3 * WRITER_GROUP);
	assert_in_range(f.largest, 1, WRITER_GROUP);
	writer_stop(w);
	fake_done(&f);
}

static void without_a_flush_it_commits_by_itself(void **state)
{
	struct store *s = memory();
	struct writer *w = start(s, noon);
	int64_t begun = mono_ms();

	(void)state;
	put_one(w, 1);
	while (stats(w).committed == 0 && mono_ms() - begun < 5000)
		usleep(10000);
	assert_int_equal(mails_of(s, 1), 1);
	writer_stop(w);
	store_close(s);
}

static void stopping_commits_what_is_queued(void **state)
{
	struct store *s = memory();
	struct writer *w = start(s, noon);

	(void)state;
	for (uint64_t i = 0; i < 700; i++)
		put_one(w, i);
	writer_stop(w);
	assert_int_equal(stats_of(s).records, 700);
	store_close(s);
}

static void a_full_queue_drops_and_counts_and_never_waits(void **state)
{
	struct fake f;
	struct writer *w;
	int64_t begun;
	size_t kept = 0;

	(void)state;
	fake_init(&f);
	fake_set(&f, true, false);
	w = start(&f.store, noon);
	begun = mono_ms();
	for (uint64_t i = 0; i < WRITER_QUEUE + 2000; i++)
		kept += put_one(w, i);
	assert_true(mono_ms() - begun < 2000);
	assert_in_range(kept, WRITER_QUEUE, WRITER_QUEUE + WRITER_GROUP);
	assert_int_equal(stats(w).dropped_full, WRITER_QUEUE + 2000 - kept);
	fake_set(&f, false, false);
	assert_true(writer_flush(w, 5000));
	assert_int_equal(stats(w).committed, kept);
	writer_stop(w);
	fake_done(&f);
}

static void a_message_that_does_not_fit_whole_is_dropped_whole(void **state)
{
	static struct store_change many[WRITER_QUEUE + 1];
	struct fake f;
	struct writer *w;

	(void)state;
	fake_init(&f);
	w = start(&f.store, noon);
	assert_false(writer_put(w, many, COUNT(many)));
	assert_int_equal(stats(w).waiting, 0);
	assert_int_equal(stats(w).dropped_full, COUNT(many));
	writer_stop(w);
	assert_int_equal(f.applied, 0);
	fake_done(&f);
}

static void a_put_returns_at_once_while_the_disk_stalls(void **state)
{
	struct fake f;
	struct writer *w;
	int64_t begun;

	(void)state;
	fake_init(&f);
	fake_set(&f, true, false);
	w = start(&f.store, noon);
	for (uint64_t i = 0; i < WRITER_GROUP; i++)
		put_one(w, i);
	begun = mono_ms();
	while (fake_applies(&f) == 0 && mono_ms() - begun < 5000)
		usleep(1000);
	begun = mono_ms();
	assert_true(put_one(w, 1));
	assert_true(mono_ms() - begun < 500);
	fake_set(&f, false, false);
	writer_stop(w);
	fake_done(&f);
}

static void a_flush_gives_up_in_time(void **state)
{
	struct fake f;
	struct writer *w;
	int64_t begun = mono_ms();

	(void)state;
	fake_init(&f);
	fake_set(&f, true, false);
	w = start(&f.store, noon);
	put_one(w, 1);
	assert_false(writer_flush(w, 50));
	assert_true(mono_ms() - begun < 5000);
	fake_set(&f, false, false);
	assert_true(writer_flush(w, 5000));
	writer_stop(w);
	fake_done(&f);
}

static void a_failing_store_loses_the_group_and_says_why(void **state)
{
	struct fake f;
	struct writer *w;

	(void)state;
	fake_init(&f);
	fake_set(&f, false, true);
	w = start(&f.store, noon);
	put_one(w, 1);
	assert_true(writer_flush(w, 5000));
	assert_int_equal(stats(w).dropped_failed, 1);
	assert_int_equal(stats(w).committed, 0);
	assert_string_equal(stats(w).last_error, "no space on device");
	fake_set(&f, false, false);
	put_one(w, 2);
	assert_true(writer_flush(w, 5000));
	assert_int_equal(stats(w).committed, 1);
	assert_string_equal(stats(w).last_error, "");
	writer_stop(w);
	fake_done(&f);
}

static void after_a_failure_it_pauses(void **state)
{
	struct fake f;
	struct writer *w;
	int64_t begun;

	(void)state;
	fake_init(&f);
	fake_set(&f, false, true);
	w = start(&f.store, noon);
	for (uint64_t i = 0; i < 8 * WRITER_GROUP; i++)
		put_one(w, i);
	begun = mono_ms();
	while (fake_applies(&f) == 0 && mono_ms() - begun < 5000)
		usleep(1000);
	usleep(400000);
	/* the first pause is a second: eight groups must not have been thrown at a dead disk meanwhile */
	assert_in_range(fake_applies(&f), 1, 2);
	writer_stop(w);
	fake_done(&f);
}

static _Atomic int64_t fake_time;

static int64_t shifted(void)
{
	return atomic_load(&fake_time);
}

/* A writer to which, once so many records are due, a minute passes. */
static struct writer *start_with_due(struct fake *f, size_t due)
{
	struct writer *w;

	fake_init(f);
	f->due = due;
	atomic_store(&fake_time, 1000);
	w = start(&f->store, shifted);
	assert_true(writer_flush(w, 5000));
	assert_int_equal(stats(w).expired, 0);
	atomic_store(&fake_time, 1000 + WRITER_EXPIRE_SECONDS);
	return w;
}

static void wait_expired(struct writer *w, uint64_t count)
{
	int64_t begun = mono_ms();

	while (stats(w).expired < count && mono_ms() - begun < 5000)
		usleep(10000);
	assert_true(stats(w).expired >= count);
}

static void old_records_are_expired_every_minute(void **state)
{
	struct fake f;
	struct writer *w = start_with_due(&f, 3);

	(void)state;
	wait_expired(w, 3);
	assert_int_equal(stats(w).expired, 3);
	writer_stop(w);
	assert_int_equal(f.expires, 1);
	fake_done(&f);
}

static void expiry_goes_on_until_nothing_is_due(void **state)
{
	struct fake f;
	struct writer *w = start_with_due(&f, 10 * 500 + 3);

	(void)state;
	wait_expired(w, 10 * 500 + 3);
	assert_int_equal(stats(w).expired, 10 * 500 + 3);
	usleep(300000);
	writer_stop(w);
	assert_in_range(f.expires, 11, 40);
	fake_done(&f);
}

static void between_steps_of_expiry_changes_are_committed(void **state)
{
	struct fake f;
	struct writer *w = start_with_due(&f, SIZE_MAX);
	int64_t begun;

	(void)state;
	wait_expired(w, 500);
	assert_true(put_one(w, 1));
	assert_true(writer_flush(w, 5000));
	assert_int_equal(stats(w).committed, 1);
	for (uint64_t i = 0; i < WRITER_GROUP; i++)
		put_one(w, i);
	begun = mono_ms();
	while (stats(w).committed < WRITER_GROUP + 1 && mono_ms() - begun < 5000)
		usleep(1000);
	assert_int_equal(stats(w).committed, WRITER_GROUP + 1);
	wait_expired(w, stats(w).expired + 500);
	writer_stop(w);
	assert_true(f.due > SIZE_MAX / 2);
	fake_done(&f);
}

/* Lets steps take so long, and waits until they are of a size. */
static bool steps_come_to(struct fake *f, useconds_t step_us, size_t least, size_t most)
{
	int64_t begun = mono_ms();
	bool reached = false;

	while (!reached && mono_ms() - begun < 5000) {
		pthread_mutex_lock(&f->lock);
		f->step_us = step_us;
		reached = f->step >= least && f->step <= most;
		pthread_mutex_unlock(&f->lock);
		usleep(5000);
	}
	return reached;
}

static void slow_expiry_takes_smaller_steps(void **state)
{
	struct fake f;
	struct writer *w = start_with_due(&f, SIZE_MAX);

	(void)state;
	assert_true(steps_come_to(&f, 0, 500, 500));
	assert_true(steps_come_to(&f, 60000, 1, 20));
	assert_true(steps_come_to(&f, 0, 500, 500));
	writer_stop(w);
	fake_done(&f);
}

static void expiry_that_fails_waits_for_the_next_minute(void **state)
{
	struct fake f;
	struct writer *w = start_with_due(&f, SIZE_MAX);
	size_t tried;

	(void)state;
	wait_expired(w, 500);
	fake_set(&f, false, true);
	usleep(600000);
	tried = fake_expires(&f);
	usleep(300000);
	assert_int_equal(fake_expires(&f), tried);
	writer_stop(w);
	fake_done(&f);
}

struct producer {
	pthread_t thread;
	struct writer *writer;
	uint64_t first;
	size_t kept;
};

static void *produce(void *arg)
{
	struct producer *p = arg;

	for (uint64_t i = 0; i < 2000; i++) {
		p->kept += put_one(p->writer, p->first + i % 50);
		if (i % 500 == 0)
			(void)stats(p->writer);
	}
	return NULL;
}

static void four_threads_lose_nothing(void **state)
{
	struct store *s = memory();
	struct writer *w = start(s, noon);
	struct producer all[4];
	int64_t mails = 0;
	size_t kept = 0;

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		all[i] = (struct producer){ .writer = w, .first = 30 * i };
		assert_int_equal(pthread_create(&all[i].thread, NULL, produce, &all[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(all[i].thread, NULL);
		kept += all[i].kept;
	}
	assert_true(writer_flush(w, 20000));
	for (uint64_t i = 0; i < 200; i++)
		mails += mails_of(s, i);
	assert_int_equal(mails, kept);
	assert_int_equal(stats(w).committed, kept);
	assert_int_equal(stats(w).dropped_full, 8000 - kept);
	writer_stop(w);
	store_close(s);
}

static void stopping_nothing_is_fine(void **state)
{
	(void)state;
	writer_stop(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_committed_as_a_group),
		cmocka_unit_test(a_group_is_bounded),
		cmocka_unit_test(without_a_flush_it_commits_by_itself),
		cmocka_unit_test(stopping_commits_what_is_queued),
		cmocka_unit_test(a_full_queue_drops_and_counts_and_never_waits),
		cmocka_unit_test(a_message_that_does_not_fit_whole_is_dropped_whole),
		cmocka_unit_test(a_put_returns_at_once_while_the_disk_stalls),
		cmocka_unit_test(a_flush_gives_up_in_time),
		cmocka_unit_test(a_failing_store_loses_the_group_and_says_why),
		cmocka_unit_test(after_a_failure_it_pauses),
		cmocka_unit_test(old_records_are_expired_every_minute),
		cmocka_unit_test(expiry_goes_on_until_nothing_is_due),
		cmocka_unit_test(between_steps_of_expiry_changes_are_committed),
		cmocka_unit_test(slow_expiry_takes_smaller_steps),
		cmocka_unit_test(expiry_that_fails_waits_for_the_next_minute),
		cmocka_unit_test(four_threads_lose_nothing),
		cmocka_unit_test(stopping_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
