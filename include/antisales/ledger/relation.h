/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_RELATION_H
#define ANTISALES_LEDGER_RELATION_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * What one of us and a party are to each other, record 'l' (party, person).
 * The person 0 stands for all of us: an administrator's word. The pair (0, 0)
 * tells that mail of our own passes here at all, so that silence means
 * something.
 */
enum relation_field {
	RELATION_FIRST, RELATION_WRITTEN_AT, RELATION_WRITTEN, RELATION_REPLIED_AT, RELATION_INTRODUCED_AT,
	RELATION_CONSENT_AT, RELATION_SET_AT, RELATION_SET_LEVEL, RELATION_SET_UNTIL, RELATION_TRIGGER_AT, RELATION_DOCUMENT,
	RELATION_FIELDS = RELATION_DOCUMENT + 6
};

/* Ordered from far to near. */
enum relation_level {
	RELATION_STRANGER,
	RELATION_ANSWERED,              /* we wrote to them of our own will */
	RELATION_INTRODUCED,            /* a colleague or a correspondent brought both together */
	RELATION_CORRESPONDENT,         /* we wrote, and they replied to that */
	RELATION_CONTRACT,              /* an administrator says so */
	RELATION_LEVELS
};

enum { DOCUMENT_MAX = 48 };

struct relation {
	enum relation_level level;
	int64_t since;                  /* of the first sign of it; 0 for strangers */
	int64_t written_at;             /* when we last wrote to them; 0 never */
	int64_t consent_at;             /* a subscription was confirmed; 0 never */
	int64_t trigger_at;             /* a form was filled in; 0 never */
	char document[DOCUMENT_MAX + 1];        /* what for; "" when that is not known */
};

const char *relation_level_name(enum relation_level l);
/* RELATION_LEVELS for a word that is none. */
enum relation_level relation_level_read(struct slice word);

struct store_key relation_key(int64_t party, int64_t person);
/*
 * own is what stands between party and person, all what stands between party
 * and everybody; NULL when there is no such record. Signs older than the policy
 * lets them count are no signs; so is everything before an administrator said
 * "stranger".
 */
struct relation relation_read(const struct record *own, const struct record *all, const struct memory_policy *p, int64_t now);

/* We wrote to them; they replied to what we wrote; somebody brought both together. */
struct store_change relation_written(int64_t party, int64_t person, int64_t now);
struct store_change relation_replied(int64_t party, int64_t person, int64_t now);
struct store_change relation_introduced(int64_t party, int64_t person, int64_t now);
/* They confirmed a subscription; they confirmed a form, for that document if it is known. */
struct store_change relation_consented(int64_t party, int64_t person, int64_t now);
struct store_change relation_triggered(int64_t party, int64_t person, struct slice document, int64_t now);
/* An administrator's word, until then; until 0 for ever. */
struct store_change relation_set(int64_t party, int64_t person, enum relation_level level, int64_t until, int64_t now);

#endif
