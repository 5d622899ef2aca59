/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/reputation.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

enum { FIRST_SEEN, MAILS, SALES, CLEAN, NEUTRAL, TAGGED, QUARANTINED, REJECTED };

#define DAY INT64_C(86400)
#define PRIOR 1.0                       /* a mail each way before anything was seen */
#define CONFIDENCE_HALF 4.0             /* mails at which history is half believed */

/* The /24 or /48 of an address as bytes; what is no address stands for itself. */
static struct slice network_of(struct slice address, unsigned char room[16])
{
	char text[64] = "";

	if (address.n >= sizeof text)
		return address;
	if (address.n > 0)
		memcpy(text, address.p, address.n);
	if (inet_pton(AF_INET, text, room) == 1)
		return (struct slice){ (const char *)room, 3 };
	if (inet_pton(AF_INET6, text, room) == 1)
		return (struct slice){ (const char *)room, 6 };
	return address;
}

struct store_key reputation_key(const struct site_key *site, struct slice domain, bool authenticated,
    struct slice network)
{
	unsigned char room[16];
	struct slice parts[3] = { SLICE("org"), domain, SLICE("") };

	if (!authenticated) {
		parts[0] = SLICE("claimed-org");
		parts[2] = network_of(network, room);
	}
	return store_key_of(&record_reputation, site, parts, 3);
}

struct reputation reputation_read(const struct record *r, bool found, int64_t now)
{
	struct reputation ret = { .known = found };
	double s, c;

	if (!found)
		return ret;
	s = record_decay(&record_reputation, r->at[SALES].decayed, r->stamp, now);
	c = record_decay(&record_reputation, r->at[CLEAN].decayed, r->stamp, now);
	ret.mails = r->at[MAILS].number;
	ret.days = r->at[FIRST_SEEN].number > 0 && now > r->at[FIRST_SEEN].number
	    ? (now - r->at[FIRST_SEEN].number) / DAY : 0;
	ret.sales = (int)lround(100 * (s + PRIOR) / (s + c + 2 * PRIOR));
	ret.confidence = (int)lround(100 * (s + c) / (s + c + CONFIDENCE_HALF));
	return ret;
}

struct store_change reputation_change(const struct store_key *key, enum conduct conduct, enum fate fate, int64_t now)
{
	struct store_change c = { .key = *key, .delta = { .stamp = now } };

	c.delta.at[FIRST_SEEN].number = now;
	c.delta.at[MAILS].number = 1;
	c.delta.at[conduct == CONDUCT_SALES ? SALES : conduct == CONDUCT_CLEAN ? CLEAN : NEUTRAL].decayed = 1;
	if (fate != FATE_PASSED)
		c.delta.at[fate == FATE_TAGGED ? TAGGED : fate == FATE_QUARANTINED ? QUARANTINED : REJECTED].number = 1;
	return c;
}
