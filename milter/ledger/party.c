/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/party.h"

#include <arpa/inet.h>
#include <string.h>

#include "antisales/mail/domain.h"

enum { LOCAL_MAX = 256 };

int64_t hashed_id(const struct site_key *site, const struct slice *parts, size_t count)
{
	struct hash h = hash_keyed(site, parts, count);
	uint64_t n = 0;

	for (int k = 0; k < 8; k++)
		n = n << 8 | h.bytes[k];
	n &= INT64_MAX;
	return n == 0 ? 1 : (int64_t)n;
}

static struct slice lower(struct slice s, char room[LOCAL_MAX])
{
	s = slice_sub(s, 0, LOCAL_MAX);
	for (size_t i = 0; i < s.n; i++)
		room[i] = ascii_lower(s.p[i]);
	return (struct slice){ room, s.n };
}

int64_t person_id(const struct site_key *site, const struct address *a, const char *delimiters)
{
	char room[LOCAL_MAX];
	struct slice local = a->local;
	struct slice parts[3] = { SLICE("person"), { 0 }, a->domain };

	for (size_t i = 1; i < local.n; i++)
		if (strchr(delimiters, local.p[i]) != NULL && local.p[i] != '\0') {
			local.n = i;
			break;
		}
	parts[1] = lower(local, room);
	return hashed_id(site, parts, 3);
}

struct party party_of(const struct site_key *site, const struct policy *p, const struct address *a)
{
	struct slice org = a->domain.n == 0 ? a->domain : domain_registrable(a->domain);
	struct party ret = { 0 };

	if (org.n == 0)
		return ret;
	if (policy_is_freemail(p, org) || policy_is_esp(p, org))
		ret.identifier = (struct identifier){ IDENTIFIER_MAILBOX, a->spec };
	else
		ret.identifier = (struct identifier){ IDENTIFIER_DOMAIN, org };
	ret.id = identifier_id(site, &ret.identifier);
	return ret;
}

struct slice network_of(struct slice address, unsigned char room[16])
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

int64_t party_claimed(const struct site_key *site, struct slice domain, struct slice client_address)
{
	unsigned char room[16];
	struct slice parts[3] = { SLICE("claimed-party"), domain, network_of(client_address, room) };

	return hashed_id(site, parts, 3);
}
