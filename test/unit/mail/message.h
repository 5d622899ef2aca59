/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_MAIL_MESSAGE_H
#define TEST_UNIT_MAIL_MESSAGE_H

#include "support.h"

#include "antisales/mail/content.h"
#include "antisales/mail/header.h"

/* The field that starts at the front of s, folds counted; 0 when no field starts there. */
static inline size_t field_bytes(struct slice s)
{
	size_t end = slice_find(s, '\n', 0) + 1;

	if (slice_find(slice_sub(s, 0, end), ':', 0) + 1 >= end)
		return 0;
	while (end < s.n && (s.p[end] == ' ' || s.p[end] == '\t'))
		end = slice_find(s, '\n', end) + 1;
	return end < s.n ? end : s.n;
}

static inline void take_field(struct slice field, struct arena *a, struct content_head *head)
{
	struct slice name = slice_trim(slice_cut(&field, ':'));
	struct slice *to = NULL;

	if (slice_ieq(name, SLICE("content-type")))
		to = head->content_type.p == NULL ? &head->content_type : &head->content_type_2;
	else if (slice_ieq(name, SLICE("content-transfer-encoding")))
		to = head->transfer_encoding.p == NULL ? &head->transfer_encoding : &head->transfer_encoding_2;
	else if (slice_ieq(name, SLICE("content-disposition")))
		to = &head->disposition;
	if (to != NULL)
		*to = header_unfold(field, a);
}

/* Parts a message as an MTA does: fields to head, the rest is the body. */
static inline struct slice take_head(struct slice message, struct arena *a, struct content_head *head)
{
	size_t n;

	*head = (struct content_head){ 0 };
	while ((n = field_bytes(message)) > 0) {
		take_field(slice_sub(message, 0, n), a, head);
		message = slice_sub(message, n, message.n);
	}
	n = message.n > 0 && message.p[0] == '\r' ? 2 : 1;
	return message.n > 0 && slice_trim(slice_sub(message, 0, n)).n == 0 ? slice_sub(message, n, message.n) : message;
}

static inline const struct content *read_whole(struct slice message, size_t cut, const struct mail_limits *limits,
    struct arena *a)
{
	struct content_head head;
	struct slice body = take_head(message, a, &head);
	struct content_reader *r = content_begin(a, limits, &head);

	assert_non_null(r);
	for (size_t at = 0; at < body.n; at += cut)
		content_feed(r, slice_sub(body, at, cut));
	return content_end(r);
}

/* All of it as text, to compare two readings. */
static inline void print_content(const struct content *c, struct buf *out)
{
	buf_addf(out, "parts %zu depth %zu images %zu pixels %zu attachments %zu messages %zu %d%d%d cut %x\n", c->parts,
	    c->depth, c->images, c->pixels, c->attachments, c->attached_messages, c->has_text_part, c->has_html_part,
	    c->has_calendar_part, c->truncated);
	for (size_t i = 0; i < c->links_count; i++)
		buf_addf(out, "%.*s %.*s %x\n", SLICE_FMT(c->links[i].host), SLICE_FMT(c->links[i].path), c->links[i].places);
	buf_add(out, c->text);
	buf_adds(out, "\n--\n");
	buf_add(out, c->quoted);
	buf_adds(out, "\n--\n");
	buf_add(out, c->hidden);
}

static inline bool has_host(const struct content *c, struct slice host)
{
	for (size_t i = 0; i < c->links_count; i++)
		if (slice_eq(c->links[i].host, host))
			return true;
	return false;
}

#endif
