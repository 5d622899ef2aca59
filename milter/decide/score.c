/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/decide/score.h"

#include <math.h>
#include <stdlib.h>

#include "antisales/base/alloc.h"

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

/* How many rules hold, written down in held; conditions may be costly, so each is asked once. */
static size_t hold_rules(const struct policy *p, const struct facts *f, const struct rule **held)
{
	size_t n = 0;

	for (size_t i = 0; i < p->rules_count; i++)
		if (condition_holds(p->rules[i].when, f))
			held[n++] = &p->rules[i];
	return n;
}

int score_sum(const struct policy *p, const struct facts *f, struct arena *a, struct score *ret, struct err *reterr)
{
	const struct rule **held = alloc_zeroed(p->rules_count + 1, sizeof *held);
	size_t n = held == NULL ? 0 : hold_rules(p, f, held);
	struct hit *hits = held == NULL ? NULL : arena_array(a, n, sizeof *hits);
	int total = 0, base = 0;

	for (size_t i = 0; hits != NULL && i < n; i++) {
		int points = points_of(held[i], f);

		total += points;
		base += held[i]->history ? 0 : points;
		hits[i] = (struct hit){ .rule = held[i], .points = points, .says = sentence(held[i], f, a), .shared = true };
	}
	free(held);
	if (hits == NULL)
		return err_set(reterr, E_LIMIT, "no memory to score against %zu rules", p->rules_count);
	if (n > 0)
		qsort(hits, n, sizeof *hits, heavier);
	*ret = (struct score){ hits, n, clip(total), clip(base), clip(total) };
	return E_OK;
}

static bool says_the_same(const struct score *s, const struct hit *h)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->hits[i].rule == h->rule)
			return s->hits[i].shared && s->hits[i].points == h->points && slice_eq(s->hits[i].says, h->says);
	return false;
}

void score_share(struct score *s, const struct score *other)
{
	int told = 0;

	for (size_t i = 0; i < s->count; i++) {
		s->hits[i].shared = s->hits[i].shared && says_the_same(other, &s->hits[i]);
		told += s->hits[i].shared ? s->hits[i].points : 0;
	}
	s->told = clip(told) < s->total ? clip(told) : s->total;
}
