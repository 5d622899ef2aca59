/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/fold.h"

#include "antisales/mail/octet.h"
#include "antisales/mail/put.h"

#define NBSP_LEAD '\xC2'
#define NBSP_TAIL '\xA0'

void fold_init(struct fold *f, size_t max_bytes)
{
	*f = (struct fold){ .gap = FOLD_NONE };
	buf_init(&f->out, max_bytes);
}

void fold_done(struct fold *f)
{
	buf_done(&f->out);
}

void fold_clear(struct fold *f)
{
	buf_clear(&f->out);
	f->gap = FOLD_NONE;
	f->half = false;
}

static void widen(struct fold *f, enum fold_gap gap)
{
	if (f->gap < gap)
		f->gap = gap;
}

void fold_space(struct fold *f)
{
	widen(f, FOLD_SPACE);
}

void fold_line(struct fold *f)
{
	widen(f, FOLD_LINE);
}

/* Writes the gap that is due before a word starting with c. */
static void close_gap(struct fold *f, char c)
{
	enum fold_gap gap = f->gap;

	f->gap = FOLD_NONE;
	if (gap == FOLD_NONE || f->out.n == 0)
		return;
	if (gap == FOLD_LINE || (gap == FOLD_SOFT && c == '>'))
		buf_addc(&f->out, '\n');
	else if (gap == FOLD_SPACE)
		buf_addc(&f->out, ' ');
}

static void add_word(struct fold *f, const char *p, size_t n)
{
	if (f->gap != FOLD_NONE)
		close_gap(f, p[0]);
	put_bytes(&f->out, p, n);
}

void fold_mark(struct fold *f, char marker)
{
	fold_line(f);
	add_word(f, &marker, 1);
}

static void add_space(struct fold *f, char c, enum fold_mode mode)
{
	if (c != '\n' || mode == FOLD_RUNNING)
		fold_space(f);
	else if (mode == FOLD_DELSP && f->gap == FOLD_SPACE)
		f->gap = FOLD_SOFT;
	else
		f->gap = FOLD_LINE;
}

/* The byte after a 0xC2; true when it made a no-break space of it. */
static bool second_half(struct fold *f, char c)
{
	f->half = false;
	if (c == NBSP_TAIL) {
		fold_space(f);
		return true;
	}
	add_word(f, (const char[]){ NBSP_LEAD }, 1);
	return false;
}

/* A single SP after what has just been read of a word and before another one is as it should be. */
static bool is_folded(const char *p, size_t i, size_t n)
{
	return p[i] == ' ' && i + 1 < n && octet_is(p[i - 1], OCTET_WORD) && octet_is(p[i + 1], OCTET_WORD);
}

void fold_add(struct fold *f, struct slice utf8, enum fold_mode mode)
{
	const char *p = utf8.p;

	for (size_t i = 0; i < utf8.n;) {
		size_t start = i;

		if (f->half) {
			i += second_half(f, p[i]) ? 1 : 0;
			continue;
		}
		while (i < utf8.n && (octet_is(p[i], OCTET_WORD) || (i > start && is_folded(p, i, utf8.n)))) {
			i++;
			i += octet_is(p[i - 1], OCTET_WORD) ? octet_folded_blocks(p + i, utf8.n - i) : 0;
		}
		if (i > start)
			add_word(f, p + start, i - start);
		for (; i < utf8.n && !octet_is(p[i], OCTET_WORD) && !f->half; i++) {
			if (octet_is(p[i], OCTET_SPACE))
				add_space(f, p[i], mode);
			else if (p[i] == NBSP_LEAD)
				f->half = true;
		}
	}
}

size_t fold_offset(const struct fold *f)
{
	return f->out.n + (f->gap == FOLD_LINE && f->out.n > 0 ? 1 : 0);
}
