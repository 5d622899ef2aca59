/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_HISTORY_H
#define ANTISALES_LEDGER_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/ledger/reputation.h"
#include "antisales/mail/facts.h"
#include "antisales/store/store.h"

/* All that the store knows about the parties to one message. */
struct history {
	bool available;                 /* the store answered */
	bool has_org;                   /* there is an organisation to remember */
	struct store_key org_key;
	struct reputation reputation;
};

/* Reads everything in one batch. On failure *ret says "not available", which is an answer to go on with. */
int history_load(struct store *s, const struct site_key *site, const struct facts *f, int64_t now,
    struct history *ret, struct err *reterr);

#endif
