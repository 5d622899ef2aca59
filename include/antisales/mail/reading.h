/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_READING_H
#define ANTISALES_MAIL_READING_H

#include <stdbool.h>

#include "antisales/base/slice.h"
#include "antisales/mail/charset.h"
#include "antisales/mail/limits.h"
#include "antisales/mail/transfer.h"
#include "antisales/mail/visible.h"

/* One way to read one leaf part: this transfer encoding, this character set, as plain text or as HTML. */
enum reading_kind { READING_PLAIN, READING_HTML };

struct reading {
	enum reading_kind kind;
	bool open;
	bool delsp;
	bool scan_tags;                 /* plain text: look for links in tags too */
	struct transfer transfer;
	struct charset charset;
	struct visible *visible;        /* made when first needed */
	struct visible_out out;
	const struct mail_limits *limits;
	unsigned truncated;             /* enum truncated */
};

/* NULL out of memory. limits must outlive it. */
struct reading *reading_new(const struct mail_limits *limits);
void reading_free(struct reading *r);           /* NULL-safe */
/* Starts a part; false out of memory, and then nothing is open. */
bool reading_begin(struct reading *r, enum reading_kind kind, enum transfer_encoding encoding, struct slice charset);
void reading_feed(struct reading *r, struct slice bytes);
/* Ends it: r->out holds text, hidden text and links (bare ones too, sorted by offset) until the next begin. */
void reading_end(struct reading *r);
/* Drops what was read, at any time. */
void reading_cancel(struct reading *r);

#endif
