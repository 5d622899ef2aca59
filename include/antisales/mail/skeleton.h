/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_SKELETON_H
#define ANTISALES_MAIL_SKELETON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"
#include "antisales/mail/minhash.h"

/*
 * What all copies of one template have in common, however each is addressed:
 * the words that are left of a text without greeting, signature and footer,
 * names, numbers, addresses, links, merge tokens and words with a capital that
 * do not begin a sentence. Two texts are held to be of one template when they
 * share a band; minhash.h tells how often that is missed.
 *
 * Measured on real mail: of 933 pairs of pitches that are alike, names and all
 * (a similarity of 0.6 or more), 871 meet; of 111,000 pairs of pitches below
 * 0.3, and of 1.03 million pairs with people's mail, none. At 25 words 788
 * meet, since pitches are short; at 10 words 889, but so few may be a stock phrase.
 *
 * Only the first 1536 bytes and 150 words count. A text in a script without
 * blanks, or all in capitals, leaves too few words.
 */
enum { SKELETON_BANDS = MINHASH_BANDS, SKELETON_ROWS = MINHASH_ROWS, SKELETON_WORDS_MIN = 20 };

struct skeleton {
	bool present;                   /* enough words were left */
	size_t words;                   /* that were left */
	uint64_t bands[SKELETON_BANDS];
};

struct skeleton_in {
	struct slice text;              /* visible words of the sender's own, lines ended by LF */
	const struct slice *names;      /* of people and firms: display names, local parts, labels of domains */
	size_t names_count;
};

struct skeleton skeleton_of(const struct skeleton_in *in, struct arena *a);
/* All bands in one value: equal for copies of one template, and for near copies only by chance. */
uint64_t skeleton_id(const struct skeleton *s);

#endif
