/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_LABELS_H
#define CLI_LABELS_H

#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * What people said of some mails: a file of lines "path<TAB>label" (or a comma
 * for the tab), '#' begins a comment. With a first line of column names, the
 * columns path, label and every one that begins with "platforms" are used; a
 * platforms column holds ids with commas or semicolons, "-" for none.
 */
struct label_row {
	struct slice path, label;
	struct slice platforms[2];      /* absent when there is no such column */
};

struct labels {
	struct label_row *rows;         /* sorted by path */
	size_t count;
	struct slice *names;            /* distinct labels, sorted */
	size_t names_count;
	size_t platform_columns;
};

int labels_load(const char *path, struct arena *a, struct labels *ret, struct err *reterr);
/* The row whose path is the end of name, at a folder's edge; NULL when there is none. */
const struct label_row *labels_find(const struct labels *l, struct slice name);
/* The index of a label among the names. */
size_t labels_index(const struct labels *l, struct slice label);

#endif
