/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/address.h"

#include <string.h>

#include "antisales/base/buf.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/header.h"
#include "antisales/mail/octet.h"

enum { SPEC_BYTES_MAX = 998, DISPLAY_BYTES_MAX = 2000 };

/*
 * One pass over the list (RFC 5322 section 3.4 with its obsolete forms). Words
 * collect until a delimiter tells what they were: a display name before '<', a
 * group name before ':', an address before ',' ';' or the end.
 */
struct reading {
	struct slice in;
	size_t at;
	struct arena *arena;
	struct buf words;               /* words as text: quotes undone, joined by one SP */
	struct buf spec;                /* the same as an address: no SP but quoted ones */
	struct buf angle;               /* what stood in angle brackets */
	struct buf comment;             /* the last comment, the display name of "a@b (Ann)" */
	size_t at_sign;                 /* offset in spec or angle of the last '@' outside quotes, plus one; 0 none */
	bool has_angle;
	bool gap;                       /* white space since the last word */
};

static void reset(struct reading *r)
{
	buf_clear(&r->words);
	buf_clear(&r->spec);
	buf_clear(&r->angle);
	buf_clear(&r->comment);
	r->at_sign = 0;
	r->has_angle = false;
	r->gap = false;
}

/* From '(' to its ')'. Depth is counted; text below ADDRESS_NESTING_MAX levels is left out. */
static void read_comment(struct reading *r)
{
	size_t depth = 0;

	buf_clear(&r->comment);
	for (; r->at < r->in.n; r->at++) {
		char c = r->in.p[r->at];

		if (c == '(' && depth++ == 0)
			continue;
		if (c == ')' && --depth == 0)
			break;
		if (c == '\\' && r->at + 1 < r->in.n)
			c = r->in.p[++r->at];
		if (depth <= ADDRESS_NESTING_MAX)
			buf_addc(&r->comment, c);
	}
	if (r->at < r->in.n)
		r->at++;
	r->gap = true;
}

static void add_gap(struct reading *r)
{
	if (r->gap && r->words.n > 0)
		buf_addc(&r->words, ' ');
	r->gap = false;
}

/* From '"' to the next one; an unterminated string ends with the field. */
static void read_quoted(struct reading *r, struct buf *spec)
{
	add_gap(r);
	for (r->at++; r->at < r->in.n && r->in.p[r->at] != '"'; r->at++) {
		if (r->in.p[r->at] == '\\' && r->at + 1 < r->in.n)
			r->at++;
		if (!r->has_angle)
			buf_addc(&r->words, r->in.p[r->at]);
		buf_addc(spec, r->in.p[r->at]);
	}
	if (r->at < r->in.n)
		r->at++;
}

static void read_char(struct reading *r, struct buf *spec)
{
	char c = r->in.p[r->at++];

	if (octet_is(c, OCTET_SPACE)) {
		r->gap = true;
		return;
	}
	if (c == '@')
		r->at_sign = spec->n + 1;
	if (!r->has_angle) {
		add_gap(r);
		buf_addc(&r->words, c);
	}
	buf_addc(spec, c);
}

/* A domain literal: "[IPv6:...]" may hold ':' */
static void read_literal(struct reading *r, struct buf *spec)
{
	size_t end = slice_find(r->in, ']', r->at);

	end = end < r->in.n ? end + 1 : end;
	if (end - r->at > 80)
		end = r->at + 1;
	if (!r->has_angle) {
		add_gap(r);
		buf_add(&r->words, slice_sub(r->in, r->at, end - r->at));
	}
	buf_add(spec, slice_sub(r->in, r->at, end - r->at));
	r->at = end;
}

/* "<@a,@b:ann@x.example>" or "<ann@x.example>": fills angle and the place of its '@'. */
static void read_angle(struct reading *r)
{
	r->has_angle = true;
	r->at_sign = 0;
	buf_clear(&r->angle);
	for (r->at++; r->at < r->in.n && r->in.p[r->at] != '>';) {
		char c = r->in.p[r->at];

		if (c == '"')
			read_quoted(r, &r->angle);
		else if (c == '(')
			read_comment(r);
		else if (c == '[')
			read_literal(r, &r->angle);
		else if (c == ':' && r->angle.n > 0 && r->angle.p[0] == '@')
			buf_clear(&r->angle), r->at_sign = 0, r->at++;
		else if (c == '<')
			buf_clear(&r->angle), r->at_sign = 0, r->at++;
		else
			read_char(r, &r->angle);
	}
	if (r->at < r->in.n)
		r->at++;
	r->gap = true;
}

/* Splits local@domain at the '@' found; false when that is no address. */
static bool make_spec(struct slice spec, size_t at_sign, struct arena *a, struct address *ret)
{
	struct slice local = slice_sub(spec, 0, at_sign - 1), host = slice_sub(spec, at_sign, spec.n);
	char name[DOMAIN_BYTES_MAX + 1];
	size_t n;
	char *p;

	if (at_sign == 0 || local.n == 0 || host.n == 0)
		return false;
	n = domain_write(host, name);
	p = arena_alloc(a, local.n + 1 + (n > 0 ? n : host.n));
	if (p == NULL)
		return false;
	memcpy(p, local.p, local.n);
	p[local.n] = '@';
	ret->local = (struct slice){ p, local.n };
	ret->domain = (struct slice){ p + local.n + 1, n };
	for (size_t i = 0; i < host.n && n == 0; i++)
		p[local.n + 1 + i] = octet_lower(host.p[i]);
	memcpy(p + local.n + 1, name, n);
	ret->spec = (struct slice){ p, local.n + 1 + (n > 0 ? n : host.n) };
	return true;
}

/* The words before ',' ';' or the end: an address if there is one. */
static bool finish(struct reading *r, struct address *ret)
{
	struct slice spec = buf_slice(r->has_angle ? &r->angle : &r->spec);
	struct slice display = slice_trim(buf_slice(r->has_angle ? &r->words : &r->comment));

	*ret = (struct address){ .display = SLICE("") };
	if (!make_spec(spec, r->at_sign, r->arena, ret))
		return false;
	if (display.n == 0 && r->has_angle)
		display = slice_trim(buf_slice(&r->comment));
	if (display.n == 0)
		return true;
	display = arena_dup(r->arena, display);
	ret->display = display.p == NULL ? SLICE("") : header_decode(display, r->arena);
	return true;
}

/* Reads up to the end of one address, group name or group; true when *ret was filled. */
static bool read_one(struct reading *r, struct address *ret)
{
	reset(r);
	while (r->at < r->in.n) {
		switch (r->in.p[r->at]) {
		case '(':
			read_comment(r);
			break;
		case '"':
			read_quoted(r, &r->spec);
			break;
		case '<':
			read_angle(r);
			break;
		case '[':
			read_literal(r, &r->spec);
			break;
		case ':':
			r->at++;
			reset(r);
			break;
		case ',':
		case ';':
			r->at++;
			return finish(r, ret);
		default:
			if (r->has_angle)
				r->at++;                /* rubbish after '>' */
			else
				read_char(r, &r->spec);
		}
	}
	return finish(r, ret);
}

static void reading_begin(struct reading *r, struct slice in, struct arena *a)
{
	*r = (struct reading){ .in = in, .arena = a };
	buf_init(&r->words, DISPLAY_BYTES_MAX);
	buf_init(&r->spec, SPEC_BYTES_MAX);
	buf_init(&r->angle, SPEC_BYTES_MAX);
	buf_init(&r->comment, DISPLAY_BYTES_MAX);
}

static void reading_end(struct reading *r)
{
	buf_done(&r->words);
	buf_done(&r->spec);
	buf_done(&r->angle);
	buf_done(&r->comment);
}

size_t address_list(struct slice unfolded, struct arena *a, const struct address **ret)
{
	struct address found[ADDRESS_MAX];
	struct address *all;
	struct reading r;
	size_t n = 0;

	reading_begin(&r, unfolded, a);
	while (r.at < r.in.n && n < ADDRESS_MAX)
		if (read_one(&r, &found[n]))
			n++;
	reading_end(&r);
	all = arena_array(a, n, sizeof *all);
	*ret = all;
	if (all == NULL)
		return 0;
	memcpy(all, found, n * sizeof *all);
	return n;
}

int address_envelope(struct slice s, struct arena *a, struct address *ret)
{
	struct reading r;
	struct slice bare = slice_trim(s);
	bool ok;

	*ret = (struct address){ .display = SLICE(""), .local = SLICE(""), .domain = SLICE(""), .spec = SLICE("") };
	if (bare.n >= 2 && bare.p[0] == '<' && bare.p[bare.n - 1] == '>')
		bare = slice_trim(slice_sub(bare, 1, bare.n - 2));
	if (bare.n == 0)
		return 0;
	reading_begin(&r, bare, a);
	r.has_angle = true;
	r.at = (size_t)-1;
	read_angle(&r);
	ok = finish(&r, ret);
	if (!ok && r.angle.n > 0 && r.at_sign == 0) {
		ret->local = ret->spec = arena_dup(a, buf_slice(&r.angle));
		ret->domain = SLICE("");
		ok = ret->spec.p != NULL;
	}
	reading_end(&r);
	return ok ? 0 : -1;
}
