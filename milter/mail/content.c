/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/content.h"

#include <stdlib.h>

#include "antisales/base/alloc.h"
#include "antisales/base/buf.h"
#include "antisales/mail/link_set.h"
#include "antisales/mail/mime.h"
#include "antisales/mail/quote.h"
#include "antisales/mail/reading.h"

enum {
	LAYERS_MAX = 3,                 /* the message, and encoded messages in encoded messages */
	READINGS_MAX = 4,               /* two encodings times plain and HTML */
	BLOCK_BYTES = 4096
};

/* A MIME reader; layer 0 reads the body itself, each next one an encoded message/rfc822 part of the one before. */
struct layer {
	struct content_reader *reader;
	struct mime *mime;
	struct transfer transfer;       /* of the message for the next layer */
	bool feeds_next;
	size_t depth_before;
};

struct content_reader {
	struct mail_limits limits;
	struct content content;
	struct link_set links;
	struct buf text, quoted, hidden, discarded;
	struct layer layers[LAYERS_MAX];
	struct reading *readings[READINGS_MAX];
	size_t body_bytes;
	unsigned leaf_places;           /* for all links of the open leaf */
	bool leaf_speaks;               /* its words are the writer's */
	bool body_seen;                 /* a text part that was no file has been read */
};

static const struct mime_ops layer_ops;

static void reader_done(void *arg)
{
	struct content_reader *r = arg;

	for (size_t i = 0; i < LAYERS_MAX; i++)
		mime_free(r->layers[i].mime);
	for (size_t i = 0; i < READINGS_MAX; i++)
		reading_free(r->readings[i]);
	link_set_done(&r->links);
	buf_done(&r->text);
	buf_done(&r->quoted);
	buf_done(&r->hidden);
	buf_done(&r->discarded);
}

struct content_reader *content_begin(struct arena *a, const struct mail_limits *limits,
    const struct content_head *head)
{
	struct content_reader *r = arena_alloc(a, sizeof *r);

	if (r == NULL)
		return NULL;
	r->limits = *limits;
	link_set_init(&r->links, a, limits->urls);
	buf_init(&r->text, limits->text_bytes);
	buf_init(&r->quoted, limits->text_bytes);
	buf_init(&r->hidden, limits->text_bytes);
	buf_init(&r->discarded, limits->text_bytes);
	for (size_t i = 0; i < LAYERS_MAX; i++)
		r->layers[i].reader = r;
	r->layers[0].mime = mime_new(&r->limits, &layer_ops, &r->layers[0]);
	if (arena_defer(a, reader_done, r) < 0 || r->layers[0].mime == NULL) {
		mime_free(r->layers[0].mime);
		r->layers[0].mime = NULL;
		return NULL;
	}
	mime_begin_body(r->layers[0].mime, head, false);
	return r;
}

enum { READ_PLAIN = 1, READ_HTML = 2 };

static bool is_html_name(struct slice name)
{
	return slice_iends(name, SLICE(".html")) || slice_iends(name, SLICE(".htm")) ||
	    slice_iends(name, SLICE(".shtml")) || slice_iends(name, SLICE(".xhtml")) ||
	    slice_iends(name, SLICE(".svg"));
}

/* How a type is to be read: READ_ bits, 0 for what holds no text of ours. */
static unsigned ways_of(struct slice type)
{
	static const struct slice html[] = { { "text/html", 9 }, { "text/x-amp-html", 15 },
		{ "application/xhtml+xml", 21 }, { "image/svg+xml", 13 } };
	static const struct slice code[] = { { "text/css", 8 }, { "text/javascript", 15 },
		{ "text/rtf", 8 }, { "text/xml", 8 }, { "text/csv", 8 } };

	for (size_t i = 0; i < sizeof html / sizeof *html; i++)
		if (slice_eq(type, html[i]))
			return READ_HTML;
	for (size_t i = 0; i < sizeof code / sizeof *code; i++)
		if (slice_eq(type, code[i]))
			return 0;
	return slice_istarts(type, SLICE("text/")) ? READ_PLAIN : 0;
}

static unsigned ways_of_part(const struct mime_part *p)
{
	unsigned ways = ways_of(p->type) | (p->type_2.p != NULL ? ways_of(p->type_2) : 0);

	if (p->kind == MIME_PREAMBLE)
		return READ_PLAIN | READ_HTML;
	if (slice_istarts(p->type, SLICE("multipart/")) || slice_istarts(p->type, SLICE("message/rfc822")))
		return READ_PLAIN;              /* nested too deeply to be taken apart */
	return is_html_name(p->name) ? ways | READ_HTML : ways;
}

/* Words in an attached file are not the writer's, unless the file is all there is to read. */
static bool is_file(const struct content_reader *r, const struct mime_part *p)
{
	if (p->kind == MIME_PREAMBLE)
		return false;
	return !slice_istarts(p->type, SLICE("text/")) || (p->attachment && r->body_seen);
}

/* A part may have two types, when it has two fields. */
static bool has_type(const struct mime_part *p, struct slice type)
{
	return slice_eq(p->type, type) || slice_eq(p->type_2, type);
}

static void note_part(struct content_reader *r, const struct mime_part *p, unsigned ways)
{
	bool is_text = slice_istarts(p->type, SLICE("text/"));

	r->leaf_places = p->attached ? LINK_ATTACHED : 0;
	r->leaf_speaks = !p->attached && !is_file(r, p) && !slice_eq(p->type, SLICE("text/calendar"));
	if (is_file(r, p))
		r->leaf_places |= LINK_FILE;
	if (p->attached || p->kind == MIME_PREAMBLE)
		return;
	r->content.attachments += p->attachment || p->name.n > 0;
	if (is_text && ways != 0 && r->leaf_speaks)
		r->body_seen = true;
	r->content.has_text_part = r->content.has_text_part || has_type(p, SLICE("text/plain"));
	r->content.has_html_part = r->content.has_html_part || has_type(p, SLICE("text/html"));
	r->content.has_calendar_part = r->content.has_calendar_part || slice_eq(p->type, SLICE("text/calendar"));
}

static void open_reading(struct content_reader *r, size_t i, const struct mime_part *p, bool scan_tags)
{
	enum reading_kind kind = i % 2 == 0 ? READING_PLAIN : READING_HTML;

	if (r->readings[i] == NULL)
		r->readings[i] = reading_new(&r->limits);
	if (r->readings[i] == NULL ||
	    !reading_begin(r->readings[i], kind, i < 2 ? p->encoding : p->encoding_2, p->charset)) {
		r->content.truncated |= TRUNCATED_MEMORY;
		return;
	}
	r->readings[i]->delsp = p->delsp;
	r->readings[i]->scan_tags = scan_tags;
}

/* Starts the next layer for an encoded message. */
static void open_layer(struct layer *l, const struct mime_part *p)
{
	struct content_reader *r = l->reader;
	struct layer *next = l + 1;

	l->feeds_next = false;
	if (next == &r->layers[LAYERS_MAX]) {
		r->content.truncated |= TRUNCATED_MIME;
		return;
	}
	if (next->mime == NULL)
		next->mime = mime_new(&r->limits, &layer_ops, next);
	if (next->mime == NULL) {
		r->content.truncated |= TRUNCATED_MEMORY;
		return;
	}
	transfer_begin(&l->transfer, p->encoding);
	next->depth_before = l->depth_before + p->depth;
	mime_begin_message(next->mime, true);
	l->feeds_next = true;
}

static void on_begin(void *arg, const struct mime_part *p)
{
	struct layer *l = arg;
	struct content_reader *r = l->reader;
	unsigned ways = ways_of_part(p);

	note_part(r, p, ways);
	if (p->kind == MIME_MESSAGE) {
		open_layer(l, p);
		return;
	}
	for (size_t i = 0; i < READINGS_MAX; i++) {
		if ((ways & (i % 2 == 0 ? READ_PLAIN : READ_HTML)) == 0 || (i >= 2 && p->encoding == p->encoding_2))
			continue;
		open_reading(r, i, p, (ways & READ_HTML) == 0);
	}
}

/* One encoded message inside another is at most LAYERS_MAX deep, and so is this path back into mime_feed. */
static void on_bytes(void *arg, struct slice bytes)
{
	struct layer *l = arg;
	struct content_reader *r = l->reader;
	char decoded[BLOCK_BYTES];

	for (size_t i = 0; i < READINGS_MAX && !l->feeds_next; i++)
		if (r->readings[i] != NULL && r->readings[i]->open)
			reading_feed(r->readings[i], bytes);
	while (l->feeds_next && bytes.n > 0) {
		size_t n = transfer_decode(&l->transfer, &bytes, decoded, sizeof decoded);

		mime_feed(l[1].mime, (struct slice){ decoded, n });
	}
}

static struct slice fitting(const struct content_reader *r, struct slice s, bool *cut)
{
	size_t used = r->text.n + r->quoted.n + r->hidden.n;
	size_t left = used < r->limits.text_bytes ? r->limits.text_bytes - used : 0;

	*cut = *cut || s.n > left;
	return slice_sub(s, 0, left);
}

/* Takes what a reading found into the message's content. */
static void take(struct content_reader *r, struct reading *reading)
{
	struct visible_out *out = &reading->out;
	bool cut = false;
	struct slice text = fitting(r, buf_slice(&out->text.out), &cut);

	buf_clear(&r->discarded);
	quote_split(text, r->leaf_speaks ? &r->text : &r->discarded, r->leaf_speaks ? &r->quoted : &r->discarded,
	    &out->found);
	if (r->leaf_speaks && out->hidden.out.n > 0) {
		if (r->hidden.n > 0)
			buf_addc(&r->hidden, '\n');
		buf_add(&r->hidden, fitting(r, buf_slice(&out->hidden.out), &cut));
	}
	for (size_t i = 0; i < out->found.count; i++) {
		const struct found_link *l = &out->found.links[i];

		link_set_add(&r->links, found_url(&out->found, l), l->host_n, l->places | r->leaf_places);
	}
	if (r->leaf_places == 0) {
		r->content.images += out->images;
		r->content.pixels += out->pixels;
	}
	r->content.truncated |= reading->truncated | (cut && r->leaf_speaks ? TRUNCATED_TEXT : 0);
}

static void close_layer(struct layer *l)
{
	char decoded[TRANSFER_ROOM_MIN];
	struct slice rest = { decoded, transfer_end(&l->transfer, decoded) };
	struct layer *next = l + 1;
	struct mime_counts counts;

	mime_feed(next->mime, rest);
	mime_end(next->mime);
	counts = mime_counts(next->mime);
	l->feeds_next = false;
	l->reader->content.parts += counts.parts;
	l->reader->content.attached_messages += counts.messages;
	if (l->reader->content.depth < next->depth_before + counts.depth)
		l->reader->content.depth = next->depth_before + counts.depth;
	if (counts.cut)
		l->reader->content.truncated |= TRUNCATED_MIME;
}

static void on_end(void *arg, bool used)
{
	struct layer *l = arg;
	struct content_reader *r = l->reader;

	if (l->feeds_next)
		close_layer(l);
	for (size_t i = 0; i < READINGS_MAX; i++) {
		struct reading *reading = r->readings[i];

		if (reading == NULL || !reading->open)
			continue;
		if (!used) {
			reading_cancel(reading);
			continue;
		}
		reading_end(reading);
		take(r, reading);
	}
}

static const struct mime_ops layer_ops = { on_begin, on_bytes, on_end };

void content_feed(struct content_reader *r, struct slice bytes)
{
	size_t left = r->limits.body_bytes - r->body_bytes;

	if (bytes.n > left) {
		bytes.n = left;
		r->content.truncated |= TRUNCATED_BODY;
	}
	r->body_bytes += bytes.n;
	if (bytes.n > 0)
		mime_feed(r->layers[0].mime, bytes);
}

const struct content *content_end(struct content_reader *r)
{
	struct content *c = &r->content;
	struct mime_counts counts;

	mime_end(r->layers[0].mime);
	counts = mime_counts(r->layers[0].mime);
	c->parts += counts.parts;
	c->attached_messages += counts.messages;
	if (c->depth < counts.depth)
		c->depth = counts.depth;
	if (counts.cut)
		c->truncated |= TRUNCATED_MIME;
	if (r->links.cut)
		c->truncated |= TRUNCATED_URLS;
	c->links = r->links.links;
	c->links_count = r->links.count;
	c->text = buf_slice(&r->text);
	c->quoted = buf_slice(&r->quoted);
	c->hidden = buf_slice(&r->hidden);
	return c;
}
