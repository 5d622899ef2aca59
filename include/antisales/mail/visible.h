/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_VISIBLE_H
#define ANTISALES_MAIL_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"
#include "antisales/mail/fold.h"
#include "antisales/mail/found.h"
#include "antisales/mail/limits.h"

/*
 * HTML as a reader sees it: tokens to visible text, hidden text, links, images.
 * Text of <head> outside of <title> and <style> counts, since browsers show it.
 */
struct visible;

/* Where the result goes; all owned by the caller. */
struct visible_out {
	struct fold text;               /* with the markers of quote.h */
	struct fold hidden;
	struct found found;
	size_t images, pixels;
};

/* NULL out of memory. out is written to from visible_begin to visible_end. */
struct visible *visible_new(const struct mail_limits *limits, struct visible_out *out);
void visible_free(struct visible *v);           /* NULL-safe */
/* links_only: no text is written and links lie at the offset that visible_at() last said. */
void visible_begin(struct visible *v, bool links_only);
void visible_at(struct visible *v, size_t offset);
void visible_feed(struct visible *v, struct slice utf8);
void visible_end(struct visible *v);
bool visible_was_cut(const struct visible *v);

#endif
