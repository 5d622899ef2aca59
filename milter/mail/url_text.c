/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/mail/octet.h"
#include "antisales/mail/url.h"

void url_scan_begin(struct url_scan *s, struct slice text)
{
	*s = (struct url_scan){ .text = text };
	s->colon = slice_find(text, ':', 0);
	s->dot = slice_find(text, '.', 0);
}

/* Where the scheme before the colon starts if it is a web one and "//" follows; s->text.n else. */
static size_t scheme_start(struct slice t, size_t colon)
{
	size_t start = colon, n;
	struct slice scheme;

	if (colon + 2 >= t.n || (t.p[colon + 1] != '/' && t.p[colon + 1] != '\\') || t.p[colon + 2] != t.p[colon + 1])
		return t.n;
	while (start > 0 && colon - start < 5 && octet_alpha(t.p[start - 1]))
		start--;
	for (n = colon - start; n >= 4; n--) {
		scheme = slice_sub(t, colon - n, n);
		if (slice_ieq(scheme, SLICE("https")) || slice_ieq(scheme, SLICE("http")) ||
		    slice_ieq(scheme, SLICE("hxxps")) || slice_ieq(scheme, SLICE("hxxp")))
			return colon - n;
	}
	return t.n;
}

/* Where "www" before that dot starts, if a host may start there; s->text.n else. */
static size_t www_start(struct slice t, size_t dot)
{
	if (dot < 3 || dot + 1 >= t.n || !slice_ieq(slice_sub(t, dot - 3, 3), SLICE("www")))
		return t.n;
	if (dot > 3 && (octet_is(t.p[dot - 4], OCTET_HOST) || t.p[dot - 4] == '@'))
		return t.n;
	return octet_is(t.p[dot + 1], OCTET_URL_END | OCTET_SPACE) || t.p[dot + 1] == '.' ? t.n : dot - 3;
}

/* Characters beyond ASCII that end a URL in running text: two bytes, and the bounds of a third one. */
static const struct wide_end {
	unsigned char first, second, low, high;
	bool in_path;                   /* not in a host */
} wide_ends[] = {
	{ 0xC2, 0xA0, 0x00, 0xFF, false },      /* no-break space */
	{ 0xC2, 0xAB, 0x00, 0xFF, false },      /* angle quotes */
	{ 0xC2, 0xBB, 0x00, 0xFF, false },
	{ 0xE2, 0x80, 0x98, 0x9F, false },      /* quotes */
	{ 0xE2, 0x80, 0xA6, 0xA6, false },      /* ellipsis */
	{ 0xE2, 0x80, 0xA8, 0xA9, false },      /* ends of lines and paragraphs */
	{ 0xE3, 0x80, 0x00, 0x81, false },      /* ideographic space and comma, also when cut off */
	{ 0xE3, 0x80, 0x82, 0x82, true },       /* ideographic full stop, in a host a dot */
	{ 0xE3, 0x80, 0x88, 0x91, false },      /* brackets of Chinese and Japanese */
	{ 0xEF, 0xBC, 0x88, 0x89, false },      /* full-width round brackets */
	{ 0xEF, 0xBC, 0x8C, 0x8C, false },      /* full-width comma */
	{ 0xEF, 0xBC, 0x9B, 0x9B, false },      /* full-width semicolon */
};

static bool is_wide_end(const char *p, size_t n, bool in_path)
{
	unsigned char a = (unsigned char)p[0], b = n > 1 ? (unsigned char)p[1] : 0, c = n > 2 ? (unsigned char)p[2] : 0;

	for (size_t i = 0; i < sizeof wide_ends / sizeof *wide_ends; i++) {
		const struct wide_end *w = &wide_ends[i];

		if (a == w->first && b == w->second && c >= w->low && c <= w->high && (in_path || !w->in_path))
			return true;
	}
	return false;
}

static size_t count(struct slice s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

/* Takes off punctuation that belongs to the sentence; a closing bracket stays if its opening one is in the URL. */
static struct slice strip_punctuation(struct slice url)
{
	size_t open_round = count(url, '('), close_round = count(url, ')');
	size_t open_square = count(url, '['), close_square = count(url, ']');

	for (; url.n > 0; url.n--) {
		char c = url.p[url.n - 1];

		if (c == ')' && close_round > open_round)
			close_round--;
		else if (c == ']' && close_square > open_square)
			close_square--;
		else if (strchr(".,;:!?'*_~", c) == NULL)
			break;
	}
	return url;
}

static size_t url_end(struct slice t, size_t at, size_t authority)
{
	bool in_path = false;

	for (; at < t.n && !octet_is(t.p[at], OCTET_URL_END); at++) {
		in_path = in_path || (at >= authority && (t.p[at] == '/' || t.p[at] == '?'));
		if ((unsigned char)t.p[at] >= 0xC2 && is_wide_end(t.p + at, t.n - at, in_path))
			break;
	}
	return at;
}

bool url_scan_next(struct url_scan *s, struct slice *raw, size_t *offset)
{
	struct slice t = s->text;

	while (s->colon < t.n || s->dot < t.n) {
		bool scheme = s->colon < s->dot;
		size_t start = scheme ? scheme_start(t, s->colon) : www_start(t, s->dot), end;
		size_t next = scheme ? s->colon : s->dot;

		if (start < t.n && start >= s->at) {
			end = url_end(t, start, scheme ? s->colon + 3 : start);
			*raw = strip_punctuation(slice_sub(t, start, end - start));
			*offset = start;
			s->at = end;
			s->colon = slice_find(t, ':', end);
			s->dot = slice_find(t, '.', end);
			return true;
		}
		if (scheme)
			s->colon = slice_find(t, ':', next + 1);
		else
			s->dot = slice_find(t, '.', next + 1);
	}
	return false;
}
