/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CATALOGUE_INTERNAL_H
#define CATALOGUE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "antisales/base/buf.h"
#include "antisales/catalogue/catalogue.h"
#include "antisales/catalogue/multiscan.h"

struct tried {
	uint32_t subject;               /* 1 + the one last tried */
	uint8_t seen, seen_weak;        /* in how many it was seen */
};

/* What one scan needs for itself; lent from the pool, one owner at a time. */
struct scratch {
	struct scratch *next;
	struct regex_scratch *regex;
	struct multiscan_scratch *multiscan;
	struct buf joined;              /* all subjects, a line feed behind each */
	struct tried *tried;            /* by fingerprint */
};

struct catalogue {
	struct platform **platforms;     /* sorted by id */
	size_t platforms_count;
	const struct fingerprint **fingerprints;        /* all, in the order of platforms */
	size_t fingerprints_count;
	struct slice *literals;         /* literals[i] belongs to fingerprints[owners[i]] */
	uint32_t *owners;
	size_t literals_count;
	uint32_t *always;               /* fingerprints without a literal, sorted by place and header */
	size_t always_count;
	struct slice *headers;          /* names of fields that fingerprints look at, sorted, lower case */
	size_t headers_count;
	struct slice *endings;          /* "*-Campaign-Uid": what such names end in */
	size_t endings_count;
	struct multiscan *multiscan;
	atomic_uint *limits_hit;        /* by fingerprint: how often it ran into a limit since it was loaded */
	const char *engine;
	pthread_mutex_t pool_lock;
	struct scratch *pool;
};

/* Fills in everything behind fingerprints. */
int catalogue_index(struct catalogue *c, struct arena *a, struct err *reterr);
/* Whether a field of that name is one that the fingerprint looks at. */
bool header_fits(struct slice wanted, struct slice name);
void scratch_free(struct scratch *s);

#endif
