/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_STORE_WRITER_H
#define ANTISALES_STORE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/store/store.h"

/*
 * The one thread that changes the store. Callers leave their changes in a
 * bounded queue and go on: no mail waits for a disk. The thread commits groups
 * of changes every 200 ms or 500 changes, so a crash loses at most the last
 * group. When the queue is full the new change is dropped and counted; when the
 * store fails the group is dropped and counted, and the next try waits longer,
 * up to 60 s. Every 60 s it removes what expired, in steps with pauses for the
 * groups, until nothing more is due.
 */
struct writer;

enum { WRITER_QUEUE = 10000, WRITER_GROUP = 500, WRITER_WAIT_MS = 200, WRITER_EXPIRE_SECONDS = 60 };

struct writer_stats {
	uint64_t queued, committed, dropped_full, dropped_failed, groups, expired;
	size_t waiting;
	char last_error[200];           /* "" when the last commit went well */
};

/* Starts the thread; signals must be blocked before. now() tells the wall clock in seconds, for expiry. */
int writer_start(struct store *s, int64_t (*now)(void), struct writer **ret, struct err *reterr);
/* Any thread; never blocks on I/O. Takes all changes or none; false when they were dropped. */
bool writer_put(struct writer *w, const struct store_change *changes, size_t n);
/* Waits until everything queued before has been tried, at most timeout_ms. false on time-out. */
bool writer_flush(struct writer *w, unsigned timeout_ms);
void writer_stats(struct writer *w, struct writer_stats *ret);
/* Commits what is queued, ends the thread, frees. NULL-safe. The store stays open. */
void writer_stop(struct writer *w);

#endif
