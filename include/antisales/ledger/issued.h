/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_ISSUED_H
#define ANTISALES_LEDGER_ISSUED_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * Addresses that one of us gave to one organisation, record 'a' (the address),
 * and who may write to them, record 'v' (identifier, address): whom it was
 * issued to, and its affiliates. So joins of organisations count here, too.
 * The user part of an address is nowhere in the store.
 */
enum { ISSUED_TAG_MAX = 32, ISSUED_TO_MAX = 48, ISSUED_PURPOSE_MAX = 40, AFFILIATES_MAX = 4 };
enum issued_field {
	ISSUED_AT, ISSUED_PARTY, ISSUED_PERSON, ISSUED_STYLE, ISSUED_SERIAL, ISSUED_TAG, ISSUED_TO = ISSUED_TAG + ISSUED_TAG_MAX / 8,
	ISSUED_PURPOSE = ISSUED_TO + ISSUED_TO_MAX / 8, ISSUED_STANDING_AT = ISSUED_PURPOSE + ISSUED_PURPOSE_MAX / 8,
	ISSUED_CANCELLED, ISSUED_EXPIRES, ISSUED_LOCK_AT, ISSUED_LOCKED, ISSUED_MAILS, ISSUED_MAIL_AT, ISSUED_SOLD, ISSUED_SOLD_AT,
	ISSUED_SELLER, ISSUED_FIELDS = ISSUED_SELLER + ISSUED_TO_MAX / 8
};
enum holder_field { HOLDER_SINCE };

/* How the tag is tied to the user: "ann+acme-k3f9x", "ann.acme-k3f9x", "ann-acme-k3f9x", or a name of its own. */
enum issued_style { ISSUED_PLUS, ISSUED_DOT, ISSUED_DASH, ISSUED_RANDOM, ISSUED_STYLES };
const char *issued_style_name(enum issued_style s);
/* ISSUED_STYLES for a word that is none. */
enum issued_style issued_style_read(struct slice word);

enum issued_state { ISSUED_IS_VALID, ISSUED_IS_CANCELLED, ISSUED_IS_EXPIRED, ISSUED_IS_LOCKED };
const char *issued_state_name(enum issued_state s);

/* What a record says at a time. */
struct issued {
	int64_t at, party, person, serial;
	enum issued_style style;
	enum issued_state state;
	int64_t expires;                /* 0 never */
	int64_t standing_at;            /* of the last word on whether it is valid */
	int64_t mails, mail_at;         /* that came to it, and when the last one did */
	int64_t sold, sold_at;          /* of others than whom it was issued to, when the last one proved itself */
	char tag[ISSUED_TAG_MAX + 1];   /* "" for style random */
	char to[ISSUED_TO_MAX + 1];     /* the domain it was issued to */
	char purpose[ISSUED_PURPOSE_MAX + 1];
	char seller[ISSUED_TO_MAX + 1];
};
/* false when that was never issued; r may be NULL. */
bool issued_read(const struct record *r, int64_t now, struct issued *ret);

/* Letter case makes no other address. */
struct store_key issued_key(const struct site_key *site, const struct address *a);
/* The address as the other end of a holder's key. */
int64_t issued_id(const struct store_key *key);
struct store_key holder_key(int64_t identifier, int64_t id);

/* An address to make: whose, for whom, which one of that name. */
struct issue {
	const struct site_key *site;
	struct address user;
	struct slice domain;            /* registrable, of the organisation */
	enum issued_style style;
	int64_t serial;                 /* below ISSUED_SERIALS_MAX */
};
enum { ISSUED_SERIALS_MAX = 32, LOCAL_PART_MAX = 64 };
/* Writes its local part; false when that would be longer than forms and MTAs take. */
bool issue_local(const struct issue *i, char out[LOCAL_PART_MAX + 1]);

/*
 * "user", a separator, the slug of an organisation, '-' and a check that only
 * the site's key can tell. Anybody could have made up the shape of one.
 */
struct issued_shape {
	struct slice user, slug, check;
	char separator;
};
bool issued_shape_read(struct slice local, struct issued_shape *ret);
/* The check is that of some address issued to this user. */
bool issued_shape_fits(const struct site_key *site, const struct issued_shape *s, struct slice domain);

struct issuing {
	int64_t party, person;
	struct slice purpose;
	int64_t expires;                /* 0 never */
	bool lock;
};
/* The address is what issue_local wrote, at the user's domain; key is that address's. */
struct store_change issued_new(const struct issue *i, const struct issuing *what, const struct store_key *key, int64_t now);
struct store_change issued_cancelled(const struct store_key *key, int64_t now);
struct store_change issued_renewed(const struct store_key *key, int64_t expires, int64_t now);
/* That identifier may write to it, too. */
struct store_change holder_added(int64_t identifier, const struct store_key *key, int64_t now);
/* A mail came; seller: the domain that it proves and that is not to have the address, absent for none. */
struct store_change issued_mail(const struct store_key *key, struct slice seller, int64_t now);

#endif
