/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_LIST_UNSUBSCRIBE_H
#define ANTISALES_MAIL_LIST_UNSUBSCRIBE_H

#include <stddef.h>

#include "antisales/base/slice.h"

/*
 * The URIs of a List-Unsubscribe field (RFC 2369), in their order, without
 * angle brackets, blanks inside them taken out; at most max. Returns how many.
 * They live in the arena.
 */
struct arena;
size_t list_unsubscribe(struct slice unfolded, struct arena *a, struct slice *ret, size_t max);
/* The address of "mailto:leave@example.com?subject=x"; absent when it is no such URI. */
struct slice mailto_address(struct slice uri);

#endif
