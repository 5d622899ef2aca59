/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/css.h"

#include <string.h>

#include "antisales/mail/charset.h"
#include "antisales/mail/element.h"
#include "antisales/mail/octet.h"

enum { PLAIN_BYTES_MAX = 8192, DECLARATIONS_MAX = 200, FAR_AWAY = 500 };

/* A CSS length: its number and whether it is relative to the font around it. */
struct length {
	bool known, relative, percent;
	double number;
};

static double read_digits(struct slice s, size_t *at, double unit, double scale)
{
	double n = 0;

	for (; *at < s.n && octet_is(s.p[*at], OCTET_DIGIT); (*at)++) {
		if (scale < 1) {
			unit *= scale;
			n += unit * (s.p[*at] - '0');
		} else if (n < 1e9) {
			n = n * 10 + (s.p[*at] - '0');
		}
	}
	return n;
}

static struct length read_length(struct slice s)
{
	struct length l = { .known = false };
	size_t at = 0, start;
	bool minus;

	s = slice_trim(s);
	minus = s.n > 0 && s.p[0] == '-';
	if (s.n > 0 && (minus || s.p[0] == '+'))
		at++;
	start = at;
	l.number = read_digits(s, &at, 1, 10);
	if (at < s.n && s.p[at] == '.') {
		at++;
		l.number += read_digits(s, &at, 1, 0.1);
	}
	l.known = at > start && octet_is(s.p[at - 1], OCTET_DIGIT);
	if (minus)
		l.number = -l.number;
	s = slice_sub(s, at, s.n);
	l.percent = s.n > 0 && s.p[0] == '%';
	l.relative = l.percent || slice_istarts(s, SLICE("em")) || slice_istarts(s, SLICE("ex"));
	return l;
}

static enum css_size size_of(struct length l)
{
	if (!l.known)
		return CSS_UNSET;
	if (l.number <= 0)
		return CSS_ZERO;
	return l.number <= 1 && !l.relative ? CSS_ONE : CSS_MORE;
}

enum css_size css_size(struct slice value)
{
	return size_of(read_length(value));
}

/* What the declarations say so far; folded into struct css at the end because later ones win. */
struct seen {
	bool none, transparent, mso, clipped, absolute, far, indented;
	enum css_size width, height, max_width, max_height;
	bool no_overflow;
	unsigned font, visibility;      /* enum effect */
};

static bool is(struct slice value, const char *word)
{
	return slice_istarts(value, slice_of(word));
}

static void read_font_size(struct slice value, struct seen *s)
{
	struct length l = read_length(value);

	if (l.known && l.number <= 1 && (!l.relative || l.number <= 0))
		s->font = EFFECT_NO_FONT;
	else if (!l.relative)
		s->font = EFFECT_FONT;
}

/* "font: 0/0 a" and the like: the first length in the shorthand is the size. */
static void read_font(struct slice value, struct seen *s)
{
	while (value.n > 0) {
		struct slice word = slice_cut(&value, ' ');

		if (read_length(word).known && read_length(word).number < 100) {
			read_font_size(word, s);
			return;
		}
	}
}

static bool is_far(struct slice value)
{
	struct length l = read_length(value);

	return l.known && (l.number <= -FAR_AWAY || (l.number <= -99 && l.relative));
}

static void read_visibility(struct slice v, struct seen *s)
{
	s->visibility = is(v, "visible") ? EFFECT_VISIBLE : is(v, "hidden") || is(v, "collapse") ? EFFECT_INVISIBLE :
	    s->visibility;
}

static void read_opacity(struct slice v, struct seen *s)
{
	struct length l = read_length(v);

	s->transparent = l.known && l.number <= (l.percent ? 1 : 0.01);
}

static void read_display(struct slice v, struct seen *s)
{
	s->none = is(v, "none");
}

static void read_mso(struct slice v, struct seen *s)
{
	s->mso = is(v, "all");
}

static void read_width(struct slice v, struct seen *s)
{
	s->width = css_size(v);
}

static void read_height(struct slice v, struct seen *s)
{
	s->height = css_size(v);
}

static void read_max_width(struct slice v, struct seen *s)
{
	s->max_width = css_size(v);
}

static void read_max_height(struct slice v, struct seen *s)
{
	s->max_height = css_size(v);
}

static void read_overflow(struct slice v, struct seen *s)
{
	s->no_overflow = is(v, "hidden") || is(v, "clip");
}

static void read_position(struct slice v, struct seen *s)
{
	s->absolute = is(v, "absolute") || is(v, "fixed");
}

static void read_place(struct slice v, struct seen *s)
{
	s->far = s->far || is_far(v);
}

static void read_indent(struct slice v, struct seen *s)
{
	s->indented = is_far(v);
}

static void read_clip(struct slice v, struct seen *s)
{
	size_t at = slice_find(v, '(', 0);

	s->clipped = is(v, "rect(") && css_size(slice_sub(v, at + 1, v.n)) <= CSS_ONE &&
	    (slice_ifind(v, SLICE("auto"), 0) == v.n);
}

#define NAME(literal) { literal, sizeof(literal) - 1 }

static const struct {
	struct slice property;
	void (*read)(struct slice value, struct seen *s);
} properties[] = {
	{ NAME("display"), read_display }, { NAME("visibility"), read_visibility },
	{ NAME("opacity"), read_opacity }, { NAME("font-size"), read_font_size },
	{ NAME("font"), read_font }, { NAME("width"), read_width }, { NAME("height"), read_height },
	{ NAME("max-width"), read_max_width }, { NAME("max-height"), read_max_height },
	{ NAME("overflow"), read_overflow }, { NAME("overflow-x"), read_overflow },
	{ NAME("overflow-y"), read_overflow }, { NAME("mso-hide"), read_mso },
	{ NAME("position"), read_position }, { NAME("left"), read_place }, { NAME("top"), read_place },
	{ NAME("text-indent"), read_indent }, { NAME("margin-left"), read_place },
	{ NAME("clip"), read_clip },
};

static void read_declaration(struct slice d, struct seen *s)
{
	struct slice name = slice_trim(slice_cut(&d, ':'));

	if (name.n < 3 || d.n == 0)
		return;
	for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
		if (name.n != properties[i].property.n || octet_lower(name.p[0]) != properties[i].property.p[0] ||
		    !slice_ieq(name, properties[i].property))
			continue;
		properties[i].read(slice_trim(d), s);
		return;
	}
}

/* "\69" and "\i" as the letter they stand for. */
static size_t undo_escape(struct slice s, size_t at, char out[4], size_t *bytes)
{
	unsigned long code = 0;
	size_t digits = 0;

	for (; digits < 6 && at < s.n && ascii_hex(s.p[at]) >= 0; at++, digits++)
		code = code * 16 + (unsigned long)ascii_hex(s.p[at]);
	if (digits > 0) {
		*bytes = charset_put(code, out);
		return at < s.n && octet_is(s.p[at], OCTET_SPACE) ? at + 1 : at;
	}
	*bytes = at < s.n ? 1 : 0;
	if (at < s.n)
		out[0] = s.p[at];
	return at + *bytes;
}

/* Without comments and escapes, where there are any; at most PLAIN_BYTES_MAX. */
static struct slice make_plain(struct slice s, char out[PLAIN_BYTES_MAX])
{
	size_t n = 0, at = 0;

	if (s.n == 0 || (memchr(s.p, '\\', s.n) == NULL && memchr(s.p, '*', s.n) == NULL))
		return s;
	while (at < s.n && n + 4 <= PLAIN_BYTES_MAX) {
		size_t bytes = 1;

		if (s.p[at] == '\\') {
			at = undo_escape(s, at + 1, out + n, &bytes);
			n += bytes;
		} else if (s.p[at] == '/' && at + 1 < s.n && s.p[at + 1] == '*') {
			const char *end = memmem(s.p + at + 2, s.n - at - 2, "*/", 2);

			at = end == NULL ? s.n : (size_t)(end - s.p) + 2;
		} else {
			out[n++] = s.p[at++];
		}
	}
	return (struct slice){ out, n };
}

static enum css_size smaller(enum css_size size, enum css_size max)
{
	return max == CSS_UNSET || (size != CSS_UNSET && size < max) ? size : max;
}

/* No room to show anything in; without no_overflow the contents would stick out. */
static bool is_flat(const struct css *c)
{
	return c->width == CSS_ZERO || c->height == CSS_ZERO || (c->width == CSS_ONE && c->height == CSS_ONE);
}

static void sum_up(const struct seen *s, struct css *ret)
{
	ret->width = smaller(s->width, s->max_width == CSS_MORE ? CSS_UNSET : s->max_width);
	ret->height = smaller(s->height, s->max_height == CSS_MORE ? CSS_UNSET : s->max_height);
	ret->hides_box = s->none || s->transparent || s->mso || (s->no_overflow && is_flat(ret)) ||
	    (s->absolute && (s->clipped || s->far)) || s->indented || s->visibility == EFFECT_INVISIBLE;
	ret->effects = s->font | s->visibility;
	if (ret->hides_box && s->visibility != EFFECT_INVISIBLE)
		ret->effects |= EFFECT_HIDE;
}

void css_read(struct slice declarations, struct css *ret)
{
	char plain[PLAIN_BYTES_MAX];
	struct slice rest = make_plain(declarations, plain);
	struct seen s = { .none = false };

	for (size_t i = 0; rest.n > 0 && i < DECLARATIONS_MAX; i++)
		read_declaration(slice_cut(&rest, ';'), &s);
	sum_up(&s, ret);
}

/* "url(" or "@import" ending before that bracket or quote. */
static bool opens_url(struct slice t, size_t at)
{
	size_t n = at;

	if (t.p[at] == '(')
		return at >= 3 && slice_ieq(slice_sub(t, at - 3, 3), SLICE("url")) &&
		    (at == 3 || !octet_is(t.p[at - 4], OCTET_HOST));
	while (n > 0 && octet_is(t.p[n - 1], OCTET_SPACE) && at - n < 16)
		n--;
	return n >= 7 && slice_ieq(slice_sub(t, n - 7, 7), SLICE("@import"));
}

bool css_next_url(struct slice t, size_t *at, struct slice *url)
{
	for (size_t i = *at; i < t.n; i++) {
		size_t from = i + 1, end;
		char stop = t.p[i];

		if ((stop != '(' && stop != '"' && stop != '\'') || !opens_url(t, i))
			continue;
		if (stop == '(') {
			stop = ')';
			while (from < t.n && octet_is(t.p[from], OCTET_SPACE))
				from++;
			if (from < t.n && (t.p[from] == '"' || t.p[from] == '\''))
				stop = t.p[from++];
		}
		end = slice_find(t, stop, from);
		*url = slice_trim(slice_sub(t, from, end - from));
		*at = end < t.n ? end + 1 : end;
		return true;
	}
	*at = t.n;
	return false;
}
