/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_CATALOGUE_LITERAL_H
#define ANTISALES_CATALOGUE_LITERAL_H

#include <stddef.h>

#include "antisales/base/slice.h"

enum { LITERAL_MIN = 3, LITERAL_MAX = 64 };

/*
 * The most telling run of characters that every match of the pattern must
 * contain, lower case, into out[LITERAL_MAX]. Returns its length, 0 when the
 * pattern has no such run of at least LITERAL_MIN bytes. The pattern must
 * compile in PCRE2; what is not understood ends a run, so the answer may be
 * shorter than possible but never wrong.
 */
size_t literal_required(struct slice pattern, char out[LITERAL_MAX]);

#endif
