/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_FOLD_H
#define ANTISALES_MAIL_FOLD_H

#include <stdbool.h>

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"

/*
 * Writes words to a buffer with the white space between them (no-break spaces
 * too) folded to one SP or LF; control characters vanish. White space is
 * written when the next word comes, so none stands at the ends.
 */
enum fold_gap { FOLD_NONE, FOLD_SPACE, FOLD_SOFT, FOLD_LINE };

enum fold_mode {
	FOLD_RUNNING,                   /* line ends are blanks, as in HTML */
	FOLD_LINES,                     /* line ends are line ends, as in plain text */
	FOLD_DELSP                      /* the same, but SP before a line end joins the lines (RFC 3676, DelSp=yes) */
};

struct fold {
	struct buf out;
	enum fold_gap gap;
	bool half;                      /* 0xC2 came last: the first half of a no-break space or of a letter */
};

void fold_init(struct fold *f, size_t max_bytes);
void fold_done(struct fold *f);
void fold_clear(struct fold *f);
void fold_add(struct fold *f, struct slice utf8, enum fold_mode mode);
void fold_space(struct fold *f);                /* a blank is due before the next word */
void fold_line(struct fold *f);                 /* a line end is due before the next word */
/* Writes a marker byte at the start of a line of its own; see quote.h. */
void fold_mark(struct fold *f, char marker);
/* Where the next word will stand. */
size_t fold_offset(const struct fold *f);

#endif
