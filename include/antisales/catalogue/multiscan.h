/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_CATALOGUE_MULTISCAN_H
#define ANTISALES_CATALOGUE_MULTISCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * One pass over a text for many literals, ASCII case ignored. Two engines with
 * the same results: Hyperscan (sole user of hs.h) where it was built in and the
 * processor can run it, else our own table of three-byte grams. Immutable once built;
 * shared by all threads.
 */
struct multiscan;
struct multiscan_scratch;               /* belongs to one thread at a time */

enum multiscan_engine { MULTISCAN_BEST, MULTISCAN_GRAMS };

/* Literals must be lower case and 3 to 64 bytes; equal ones may occur. They are not copied. */
int multiscan_build(const struct slice *literals, size_t count, enum multiscan_engine engine,
    struct multiscan **ret, struct err *reterr);
void multiscan_free(struct multiscan *m);               /* NULL-safe */
const char *multiscan_engine_name(const struct multiscan *m);

struct multiscan_scratch *multiscan_scratch_new(const struct multiscan *m);     /* NULL out of memory */
void multiscan_scratch_free(struct multiscan_scratch *s);                       /* NULL-safe */

/* Calls hit for every occurrence: the literal's index and the offset behind its last byte; for one literal the
 * offsets rise. */
typedef void multiscan_hit(size_t literal, size_t end, void *arg);
int multiscan_run(const struct multiscan *m, struct multiscan_scratch *s, struct slice text,
    multiscan_hit *hit, void *arg, struct err *reterr);

#endif
