/* SPDX-License-Identifier: BSD-3-Clause */
#include "corpus.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "antisales/base/file.h"

enum { DEPTH_MAX = 16, FILE_MAX = 1024 * 1024 * 1024, NAME_MAX_BYTES = 4096 };

/* A first line that begins with a field name, or with mbox's separator. */
static bool looks_like_mail(struct slice text)
{
	struct slice line = slice_sub(text, 0, slice_find(text, '\n', 0));
	size_t colon = slice_find(line, ':', 0);

	if (slice_istarts(text, SLICE("From ")))
		return true;
	for (size_t i = 0; i < colon; i++)
		if (line.p[i] <= ' ' || line.p[i] >= 0x7f)
			return i > 0 && line.p[i] == ' ' && slice_trim(slice_sub(line, i, colon - i)).n == 0;
	return colon > 0 && colon < line.n;
}

static void visit_mail(const char *name, struct slice text, const struct corpus_visitor *v)
{
	if (looks_like_mail(text))
		v->mail(name, text, v->arg);
	else
		v->bad(name, text.n == 0 ? "is empty" : "does not begin with a header field", v->arg);
}

/* The offset of the next separator: a line "From " behind an empty line. */
static size_t next_separator(struct slice text, size_t from)
{
	for (size_t at = slice_ifind(text, SLICE("\nFrom "), from); at < text.n; at = slice_ifind(text, SLICE("\nFrom "), at + 1)) {
		bool empty_before = at > 0 && (text.p[at - 1] == '\n' || (text.p[at - 1] == '\r' && at > 1 && text.p[at - 2] == '\n'));

		if (empty_before && memcmp(text.p + at + 1, "From ", 5) == 0)
			return at + 1;
	}
	return text.n;
}

static void visit_mbox(const char *name, struct slice text, const struct corpus_visitor *v)
{
	size_t n = 0, from = 0;

	while (from < text.n) {
		size_t end = next_separator(text, from);
		char numbered[NAME_MAX_BYTES];

		snprintf(numbered, sizeof numbered, "%s#%zu", name, ++n);
		visit_mail(numbered, slice_sub(text, from, end - from), v);
		from = end;
	}
}

static void visit_file(const char *path, const struct corpus_visitor *v, struct corpus_counts *counts)
{
	struct err err = { 0 };
	struct slice text;
	struct arena a;

	counts->files++;
	arena_init(&a, 256 * 1024, (size_t)FILE_MAX + 4096);
	if (file_read(path, FILE_MAX, &a, &text, &err) < 0)
		v->bad(path, err.text, v->arg);
	else if (slice_istarts(text, SLICE("From ")) && next_separator(text, 0) < text.n)
		visit_mbox(path, text, v);
	else
		visit_mail(path, text, v);
	arena_done(&a);
}

static bool is_mail_name(struct slice dir, struct slice name)
{
	static const struct slice endings[] = { { ".eml", 4 }, { ".mbox", 5 }, { ".mbx", 4 } };

	if (slice_iends(dir, SLICE("/cur")) || slice_iends(dir, SLICE("/new")))
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (slice_iends(name, endings[i]))
			return true;
	return slice_find(name, '.', 0) == name.n;
}

struct walk {
	const struct corpus_visitor *visitor;
	struct corpus_counts *counts;
};

static void walk_folder(const struct walk *w, const char *dir, int depth);

static void walk_entry(const struct walk *w, const char *dir, struct slice name, int depth)
{
	char path[NAME_MAX_BYTES];
	struct stat st;

	if (snprintf(path, sizeof path, "%s/%.*s", dir, SLICE_FMT(name)) >= (int)sizeof path) {
		w->visitor->bad(dir, "holds a name that is too long", w->visitor->arg);
		return;
	}
	if (stat(path, &st) < 0)
		w->visitor->bad(path, strerror(errno), w->visitor->arg);
	else if (S_ISDIR(st.st_mode))
		walk_folder(w, path, depth + 1);
	else if (S_ISREG(st.st_mode) && is_mail_name(slice_of(dir), name))
		visit_file(path, w->visitor, w->counts);
	else
		w->counts->passed_over++;
}

/* Depth is bounded, so the recursion is too. */
static void walk_folder(const struct walk *w, const char *dir, int depth)
{
	const struct slice *names;
	struct err err = { 0 };
	struct arena a;
	size_t n;

	if (depth > DEPTH_MAX) {
		w->visitor->bad(dir, "is nested too deeply", w->visitor->arg);
		return;
	}
	arena_init(&a, 64 * 1024, 1024 * 1024 * 1024);
	if (file_list(dir, "", &a, &names, &n, &err) < 0)
		w->visitor->bad(dir, err.text, w->visitor->arg);
	else
		for (size_t i = 0; i < n; i++)
			walk_entry(w, dir, names[i], depth);
	arena_done(&a);
}

void corpus_walk(const char *path, const struct corpus_visitor *v, struct corpus_counts *counts)
{
	struct walk w = { v, counts };
	struct stat st;

	if (stat(path, &st) < 0)
		v->bad(path, strerror(errno), v->arg);
	else if (S_ISDIR(st.st_mode))
		walk_folder(&w, path, 0);
	else
		visit_file(path, v, counts);
}
