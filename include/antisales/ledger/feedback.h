/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_FEEDBACK_H
#define ANTISALES_LEDGER_FEEDBACK_H

#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/base/hash.h"
#include "antisales/base/slice.h"
#include "antisales/store/store.h"

/*
 * Users' words about mails. A user says one thing about one mail, the last
 * word counts, and may take it back. Over all his words about one sender a
 * user is one voice: for sales, for wanted, or neither; the sender's record
 * counts voices. What they are worth is up to the policy.
 */
enum said { SAID_NOTHING, SAID_SALES, SAID_WANTED };

struct feedback {
	struct slice user;
	struct slice mail;              /* its Message-ID */
	int64_t about;                  /* the identifier that proved itself; 0 for none */
	enum said said;                 /* SAID_NOTHING takes back */
	int64_t now;
};

/* What a record of type record_said says at last, and since when; SAID_NOTHING when that was taken back. */
enum said feedback_last_word(const struct record *r, int64_t *ret_when);

enum { FEEDBACK_CHANGES_MAX = 3 };
/*
 * What the store must change; *ret_count is 0 when the user said just that
 * before. Reads first, so callers see to it that no second one comes between.
 */
int feedback_changes(struct store *s, const struct site_key *site, const struct feedback *f,
    struct store_change ret[FEEDBACK_CHANGES_MAX], size_t *ret_count, struct err *reterr);

/* The first id of the keys of all that a user said. */
int64_t feedback_user(const struct site_key *site, struct slice user);

#endif
