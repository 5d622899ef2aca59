/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/catalogue/literal.h"

#include <string.h>

/* Walks the top-level concatenation of a pattern and keeps the best run seen. */
struct walk {
	struct slice pattern;
	size_t at;
	char run[LITERAL_MAX];
	size_t run_n;
	char *best;
	size_t best_n;
	int best_worth;
};

/* Runs that stand in half of all mails tell little, whatever their length. */
static int worth(struct slice run)
{
	static const char *const common[] = { ".com", ".net", ".org", "www.", "http", "mail", "email", ".php", ".html",
		"track", "open", "click", "list-", "unsub", "image", "/api/", "from", "smtp" };
	int w = (int)run.n;

	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (slice_ifind(run, slice_of(common[i]), 0) < run.n)
			w -= (int)strlen(common[i]) - 1;
	return w;
}

static void end_run(struct walk *w)
{
	struct slice run = { w->run, w->run_n };

	if (run.n >= LITERAL_MIN && (w->best_n == 0 || worth(run) > w->best_worth)) {
		memcpy(w->best, run.p, run.n);
		w->best_n = run.n;
		w->best_worth = worth(run);
	}
	w->run_n = 0;
}

static void add(struct walk *w, char c)
{
	if ((unsigned char)c >= 0x80 || c == '\n') {
		end_run(w);
		return;
	}
	if (w->run_n == LITERAL_MAX)
		end_run(w);
	w->run[w->run_n++] = ascii_lower(c);
}

/* Past the class that begins at from. */
static size_t skip_class(struct slice p, size_t from)
{
	size_t i = from + 1;

	if (i < p.n && p.p[i] == '^')
		i++;
	if (i < p.n && p.p[i] == ']')
		i++;
	while (i < p.n && p.p[i] != ']') {
		if (p.p[i] == '[' && i + 1 < p.n && p.p[i + 1] == ':') {
			size_t end = slice_ifind(p, SLICE(":]"), i + 2);

			i = end < p.n ? end + 2 : i + 1;
			continue;
		}
		i += p.p[i] == '\\' ? 2 : 1;
	}
	return i + 1;
}

/* Past the group that begins at from, its closing parenthesis included; *alternates tells of a top-level '|'. */
static size_t skip_group(struct slice p, size_t from, bool *alternates)
{
	size_t depth = 0, i = from;

	*alternates = false;
	while (i < p.n) {
		char c = p.p[i];

		if (c == '\\') {
			i += 2;
		} else if (c == '[') {
			i = skip_class(p, i);
		} else {
			depth += c == '(';
			depth -= c == ')' && depth > 0;
			*alternates = *alternates || (c == '|' && depth == 1);
			i++;
			if (depth == 0)
				return i;
		}
	}
	return p.n;
}

/* Length of a quantifier at i, 0 if none; *optional when it allows zero times. */
static size_t quantifier(struct slice p, size_t i, bool *optional)
{
	size_t n = 1;

	*optional = false;
	if (i >= p.n || strchr("?*+{", p.p[i]) == NULL)
		return 0;
	if (p.p[i] == '{') {
		if (i + 1 >= p.n || !(ascii_digit(p.p[i + 1]) || p.p[i + 1] == ','))
			return 0;
		n = slice_find(p, '}', i) - i + 1;
		*optional = p.p[i + 1] == '0' || p.p[i + 1] == ',';
	} else {
		*optional = p.p[i] != '+';
	}
	if (i + n < p.n && (p.p[i + n] == '?' || p.p[i + n] == '+'))
		n++;
	return n;
}

/* One character that matches itself: a quantifier behind it makes it optional or ends the run. */
static void literal_char(struct walk *w, char c, size_t width)
{
	bool optional;
	size_t q = quantifier(w->pattern, w->at + width, &optional);

	if (!optional)
		add(w, c);
	if (q > 0)
		end_run(w);
	w->at += width + q;
}

static void other_atom(struct walk *w, size_t end)
{
	bool optional;

	end_run(w);
	w->at = end + quantifier(w->pattern, end, &optional);
}

static bool is_plain_group(struct slice p, size_t at, size_t *body)
{
	static const char *const heads[] = { "(?:", "(?i:", "(?-i:" };

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		if (slice_istarts(slice_sub(p, at, p.n), slice_of(heads[i]))) {
			*body = at + strlen(heads[i]);
			return true;
		}
	*body = at + 1;
	if (at + 1 < p.n && p.p[at + 1] != '?' && p.p[at + 1] != '*')
		return true;
	if (slice_istarts(slice_sub(p, at, p.n), SLICE("(?<")) && at + 3 < p.n && p.p[at + 3] != '=' && p.p[at + 3] != '!') {
		*body = slice_find(p, '>', at) + 1;
		return true;
	}
	return false;
}

/* A mandatory group without alternatives is walked through in place: its parenthesis is just stepped over. */
static void group(struct walk *w)
{
	bool alternates, optional;
	size_t body, end = skip_group(w->pattern, w->at, &alternates);
	size_t q = quantifier(w->pattern, end, &optional);

	if (alternates || q > 0 || !is_plain_group(w->pattern, w->at, &body)) {
		other_atom(w, end);
		return;
	}
	end_run(w);
	w->at = body;
}

static bool is_hex_pair(struct slice s)
{
	return s.n >= 2 && ascii_hex(s.p[0]) >= 0 && ascii_hex(s.p[1]) >= 0;
}

/* Bytes of the escape at w->at; behind one that is not understood anything may follow, so the walk ends there. */
static size_t escape_width(const struct walk *w)
{
	struct slice name = slice_sub(w->pattern, w->at + 1, w->pattern.n), behind = slice_sub(name, 1, name.n);
	char c = name.n > 0 ? name.p[0] : '\0';
	bool property = c == 'p' || c == 'P';

	if ((c == 'x' || property) && slice_istarts(behind, SLICE("{")))
		return slice_find(name, '}', 0) + 2;
	if (c == 'x' && is_hex_pair(behind))
		return 4;
	if (property && behind.n > 0 && ascii_alnum(behind.p[0]))
		return 3;
	return c != '\0' && strchr("dDwWsShHvVRXbBAzZGnrtfae", c) != NULL ? 2 : name.n + 1;
}

static void escape(struct walk *w)
{
	size_t end;

	if (w->at + 1 < w->pattern.n && !ascii_alnum(w->pattern.p[w->at + 1])) {
		literal_char(w, w->pattern.p[w->at + 1], 2);
		return;
	}
	end = w->at + escape_width(w);
	other_atom(w, end < w->pattern.n ? end : w->pattern.n);
}

/* Verbs, quoted runs and patterns with white space in them follow rules of their own. */
static bool is_ordinary(struct slice p)
{
	if (slice_ifind(p, SLICE("(*"), 0) < p.n || slice_ifind(p, SLICE("\\Q"), 0) < p.n)
		return false;
	for (size_t at = 0; (at = slice_ifind(p, SLICE("(?"), at)) < p.n;) {
		at += 2;
		while (at < p.n && (ascii_alnum(p.p[at]) || p.p[at] == '^' || p.p[at] == '-'))
			if (ascii_lower(p.p[at++]) == 'x')
				return false;
	}
	return true;
}

static bool has_top_alternative(struct slice p)
{
	size_t i = 0;

	while (i < p.n) {
		bool alternates;

		if (p.p[i] == '|')
			return true;
		if (p.p[i] == '\\')
			i += 2;
		else if (p.p[i] == '[')
			i = skip_class(p, i);
		else if (p.p[i] == '(')
			i = skip_group(p, i, &alternates);
		else
			i++;
	}
	return false;
}

size_t literal_required(struct slice pattern, char out[LITERAL_MAX])
{
	struct walk w = { .pattern = pattern, .best = out };

	if (!is_ordinary(pattern) || has_top_alternative(pattern))
		return 0;
	while (w.at < pattern.n) {
		char c = pattern.p[w.at];

		if (c == '\\')
			escape(&w);
		else if (c == '[')
			other_atom(&w, skip_class(pattern, w.at));
		else if (c == '(')
			group(&w);
		else if (strchr(".^$)", c) != NULL)
			other_atom(&w, w.at + 1);
		else
			literal_char(&w, c, 1);
	}
	end_run(&w);
	return w.best_n;
}
