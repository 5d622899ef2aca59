/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_DECIDE_VERDICT_H
#define ANTISALES_DECIDE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/decide/score.h"
#include "antisales/evidence/evidence.h"
#include "antisales/mail/txn.h"

/* What one recipient's policy says. */
struct rcpt_verdict {
	const struct address *recipient;
	const struct recipient_class *class;    /* NULL: the policy's own thresholds */
	int score;                              /* 0..100 */
	struct history_touch touch;             /* what the mail is to him */
	enum verdict_kind verdict;
	bool never_filtered;                    /* postmaster@ and the like */
};

/* Everything that was decided about one message, for headers, log, journal and explanation alike. */
struct decision {
	const struct policy *policy;
	const struct txn *txn;
	const struct facts *facts;              /* of the recipient whose verdict acts */
	const struct evidence *evidence;
	const struct score *score;              /* likewise */
	const struct rcpt_verdict *recipients;
	size_t count;
	enum verdict_kind verdict;              /* the mildest acts: a message is one for all */
	bool shadow;                            /* decided and written down, but not done */
	const char *id;                         /* names this decision in header, log and journal */
};

/* The verdict a score earns; a bounce is never refused or held. */
enum verdict_kind verdict_for(const struct thresholds *t, int score, bool null_sender);
/*
 * Judges for every recipient by the facts common to all and by its own history,
 * which may be NULL. A pure function.
 * Without recipients (a file checked without an envelope) the policy's own
 * thresholds speak.
 */
struct decide_in {
	const struct policy *policy;
	const struct txn *txn;
	const struct facts *facts;
	const struct evidence *evidence;
	const struct history *history;
	const char *id;
};
int decide(const struct decide_in *in, struct arena *a, struct decision *ret, struct err *reterr);

#endif
