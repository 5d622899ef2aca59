/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/visible.h"

#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/mail/content.h"
#include "antisales/mail/css.h"
#include "antisales/mail/element.h"
#include "antisales/mail/html.h"
#include "antisales/mail/octet.h"
#include "antisales/mail/quote.h"

enum { SHEET_BYTES_MAX = 65536, SRCSET_MAX = 16 };

struct visible {
	struct html *html;
	struct visible_out *out;
	struct open_elements open;
	struct buf base_bytes;          /* of <base href> */
	struct url base;                /* its url.p is NULL as long as there is none */
	struct buf sheet;               /* text of the open <style> */
	size_t url_bytes;
	size_t offset;
	bool links_only, in_sheet, marked;
};

/* A start tag while its attributes are looked at. */
struct tag {
	const struct html_token *token;
	const struct element *element;
	struct css css;
	unsigned effects;
	unsigned state;                 /* effects around and on the element */
	bool quote_rest;
};

static html_token_fn on_token;

struct visible *visible_new(const struct mail_limits *limits, struct visible_out *out)
{
	struct visible *v = alloc_zeroed(1, sizeof *v);
	struct html_limits l = { limits->html_tags, limits->html_attributes, limits->url_bytes };

	if (v == NULL)
		return NULL;
	v->out = out;
	v->url_bytes = limits->url_bytes;
	buf_init(&v->base_bytes, 2 * limits->url_bytes);
	buf_init(&v->sheet, SHEET_BYTES_MAX);
	v->html = html_new(&l, on_token, v);
	if (v->html != NULL)
		return v;
	visible_free(v);
	return NULL;
}

void visible_free(struct visible *v)
{
	if (v == NULL)
		return;
	html_free(v->html);
	buf_done(&v->base_bytes);
	buf_done(&v->sheet);
	free(v);
}

void visible_begin(struct visible *v, bool links_only)
{
	html_begin(v->html);
	v->open.count = v->open.beyond = 0;
	v->base = (struct url){ 0 };
	v->links_only = links_only;
	v->in_sheet = v->marked = false;
	v->offset = 0;
}

void visible_at(struct visible *v, size_t offset)
{
	v->offset = offset;
}

static struct slice attribute(const struct html_token *t, struct slice name)
{
	for (size_t i = 0; i < t->attributes_count; i++)
		if (t->attributes[i].name.n == name.n && t->attributes[i].name.p[0] == name.p[0] &&
		    slice_eq(t->attributes[i].name, name))
			return t->attributes[i].value;
	return (struct slice){ 0 };
}

static void add_link(struct visible *v, const struct tag *t, struct slice raw, unsigned place)
{
	unsigned places = place;

	if ((t->state & (EFFECT_HIDE | EFFECT_INVISIBLE)) != 0 || t->css.hides_box)
		places |= LINK_HIDDEN;          /* font-size: 0 is not asked: it hides no picture in a link */
	if ((t->state & EFFECT_QUOTE) != 0)
		places |= LINK_QUOTED;
	found_add(&v->out->found, raw, v->base.url.p == NULL ? NULL : &v->base, places,
	    v->links_only ? v->offset : fold_offset(&v->out->text));
}

/* Whether following or loading it leaves the mail: then it counts as an image from the net. */
static bool is_remote(const struct visible *v, struct slice raw)
{
	struct slice scheme;

	raw = slice_trim(raw);
	if (raw.n > 8 && (memcmp(raw.p, "https://", 8) == 0 || memcmp(raw.p, "http://", 7) == 0))
		return true;
	scheme = slice_sub(raw, 0, 12);
	if (slice_istarts(raw, SLICE("http:")) || slice_istarts(raw, SLICE("https:")) ||
	    slice_istarts(raw, SLICE("//")))
		return true;
	return v->base.url.p != NULL && raw.n > 0 && slice_find(scheme, ':', 0) == scheme.n;
}

static bool is_pixel(const struct tag *t)
{
	enum css_size w = t->css.width, h = t->css.height;

	if (w == CSS_UNSET)
		w = css_size(attribute(t->token, SLICE("width")));
	if (h == CSS_UNSET)
		h = css_size(attribute(t->token, SLICE("height")));
	if (t->css.hides_box || (t->state & (EFFECT_HIDE | EFFECT_INVISIBLE)) != 0)
		return true;
	return w == CSS_ZERO || h == CSS_ZERO || (w == CSS_ONE && h == CSS_ONE);
}

static void add_image(struct visible *v, const struct tag *t, struct slice raw)
{
	bool pixel = is_pixel(t);

	add_link(v, t, raw, LINK_IMAGE | (pixel ? LINK_PIXEL : 0));
	if (!is_remote(v, raw))
		return;
	v->out->images++;
	v->out->pixels += pixel;
}

/* "a.png 1x, b.png 2x" */
static void add_srcset(struct visible *v, const struct tag *t, struct slice set)
{
	for (unsigned i = 0; i < SRCSET_MAX && set.n > 0; i++) {
		size_t end = 0;

		set = slice_trim(set);
		while (end < set.n && !octet_is(set.p[end], OCTET_SPACE))
			end++;
		add_link(v, t, slice_sub(set, 0, end > 0 && set.p[end - 1] == ',' ? end - 1 : end), LINK_IMAGE);
		set = slice_sub(set, end, set.n);
		(void)slice_cut(&set, ',');
	}
}

static void add_css_urls(struct visible *v, const struct tag *t, struct slice css, bool counts)
{
	struct slice url;
	size_t at = 0;

	while (css_next_url(css, &at, &url)) {
		if (counts)
			add_image(v, t, url);
		else
			add_link(v, t, url, LINK_IMAGE);
	}
}

/* "0; url=http://..." */
static void add_refresh(struct visible *v, const struct tag *t, struct slice content)
{
	size_t at = slice_ifind(content, SLICE("url"), 0);
	struct slice url = slice_trim(slice_sub(content, at + 3, content.n));

	if (at == content.n)
		return;
	if (url.n > 0 && url.p[0] == '=')
		url = slice_trim(slice_sub(url, 1, url.n));
	if (url.n > 0 && (url.p[0] == '"' || url.p[0] == '\'')) {
		char quote = url.p[0];

		url = slice_sub(url, 1, url.n);
		url.n = slice_find(url, quote, 0);
	}
	add_link(v, t, url, LINK_HREF);
}

static void set_base(struct visible *v, struct slice href)
{
	if (v->base.url.p != NULL || href.n == 0)
		return;
	if (url_parse(href, NULL, &v->base_bytes, &v->base) != URL_WEB)
		v->base = (struct url){ 0 };
}

static bool is_named(const struct tag *t, const char *name)
{
	return t->element != NULL && strcmp(t->element->name, name) == 0;
}

static bool loads(const struct tag *t)
{
	return t->element != NULL && (t->element->traits & ELEMENT_LOADS) != 0;
}

static void read_href(struct visible *v, struct tag *t, struct slice value)
{
	if (is_named(t, "base"))
		set_base(v, value);
	else
		add_link(v, t, value, loads(t) ? LINK_IMAGE : LINK_HREF);
}

static void read_src(struct visible *v, struct tag *t, struct slice value)
{
	if (loads(t) && !is_named(t, "script"))
		add_image(v, t, value);
	else
		add_link(v, t, value, LINK_IMAGE);
}

static void read_image(struct visible *v, struct tag *t, struct slice value)
{
	add_image(v, t, value);
}

static void read_link(struct visible *v, struct tag *t, struct slice value)
{
	add_link(v, t, value, LINK_HREF);
}

static void read_srcset(struct visible *v, struct tag *t, struct slice value)
{
	add_srcset(v, t, value);
}

static void read_style(struct visible *v, struct tag *t, struct slice value)
{
	if (slice_find(value, '(', 0) < value.n)
		add_css_urls(v, t, value, true);
}

static void read_content(struct visible *v, struct tag *t, struct slice value)
{
	if (is_named(t, "meta") && slice_ieq(slice_trim(attribute(t->token, SLICE("http-equiv"))), SLICE("refresh")))
		add_refresh(v, t, value);
}

/* Attributes that hold URLs. */
static const struct {
	const char *name;
	void (*read)(struct visible *v, struct tag *t, struct slice value);
} attributes[] = {
	{ "href", read_href }, { "src", read_src }, { "style", read_style }, { "background", read_image },
	{ "action", read_link }, { "formaction", read_link }, { "srcset", read_srcset }, { "poster", read_image },
	{ "content", read_content }, { "data", read_image }, { "xlink:href", read_href }, { "lowsrc", read_image },
	{ "dynsrc", read_image }, { "ping", read_link },
};

static void read_urls(struct visible *v, struct tag *t)
{
	for (size_t i = 0; i < t->token->attributes_count; i++) {
		const struct html_attribute *a = &t->token->attributes[i];

		for (size_t k = 0; a->value.n > 0 && k < sizeof attributes / sizeof *attributes; k++) {
			if (a->name.p[0] != attributes[k].name[0] || !slice_eq(a->name, slice_of(attributes[k].name)))
				continue;
			attributes[k].read(v, t, a->value);
			break;
		}
	}
}

/* Class names and ids with which mail programs wrap what they quote, and those that start a quoted rest. */
static bool is_any(struct slice name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (name.p[0] == **words && slice_eq(name, slice_of(*words)))
			return true;
	return false;
}

static bool has_any_word(struct slice list, const char *const *words)
{
	size_t end;

	for (size_t at = 0; at < list.n; at = end + 1) {
		for (end = at; end < list.n && !octet_is(list.p[end], OCTET_SPACE);)
			end++;
		if (end > at && is_any(slice_sub(list, at, end - at), words))
			return true;
	}
	return false;
}

static void read_quoting(struct tag *t)
{
	static const char *const quoted[] = { "gmail_quote", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote",
		"zmail_extra", "tutanota_quote", "moz-forward-container", "gmail_quote_container", NULL };
	static const char *const rest[] = { "divRplyFwdMsg", "appendonsend", "OutlookMessageHeader",
		"mail-editor-reference-message-container", "stopSpelling", NULL };
	struct slice class = attribute(t->token, SLICE("class")), id = attribute(t->token, SLICE("id"));

	if (is_named(t, "blockquote") && slice_ieq(slice_trim(attribute(t->token, SLICE("type"))), SLICE("cite")))
		t->effects |= EFFECT_QUOTE;
	if (has_any_word(class, quoted))
		t->effects |= EFFECT_QUOTE;
	t->quote_rest = has_any_word(id, rest) || has_any_word(class, rest);
}

/* What the tag's attributes say about its text. */
static void read_effects(struct visible *v, struct tag *t)
{
	struct slice style = attribute(t->token, SLICE("style"));
	unsigned traits = t->element == NULL ? 0 : t->element->traits;

	if (style.n > 0)
		css_read(style, &t->css);
	t->effects = t->css.effects;
	if (attribute(t->token, SLICE("hidden")).p != NULL) {
		t->effects |= EFFECT_HIDE;
		t->css.hides_box = true;
	}
	if (is_named(t, "font") && attribute(t->token, SLICE("size")).n > 0)
		t->effects |= EFFECT_FONT;
	if ((traits & ELEMENT_SILENT) != 0)
		t->effects |= EFFECT_SILENT;
	if ((traits & ELEMENT_LINES) != 0)
		t->effects |= EFFECT_LINES;
	if (t->token->attributes_count > 0)
		read_quoting(t);
	t->state = open_inside(open_state(&v->open), t->effects);
}

/* The gap that an element's start or end leaves in the text. */
static void add_gap(struct visible *v, const struct element *e)
{
	if (e == NULL || v->links_only || (e->traits & (ELEMENT_LINE | ELEMENT_CELL)) == 0)
		return;
	if ((e->traits & ELEMENT_LINE) != 0) {
		fold_line(&v->out->text);
		fold_line(&v->out->hidden);
	} else {
		fold_space(&v->out->text);
		fold_space(&v->out->hidden);
	}
}

static void on_start(struct visible *v, const struct html_token *token)
{
	struct tag t = { .token = token, .element = element_find(token->name) };

	if (token->attributes_count > 0 || (t.element != NULL && t.element->content != HTML_DATA) ||
	    (t.element != NULL && (t.element->traits & (ELEMENT_SILENT | ELEMENT_LINES)) != 0))
		read_effects(v, &t);
	else
		t.state = open_state(&v->open);
	add_gap(v, t.element);
	if (t.quote_rest && !v->links_only)
		fold_mark(&v->out->text, QUOTE_REST);
	read_urls(v, &t);
	open_push(&v->open, token->name, t.element, t.effects);
	if ((t.effects & EFFECT_HIDDEN) != 0)
		fold_line(&v->out->hidden);
	if (t.element == NULL || t.element->content == HTML_DATA)
		return;
	html_switch(v->html, t.element->content, (struct slice){ 0 });
	v->in_sheet = is_named(&t, "style");
	buf_clear(&v->sheet);
}

static void on_end(struct visible *v, const struct html_token *token)
{
	const struct element *e = element_find(token->name);
	struct tag t = { .token = token, .element = e };

	if (v->in_sheet) {
		v->in_sheet = false;
		add_css_urls(v, &t, buf_slice(&v->sheet), false);
	}
	add_gap(v, e);
	open_pop(&v->open, token->name, e);
}

static void on_text(struct visible *v, struct slice text)
{
	unsigned state = open_state(&v->open);
	bool quoted = (state & EFFECT_QUOTE) != 0;

	if (v->in_sheet)
		buf_add(&v->sheet, text);
	if ((state & EFFECT_SILENT) != 0 || v->links_only)
		return;
	if ((state & EFFECT_HIDDEN) != 0) {
		fold_add(&v->out->hidden, text, FOLD_RUNNING);
		return;
	}
	if (quoted != v->marked && slice_trim(text).n > 0) {
		fold_mark(&v->out->text, quoted ? QUOTE_BEGIN : QUOTE_END);
		v->marked = quoted;
		while (octet_is(text.p[0], OCTET_SPACE))
			text = slice_sub(text, 1, text.n);
	}
	fold_add(&v->out->text, text, (state & EFFECT_LINES) != 0 ? FOLD_LINES : FOLD_RUNNING);
}

static void on_token(void *arg, const struct html_token *token)
{
	struct visible *v = arg;

	switch (token->type) {
	case HTML_START:
		on_start(v, token);
		break;
	case HTML_END:
		on_end(v, token);
		break;
	case HTML_TEXT:
		on_text(v, token->text);
		break;
	case HTML_COMMENT:
	case HTML_DOCTYPE:
		break;
	}
}

void visible_feed(struct visible *v, struct slice utf8)
{
	html_feed(v->html, utf8);
}

void visible_end(struct visible *v)
{
	html_end(v->html);
	if (v->in_sheet) {
		struct tag t = { .token = &(struct html_token){ .type = HTML_END } };

		add_css_urls(v, &t, buf_slice(&v->sheet), false);
	}
}

bool visible_was_cut(const struct visible *v)
{
	return html_was_cut(v->html);
}
