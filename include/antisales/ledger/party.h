/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_PARTY_H
#define ANTISALES_LEDGER_PARTY_H

#include <stdint.h>

#include "antisales/ledger/identifier.h"
#include "antisales/mail/address.h"
#include "antisales/policy/policy.h"

/*
 * The two ends of a relationship, as positive numbers that only the site's key
 * can tell: one of us, a person, and whoever is on the other side, a party.
 */

/* Letter case and what stands behind one of the delimiters ("ann+tag@") make no other person. */
int64_t person_id(const struct site_key *site, const struct address *a, const char *delimiters);

/*
 * The party behind an address: the organisation's domain, or the mailbox alone
 * where the domain is a provider's with many customers. 0 for none.
 */
struct party {
	int64_t id;
	struct identifier identifier;
};
struct party party_of(const struct site_key *site, const struct policy *p, const struct address *a);
/* A domain that nobody proved is somebody else in each network that it comes from: it cannot spoil the real one's. */
int64_t party_claimed(const struct site_key *site, struct slice domain, struct slice client_address);

/* The /24 or /48 of an address as bytes in room; what is no address stands for itself. */
struct slice network_of(struct slice address, unsigned char room[16]);
/* A positive number out of a keyed hash over the parts. */
int64_t hashed_id(const struct site_key *site, const struct slice *parts, size_t count);

#endif
