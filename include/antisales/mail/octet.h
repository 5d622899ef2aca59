/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_OCTET_H
#define ANTISALES_MAIL_OCTET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Classes of bytes, inlined because the readers ask for each byte of a body. Independent of the locale. */
enum octet_class {
	OCTET_ALPHA = 1 << 0,
	OCTET_DIGIT = 1 << 1,
	OCTET_SPACE = 1 << 2,           /* SP TAB LF FF CR VT */
	OCTET_TOKEN = 1 << 3,           /* may stand in the name of a header field: printable, no ':', and no '<' '>' '=' as in HTML */
	OCTET_HOST = 1 << 4,            /* letters, digits, '-', '_', '.' */
	OCTET_WORD = 1 << 5,            /* copied as it is into visible text: neither space, control nor NBSP's first byte */
	OCTET_URL_END = 1 << 6,         /* ends a bare URL in text */
	OCTET_ESCAPE = 1 << 7           /* must be percent-encoded in a path or query */
};

extern const unsigned char octet_table[256];

static inline bool octet_is(char c, unsigned classes)
{
	return (octet_table[(unsigned char)c] & classes) != 0;
}

static inline char octet_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool octet_alpha(char c)
{
	return octet_is(c, OCTET_ALPHA);
}

static inline bool octet_alnum(char c)
{
	return octet_is(c, OCTET_ALPHA | OCTET_DIGIT);
}

/* 0..15, -1 when c is no hexadecimal digit. */
static inline int octet_hex(char c)
{
	if (octet_is(c, OCTET_DIGIT))
		return c - '0';
	c = octet_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many of the first n bytes are ASCII and not NUL; may stop up to seven bytes early. */
static inline size_t octet_plain_run(const char *p, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w;

		memcpy(&w, p + i, sizeof w);
		if (((w | (w - 0x0101010101010101u)) & 0x8080808080808080u) != 0)
			break;
	}
	return i;
}

/* Non-zero when one of the eight bytes of w is zero. */
static inline uint64_t octet_zero_in(uint64_t w)
{
	return (w - 0x0101010101010101u) & ~w & 0x8080808080808080u;
}

/* How many of the first n bytes come before a, b or a NUL; may stop up to seven bytes early. */
static inline size_t octet_run_before(const char *p, size_t n, char a, char b)
{
	const uint64_t all_a = 0x0101010101010101u * (unsigned char)a, all_b = 0x0101010101010101u * (unsigned char)b;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w;

		memcpy(&w, p + i, sizeof w);
		if ((octet_zero_in(w) | octet_zero_in(w ^ all_a) | octet_zero_in(w ^ all_b)) != 0)
			break;
	}
	return i;
}

#endif
