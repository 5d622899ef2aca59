/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_CHARSET_H
#define ANTISALES_MAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"

/* Character sets to UTF-8. Sole user of iconv; nothing here depends on the locale. */

/* Least room of charset_decode: more than one step ever writes. */
enum { CHARSET_ROOM_MIN = 512 };

struct charset_name;

struct charset {
	const struct charset_name *name;        /* NULL: unknown, read leniently */
	void *cd;                               /* iconv_t where one is needed */
	unsigned char open[4];                  /* the UTF-8 sequence that is not complete yet */
	unsigned char seen, need, low, high;    /* of it: bytes held, bytes missing, bounds of the next byte */
	unsigned char tail_n, bom;
	char tail[64];                          /* the block collected for iconv */
};

/* Whether we know that name (IANA, WHATWG and usual spellings; case and "-_ " ignored). */
bool charset_known(struct slice name);
/*
 * Never fails. UTF-8 is checked, invalid sequences become U+FFFD. Missing,
 * unknown and ASCII names are read leniently: UTF-8 where it is valid, other
 * bytes as windows-1252. The rest goes through iconv (UTF-16 with and without
 * a byte order mark, UTF-7, CJK sets, ...).
 */
void charset_open(struct charset *c, struct slice name);
/*
 * Decodes from the front of *in, which is moved on; returns the bytes of valid
 * UTF-8 written to out, at most room. NULs are dropped: they are no text, and
 * mail programs skip them. Stops when *in is empty or less than
 * CHARSET_ROOM_MIN bytes are left. The outcome does not depend on the cuts.
 */
size_t charset_decode(struct charset *c, struct slice *in, char *out, size_t room);
/* What was still incomplete at the end of the text, as U+FFFD; at most CHARSET_ROOM_MIN bytes. */
size_t charset_end(struct charset *c, char *out);
/* Gives the converter back; NULL-safe, may be called twice, also on a zeroed struct. */
void charset_close(struct charset *c);

/* The code point of a windows-1252 byte; the five that it leaves open are those of Latin-1. */
unsigned charset_western(unsigned char byte);
/* UTF-8 of one code point, U+FFFD for a surrogate or what is above U+10FFFF; the number of bytes, 1 to 4. */
size_t charset_put(unsigned long code_point, char out[4]);

#endif
