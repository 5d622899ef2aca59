/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_URL_H
#define ANTISALES_MAIL_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"

/* http(s) URLs as browsers and mail programs read them (WHATWG URL), without what does not matter for matching. */
struct url {
	struct slice url;               /* host and path, in the buffer given */
	struct slice host;              /* lower-case A-labels without final dot, or an IP address */
	struct slice path;              /* path and query, starts with '/' */
	struct slice rest;              /* of the input: all after the authority, fragment too; for url_inner */
};

enum url_kind {
	URL_WEB,                        /* *ret is filled */
	URL_CODE,                       /* data: or javascript:, ret->rest is what follows the colon */
	URL_NONE                        /* anything else: mailto:, cid:, relative without base, no valid host */
};

/*
 * Reads one URL, references and encodings of the mail already undone: TAB, CR,
 * LF removed, blanks at the ends cut, backslashes are slashes, user info and
 * port dropped, host percent-decoded and to A-labels, numeric hosts to dotted
 * quads, dot segments removed. "//host" and "www.host" need no scheme, "hxxp"
 * and "[.]" are undone; other relative ones are resolved against base, which
 * may be NULL. *out is cleared and holds the result until it is changed; its
 * maximum bounds the URL. URL_NONE also when it was cut.
 */
enum url_kind url_parse(struct slice raw, const struct url *base, struct buf *out, struct url *ret);

/* Walks through the URLs that mail programs would make clickable in plain text. */
struct url_scan {
	struct slice text;
	size_t at, colon, dot;
};
void url_scan_begin(struct url_scan *s, struct slice text);
/* The next URL, as raw text for url_parse, and its offset in the text; false at the end. */
bool url_scan_next(struct url_scan *s, struct slice *raw, size_t *offset);

enum { URL_INNER_MAX = 16 };
/*
 * URLs inside the path, query or fragment of another one: redirectors, image
 * proxies, link protection; plain, percent-encoded (also twice), "-3A__" and
 * base64url. Finds at most URL_INNER_MAX, decoded, appended to *out with their
 * offsets and lengths in at[] and n[]; returns how many. One level only: what
 * is inside those has to be asked for again.
 */
struct url_inner {
	size_t count;
	size_t at[URL_INNER_MAX], n[URL_INNER_MAX];
};
void url_inner(struct slice rest, struct buf *out, struct url_inner *ret);

/* Percent-decodes s onto *out; bytes that are no escape stay. */
void url_unescape(struct slice s, struct buf *out);
/* The decoded text of a "data:" URL's rest (base64 or percent-encoded), or of a script, onto *out. */
void url_code_text(struct slice rest, struct buf *out);

#endif
