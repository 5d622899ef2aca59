/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>

#include "antisales/decide/verdict.h"
#include "antisales/edge/mta.h"

enum { OUTBOX_HEADERS = 16 };

/* An MTA that keeps what it is told, for printing. */
struct outbox {
	struct mta mta;
	struct arena *arena;
	struct slice headers[OUTBOX_HEADERS];   /* "Name: value", unfolded, in the order of the message */
	size_t headers_count;
	struct slice reply, quarantine;         /* absent when not used */
};
void outbox_init(struct outbox *o, struct arena *a);

/* d is NULL for mail that was not judged. */
void report_json(const char *file, const struct decision *d, const struct outbox *o, bool with_facts);
void report_text(const char *file, const struct decision *d, const struct outbox *o, bool colour, bool with_facts);

#endif
