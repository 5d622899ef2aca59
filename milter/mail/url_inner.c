/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/mail/octet.h"
#include "antisales/mail/transfer.h"
#include "antisales/mail/url.h"

enum { UNESCAPE_ROUNDS = 3 };

/* How a URL is written inside another one. */
enum spelling {
	SPELLING_NONE,
	SPELLING_PLAIN,                 /* http://, www. after '=' */
	SPELLING_SLASHES,               /* http:%2F%2F */
	SPELLING_ESCAPED,               /* http%3A, http%253A */
	SPELLING_DASHES,                /* https-3A__ : "-" for "%", "_" for "/" */
	SPELLING_BASE64
};

/* How colon and slashes may be written after "http" or "https". */
static const struct {
	struct slice text;
	enum spelling spelling;
} colons[] = {
	{ { ":/", 2 }, SPELLING_PLAIN }, { { ":\\", 2 }, SPELLING_PLAIN },
	{ { ":%2F", 4 }, SPELLING_SLASHES }, { { ":%252F", 6 }, SPELLING_SLASHES }, { { ":%5C", 4 }, SPELLING_SLASHES },
	{ { "%3A", 3 }, SPELLING_ESCAPED }, { { "%253A", 5 }, SPELLING_ESCAPED }, { { "%25253A", 7 }, SPELLING_ESCAPED },
	{ { "-3A__", 5 }, SPELLING_DASHES },
};

/* What ends a URL inside another one. */
enum stop {
	STOP_ALWAYS = 1 << 0,
	STOP_FIELD = 1 << 1,            /* in a query, or when it escapes its own '&' and '#' */
	STOP_SEGMENT = 1 << 2           /* in a path, when it escapes its own '/' */
};

static const unsigned char stops[256] = {
	['"'] = STOP_ALWAYS, ['\''] = STOP_ALWAYS, ['<'] = STOP_ALWAYS, ['>'] = STOP_ALWAYS,
	['&'] = STOP_FIELD, ['#'] = STOP_FIELD, ['/'] = STOP_SEGMENT,
};

static bool starts(struct slice s, size_t at, struct slice with)
{
	return slice_istarts(slice_sub(s, at, with.n), with);
}

static enum spelling spelling_of_colon(struct slice s, size_t at)
{
	for (size_t i = 0; i < sizeof colons / sizeof *colons; i++)
		if (starts(s, at, colons[i].text))
			return colons[i].spelling;
	return SPELLING_NONE;
}

/* Is a URL written at s.p[at]? */
static enum spelling spelling_at(struct slice s, size_t at)
{
	size_t i = at + 4;

	if (starts(s, at, SLICE("aHR0c")) && memcmp(s.p + at, "aHR0c", 5) == 0)
		return at == 0 || !octet_alnum(s.p[at - 1]) ? SPELLING_BASE64 : SPELLING_NONE;
	if (starts(s, at, SLICE("www.")))
		return at > 0 && s.p[at - 1] == '=' ? SPELLING_PLAIN : SPELLING_NONE;
	if (!starts(s, at, SLICE("http")) && !starts(s, at, SLICE("hxxp")))
		return SPELLING_NONE;
	if (i < s.n && octet_lower(s.p[i]) == 's')
		i++;
	return spelling_of_colon(s, i);
}

static unsigned stops_of(enum spelling spelling, bool query)
{
	if (query)
		return STOP_ALWAYS | STOP_FIELD;
	return spelling == SPELLING_PLAIN ? STOP_ALWAYS : STOP_ALWAYS | STOP_FIELD | STOP_SEGMENT;
}

/* In the alphabet of base64 in URLs, or '+'; '/' parts the outer URL. */
static bool is_base64(char c)
{
	return octet_alnum(c) || c == '-' || c == '_' || c == '+';
}

/* Where it ends: at '&' in a query, at "__;" of link protection, at '/' in a path when its own slashes are escaped. */
static size_t spelling_end(struct slice s, size_t at, enum spelling spelling, bool query)
{
	unsigned stop = stops_of(spelling, query);

	for (; at < s.n; at++) {
		unsigned char c = (unsigned char)s.p[at];

		if (c <= ' ' || (stops[c] & stop) != 0)
			break;
		if (spelling == SPELLING_PLAIN && starts(s, at, SLICE("__;")))
			break;
		if (spelling == SPELLING_BASE64 && !is_base64(s.p[at]))
			break;
	}
	return at;
}

static void add_base64(struct slice s, struct buf *out)
{
	struct transfer t;
	char text[256], plain[96];

	transfer_begin(&t, TRANSFER_BASE64);
	while (s.n > 0) {
		struct slice piece = slice_sub(s, 0, sizeof plain);

		for (size_t i = 0; i < piece.n; i++)
			plain[i] = piece.p[i] == '-' ? '+' : piece.p[i] == '_' ? '/' : piece.p[i];
		s = slice_sub(s, piece.n, s.n);
		piece.p = plain;
		buf_add(out, (struct slice){ text, transfer_decode(&t, &piece, text, sizeof text) });
	}
	buf_add(out, (struct slice){ text, transfer_end(&t, text) });
}

/* "http:/" or "https:/" with nothing escaped any more. */
static bool is_open(struct slice s)
{
	size_t colon = slice_find(s, ':', 0);

	return colon < 6 && colon + 1 < s.n && (s.p[colon + 1] == '/' || s.p[colon + 1] == '\\');
}

/* Unescapes until scheme and slashes stand there. */
static void add_escaped(struct slice s, struct buf *out)
{
	struct buf round[2];
	struct slice from = s;
	unsigned i = 0;

	buf_init(&round[0], out->max);
	buf_init(&round[1], out->max);
	for (; i < UNESCAPE_ROUNDS; i++) {
		struct buf *to = &round[i % 2];

		buf_clear(to);
		url_unescape(from, to);
		from = buf_slice(to);
		if (is_open(from))
			break;
	}
	buf_add(out, from);
	buf_done(&round[0]);
	buf_done(&round[1]);
}

static void add_dashes(struct slice s, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, out->max);
	for (size_t i = 0; i < s.n; i++)
		buf_addc(&plain, s.p[i] == '-' ? '%' : s.p[i] == '_' ? '/' : s.p[i]);
	url_unescape(buf_slice(&plain), out);
	buf_done(&plain);
}

static void add_spelt(struct slice s, enum spelling spelling, struct buf *out)
{
	switch (spelling) {
	case SPELLING_NONE:
		break;
	case SPELLING_PLAIN:
		buf_add(out, s);
		break;
	case SPELLING_SLASHES:
	case SPELLING_ESCAPED:
		add_escaped(s, out);
		break;
	case SPELLING_DASHES:
		add_dashes(s, out);
		break;
	case SPELLING_BASE64:
		add_base64(s, out);
		break;
	}
}

/* Characters that a URL may start with, and those that part an outer one. */
static const unsigned char notable[256] = {
	['h'] = 1, ['H'] = 1, ['a'] = 1, ['w'] = 1, ['W'] = 1, ['?'] = 2, ['#'] = 2,
};

/* The second character tells most words apart at once. */
static bool may_be_url(struct slice s, size_t at)
{
	char next = at + 4 < s.n ? octet_lower(s.p[at + 1]) : ' ';

	return next == 't' || next == 'w' || next == 'x' || (next == 'h' && s.p[at] == 'a');
}

void url_inner(struct slice rest, struct buf *out, struct url_inner *ret)
{
	bool query = false;

	ret->count = 0;
	for (size_t i = 0; i < rest.n && ret->count < URL_INNER_MAX; i++) {
		unsigned char note = notable[(unsigned char)rest.p[i]];
		enum spelling spelling;
		size_t end, from = out->n;

		if (note == 0)
			continue;
		query = (query || rest.p[i] == '?') && rest.p[i] != '#';
		if (note != 1 || !may_be_url(rest, i) || (spelling = spelling_at(rest, i)) == SPELLING_NONE)
			continue;
		end = spelling_end(rest, i, spelling, query);
		add_spelt(slice_sub(rest, i, end - i), spelling, out);
		if (out->n > from) {
			ret->at[ret->count] = from;
			ret->n[ret->count++] = out->n - from;
		}
		i = end - 1;
	}
}

void url_code_text(struct slice rest, struct buf *out)
{
	size_t comma = slice_find(rest, ',', 0);
	size_t base64 = slice_ifind(slice_sub(rest, 0, comma), SLICE(";base64"), 0);

	if (comma < rest.n && base64 < comma)
		add_base64(slice_sub(rest, comma + 1, rest.n), out);
	else
		url_unescape(rest, out);
}
