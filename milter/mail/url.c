/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/url.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "antisales/mail/domain.h"
#include "antisales/mail/octet.h"

enum { HOST_BYTES_MAX = 1000, IPV4_BYTES = sizeof "255.255.255.255" };

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Without C0 controls and blanks at the ends. */
static struct slice strip_ends(struct slice s)
{
	while (s.n > 0 && (unsigned char)s.p[0] <= ' ')
		s = slice_sub(s, 1, s.n);
	while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	return s;
}

static bool has_breaks(struct slice s)
{
	return s.n > 0 && (memchr(s.p, '\n', s.n) != NULL || memchr(s.p, '\t', s.n) != NULL ||
	    memchr(s.p, '\r', s.n) != NULL);
}

static size_t skip_slashes(struct slice s, size_t at)
{
	while (at < s.n && is_slash(s.p[at]))
		at++;
	return at;
}

/* Where the scheme of s ends, its colon counted; 0 when s has none. */
static size_t scheme_bytes(struct slice s)
{
	size_t i = 0;

	if (s.n == 0 || !octet_alpha(s.p[0]))
		return 0;
	while (i < s.n && (octet_alnum(s.p[i]) || s.p[i] == '+' || s.p[i] == '-' || s.p[i] == '.'))
		i++;
	return i < s.n && s.p[i] == ':' ? i + 1 : 0;
}

static bool is_web_scheme(struct slice scheme)
{
	if (scheme.n < 5 || scheme.n > 6 || octet_lower(scheme.p[0]) != 'h')
		return false;
	return slice_ieq(scheme, SLICE("https:")) || slice_ieq(scheme, SLICE("http:")) ||
	    slice_ieq(scheme, SLICE("hxxps:")) || slice_ieq(scheme, SLICE("hxxp:"));
}

static bool is_code_scheme(struct slice scheme)
{
	if (scheme.n < 5)
		return false;
	return slice_ieq(scheme, SLICE("data:")) || slice_ieq(scheme, SLICE("javascript:")) ||
	    slice_ieq(scheme, SLICE("vbscript:")) || slice_ieq(scheme, SLICE("view-source:"));
}

void url_unescape(struct slice s, struct buf *out)
{
	size_t at = 0;

	while (at < s.n) {
		size_t hit = slice_find(s, '%', at);

		buf_add(out, slice_sub(s, at, hit - at));
		at = hit;
		if (hit + 2 < s.n && ascii_hex(s.p[hit + 1]) >= 0 && ascii_hex(s.p[hit + 2]) >= 0) {
			buf_addc(out, (char)(ascii_hex(s.p[hit + 1]) << 4 | ascii_hex(s.p[hit + 2])));
			at += 3;
		} else if (hit < s.n) {
			buf_addc(out, '%');
			at++;
		}
	}
}

/* One number of an IPv4 address: decimal, 0x hexadecimal or 0 octal. False when it is none. */
static bool ipv4_part(struct slice s, uint64_t *ret)
{
	unsigned base = 10;

	if (s.n >= 2 && s.p[0] == '0' && octet_lower(s.p[1]) == 'x') {
		base = 16;
		s = slice_sub(s, 2, s.n);
	} else if (s.n >= 2 && s.p[0] == '0') {
		base = 8;
		s = slice_sub(s, 1, s.n);
	} else if (s.n == 0) {
		return false;
	}
	*ret = 0;
	for (size_t i = 0; i < s.n; i++) {
		int digit = ascii_hex(s.p[i]);

		if (digit < 0 || (unsigned)digit >= base || *ret > UINT32_MAX)
			return false;
		*ret = *ret * base + (unsigned)digit;
	}
	return true;
}

/* "0x7f.1", "2130706433" and the like to "127.0.0.1" (WHATWG URL, IPv4 parser); 0 when host is no such thing. */
static size_t ipv4_write(struct slice host, char out[IPV4_BYTES])
{
	uint64_t address = 0, part;
	unsigned count = 0;

	while (host.p != NULL) {
		bool last = slice_find(host, '.', 0) == host.n;

		if (count == 4 || !ipv4_part(slice_cut(&host, '.'), &part))
			return 0;
		count++;
		if (last) {
			if (part >> (8 * (5 - count)) != 0)
				return 0;
			address |= part;
			break;
		}
		if (part > 255)
			return 0;
		address |= part << (8 * (4 - count));
	}
	return (size_t)snprintf(out, IPV4_BYTES, "%u.%u.%u.%u", (unsigned)(address >> 24 & 255),
	    (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255), (unsigned)(address & 255));
}

/* "sales[.]example" as people write to keep a link from being clicked. */
static void undo_brackets(struct buf *host)
{
	size_t kept = 0;

	for (size_t i = 0; i < host->n; i++) {
		if (i + 2 < host->n && memcmp(host->p + i, "[.]", 3) == 0) {
			host->p[kept++] = '.';
			i += 2;
		} else {
			host->p[kept++] = host->p[i];
		}
	}
	host->n = kept;
}

/* "[2001:db8::1]": anything else in brackets is no address, and browsers open no such link. */
static bool is_false_literal(struct slice host)
{
	if (host.n == 0 || host.p[0] != '[')
		return false;
	for (size_t i = 1; i + 1 < host.n; i++)
		if (ascii_hex(host.p[i]) < 0 && host.p[i] != ':' && host.p[i] != '.')
			return true;
	return host.n < 4 || host.p[host.n - 1] != ']';
}

/* Writes the host of an authority to *out; false when it names none. */
static bool write_host(struct slice authority, struct buf *out)
{
	char name[DOMAIN_BYTES_MAX + 1], quad[IPV4_BYTES];
	struct buf host;
	size_t n, at = slice_rfind(authority, '@'), colon;

	authority = at < authority.n ? slice_sub(authority, at + 1, authority.n) : authority;
	colon = slice_rfind(authority, ':');
	while (colon < authority.n && slice_find(authority, ']', colon) == authority.n) {
		for (size_t i = colon + 1; i < authority.n; i++)
			if (!octet_is(authority.p[i], OCTET_DIGIT))
				return false;
		authority.n = colon;
		break;
	}
	if (authority.n > HOST_BYTES_MAX)
		return false;
	buf_init(&host, HOST_BYTES_MAX);
	url_unescape(authority, &host);
	if (host.n > 0 && host.p[0] != '[' && memchr(host.p, '[', host.n) != NULL)
		undo_brackets(&host);
	n = is_false_literal(buf_slice(&host)) ? 0 : domain_write(buf_slice(&host), name);
	buf_done(&host);
	buf_add(out, (struct slice){ name, n });
	if (n > 0 && (at = ipv4_write((struct slice){ name, n }, quad)) > 0) {
		out->n = 0;
		buf_add(out, (struct slice){ quad, at });
	}
	return out->n > 0;
}

/* Is p[0..n) "." or "..", percent-encoded or not? Returns the number of dots, else 0. */
static unsigned dots(const char *p, size_t n)
{
	unsigned found = 0;
	size_t i = 0;

	while (i < n && found < 3) {
		if (p[i] == '.')
			i++;
		else if (n - i >= 3 && p[i] == '%' && p[i + 1] == '2' && octet_lower(p[i + 2]) == 'e')
			i += 3;
		else
			return 0;
		found++;
	}
	return found < 3 ? found : 0;
}

/* Removes dot segments from out->p[from..], which starts with '/' and holds no query. */
static void remove_dots(struct buf *out, size_t from)
{
	size_t kept = from, i = from;

	while (i < out->n) {
		size_t end = i + 1;
		unsigned up;

		while (end < out->n && out->p[end] != '/')
			end++;
		up = dots(out->p + i + 1, end - i - 1);
		if (up == 2)
			while (kept > from && out->p[--kept] != '/')
				;
		if (up > 0 && end == out->n)
			out->p[kept++] = '/';
		if (up == 0) {
			memmove(out->p + kept, out->p + i, end - i);
			kept += end - i;
		}
		i = end;
	}
	out->n = kept;
}

/* Appends s, with what a URL may not hold percent-encoded; in a path backslashes become slashes. */
static void add_encoded(struct buf *out, struct slice s, bool path)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t at = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool back = path && c == '\\';

		if (!back && !octet_is(s.p[i], OCTET_ESCAPE))
			continue;
		buf_add(out, slice_sub(s, at, i - at));
		at = i + 1;
		if (back)
			buf_addc(out, '/');
		else
			buf_add(out, (struct slice){ (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3 });
	}
	buf_add(out, slice_sub(s, at, s.n));
}

/* Appends path and query of rest, fragment left out; base_path is what a relative path starts from. */
static void write_path(struct slice base_path, struct slice rest, struct buf *out)
{
	size_t from = out->n, query;

	rest.n = slice_find(rest, '#', 0);
	query = slice_find(rest, '?', 0);
	buf_add(out, base_path);
	if (out->n == from && (rest.n == 0 || !is_slash(rest.p[0])))
		buf_addc(out, '/');
	add_encoded(out, slice_sub(rest, 0, query), true);
	if (memchr(out->p + from, '.', out->n - from) != NULL || memchr(out->p + from, '%', out->n - from) != NULL)
		remove_dots(out, from);
	add_encoded(out, slice_sub(rest, query, rest.n), false);
}

static size_t authority_end(struct slice s, size_t at)
{
	while (at < s.n && !is_slash(s.p[at]) && s.p[at] != '?' && s.p[at] != '#')
		at++;
	return at;
}

static enum url_kind write_absolute(struct slice s, size_t at, struct buf *out, struct url *ret)
{
	size_t end = authority_end(s, at);
	size_t host;

	if (!write_host(slice_sub(s, at, end - at), out))
		return URL_NONE;
	host = out->n;
	ret->rest = slice_sub(s, end, s.n);
	write_path((struct slice){ 0 }, ret->rest, out);
	ret->host.n = host;
	return URL_WEB;
}

static enum url_kind write_relative(struct slice s, const struct url *base, struct buf *out, struct url *ret)
{
	struct slice path = base->path;

	if (s.n == 0 || s.p[0] == '#')
		return URL_NONE;
	path.n = slice_find(path, '?', 0);
	if (is_slash(s.p[0]))
		path.n = 0;
	else if (s.p[0] != '?')
		path.n = slice_rfind(path, '/') + 1;
	buf_add(out, base->host);
	ret->rest = s;
	write_path(path, s, out);
	ret->host.n = base->host.n;
	return URL_WEB;
}

static enum url_kind parse_clean(struct slice s, const struct url *base, struct buf *out, struct url *ret)
{
	size_t scheme = scheme_bytes(s);

	if (is_web_scheme(slice_sub(s, 0, scheme)))
		return write_absolute(s, skip_slashes(s, scheme), out, ret);
	if (is_code_scheme(slice_sub(s, 0, scheme))) {
		ret->rest = slice_sub(s, scheme, s.n);
		return URL_CODE;
	}
	if (s.n >= 2 && is_slash(s.p[0]) && is_slash(s.p[1]))
		return write_absolute(s, skip_slashes(s, 0), out, ret);
	if (slice_istarts(s, SLICE("www.")) && base == NULL)
		return write_absolute(s, 0, out, ret);
	if (scheme > 0 || base == NULL)
		return URL_NONE;
	return write_relative(s, base, out, ret);
}

/* Keeps ret->rest alive by moving it behind the result in out. */
static void keep_rest(struct buf *out, struct url *ret)
{
	ret->url.n = out->n;
	buf_add(out, ret->rest);
	ret->rest = (struct slice){ out->p + ret->url.n, out->n - ret->url.n };
}

/* The same without TAB, CR and LF, which browsers drop. */
static enum url_kind parse_broken(struct slice s, const struct url *base, struct buf *out, struct url *ret)
{
	struct buf clean;
	enum url_kind kind;

	buf_init(&clean, out->max);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n')
			buf_addc(&clean, s.p[i]);
	kind = parse_clean(buf_slice(&clean), base, out, ret);
	if (out->cut)
		kind = URL_NONE;
	if (kind != URL_NONE)
		keep_rest(out, ret);
	buf_done(&clean);
	return kind;
}

enum url_kind url_parse(struct slice raw, const struct url *base, struct buf *out, struct url *ret)
{
	enum url_kind kind;

	buf_clear(out);
	*ret = (struct url){ 0 };
	raw = strip_ends(raw);
	if (raw.n == 0 || raw.n > out->max)
		return URL_NONE;
	kind = has_breaks(raw) ? parse_broken(raw, base, out, ret) : parse_clean(raw, base, out, ret);
	if (kind != URL_WEB)
		return kind;
	if (ret->url.n == 0 && out->cut)
		return URL_NONE;
	ret->url = (struct slice){ out->p, ret->url.n > 0 ? ret->url.n : out->n };
	ret->host = slice_sub(ret->url, 0, ret->host.n);
	ret->path = slice_sub(ret->url, ret->host.n, ret->url.n);
	return URL_WEB;
}
