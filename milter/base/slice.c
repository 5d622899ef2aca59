/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/slice.h"

#include <string.h>

char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool ascii_alnum(char c)
{
	char l = ascii_lower(c);

	return ascii_digit(c) || (l >= 'a' && l <= 'z');
}

int ascii_hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct slice slice_of(const char *s)
{
	return (struct slice){ s, s == NULL ? 0 : strlen(s) };
}

struct slice slice_sub(struct slice s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct slice){ s.p == NULL ? NULL : s.p + from, n };
}

struct slice slice_trim(struct slice s)
{
	while (s.n > 0 && ascii_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && ascii_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_ieq(struct slice a, struct slice b)
{
	return a.n == b.n && slice_istarts(a, b);
}

bool slice_istarts(struct slice s, struct slice prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (ascii_lower(s.p[i]) != ascii_lower(prefix.p[i]))
			return false;
	return true;
}

bool slice_iends(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n && slice_istarts(slice_sub(s, s.n - suffix.n, suffix.n), suffix);
}

int slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (d != 0)
		return d;
	return (a.n > b.n) - (a.n < b.n);
}

size_t slice_find(struct slice s, char c, size_t from)
{
	const char *hit = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;

	return hit == NULL ? s.n : (size_t)(hit - s.p);
}

size_t slice_ifind(struct slice s, struct slice needle, size_t from)
{
	for (size_t i = from; needle.n <= s.n && i <= s.n - needle.n; i++)
		if (slice_istarts(slice_sub(s, i, needle.n), needle))
			return i;
	return s.n;
}

size_t slice_rfind(struct slice s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

size_t slice_among(struct slice s, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && !slice_eq(s, slice_of(words[i])))
		i++;
	return i;
}

struct slice slice_cut(struct slice *s, char sep)
{
	size_t at = slice_find(*s, sep, 0);
	struct slice head = slice_sub(*s, 0, at);

	*s = at < s->n ? slice_sub(*s, at + 1, s->n) : slice_sub(*s, s->n, 0);
	return head;
}
