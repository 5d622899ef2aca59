/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LEDGER_INTERNAL_H
#define LEDGER_INTERNAL_H

#include "antisales/ledger/history.h"

/* Who may turn out to be whom an address was issued to. */
enum { SENDERS_MAX = 4 };
/* The keys of one message while they are collected, and the records that came back: one trip to the store. */
enum { TRIP_KEYS_MAX = 32 + (10 + SENDERS_MAX) * HISTORY_PERSONS_MAX };
struct trip {
	struct store_key *keys;
	struct record *records;
	bool *found;
	size_t count;
};

bool trip_begin(struct trip *t, struct arena *a);
/* The place of its record; keys beyond the bound find nothing. */
size_t trip_ask(struct trip *t, struct store_key key);
/* NULL when there is no such record. */
const struct record *trip_row(const struct trip *t, size_t at);

/* The id of the account that org.account names. */
int64_t account_identifier(const struct facts *f, const struct site_key *site);

/* issued_ask.c: what is known of the addresses that the mail came to. */
struct addresses {
	size_t issued[HISTORY_PERSONS_MAX], decoys[HISTORY_PERSONS_MAX];
	int64_t senders[SENDERS_MAX];
	size_t senders_count;
	size_t holders[SENDERS_MAX][HISTORY_PERSONS_MAX];
};
/* The person behind a recipient: of an issued address, its user. */
int64_t history_person_id(const struct history_ask *ask, const struct address *rcpt, struct history_address *ret);
void addresses_ask(struct trip *t, const struct history_ask *ask, const struct history *h, struct addresses *r);
void addresses_take(const struct trip *t, const struct history_ask *ask, const struct addresses *r, struct history *h);

/* correspondence.c: everything between the party and those of us whom the mail is for. */
struct correspondence {
	size_t everybody, outbound, fanout, message, network;
	size_t templates[HISTORY_BANDS];
	size_t sent, sent_count;
	size_t first_person, keys_a_person;
	struct addresses addresses;
};
void correspondence_ask(struct trip *t, const struct history_ask *ask, struct history *h, struct correspondence *c);
void correspondence_take(const struct trip *t, const struct history_ask *ask, const struct correspondence *c,
    struct history *h);

#endif
