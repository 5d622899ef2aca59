/* SPDX-License-Identifier: BSD-3-Clause */
#include "evaluation.h"

#include <string.h>

int evaluation_init(struct evaluation *e, const struct policy *p, const struct labels *l, struct arena *a,
    struct err *reterr)
{
	static const struct slice unwanted[] = { { "marketing", 9 }, { "cold-sales", 10 } };
	size_t labels = l == NULL ? 0 : l->names_count, platforms = catalogue_count(p->catalogue);
	size_t *counts = arena_array(a, platforms * (labels + 1), sizeof *counts);

	*e = (struct evaluation){ .policy = p, .labels = l, .arena = a, .unwanted = unwanted, .unwanted_count = 2 };
	e->confusion = arena_array(a, (labels + 1) * VERDICT_COUNT, sizeof *e->confusion);
	e->platforms = arena_array(a, platforms, sizeof *e->platforms);
	e->rules = arena_array(a, p->rules_count + 1, sizeof *e->rules);
	if (counts == NULL || e->confusion == NULL || e->platforms == NULL || e->rules == NULL)
		return err_set(reterr, E_NOMEM, "no memory to count over %zu platforms", platforms);
	for (size_t i = 0; i < platforms; i++)
		e->platforms[i].by_label = counts + i * (labels + 1);
	return E_OK;
}

bool evaluation_is_unwanted(const struct evaluation *e, struct slice label)
{
	for (size_t i = 0; i < e->unwanted_count; i++)
		if (slice_eq(e->unwanted[i], label))
			return true;
	return false;
}

/* Whether the row names the platform; what stands in parentheses behind an id is a remark. */
static bool names_platform(const struct label_row *row, struct slice id)
{
	for (int k = 0; k < 2; k++) {
		struct slice rest = row->platforms[k];

		while (rest.n > 0) {
			size_t end = 0;
			struct slice one;

			while (end < rest.n && strchr(",; ", rest.p[end]) == NULL)
				end++;
			one = slice_sub(rest, 0, end);
			rest = slice_sub(rest, end + 1, rest.n);
			if (slice_eq(slice_sub(one, 0, slice_find(one, '(', 0)), id))
				return true;
		}
	}
	return false;
}

static const struct recognised *found_in(const struct decision *d, const struct platform *p)
{
	for (size_t i = 0; d != NULL && i < d->evidence->platforms_count; i++)
		if (d->evidence->platforms[i].platform == p)
			return &d->evidence->platforms[i];
	return NULL;
}

static void count_expected(struct evaluation *e, const struct label_row *row, const struct decision *d)
{
	for (size_t i = 0; i < catalogue_count(e->policy->catalogue); i++) {
		const struct platform *p = catalogue_at(e->policy->catalogue, i);
		bool expected = names_platform(row, p->id), found = found_in(d, p) != NULL;

		e->platforms[i].expected += expected;
		e->platforms[i].hit += expected && found;
		e->platforms[i].surplus += !expected && found;
	}
}

static void count_platforms(struct evaluation *e, const struct decision *d, const struct label_row *row)
{
	for (size_t i = 0; i < d->evidence->platforms_count; i++) {
		const struct recognised *r = &d->evidence->platforms[i];
		struct platform_tally *t = &e->platforms[r->platform->index];

		t->found++;
		t->by_proof[r->proof]++;
		if (row != NULL && r->proof >= PROOF_STRONG)
			t->by_label[labels_index(e->labels, row->label)]++;
	}
}

static void count_rules(struct evaluation *e, const struct decision *d, bool unwanted)
{
	for (size_t i = 0; i < d->score->count; i++) {
		struct rule_tally *t = &e->rules[d->score->hits[i].rule - e->policy->rules];

		t->hits++;
		t->hits_unwanted += unwanted;
	}
}

static void note_slow(struct evaluation *e, const char *name, int64_t us)
{
	size_t at = SLOWEST;

	while (at > 0 && us > e->slowest[at - 1].us)
		at--;
	if (at == SLOWEST)
		return;
	memmove(&e->slowest[at + 1], &e->slowest[at], (SLOWEST - 1 - at) * sizeof e->slowest[0]);
	e->slowest[at].us = us;
	snprintf(e->slowest[at].name, sizeof e->slowest[at].name, "%s", name);
}

void evaluation_add(struct evaluation *e, const char *name, size_t bytes, const struct decision *d, int64_t us)
{
	const struct label_row *row = e->labels == NULL ? NULL : labels_find(e->labels, slice_of(name));
	enum verdict_kind v = d == NULL ? VERDICT_PASS : d->verdict;

	e->messages++;
	e->bytes += bytes;
	e->spent_us += us;
	e->verdicts[v]++;
	e->unlabelled += e->labels != NULL && row == NULL;
	if (row != NULL) {
		e->confusion[labels_index(e->labels, row->label) * VERDICT_COUNT + v]++;
		if (e->labels->platform_columns > 0)
			count_expected(e, row, d);
	}
	if (d != NULL) {
		count_platforms(e, d, row);
		count_rules(e, d, row != NULL && evaluation_is_unwanted(e, row->label));
	}
	note_slow(e, name, us);
}

void evaluation_bad(struct evaluation *e, const char *name, const char *why)
{
	if (e->bad < BAD_NAMED)
		snprintf(e->bad_names[e->bad_named++], sizeof e->bad_names[0], "%s: %s", name, why);
	e->bad++;
}
