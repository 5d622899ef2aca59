/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_POLICY_CONFIRMATION_H
#define ANTISALES_POLICY_CONFIRMATION_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/err.h"
#include "antisales/base/regex.h"
#include "antisales/base/slice.h"
#include "antisales/catalogue/lint.h"

/* What a phrase tells of a mail; OTHER ones only read alike, such as a receipt that confirms an order. */
enum confirmation_kind { CONFIRMATION_OTHER, CONFIRMATION_SUBSCRIPTION, CONFIRMATION_DOCUMENT, CONFIRMATION_RECEIPT };

/* A phrase by which mail confirms something that its recipient did. */
struct confirmation {
	enum confirmation_kind kind;
	bool in_subject, in_text;       /* where it counts */
	struct slice pattern;
	struct regex *regex;
	unsigned document_group;        /* the group "document", 0 when the pattern has none */
	const struct slice *matches, *misses;   /* examples; terminated by NUL */
	size_t matches_count, misses_count;
	unsigned line;
};

struct confirmations {
	struct slice file;              /* terminated by NUL */
	const struct confirmation *at;
	size_t count;
};

/* Only the beginning of either is looked at. */
enum { CONFIRMATION_BYTES = 300 };

/*
 * The first phrase that the subject holds, or else the text; NULL when there
 * is none. Both are normalised (text_normalise). caps, if not NULL, gets what
 * the pattern's groups hold, all absent unless the subject decided.
 */
const struct confirmation *confirmation_find(const struct confirmations *c, struct slice subject, struct slice text,
    struct slice caps[REGEX_CAPTURES]);
/* Checks that each phrase finds its examples, in the company of the others too, and leaves its near misses alone.
 * Returns the number of problems, or a negative status. */
int confirmations_lint(const struct confirmations *c, lint_report *report, void *arg, struct err *reterr);

#endif
