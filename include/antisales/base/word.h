/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_WORD_H
#define ANTISALES_BASE_WORD_H

#include <stddef.h>

#include "antisales/base/slice.h"

/* The word of the list nearest to s by edit distance, for "did you mean"; NULL when none is near.
 * at(i, arg) yields the i-th word. */
const char *word_nearest(struct slice s, const char *(*at)(size_t i, const void *arg), const void *arg, size_t count);
/* The same over a plain array. */
const char *word_nearest_in(struct slice s, const char *const *words, size_t count);

#endif
