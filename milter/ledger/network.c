/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/network.h"

#include "antisales/ledger/sketch.h"

#define DAY INT64_C(86400)

int64_t network_id(const struct site_key *site, struct slice client_address)
{
	unsigned char room[16];
	struct slice parts[2] = { SLICE("network"), network_of(client_address, room) };

	return hashed_id(site, parts, 2);
}

struct store_key message_key(int64_t party, uint64_t mark)
{
	return organisation_pair('m', party, (int64_t)mark);
}

struct store_key network_key(int64_t party, int64_t network)
{
	return organisation_pair('n', party, network);
}

struct network_history network_read(const struct record *message, const struct record *network, int64_t id,
    int64_t recipients, int64_t now)
{
	int64_t first = message == NULL ? 0 : message->at[MESSAGE_FIRST].number;
	bool young = network == NULL || network->at[NETWORK_FIRST].number > now - NETWORK_NEW_DAYS * DAY;

	if (network != NULL)
		recipients += sketch_count(network, NETWORK_RECIPIENTS);
	return (struct network_history){
		.replayed = first != 0 && latest_mark(first) != latest_mark(id),
		.unproven = young && recipients > NETWORK_NEW_RECIPIENTS,
	};
}

struct store_change message_seen(int64_t party, uint64_t mark, int64_t network, int64_t now)
{
	struct store_change c = { .key = message_key(party, mark), .delta = { .stamp = now } };

	c.delta.at[MESSAGE_FIRST].number = latest_entry(now, (uint64_t)network);
	return c;
}

struct store_change network_seen(int64_t party, int64_t network, int64_t now)
{
	struct store_change c = { .key = network_key(party, network), .delta = { .stamp = now } };

	c.delta.at[NETWORK_FIRST].number = now;
	c.delta.at[NETWORK_MAILS].number = 1;
	return c;
}

void network_recipient(struct store_change *c, const struct site_key *site, int64_t person)
{
	struct slice parts[2] = { SLICE("network-recipient"), { (const char *)&person, sizeof person } };
	struct hash h = hash_keyed(site, parts, 2);

	sketch_add(&c->delta, NETWORK_RECIPIENTS, &h);
}
