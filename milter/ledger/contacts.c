/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/contacts.h"

#define DAY INT64_C(86400)

enum { STALE_DAYS = 30 };

struct store_key contacts_key(int64_t person)
{
	return organisation_pair('z', person, 0);
}

/* In rising order; returns how many. */
static size_t times_of(const struct record *r, bool also, int64_t now, int64_t ret[CONTACTS_MAX + 1])
{
	size_t n = 0, at;

	for (size_t i = CONTACTS_MAX; i > 0; i--)
		if (r->at[CONTACTS_FIRST + i - 1].number != 0)
			ret[n++] = latest_time(r->at[CONTACTS_FIRST + i - 1].number);
	if (!also)
		return n;
	/* a mail that comes late stands in its place */
	for (at = n; at > 0 && ret[at - 1] > now; at--)
		ret[at] = ret[at - 1];
	ret[at] = now;
	return n + 1;
}

/* Long quiet, of which the record knows, before the i-th. */
static bool is_after_quiet(const struct record *r, const int64_t *times, size_t i)
{
	int64_t before = i > 0 ? times[i - 1] : r->at[CONTACTS_SINCE].number;

	return (i > 0 || r->at[CONTACTS_OLDER].number == 0) && before > 0 && times[i] - before >= LEAK_QUIET_DAYS * DAY;
}

int64_t contacts_leak(const struct record *r, bool also, int64_t now)
{
	int64_t times[CONTACTS_MAX + 1], ret = 0;
	size_t n = r == NULL ? 0 : times_of(r, also, now, times);

	for (size_t i = 0; i + LEAK_PARTIES <= n; i++)
		if (is_after_quiet(r, times, i) && times[i + LEAK_PARTIES - 1] - times[i] <= LEAK_BURST_DAYS * DAY
		    && now - times[i] <= LEAK_TOLD_DAYS * DAY)
			ret = times[i];
	return ret;
}

struct store_change contacts_seen(int64_t person, int64_t now)
{
	struct store_change c = { .key = contacts_key(person), .delta = { .stamp = now } };

	c.delta.at[CONTACTS_SINCE].number = now;
	return c;
}

struct store_change contacts_begun(int64_t person, int64_t party, int64_t now)
{
	struct store_change c = contacts_seen(person, now);

	c.delta.at[CONTACTS_FIRST].number = latest_entry(now, (uint64_t)party);
	return c;
}

bool contacts_are_stale(const struct record *r, int64_t now)
{
	return r == NULL || r->stamp < now - STALE_DAYS * DAY;
}
