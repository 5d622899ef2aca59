/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_PUT_H
#define ANTISALES_MAIL_PUT_H

/* Inlined short cuts for what the readers do for each word of a body; the same promises as base/buf.h and slice.h. */

#include <string.h>

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"

static inline void put_char(struct buf *b, char c)
{
	if (b->n + 1 < b->room && b->n < b->max)
		b->p[b->n++] = c;
	else
		buf_addc(b, c);
}

static inline void put_bytes(struct buf *b, const char *p, size_t n)
{
	if (n < b->room - b->n && n <= b->max - b->n) {
		memcpy(b->p + b->n, p, n);
		b->n += n;
	} else if (n > 0) {
		buf_add(b, (struct slice){ p, n });
	}
}

/* Moves the start of s by n bytes, at most all of them. */
static inline void put_skip(struct slice *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

#endif
