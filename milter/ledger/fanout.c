/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/fanout.h"

struct store_key fanout_key(int64_t party)
{
	return organisation_pair('h', party, 0);
}

struct store_key template_key(const struct site_key *site, uint64_t band)
{
	struct slice parts[2] = { SLICE("template"), { (const char *)&band, sizeof band } };

	return organisation_pair('k', hashed_id(site, parts, 2), 0);
}

static bool is_among(uint64_t mark, const int64_t *persons, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (latest_mark(persons[i]) == mark)
			return true;
	return false;
}

int64_t fanout_count(const struct record *r, int64_t after, const int64_t *persons, size_t count)
{
	int64_t n = (int64_t)count;

	for (size_t i = 0; r != NULL && i < FANOUT_PERSONS_MAX; i++) {
		int64_t entry = r->at[FANOUT_TOUCHED + i].number;

		if (entry == 0 || latest_time(entry) <= after)
			break;
		n += !is_among(latest_mark(entry), persons, count);
	}
	return n;
}

struct store_change fanout_touched(struct store_key key, int64_t person, int64_t now)
{
	struct store_change c = { .key = key, .delta = { .stamp = now } };

	c.delta.at[FANOUT_TOUCHED].number = latest_entry(now, (uint64_t)person);
	return c;
}
