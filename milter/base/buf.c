/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void buf_done(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->cut = false;
}

/* Makes room for n more bytes and a NUL; returns how many of them fit. */
static size_t reserve(struct buf *b, size_t n)
{
	size_t want;
	char *p;

	if (n > b->max - b->n) {
		n = b->max - b->n;
		b->cut = true;
	}
	if (b->n + n < b->room)
		return n;
	want = b->room < 64 ? 64 : b->room;
	while (want <= b->n + n)
		want *= 2;
	if (want > b->max + 1)
		want = b->max + 1;
	p = alloc_resize(b->p, want);
	if (p == NULL) {
		b->cut = true;
		return b->room > b->n ? b->room - b->n - 1 : 0;
	}
	b->p = p;
	b->room = want;
	return n;
}

void buf_add(struct buf *b, struct slice s)
{
	size_t n = s.n == 0 ? 0 : reserve(b, s.n);

	if (n > s.n)
		n = s.n;
	if (n > 0)
		memcpy(b->p + b->n, s.p, n);
	b->n += n;
}

void buf_addc(struct buf *b, char c)
{
	if (b->n + 1 < b->room && b->n < b->max)
		b->p[b->n++] = c;
	else
		buf_add(b, (struct slice){ &c, 1 });
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, slice_of(s));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int want;
	size_t fits;

	va_start(ap, fmt);
	want = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (want <= 0)
		return;
	fits = reserve(b, (size_t)want);
	if (fits == 0)
		return;
	if (fits > (size_t)want)
		fits = (size_t)want;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, fits + 1, fmt, ap);
	va_end(ap);
	b->n += fits;
}

struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->p == NULL ? "" : b->p, b->n };
}

const char *buf_cstr(struct buf *b)
{
	(void)reserve(b, 0);
	if (b->p == NULL)
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
