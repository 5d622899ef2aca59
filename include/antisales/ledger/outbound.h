/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_OUTBOUND_H
#define ANTISALES_LEDGER_OUTBOUND_H

#include <stddef.h>

#include "antisales/base/err.h"
#include "antisales/ledger/history.h"

/*
 * What is learned from a mail that one of us sends: to whom we write, whom we
 * bring together, under which id they may answer. Programs, mailings, refusals
 * and people who want to be taken off a list begin no relationship.
 */
struct outbound {
	const struct site_key *site;
	const struct policy *policy;
	const struct txn *txn;          /* sealed */
	const struct slice *domains;    /* of our own; none: the sender's */
	size_t domains_count;
	const char *delimiters;         /* of address extensions */
};

/* More recipients make a mailing, which tells nothing of anybody. */
enum { OUTBOUND_RECIPIENTS_MAX = 50 };

/* Reads the store once. The changes live in the arena; there may be none. */
int outbound_learn(struct store *s, const struct outbound *o, struct arena *a, const struct store_change **ret,
    size_t *ret_count, struct err *reterr);

/* True when the domain is one of ours, or below it. also: one more, absent for none. */
bool is_our_domain(const struct slice *domains, size_t count, struct slice also, struct slice domain);

/*
 * Whom a mail brings together with its recipients: the parties behind its other
 * To and Cc addresses, each once, without the one given. Returns how many; none
 * for a mail to more than INTRODUCED_MAX.
 */
struct introduction {
	const struct site_key *site;
	const struct policy *policy;
	const struct txn *txn;
	const struct slice *domains;    /* of our own */
	size_t domains_count;
	struct slice also;              /* one more domain of our own */
	int64_t except;                 /* the party that introduces */
};
size_t introduction_parties(const struct introduction *in, int64_t ret[INTRODUCED_MAX]);

#endif
