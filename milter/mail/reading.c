/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/reading.h"

#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/mail/content.h"

enum { BLOCK_BYTES = 4096 };

struct reading *reading_new(const struct mail_limits *limits)
{
	struct reading *r = alloc_zeroed(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->limits = limits;
	fold_init(&r->out.text, limits->text_part_bytes);
	fold_init(&r->out.hidden, limits->text_part_bytes);
	found_init(&r->out.found, limits->urls, limits->url_bytes);
	return r;
}

void reading_free(struct reading *r)
{
	if (r == NULL)
		return;
	charset_close(&r->charset);
	visible_free(r->visible);
	fold_done(&r->out.text);
	fold_done(&r->out.hidden);
	found_done(&r->out.found);
	free(r);
}

static bool need_visible(struct reading *r)
{
	if (r->visible == NULL)
		r->visible = visible_new(r->limits, &r->out);
	if (r->visible == NULL)
		r->truncated |= TRUNCATED_MEMORY;
	return r->visible != NULL;
}

bool reading_begin(struct reading *r, enum reading_kind kind, enum transfer_encoding encoding, struct slice charset)
{
	r->kind = kind;
	r->truncated = 0;
	r->delsp = r->scan_tags = false;
	r->open = false;
	fold_clear(&r->out.text);
	fold_clear(&r->out.hidden);
	found_clear(&r->out.found);
	r->out.images = r->out.pixels = 0;
	if (kind == READING_HTML && !need_visible(r))
		return false;
	if (kind == READING_HTML)
		visible_begin(r->visible, false);
	transfer_begin(&r->transfer, encoding);
	charset_close(&r->charset);
	charset_open(&r->charset, charset);
	r->open = true;
	return true;
}

static void add_text(struct reading *r, struct slice utf8)
{
	if (r->kind == READING_HTML)
		visible_feed(r->visible, utf8);
	else
		fold_add(&r->out.text, utf8, r->delsp ? FOLD_DELSP : FOLD_LINES);
}

static void add_bytes(struct reading *r, struct slice bytes)
{
	char utf8[BLOCK_BYTES];

	while (bytes.n > 0) {
		size_t n = charset_decode(&r->charset, &bytes, utf8, sizeof utf8);

		add_text(r, (struct slice){ utf8, n });
	}
}

void reading_feed(struct reading *r, struct slice bytes)
{
	char decoded[BLOCK_BYTES];

	if (r->transfer.encoding == TRANSFER_IDENTITY) {
		add_bytes(r, bytes);
		return;
	}
	while (bytes.n > 0) {
		size_t n = transfer_decode(&r->transfer, &bytes, decoded, sizeof decoded);

		add_bytes(r, (struct slice){ decoded, n });
	}
}

/* Tags in plain text: their links count, as some programs show such parts as HTML. */
static void scan_tags(struct reading *r)
{
	struct slice text = buf_slice(&r->out.text.out);

	if (slice_find(text, '<', 0) == text.n || !need_visible(r))
		return;
	visible_begin(r->visible, true);
	for (size_t at = 0; at < text.n;) {
		size_t end = slice_find(text, '\n', at);

		visible_at(r->visible, at);
		visible_feed(r->visible, slice_sub(text, at, end + 1 - at));
		at = end + 1;
	}
	visible_end(r->visible);
}

static void note_cuts(struct reading *r)
{
	if (r->out.text.out.cut || r->out.hidden.out.cut)
		r->truncated |= TRUNCATED_TEXT;
	if (r->out.found.cut)
		r->truncated |= TRUNCATED_URLS;
	if (r->kind == READING_HTML && visible_was_cut(r->visible))
		r->truncated |= TRUNCATED_HTML;
}

void reading_end(struct reading *r)
{
	char rest[TRANSFER_ROOM_MIN + CHARSET_ROOM_MIN];

	add_bytes(r, (struct slice){ rest, transfer_end(&r->transfer, rest) });
	add_text(r, (struct slice){ rest, charset_end(&r->charset, rest) });
	if (r->kind == READING_HTML)
		visible_end(r->visible);
	else if (r->scan_tags)
		scan_tags(r);
	found_add_text(&r->out.found, buf_slice(&r->out.text.out), LINK_TEXT, true);
	found_add_text(&r->out.found, buf_slice(&r->out.hidden.out), LINK_TEXT | LINK_HIDDEN, false);
	found_sort(&r->out.found);
	note_cuts(r);
	charset_close(&r->charset);
	r->open = false;
}

void reading_cancel(struct reading *r)
{
	charset_close(&r->charset);
	r->open = false;
}
