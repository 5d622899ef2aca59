/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "antisales/mail/charset_name.h"
#include "antisales/mail/octet.h"

enum bom { BOM_UNDECIDED, BOM_DONE };

static const char replacement[3] = "\xEF\xBF\xBD";

static const struct charset_name lenient = { "", NULL, CHARSET_LENIENT, 1 };
static const struct charset_name utf16_little = { "utf16le", "UTF-16LE", CHARSET_ICONV, 2 };
static const struct charset_name utf16_big = { "utf16be", "UTF-16BE", CHARSET_ICONV, 2 };

/* The byte order marks. */
static const struct mark {
	struct slice bytes;
	const struct charset_name *name;        /* what the text then is; NULL: what it was said to be */
} marks[] = {
	{ { "\xFF\xFE", 2 }, &utf16_little },
	{ { "\xFE\xFF", 2 }, &utf16_big },
	{ { "\xEF\xBB\xBF", 3 }, NULL },
};

/* windows-1252 above 0x7f: the C1 range, then Latin-1. */
static const unsigned short western_c1[32] = {
	0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
	0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
	0x0153, 0x009D, 0x017E, 0x0178,
};

bool charset_known(struct slice name)
{
	return charset_name_find(name) != NULL;
}

static void open_named(struct charset *c, const struct charset_name *name)
{
	iconv_t cd;

	c->name = name;
	if (name->kind != CHARSET_ICONV)
		return;
	cd = iconv_open("UTF-8", name->iconv);
	if (cd == (iconv_t)-1)
		c->name = &lenient;             /* this system has no such converter */
	else
		c->cd = cd;
}

void charset_open(struct charset *c, struct slice name)
{
	const struct charset_name *found = charset_name_find(name);

	*c = (struct charset){ .low = 0x80, .high = 0xBF };
	open_named(c, found == NULL ? &lenient : found);
	if (c->name->kind == CHARSET_WESTERN || (c->name->kind == CHARSET_ICONV && c->name->unit != 2))
		c->bom = BOM_DONE;
}

size_t charset_put(unsigned long cp, char out[4])
{
	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		cp = 0xFFFD;
	if (cp < 0x80)
		return out[0] = (char)cp, 1;
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

unsigned charset_western(unsigned char byte)
{
	return byte >= 0x80 && byte < 0xA0 ? western_c1[byte - 0x80] : byte;
}

static size_t western_put(unsigned char c, char *out)
{
	return charset_put(charset_western(c), out);
}

/* The open sequence is none: one U+FFFD, or in lenient reading each byte as windows-1252. */
static size_t utf8_give_up(struct charset *c, char *out)
{
	size_t n = 0;

	if (c->name->kind == CHARSET_LENIENT) {
		for (size_t i = 0; i < c->seen; i++)
			n += western_put(c->open[i], out + n);
	} else {
		memcpy(out, replacement, sizeof replacement);
		n = sizeof replacement;
	}
	c->seen = c->need = 0;
	c->low = 0x80;
	c->high = 0xBF;
	return n;
}

/* First byte of a sequence: sets what may follow (Unicode table 3-7). */
static size_t utf8_lead(struct charset *c, unsigned char b, char *out)
{
	c->open[0] = b;
	c->seen = 1;
	if (b >= 0xC2 && b <= 0xDF) {
		c->need = 1;
	} else if (b >= 0xE0 && b <= 0xEF) {
		c->need = 2;
		c->low = b == 0xE0 ? 0xA0 : 0x80;
		c->high = b == 0xED ? 0x9F : 0xBF;
	} else if (b >= 0xF0 && b <= 0xF4) {
		c->need = 3;
		c->low = b == 0xF0 ? 0x90 : 0x80;
		c->high = b == 0xF4 ? 0x8F : 0xBF;
	} else {
		return utf8_give_up(c, out);
	}
	return 0;
}

/* One byte of a sequence or of ASCII; *again when it has to be looked at anew. */
static size_t utf8_byte(struct charset *c, unsigned char b, char *out, bool *again)
{
	if (c->need == 0) {
		if (b >= 0x80)
			return utf8_lead(c, b, out);
		out[0] = (char)b;
		return b != 0;
	}
	if (b < c->low || b > c->high) {
		*again = true;
		return utf8_give_up(c, out);
	}
	c->open[c->seen++] = b;
	c->low = 0x80;
	c->high = 0xBF;
	if (--c->need > 0)
		return 0;
	memcpy(out, c->open, c->seen);
	b = c->seen;
	c->seen = 0;
	return b;
}

static size_t utf8_decode(struct charset *c, struct slice *in, char *out, size_t room)
{
	size_t n = 0, i = 0;

	while (i < in->n && room - n >= CHARSET_ROOM_MIN) {
		bool again = false;

		if (c->need == 0) {
			size_t left = in->n - i < room - n ? in->n - i : room - n;
			size_t run = octet_plain_run(in->p + i, left);

			memcpy(out + n, in->p + i, run);
			n += run;
			i += run;
			if (i == in->n || room - n < CHARSET_ROOM_MIN)
				break;
		}
		n += utf8_byte(c, (unsigned char)in->p[i], out + n, &again);
		i += again ? 0 : 1;
	}
	*in = slice_sub(*in, i, in->n);
	return n;
}

static size_t western_decode(struct slice *in, char *out, size_t room)
{
	size_t n = 0, i = 0;

	while (i < in->n && room - n >= CHARSET_ROOM_MIN) {
		size_t left = in->n - i < room - n ? in->n - i : room - n;
		size_t run = octet_plain_run(in->p + i, left);

		memcpy(out + n, in->p + i, run);
		n += run;
		i += run;
		for (size_t end = i + 8; i < in->n && i < end && room - n >= 4; i++)
			if (in->p[i] != '\0')
				n += western_put((unsigned char)in->p[i], out + n);
	}
	*in = slice_sub(*in, i, in->n);
	return n;
}

static size_t drop_nuls(char *p, size_t n)
{
	size_t kept = 0;

	if (memchr(p, '\0', n) == NULL)
		return n;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\0')
			p[kept++] = p[i];
	return kept;
}

/* Converts what it can of p[0..n); returns the bytes used up, *wrote the bytes put out. An error costs one unit. */
static size_t iconv_some(struct charset *c, const char *p, size_t n, struct slice out, size_t *wrote)
{
	char *from = (char *)(uintptr_t)p, *to = (char *)(uintptr_t)out.p;
	size_t left = n, room = out.n - sizeof replacement;
	size_t unit = c->name->unit;
	bool bad = iconv((iconv_t)c->cd, &from, &left, &to, &room) == (size_t)-1 && errno == EILSEQ;

	if (bad && left >= unit) {
		memcpy(to, replacement, sizeof replacement);
		to += sizeof replacement;
		left -= unit;
	}
	*wrote = (size_t)(to - out.p);
	return n - left;
}

/*
 * Converts the block; what is incomplete at its end moves to the front. Blocks
 * start at the same offsets however the input is cut, since what glibc's
 * stateful converters make of an error depends on where a call began.
 */
static size_t iconv_block(struct charset *c, char *out, size_t room)
{
	size_t at = 0, n = 0, used = 1, wrote = 0;

	while (at < c->tail_n && (used > 0 || wrote > 0)) {
		used = iconv_some(c, c->tail + at, c->tail_n - at, (struct slice){ out + n, room - n }, &wrote);
		at += used;
		n += wrote;
	}
	if (at == 0 && c->tail_n == sizeof c->tail) {
		memcpy(out + n, replacement, sizeof replacement);       /* no character is that long */
		n += sizeof replacement;
		at = c->name->unit;
	}
	c->tail_n = (unsigned char)(c->tail_n - at);
	memmove(c->tail, c->tail + at, c->tail_n);
	return drop_nuls(out, n);
}

static size_t iconv_decode(struct charset *c, struct slice *in, char *out, size_t room)
{
	size_t n = 0;

	while (in->n > 0 && room - n >= CHARSET_ROOM_MIN) {
		size_t add = sizeof c->tail - c->tail_n < in->n ? sizeof c->tail - c->tail_n : in->n;

		memcpy(c->tail + c->tail_n, in->p, add);
		c->tail_n = (unsigned char)(c->tail_n + add);
		*in = slice_sub(*in, add, in->n);
		if (c->tail_n == sizeof c->tail)
			n += iconv_block(c, out + n, room - n);
	}
	return n;
}

/* The mark that text starts with, else NULL; *may_follow tells whether more bytes could make it one. */
static const struct mark *mark_of(struct slice text, bool *may_follow)
{
	*may_follow = false;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct slice bytes = marks[i].bytes;

		if (!slice_eq(slice_sub(text, 0, bytes.n), slice_sub(bytes, 0, text.n)))
			continue;
		if (text.n >= bytes.n)
			return &marks[i];
		*may_follow = true;
	}
	return NULL;
}

/* Looks at the first bytes, kept in tail: true when they decide about a byte order mark. */
static bool bom_decide(struct charset *c, bool end)
{
	bool may_follow;
	const struct mark *mark = mark_of((struct slice){ c->tail, c->tail_n }, &may_follow);
	size_t drop = mark == NULL ? 0 : mark->bytes.n;

	if (may_follow && !end)
		return false;
	if (mark != NULL && mark->name != NULL) {
		charset_close(c);
		open_named(c, mark->name);
	} else if (c->name->unit == 2) {
		drop = 0;                       /* in UTF-16 the bytes of UTF-8's mark are letters */
	}
	c->tail_n = (unsigned char)(c->tail_n - drop);
	memmove(c->tail, c->tail + drop, c->tail_n);
	c->bom = BOM_DONE;
	return true;
}

/* Once the mark is decided, bytes read ahead go the usual way; iconv takes them from the tail itself. */
static size_t bom_release(struct charset *c, char *out, size_t room)
{
	struct slice ahead = { c->tail, c->tail_n };

	if (c->name->kind == CHARSET_ICONV)
		return 0;
	c->tail_n = 0;
	return utf8_decode(c, &ahead, out, room);
}

size_t charset_decode(struct charset *c, struct slice *in, char *out, size_t room)
{
	size_t n = 0;

	while (c->bom == BOM_UNDECIDED && in->n > 0) {
		c->tail[c->tail_n++] = in->p[0];
		*in = slice_sub(*in, 1, in->n);
		if (bom_decide(c, false))
			n = bom_release(c, out, room);
	}
	if (in->n == 0)
		return n;
	switch (c->name->kind) {
	case CHARSET_WESTERN:
		return n + western_decode(in, out + n, room - n);
	case CHARSET_ICONV:
		return n + iconv_decode(c, in, out + n, room - n);
	case CHARSET_UTF8:
	case CHARSET_LENIENT:
		break;
	}
	return n + utf8_decode(c, in, out + n, room - n);
}

/* A letter that the converter holds back because a mark might follow (windows-1258, TCVN, Big5-HKSCS). */
static size_t iconv_flush(struct charset *c, char *out)
{
	char *to = out;
	size_t room = CHARSET_ROOM_MIN / 8;

	(void)iconv((iconv_t)c->cd, NULL, NULL, &to, &room);
	return (size_t)(to - out);
}

size_t charset_end(struct charset *c, char *out)
{
	size_t n = 0;

	if (c->bom == BOM_UNDECIDED && bom_decide(c, true))
		n = bom_release(c, out, CHARSET_ROOM_MIN);
	if (c->need > 0)
		n += utf8_give_up(c, out + n);
	if (c->name->kind != CHARSET_ICONV)
		return n;
	n += iconv_block(c, out + n, CHARSET_ROOM_MIN - n);
	n += iconv_flush(c, out + n);
	if (c->tail_n > 0) {
		memcpy(out + n, replacement, sizeof replacement);
		n += sizeof replacement;
		c->tail_n = 0;
	}
	return n;
}

void charset_close(struct charset *c)
{
	if (c != NULL && c->cd != NULL) {
		(void)iconv_close((iconv_t)c->cd);
		c->cd = NULL;
	}
}
