/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_ALLOC_H
#define ANTISALES_BASE_ALLOC_H

#include <stddef.h>

/*
 * The one door to malloc. Everything fallible goes through here, so that the
 * tests can make the n-th allocation fail (curl's torture method).
 */
void *alloc_bytes(size_t bytes);                /* uninitialised; NULL out of memory; free() it */
void *alloc_zeroed(size_t count, size_t bytes_each);
void *alloc_resize(void *p, size_t bytes);      /* p stays valid on failure */
/* An array that holds at least so many elements: p itself where room is enough, else p resized, and room with it. NULL out of
 * memory, when p stays valid. */
void *alloc_room(void *p, size_t *room, size_t least, size_t bytes_each);
char *alloc_strdup(const char *s);

/* Tests: let the n-th allocation from now on fail, 0 switches off. Process-wide. */
void alloc_fail_at(unsigned long n);
unsigned long alloc_count(void);                /* allocations since the last alloc_fail_at() */

#endif
