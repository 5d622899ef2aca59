/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_ARENA_H
#define ANTISALES_BASE_ARENA_H

#include <stddef.h>

#include "antisales/base/slice.h"

/*
 * Memory that dies together: bump pointer in large chunks, one call frees all.
 * Left out on purpose: freeing one object, growing one object, locking. An
 * arena belongs to one thread at a time.
 */
struct arena {
	struct arena_chunk *chunk;      /* newest first */
	struct arena_deferred *deferred;
	size_t chunk_bytes;
	size_t limit_bytes;
	size_t used_bytes;              /* taken from the system */
};

/* No memory is taken yet. limit bounds everything ever allocated until reset. */
void arena_init(struct arena *a, size_t chunk_bytes, size_t limit_bytes);
/* Zeroed and aligned for any type. NULL at the limit or out of memory: a limit, not a crash. */
void *arena_alloc(struct arena *a, size_t bytes);
void *arena_array(struct arena *a, size_t count, size_t bytes_each);   /* NULL on overflow too */
/* Copies get a terminating NUL that their length does not count. Absent slice on failure. */
struct slice arena_dup(struct arena *a, struct slice s);
char *arena_strdup(struct arena *a, struct slice s);
struct slice arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Calls fn(arg) at reset, last in, first out: for handles of libraries. 0, or -1 out of memory. */
int arena_defer(struct arena *a, void (*fn)(void *), void *arg);
/* Runs the deferred calls and frees all but one chunk. */
void arena_reset(struct arena *a);
/* As reset, and frees that chunk too; usable again afterwards. NULL-safe. */
void arena_done(struct arena *a);

#endif
