/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_TXN_H
#define ANTISALES_MAIL_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"
#include "antisales/mail/address.h"
#include "antisales/mail/content.h"
#include "antisales/mail/header.h"
#include "antisales/mail/limits.h"

/* The SMTP client as the MTA told it: written once per connection. */
struct peer {
	struct slice address;           /* "192.0.2.1", "2001:db8::1"; absent for local submission */
	struct slice name;              /* absent or "[192.0.2.1]" when the MTA found none */
	struct slice helo;
	struct slice login;             /* SASL login name; absent when the client did not log in */
	bool trusted;                   /* its address is on a trusted network */
};

struct authentication;

/*
 * One MAIL FROM .. end of message as the MTA told it. Append-only while the
 * MTA talks, then sealed; after that it is constant. Everything lives in the
 * arena it was begun with, but the peer, which must live as long.
 */
struct txn {
	struct arena *arena;
	const struct mail_limits *limits;
	const struct peer *peer;
	int64_t now;                    /* seconds; the only time that judging knows */
	struct slice queue_id;
	struct address sender;
	struct address *recipients;
	size_t recipients_count, recipients_room;
	size_t recipients_told;         /* as many as the MTA named, kept or not */
	struct header *headers;         /* in the order of the message */
	size_t headers_count, headers_room;
	size_t headers_bytes;
	size_t body_bytes;              /* as many as the MTA sent, looked at or not */
	struct content_reader *reader;
	const struct content *content;  /* set by txn_seal */
	const struct authentication *authentication;    /* NULL until it is known; then as constant as the rest */
	unsigned truncated;             /* enum truncated */
};

/* Returns what was begun, in the arena; NULL out of memory. */
struct txn *txn_begin(struct arena *a, const struct mail_limits *limits, const struct peer *peer,
    struct slice sender, int64_t now);
/* All of these keep what fits the limits, note in truncated what does not, and never fail. */
void txn_recipient(struct txn *t, struct slice address);
void txn_header(struct txn *t, struct slice name, struct slice raw_value);
void txn_body(struct txn *t, struct slice bytes);
void txn_seal(struct txn *t);
/* True when more body would not be looked at: the MTA may be told to skip the rest. */
bool txn_has_enough(const struct txn *t);

/* The decoded value of the nth field (from 0) of that name, ASCII case ignored; absent when there is none. */
struct slice txn_value(const struct txn *t, const char *name, size_t nth);
const struct header *txn_find(const struct txn *t, const char *name, size_t nth);

#endif
