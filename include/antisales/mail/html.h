/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_HTML_H
#define ANTISALES_MAIL_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"

/*
 * A streaming HTML tokenizer: the tokenization stage of the WHATWG HTML
 * standard (section 13.2.5) as a push state machine, fed with valid UTF-8 in
 * pieces of any size. No tree, bounded memory. Left out on purpose: parse
 * errors, newline normalisation, CDATA outside of HTML_CDATA.
 */
enum html_token_type { HTML_TEXT, HTML_START, HTML_END, HTML_COMMENT, HTML_DOCTYPE };

struct html_attribute {
	struct slice name, value;       /* name in ASCII lower case, references in the value undone */
};

/* Valid during the call only. Text comes in pieces of any size. */
struct html_token {
	enum html_token_type type;
	struct slice name;              /* start and end tag, DOCTYPE (absent when missing); ASCII lower case */
	struct slice text;              /* text, comment */
	const struct html_attribute *attributes;
	size_t attributes_count;
	bool self_closing;
	bool force_quirks;              /* DOCTYPE */
	struct slice public_id, system_id;      /* DOCTYPE; absent when missing */
};

typedef void html_token_fn(void *arg, const struct html_token *token);

/* How the text after a start tag is read (13.2.5.1 to 13.2.5.5, 13.2.5.69). */
enum html_content { HTML_DATA, HTML_RCDATA, HTML_RAWTEXT, HTML_SCRIPT, HTML_PLAINTEXT, HTML_CDATA };

struct html_limits {
	size_t tags;                    /* start and end tags; nothing is read after them */
	size_t attributes;              /* of one tag; more are dropped */
	size_t value_bytes;             /* of one attribute value, comment or DOCTYPE identifier */
};

struct html;

/* NULL out of memory; html_free() it. token is called from html_feed and html_end. */
struct html *html_new(const struct html_limits *limits, html_token_fn *token, void *arg);
void html_free(struct html *h);                 /* NULL-safe */
/* Ready for a new document, memory kept. */
void html_begin(struct html *h);
/* From within the token function after a start tag, or before the first byte; last_start_tag may be absent. */
void html_switch(struct html *h, enum html_content content, struct slice last_start_tag);
void html_feed(struct html *h, struct slice utf8);
void html_end(struct html *h);
/* True when a limit or missing memory cut something off since html_begin. */
bool html_was_cut(const struct html *h);

/* The characters of a named reference ("amp;", "AMP", "nvap;"), absent when there is none of that exact name. */
struct slice html_entity(struct slice name);
enum { HTML_ENTITY_BYTES_MAX = 32 };            /* the longest name, its semicolon counted */

#endif
