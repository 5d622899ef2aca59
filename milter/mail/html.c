/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/html.h"

#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/mail/html_machine.h"
#include "antisales/mail/octet.h"
#include "antisales/mail/put.h"

enum { TAG_BYTES_MAX = 65536 };

const char html_replacement[3] = "\xEF\xBF\xBD";

static html_step *const steps[HTML_STATES_COUNT] = {
#define X(name) [HTML_STATE_##name] = html_state_##name,
	HTML_STATES(X)
#undef X
};

struct html *html_new(const struct html_limits *limits, html_token_fn *token, void *arg)
{
	struct html *h = alloc_zeroed(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->limits = *limits;
	h->token = token;
	h->arg = arg;
	buf_init(&h->name, HTML_NAME_BYTES_MAX);
	buf_init(&h->last_start, HTML_NAME_BYTES_MAX);
	buf_init(&h->bytes, limits->value_bytes > TAG_BYTES_MAX ? limits->value_bytes : TAG_BYTES_MAX);
	buf_init(&h->temp, HTML_NAME_BYTES_MAX + 1);
	buf_init(&h->public_id, limits->value_bytes);
	buf_init(&h->system_id, limits->value_bytes);
	h->names = alloc_zeroed(limits->attributes, sizeof *h->names);
	h->values = alloc_zeroed(limits->attributes, sizeof *h->values);
	h->attributes = alloc_zeroed(limits->attributes, sizeof *h->attributes);
	if (h->names != NULL && h->values != NULL && h->attributes != NULL)
		return h;
	html_free(h);
	return NULL;
}

void html_free(struct html *h)
{
	if (h == NULL)
		return;
	buf_done(&h->name);
	buf_done(&h->last_start);
	buf_done(&h->bytes);
	buf_done(&h->temp);
	buf_done(&h->public_id);
	buf_done(&h->system_id);
	free(h->names);
	free(h->values);
	free(h->attributes);
	free(h);
}

void html_begin(struct html *h)
{
	h->state = HTML_STATE_data;
	h->tags = 0;
	h->count = 0;
	h->cut = false;
	buf_clear(&h->last_start);
}

void html_switch(struct html *h, enum html_content content, struct slice last_start_tag)
{
	static const enum html_state first[] = {
		[HTML_DATA] = HTML_STATE_data, [HTML_RCDATA] = HTML_STATE_rcdata,
		[HTML_RAWTEXT] = HTML_STATE_rawtext, [HTML_SCRIPT] = HTML_STATE_script,
		[HTML_PLAINTEXT] = HTML_STATE_plaintext, [HTML_CDATA] = HTML_STATE_cdata,
	};

	h->state = first[content];
	if (last_start_tag.p != NULL) {
		buf_clear(&h->last_start);
		buf_add(&h->last_start, last_start_tag);
	}
}

void html_feed(struct html *h, struct slice utf8)
{
	const char *p = utf8.p;
	size_t n = utf8.n;

	while (n > 0) {
		size_t used = steps[h->state](h, p, n);

		p += used;
		n -= used;
	}
}

void html_end(struct html *h)
{
	while (h->state != HTML_STATE_stopped)
		(void)steps[h->state](h, "", 0);
}

bool html_was_cut(const struct html *h)
{
	return h->cut;
}

size_t html_state_stopped(struct html *h, const char *p, size_t n)
{
	(void)h;
	(void)p;
	return n;
}

void html_emit_text(struct html *h, const char *p, size_t n)
{
	if (n > 0)
		h->token(h->arg, &(struct html_token){ .type = HTML_TEXT, .text = { p, n } });
}

/* The state is data already when the token goes out, so that the receiver may html_switch(). */
void html_emit_tag(struct html *h)
{
	struct html_token t = { .type = h->end_tag ? HTML_END : HTML_START, .name = buf_slice(&h->name),
		.self_closing = h->self_closing };
	struct slice bytes = buf_slice(&h->bytes);

	h->state = HTML_STATE_data;
	if (h->tags++ >= h->limits.tags) {
		h->cut = true;
		h->state = HTML_STATE_stopped;
		return;
	}
	if (!h->end_tag) {
		for (size_t i = 0; i < h->count; i++) {
			h->attributes[i].name = slice_sub(bytes, h->names[i].at, h->names[i].n);
			h->attributes[i].value = slice_sub(bytes, h->values[i].at, h->values[i].n);
		}
		t.attributes = h->attributes;
		t.attributes_count = h->count;
		buf_clear(&h->last_start);
		buf_add(&h->last_start, t.name);
	}
	h->token(h->arg, &t);
}

void html_tag_begin(struct html *h, bool end_tag)
{
	h->end_tag = end_tag;
	h->self_closing = false;
	h->count = 0;
	buf_clear(&h->name);
	buf_clear(&h->bytes);
}

size_t html_run(const char *p, size_t n, char stop, char stop2)
{
	return octet_run_before(p, n, stop, stop2);
}

size_t html_text_run(struct html *h, const char *p, size_t n, char stop, char stop2)
{
	size_t run = html_run(p, n, stop, stop2);

	html_emit_text(h, p, run);
	if (run == n || p[run] != '\0')
		return run;
	html_emit_text(h, html_replacement, sizeof html_replacement);
	return run + 1;
}

/* Here and below, what usually follows is looked at ahead when it is there, which saves a step; no outcome changes. */
size_t html_state_data(struct html *h, const char *p, size_t n)
{
	size_t run = octet_run_before(p, n, '<', '&');

	while (run < n && p[run] != '<' && p[run] != '&')
		run++;
	html_emit_text(h, p, run);
	if (run == n)
		return n > 0 ? n : html_go(h, HTML_STATE_stopped, 0);
	if (p[run] == '<' && run + 1 < n && octet_alpha(p[run + 1])) {
		html_tag_begin(h, false);
		return html_go(h, HTML_STATE_tag_name, run + 1);
	}
	h->return_state = HTML_STATE_data;
	return html_go(h, p[run] == '<' ? HTML_STATE_tag_open : HTML_STATE_reference, run + 1);
}

size_t html_state_tag_open(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '!') {
		buf_clear(&h->temp);
		return html_go(h, HTML_STATE_markup_declaration_open, 1);
	}
	if (c == '/')
		return html_go(h, HTML_STATE_end_tag_open, 1);
	if (c == '?') {
		buf_clear(&h->bytes);
		return html_go(h, HTML_STATE_bogus_comment, 0);
	}
	if (c != HTML_EOF && octet_alpha((char)c)) {
		html_tag_begin(h, false);
		return html_go(h, HTML_STATE_tag_name, 0);
	}
	html_emit_text(h, "<", 1);
	return html_go(h, HTML_STATE_data, 0);
}

size_t html_state_end_tag_open(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == HTML_EOF) {
		html_emit_text(h, "</", 2);
		return html_go(h, HTML_STATE_stopped, 0);
	}
	if (octet_alpha((char)c)) {
		html_tag_begin(h, true);
		return html_go(h, HTML_STATE_tag_name, 0);
	}
	if (c == '>')
		return html_go(h, HTML_STATE_data, 1);
	buf_clear(&h->bytes);
	return html_go(h, HTML_STATE_bogus_comment, 0);
}

static bool ends_name(char c)
{
	return octet_is(c, OCTET_SPACE) || c == '/' || c == '>' || c == '\0';
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static void add_lower(struct buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_char(b, octet_lower(p[i]));
}

size_t html_state_tag_name(struct html *h, const char *p, size_t n)
{
	size_t run = 0;

	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	while (run < n && (!ends_name(p[run]) || p[run] == '\v'))
		run++;
	add_lower(&h->name, p, run);
	if (run == n)
		return n;
	switch (p[run]) {
	case '/':
		return html_go(h, HTML_STATE_self_closing_start_tag, run + 1);
	case '>':
		html_emit_tag(h);
		return run + 1;
	case '\0':
		buf_add(&h->name, (struct slice){ html_replacement, sizeof html_replacement });
		return run + 1;
	default:
		return html_go(h, HTML_STATE_before_attribute_name, run + 1);
	}
}

size_t html_state_self_closing_start_tag(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '>') {
		h->self_closing = true;
		html_emit_tag(h);
		return 1;
	}
	return html_go(h, c == HTML_EOF ? HTML_STATE_stopped : HTML_STATE_before_attribute_name, 0);
}

/* Opens an attribute whose name starts here. */
static void attribute_begin(struct html *h)
{
	h->attribute = (struct html_span){ h->bytes.n, 0 };
	h->value = (struct html_span){ h->bytes.n, 0 };
	h->drop = false;
}

static bool is_twin(const struct html *h, size_t i)
{
	return h->names[i].n == h->attribute.n && h->attribute.n > 0 &&
	    memcmp(h->bytes.p + h->names[i].at, h->bytes.p + h->attribute.at, h->attribute.n) == 0;
}

/* The name is complete: a twin of an earlier one is dropped (the first wins), and so is one too many. */
static void attribute_named(struct html *h)
{
	h->attribute.n = h->bytes.n - h->attribute.at;
	h->value = (struct html_span){ h->bytes.n, 0 };
	h->cut = h->cut || h->bytes.cut;
	if (h->count >= h->limits.attributes) {
		h->drop = true;
		h->cut = h->cut || !h->end_tag;
	}
	for (size_t i = 0; i < h->count && !h->drop; i++)
		h->drop = is_twin(h, i);
	if (h->drop)
		h->bytes.n = h->value.at = h->attribute.at;
	else
		h->names[h->count] = h->attribute;
	if (!h->drop)
		h->values[h->count++] = h->value;
}

void html_value_add(struct html *h, const char *p, size_t n)
{
	size_t left = h->limits.value_bytes - h->value.n;

	if (h->drop)
		return;
	if (n > left) {
		n = left;
		h->cut = true;
	}
	put_bytes(&h->bytes, p, n);
	h->value.n = h->bytes.n - h->value.at;
	h->values[h->count - 1].n = h->value.n;
	h->cut = h->cut || h->bytes.cut;
}

size_t html_state_before_attribute_name(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return 1;
	if (c == '/' || c == '>' || c == HTML_EOF)
		return html_go(h, HTML_STATE_after_attribute_name, 0);
	attribute_begin(h);
	h->state = HTML_STATE_attribute_name;
	if (c != '=')
		return html_state_attribute_name(h, p, n);
	put_char(&h->bytes, '=');
	return 1;
}

/* How many of the first n bytes belong to an attribute's name; VT is a space to us, not to HTML. */
static size_t attribute_name_run(const char *p, size_t n)
{
	size_t run = 0;

	while (run < n && p[run] != '=' && (!ends_name(p[run]) || p[run] == '\v'))
		run++;
	return run;
}

size_t html_state_attribute_name(struct html *h, const char *p, size_t n)
{
	size_t run = attribute_name_run(p, n);

	if (h->bytes.n - h->attribute.at < HTML_NAME_BYTES_MAX) {
		size_t left = HTML_NAME_BYTES_MAX - (h->bytes.n - h->attribute.at);

		add_lower(&h->bytes, p, run < left ? run : left);
	}
	if (run == n && n > 0)
		return n;
	if (n > 0 && p[run] == '\0') {
		buf_add(&h->bytes, (struct slice){ html_replacement, sizeof html_replacement });
		return run + 1;
	}
	attribute_named(h);
	if (n > run + 1 && p[run] == '=' && p[run + 1] == '"')
		return html_go(h, HTML_STATE_value_double_quoted, run + 2);
	if (n > 0 && p[run] == '=')
		return html_go(h, HTML_STATE_before_attribute_value, run + 1);
	return html_go(h, HTML_STATE_after_attribute_name, run);
}

size_t html_state_after_attribute_name(struct html *h, const char *p, size_t n)
{
	switch (html_peek(p, n)) {
	case ' ':
	case '\t':
	case '\n':
	case '\f':
	case '\r':
		return 1;
	case '/':
		return html_go(h, HTML_STATE_self_closing_start_tag, 1);
	case '=':
		return html_go(h, HTML_STATE_before_attribute_value, 1);
	case '>':
		html_emit_tag(h);
		return 1;
	case HTML_EOF:
		return html_go(h, HTML_STATE_stopped, 0);
	default:
		attribute_begin(h);
		return html_go(h, HTML_STATE_attribute_name, 0);
	}
}

size_t html_state_before_attribute_value(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return 1;
	if (c == '"')
		return html_go(h, HTML_STATE_value_double_quoted, 1);
	if (c == '\'')
		return html_go(h, HTML_STATE_value_single_quoted, 1);
	if (c == '>') {
		html_emit_tag(h);
		return 1;
	}
	return html_go(h, HTML_STATE_value_unquoted, 0);
}

static size_t value_quoted(struct html *h, const char *p, size_t n, char quote)
{
	size_t run = html_run(p, n, quote, '&');

	html_value_add(h, p, run);
	if (run == n)
		return n > 0 ? n : html_go(h, HTML_STATE_stopped, 0);
	if (p[run] == quote && run + 1 < n && p[run + 1] == ' ')
		return html_go(h, HTML_STATE_before_attribute_name, run + 2);
	if (p[run] == quote)
		return html_go(h, HTML_STATE_after_value_quoted, run + 1);
	if (p[run] == '&') {
		h->return_state = h->state;
		return html_go(h, HTML_STATE_reference, run + 1);
	}
	html_value_add(h, html_replacement, sizeof html_replacement);
	return run + 1;
}

size_t html_state_value_double_quoted(struct html *h, const char *p, size_t n)
{
	return value_quoted(h, p, n, '"');
}

size_t html_state_value_single_quoted(struct html *h, const char *p, size_t n)
{
	return value_quoted(h, p, n, '\'');
}

size_t html_state_value_unquoted(struct html *h, const char *p, size_t n)
{
	size_t run = 0;

	if (n == 0)
		return html_go(h, HTML_STATE_stopped, 0);
	while (run < n && !is_space(p[run]) && p[run] != '>' && p[run] != '&' && p[run] != '\0')
		run++;
	html_value_add(h, p, run);
	if (run == n)
		return n;
	switch (p[run]) {
	case '&':
		h->return_state = HTML_STATE_value_unquoted;
		return html_go(h, HTML_STATE_reference, run + 1);
	case '>':
		html_emit_tag(h);
		return run + 1;
	case '\0':
		html_value_add(h, html_replacement, sizeof html_replacement);
		return run + 1;
	default:
		return html_go(h, HTML_STATE_before_attribute_name, run + 1);
	}
}

size_t html_state_after_value_quoted(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return html_go(h, HTML_STATE_before_attribute_name, 1);
	if (c == '/')
		return html_go(h, HTML_STATE_self_closing_start_tag, 1);
	if (c == '>') {
		html_emit_tag(h);
		return 1;
	}
	return html_go(h, c == HTML_EOF ? HTML_STATE_stopped : HTML_STATE_before_attribute_name, 0);
}
