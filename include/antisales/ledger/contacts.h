/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_CONTACTS_H
#define ANTISALES_LEDGER_CONTACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * Which strangers began to write to one of us, record 'z' (person): the time of
 * the first touch of each of the latest 40 parties, and since when there was
 * mail to that person at all. After long quiet, several that have nothing to do
 * with each other begin at once: then the address was probably passed on.
 */
enum { CONTACTS_MAX = 40, LEAK_QUIET_DAYS = 180, LEAK_BURST_DAYS = 14, LEAK_PARTIES = 4, LEAK_TOLD_DAYS = 30 };
enum contacts_field { CONTACTS_SINCE, CONTACTS_OLDER, CONTACTS_FIRST, CONTACTS_FIELDS = CONTACTS_FIRST + CONTACTS_MAX };

struct store_key contacts_key(int64_t person);
/* When a leak began that is not over; 0 for none. also: the mail that is asked about is one more first touch. r may be NULL. */
int64_t contacts_leak(const struct record *r, bool also, int64_t now);
/* The first touch of that party. */
struct store_change contacts_begun(int64_t person, int64_t party, int64_t now);
/* There is mail to that person; worth a change when this says so. */
bool contacts_are_stale(const struct record *r, int64_t now);
struct store_change contacts_seen(int64_t person, int64_t now);

#endif
