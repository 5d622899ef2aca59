/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_CONTENT_H
#define ANTISALES_MAIL_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"
#include "antisales/mail/limits.h"

/* Where a link stood and how. Several may hold at once. */
enum link_place {
	LINK_TEXT = 1 << 0,             /* bare in text, or in the visible text of HTML */
	LINK_HREF = 1 << 1,             /* a, area, form action, button, meta refresh */
	LINK_IMAGE = 1 << 2,            /* loaded by itself: img, background, css url(), video poster, ... */
	LINK_PIXEL = 1 << 3,            /* such an image of at most 1x1, zero size or invisible */
	LINK_QUOTED = 1 << 4,           /* inside quoted text: ">" lines, blockquote, below "On .. wrote:" */
	LINK_HIDDEN = 1 << 5,           /* inside text that CSS hides */
	LINK_ATTACHED = 1 << 6,         /* inside a message/rfc822 part */
	LINK_NESTED = 1 << 7,           /* found inside another URL: redirector, image proxy, link protection */
	LINK_FILE = 1 << 8              /* inside an attached text or HTML file, which a reader has to open first */
};

/* One http(s) link, normalised by the WHATWG URL rules as far as browsers and mail programs agree. */
struct link {
	struct slice url;               /* host + path, no scheme, user info, port or fragment */
	struct slice host;              /* lower-case A-labels, no final dot; a part of url */
	struct slice path;              /* path and query, starts with "/"; a part of url */
	unsigned places;                /* enum link_place */
};

/* What the body holds. All slices live in the arena that was given to the reader. */
struct content {
	const struct link *links;       /* distinct by (url, places), in order of appearance */
	size_t links_count;
	struct slice text;              /* visible words, UTF-8, white space folded to one SP or LF;
	                                   quoted text and attached messages left out */
	struct slice quoted;            /* visible quoted text, likewise */
	struct slice hidden;            /* words that CSS hides, likewise */
	size_t parts;                   /* MIME parts of any type, containers and those of attached messages too */
	size_t depth;                   /* deepest level; 1 for a body that is no multipart */
	size_t images;                  /* images loaded from the net */
	size_t pixels;                  /* of these: tracking pixels by size or style */
	size_t attachments;             /* parts with a file name or disposition attachment */
	size_t attached_messages;       /* message/rfc822 parts */
	bool has_text_part;             /* text/plain seen */
	bool has_html_part;             /* text/html seen */
	bool has_calendar_part;         /* text/calendar seen */
	unsigned truncated;             /* enum truncated */
};

/* The header fields of the message that say how to read its body; absent slices where missing. */
struct content_head {
	struct slice content_type;      /* the unfolded value of the first such field */
	struct slice content_type_2;    /* of the second, if there are two: then both views are read */
	struct slice transfer_encoding;
	struct slice transfer_encoding_2;       /* of the second such field, if there are two: likewise both views */
	struct slice disposition;
};

/*
 * Reads a body as it arrives, in pieces of any size, in bounded time and
 * memory. The result does not depend on how the body was cut into pieces.
 * NULL when memory ran out. The reader dies with the arena.
 */
struct content_reader *content_begin(struct arena *a, const struct mail_limits *limits,
    const struct content_head *head);
void content_feed(struct content_reader *r, struct slice bytes);
/* Ends the body; the result belongs to the reader and lives as long as the arena. Never fails. */
const struct content *content_end(struct content_reader *r);

#endif
