/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_DECIDE_SCORE_H
#define ANTISALES_DECIDE_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/mail/facts.h"
#include "antisales/policy/policy.h"

/* A rule that holds, with what it is worth here and its sentence filled in. */
struct hit {
	const struct rule *rule;
	int points;
	struct slice says;
	bool shared;                    /* true of every recipient, in the same words: it may be told to all */
};

struct score {
	struct hit *hits;               /* heaviest first, then in the policy's order */
	size_t count;
	int total;                      /* 0..100: all hits, clipped */
	int base;                       /* 0..100: those that ask for no history, clipped */
	int told;                       /* 0..100: as total, but what is not shared left out; never more than total */
};

/* A pure function of the policy and the facts: same input, same bytes out. For one recipient all is shared. */
int score_sum(const struct policy *p, const struct facts *f, struct arena *a, struct score *ret, struct err *reterr);

/* Leaves shared what the other says, too; once for each other recipient. */
void score_share(struct score *s, const struct score *other);

#endif
