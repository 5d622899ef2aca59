/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_SENT_H
#define ANTISALES_LEDGER_SENT_H

#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * The Message-IDs of our own mail, record 'i' (id, party it went to). A reply
 * is one to us when it names an id that we sent to that very party: ids can be
 * read in archives, so an id alone proves nothing.
 */
enum sent_field { SENT_AT };

struct store_key sent_key(const struct site_key *site, struct slice message_id, int64_t party);
struct store_change sent_change(const struct site_key *site, struct slice message_id, int64_t party, int64_t now);

#endif
