/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/txn.h"

#include <string.h>

struct txn *txn_begin(struct arena *a, const struct mail_limits *limits, const struct peer *peer,
    struct slice sender, int64_t now)
{
	struct txn *t = arena_alloc(a, sizeof *t);

	if (t == NULL)
		return NULL;
	t->arena = a;
	t->limits = limits;
	t->peer = peer;
	t->now = now;
	if (address_envelope(sender, a, &t->sender) < 0)
		t->sender = (struct address){ .spec = arena_dup(a, sender) };
	return t;
}

/* Doubles an array of the transaction; false at the limit of memory, which is noted. */
static bool grow(struct txn *t, void **array, size_t *room, size_t count, size_t each)
{
	size_t want = *room == 0 ? 16 : *room * 2;
	void *p;

	if (count < *room)
		return true;
	p = arena_array(t->arena, want, each);
	if (p == NULL) {
		t->truncated |= TRUNCATED_MEMORY;
		return false;
	}
	if (count > 0)
		memcpy(p, *array, count * each);
	*array = p;
	*room = want;
	return true;
}

void txn_recipient(struct txn *t, struct slice address)
{
	void *array = t->recipients;

	t->recipients_told++;
	if (t->recipients_count == t->limits->recipients) {
		t->truncated |= TRUNCATED_RECIPIENTS;
		return;
	}
	if (!grow(t, &array, &t->recipients_room, t->recipients_count, sizeof *t->recipients))
		return;
	t->recipients = array;
	if (address_envelope(address, t->arena, &t->recipients[t->recipients_count]) == 0)
		t->recipients_count++;
}

static bool is_room_for_header(struct txn *t, struct slice name, struct slice raw)
{
	if (t->headers_count < t->limits->header_fields
	    && name.n + raw.n <= t->limits->header_bytes - t->headers_bytes)
		return true;
	t->truncated |= TRUNCATED_HEADER;
	return false;
}

void txn_header(struct txn *t, struct slice name, struct slice raw)
{
	void *array = t->headers;
	struct header *h;

	if (raw.n > t->limits->header_value_bytes) {
		raw = slice_sub(raw, 0, t->limits->header_value_bytes);
		t->truncated |= TRUNCATED_HEADER;
	}
	if (!is_room_for_header(t, name, raw)
	    || !grow(t, &array, &t->headers_room, t->headers_count, sizeof *t->headers))
		return;
	t->headers = array;
	h = &t->headers[t->headers_count];
	h->name = arena_dup(t->arena, slice_trim(name));
	h->raw = arena_dup(t->arena, raw);
	h->value = header_decode(header_unfold(h->raw, t->arena), t->arena);
	if (h->name.p == NULL || h->raw.p == NULL || h->value.p == NULL) {
		t->truncated |= TRUNCATED_MEMORY;
		return;
	}
	t->headers_bytes += name.n + raw.n;
	t->headers_count++;
}

const struct header *txn_find(const struct txn *t, const char *name, size_t nth)
{
	struct slice want = slice_of(name);

	for (size_t i = 0; i < t->headers_count; i++)
		if (slice_ieq(t->headers[i].name, want) && nth-- == 0)
			return &t->headers[i];
	return NULL;
}

struct slice txn_value(const struct txn *t, const char *name, size_t nth)
{
	const struct header *h = txn_find(t, name, nth);

	return h == NULL ? (struct slice){ 0 } : h->value;
}

/* Structured fields are read undecoded: encoded words have no place in them. */
static struct slice structured(const struct txn *t, const char *name, size_t nth)
{
	const struct header *h = txn_find(t, name, nth);

	return h == NULL ? (struct slice){ 0 } : header_unfold(h->raw, t->arena);
}

static void open_reader(struct txn *t)
{
	struct content_head head = {
		.content_type = structured(t, "Content-Type", 0),
		.content_type_2 = structured(t, "Content-Type", 1),
		.transfer_encoding = structured(t, "Content-Transfer-Encoding", 0),
		.transfer_encoding_2 = structured(t, "Content-Transfer-Encoding", 1),
		.disposition = structured(t, "Content-Disposition", 0),
	};

	t->reader = content_begin(t->arena, t->limits, &head);
	if (t->reader == NULL)
		t->truncated |= TRUNCATED_MEMORY;
}

void txn_body(struct txn *t, struct slice bytes)
{
	size_t room = t->body_bytes < t->limits->body_bytes ? t->limits->body_bytes - t->body_bytes : 0;

	if (t->reader == NULL && (t->truncated & TRUNCATED_MEMORY) == 0)
		open_reader(t);
	t->body_bytes += bytes.n;
	if (bytes.n > room)
		t->truncated |= TRUNCATED_BODY;
	if (t->reader != NULL && room > 0)
		content_feed(t->reader, slice_sub(bytes, 0, room));
}

bool txn_has_enough(const struct txn *t)
{
	return t->body_bytes >= t->limits->body_bytes;
}

void txn_seal(struct txn *t)
{
	static const struct content nothing;

	if (t->content != NULL)
		return;
	if (t->reader == NULL)
		open_reader(t);
	t->content = t->reader == NULL ? &nothing : content_end(t->reader);
	t->truncated |= t->content->truncated;
}
