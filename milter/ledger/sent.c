/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/sent.h"

struct store_key sent_key(const struct site_key *site, struct slice message_id, int64_t party)
{
	struct slice parts[3] = { SLICE("sent"), slice_trim(message_id), { (const char *)&party, sizeof party } };

	return store_key_of(&record_sent, site, parts, 3);
}

struct store_change sent_change(const struct site_key *site, struct slice message_id, int64_t party, int64_t now)
{
	struct store_change c = { .key = sent_key(site, message_id, party), .delta = { .stamp = now } };

	c.delta.at[SENT_AT].number = now;
	return c;
}
