/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_SLICE_H
#define ANTISALES_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A view of bytes that somebody else owns. It never owns, is not terminated
 * by NUL and may hold NULs. p == NULL means "absent", n == 0 with p set means
 * "present and empty".
 */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
/* for "%.*s": precision and pointer; slices in messages are short by limit */
#define SLICE_FMT(s) (int)(s).n, (s).p

struct slice slice_of(const char *s);                     /* NULL gives the absent slice */
struct slice slice_sub(struct slice s, size_t from, size_t n);   /* clipped to s */
/* Which of the words s is; count when it is none. */
size_t slice_among(struct slice s, const char *const *words, size_t count);
struct slice slice_trim(struct slice s);                  /* without SP, TAB, CR, LF at both ends */
bool slice_eq(struct slice a, struct slice b);
bool slice_ieq(struct slice a, struct slice b);           /* ASCII case ignored, bytes >= 0x80 exact */
bool slice_istarts(struct slice s, struct slice prefix);
bool slice_iends(struct slice s, struct slice suffix);
int slice_cmp(struct slice a, struct slice b);            /* byte order, shorter first */
/* Offset of the first occurrence at or after from; s.n when there is none. */
size_t slice_find(struct slice s, char c, size_t from);
size_t slice_ifind(struct slice s, struct slice needle, size_t from);
size_t slice_rfind(struct slice s, char c);               /* s.n when there is none */
/* Cuts the part before sep off *s and returns it; all of *s when sep is absent. */
struct slice slice_cut(struct slice *s, char sep);

char ascii_lower(char c);
bool ascii_space(char c);                                 /* SP TAB CR LF FF VT */
bool ascii_alnum(char c);
bool ascii_digit(char c);
int ascii_hex(char c);                                    /* 0..15, -1 when c is no hex digit */

#endif
