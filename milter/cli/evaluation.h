/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_EVALUATION_H
#define CLI_EVALUATION_H

#include <stdint.h>
#include <stdio.h>

#include "antisales/decide/verdict.h"
#include "labels.h"

enum { SLOWEST = 5, BAD_NAMED = 20 };

/* What was counted over a corpus. */
struct platform_tally {
	size_t by_proof[PROOF_CERTAIN + 1];
	size_t found;                   /* messages it was named in */
	size_t expected, hit;           /* messages the labels name it for; of these found */
	size_t surplus;                 /* labelled messages it was found in though the labels do not name it */
	size_t *by_label;               /* messages it was proven in, by label */
};

struct rule_tally {
	size_t hits, hits_unwanted;
};

struct slow_mail {
	int64_t us;
	char name[256];
};

struct evaluation {
	const struct policy *policy;
	const struct labels *labels;    /* NULL: none */
	struct arena *arena;
	size_t messages, bad, bad_named, unlabelled;
	char bad_names[BAD_NAMED][400];
	size_t verdicts[VERDICT_COUNT];
	size_t *confusion;              /* [label * VERDICT_COUNT + verdict] */
	struct platform_tally *platforms;       /* by the catalogue's index */
	struct rule_tally *rules;               /* by the policy's index */
	struct slow_mail slowest[SLOWEST];      /* slowest first */
	int64_t spent_us;
	size_t bytes;
	const struct slice *unwanted;   /* labels of mail that is to be tagged */
	size_t unwanted_count;
};

int evaluation_init(struct evaluation *e, const struct policy *p, const struct labels *l, struct arena *a,
    struct err *reterr);
void evaluation_add(struct evaluation *e, const char *name, size_t bytes, const struct decision *d, int64_t us);
void evaluation_bad(struct evaluation *e, const char *name, const char *why);
bool evaluation_is_unwanted(const struct evaluation *e, struct slice label);

void evaluation_text(const struct evaluation *e, FILE *out);
void evaluation_json(const struct evaluation *e, FILE *out);
/* One page without outside resources; everything that comes from mail or files is escaped. */
void evaluation_html(const struct evaluation *e, FILE *out);

#endif
