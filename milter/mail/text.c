/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/text.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "antisales/base/buf.h"
#include "antisales/mail/charset.h"
#include "antisales/mail/octet.h"
#include "antisales/mail/put.h"

enum { STRETCH_MAX = 4096 };

/* Bytes of valid UTF-8 that start at p. */
static size_t sequence(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

static uint32_t code_point(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	switch (sequence(u[0])) {
	case 1:
		return u[0];
	case 2:
		return (uint32_t)(u[0] & 0x1F) << 6 | (u[1] & 0x3F);
	case 3:
		return (uint32_t)(u[0] & 0x0F) << 12 | (uint32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3F);
	default:
		return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3F) << 12 |
		    (uint32_t)(u[2] & 0x3F) << 6 | (u[3] & 0x3F);
	}
}

/*
 * Ranges whose code points are their own NFKC form, never combine with what
 * stands before them and are no white space: the usual letters of mail, which
 * need not pay for libunistring.
 */
static bool inert(uint32_t c)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x00C0, 0x0131 }, { 0x0134, 0x013E }, { 0x0141, 0x0148 }, { 0x014A, 0x017E },
		{ 0x0388, 0x03CE }, { 0x0400, 0x0482 }, { 0x048A, 0x052F }, { 0x05D0, 0x05EA },
		{ 0x0620, 0x064A }, { 0x2010, 0x2010 }, { 0x2012, 0x2016 }, { 0x2018, 0x2023 },
		{ 0x20A0, 0x20A7 }, { 0x20A9, 0x20BF }, { 0x3041, 0x3096 }, { 0x30A1, 0x30FA },
		{ 0x4E00, 0x9FEF }, { 0xAC00, 0xD7A3 }, { 0x1F300, 0x1F5FF }, { 0x1F600, 0x1F64F },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges && c >= ranges[i].first; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

static bool is_space(char c)
{
	return octet_is(c, OCTET_SPACE) || c == '\0';
}

/* A single SP between two words is as it should be. */
static bool is_folded(struct slice s, size_t i)
{
	return s.p[i] == ' ' && i > 0 && i + 1 < s.n && !is_space(s.p[i - 1]) && !is_space(s.p[i + 1]);
}

/* Adds text, folding white space; p is the stretch's state of "a space is due". */
static void add_folded(struct buf *out, struct slice s, bool *space)
{
	for (size_t i = 0; i < s.n;) {
		size_t run = i;

		while (run < s.n && (!is_space(s.p[run]) || is_folded(s, run))) {
			run++;
			run += is_space(s.p[run - 1]) ? 0 : octet_folded_blocks(s.p + run, s.n - run);
		}
		if (run > i) {
			if (*space && out->n > 0)
				put_char(out, ' ');
			*space = false;
			put_bytes(out, s.p + i, run - i);
		}
		for (i = run; i < s.n && is_space(s.p[i]); i++)
			*space = true;
	}
}

/* White space beyond ASCII becomes SP, default-ignorable code points vanish; in place, returns the length. */
static size_t strip(char *p, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n;) {
		size_t len = sequence((unsigned char)p[i]);
		uint32_t c = code_point(p + i);

		if (c >= 0x80 && uc_is_property_white_space(c)) {
			p[kept++] = ' ';
		} else if (c < 0x80 || !uc_is_property_default_ignorable_code_point(c)) {
			memmove(p + kept, p + i, len);
			kept += len;
		}
		i += len;
	}
	return kept;
}

/* A stretch that is not inert, with the character before it, through libunistring. */
static void add_normalised(struct buf *out, struct slice s, bool *space)
{
	char in[STRETCH_MAX + 8];
	uint8_t room[4 * STRETCH_MAX];
	size_t n = sizeof room;
	uint8_t *nfkc;

	memcpy(in, s.p, s.n);
	nfkc = u8_normalize(UNINORM_NFKC, (const uint8_t *)in, strip(in, s.n), room, &n);
	if (nfkc == NULL) {
		out->cut = true;
		return;
	}
	add_folded(out, (struct slice){ (char *)nfkc, strip((char *)nfkc, n) }, space);
	if (nfkc != room)
		free(nfkc);
}

/* End of the stretch from i on that libunistring has to see: up to a character nothing can combine with. */
static size_t stretch_end(struct slice s, size_t i)
{
	size_t start = i;

	while (i < s.n && i - start < STRETCH_MAX) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80 || inert(code_point(s.p + i)))
			break;
		i += sequence(c);
	}
	return i;
}

/* End of the run from i on that is copied as it is. */
static size_t plain_end(struct slice s, size_t i)
{
	while (i < s.n) {
		i += octet_plain_run(s.p + i, s.n - i);
		for (size_t end = i + 8; i < s.n && i < end;) {
			unsigned char c = (unsigned char)s.p[i];

			if (c >= 0x80 && !inert(code_point(s.p + i)))
				return i;
			i += sequence(c);
		}
	}
	return i;
}

struct slice text_normalise(struct slice utf8, struct arena *a)
{
	struct buf out;
	struct slice ret;
	bool space = false;

	buf_init(&out, utf8.n <= SIZE_MAX / 20 ? 18 * utf8.n + 1 : SIZE_MAX - 1);
	for (size_t i = 0; i < utf8.n;) {
		size_t plain = plain_end(utf8, i), end = stretch_end(utf8, plain), last = plain;

		if (end > plain)
			while (last > i && ((unsigned char)utf8.p[--last] & 0xC0) == 0x80)
				;
		add_folded(&out, slice_sub(utf8, i, last - i), &space);
		if (end > plain)
			add_normalised(&out, slice_sub(utf8, last, end - last), &space);
		i = end;
	}
	ret = out.cut ? (struct slice){ 0 } : arena_dup(a, buf_slice(&out));
	buf_done(&out);
	return ret;
}

struct slice text_valid(struct slice s, struct arena *a)
{
	struct charset c;
	char *out;
	size_t n = 0;

	if (s.n == 0 || u8_check((const uint8_t *)s.p, s.n) == NULL)
		return s;
	out = s.n <= SIZE_MAX / 4 ? arena_alloc(a, 3 * s.n + 2 * CHARSET_ROOM_MIN) : NULL;
	if (out == NULL)
		return (struct slice){ 0 };
	charset_open(&c, SLICE("utf-8"));
	while (s.n > 0)
		n += charset_decode(&c, &s, out + n, 3 * s.n + CHARSET_ROOM_MIN);
	n += charset_end(&c, out + n);
	charset_close(&c);
	return (struct slice){ out, n };
}

static bool is_letter(uint32_t c)
{
	return c < 0x80 ? octet_alpha((char)c) : uc_is_property_alphabetic(c);
}

/* Case folding may make letters of one: STRASSE is the same word as its spelling with a sharp s. */
static size_t letters_of_any(struct slice word, char out[TEXT_LETTERS_MAX])
{
	uint8_t room[TEXT_LETTERS_MAX];
	size_t n = sizeof room, kept = 0;
	uint8_t *folded = u8_casefold((const uint8_t *)word.p, word.n, NULL, NULL, room, &n);

	if (folded == NULL)
		return 0;
	for (size_t i = 0, len; i < n; i += len) {
		const char *p = (const char *)folded + i;

		len = sequence(folded[i]);
		if (is_letter(code_point(p)) && kept + len <= TEXT_LETTERS_MAX) {
			memcpy(out + kept, p, len);
			kept += len;
		}
	}
	if (folded != room)
		free(folded);
	return kept;
}

size_t text_letters(struct slice word, char out[TEXT_LETTERS_MAX])
{
	size_t kept = 0;

	if (word.n > TEXT_WORD_BYTES_MAX)
		return 0;
	for (size_t i = 0; i < word.n; i++) {
		if ((unsigned char)word.p[i] >= 0x80)
			return letters_of_any(word, out);
		if (octet_alpha(word.p[i]))
			out[kept++] = octet_lower(word.p[i]);
	}
	return kept;
}

bool text_is_capital(struct slice word)
{
	for (size_t i = 0; i < word.n; i += sequence((unsigned char)word.p[i])) {
		uint32_t c = code_point(word.p + i);

		if (is_letter(c))
			return c < 0x80 ? c <= 'Z' : uc_is_property_uppercase(c) || uc_is_property_titlecase(c);
	}
	return false;
}
