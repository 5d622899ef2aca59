/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/mime_head.h"

#include "antisales/mail/header.h"
#include "antisales/mail/octet.h"

enum { NAME_BYTES_MAX = 128, OPEN_NONE = -1, OPEN_OTHER = -2 };

void mime_head_init(struct mime_head *h, size_t value_bytes_max)
{
	for (size_t i = 0; i < MIME_FIELDS; i++) {
		buf_init(&h->fields[i], value_bytes_max);
		h->has[i] = false;
	}
	h->open = OPEN_NONE;
}

void mime_head_done(struct mime_head *h)
{
	for (size_t i = 0; i < MIME_FIELDS; i++)
		buf_done(&h->fields[i]);
}

void mime_head_clear(struct mime_head *h)
{
	for (size_t i = 0; i < MIME_FIELDS; i++) {
		buf_clear(&h->fields[i]);
		h->has[i] = false;
	}
	h->open = OPEN_NONE;
}

/* Length of the field name at the start of line; 0 when there is none (RFC 5322 section 3.6.8, a little stricter). */
static size_t name_bytes(struct slice line, size_t *colon)
{
	size_t n = 0, at;

	while (n < line.n && n <= NAME_BYTES_MAX && octet_is(line.p[n], OCTET_TOKEN))
		n++;
	at = n;
	while (at < line.n && at <= NAME_BYTES_MAX && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	*colon = at;
	return n > 0 && at < line.n && line.p[at] == ':' ? n : 0;
}

bool mime_head_is_line(struct slice line)
{
	size_t colon;

	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t' || name_bytes(line, &colon) > 0);
}

bool mime_head_is_mbox(struct slice line)
{
	return slice_istarts(line, SLICE("From ")) || slice_istarts(line, SLICE(">From "));
}

/* Which field the name opens; a second Content-Type or encoding is kept apart, a third is not kept. */
static int field_of(const struct mime_head *h, struct slice name)
{
	int field = OPEN_OTHER;

	if (name.n < 12 || octet_lower(name.p[0]) != 'c')
		return OPEN_OTHER;
	if (slice_ieq(name, SLICE("content-type")))
		field = MIME_FIELD_TYPE;
	else if (slice_ieq(name, SLICE("content-transfer-encoding")))
		field = MIME_FIELD_ENCODING;
	else if (slice_ieq(name, SLICE("content-disposition")))
		field = MIME_FIELD_DISPOSITION;
	if (field < 0 || !h->has[field])
		return field;
	if (field == MIME_FIELD_DISPOSITION || h->has[field + 1])
		return OPEN_OTHER;
	return field + 1;
}

bool mime_head_line(struct mime_head *h, struct slice line)
{
	size_t colon, name;

	if (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
		if (h->open >= 0)
			buf_add(&h->fields[h->open], line);
		return h->open != OPEN_NONE || slice_trim(line).n == 0;
	}
	name = name_bytes(line, &colon);
	if (name == 0)
		return false;
	h->open = field_of(h, slice_sub(line, 0, name));
	if (h->open >= 0) {
		h->has[h->open] = true;
		buf_add(&h->fields[h->open], slice_sub(line, colon + 1, line.n));
	}
	return true;
}

static struct slice value(const struct mime_head *h, size_t field, struct arena *a)
{
	if (!h->has[field])
		return (struct slice){ 0 };
	return arena_dup(a, header_unfold(buf_slice(&h->fields[field]), a));
}

void mime_head_end(const struct mime_head *h, struct arena *a, struct content_head *ret)
{
	ret->content_type = value(h, MIME_FIELD_TYPE, a);
	ret->content_type_2 = value(h, MIME_FIELD_TYPE_2, a);
	ret->transfer_encoding = value(h, MIME_FIELD_ENCODING, a);
	ret->transfer_encoding_2 = value(h, MIME_FIELD_ENCODING_2, a);
	ret->disposition = value(h, MIME_FIELD_DISPOSITION, a);
}

/* The type itself, without what follows when a semicolon is missing: "text/html charset=utf-8" */
static struct slice type_bytes(struct slice s)
{
	size_t at = slice_find(s, '/', 0) + 1;

	while (at < s.n && octet_is(s.p[at], OCTET_SPACE))
		at++;
	while (at < s.n && !octet_is(s.p[at], OCTET_SPACE) && s.p[at] != '(')
		at++;
	return slice_sub(s, 0, at);
}

/* "Text / HTML (x); ..." to "text/html"; absent when that is no type. */
static struct slice read_type(struct slice field, struct arena *a)
{
	struct slice type = type_bytes(slice_trim(slice_sub(field, 0, slice_find(field, ';', 0))));
	char *out = arena_alloc(a, type.n + 1);
	size_t n = 0, slashes = 0;

	if (out == NULL)
		return (struct slice){ 0 };
	for (size_t i = 0; i < type.n && type.p[i] != '('; i++) {
		if (octet_is(type.p[i], OCTET_SPACE) || type.p[i] == '"')
			continue;
		slashes += type.p[i] == '/';
		out[n++] = octet_lower(type.p[i]);
	}
	return slashes == 1 && n > 2 ? (struct slice){ out, n } : (struct slice){ 0 };
}

static bool is_message_type(struct slice type)
{
	return slice_eq(type, SLICE("message/rfc822")) || slice_eq(type, SLICE("message/global")) ||
	    slice_eq(type, SLICE("message/news"));
}

static struct slice param(const struct content_head *head, const char *name, struct arena *a)
{
	struct slice found = header_param(head->content_type, name, a);

	return found.p != NULL ? found : header_param(head->content_type_2, name, a);
}

static void read_boundaries(const struct content_head *head, struct arena *a, struct mime_info *ret)
{
	ret->boundaries_count = header_params(head->content_type, "boundary", a, ret->boundaries, 2);
	if (ret->boundaries_count == 0)
		ret->boundaries_count = header_params(head->content_type_2, "boundary", a, ret->boundaries, 2);
}

static void read_disposition(const struct content_head *head, struct arena *a, struct mime_part *p)
{
	struct slice name = header_param(head->disposition, "filename", a);

	p->attachment = slice_istarts(slice_trim(head->disposition), SLICE("attachment"));
	if (name.p == NULL)
		name = param(head, "name", a);
	p->name = name.p == NULL ? name : header_decode(name, a);
}

void mime_info_read(const struct content_head *head, bool digest, struct arena *a, struct mime_info *ret)
{
	struct mime_part *p = &ret->part;
	struct slice flowed;

	*ret = (struct mime_info){ .part = { .kind = MIME_LEAF } };
	p->type = read_type(head->content_type, a);
	if (p->type.p == NULL && digest && slice_trim(head->content_type).n == 0)
		p->type = SLICE("message/rfc822");
	else if (p->type.p == NULL)
		p->type = SLICE("text/plain");
	if (head->content_type_2.p != NULL)
		p->type_2 = read_type(head->content_type_2, a);
	if (slice_eq(p->type, p->type_2))
		p->type_2 = (struct slice){ 0 };
	p->encoding = p->encoding_2 = transfer_named(head->transfer_encoding);
	if (head->transfer_encoding_2.p != NULL)
		p->encoding_2 = transfer_named(head->transfer_encoding_2);
	ret->is_multipart = slice_istarts(p->type, SLICE("multipart/")) ||
	    slice_istarts(p->type_2, SLICE("multipart/"));
	ret->is_message = !ret->is_multipart && is_message_type(p->type);
	ret->is_digest = slice_eq(p->type, SLICE("multipart/digest"));
	p->charset = param(head, "charset", a);
	read_disposition(head, a, p);
	flowed = param(head, "delsp", a);
	p->delsp = slice_ieq(slice_trim(flowed), SLICE("yes"));
	if (ret->is_multipart)
		read_boundaries(head, a, ret);
}
