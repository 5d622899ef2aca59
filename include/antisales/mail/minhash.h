/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_MINHASH_H
#define ANTISALES_MAIL_MINHASH_H

#include <stddef.h>
#include <stdint.h>

#include "antisales/base/slice.h"

/*
 * How alike two texts are, without keeping either: of the hashes of all runs
 * of MINHASH_RUN words, under each of 16 hash functions, the least. Two texts
 * agree in one such value with the probability of their Jaccard similarity s,
 * the share of runs that they have in common (Broder 1997). MINHASH_ROWS of
 * the values make a band, so that they share one of the bands with probability
 * 1 - (1 - s^4)^4: 0.99 at 0.9, 0.88 at 0.8, 0.70 at 0.7, 0.23 at 0.5, 0.006 at 0.2.
 */
enum { MINHASH_RUN = 3, MINHASH_BANDS = 4, MINHASH_ROWS = 4, MINHASH_VALUES = MINHASH_BANDS * MINHASH_ROWS };

struct minhash {
	uint64_t before[MINHASH_RUN - 1];       /* the last words, the latest first */
	uint64_t least[MINHASH_VALUES];
	size_t words;
};

/* Every bit of the result depends on every bit of x (the finaliser of SplitMix64). */
static inline uint64_t minhash_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

uint64_t minhash_word(struct slice word);
void minhash_begin(struct minhash *m);
void minhash_add(struct minhash *m, uint64_t word);
/* Means something only once there were MINHASH_RUN words. */
void minhash_end(const struct minhash *m, uint64_t bands[MINHASH_BANDS]);

#endif
