/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_REPUTATION_H
#define ANTISALES_LEDGER_REPUTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/hash.h"
#include "antisales/base/slice.h"
#include "antisales/store/store.h"

/*
 * What an organisation did so far. An organisation that proved itself has one
 * record; a domain that is only claimed has one per client network (/24 or
 * /48), so that nobody can earn or spoil another's name from somewhere else.
 */
struct reputation {
	bool known;
	int64_t mails;                  /* ever */
	int64_t days;                   /* since the first */
	int sales;                      /* 0..100: share of unsolicited machine-made mail */
	int confidence;                 /* 0..100 */
};

/* How one mail counts: by what it was without looking at history, so that a verdict never feeds itself. */
enum conduct { CONDUCT_CLEAN, CONDUCT_NEUTRAL, CONDUCT_SALES };
/* What became of it. */
enum fate { FATE_PASSED, FATE_TAGGED, FATE_QUARANTINED, FATE_REJECTED };

/* network: the client's address, ignored when authenticated. */
struct store_key reputation_key(const struct site_key *site, struct slice domain, bool authenticated,
    struct slice network);
/*
 * With s and c the decayed counts of sales and clean mails at now (half-life
 * 60 days) and a prior of one mail each way:
 *   sales = 100 (s + 1) / (s + c + 2), confidence = 100 (s + c) / (s + c + 4)
 * so one mail moves nothing far, four weigh half, and silence forgets.
 */
struct reputation reputation_read(const struct record *r, bool found, int64_t now);
struct store_change reputation_change(const struct store_key *key, enum conduct conduct, enum fate fate, int64_t now);

#endif
