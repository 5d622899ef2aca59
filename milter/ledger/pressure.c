/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/pressure.h"

#define WEEK (7 * INT64_C(86400))

enum { HALF = MARK_BITS / 2 };

/* The upper half says whose mail it is, the lower half which one. */
static uint64_t mark_of(const struct pressure_mail *m)
{
	uint64_t low = (UINT64_C(1) << HALF) - 1;

	return ((uint64_t)m->party & low) << HALF | (m->mark & low);
}

struct store_key pressure_key(int64_t person)
{
	return organisation_pair('d', person, 0);
}

static bool is_new_party(const struct record *r, int upto, uint64_t party)
{
	for (int i = 0; i < upto; i++)
		if (latest_mark(r->at[PRESSURE_TOUCHES + i].number) >> HALF == party)
			return false;
	return true;
}

struct pressure pressure_read(const struct record *r, const struct pressure_mail *m, int64_t now)
{
	uint64_t own = mark_of(m);
	struct pressure ret = { 0 };

	for (int i = 0; r != NULL && i < PRESSURE_TOUCHES_MAX; i++) {
		int64_t entry = r->at[PRESSURE_TOUCHES + i].number;
		uint64_t party = latest_mark(entry) >> HALF;

		if (entry == 0 || latest_time(entry) <= now - WEEK)
			break;
		ret.touches += latest_mark(entry) != own;
		ret.parties += party != own >> HALF && is_new_party(r, i, party);
	}
	for (int i = 0; r != NULL && i < PRESSURE_MAILINGS_MAX; i++) {
		int64_t entry = r->at[PRESSURE_MAILINGS + i].number;

		if (entry == 0 || latest_time(entry) <= now - WEEK)
			break;
		ret.mailings += latest_mark(entry) != own;
	}
	return ret;
}

struct store_change pressure_added(int64_t person, const struct pressure_mail *m, bool touch, bool mailing, int64_t now)
{
	struct store_change c = { .key = pressure_key(person), .delta = { .stamp = now } };

	if (touch)
		c.delta.at[PRESSURE_TOUCHES].number = latest_entry(now, mark_of(m));
	if (mailing)
		c.delta.at[PRESSURE_MAILINGS].number = latest_entry(now, mark_of(m));
	return c;
}
