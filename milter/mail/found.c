/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/found.h"

#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/mail/content.h"

enum { BYTES_MAX = 4 << 20, ROOM_FIRST = 32 };

void found_init(struct found *f, size_t urls_max, size_t url_bytes_max)
{
	*f = (struct found){ .max = urls_max };
	buf_init(&f->bytes, BYTES_MAX);
	buf_init(&f->url, 2 * url_bytes_max);
	buf_init(&f->rest, 2 * url_bytes_max);
	buf_init(&f->inner, 4 * url_bytes_max);
}

void found_done(struct found *f)
{
	buf_done(&f->bytes);
	buf_done(&f->url);
	buf_done(&f->rest);
	buf_done(&f->inner);
	free(f->links);
	f->links = NULL;
	f->count = f->room = 0;
}

void found_clear(struct found *f)
{
	buf_clear(&f->bytes);
	f->count = 0;
	f->cut = false;
}

static bool grow(struct found *f)
{
	size_t room = f->room == 0 ? ROOM_FIRST : 2 * f->room;
	struct found_link *p;

	if (f->count < f->room)
		return true;
	p = f->count < f->max ? alloc_resize(f->links, room * sizeof *p) : NULL;
	if (p == NULL)
		return false;
	f->links = p;
	f->room = room;
	return true;
}

static void keep(struct found *f, const struct url *u, unsigned places, size_t offset)
{
	size_t at = f->bytes.n;

	if (f->count >= f->max || !grow(f)) {
		f->cut = true;
		return;
	}
	buf_add(&f->bytes, u->url);
	if (f->bytes.n - at < u->url.n) {
		f->bytes.n = at;
		f->cut = true;
		return;
	}
	f->links[f->count++] = (struct found_link){ at, u->url.n, u->host.n, places, offset };
}

/* URLs in f->inner that still have to be parsed. */
struct waiting {
	size_t at[FOUND_WAITING_MAX], n[FOUND_WAITING_MAX];
	unsigned depth[FOUND_WAITING_MAX];
	size_t count;
};

static void wait_for(struct waiting *w, size_t at, size_t n, unsigned depth)
{
	if (w->count == FOUND_WAITING_MAX || depth > FOUND_DEPTH_MAX)
		return;
	w->at[w->count] = at;
	w->n[w->count] = n;
	w->depth[w->count++] = depth;
}

/* Puts what is inside f->rest into the queue. */
static void look_inside(struct found *f, struct waiting *w, unsigned depth)
{
	struct url_inner inner;

	if (depth > FOUND_DEPTH_MAX)
		return;
	url_inner(buf_slice(&f->rest), &f->inner, &inner);
	for (size_t i = 0; i < inner.count; i++)
		wait_for(w, inner.at[i], inner.n[i], depth);
}

/* The same for code: the bare URLs of its text. */
static void look_into_code(struct found *f, struct waiting *w, unsigned depth)
{
	struct url_scan scan;
	struct slice raw;
	struct buf text;
	size_t offset;

	buf_init(&text, f->rest.max);
	url_code_text(buf_slice(&f->rest), &text);
	url_scan_begin(&scan, buf_slice(&text));
	while (w->count < FOUND_WAITING_MAX && url_scan_next(&scan, &raw, &offset)) {
		wait_for(w, f->inner.n, raw.n, depth);
		buf_add(&f->inner, raw);
	}
	buf_done(&text);
}

/* How a link stands in the mail, and how deep inside another one. */
struct standing {
	unsigned places, depth;
	size_t offset;
};

static void add_one(struct found *f, struct slice raw, const struct url *base, struct waiting *w, struct standing as)
{
	struct url u;
	enum url_kind kind = url_parse(raw, base, &f->url, &u);

	if (f->url.cut)
		f->cut = true;
	if (kind == URL_NONE)
		return;
	if (kind == URL_WEB)
		keep(f, &u, as.places | (as.depth > 0 ? LINK_NESTED : 0), as.offset);
	if (u.rest.n == 0)
		return;
	buf_clear(&f->rest);
	buf_add(&f->rest, u.rest);
	if (kind == URL_WEB)
		look_inside(f, w, as.depth + 1);
	else
		look_into_code(f, w, as.depth + 1);
}

void found_add(struct found *f, struct slice raw, const struct url *base, unsigned places, size_t offset)
{
	struct waiting w = { .count = 0 };
	struct standing as = { .places = places, .offset = offset };

	if (raw.n == 0)
		return;
	buf_clear(&f->inner);
	add_one(f, raw, base, &w, as);
	for (size_t i = 0; i < w.count; i++) {
		as.depth = w.depth[i];
		add_one(f, slice_sub(buf_slice(&f->inner), w.at[i], w.n[i]), NULL, &w, as);
	}
}

void found_add_text(struct found *f, struct slice text, unsigned places, bool with_offsets)
{
	struct url_scan scan;
	struct slice raw;
	size_t offset;

	url_scan_begin(&scan, text);
	while (url_scan_next(&scan, &raw, &offset))
		found_add(f, raw, NULL, places, with_offsets ? offset : FOUND_NOWHERE);
}

/* url_at grows with each link found, so it tells which came first. */
static int by_offset(const void *a, const void *b)
{
	const struct found_link *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (x->url_at > y->url_at) - (x->url_at < y->url_at);
}

void found_sort(struct found *f)
{
	if (f->count > 1)
		qsort(f->links, f->count, sizeof *f->links, by_offset);
}

struct slice found_url(const struct found *f, const struct found_link *l)
{
	return slice_sub(buf_slice(&f->bytes), l->url_at, l->url_n);
}
