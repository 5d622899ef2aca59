/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/catalogue/lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { PUMP_BYTES = 16 * 1024 };

struct lint {
	const struct catalogue *catalogue;
	struct arena arena;
	struct regex_scratch *scratch;
	lint_report *report;
	void *arg;
	int problems;
};

static void tell(struct lint *l, const struct fingerprint *fp, const char *what, struct slice example)
{
	char text[400];

	if (example.p == NULL)
		snprintf(text, sizeof text, "%s: %.*s", what, SLICE_FMT(slice_sub(fp->pattern, 0, 120)));
	else
		snprintf(text, sizeof text, "%s: %.*s against \"%.*s\"", what, SLICE_FMT(slice_sub(fp->pattern, 0, 120)),
		    SLICE_FMT(slice_sub(example, 0, 160)));
	l->problems++;
	l->report(fp->platform->file.p, fp->line, text, l->arg);
}

/* Whether the scanner, prefilter and all, sees the fingerprint in the text. */
static int scan_sees(struct lint *l, const struct fingerprint *fp, struct slice text, bool *ret, struct err *reterr)
{
	struct subject subject = { .place = fp->place, .header = fp->header, .text = text };
	struct scan scan = { .subjects = &subject, .subjects_count = 1, .budget_us = 1000000 };
	int rc = catalogue_scan(l->catalogue, &scan, &l->arena, reterr);

	*ret = false;
	for (size_t i = 0; i < scan.sightings_count; i++)
		*ret = *ret || scan.sightings[i].fingerprint == fp;
	arena_reset(&l->arena);
	return rc;
}

static int check_examples(struct lint *l, const struct fingerprint *fp, struct err *reterr)
{
	bool seen;
	int rc;

	for (size_t i = 0; i < fp->matches_count; i++) {
		if (regex_match(fp->regex, l->scratch, fp->matches[i], NULL, NULL) != REGEX_YES)
			tell(l, fp, "does not match its own example", fp->matches[i]);
		else if ((rc = scan_sees(l, fp, fp->matches[i], &seen, reterr)) < 0)
			return rc;
		else if (!seen)
			tell(l, fp, "matches its example alone but not in a scan", fp->matches[i]);
	}
	for (size_t i = 0; i < fp->misses_count; i++)
		if (regex_match(fp->regex, l->scratch, fp->misses[i], NULL, NULL) != REGEX_NO)
			tell(l, fp, "matches its near miss", fp->misses[i]);
	return E_OK;
}

/* A near miss over and over: the text a careless repetition is slowest on. */
static bool is_slow(const struct fingerprint *fp, struct regex_scratch *scratch, struct slice text)
{
	int slow = 0;

	/* a busy machine may lose one race against the clock, a slow pattern loses all three */
	for (int i = 0; i < 3; i++) {
		int64_t budget_us = 20000;

		slow += regex_match(fp->regex, scratch, text, NULL, &budget_us) == REGEX_LIMIT;
	}
	return slow == 3;
}

static void check_speed(struct lint *l, const struct fingerprint *fp)
{
	char *pump = arena_alloc(&l->arena, PUMP_BYTES);
	struct slice seed = fp->misses[0].n > 0 ? fp->misses[0] : SLICE("aA1.-_/=");

	for (size_t i = 0; pump != NULL && i < PUMP_BYTES; i++)
		pump[i] = seed.p[i % seed.n];
	if (pump != NULL && is_slow(fp, l->scratch, (struct slice){ pump, PUMP_BYTES }))
		tell(l, fp, "is too slow on a long text; anchor it or bound its repetitions", (struct slice){ 0 });
	arena_reset(&l->arena);
}

static int by_pattern(const void *x, const void *y)
{
	const struct fingerprint *const *a = x, *const *b = y;
	int d;

	if ((*a)->place != (*b)->place)
		return (int)(*a)->place - (int)(*b)->place;
	if ((d = slice_cmp((*a)->header, (*b)->header)) != 0)
		return d;
	return slice_cmp((*a)->pattern, (*b)->pattern);
}

/* Two platforms may share a mark only as a hint: it cannot be proof of both. */
static int check_duplicates(struct lint *l, struct err *reterr)
{
	size_t n = l->catalogue->fingerprints_count;
	const struct fingerprint **sorted = arena_array(&l->arena, n, sizeof *sorted);

	if (sorted == NULL)
		return err_set(reterr, E_NOMEM, "no memory to compare %zu fingerprints", n);
	memcpy(sorted, l->catalogue->fingerprints, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_pattern);
	for (size_t i = 1; i < n; i++) {
		bool shared = sorted[i]->platform != sorted[i - 1]->platform;

		if (by_pattern(&sorted[i], &sorted[i - 1]) == 0
		    && (!shared || sorted[i]->proof != PROOF_HINT || sorted[i - 1]->proof != PROOF_HINT))
			tell(l, sorted[i], shared ? "is proof of two platforms" : "is there twice", sorted[i - 1]->platform->id);
	}
	arena_reset(&l->arena);
	return E_OK;
}

int catalogue_lint(const struct catalogue *c, lint_report *report, void *arg, struct err *reterr)
{
	struct lint l = { .catalogue = c, .report = report, .arg = arg };
	int rc = E_OK;

	arena_init(&l.arena, 128 * 1024, 64 * 1024 * 1024);
	l.scratch = regex_scratch_new();
	if (l.scratch == NULL)
		rc = err_set(reterr, E_NOMEM, "no memory to match patterns");
	for (size_t i = 0; rc == E_OK && i < c->fingerprints_count; i++) {
		rc = check_examples(&l, c->fingerprints[i], reterr);
		if (rc == E_OK)
			check_speed(&l, c->fingerprints[i]);
	}
	if (rc == E_OK)
		rc = check_duplicates(&l, reterr);
	regex_scratch_free(l.scratch);
	arena_done(&l.arena);
	return rc < 0 ? rc : l.problems;
}
