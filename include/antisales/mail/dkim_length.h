/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DKIM_LENGTH_H
#define ANTISALES_MAIL_DKIM_LENGTH_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/slice.h"

/*
 * How long a body is once it is canonicalised (RFC 6376 sections 3.4.3 and
 * 3.4.4), counted as it streams by. The library tells only how much of it was
 * hashed, so whether l= leaves something out is found out here.
 */
struct dkim_length {
	bool relaxed;
	uint64_t bytes;                 /* up to the last line that is not empty */
	uint64_t empty_lines;           /* after it: they count if another line follows */
	bool in_line;                   /* the line holds something */
	bool blank;                     /* relaxed: blanks that count if something follows */
};

/* Line ends are CRLF and not split over calls. */
void dkim_length_add(struct dkim_length *l, struct slice body);
uint64_t dkim_length_end(const struct dkim_length *l);

#endif
