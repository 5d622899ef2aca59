/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_PIPELINE_H
#define ANTISALES_EDGE_PIPELINE_H

#include "antisales/decide/verdict.h"
#include "antisales/ledger/history.h"
#include "antisales/store/store.h"

struct pipeline_in {
	struct txn *txn;                /* all told, not yet sealed */
	const struct policy *policy;
	struct store *store;
	const struct site_key *site;
	const char *id;
};

struct pipeline_out {
	struct facts facts;
	struct evidence evidence;
	struct history history;
	struct decision decision;
	const struct site_key *site;
	struct err history_err;         /* why the history is not available; text is empty when it is */
};

/*
 * txn -> facts -> history -> evidence -> decision: every stage, in order. Reads
 * the store once and touches nothing else. *ret comes from the txn's arena.
 */
int pipeline_judge(const struct pipeline_in *in, struct pipeline_out **ret, struct err *reterr);

/* What the store is to remember of a decision; returns how many changes were written to ret. */
enum { PIPELINE_CHANGES_MAX = HISTORY_CHANGES_MAX };
size_t pipeline_changes(const struct pipeline_out *o, struct store_change ret[PIPELINE_CHANGES_MAX]);

#endif
