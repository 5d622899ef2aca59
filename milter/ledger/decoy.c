/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/decoy.h"

#define DAY INT64_C(86400)

struct store_key decoy_key(int64_t party, int64_t person)
{
	return organisation_pair('y', party, person);
}

bool decoy_counted(const struct record *r, int64_t now)
{
	return r != NULL && r->at[DECOY_AT].number / DAY >= now / DAY;
}

struct store_change decoy_seen(int64_t party, int64_t person, int64_t now)
{
	struct store_change c = { .key = decoy_key(party, person), .delta = { .stamp = now } };

	c.delta.at[DECOY_AT].number = now;
	return c;
}
