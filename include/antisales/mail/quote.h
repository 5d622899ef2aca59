/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_QUOTE_H
#define ANTISALES_MAIL_QUOTE_H

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"
#include "antisales/mail/found.h"

/* Markers at the start of a line of visible text (fold_mark): what HTML says about quoting. */
#define QUOTE_BEGIN '\x01'
#define QUOTE_END '\x02'
#define QUOTE_REST '\x03'               /* all that follows is quoted */

/*
 * Parts visible text into the writer's own words and what is quoted: markers,
 * ">" lines, "On ... wrote:", "-----Original Message-----", forwarded messages
 * and From:/Sent: blocks, in the usual languages. Links (sorted by offset) that
 * stand in quoted lines get LINK_QUOTED. Text and quoted are appended to.
 */
void quote_split(struct slice visible, struct buf *text, struct buf *quoted, struct found *links);

#endif
