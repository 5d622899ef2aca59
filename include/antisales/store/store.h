/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_STORE_STORE_H
#define ANTISALES_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/base/hash.h"
#include "antisales/store/record.h"

/* The tag of the record's type and a keyed hash: fixed length, no address can be read from it. */
struct store_key {
	unsigned char bytes[17];
};

struct store_change {
	struct store_key key;
	bool forget;                    /* the record goes; the delta does not count */
	struct record delta;            /* merged into what is stored; what follows from it: see organisation.h */
};

struct store_conf {
	const char *url;                /* "lmdb:/var/lib/antisales", "memory:", "down:REASON" */
	int64_t map_bytes;              /* LMDB: size to begin with; grows by doubling */
	int64_t map_max_bytes;          /* LMDB: it never grows beyond */
	bool read_only;                 /* apply and expire then fail */
};

struct store_stats {
	int64_t records;
	int64_t bytes_used, bytes_max;  /* 0 when the backend has no such bound */
	int64_t damaged;                /* records that failed their checksum since open */
};

/* Return false from a visit to stop the scan. */
typedef bool store_visit(const struct store_key *key, const struct record *r, void *arg);

struct store;

/*
 * A backend. All calls may be made by any thread at any time, but apply and
 * expire only by one thread at once: the writer (writer.h).
 */
struct store_ops {
	const char *name;               /* the scheme of the url */
	int (*open)(const struct store_conf *c, struct store **ret, struct err *reterr);
	void (*close)(struct store *s);
	/* All keys of a message in one trip; found[i] tells whether ret[i] was set. Keys that ask for what belongs to
	 * an organisation (organisation.h) are resolved in the same trip. */
	int (*get)(struct store *s, const struct store_key *keys, size_t n, struct record *ret, bool *found,
	    struct err *reterr);
	/* All or nothing. E_LIMIT: the store is full and stays readable. */
	int (*apply)(struct store *s, const struct store_change *changes, size_t n, struct err *reterr);
	/* Every record of one type, '\0' for all, in steps that hold no snapshot for long. */
	int (*scan)(struct store *s, char tag, store_visit *fn, void *arg, struct err *reterr);
	/* Removes up to max records whose retention is over; *ret_removed says how many. */
	int (*expire)(struct store *s, int64_t now, size_t max, size_t *ret_removed, struct err *reterr);
	int (*stats)(struct store *s, struct store_stats *ret, struct err *reterr);
};

struct store {
	const struct store_ops *ops;    /* backends put their own state behind this */
};

/* Picks the backend by the url's scheme. E_SYNTAX for an unknown one. */
int store_open(const struct store_conf *c, struct store **ret, struct err *reterr);
void store_close(struct store *s);      /* NULL-safe */
/* A store that fails every call with that reason: the mail flows, history is unknown. NULL out of memory. */
struct store *store_down(const char *reason);

struct store_key store_key_of(const struct record_type *t, const struct site_key *site,
    const struct slice *parts, size_t count);

extern const struct store_ops store_lmdb, store_memory, store_down_ops;

#endif
