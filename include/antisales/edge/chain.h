/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_CHAIN_H
#define ANTISALES_EDGE_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/buf.h"
#include "antisales/base/err.h"
#include "antisales/base/hash.h"

/*
 * What makes a journal evidence: each line carries its number, the chain of the
 * line before it, and a keyed hash over both and itself, its own chain. So a
 * line that was changed, removed or moved is found, over rotated files, too.
 * How far it goes is kept beside the journal, in PATH.chain, so that lines cut
 * off at its end are missed; the lock of that file keeps writers apart.
 */
enum { CHAIN_TEXT = 33 };
struct chain_link {
	uint64_t number;                /* 0: nothing was written yet */
	char chain[CHAIN_TEXT];
};

/* The line, a JSON map without line feed, with its link at its end; *ret is the new link. */
void chain_line(const struct site_key *key, const struct chain_link *before, struct slice line, struct buf *out,
    struct chain_link *ret);

enum chain_finding { CHAIN_GOOD, CHAIN_NONE /* the line has no link */, CHAIN_BAD /* it is not as it was written */ };
/* Reads the link of a line; *ret_before is the chain that it says it follows. */
enum chain_finding chain_read(const struct site_key *key, struct slice line, struct chain_link *ret,
    char ret_before[CHAIN_TEXT]);

/* PATH.chain, opened for writing and locked; until chain_unlock nobody else writes to the journal. */
int chain_lock(const char *journal, const struct site_key *key, int *ret_fd, struct chain_link *ret, struct err *reterr);
/* Notes how far the journal goes now; last may be NULL when nothing was written. */
void chain_unlock(const char *journal, int fd, const struct chain_link *last);
/* How far it should go; number 0 when nothing tells. */
struct chain_link chain_end(const char *journal);

#endif
