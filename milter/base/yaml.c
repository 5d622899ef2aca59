/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "antisales/base/clock.h"
#include "antisales/base/file.h"
#include "antisales/base/word.h"

enum { DEPTH_MAX = 32, NODES_MAX = 400000, FILE_MAX = 4 * 1024 * 1024 };

/* A container that is being filled; the finished arrays go to the arena. */
struct frame {
	struct yaml_node *node;
	const struct yaml_node **items;
	size_t count, room;
};

struct builder {
	struct arena *arena;
	struct err *err;
	struct frame stack[DEPTH_MAX];
	size_t depth;
	size_t nodes;
	const struct yaml_node *root;
};

static int place(struct builder *b, const yaml_mark_t *m, const char *text)
{
	return err_at(b->err, (unsigned)m->line + 1, (unsigned)m->column + 1, "%s", text);
}

static int frame_add(struct builder *b, const struct yaml_node *n)
{
	struct frame *f;

	if (b->depth == 0) {
		b->root = n;
		return E_OK;
	}
	f = &b->stack[b->depth - 1];
	if (f->count == f->room) {
		size_t room = f->room == 0 ? 8 : f->room * 2;
		const struct yaml_node **grown = arena_array(b->arena, room, sizeof *grown);

		if (grown == NULL)
			return err_set(b->err, E_NOMEM, "no memory for a list of %zu items", room);
		if (f->count > 0)
			memcpy(grown, f->items, f->count * sizeof *grown);
		f->items = grown;
		f->room = room;
	}
	f->items[f->count++] = n;
	return E_OK;
}

static struct yaml_node *node_new(struct builder *b, enum yaml_kind kind, const yaml_mark_t *m)
{
	struct yaml_node *n;

	if (++b->nodes > NODES_MAX) {
		place(b, m, "too many entries in one file");
		return NULL;
	}
	n = arena_alloc(b->arena, sizeof *n);
	if (n == NULL) {
		err_set(b->err, E_NOMEM, "no memory for the file's contents");
		return NULL;
	}
	n->kind = kind;
	n->line = (unsigned)m->line + 1;
	n->column = (unsigned)m->column + 1;
	return n;
}

static int on_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct yaml_node *n = node_new(b, YAML_SCALAR, &ev->start_mark);

	if (n == NULL)
		return E_LIMIT;
	n->scalar = arena_dup(b->arena,
	    (struct slice){ (const char *)ev->data.scalar.value, ev->data.scalar.length });
	if (n->scalar.p == NULL)
		return err_set(b->err, E_NOMEM, "no memory for the file's contents");
	return frame_add(b, n);
}

static int on_open(struct builder *b, const yaml_event_t *ev, enum yaml_kind kind)
{
	struct yaml_node *n;

	if (b->depth == DEPTH_MAX)
		return place(b, &ev->start_mark, "nested deeper than 32 levels");
	n = node_new(b, kind, &ev->start_mark);
	if (n == NULL)
		return E_LIMIT;
	b->stack[b->depth++] = (struct frame){ .node = n };
	return E_OK;
}

static int compare_keys(const void *x, const void *y)
{
	const struct yaml_node *const *a = x, *const *b = y;

	return slice_cmp((*a)->scalar, (*b)->scalar);
}

static int refuse_duplicates(struct builder *b, const struct yaml_node *map)
{
	const struct yaml_node **sorted = arena_array(b->arena, map->count, sizeof *sorted);

	if (sorted == NULL)
		return err_set(b->err, E_NOMEM, "no memory for a map of %zu keys", map->count);
	if (map->count > 0)
		memcpy(sorted, map->keys, map->count * sizeof *sorted);
	qsort(sorted, map->count, sizeof *sorted, compare_keys);
	for (size_t i = 1; i < map->count; i++) {
		const struct yaml_node *one = sorted[i - 1], *two = sorted[i];
		const struct yaml_node *later = one->line > two->line ? one : two;
		const struct yaml_node *first = one->line > two->line ? two : one;

		if (slice_eq(one->scalar, two->scalar))
			return err_at(b->err, later->line, later->column, "\"%.*s\" is given twice, first in line %u",
			    SLICE_FMT(later->scalar), first->line);
	}
	return E_OK;
}

/* Pairs lie in the frame as key, value, key, value. */
static int close_map(struct builder *b, struct frame *f)
{
	struct yaml_node *n = f->node;

	n->count = f->count / 2;
	n->keys = arena_array(b->arena, n->count, sizeof *n->keys);
	n->items = arena_array(b->arena, n->count, sizeof *n->items);
	if (n->keys == NULL || n->items == NULL)
		return err_set(b->err, E_NOMEM, "no memory for a map of %zu keys", n->count);
	for (size_t i = 0; i < n->count; i++) {
		n->keys[i] = f->items[2 * i];
		n->items[i] = f->items[2 * i + 1];
		if (n->keys[i]->kind != YAML_SCALAR)
			return err_at(b->err, n->keys[i]->line, n->keys[i]->column, "a key must be a word");
	}
	return refuse_duplicates(b, n);
}

static int on_close(struct builder *b)
{
	struct frame *f = &b->stack[--b->depth];

	if (f->node->kind == YAML_MAP) {
		int rc = close_map(b, f);

		if (rc < 0)
			return rc;
	} else {
		f->node->count = f->count;
		f->node->items = f->items;
	}
	return frame_add(b, f->node);
}

static bool has_anchor_or_tag(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return ev->data.scalar.anchor != NULL || ev->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return ev->data.sequence_start.anchor != NULL || ev->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return ev->data.mapping_start.anchor != NULL || ev->data.mapping_start.tag != NULL;
	default:
		return ev->type == YAML_ALIAS_EVENT;
	}
}

static int on_event(struct builder *b, const yaml_event_t *ev)
{
	if (has_anchor_or_tag(ev))
		return place(b, &ev->start_mark, "anchors, aliases and tags are not used in these files");
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return b->root != NULL ? place(b, &ev->start_mark, "a second document in one file") : E_OK;
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, ev, YAML_LIST);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, ev, YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(b);
	default:
		return E_OK;
	}
}

static int run(yaml_parser_t *parser, struct builder *b)
{
	for (;;) {
		yaml_event_t ev;
		bool last;
		int rc;

		if (!yaml_parser_parse(parser, &ev)) {
			const char *why = parser->problem == NULL ? "not valid YAML" : parser->problem;

			return parser->error == YAML_MEMORY_ERROR
			    ? err_set(b->err, E_NOMEM, "no memory to read the file")
			    : place(b, &parser->problem_mark, why);
		}
		last = ev.type == YAML_STREAM_END_EVENT;
		rc = on_event(b, &ev);
		yaml_event_delete(&ev);
		if (rc < 0 || last)
			return rc;
	}
}

int yaml_parse(struct slice text, struct arena *a, const struct yaml_node **ret, struct err *reterr)
{
	static const struct yaml_node empty = { .kind = YAML_MAP, .line = 1, .column = 1 };
	struct builder b = { .arena = a, .err = reterr };
	yaml_parser_t parser;
	int rc;

	if (!yaml_parser_initialize(&parser))
		return err_set(reterr, E_NOMEM, "no memory to read the file");
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)(text.n == 0 ? "" : text.p), text.n);
	rc = run(&parser, &b);
	yaml_parser_delete(&parser);
	if (rc < 0)
		return rc;
	if (b.root == NULL || (b.root->kind == YAML_SCALAR && b.root->scalar.n == 0))
		b.root = &empty;
	*ret = b.root;
	return E_OK;
}

int yaml_load(const char *path, struct arena *a, const struct yaml_node **ret, struct err *reterr)
{
	struct slice text;
	int rc = file_read(path, FILE_MAX, a, &text, reterr);

	return rc < 0 ? rc : yaml_parse(text, a, ret, reterr);
}

int yaml_err_place(struct err *e, const char *path)
{
	if (e == NULL)
		return E_SYNTAX;
	if (e->placed)
		return e->code;
	if (e->line > 0) {
		unsigned line = e->line, column = e->column;

		err_wrap(e, "%s:%u:%u", path, line, column);
		e->placed = true;
	} else if (e->code != E_IO && e->code != E_ABSENT) {
		err_wrap(e, "%s", path);
	}
	return e->code;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (slice_eq(map->keys[i]->scalar, slice_of(key)))
			return map->items[i];
	return NULL;
}

static int unknown_word(const struct yaml_node *n, const char *what, const char *const *words, size_t count,
    struct err *reterr)
{
	const char *near = word_nearest_in(n->scalar, words, count);

	if (near == NULL)
		return err_at(reterr, n->line, n->column, "unknown %s \"%.*s\"", what, SLICE_FMT(slice_sub(n->scalar, 0, 60)));
	return err_at(reterr, n->line, n->column, "unknown %s \"%.*s\", did you mean \"%s\"?", what,
	    SLICE_FMT(slice_sub(n->scalar, 0, 60)), near);
}

static bool among(struct slice s, const char *const *words, size_t count, int *ret)
{
	size_t at = slice_among(s, words, count);

	if (at < count)
		*ret = (int)at;
	return at < count;
}

int yaml_check_keys(const struct yaml_node *map, const char *const *words, size_t count, const char *what,
    struct err *reterr)
{
	if (map->kind != YAML_MAP)
		return err_at(reterr, map->line, map->column, "%s must be a map of keys and values", what);
	for (size_t i = 0; i < map->count; i++) {
		char key_of[96];
		int at;

		snprintf(key_of, sizeof key_of, "key in %s", what);
		if (!among(map->keys[i]->scalar, words, count, &at))
			return unknown_word(map->keys[i], key_of, words, count, reterr);
	}
	return E_OK;
}

int yaml_text(const struct yaml_node *node, struct slice *ret, struct err *reterr)
{
	if (node == NULL)
		return E_OK;
	if (node->kind != YAML_SCALAR)
		return err_at(reterr, node->line, node->column, "one value is expected here");
	*ret = node->scalar;
	return E_OK;
}

int yaml_number(const struct yaml_node *node, double min, double max, double *ret, struct err *reterr)
{
	char *end;
	double n;

	if (node == NULL)
		return E_OK;
	errno = 0;
	if (node->kind != YAML_SCALAR || node->scalar.n == 0
	    || (n = strtod(node->scalar.p, &end), *end != '\0' || errno != 0 || !(n >= min && n <= max)))
		return err_at(reterr, node->line, node->column, "a number from %g to %g is expected here", min, max);
	*ret = n;
	return E_OK;
}

int yaml_int(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret, struct err *reterr)
{
	char *end;
	long long n;

	if (node == NULL)
		return E_OK;
	errno = 0;
	if (node->kind != YAML_SCALAR || node->scalar.n == 0
	    || (n = strtoll(node->scalar.p, &end, 10), *end != '\0' || errno != 0 || n < min || n > max))
		return err_at(reterr, node->line, node->column, "a whole number from %lld to %lld is expected here",
		    (long long)min, (long long)max);
	*ret = n;
	return E_OK;
}

int yaml_bool(const struct yaml_node *node, bool *ret, struct err *reterr)
{
	static const char *const words[] = { "no", "yes", "false", "true" };
	int at = 0;

	if (node == NULL)
		return E_OK;
	if (node->kind != YAML_SCALAR || !among(node->scalar, words, 4, &at))
		return err_at(reterr, node->line, node->column, "yes or no is expected here");
	*ret = at % 2 == 1;
	return E_OK;
}

int yaml_span(const struct yaml_node *node, int64_t *ret_seconds, struct err *reterr)
{
	if (node == NULL)
		return E_OK;
	if (node->kind != YAML_SCALAR || !clock_parse_span(node->scalar, ret_seconds))
		return err_at(reterr, node->line, node->column, "a span such as 90s, 15m, 12h, 30d or 4w is expected here");
	return E_OK;
}

int yaml_word(const struct yaml_node *node, const char *const *words, size_t count, int *ret, struct err *reterr)
{
	if (node == NULL)
		return E_OK;
	if (node->kind != YAML_SCALAR)
		return err_at(reterr, node->line, node->column, "one word is expected here");
	if (!among(node->scalar, words, count, ret))
		return unknown_word(node, "word", words, count, reterr);
	return E_OK;
}

int yaml_texts(const struct yaml_node *node, struct arena *a, const struct slice **ret, size_t *ret_count,
    struct err *reterr)
{
	struct slice *list;
	size_t n;

	if (node == NULL)
		return E_OK;
	if (node->kind == YAML_MAP)
		return err_at(reterr, node->line, node->column, "a value or a list of values is expected here");
	n = node->kind == YAML_LIST ? node->count : 1;
	list = arena_array(a, n, sizeof *list);
	if (list == NULL)
		return err_set(reterr, E_NOMEM, "no memory for a list of %zu values", n);
	for (size_t i = 0; i < n; i++) {
		int rc = yaml_text(node->kind == YAML_LIST ? node->items[i] : node, &list[i], reterr);

		if (rc < 0)
			return rc;
	}
	*ret = list;
	*ret_count = n;
	return E_OK;
}
