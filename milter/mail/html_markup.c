/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/html_machine.h"
#include "antisales/mail/octet.h"

/* What starts with "<!" or "<?": comments and DOCTYPE. */

void html_emit_comment(struct html *h)
{
	h->token(h->arg, &(struct html_token){ .type = HTML_COMMENT, .text = buf_slice(&h->bytes) });
}

void html_emit_doctype(struct html *h)
{
	struct html_token t = { .type = HTML_DOCTYPE, .force_quirks = h->force_quirks };

	if (h->has_name)
		t.name = buf_slice(&h->name);
	if (h->has_public)
		t.public_id = buf_slice(&h->public_id);
	if (h->has_system)
		t.system_id = buf_slice(&h->system_id);
	h->token(h->arg, &t);
}

/* Comment data up to the limit; what is beyond is not kept. */
static void add(struct html *h, const char *p, size_t n)
{
	size_t left = h->bytes.n < h->limits.value_bytes ? h->limits.value_bytes - h->bytes.n : 0;

	buf_add(&h->bytes, (struct slice){ p, n < left ? n : left });
}

static size_t comment_done(struct html *h, enum html_state next, size_t used)
{
	html_emit_comment(h);
	return html_go(h, next, used);
}

size_t html_state_bogus_comment(struct html *h, const char *p, size_t n)
{
	size_t run = html_run(p, n, '>', '>');

	if (n == 0)
		return comment_done(h, HTML_STATE_stopped, 0);
	add(h, p, run);
	if (run == n)
		return n;
	if (p[run] == '>')
		return comment_done(h, HTML_STATE_data, run + 1);
	add(h, html_replacement, sizeof html_replacement);
	return run + 1;
}

/* Does the temporary buffer with c added still begin that keyword? */
static bool leads_to(const struct html *h, int c, struct slice keyword, bool any_case)
{
	char want;

	if (c == HTML_EOF || h->temp.n >= keyword.n)
		return false;
	want = keyword.p[h->temp.n];
	return (any_case ? octet_lower((char)c) == octet_lower(want) : (char)c == want) &&
	    (h->temp.n == 0 || slice_istarts(keyword, buf_slice(&h->temp)));
}

static void doctype_begin(struct html *h)
{
	h->force_quirks = h->has_name = h->has_public = h->has_system = false;
	buf_clear(&h->name);
	buf_clear(&h->public_id);
	buf_clear(&h->system_id);
}

size_t html_state_markup_declaration_open(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (leads_to(h, c, SLICE("--"), false) || leads_to(h, c, SLICE("DOCTYPE"), true)) {
		buf_addc(&h->temp, (char)c);
		if (h->temp.n == 2 && c == '-') {
			buf_clear(&h->bytes);
			return html_go(h, HTML_STATE_comment_start, 1);
		}
		if (h->temp.n == 7) {
			doctype_begin(h);
			return html_go(h, HTML_STATE_doctype, 1);
		}
		return 1;
	}
	buf_clear(&h->bytes);
	add(h, h->temp.p, h->temp.n);
	return html_go(h, HTML_STATE_bogus_comment, 0);
}

size_t html_state_comment_start(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '-')
		return html_go(h, HTML_STATE_comment_start_dash, 1);
	return c == '>' ? comment_done(h, HTML_STATE_data, 1) : html_go(h, HTML_STATE_comment, 0);
}

size_t html_state_comment_start_dash(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '-')
		return html_go(h, HTML_STATE_comment_end, 1);
	if (c == '>')
		return comment_done(h, HTML_STATE_data, 1);
	if (c == HTML_EOF)
		return comment_done(h, HTML_STATE_stopped, 0);
	add(h, "-", 1);
	return html_go(h, HTML_STATE_comment, 0);
}

size_t html_state_comment(struct html *h, const char *p, size_t n)
{
	size_t run = html_run(p, n, '<', '-');

	if (n == 0)
		return comment_done(h, HTML_STATE_stopped, 0);
	add(h, p, run);
	if (run == n)
		return n;
	if (p[run] == '-')
		return html_go(h, HTML_STATE_comment_end_dash, run + 1);
	if (p[run] == '<') {
		add(h, "<", 1);
		return html_go(h, HTML_STATE_comment_less_than, run + 1);
	}
	add(h, html_replacement, sizeof html_replacement);
	return run + 1;
}

size_t html_state_comment_less_than(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c != '!' && c != '<')
		return html_go(h, HTML_STATE_comment, 0);
	add(h, p, 1);
	return html_go(h, c == '!' ? HTML_STATE_comment_less_than_bang : HTML_STATE_comment_less_than, 1);
}

size_t html_state_comment_less_than_bang(struct html *h, const char *p, size_t n)
{
	if (html_peek(p, n) == '-')
		return html_go(h, HTML_STATE_comment_less_than_bang_dash, 1);
	return html_go(h, HTML_STATE_comment, 0);
}

size_t html_state_comment_less_than_bang_dash(struct html *h, const char *p, size_t n)
{
	if (html_peek(p, n) == '-')
		return html_go(h, HTML_STATE_comment_less_than_bang_dash_dash, 1);
	return html_go(h, HTML_STATE_comment_end_dash, 0);
}

size_t html_state_comment_less_than_bang_dash_dash(struct html *h, const char *p, size_t n)
{
	(void)p;
	(void)n;
	return html_go(h, HTML_STATE_comment_end, 0);
}

size_t html_state_comment_end_dash(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '-')
		return html_go(h, HTML_STATE_comment_end, 1);
	if (c == HTML_EOF)
		return comment_done(h, HTML_STATE_stopped, 0);
	add(h, "-", 1);
	return html_go(h, HTML_STATE_comment, 0);
}

size_t html_state_comment_end(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '>')
		return comment_done(h, HTML_STATE_data, 1);
	if (c == '!')
		return html_go(h, HTML_STATE_comment_end_bang, 1);
	if (c == HTML_EOF)
		return comment_done(h, HTML_STATE_stopped, 0);
	add(h, c == '-' ? "-" : "--", c == '-' ? 1 : 2);
	return c == '-' ? 1 : html_go(h, HTML_STATE_comment, 0);
}

size_t html_state_comment_end_bang(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == '>')
		return comment_done(h, HTML_STATE_data, 1);
	if (c == HTML_EOF)
		return comment_done(h, HTML_STATE_stopped, 0);
	add(h, "--!", 3);
	return html_go(h, c == '-' ? HTML_STATE_comment_end_dash : HTML_STATE_comment, c == '-' ? 1 : 0);
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static size_t doctype_done(struct html *h, int c)
{
	html_emit_doctype(h);
	return html_go(h, c == HTML_EOF ? HTML_STATE_stopped : HTML_STATE_data, c == HTML_EOF ? 0 : 1);
}

static size_t doctype_quirks(struct html *h, int c)
{
	h->force_quirks = true;
	return doctype_done(h, c);
}

static size_t doctype_bogus(struct html *h)
{
	h->force_quirks = true;
	return html_go(h, HTML_STATE_bogus_doctype, 0);
}

size_t html_state_doctype(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == HTML_EOF)
		return doctype_quirks(h, c);
	return html_go(h, HTML_STATE_before_doctype_name, is_space(c) ? 1 : 0);
}

size_t html_state_before_doctype_name(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return 1;
	if (c == '>' || c == HTML_EOF)
		return doctype_quirks(h, c);
	h->has_name = true;
	return html_go(h, HTML_STATE_doctype_name, 0);
}

size_t html_state_doctype_name(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (c == HTML_EOF)
		return doctype_quirks(h, c);
	if (c == '>')
		return doctype_done(h, c);
	if (is_space(c)) {
		buf_clear(&h->temp);
		return html_go(h, HTML_STATE_after_doctype_name, 1);
	}
	if (c == '\0')
		buf_add(&h->name, (struct slice){ html_replacement, sizeof html_replacement });
	else
		buf_addc(&h->name, octet_lower((char)c));
	return 1;
}

size_t html_state_after_doctype_name(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (h->temp.n == 0) {
		if (is_space(c))
			return 1;
		if (c == '>')
			return doctype_done(h, c);
	}
	if (c == HTML_EOF)
		return doctype_quirks(h, c);
	if (!leads_to(h, c, SLICE("PUBLIC"), true) && !leads_to(h, c, SLICE("SYSTEM"), true))
		return doctype_bogus(h);
	buf_addc(&h->temp, octet_lower((char)c));
	if (h->temp.n < 6)
		return 1;
	return html_go(h, h->temp.p[0] == 'p' ? HTML_STATE_after_public_keyword : HTML_STATE_after_system_keyword, 1);
}

static size_t public_begin(struct html *h, int quote)
{
	h->has_public = true;
	return html_go(h, quote == '"' ? HTML_STATE_public_id_double : HTML_STATE_public_id_single, 1);
}

static size_t system_begin(struct html *h, int quote)
{
	h->has_system = true;
	return html_go(h, quote == '"' ? HTML_STATE_system_id_double : HTML_STATE_system_id_single, 1);
}

size_t html_state_after_public_keyword(struct html *h, const char *p, size_t n)
{
	return html_state_before_public_id(h, p, n);
}

size_t html_state_before_public_id(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return html_go(h, HTML_STATE_before_public_id, 1);
	if (c == '"' || c == '\'')
		return public_begin(h, c);
	return c == '>' || c == HTML_EOF ? doctype_quirks(h, c) : doctype_bogus(h);
}

/* An identifier up to its quote. */
static size_t identifier(struct html *h, struct slice in, struct buf *id, char quote, enum html_state next)
{
	int c = html_peek(in.p, in.n);

	if (c == quote)
		return html_go(h, next, 1);
	if (c == '>' || c == HTML_EOF)
		return doctype_quirks(h, c);
	if (c == '\0')
		buf_add(id, (struct slice){ html_replacement, sizeof html_replacement });
	else
		buf_addc(id, (char)c);
	return 1;
}

size_t html_state_public_id_double(struct html *h, const char *p, size_t n)
{
	return identifier(h, (struct slice){ p, n }, &h->public_id, '"', HTML_STATE_after_public_id);
}

size_t html_state_public_id_single(struct html *h, const char *p, size_t n)
{
	return identifier(h, (struct slice){ p, n }, &h->public_id, '\'', HTML_STATE_after_public_id);
}

size_t html_state_system_id_double(struct html *h, const char *p, size_t n)
{
	return identifier(h, (struct slice){ p, n }, &h->system_id, '"', HTML_STATE_after_system_id);
}

size_t html_state_system_id_single(struct html *h, const char *p, size_t n)
{
	return identifier(h, (struct slice){ p, n }, &h->system_id, '\'', HTML_STATE_after_system_id);
}

size_t html_state_after_public_id(struct html *h, const char *p, size_t n)
{
	return html_state_between_ids(h, p, n);
}

size_t html_state_between_ids(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return html_go(h, HTML_STATE_between_ids, 1);
	if (c == '"' || c == '\'')
		return system_begin(h, c);
	if (c == '>')
		return doctype_done(h, c);
	return c == HTML_EOF ? doctype_quirks(h, c) : doctype_bogus(h);
}

size_t html_state_after_system_keyword(struct html *h, const char *p, size_t n)
{
	return html_state_before_system_id(h, p, n);
}

size_t html_state_before_system_id(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return html_go(h, HTML_STATE_before_system_id, 1);
	if (c == '"' || c == '\'')
		return system_begin(h, c);
	return c == '>' || c == HTML_EOF ? doctype_quirks(h, c) : doctype_bogus(h);
}

size_t html_state_after_system_id(struct html *h, const char *p, size_t n)
{
	int c = html_peek(p, n);

	if (is_space(c))
		return 1;
	if (c == '>')
		return doctype_done(h, c);
	return c == HTML_EOF ? doctype_quirks(h, c) : html_go(h, HTML_STATE_bogus_doctype, 0);
}

size_t html_state_bogus_doctype(struct html *h, const char *p, size_t n)
{
	size_t run = slice_find((struct slice){ p, n }, '>', 0);

	if (n == 0)
		return doctype_done(h, HTML_EOF);
	if (run == n)
		return n;
	html_emit_doctype(h);
	return html_go(h, HTML_STATE_data, run + 1);
}
