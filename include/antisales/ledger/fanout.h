/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_FANOUT_H
#define ANTISALES_LEDGER_FANOUT_H

#include <stddef.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * Whom of us a party touched lately, record 'h' (party), and whom a template
 * did, record 'k' (one of its bands): the latest 44 persons, each with the time
 * of its last touch. So counts are exact up to 44, which stands for "or more".
 */
enum { FANOUT_OLDER, FANOUT_TOUCHED, FANOUT_PERSONS_MAX = 44 };

struct store_key fanout_key(int64_t party);
struct store_key template_key(const struct site_key *site, uint64_t band);

/* Persons touched after a time, those given among them whether they were or not; r may be NULL. */
int64_t fanout_count(const struct record *r, int64_t after, const int64_t *persons, size_t count);
/* One touch of one person; for either record. */
struct store_change fanout_touched(struct store_key key, int64_t person, int64_t now);

#endif
