/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_HTML_MACHINE_H
#define ANTISALES_MAIL_HTML_MACHINE_H

/* Shared by the files of the HTML tokenizer (html*.c) and by nothing else. */

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/buf.h"
#include "antisales/mail/html.h"

/* The states of WHATWG HTML section 13.2.5 under their own names. RAW_* serve RCDATA, RAWTEXT and script alike. */
#define HTML_STATES(X) \
	X(data) X(rcdata) X(rawtext) X(script) X(plaintext) X(tag_open) X(end_tag_open) X(tag_name) \
	X(raw_less_than) X(raw_end_tag_open) X(raw_end_tag_name) \
	X(script_escape_start) X(script_escape_start_dash) X(script_escaped) X(script_escaped_dash) \
	X(script_escaped_dash_dash) X(script_escaped_less_than) X(script_double_escape_start) \
	X(script_double_escaped) X(script_double_escaped_dash) X(script_double_escaped_dash_dash) \
	X(script_double_escaped_less_than) X(script_double_escape_end) \
	X(before_attribute_name) X(attribute_name) X(after_attribute_name) X(before_attribute_value) \
	X(value_double_quoted) X(value_single_quoted) X(value_unquoted) X(after_value_quoted) \
	X(self_closing_start_tag) X(bogus_comment) X(markup_declaration_open) X(comment_start) \
	X(comment_start_dash) X(comment) X(comment_less_than) X(comment_less_than_bang) \
	X(comment_less_than_bang_dash) X(comment_less_than_bang_dash_dash) X(comment_end_dash) X(comment_end) \
	X(comment_end_bang) X(doctype) X(before_doctype_name) X(doctype_name) X(after_doctype_name) \
	X(after_public_keyword) X(before_public_id) X(public_id_double) X(public_id_single) X(after_public_id) \
	X(between_ids) X(after_system_keyword) X(before_system_id) X(system_id_double) X(system_id_single) \
	X(after_system_id) X(bogus_doctype) X(cdata) X(cdata_bracket) X(cdata_end) \
	X(reference) X(named_reference) X(numeric_reference) X(hex_start) X(hex_reference) X(decimal_reference) \
	X(stopped)

enum html_state {
#define X(name) HTML_STATE_##name,
	HTML_STATES(X)
#undef X
	HTML_STATES_COUNT
};

enum { HTML_NAME_BYTES_MAX = 128, HTML_EOF = -1 };

struct html_span {
	size_t at, n;
};

struct html {
	struct html_limits limits;
	html_token_fn *token;
	void *arg;
	enum html_state state;
	enum html_state return_state;   /* of a character reference */
	enum html_state raw;            /* state that raw_less_than and its followers return to */
	struct buf name;                /* of the tag being read */
	struct buf last_start;          /* name of the last start tag */
	struct buf bytes;               /* names and values of attributes; comment data */
	struct buf temp;                /* the standard's temporary buffer */
	struct buf public_id, system_id;
	struct html_span *names, *values;
	struct html_attribute *attributes;
	size_t count;                   /* attributes kept */
	struct html_span attribute, value;      /* the one being read */
	size_t tags;
	unsigned long code;             /* of a numeric reference */
	bool end_tag, self_closing, drop;       /* drop: the attribute being read is not kept */
	bool force_quirks, has_name, has_public, has_system;
	bool cut;
};

/*
 * One step: reads at p[0..n) in the current state and returns how many bytes it
 * used up; 0 means "reconsume" in the state it has set. n == 0 is end of file.
 */
typedef size_t html_step(struct html *h, const char *p, size_t n);
#define X(name) html_step html_state_##name;
HTML_STATES(X)
#undef X

/* The current input character, HTML_EOF at the end of file. */
static inline int html_peek(const char *p, size_t n)
{
	return n > 0 ? (unsigned char)p[0] : HTML_EOF;
}

/* Sets the state; the return value lets a step end in "return html_go(h, state, used)". */
static inline size_t html_go(struct html *h, enum html_state state, size_t used)
{
	h->state = state;
	return used;
}

void html_emit_text(struct html *h, const char *p, size_t n);
void html_emit_tag(struct html *h);
void html_emit_comment(struct html *h);
void html_emit_doctype(struct html *h);
void html_tag_begin(struct html *h, bool end_tag);
void html_value_add(struct html *h, const char *p, size_t n);
/* Length of the run up to the first of the two stop characters or a NUL. */
size_t html_run(const char *p, size_t n, char stop, char stop2);
/* Text of RCDATA and its like: the run up to stop, NULs as U+FFFD; bytes used. */
size_t html_text_run(struct html *h, const char *p, size_t n, char stop, char stop2);
extern const char html_replacement[3];

#endif
