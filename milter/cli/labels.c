/* SPDX-License-Identifier: BSD-3-Clause */
#include "labels.h"

#include <stdlib.h>

#include "antisales/base/file.h"

enum { FILE_MAX = 256 * 1024 * 1024, COLUMNS_MAX = 32 };

/* Which column holds what. */
struct columns {
	size_t path, label, platforms[2], platforms_count;
};

static size_t split(struct slice line, struct slice out[COLUMNS_MAX])
{
	char sep = slice_find(line, '\t', 0) < line.n ? '\t' : ',';
	size_t n = 0;

	while (n < COLUMNS_MAX && line.p != NULL) {
		bool more = slice_find(line, sep, 0) < line.n;

		out[n++] = slice_trim(slice_cut(&line, sep));
		if (!more)
			break;
	}
	return n;
}

/* True when the line names columns; then *c says which. */
static bool read_head(struct slice line, struct columns *c)
{
	struct slice cell[COLUMNS_MAX];
	size_t n = split(line, cell), path = n, label = n;

	for (size_t i = 0; i < n; i++) {
		if (slice_ieq(cell[i], SLICE("path")) || slice_ieq(cell[i], SLICE("file")))
			path = i;
		else if (slice_ieq(cell[i], SLICE("label")))
			label = i;
	}
	if (path == n || label == n)
		return false;
	*c = (struct columns){ .path = path, .label = label };
	for (size_t i = 0; i < n; i++)
		if (slice_istarts(cell[i], SLICE("platforms")) && c->platforms_count < 2)
			c->platforms[c->platforms_count++] = i;
	return true;
}

static int by_path(const void *x, const void *y)
{
	const struct label_row *a = x, *b = y;

	return slice_cmp(a->path, b->path);
}

static int by_bytes(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;

	return slice_cmp(*a, *b);
}

static int collect_names(struct labels *l, struct arena *a, struct err *reterr)
{
	size_t n = 0;

	l->names = arena_array(a, l->count, sizeof *l->names);
	if (l->names == NULL)
		return err_set(reterr, E_NOMEM, "no memory for %zu labels", l->count);
	for (size_t i = 0; i < l->count; i++)
		l->names[i] = l->rows[i].label;
	if (l->count > 0)
		qsort(l->names, l->count, sizeof *l->names, by_bytes);
	for (size_t i = 0; i < l->count; i++)
		if (i == 0 || !slice_eq(l->names[i], l->names[n - 1]))
			l->names[n++] = l->names[i];
	l->names_count = n;
	return E_OK;
}

static int read_row(struct slice line, const struct columns *c, unsigned number, struct label_row *ret, struct err *reterr)
{
	struct slice cell[COLUMNS_MAX];
	size_t n = split(line, cell);

	if (c->path >= n || c->label >= n || cell[c->path].n == 0 || cell[c->label].n == 0)
		return err_set(reterr, E_SYNTAX, "line %u has no path and label, separated by a tab or comma", number);
	*ret = (struct label_row){ .path = cell[c->path], .label = cell[c->label] };
	for (size_t i = 0; i < c->platforms_count; i++)
		ret->platforms[i] = c->platforms[i] < n ? cell[c->platforms[i]] : SLICE("-");
	return E_OK;
}

int labels_load(const char *path, struct arena *a, struct labels *ret, struct err *reterr)
{
	struct columns c = { .path = 0, .label = 1 };
	struct slice text, rest;
	unsigned number = 0;
	size_t lines = 1;
	int rc = file_read(path, FILE_MAX, a, &text, reterr);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	*ret = (struct labels){ .rows = arena_array(a, lines, sizeof *ret->rows) };
	if (ret->rows == NULL)
		return err_set(reterr, E_NOMEM, "no memory for %zu labels", lines);
	for (rest = text; rest.n > 0;) {
		struct slice line = slice_trim(slice_cut(&rest, '\n'));

		if (++number == 1 && read_head(line, &c))
			continue;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		rc = read_row(line, &c, number, &ret->rows[ret->count], reterr);
		if (rc < 0)
			return err_wrap(reterr, "%s", path);
		ret->count++;
	}
	ret->platform_columns = c.platforms_count;
	if (ret->count > 0)
		qsort(ret->rows, ret->count, sizeof *ret->rows, by_path);
	return collect_names(ret, a, reterr);
}

const struct label_row *labels_find(const struct labels *l, struct slice name)
{
	while (l->count > 0 && name.n > 0) {
		struct label_row key = { .path = name };
		const struct label_row *hit = bsearch(&key, l->rows, l->count, sizeof *l->rows, by_path);
		size_t slash;

		if (hit != NULL)
			return hit;
		slash = slice_find(name, '/', 0);
		name = slash == name.n ? SLICE("") : slice_sub(name, slash + 1, name.n);
	}
	return NULL;
}

size_t labels_index(const struct labels *l, struct slice label)
{
	const struct slice *hit = bsearch(&label, l->names, l->names_count, sizeof label, by_bytes);

	return hit == NULL ? 0 : (size_t)(hit - l->names);
}
