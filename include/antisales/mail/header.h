/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_HEADER_H
#define ANTISALES_MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"

/* A header field as the MTA told it, and as people read it. */
struct header {
	struct slice name;
	struct slice raw;               /* value as received: folds, leading space and all */
	struct slice value;             /* unfolded, RFC 2047 decoded to valid UTF-8, trimmed */
};

/* "a\r\n\tb" or "a\n b" becomes "a\tb" or "a b" (RFC 5322 section 2.2.3), then trimmed. Absent out of memory. */
struct slice header_unfold(struct slice raw, struct arena *a);
/* Decodes encoded words (RFC 2047, adjacent words joined, unknown character sets left as they are) of an
 * unfolded value and replaces bytes that are no UTF-8 by U+FFFD. Returns the same slice if nothing changes. */
struct slice header_decode(struct slice unfolded, struct arena *a);
/* A parameter of a structured value such as Content-Type or Content-Disposition: quoted strings, comments,
 * RFC 2231 continuations and character sets undone; at most 64 parameters and 16 pieces are looked at.
 * Absent when the parameter is missing. */
struct slice header_param(struct slice unfolded, const char *name, struct arena *a);
/* All values given for that parameter, at most max, since readers disagree which of two counts: the joined RFC 2231
 * one first, then those in plain spelling in their order. Returns how many. They live in the arena or in unfolded. */
size_t header_params(struct slice unfolded, const char *name, struct arena *a, struct slice *ret, size_t max);

#endif
