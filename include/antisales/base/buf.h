/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_BUF_H
#define ANTISALES_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"

/*
 * A growing byte buffer that is born with its maximum: hostile input meets the
 * limit, not the machine. Once something did not fit (limit or memory), cut is
 * set and stays set; what fitted is kept, so callers may check once at the end.
 */
struct buf {
	char *p;
	size_t n;               /* bytes held */
	size_t room;            /* bytes allocated */
	size_t max;             /* bytes it may ever hold */
	bool cut;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_done(struct buf *b);                   /* NULL-safe, gives the memory back */
void buf_clear(struct buf *b);                  /* empty, memory kept, cut forgotten */
void buf_add(struct buf *b, struct slice s);    /* adds what fits */
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct slice buf_slice(const struct buf *b);    /* valid until the next call that changes b */
const char *buf_cstr(struct buf *b);            /* NUL-terminated; "" when even that failed */

#endif
