/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_FOUND_H
#define ANTISALES_MAIL_FOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"
#include "antisales/mail/url.h"

/* Links as one view of one part yields them, before it is known whether the part counts and what of it is quoted. */
struct found_link {
	size_t url_at, url_n, host_n;   /* in found.bytes */
	unsigned places;                /* enum link_place */
	size_t offset;                  /* in the view's visible text; FOUND_NOWHERE when it stands in none */
};

enum { FOUND_DEPTH_MAX = 3, FOUND_WAITING_MAX = 32 };
#define FOUND_NOWHERE ((size_t)-1)

struct found {
	struct found_link *links;
	size_t count, room;
	size_t max;                     /* links kept */
	struct buf bytes;
	struct buf url, inner, rest;    /* scratch */
	bool cut;
};

void found_init(struct found *f, size_t urls_max, size_t url_bytes_max);
void found_done(struct found *f);
void found_clear(struct found *f);
/*
 * Parses one raw URL and keeps it, and the URLs inside it to FOUND_DEPTH_MAX
 * levels as LINK_NESTED. base may be NULL. What is no http(s) URL is left out.
 */
void found_add(struct found *f, struct slice raw, const struct url *base, unsigned places, size_t offset);
/* Adds the bare URLs of a text, each at its offset there, or all at FOUND_NOWHERE. */
void found_add_text(struct found *f, struct slice text, unsigned places, bool with_offsets);
/* Orders by offset, first found first. */
void found_sort(struct found *f);
struct slice found_url(const struct found *f, const struct found_link *l);

#endif
