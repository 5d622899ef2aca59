/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_DECOY_H
#define ANTISALES_LEDGER_DECOY_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * When a party last wrote to a decoy, record 'y' (party, decoy as a person): it
 * counts once a day for each, so that one mailing is not many.
 */
enum decoy_field { DECOY_AT };

struct store_key decoy_key(int64_t party, int64_t person);
/* The day of now has counted already; r may be NULL. */
bool decoy_counted(const struct record *r, int64_t now);
struct store_change decoy_seen(int64_t party, int64_t person, int64_t now);

#endif
