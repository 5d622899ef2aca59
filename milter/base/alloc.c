/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_ulong fail_at;
static atomic_ulong count;

static bool must_fail(void)
{
	unsigned long at = atomic_load_explicit(&fail_at, memory_order_relaxed);

	if (at == 0)
		return false;
	if (atomic_fetch_add_explicit(&count, 1, memory_order_relaxed) + 1 != at)
		return false;
	errno = ENOMEM;
	return true;
}

void alloc_fail_at(unsigned long n)
{
	atomic_store(&count, 0);
	atomic_store(&fail_at, n);
}

unsigned long alloc_count(void)
{
	return atomic_load(&count);
}

void *alloc_bytes(size_t bytes)
{
	return must_fail() ? NULL : malloc(bytes == 0 ? 1 : bytes);
}

void *alloc_zeroed(size_t n, size_t bytes_each)
{
	return must_fail() ? NULL : calloc(n == 0 ? 1 : n, bytes_each == 0 ? 1 : bytes_each);
}

void *alloc_resize(void *p, size_t bytes)
{
	return must_fail() ? NULL : realloc(p, bytes == 0 ? 1 : bytes);
}

void *alloc_room(void *p, size_t *room, size_t least, size_t bytes_each)
{
	size_t more = *room * 2 + 64;
	void *grown;

	if (least <= *room)
		return p;
	more = more < least ? least : more;
	grown = more > SIZE_MAX / bytes_each ? NULL : alloc_resize(p, more * bytes_each);
	if (grown != NULL)
		*room = more;
	return grown;
}

char *alloc_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = alloc_bytes(n);

	return p == NULL ? NULL : memcpy(p, s, n);
}
