/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_YAML_H
#define ANTISALES_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * Sole user of libyaml. A file becomes a tree of scalars, lists and maps; what
 * a scalar means is decided by whoever asks for it, so "no", "1.0" and "010"
 * are the words they look like. Refused: anchors and aliases, tags, duplicate
 * keys, several documents, depth over 32, files over 4 MiB, over 400 000 nodes.
 */
enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column;          /* 1-based */
	struct slice scalar;            /* YAML_SCALAR; terminated by NUL */
	size_t count;                   /* items of a list, pairs of a map */
	const struct yaml_node **keys;  /* YAML_MAP: scalars */
	const struct yaml_node **items; /* list items, or the values of a map */
};

/* The tree lives in the arena. E_SYNTAX with line and column, E_IO, E_NOMEM, E_LIMIT. An empty file is an
 * empty map. The error's text does not name the file: callers wrap it. */
int yaml_load(const char *path, struct arena *a, const struct yaml_node **ret, struct err *reterr);
int yaml_parse(struct slice text, struct arena *a, const struct yaml_node **ret, struct err *reterr);

/* "file:line:column: message" out of an error that yaml_load or a reader of its tree set; returns the code. */
int yaml_err_place(struct err *e, const char *path);

/* The value of key, NULL when it is missing. map may be NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* All keys of map must be among the words; the error names the nearest one. */
int yaml_check_keys(const struct yaml_node *map, const char *const *words, size_t count, const char *what,
    struct err *reterr);

/* Readers: node may be NULL, then *ret keeps its default and the result is E_OK. */
int yaml_text(const struct yaml_node *node, struct slice *ret, struct err *reterr);
int yaml_int(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret, struct err *reterr);
int yaml_number(const struct yaml_node *node, double min, double max, double *ret, struct err *reterr);
int yaml_bool(const struct yaml_node *node, bool *ret, struct err *reterr);          /* yes, no, true, false */
int yaml_span(const struct yaml_node *node, int64_t *ret_seconds, struct err *reterr); /* 90s, 15m, 12h, 30d, 4w */
/* The index of the scalar among the words. */
int yaml_word(const struct yaml_node *node, const char *const *words, size_t count, int *ret, struct err *reterr);
/* A scalar or a list of scalars; *ret is an array in the arena. */
int yaml_texts(const struct yaml_node *node, struct arena *a, const struct slice **ret, size_t *ret_count,
    struct err *reterr);

#endif
