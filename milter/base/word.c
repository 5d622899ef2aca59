/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/word.h"

#include <string.h>

enum { WORD_MAX = 48 };

/* Levenshtein distance, ASCII case ignored; words longer than WORD_MAX are far from everything. */
static size_t distance(struct slice a, struct slice b)
{
	size_t row[WORD_MAX + 1];

	if (a.n > WORD_MAX || b.n > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = diagonal + (ascii_lower(a.p[i - 1]) != ascii_lower(b.p[j - 1]));
			size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < best ? change : best;
		}
	}
	return row[b.n];
}

const char *word_nearest(struct slice s, const char *(*at)(size_t, const void *), const void *arg, size_t count)
{
	size_t best = s.n / 3 + 2;      /* further away is no help */
	const char *hit = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t d = distance(s, slice_of(at(i, arg)));

		if (d < best) {
			best = d;
			hit = at(i, arg);
		}
	}
	return hit;
}

static const char *array_at(size_t i, const void *arg)
{
	const char *const *words = arg;

	return words[i];
}

const char *word_nearest_in(struct slice s, const char *const *words, size_t count)
{
	return word_nearest(s, array_at, words, count);
}
