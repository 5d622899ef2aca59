/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_JOURNAL_READ_H
#define CLI_JOURNAL_READ_H

#include <stdint.h>

#include "antisales/edge/chain.h"
#include "antisales/policy/config.h"

struct journal_place {
	const char *file;
	uint64_t line;                  /* of the file, from 1 */
	uint64_t nth;                   /* of all files, from 1 */
};

/* Reads a journal, rotated files first, and checks its chain on the way; begins as { .key, .find, .line, .arg }. */
struct journal_reader {
	struct site_key key;
	/* Something is wrong there. */
	void (*find)(const struct journal_place *at, const char *text, void *arg);
	/* Each whole line, with its link; NULL when nobody asks. */
	void (*line)(const struct journal_place *at, struct slice line, enum chain_finding f, const struct chain_link *link,
	    void *arg);
	void *arg;
	struct journal_place at;
	struct chain_link last;         /* number 0: nothing was read yet */
	bool any;
	uint64_t unchained, findings;
};

/* The key of the journal's chain, which lies in the state folder. */
int journal_key(const struct config *c, struct site_key *ret, struct err *reterr);
int journal_read(struct journal_reader *r, const char *path, struct err *reterr);
/* After the live journal: it has to go as far as is noted beside it. */
void journal_read_end(struct journal_reader *r, const char *path);

#endif
