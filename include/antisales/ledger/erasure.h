/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_ERASURE_H
#define ANTISALES_LEDGER_ERASURE_H

#include <stddef.h>
#include <stdint.h>

#include "antisales/store/store.h"

/*
 * What a store holds about one person, by the ids that only the site's key can
 * tell. Sketches and sums over many persons tell nobody and stay.
 */
enum { ERASURE_ADDRESSES_MAX = 256 };
struct data_subject {
	int64_t person;                 /* as one of us */
	int64_t mailbox;                /* as a mailbox outside that we deal with; 0 for none */
	int64_t user;                   /* as one who gave feedback */
	int64_t addresses[ERASURE_ADDRESSES_MAX];       /* that he issued: filled while records go by in the order of a scan */
	size_t addresses_count;
};

enum concern {
	CONCERN_NOT,
	CONCERN_WHOLE,                  /* the record is about him */
	CONCERN_PART                    /* he is one of many in a set of it */
};
enum concern erasure_concern(struct data_subject *s, const struct store_key *k, const struct record *r);

/* What makes the store forget him in this record: 0 to ERASURE_CHANGES_MAX changes that must be applied together. */
enum { ERASURE_CHANGES_MAX = 2 };
size_t erasure_changes(struct data_subject *s, const struct store_key *k, const struct record *r,
    struct store_change ret[ERASURE_CHANGES_MAX]);

#endif
