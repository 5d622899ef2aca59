/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_OCTET_H
#define ANTISALES_MAIL_OCTET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Classes of bytes, inlined because the readers ask for each byte of a body. Independent of the locale. */
enum octet_class {
	OCTET_ALPHA = 1 << 0,
	OCTET_DIGIT = 1 << 1,
	OCTET_SPACE = 1 << 2,           /* SP TAB LF FF CR VT */
	OCTET_TOKEN = 1 << 3,           /* in the name of a header field: printable, none of ':' '<' '>' '=' */
	OCTET_HOST = 1 << 4,            /* letters, digits, '-', '_', '.' */
	OCTET_WORD = 1 << 5,            /* visible text as it is: no space, no control, not NBSP's first byte */
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

/* Eight bytes with the first one lowest, so that the lowest flag below tells the first hit. */
static inline uint64_t octet_load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

#define OCTET_EACH(c) (0x0101010101010101u * (unsigned char)(c))
#define OCTET_HIGH 0x8080808080808080u

/* Flags the zero bytes of w in their high bits; above the first one it may flag too many. */
static inline uint64_t octet_zeros(uint64_t w)
{
	return (w - OCTET_EACH(1)) & ~w & OCTET_HIGH;
}

/* Flags the zero bytes of w and no others. */
static inline uint64_t octet_exact_zeros(uint64_t w)
{
	return ~(((w & ~OCTET_HIGH) + ~OCTET_HIGH) | w | ~OCTET_HIGH);
}

/* How many bytes are flagged. */
static inline unsigned octet_count(uint64_t flags)
{
	return (unsigned)((flags >> 7) * OCTET_EACH(1) >> 56);
}

/* Flags the bytes below limit (at most 128), likewise. */
static inline uint64_t octet_below(uint64_t w, char limit)
{
	return (w - OCTET_EACH(limit)) & ~w & OCTET_HIGH;
}

static inline size_t octet_first(uint64_t flags)
{
	return (size_t)__builtin_ctzll(flags) / 8;
}

/* How many of the first n bytes are ASCII and not NUL. */
static inline size_t octet_plain_run(const char *p, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w = octet_load(p + i), odd = (w & OCTET_HIGH) | octet_zeros(w);

		if (odd != 0)
			return i + octet_first(odd);
	}
	while (i < n && p[i] > '\0')
		i++;
	return i;
}

/* How many of the first n bytes come before a, b or a NUL. */
static inline size_t octet_run_before(const char *p, size_t n, char a, char b)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w = octet_load(p + i);
		uint64_t hit = octet_zeros(w) | octet_zeros(w ^ OCTET_EACH(a)) | octet_zeros(w ^ OCTET_EACH(b));

		if (hit != 0)
			return i + octet_first(hit);
	}
	while (i < n && p[i] != a && p[i] != b && p[i] != '\0')
		i++;
	return i;
}

/* After a word: the length of whole blocks of eight bytes of words that follow, parted by single SPs. */
static inline size_t octet_folded_blocks(const char *p, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w = octet_load(p + i), blank = octet_zeros(w ^ OCTET_EACH(' '));
		uint64_t odd = octet_below(w, ' ') | octet_zeros(w ^ OCTET_EACH(0x7f)) |
		    octet_zeros(w ^ OCTET_EACH(0xC2));

		if ((odd | (blank & blank >> 8)) != 0 || p[i + 7] == ' ')
			break;
	}
	return i;
}

#endif
