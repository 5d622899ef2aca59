/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/mta.h"

/* From the last to the first: deleting shifts the index of those behind. */
static int delete_all(const struct action *a, struct mta *m)
{
	int rc = 0;

	for (size_t nth = a->count; nth > 0; nth--)
		if (m->ops->delete_header(m, a->name, nth) != 0)
			rc = -1;
	return rc;
}

static int apply_one(const struct action *a, struct mta *m)
{
	switch (a->kind) {
	case ACTION_DELETE_HEADER:
		return delete_all(a, m);
	case ACTION_INSERT_HEADER:
		return m->ops->insert_header(m, a->name, a->value);
	case ACTION_QUARANTINE:
		return m->ops->quarantine(m, a->value);
	case ACTION_REPLY:
		break;
	}
	return m->ops->reply(m, a->code, a->enhanced, a->value);
}

int plan_apply(const struct plan *p, struct mta *m, struct err *reterr)
{
	static const char *const doing[] = { "remove a header", "add a header", "quarantine", "set the reply" };
	int rc = E_OK;

	for (size_t i = 0; i < p->count; i++)
		if (apply_one(&p->actions[i], m) != 0 && rc == E_OK)
			rc = err_set(reterr, E_IO, "the MTA refused to %s (%s)", doing[p->actions[i].kind],
			    p->actions[i].name == NULL ? "" : p->actions[i].name);
	return rc;
}
