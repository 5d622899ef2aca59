/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/html_machine.h"
#include "antisales/mail/octet.h"

/* Text that is not read as markup: RCDATA, RAWTEXT, PLAINTEXT, script with its two kinds of escape, CDATA. */

size_t html_state_rcdata(struct html *h, const char *p, size_t n)
{
	size_t used = html_text_run(h, p, n, '<', '&');

	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	if (used < n && p[used] == '<') {
		h->raw = HTML_STATE_rcdata;
		return html_go(h, HTML_STATE_raw_less_than, used + 1);
	}
	if (used < n && p[used] == '&') {
		h->return_state = HTML_STATE_rcdata;
		return html_go(h, HTML_STATE_reference, used + 1);
	}
	return used;
}

static size_t raw_text(struct html *h, const char *p, size_t n)
{
	size_t used = html_text_run(h, p, n, '<', '<');

	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	if (used == n || p[used] != '<')
		return used;
	h->raw = h->state;
	return html_go(h, HTML_STATE_raw_less_than, used + 1);
}

size_t html_state_rawtext(struct html *h, const char *p, size_t n)
{
	return raw_text(h, p, n);
}

size_t html_state_script(struct html *h, const char *p, size_t n)
{
	return raw_text(h, p, n);
}

size_t html_state_plaintext(struct html *h, const char *p, size_t n)
{
	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	return html_text_run(h, p, n, '\0', '\0');
}

size_t html_state_raw_less_than(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '/')
		return html_go(h, HTML_STATE_raw_end_tag_open, 1);
	if (c == '!' && h->raw == HTML_STATE_script) {
		html_emit_text(h, "<!", 2);
		return html_go(h, HTML_STATE_script_escape_start, 1);
	}
	html_emit_text(h, "<", 1);
	return html_go(h, h->raw, 0);
}

size_t html_state_raw_end_tag_open(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c != HTML_EOF && octet_alpha((char)c)) {
		html_tag_begin(h, true);
		buf_clear(&h->temp);
		return html_go(h, HTML_STATE_raw_end_tag_name, 0);
	}
	html_emit_text(h, "</", 2);
	return html_go(h, h->raw, 0);
}

/* The name read so far is the one whose end tag ends this text. */
static bool is_appropriate(const struct html *h)
{
	return h->last_start.n > 0 && slice_eq(buf_slice(&h->name), buf_slice(&h->last_start));
}

size_t html_state_raw_end_tag_name(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c != HTML_EOF && octet_alpha((char)c) && h->temp.n < HTML_NAME_BYTES_MAX) {
		buf_addc(&h->name, octet_lower((char)c));
		buf_addc(&h->temp, (char)c);
		return 1;
	}
	if (is_appropriate(h)) {
		if (c == '>') {
			html_emit_tag(h);
			return 1;
		}
		if (c == '/')
			return html_go(h, HTML_STATE_self_closing_start_tag, 1);
		if (c != HTML_EOF && octet_is((char)c, OCTET_SPACE) && c != '\v')
			return html_go(h, HTML_STATE_before_attribute_name, 1);
	}
	html_emit_text(h, "</", 2);
	html_emit_text(h, h->temp.p, h->temp.n);
	return html_go(h, h->raw, 0);
}

size_t html_state_script_escape_start(struct html *h, const char *p, size_t n)
{
	if (html_peek(p, n) != '-')
		return html_go(h, HTML_STATE_script, 0);
	html_emit_text(h, "-", 1);
	return html_go(h, HTML_STATE_script_escape_start_dash, 1);
}

size_t html_state_script_escape_start_dash(struct html *h, const char *p, size_t n)
{
	if (html_peek(p, n) != '-')
		return html_go(h, HTML_STATE_script, 0);
	html_emit_text(h, "-", 1);
	return html_go(h, HTML_STATE_script_escaped_dash_dash, 1);
}

/* Escaped text up to '<' or '-'; dash and less say where those two lead. */
static size_t escaped_text(struct html *h, const char *p, size_t n, enum html_state dash, enum html_state less)
{
	size_t used = html_text_run(h, p, n, '<', '-');

	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	if (used == n || (p[used] != '<' && p[used] != '-'))
		return used;
	if (p[used] == '-') {
		html_emit_text(h, "-", 1);
		return html_go(h, dash, used + 1);
	}
	if (less == HTML_STATE_script_double_escaped_less_than)
		html_emit_text(h, "<", 1);
	return html_go(h, less, used + 1);
}

/* After one dash (next: after two) or after two (next: the same); text is where other characters lead. */
static size_t escaped_dash(struct html *h, const char *p, size_t n, enum html_state next, enum html_state text)
{
	int c = html_peek(p, n);

	if (c == '-') {
		html_emit_text(h, "-", 1);
		return html_go(h, next, 1);
	}
	if (c == '>' && (h->state == HTML_STATE_script_escaped_dash_dash ||
	    h->state == HTML_STATE_script_double_escaped_dash_dash)) {
		html_emit_text(h, ">", 1);
		return html_go(h, HTML_STATE_script, 1);
	}
	return html_go(h, text, 0);
}

size_t html_state_script_escaped(struct html *h, const char *p, size_t n)
{
	return escaped_text(h, p, n, HTML_STATE_script_escaped_dash, HTML_STATE_script_escaped_less_than);
}

size_t html_state_script_escaped_dash(struct html *h, const char *p, size_t n)
{
	return escaped_dash(h, p, n, HTML_STATE_script_escaped_dash_dash, HTML_STATE_script_escaped);
}

size_t html_state_script_escaped_dash_dash(struct html *h, const char *p, size_t n)
{
	return escaped_dash(h, p, n, HTML_STATE_script_escaped_dash_dash, HTML_STATE_script_escaped);
}

size_t html_state_script_escaped_less_than(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	h->raw = HTML_STATE_script_escaped;
	if (c == '/')
		return html_go(h, HTML_STATE_raw_end_tag_open, 1);
	html_emit_text(h, "<", 1);
	if (c == HTML_EOF || !octet_alpha((char)c))
		return html_go(h, HTML_STATE_script_escaped, 0);
	buf_clear(&h->temp);
	return html_go(h, HTML_STATE_script_double_escape_start, 0);
}

/* A name after "<" or "</" in escaped script; when it is "script", the text changes to yes, else to no. */
static size_t escape_name(struct html *h, const char *p, size_t n, enum html_state yes, enum html_state no)
{
	int c = html_peek(p, n);

	if (c != HTML_EOF && ((octet_is((char)c, OCTET_SPACE) && c != '\v') || c == '/' || c == '>')) {
		html_emit_text(h, p, 1);
		return html_go(h, slice_eq(buf_slice(&h->temp), SLICE("script")) ? yes : no, 1);
	}
	if (c == HTML_EOF || !octet_alpha((char)c))
		return html_go(h, no, 0);
	buf_addc(&h->temp, octet_lower((char)c));
	html_emit_text(h, p, 1);
	return 1;
}

size_t html_state_script_double_escape_start(struct html *h, const char *p, size_t n)
{
	return escape_name(h, p, n, HTML_STATE_script_double_escaped, HTML_STATE_script_escaped);
}

size_t html_state_script_double_escaped(struct html *h, const char *p, size_t n)
{
	return escaped_text(h, p, n, HTML_STATE_script_double_escaped_dash,
	    HTML_STATE_script_double_escaped_less_than);
}

size_t html_state_script_double_escaped_dash(struct html *h, const char *p, size_t n)
{
	return escaped_dash(h, p, n, HTML_STATE_script_double_escaped_dash_dash, HTML_STATE_script_double_escaped);
}

size_t html_state_script_double_escaped_dash_dash(struct html *h, const char *p, size_t n)
{
	return escaped_dash(h, p, n, HTML_STATE_script_double_escaped_dash_dash, HTML_STATE_script_double_escaped);
}

size_t html_state_script_double_escaped_less_than(struct html *h, const char *p, size_t n)
{
	if (html_peek(p, n) != '/')
		return html_go(h, HTML_STATE_script_double_escaped, 0);
	buf_clear(&h->temp);
	html_emit_text(h, "/", 1);
	return html_go(h, HTML_STATE_script_double_escape_end, 1);
}

size_t html_state_script_double_escape_end(struct html *h, const char *p, size_t n)
{
	return escape_name(h, p, n, HTML_STATE_script_escaped, HTML_STATE_script_double_escaped);
}

size_t html_state_cdata(struct html *h, const char *p, size_t n)
{
	size_t run = slice_find((struct slice){ p, n }, ']', 0);

	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	html_emit_text(h, p, run);
	return run == n ? n : html_go(h, HTML_STATE_cdata_bracket, run + 1);
}

size_t html_state_cdata_bracket(struct html *h, const char *p, size_t n)
{
	if (html_peek(p, n) == ']')
		return html_go(h, HTML_STATE_cdata_end, 1);
	html_emit_text(h, "]", 1);
	return html_go(h, HTML_STATE_cdata, 0);
}

size_t html_state_cdata_end(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == ']') {
		html_emit_text(h, "]", 1);
		return 1;
	}
	if (c == '>')
		return html_go(h, HTML_STATE_data, 1);
	html_emit_text(h, "]]", 2);
	return html_go(h, HTML_STATE_cdata, 0);
}
