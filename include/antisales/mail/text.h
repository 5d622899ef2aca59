/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_TEXT_H
#define ANTISALES_MAIL_TEXT_H

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"

/* Sole user of libunistring. */

/*
 * For matching: valid UTF-8 in, NFKC, default-ignorable code points (zero-width, soft hyphen, ...) dropped, every
 * run of white space, line ends too, folded to one SP and none left at the ends; the case is kept. Quotes for people
 * are cut from the original, not from this. Absent when memory runs out. Any thread, any time.
 */
struct slice text_normalise(struct slice utf8, struct arena *a);
/* Replaces every byte sequence that is no UTF-8 by U+FFFD (a NUL and a leading byte order mark are then dropped);
 * returns s itself when all is well, absent when memory runs out. */
struct slice text_valid(struct slice s, struct arena *a);

#endif
