/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/base/buf.h"
#include "antisales/mail/dkim_check.h"

enum { HELD_MAX = 64 };

/* ---- header ---- */

static void write_field(struct buf *out, const struct dkim_field *f)
{
	struct slice rest = f->raw;

	buf_add(out, f->name);
	buf_adds(out, f->with_space ? ":" : ": ");
	for (;;) {
		size_t lf = slice_find(rest, '\n', 0);

		buf_add(out, slice_sub(rest, 0, lf));
		if (lf == rest.n)
			return;
		buf_adds(out, lf > 0 && rest.p[lf - 1] == '\r' ? "\n" : "\r\n");
		rest = slice_sub(rest, lf + 1, rest.n);
	}
}

/* What no MTA lets pass is not passed on. */
static bool is_field(const struct dkim_field *f)
{
	for (size_t i = 0; i < f->name.n; i++)
		if (f->name.p[i] < ' ' || f->name.p[i] > '~' || f->name.p[i] == ':')
			return false;
	return f->name.n > 0 && f->name.p[0] != ' ' && memchr(f->raw.p, '\0', f->raw.n) == NULL;
}

/* The candidate of that field, looked for from *at on; NULL for a field that is none. */
static struct dkim_candidate *candidate_of(struct dkim_check *c, size_t field, size_t *at)
{
	while (*at < c->candidates_count && c->candidates[*at].field < field)
		++*at;
	return *at < c->candidates_count && c->candidates[*at].field == field ? &c->candidates[*at] : NULL;
}

void dkim_feed_header(struct dkim_check *c)
{
	struct buf line;
	size_t at = 0;

	buf_init(&line, 2 * c->limits->dkim_header_bytes + 16);
	for (size_t i = 0; i < c->fields_count; i++) {
		struct dkim_candidate *k = candidate_of(c, i, &at);

		if (!is_field(&c->fields[i]) || (k != NULL && !k->chosen))
			continue;
		buf_clear(&line);
		write_field(&line, &c->fields[i]);
		if (line.cut)
			c->header_cut = true;
		else if (dkim_verifier_field(c->verifier, buf_slice(&line)) && k != NULL)
			k->fed = true;
	}
	buf_done(&line);
}

/* ---- body ---- */

static void pass_on(struct dkim_check *c, struct slice s)
{
	if (s.n == 0)
		return;
	c->in_line = s.p[s.n - 1] != '\n';
	dkim_verifier_body(c->verifier, s);
	for (size_t i = 0; c->has_length && i < 2; i++)
		dkim_length_add(&c->lengths[i], s);
}

static void feed_lines(struct dkim_check *c, struct slice s)
{
	size_t from = 0;

	for (size_t lf = slice_find(s, '\n', 0); lf < s.n; lf = slice_find(s, '\n', lf + 1)) {
		if (lf > 0 && s.p[lf - 1] == '\r')
			continue;
		pass_on(c, slice_sub(s, from, lf - from));
		pass_on(c, SLICE("\r\n"));
		from = lf + 1;
	}
	pass_on(c, slice_sub(s, from, s.n));
}

/* The CRs held back, and what follows them, in one piece: the library may take a CR at the end of a piece amiss. */
static void pass_held(struct dkim_check *c, struct slice next)
{
	char piece[HELD_MAX + 2];

	memset(piece, '\r', c->held_crs);
	memcpy(piece + c->held_crs, next.p, next.n);
	pass_on(c, (struct slice){ piece, c->held_crs + next.n });
	c->held_crs = 0;
}

void dkim_feed_body(struct dkim_check *c, struct slice s)
{
	while (c->held_crs > 0 && s.n > 0) {
		bool more = s.p[0] == '\r' && c->held_crs < HELD_MAX;

		if (more)
			c->held_crs++;
		else
			pass_held(c, slice_sub(s, 0, 1));
		s = slice_sub(s, 1, s.n);
	}
	while (s.n > 0 && s.p[s.n - 1] == '\r' && c->held_crs < HELD_MAX) {
		c->held_crs++;
		s.n--;
	}
	feed_lines(c, s);
}

void dkim_feed_end(struct dkim_check *c)
{
	/* the canonical body ends with a line end (RFC 6376 sections 3.4.3 and 3.4.4) */
	if (c->held_crs > 0)
		pass_held(c, SLICE("\r\n"));
	else if (c->in_line)
		pass_on(c, SLICE("\r\n"));
}
