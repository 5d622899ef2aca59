/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_SEQUENCE_H
#define ANTISALES_LEDGER_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * How often a party touched one of us, record 'q' (party, person). A touch is
 * a time with the mark of its mail, so a mail that comes twice, or late, counts
 * once and in its place. The latest 24 touches are kept, older ones as a number.
 */
enum { SEQUENCE_TOUCHES_MAX = 24, CHANNEL_MAX = 32 };
enum sequence_field {
	SEQUENCE_FIRST, SEQUENCE_OLDER, SEQUENCE_TOUCHES, SEQUENCE_CHANNELS = SEQUENCE_TOUCHES + SEQUENCE_TOUCHES_MAX,
	SEQUENCE_CHANNEL_AT, SEQUENCE_CHANNEL, SEQUENCE_FIELDS = SEQUENCE_CHANNEL + CHANNEL_MAX / 8
};

struct sequence {
	bool known;                     /* there was a touch before, however long ago */
	int64_t touch;                  /* which one it is, from 1 */
	int64_t first_at;               /* of the first touch */
	int64_t cadence_hours;          /* median time between two; 0 for the first */
	int64_t channels;               /* platforms it came by, ever */
	char channel[CHANNEL_MAX + 1];  /* the last one before; "" when there was none */
};

/* One touch, and what ends a sequence before it: an answer, or so much silence. */
struct sequence_ask {
	uint64_t mark;                  /* of the mail; 0 for none: then the last touch is told, not the next */
	int64_t answered_at, silence, now;
};

struct store_key sequence_key(int64_t party, int64_t person);
/* As it stands with this mail; r may be NULL. touch 0 when there is none. */
struct sequence sequence_read(const struct record *r, const struct sequence_ask *ask);
/* channel: the platform's id, absent for none. */
struct store_change sequence_touched(int64_t party, int64_t person, uint64_t mark, struct slice channel, int64_t now);

/* The mark of a mail: what it calls itself, its sender, else its whole text. */
uint64_t mail_mark(const struct site_key *site, struct slice message_id, struct slice from, struct slice else_text);

#endif
