/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_MAIL_FACTS_H
#define ANTISALES_MAIL_MAIL_FACTS_H

#include "antisales/mail/facts.h"
#include "antisales/mail/txn.h"

/* The facts that stand in the sealed message itself: envelope, client, header, list, bulk, thread, text, mail.
 * A pure function of t; slices point into t's arena. */
void mail_facts(const struct txn *t, struct facts *f);
/* "Re:", "AW: ", "Fwd:" and the like: a short word of letters before a colon that says answer or forward. */
bool subject_answers(struct slice subject);

#endif
