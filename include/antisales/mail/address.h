/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_ADDRESS_H
#define ANTISALES_MAIL_ADDRESS_H

#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"

/* A mailbox of RFC 5322 section 3.4. */
struct address {
	struct slice display;           /* display name, unquoted, RFC 2047 decoded; may be empty */
	struct slice local;             /* local part, quotes undone */
	struct slice domain;            /* normalised (domain_normalise); empty when unusable */
	struct slice spec;              /* local@domain as used for comparing: domain lower case */
};

enum { ADDRESS_MAX = 200, ADDRESS_NESTING_MAX = 8 };

/*
 * Reads an address list (From, To, Cc, Reply-To): groups, comments, quoted
 * names, route addresses; bounded by ADDRESS_MAX and ADDRESS_NESTING_MAX. The
 * address in angle brackets counts, the display name is text. Returns how many
 * were read; *ret is an array in the arena.
 */
size_t address_list(struct slice unfolded, struct arena *a, const struct address **ret);
/* An envelope address, with or without angle brackets; "<>" gives an empty spec. 0, or -1 if unusable. */
int address_envelope(struct slice s, struct arena *a, struct address *ret);

#endif
