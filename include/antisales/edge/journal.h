/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_JOURNAL_H
#define ANTISALES_EDGE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/buf.h"
#include "antisales/base/err.h"
#include "antisales/base/hash.h"
#include "antisales/decide/verdict.h"

/*
 * One JSON line per decision: facts, findings, verdict, timing; never content,
 * and recipients only as keyed hashes unless the configuration says otherwise.
 * A thread of its own writes from a bounded queue, so no mail waits for a disk;
 * a file that was rotated away is noticed and opened anew.
 */
struct journal;

enum { JOURNAL_QUEUE = 1024, JOURNAL_LINE_MAX = 64 * 1024 };

struct journal_stats {
	uint64_t written, dropped;
};

/* Opens the file (O_APPEND, mode 0640) and starts the thread; signals must be blocked before. */
/* With a key each line is chained to the one before it (chain.h), whoever wrote that; it must be a JSON map. */
int journal_open(const char *path, const struct site_key *key, struct journal **ret, struct err *reterr);
/* Any thread, never blocks on I/O; a line that finds no room is dropped and counted. */
void journal_put(struct journal *j, struct slice line);
void journal_stats(struct journal *j, struct journal_stats *ret);
/* Waits until all lines are written, at most timeout_ms. */
void journal_flush(struct journal *j, unsigned timeout_ms);
/* Opens the file anew: for log rotation. */
void journal_reopen(struct journal *j);
void journal_close(struct journal *j);          /* writes what is queued; NULL-safe */

struct journal_entry {
	const struct decision *decision;
	struct slice queue_id;
	int64_t at;                     /* seconds */
	int64_t took_us;                /* time spent on judging */
	const struct site_key *site;
	bool plain_recipients;
	struct slice sha256;            /* of the message, see message_hash.h; absent when nobody asked for it */
};
/* As what a recipient stands in the line, unless recipients are plain; into out[JOURNAL_HASH_TEXT], returns out. */
enum { JOURNAL_HASH_TEXT = 33 };
char *journal_recipient(const struct site_key *site, struct slice spec, char *out);
/* The line without line feed, appended to out. */
void journal_line(const struct journal_entry *e, struct buf *out);

/* What somebody changed in the store by hand. Absent slices are left out. */
struct journal_change {
	const char *change;             /* the command: "reputation set" */
	struct slice by;                /* the login name of who did it */
	int64_t at;                     /* seconds */
	int64_t as_of;                  /* the time that was told with --at; 0 for none */
	struct slice store;             /* the one that was named with --store */
	struct slice about, other;      /* of a join or a split, the other side */
	bool set;                       /* sales and confidence are the new figures; sales < 0 takes them back */
	int sales, confidence;
	struct slice said, user;        /* a user's word about a mail */
	struct slice level;             /* of a relationship, the new one */
	const struct site_key *site;
	bool plain_users;
};
/* Told apart from a decision by its key "change". Without line feed, appended to out. */
void journal_change_line(const struct journal_change *c, struct buf *out);
/* Appends one line, without its line feed, to the file (O_APPEND, mode 0640) and chains it: for other processes. */
int journal_append(const char *path, const struct site_key *key, struct slice line, struct err *reterr);

#endif
