/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "antisales/base/alloc.h"
#include "antisales/base/clock.h"

enum { PAUSE_FIRST_MS = 1000, PAUSE_MAX_MS = 60000 };
/* A step of expiry: at most so many records, fewer where the disk needs longer for them than a group may wait. */
enum { EXPIRE_MOST = 500, EXPIRE_LEAST = 10, EXPIRE_STEP_MS = 50, EXPIRE_PAUSE_MS = 20 };

struct writer {
	struct store *store;
	int64_t (*now)(void);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct store_change *queue;     /* a ring */
	size_t head, count;
	bool committing, stopping, hurry;
	bool expiring;                  /* more may be due than one step removed */
	size_t expire_step;             /* records */
	struct writer_stats stats;
	unsigned pause_ms;              /* after a failure; 0 when all is well */
	struct store_change group[WRITER_GROUP];        /* the thread's own */
};

static struct timespec in_ms(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* Waits for a full group, a flush, the end, or the group's time. Holds the lock. */
static void wait_for_group(struct writer *w)
{
	struct timespec due = in_ms(w->pause_ms > 0 ? w->pause_ms : w->expiring ? EXPIRE_PAUSE_MS : WRITER_WAIT_MS);
	int rc = 0;

	while (rc == 0 && !w->stopping && !w->hurry && (w->count < WRITER_GROUP || w->pause_ms > 0))
		rc = pthread_cond_timedwait(&w->work, &w->lock, &due);
}

static size_t take_group(struct writer *w)
{
	size_t n = w->count < WRITER_GROUP ? w->count : WRITER_GROUP;

	for (size_t i = 0; i < n; i++)
		w->group[i] = w->queue[(w->head + i) % WRITER_QUEUE];
	w->head = (w->head + n) % WRITER_QUEUE;
	w->count -= n;
	return n;
}

/* Holds the lock on entry and on return, but not during the commit. */
static void commit_group(struct writer *w, size_t n)
{
	struct err err = { 0 };
	int rc;

	w->committing = true;
	pthread_mutex_unlock(&w->lock);
	rc = w->store->ops->apply(w->store, w->group, n, &err);
	pthread_mutex_lock(&w->lock);
	w->committing = false;
	w->stats.groups++;
	if (rc == E_OK) {
		w->stats.committed += n;
		w->stats.last_error[0] = '\0';
		w->pause_ms = 0;
		return;
	}
	w->stats.dropped_failed += n;
	memcpy(w->stats.last_error, err.text, sizeof w->stats.last_error - 1);
	w->pause_ms = w->pause_ms == 0 ? PAUSE_FIRST_MS : w->pause_ms * 2;
	if (w->pause_ms > PAUSE_MAX_MS)
		w->pause_ms = PAUSE_MAX_MS;
}

static size_t next_step(size_t step, int64_t took_us)
{
	if (took_us > EXPIRE_STEP_MS * 1000)
		return step / 2 > EXPIRE_LEAST ? step / 2 : EXPIRE_LEAST;
	return step * 2 < EXPIRE_MOST ? step * 2 : EXPIRE_MOST;
}

/* One step only: a group that came meanwhile goes first. Holds the lock, but not during the step. */
static void expire_step(struct writer *w)
{
	int64_t begun = clock_mono_us();
	size_t removed = 0;
	int rc;

	pthread_mutex_unlock(&w->lock);
	rc = w->store->ops->expire(w->store, w->now(), w->expire_step, &removed, NULL);
	pthread_mutex_lock(&w->lock);
	w->expiring = rc == E_OK && removed == w->expire_step;
	w->expire_step = next_step(w->expire_step, clock_mono_us() - begun);
	w->stats.expired += removed;
}

static void *run(void *arg)
{
	struct writer *w = arg;
	int64_t expired_at = w->now();

	pthread_mutex_lock(&w->lock);
	for (;;) {
		size_t n;

		wait_for_group(w);
		while ((n = take_group(w)) > 0) {
			commit_group(w, n);
			/* a sick store gets its pause, unless somebody waits for the end */
			if (w->pause_ms > 0 && !w->hurry && !w->stopping)
				break;
		}
		w->hurry = false;
		pthread_cond_broadcast(&w->idle);
		if (w->stopping)
			break;
		if (w->expiring || w->now() - expired_at >= WRITER_EXPIRE_SECONDS || w->now() < expired_at) {
			expire_step(w);
			expired_at = w->now();
		}
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void release(struct writer *w)
{
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->idle);
	pthread_mutex_destroy(&w->lock);
	free(w->queue);
	free(w);
}

int writer_start(struct store *s, int64_t (*now)(void), struct writer **ret, struct err *reterr)
{
	struct writer *w = alloc_zeroed(1, sizeof *w);
	pthread_condattr_t attr;

	if (w == NULL || (w->queue = alloc_zeroed(WRITER_QUEUE, sizeof *w->queue)) == NULL) {
		free(w);
		return err_set(reterr, E_NOMEM, "no memory for the store's queue");
	}
	w->store = s;
	w->now = now;
	w->expire_step = EXPIRE_MOST;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &attr);
	pthread_cond_init(&w->idle, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		release(w);
		return err_set(reterr, E_BUSY, "cannot start the store's writer thread");
	}
	*ret = w;
	return E_OK;
}

bool writer_put(struct writer *w, const struct store_change *changes, size_t n)
{
	bool fits;

	pthread_mutex_lock(&w->lock);
	fits = n <= WRITER_QUEUE - w->count;
	for (size_t i = 0; fits && i < n; i++)
		w->queue[(w->head + w->count + i) % WRITER_QUEUE] = changes[i];
	if (fits) {
		w->count += n;
		w->stats.queued += n;
	} else {
		w->stats.dropped_full += n;
	}
	if (w->count >= WRITER_GROUP)
		pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	return fits;
}

bool writer_flush(struct writer *w, unsigned timeout_ms)
{
	struct timespec due = in_ms(timeout_ms);
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	w->hurry = true;
	pthread_cond_signal(&w->work);
	while (rc == 0 && (w->count > 0 || w->committing || w->hurry))
		rc = pthread_cond_timedwait(&w->idle, &w->lock, &due);
	pthread_mutex_unlock(&w->lock);
	return rc == 0;
}

void writer_stats(struct writer *w, struct writer_stats *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	ret->waiting = w->count;
	pthread_mutex_unlock(&w->lock);
}

void writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	release(w);
}
