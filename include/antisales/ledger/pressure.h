/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_PRESSURE_H
#define ANTISALES_LEDGER_PRESSURE_H

#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * What one of us bears in a week, record 'd' (person): the latest 24 touches
 * and the latest 20 machine-made marketing mails, each with the mark of its
 * mail and its party. What would go beyond stands for "or more".
 */
enum { PRESSURE_TOUCHES_MAX = 24, PRESSURE_MAILINGS_MAX = 20 };
enum pressure_field {
	PRESSURE_TOUCHES_OLDER, PRESSURE_TOUCHES, PRESSURE_MAILINGS_OLDER = PRESSURE_TOUCHES + PRESSURE_TOUCHES_MAX,
	PRESSURE_MAILINGS, PRESSURE_FIELDS = PRESSURE_MAILINGS + PRESSURE_MAILINGS_MAX
};

/* The last seven days, without the mail that is asked about. */
struct pressure {
	int64_t touches;
	int64_t parties;                /* of these touches, the mail's own party left out */
	int64_t mailings;
};

struct pressure_mail {
	int64_t party;
	uint64_t mark;
};
struct store_key pressure_key(int64_t person);
struct pressure pressure_read(const struct record *r, const struct pressure_mail *m, int64_t now);     /* r may be NULL */
struct store_change pressure_added(int64_t person, const struct pressure_mail *m, bool touch, bool mailing, int64_t now);

#endif
