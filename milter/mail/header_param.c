/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/base/buf.h"
#include "antisales/mail/charset.h"
#include "antisales/mail/header.h"
#include "antisales/mail/octet.h"

enum { PARAMS_MAX = 64, PIECES_MAX = 16 };

/* A parameter as it stands there: name with its "*0*" marks, value with quotes undone. */
struct param {
	struct slice name, value;
};

/* Skips a comment that starts at s.p[at]; nesting is counted, not walked into. */
static size_t skip_comment(struct slice s, size_t at)
{
	size_t depth = 0;

	for (; at < s.n; at++) {
		if (s.p[at] == '\\')
			at++;
		else if (s.p[at] == '(')
			depth++;
		else if (s.p[at] == ')' && --depth == 0)
			return at + 1;
	}
	return s.n;
}

/* Copies a quoted string that starts after its quote; an unterminated one ends with the value. */
static size_t read_quoted(struct slice s, size_t at, struct arena *a, struct slice *ret)
{
	size_t end = at, n = 0;
	char *out;

	while (end < s.n && s.p[end] != '"')
		end += s.p[end] == '\\' ? 2 : 1;
	end = end < s.n ? end : s.n;
	*ret = slice_sub(s, at, end - at);
	if (slice_find(*ret, '\\', 0) < ret->n && (out = arena_alloc(a, ret->n)) != NULL) {
		for (size_t i = 0; i < ret->n; i++) {
			if (ret->p[i] == '\\' && i + 1 < ret->n)
				i++;
			out[n++] = ret->p[i];
		}
		*ret = (struct slice){ out, n };
	}
	return end < s.n ? end + 1 : end;
}

/* Up to ';', a comment or the end; blanks inside belong to it, as many writers forget the quotes. */
static size_t read_bare(struct slice s, size_t at, struct slice *ret)
{
	size_t end = at;

	while (end < s.n && s.p[end] != ';' && s.p[end] != '(')
		end++;
	*ret = slice_trim(slice_sub(s, at, end - at));
	return end;
}

/* Reads what stands after '='; comments may come before it. */
static size_t read_value(struct slice s, size_t at, struct arena *a, struct slice *ret)
{
	while (at < s.n && (octet_is(s.p[at], OCTET_SPACE) || s.p[at] == '('))
		at = s.p[at] == '(' ? skip_comment(s, at) : at + 1;
	return at < s.n && s.p[at] == '"' ? read_quoted(s, at + 1, a, ret) : read_bare(s, at, ret);
}

/* Skips what is left of a parameter, such as words after a quoted string. */
static size_t skip_rest(struct slice s, size_t at)
{
	while (at < s.n && s.p[at] != ';')
		at = s.p[at] == '(' ? skip_comment(s, at) : at + 1;
	return at;
}

/* Reads the next parameter at or after *at; false at the end. */
static bool param_next(struct slice s, size_t *at, struct arena *a, struct param *p)
{
	size_t i = *at, start;

	while (i < s.n && (s.p[i] == ';' || octet_is(s.p[i], OCTET_SPACE)))
		i++;
	start = i;
	while (i < s.n && s.p[i] != '=' && s.p[i] != ';' && s.p[i] != '(')
		i++;
	p->name = slice_trim(slice_sub(s, start, i - start));
	p->value = SLICE("");
	if (i < s.n && s.p[i] == '(')
		i = skip_comment(s, i);
	while (i < s.n && octet_is(s.p[i], OCTET_SPACE))
		i++;
	if (i < s.n && s.p[i] == '=')
		i = read_value(s, i + 1, a, &p->value);
	*at = skip_rest(s, i);
	return start < s.n;
}

/* The pieces of one RFC 2231 value, by number. */
struct pieces {
	struct slice value[PIECES_MAX];
	bool encoded[PIECES_MAX];
};

/* "*0", "*0*" or "*" after the name. Section number, or -1 when it is no such mark or too large. */
static int piece_number(struct slice mark, bool *encoded)
{
	int n = 0;

	*encoded = mark.p[mark.n - 1] == '*';
	if (mark.n == 1)
		return 0;
	for (size_t i = 1; i < mark.n - (*encoded ? 1 : 0); i++) {
		if (!octet_is(mark.p[i], OCTET_DIGIT))
			return -1;
		n = n * 10 + (mark.p[i] - '0');
		if (n >= PIECES_MAX)
			return -1;
	}
	return n;
}

static void unescape(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && ascii_hex(s.p[i + 1]) >= 0 && ascii_hex(s.p[i + 2]) >= 0) {
			buf_addc(out, (char)(ascii_hex(s.p[i + 1]) << 4 | ascii_hex(s.p[i + 2])));
			i += 2;
		} else {
			buf_addc(out, s.p[i]);
		}
	}
}

static struct slice to_utf8(struct slice bytes, struct slice charset, struct arena *a)
{
	struct charset c;
	char *out = arena_alloc(a, 4 * bytes.n + 2 * CHARSET_ROOM_MIN);
	size_t n = 0;

	if (out == NULL)
		return (struct slice){ 0 };
	charset_open(&c, charset);
	while (bytes.n > 0)
		n += charset_decode(&c, &bytes, out + n, 4 * bytes.n + CHARSET_ROOM_MIN);
	n += charset_end(&c, out + n);
	charset_close(&c);
	return (struct slice){ out, n };
}

/* Joins the pieces from 0 up to the first gap. */
static struct slice join(const struct pieces *ps, struct arena *a)
{
	struct buf bytes;
	struct slice charset = { 0 }, ret;

	buf_init(&bytes, 1 << 20);
	for (size_t i = 0; i < PIECES_MAX && ps->value[i].p != NULL; i++) {
		struct slice v = ps->value[i];

		if (i == 0 && ps->encoded[0] && slice_find(v, '\'', slice_find(v, '\'', 0) + 1) < v.n) {
			charset = slice_cut(&v, '\'');
			(void)slice_cut(&v, '\'');
		}
		if (ps->encoded[i])
			unescape(&bytes, v);
		else
			buf_add(&bytes, v);
	}
	ret = to_utf8(buf_slice(&bytes), charset, a);
	buf_done(&bytes);
	return ret;
}

size_t header_params(struct slice unfolded, const char *name, struct arena *a, struct slice *ret, size_t max)
{
	struct pieces ps = { .encoded = { false } };
	struct slice wanted = slice_of(name), joined;
	struct param p;
	size_t at = slice_find(unfolded, ';', 0), found = 0;

	for (size_t seen = 0; seen < PARAMS_MAX && found < max && param_next(unfolded, &at, a, &p); seen++) {
		bool encoded;
		int piece;

		if (!slice_istarts(p.name, wanted))
			continue;
		if (p.name.n == wanted.n) {
			ret[found++] = p.value;
			continue;
		}
		if (p.name.p[wanted.n] != '*')
			continue;
		piece = piece_number(slice_sub(p.name, wanted.n, p.name.n), &encoded);
		if (piece >= 0 && ps.value[piece].p == NULL) {
			ps.value[piece] = p.value;
			ps.encoded[piece] = encoded;
		}
	}
	if (ps.value[0].p == NULL || max == 0 || (joined = join(&ps, a)).p == NULL)
		return found;
	if (found == max)
		found--;
	memmove(ret + 1, ret, found * sizeof *ret);
	ret[0] = joined;
	return found + 1;
}

struct slice header_param(struct slice unfolded, const char *name, struct arena *a)
{
	struct slice ret[2] = { { 0 } };
	size_t n = header_params(unfolded, name, a, ret, 2);

	return n == 0 ? (struct slice){ 0 } : ret[0];
}
