/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/mail/charset.h"
#include "antisales/mail/html_machine.h"
#include "antisales/mail/octet.h"

/*
 * Character references. The temporary buffer holds what was read since '&'; a
 * name is collected as long as a name may be, then the longest known beginning
 * counts, which is what the standard's "maximum number of characters" comes to.
 */
enum { CODE_LIMIT = 0x110000 };

static bool in_attribute(const struct html *h)
{
	return h->return_state == HTML_STATE_value_double_quoted ||
	    h->return_state == HTML_STATE_value_single_quoted || h->return_state == HTML_STATE_value_unquoted;
}

static void flush(struct html *h, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (in_attribute(h))
		html_value_add(h, p, n);
	else
		html_emit_text(h, p, n);
}

/* It was no reference: '&' and what followed are text. */
static size_t flush_literal(struct html *h)
{
	flush(h, "&", 1);
	flush(h, h->temp.p, h->temp.n);
	return html_go(h, h->return_state, 0);
}

size_t html_state_reference(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	buf_clear(&h->temp);
	if (c == '#') {
		buf_addc(&h->temp, '#');
		return html_go(h, HTML_STATE_numeric_reference, 1);
	}
	if (c != HTML_EOF && octet_alnum((char)c))
		return html_go(h, HTML_STATE_named_reference, 0);
	return flush_literal(h);
}

/* The longest beginning of the collected name that is known without a semicolon. */
static struct slice longest(const struct html *h, size_t *bytes)
{
	struct slice name = buf_slice(&h->temp);

	for (; name.n >= 2; name.n--) {
		struct slice characters = html_entity(name);

		if (characters.p != NULL) {
			*bytes = name.n;
			return characters;
		}
	}
	return (struct slice){ 0 };
}

/* The name has ended before c. */
static size_t resolve(struct html *h, int c)
{
	struct slice characters;
	size_t bytes = 0;
	int next;

	if (c == ';') {
		buf_addc(&h->temp, ';');
		characters = html_entity(buf_slice(&h->temp));
		if (characters.p != NULL) {
			flush(h, characters.p, characters.n);
			return html_go(h, h->return_state, 1);
		}
		h->temp.n--;
	}
	characters = longest(h, &bytes);
	if (characters.p == NULL)
		return flush_literal(h);
	next = bytes < h->temp.n ? h->temp.p[bytes] : c;
	if (in_attribute(h) && next != HTML_EOF && (next == '=' || octet_alnum((char)next)))
		return flush_literal(h);
	flush(h, characters.p, characters.n);
	flush(h, h->temp.p + bytes, h->temp.n - bytes);
	return html_go(h, h->return_state, 0);
}

size_t html_state_named_reference(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == HTML_EOF || !octet_alnum((char)c) || h->temp.n >= HTML_ENTITY_BYTES_MAX)
		return resolve(h, c);
	buf_addc(&h->temp, (char)c);
	return 1;
}

size_t html_state_numeric_reference(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	h->code = 0;
	if (c == 'x' || c == 'X') {
		buf_addc(&h->temp, (char)c);
		return html_go(h, HTML_STATE_hex_start, 1);
	}
	if (c != HTML_EOF && octet_is((char)c, OCTET_DIGIT))
		return html_go(h, HTML_STATE_decimal_reference, 0);
	return flush_literal(h);
}

size_t html_state_hex_start(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c != HTML_EOF && ascii_hex((char)c) >= 0)
		return html_go(h, HTML_STATE_hex_reference, 0);
	return flush_literal(h);
}

/* The number has ended before c: its character goes out (the standard's table for 0x80 to 0x9F is windows-1252). */
static size_t number_end(struct html *h, int c)
{
	char utf8[4];
	unsigned long code = h->code;

	if (code == 0)
		code = 0xFFFD;
	else if (code >= 0x80 && code < 0xA0)
		code = charset_western((unsigned char)code);
	flush(h, utf8, charset_put(code, utf8));
	return html_go(h, h->return_state, c == ';' ? 1 : 0);
}

static size_t digit(struct html *h, int c, unsigned base)
{
	int value = c == HTML_EOF ? -1 : ascii_hex((char)c);

	if (value < 0 || (unsigned)value >= base)
		return number_end(h, c);
	h->code = h->code * base + (unsigned)value;
	if (h->code > CODE_LIMIT)
		h->code = CODE_LIMIT;
	return 1;
}

size_t html_state_hex_reference(struct html *h, const char *p, size_t n)
{
	return digit(h, html_peek(p, n), 16);
}

size_t html_state_decimal_reference(struct html *h, const char *p, size_t n)
{
	return digit(h, html_peek(p, n), 10);
}
