/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_HISTORY_H
#define ANTISALES_LEDGER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/ledger/identifier.h"
#include "antisales/ledger/reputation.h"
#include "antisales/mail/facts.h"
#include "antisales/store/store.h"

/* All that the store knows about the parties to one message. */
struct history {
	bool available;                 /* the store answered */
	bool has_org;                   /* there is an organisation to remember */
	bool proved;                    /* it proved itself; else its name is only claimed */
	struct identifier self;         /* proved: the domain, else the account, by which it did */
	struct store_key org_key;       /* the record that this mail changes */
	struct reputation reputation;   /* of the organisation, with all that is one with it */
	int64_t members;                /* identifiers that are one with it, itself included; 0 unknown */
	bool has_account;
	struct reputation account;      /* of the account on the platform */
};

/* For whom, and how, the store is asked. */
struct history_ask {
	const struct site_key *site;
	const struct facts *facts;
	const struct feedback_policy *feedback;
	int64_t now;
};
/* Reads everything in one batch. On failure *ret says "not available", which is an answer to go on with. */
int history_load(struct store *s, const struct history_ask *ask, struct history *ret, struct err *reterr);

/* A mail that was judged, and who got it. */
struct history_mail {
	enum conduct conduct;
	enum fate fate;
	const struct slice *recipients;
	size_t recipients_count;
	int64_t now;
};
/*
 * What the store is to remember of it; returns how many changes were written.
 * What nobody proved leaves one record for its network and nothing else.
 */
enum { HISTORY_MARKS_MAX = 8, HISTORY_CHANGES_MAX = 6 + 2 * HISTORY_MARKS_MAX };
size_t history_changes(const struct history *h, const struct site_key *site, const struct facts *f,
    const struct history_mail *m, struct store_change ret[HISTORY_CHANGES_MAX]);

#endif
