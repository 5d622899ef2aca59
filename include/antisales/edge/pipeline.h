/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_PIPELINE_H
#define ANTISALES_EDGE_PIPELINE_H

#include "antisales/decide/verdict.h"
#include "antisales/ledger/history.h"
#include "antisales/policy/config.h"
#include "antisales/store/store.h"

struct pipeline_in {
	struct txn *txn;                /* all told, not yet sealed */
	const struct policy *policy;
	const struct config *config;
	struct store *store;
	const struct site_key *site;
	const char *id;
};

struct pipeline_out {
	struct facts facts;
	struct evidence evidence;
	struct history history;
	struct decision decision;
	struct pipeline_in in;
	struct err history_err;         /* why the history is not available; text is empty when it is */
};

/*
 * txn -> facts -> history -> evidence -> decision: every stage, in order. Reads
 * the store once and touches nothing else. *ret comes from the txn's arena.
 */
int pipeline_judge(const struct pipeline_in *in, struct pipeline_out **ret, struct err *reterr);

/* What the store is to remember of a decision, in the txn's arena; *ret_count may be 0, also for want of memory. */
const struct store_change *pipeline_changes(const struct pipeline_out *o, size_t *ret_count);

#endif
