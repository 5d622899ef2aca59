/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define ALIGN alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;                    /* usable bytes in data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena_deferred {
	struct arena_deferred *next;
	void (*fn)(void *);
	void *arg;
};

void arena_init(struct arena *a, size_t chunk_bytes, size_t limit_bytes)
{
	*a = (struct arena){ .chunk_bytes = chunk_bytes, .limit_bytes = limit_bytes };
}

static struct arena_chunk *chunk_new(struct arena *a, size_t bytes)
{
	struct arena_chunk *c;
	size_t size = bytes > a->chunk_bytes ? bytes : a->chunk_bytes;

	if (size > a->limit_bytes - a->used_bytes)
		size = bytes;
	if (size > a->limit_bytes - a->used_bytes || size > SIZE_MAX - sizeof *c)
		return NULL;
	c = alloc_bytes(sizeof *c + size);
	if (c == NULL)
		return NULL;
	c->size = size;
	c->used = 0;
	c->next = a->chunk;
	a->chunk = c;
	a->used_bytes += size;
	ASAN_POISON_MEMORY_REGION(c->data, c->size);
	return c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct arena_chunk *c = a->chunk;
	void *p;

	if (bytes > SIZE_MAX - ALIGN)
		return NULL;
	bytes = bytes == 0 ? ALIGN : (bytes + ALIGN - 1) / ALIGN * ALIGN;
	if ((c == NULL || bytes > c->size - c->used) && (c = chunk_new(a, bytes)) == NULL)
		return NULL;
	p = c->data + c->used;
	c->used += bytes;
	ASAN_UNPOISON_MEMORY_REGION(p, bytes);
	return memset(p, 0, bytes);
}

void *arena_array(struct arena *a, size_t count, size_t bytes_each)
{
	if (bytes_each != 0 && count > SIZE_MAX / bytes_each)
		return NULL;
	return arena_alloc(a, count * bytes_each);
}

struct slice arena_dup(struct arena *a, struct slice s)
{
	char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;

	if (p == NULL)
		return (struct slice){ 0 };
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct slice){ p, s.n };
}

char *arena_strdup(struct arena *a, struct slice s)
{
	char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;

	if (p != NULL && s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

struct slice arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_alloc(a, (size_t)n + 1)) == NULL)
		return (struct slice){ 0 };
	va_start(ap, fmt);
	n = vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct slice){ p, n < 0 ? 0 : (size_t)n };
}

int arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct arena_deferred *d = arena_alloc(a, sizeof *d);

	if (d == NULL)
		return -1;
	*d = (struct arena_deferred){ .next = a->deferred, .fn = fn, .arg = arg };
	a->deferred = d;
	return 0;
}

static void run_deferred(struct arena *a)
{
	while (a->deferred != NULL) {
		struct arena_deferred *d = a->deferred;

		a->deferred = d->next;
		d->fn(d->arg);
	}
}

static void chunk_free(struct arena_chunk *c)
{
	ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
	free(c);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c;

	run_deferred(a);
	while ((c = a->chunk) != NULL && c->next != NULL) {
		a->chunk = c->next;
		a->used_bytes -= c->size;
		chunk_free(c);
	}
	if (c != NULL) {
		c->used = 0;
		ASAN_POISON_MEMORY_REGION(c->data, c->size);
	}
}

void arena_done(struct arena *a)
{
	struct arena_chunk *c;

	if (a == NULL)
		return;
	run_deferred(a);
	while ((c = a->chunk) != NULL) {
		a->chunk = c->next;
		chunk_free(c);
	}
	a->used_bytes = 0;
}
