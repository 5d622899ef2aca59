/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_NETWORK_H
#define ANTISALES_LEDGER_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * By which networks (/24 or /48) a party's mail comes, record 'n' (party,
 * network), and by which one a signed mail came first, record 'm'. A signed
 * mail can be sent again by anybody (RFC 6376 section 8.6): such a copy, or one
 * whose signature is old, says nothing about the party.
 */
enum network_field { NETWORK_FIRST, NETWORK_MAILS, NETWORK_RECIPIENTS };
enum message_field { MESSAGE_FIRST };

enum {
	SIGNATURE_DAYS_MAX = 7,
	NETWORK_NEW_DAYS = 2, NETWORK_NEW_RECIPIENTS = 10       /* a network that is newer and wrote to more earns no trust */
};

struct network_history {
	bool replayed;                  /* the same mail came first from another network */
	bool unproven;                  /* a new network that wrote to many of us */
};

int64_t network_id(const struct site_key *site, struct slice client_address);
struct store_key message_key(int64_t party, uint64_t mark);
struct store_key network_key(int64_t party, int64_t network);
/* Both records may be NULL. recipients: as many as this mail has. */
struct network_history network_read(const struct record *message, const struct record *network, int64_t id,
    int64_t recipients, int64_t now);
struct store_change message_seen(int64_t party, uint64_t mark, int64_t network, int64_t now);
/* The recipients are added by network_recipient. */
struct store_change network_seen(int64_t party, int64_t network, int64_t now);
void network_recipient(struct store_change *c, const struct site_key *site, int64_t person);

#endif
