/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_STORE_ORGANISATION_H
#define ANTISALES_STORE_ORGANISATION_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/store/store.h"

/*
 * Organisations inside a store. An identifier (a domain, a platform account)
 * has an id, a positive number that only the site's key can tell. Records:
 *
 *   'r' id        what the identifier itself did (reputation)
 *   'o' id        the identifier: name, kind, and a pointer towards its root
 *   'e' id id     an edge: a strong fact, or an operator, says that both are one
 *   'w' id id     a likeness: a weak fact says so; told to people, joins nothing
 *   'b' id id     the edge seen from its larger end
 *   'g' root      the sum of 'r' over an organisation of several identifiers
 *
 * The edges are the truth. An organisation is what active edges connect, its
 * root is the smallest id in it. Pointers, 'b' and 'g' are derived from the
 * edges and 'r', by the writer, in the transaction of the change that made it
 * necessary. So the order of mails and joins changes nothing, undoing a join
 * divides the reputation exactly, and one store is merged into another by
 * applying its records as changes, in any order: derived ones are left out.
 *
 * An edge is active when an operator joined it after the last split, or when a
 * mail proved it and no operator ever split it.
 */
enum node_field { NODE_PARENT, NODE_MEMBERS, NODE_KIND, NODE_FIRST_SEEN, NODE_NAME, NODE_FIELDS = NODE_NAME + 8 };
enum edge_field { EDGE_FIRST_SEEN, EDGE_MAILS, EDGE_JOINED, EDGE_SPLIT };

/* An organisation never grows beyond: a change stays bounded. A join that would is kept but not acted on. */
enum { ORGANISATION_MEMBERS_MAX = 256, ORGANISATION_HOPS_MAX = 64 };

/* Keys that get() resolves in its own transaction: they read what belongs to the organisation of an identifier. */
enum { ORGANISATION_SUM = 'G', ORGANISATION_ROOT = 'O' };
/*
 * What an identifier and somebody else are to each other stands under the
 * identifier alone (antisales/ledger/relation.h and its sisters). The key with
 * this tag instead reads it merged over all identifiers of the organisation, so
 * a join unites histories and a split divides them exactly.
 */
enum {
	ORGANISATION_RELATION = 'L', ORGANISATION_SEQUENCE = 'Q', ORGANISATION_FANOUT = 'H', ORGANISATION_NETWORK = 'N',
	ORGANISATION_OPTOUT = 'X', ORGANISATION_CONSENT = 'S', ORGANISATION_HOLDER = 'V', ORGANISATION_DECOY = 'Y'
};
/* Finds nothing, but in the rest of the batch what is read over the organisation of the first id is read over that
 * of the second, too: this mail proves that both are one, the store does not know it yet. */
enum { ORGANISATION_WITH = 'W' };
/* As organisation_key, but each id in its own place: from has to do with to. to may be 0. */
struct store_key organisation_pair(char tag, int64_t from, int64_t to);

/* b is 0 for all but edges; an edge is the same from both ends. */
struct store_key organisation_key(char tag, int64_t a, int64_t b);
/* The ids in such a key. */
int64_t organisation_id(const struct store_key *k);
int64_t organisation_other(const struct store_key *k);
bool organisation_edge_active(const struct record *edge);

/*
 * What a backend lends to the code that all backends share, valid within one
 * transaction. Calls return 0 or the backend's own error, which is handed
 * through. A damaged record counts as absent.
 */
struct record_access {
	void *in;                       /* the transaction */
	int (*get)(void *in, const struct store_key *k, struct record *ret, bool *found);
	int (*put)(void *in, const struct store_key *k, const struct record *r);
	int (*remove)(void *in, const struct store_key *k);
	/* The first key that is not smaller than from. */
	int (*next)(void *in, const struct store_key *from, struct store_key *ret, bool *found);
};

/* The identifiers of one organisation; within a transaction they need to be looked for once. count 0 knows none. */
struct organisation_members {
	int64_t id[ORGANISATION_MEMBERS_MAX];
	size_t count;
};
/* Reads a key of any kind. Follows pointers, changes nothing in the store. */
int organisation_get(const struct record_access *a, struct organisation_members *memo, const struct store_key *k,
    struct record *ret, bool *found);
/* Applies a change of any kind, with all that follows from it. */
int organisation_apply(const struct record_access *a, const struct store_change *c);
/* Removes a record of any kind: its time is over, or somebody wants it forgotten. */
int organisation_remove(const struct record_access *a, const struct store_key *k);
/* At most so many records does one change add. */
enum { ORGANISATION_ADDS_MAX = 6 };

#endif
