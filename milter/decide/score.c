/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/decide/score.h"

#include <math.h>
#include <stdlib.h>

enum { SAYS_MAX = 400 };

static int points_of(const struct rule *r, const struct facts *f)
{
	double n;

	if (r->per == FACT_COUNT)
		return (int)r->points;
	n = f->at[r->per].present ? (double)f->at[r->per].number * r->points : 0;
	n = fmin(fmax(n, -r->at_most), r->at_most);
	return (int)lround(n);
}

static struct slice sentence(const struct rule *r, const struct facts *f, struct arena *a)
{
	struct buf b;
	struct slice s;

	buf_init(&b, SAYS_MAX);
	says_expand(&r->says, f, &b);
	s = arena_dup(a, buf_slice(&b));
	buf_done(&b);
	return s;
}

static int clip(int n)
{
	return n < 0 ? 0 : n > 100 ? 100 : n;
}

static int heavier(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;
	int d = abs(b->points) - abs(a->points);

	return d != 0 ? d : (a->rule > b->rule) - (a->rule < b->rule);
}

int score_sum(const struct policy *p, const struct facts *f, struct arena *a, struct score *ret, struct err *reterr)
{
	struct hit *hits = arena_array(a, p->rules_count, sizeof *hits);
	int total = 0, base = 0;
	size_t n = 0;

	if (hits == NULL)
		return err_set(reterr, E_LIMIT, "no memory to score against %zu rules", p->rules_count);
	for (size_t i = 0; i < p->rules_count; i++) {
		const struct rule *r = &p->rules[i];
		int points;

		if (!condition_holds(r->when, f))
			continue;
		points = points_of(r, f);
		total += points;
		base += r->history ? 0 : points;
		hits[n++] = (struct hit){ r, points, sentence(r, f, a) };
	}
	if (n > 0)
		qsort(hits, n, sizeof *hits, heavier);
	*ret = (struct score){ hits, n, clip(total), clip(base) };
	return E_OK;
}
