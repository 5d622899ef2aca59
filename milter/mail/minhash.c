/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/minhash.h"

#include <string.h>

/* The golden ratio's bits: odd, and without a pattern. */
#define STEP UINT64_C(0x9E3779B97F4A7C15)

uint64_t minhash_word(struct slice word)
{
	uint64_t h = word.n;

	for (size_t i = 0; i < word.n; i++)
		h = (h ^ (unsigned char)word.p[i]) * UINT64_C(0x100000001B3);   /* FNV-1a's prime */
	return minhash_mix(h);
}

void minhash_begin(struct minhash *m)
{
	*m = (struct minhash){ 0 };
	memset(m->least, 0xFF, sizeof m->least);
}

/* One good hash for the run, of which each function makes its own by another number and one multiplication. */
void minhash_add(struct minhash *m, uint64_t word)
{
	uint64_t run = word;

	for (size_t i = 0; i < MINHASH_RUN - 1; i++)
		run = minhash_mix(run * 3 + m->before[i]);
	memmove(m->before + 1, m->before, sizeof m->before - sizeof m->before[0]);
	m->before[0] = word;
	if (++m->words < MINHASH_RUN)
		return;
	for (uint64_t i = 0; i < MINHASH_VALUES; i++) {
		uint64_t h = minhash_mix(run ^ (i + 1) * STEP);

		m->least[i] = h < m->least[i] ? h : m->least[i];
	}
}

void minhash_end(const struct minhash *m, uint64_t bands[MINHASH_BANDS])
{
	for (size_t b = 0; b < MINHASH_BANDS; b++) {
		bands[b] = b;
		for (size_t i = 0; i < MINHASH_ROWS; i++)
			bands[b] = minhash_mix(bands[b] ^ m->least[b * MINHASH_ROWS + i]) + STEP;
	}
}
