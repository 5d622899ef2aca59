/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_CONSENT_H
#define ANTISALES_LEDGER_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * Which lists of a party one of us gets, and which of them he agreed to, record
 * 's' (party, person): up to 16 and 8 lists, each with its last mail. A
 * confirmation covers the list that it names; one that names none covers the
 * list that comes first after it.
 */
enum { CONSENT_RECEIVED_MAX = 16, CONSENT_AGREED_MAX = 8 };
enum consent_field {
	CONSENT_RECEIVED_OLDER, CONSENT_RECEIVED, CONSENT_AGREED_OLDER = CONSENT_RECEIVED + CONSENT_RECEIVED_MAX,
	CONSENT_AGREED, CONSENT_FIELDS = CONSENT_AGREED + CONSENT_AGREED_MAX
};

struct consent {
	int64_t received, agreed;       /* lists, with that of the mail asked about */
	bool covered;                   /* that one is agreed to */
};

/*
 * The mark of the list that a mail belongs to: its List-Id, else the mail type
 * and sender of its Feedback-ID ("campaign:customer:type:sender"). 0 for none.
 */
uint64_t consent_list(const struct site_key *site, struct slice list_id, struct slice feedback_id);
struct store_key consent_key(int64_t party, int64_t person);
/* r may be NULL; confirmed: a subscription was. */
struct consent consent_read(const struct record *r, uint64_t list, bool confirmed);
/* A mail of that list came; agreed: it is the one, or the confirmation itself. */
struct store_change consent_mail(int64_t party, int64_t person, uint64_t list, bool agreed, int64_t now);

#endif
