/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/decide/plan.h"

#include <stdint.h>
#include <string.h>

static bool is_written_by_us(struct slice name)
{
	for (size_t i = 0; header_our_name(i) != NULL; i++)
		if (slice_ieq(name, slice_of(header_our_name(i))))
			return true;
	return false;
}

/* The places of the names that we write are kept free for them, whatever else comes first. */
static bool is_room_for(const struct foreign_headers *f, struct slice name)
{
	size_t kept = is_written_by_us(name) ? 0 : HEADER_LINES_MAX;

	return f->names + kept < FOREIGN_NAMES && name.n < FOREIGN_NAME_BYTES;
}

void foreign_note(struct foreign_headers *f, struct slice name)
{
	name = slice_trim(name);
	for (size_t i = 0; i < f->names; i++)
		if (slice_ieq(name, slice_of(f->at[i].name))) {
			f->at[i].count++;
			return;
		}
	if (!is_room_for(f, name)) {
		f->lost++;
		return;
	}
	memcpy(f->at[f->names].name, name.p, name.n);
	f->at[f->names].name[name.n] = '\0';
	f->at[f->names++].count = 1;
}

int plan_clean(const struct foreign_headers *foreign, struct arena *a, struct plan *ret, struct err *reterr)
{
	struct action *actions = arena_array(a, foreign->names + HEADER_LINES_MAX + 1, sizeof *actions);

	*ret = (struct plan){ 0 };
	if (actions == NULL)
		return err_set(reterr, E_LIMIT, "no memory to remove %zu foreign fields", foreign->names);
	for (size_t i = 0; i < foreign->names; i++)
		actions[i] = (struct action){ .kind = ACTION_DELETE_HEADER, .name = foreign->at[i].name,
			.count = foreign->at[i].count };
	ret->actions = actions;
	ret->count = foreign->names;
	return E_OK;
}

static const char *told_reason(const struct decision *d)
{
	struct slice s = arena_printf(d->txn->arena, "X-Anti-Sales: score %d, id %s", d->score->told, d->id);

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

int plan_build(const struct decision *d, const struct foreign_headers *foreign, struct arena *a, struct plan *ret,
    struct err *reterr)
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
	rc = plan_clean(foreign, a, ret, reterr);
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
