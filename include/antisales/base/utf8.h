/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_UTF8_H
#define ANTISALES_BASE_UTF8_H

#include <stddef.h>

#include "antisales/base/slice.h"

/* Bytes of the well-formed UTF-8 sequence that s begins with (Unicode table 3-7), 0 when it begins with none. */
size_t utf8_length(struct slice s);
/* How many of at most n bytes of s can be kept without dividing a character. */
size_t utf8_clip(struct slice s, size_t n);

#endif
