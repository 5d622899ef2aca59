/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/authres.h"

#include <string.h>

#include "antisales/mail/domain.h"
#include "antisales/mail/octet.h"

/* Where the reader stands in the value. */
struct cursor {
	struct slice s;
	size_t at;
	struct arena *arena;
};

static char peek(const struct cursor *c)
{
	return c->at < c->s.n ? c->s.p[c->at] : '\0';
}

static bool take(struct cursor *c, char wanted)
{
	if (c->at >= c->s.n || c->s.p[c->at] != wanted)
		return false;
	c->at++;
	return true;
}

/* Comments may nest; an open one ends with the value. */
static void skip_comment(struct cursor *c)
{
	size_t depth = 0;

	for (; c->at < c->s.n; c->at++) {
		char here = c->s.p[c->at];

		if (here == '\\')
			c->at++;
		else if (here == '(')
			depth++;
		else if (here == ')' && --depth == 0) {
			c->at++;
			return;
		}
	}
	c->at = c->s.n;
}

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->s.n) {
		if (peek(c) == '(')
			skip_comment(c);
		else if (octet_is(peek(c), OCTET_SPACE))
			c->at++;
		else
			return;
	}
}

/* Letters, digits, '-' and '_': methods, results, types and names of properties. */
static struct slice read_word(struct cursor *c)
{
	size_t from = c->at;

	while (c->at < c->s.n && (octet_alnum(peek(c)) || peek(c) == '-' || peek(c) == '_'))
		c->at++;
	return slice_sub(c->s, from, c->at - from);
}

/* Passes over a quoted string; what stands between the quotes, absent when the closing one is missing. */
static struct slice skip_quoted(struct cursor *c)
{
	size_t from = ++c->at;

	while (c->at < c->s.n && peek(c) != '"')
		c->at += peek(c) == '\\' ? 2 : 1;
	if (c->at >= c->s.n) {
		c->at = c->s.n;
		return (struct slice){ 0 };
	}
	return slice_sub(c->s, from, c->at++ - from);
}

/* The same with its backslashes undone. */
static struct slice read_quoted(struct cursor *c)
{
	struct slice in = skip_quoted(c);
	size_t n = 0;
	char *out;

	if (in.p == NULL || slice_find(in, '\\', 0) == in.n)
		return in;
	out = arena_alloc(c->arena, in.n);
	if (out == NULL)
		return (struct slice){ 0 };
	for (size_t i = 0; i < in.n; i++) {
		i += in.p[i] == '\\' && i + 1 < in.n ? 1 : 0;
		out[n++] = in.p[i];
	}
	return (struct slice){ out, n };
}

static struct slice read_bare(struct cursor *c)
{
	size_t from = c->at;

	while (c->at < c->s.n && peek(c) != ';' && peek(c) != '(' && peek(c) != '"' && !octet_is(peek(c), OCTET_SPACE))
		c->at++;
	return slice_sub(c->s, from, c->at - from);
}

static struct slice join(struct arena *a, struct slice x, struct slice y)
{
	char *p = arena_alloc(a, x.n + y.n + 1);

	if (p == NULL)
		return (struct slice){ 0 };
	memcpy(p, x.p, x.n);
	memcpy(p + x.n, y.p, y.n);
	return (struct slice){ p, x.n + y.n };
}

/* token, "quoted", local@domain, "quoted local"@domain. Absent when there is none. */
static struct slice read_value(struct cursor *c)
{
	struct slice v;

	if (peek(c) != '"') {
		v = read_bare(c);
		return v.n > 0 ? v : (struct slice){ 0 };
	}
	v = read_quoted(c);
	return v.p != NULL && peek(c) == '@' ? join(c->arena, v, read_bare(c)) : v;
}

/* "=" and a value, blanks around. */
static bool read_assigned(struct cursor *c, struct slice *ret)
{
	skip_blanks(c);
	if (!take(c, '='))
		return false;
	skip_blanks(c);
	*ret = read_value(c);
	return ret->p != NULL;
}

/* method ["/" version] "=" result */
static bool read_method(struct cursor *c, struct authres_result *r)
{
	r->method = read_word(c);
	skip_blanks(c);
	if (take(c, '/')) {
		skip_blanks(c);
		(void)read_word(c);
		skip_blanks(c);
	}
	if (r->method.n == 0 || !take(c, '='))
		return false;
	skip_blanks(c);
	r->result = read_word(c);
	return r->result.n > 0;
}

/* type "." name "=" value, after the type was read. */
static bool read_property(struct cursor *c, struct slice type, struct authres_property *p)
{
	skip_blanks(c);
	if (!take(c, '.'))
		return false;
	skip_blanks(c);
	p->type = type;
	p->name = read_word(c);
	return type.n > 0 && p->name.n > 0 && read_assigned(c, &p->value);
}

struct reading {
	struct cursor at;
	struct authres *out;
	struct authres_property properties[AUTHRES_PROPERTIES_MAX];
	struct authres_result results[AUTHRES_RESULTS_MAX];
	size_t results_count;
};

/* What follows the result up to ';' or the end: a reason, properties. false when something else stands there. */
static bool read_details(struct reading *rd, struct authres_result *r)
{
	struct cursor *c = &rd->at;
	struct authres_property p;

	for (skip_blanks(c); c->at < c->s.n && peek(c) != ';'; skip_blanks(c)) {
		struct slice word = read_word(c);

		/* some filters write "action=none" and the like: skipped, as the reason is if it comes twice */
		skip_blanks(c);
		if (peek(c) == '=') {
			if (!read_assigned(c, &p.value))
				return false;
			if (slice_ieq(word, SLICE("reason")) && r->reason.p == NULL)
				r->reason = p.value;
			continue;
		}
		if (!read_property(c, word, &p))
			return false;
		if (r->properties_count < AUTHRES_PROPERTIES_MAX)
			rd->properties[r->properties_count++] = p;
		else
			rd->out->cut = true;
	}
	return true;
}

static void keep_result(struct reading *rd, struct authres_result *r)
{
	size_t bytes = r->properties_count * sizeof *r->properties;
	struct authres_property *p = arena_alloc(rd->at.arena, bytes);

	if (p == NULL || rd->results_count == AUTHRES_RESULTS_MAX) {
		rd->out->cut = true;
		return;
	}
	memcpy(p, rd->properties, bytes);
	r->properties = p;
	rd->results[rd->results_count++] = *r;
}

static void read_result(struct reading *rd)
{
	struct authres_result r = { .properties_count = 0 };
	struct cursor *c = &rd->at;
	bool good;

	skip_blanks(c);
	if (c->at >= c->s.n || peek(c) == ';')
		return;
	good = read_method(c, &r);
	if (!good && slice_ieq(r.method, SLICE("none"))) {
		skip_blanks(c);
		good = c->at >= c->s.n || peek(c) == ';';
		r.method = (struct slice){ 0 };
	}
	good = good && read_details(rd, &r);
	rd->out->malformed = rd->out->malformed || !good;
	if (good && r.method.n > 0)
		keep_result(rd, &r);
}

/* To the ';' that ends a part; quotes and comments hide theirs. */
static void skip_part(struct cursor *c)
{
	while (c->at < c->s.n && peek(c) != ';') {
		if (peek(c) == '(')
			skip_comment(c);
		else if (peek(c) == '"')
			(void)skip_quoted(c);
		else
			c->at++;
	}
}

/* authserv-id, with the version if there is one. */
static bool read_server(struct cursor *c, struct slice *ret)
{
	struct slice version;

	skip_blanks(c);
	*ret = read_value(c);
	skip_blanks(c);
	version = read_word(c);
	skip_blanks(c);
	/* some writers leave the id out: then a result stands in its place */
	if (ret->n == 0 || slice_find(*ret, '=', 0) < ret->n || (version.n > 0 && !slice_eq(version, SLICE("1"))))
		return false;
	return c->at >= c->s.n || peek(c) == ';';
}

bool authres_parse(struct slice unfolded, struct arena *a, struct authres *ret)
{
	struct reading rd = { .at = { unfolded, 0, a }, .out = ret, .results_count = 0 };
	struct authres_result *kept;

	*ret = (struct authres){ .results_count = 0 };
	if (!read_server(&rd.at, &ret->server))
		return false;
	while (take(&rd.at, ';') && !ret->cut) {
		read_result(&rd);
		skip_part(&rd.at);
	}
	kept = arena_array(a, rd.results_count, sizeof *kept);
	if (kept == NULL) {
		ret->cut = true;
		return true;
	}
	memcpy(kept, rd.results, rd.results_count * sizeof *kept);
	ret->results = kept;
	ret->results_count = rd.results_count;
	return true;
}

bool authres_trusted(const struct authres *r, const struct slice *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_ieq(r->server, ids[i]))
			return true;
	return false;
}

struct slice authres_property(const struct authres_result *r, const char *type, const char *name)
{
	for (size_t i = 0; i < r->properties_count; i++) {
		const struct authres_property *p = &r->properties[i];

		if (slice_ieq(p->type, slice_of(type)) && slice_ieq(p->name, slice_of(name)))
			return p->value;
	}
	return (struct slice){ 0 };
}
