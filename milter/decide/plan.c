/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/decide/plan.h"

#include <stdlib.h>

/* By name, then from the last of that name to the first. */
static int by_name(const void *x, const void *y)
{
	const struct foreign_header *a = x, *b = y;
	size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;

	for (size_t i = 0; i < n; i++) {
		int d = ascii_lower(a->name.p[i]) - ascii_lower(b->name.p[i]);

		if (d != 0)
			return d;
	}
	if (a->name.n != b->name.n)
		return a->name.n < b->name.n ? -1 : 1;
	return (a->position < b->position) - (a->position > b->position);
}

static bool put_deletes(const struct foreign_header *foreign, size_t count, struct arena *a, struct action *out)
{
	struct foreign_header *sorted = arena_array(a, count, sizeof *sorted);

	if (sorted == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = foreign[i];
	if (count > 0)
		qsort(sorted, count, sizeof *sorted, by_name);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && slice_ieq(sorted[end].name, sorted[i].name);)
			end++;
		for (size_t k = i; k < end; k++) {
			out[k] = (struct action){ .kind = ACTION_DELETE_HEADER, .nth = end - k,
				.name = arena_strdup(a, sorted[k].name) };
			if (out[k].name == NULL)
				return false;
		}
	}
	return true;
}

int plan_clean(const struct foreign_header *foreign, size_t foreign_count, struct arena *a, struct plan *ret,
    struct err *reterr)
{
	struct action *actions = arena_array(a, foreign_count + HEADER_LINES_MAX + 1, sizeof *actions);

	*ret = (struct plan){ 0 };
	if (actions == NULL || !put_deletes(foreign, foreign_count, a, actions))
		return err_set(reterr, E_LIMIT, "no memory to remove %zu foreign fields", foreign_count);
	ret->actions = actions;
	ret->count = foreign_count;
	return E_OK;
}

static const char *told_reason(const struct decision *d)
{
	struct slice s = arena_printf(d->txn->arena, "X-Anti-Sales: score %d, id %s", d->score->total, d->id);

	return s.p == NULL ? "X-Anti-Sales" : s.p;
}

static int put_reply(const struct decision *d, struct arena *a, struct plan *ret, struct err *reterr)
{
	const struct reply *r = &d->policy->reject;
	struct action *reply = arena_alloc(a, sizeof *reply);
	struct slice text = arena_printf(a, "%.*s (id %s)", SLICE_FMT(r->text), d->id);

	if (reply == NULL || text.p == NULL)
		return err_set(reterr, E_LIMIT, "no memory for a reply");
	*reply = (struct action){ .kind = ACTION_REPLY, .code = r->code, .enhanced = arena_strdup(a, r->enhanced),
		.value = reply_text(text, a) };
	if (reply->enhanced == NULL || reply->value == NULL)
		return err_set(reterr, E_LIMIT, "no memory for a reply");
	*ret = (struct plan){ .actions = reply, .count = 1, .reject = true };
	return E_OK;
}

int plan_build(const struct decision *d, const struct foreign_header *foreign, size_t foreign_count, struct arena *a,
    struct plan *ret, struct err *reterr)
{
	struct header_line lines[HEADER_LINES_MAX];
	struct action *next;
	size_t n;
	int rc;

	*ret = (struct plan){ 0 };
	if (d->shadow)
		return E_OK;
	if (d->verdict == VERDICT_REJECT)
		return put_reply(d, a, ret, reterr);
	rc = plan_clean(foreign, foreign_count, a, ret, reterr);
	if (rc < 0)
		return rc;
	/* plan_clean left room for all that follows */
	next = (struct action *)(uintptr_t)&ret->actions[ret->count];
	n = header_lines(d, a, lines);
	for (size_t i = n; i > 0; i--)
		*next++ = (struct action){ .kind = ACTION_INSERT_HEADER, .name = lines[i - 1].name, .value = lines[i - 1].value };
	ret->count += n;
	if (d->verdict == VERDICT_QUARANTINE) {
		*next = (struct action){ .kind = ACTION_QUARANTINE, .value = told_reason(d) };
		ret->count++;
	}
	return E_OK;
}
