/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_TEXT_H
#define ANTISALES_MAIL_TEXT_H

#include <stdbool.h>

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

/* Words of normalised text; longer ones are no words. */
enum { TEXT_WORD_BYTES_MAX = 64, TEXT_LETTERS_MAX = 3 * TEXT_WORD_BYTES_MAX };
/* For comparing words: the letters alone, case folded, so that "(Don't," gives "dont". Writes them to out and
 * returns how many bytes they are; 0 when there are none or the word is too long. */
size_t text_letters(struct slice word, char out[TEXT_LETTERS_MAX]);
bool text_is_capital(struct slice word);        /* its first letter is a capital one */

#endif
