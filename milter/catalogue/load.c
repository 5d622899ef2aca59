/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "antisales/base/file.h"
#include "antisales/base/yaml.h"
#include "internal.h"

struct loader {
	struct arena *arena;
	struct err *err;
};

static void regex_release(void *re)
{
	regex_free(re);
}

static int read_place(struct loader *l, const struct yaml_node *n, struct fingerprint *fp)
{
	const char *words[PLACE_COUNT];
	int at = 0, rc;

	if (n->kind == YAML_SCALAR && slice_istarts(n->scalar, SLICE("header:"))) {
		fp->place = PLACE_HEADER;
		fp->header = slice_trim(slice_sub(n->scalar, 7, n->scalar.n));
		return fp->header.n > 0 ? E_OK : err_at(l->err, n->line, n->column, "header: needs the field's name behind it");
	}
	for (int i = 0; i < PLACE_COUNT; i++)
		words[i] = i == PLACE_HEADER ? "header:NAME" : place_name((enum place)i);
	rc = yaml_word(n, words, PLACE_COUNT, &at, l->err);
	fp->place = (enum place)at;
	return rc;
}

static int read_pattern(struct loader *l, const struct yaml_node *n, struct fingerprint *fp)
{
	int rc = yaml_text(n, &fp->pattern, l->err);

	if (rc < 0 || (rc = regex_compile(fp->pattern, &fp->regex, l->err)) < 0) {
		if (l->err != NULL && l->err->line == 0) {
			l->err->line = n->line;
			l->err->column = n->column;
		}
		return rc;
	}
	if (arena_defer(l->arena, regex_release, fp->regex) < 0) {
		regex_free(fp->regex);
		return err_set(l->err, E_NOMEM, "no memory for a pattern");
	}
	fp->tenant_group = regex_group(fp->regex, "tenant");
	fp->lead_group = regex_group(fp->regex, "lead");
	return E_OK;
}

static int require(struct loader *l, const struct yaml_node *map, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (yaml_get(map, keys[i]) == NULL)
			return err_at(l->err, map->line, map->column, "\"%s:\" is missing", keys[i]);
	return E_OK;
}

static int read_words(struct loader *l, const struct yaml_node *map, struct fingerprint *fp)
{
	static const char *const proofs[] = { "hint", "strong" };
	static const char *const streams[] = { "transactional", "marketing", "one-to-one" };
	int proof = 0, stream = -1, rc;

	if ((rc = yaml_word(yaml_get(map, "proof"), proofs, 2, &proof, l->err)) < 0
	    || (rc = yaml_word(yaml_get(map, "stream"), streams, 3, &stream, l->err)) < 0)
		return rc;
	fp->proof = proof == 1 ? PROOF_STRONG : PROOF_HINT;
	fp->stream = (enum stream)(stream + 1);
	return E_OK;
}

static int read_fingerprint(struct loader *l, const struct yaml_node *map, struct fingerprint *fp)
{
	static const char *const keys[] = { "where", "pattern", "proof", "source", "match", "miss", "stream" };
	int rc = yaml_check_keys(map, keys, sizeof keys / sizeof keys[0], "fingerprint", l->err);

	if (rc < 0 || (rc = require(l, map, keys, 6)) < 0)
		return rc;
	fp->line = map->line;
	if ((rc = read_place(l, yaml_get(map, "where"), fp)) < 0
	    || (rc = read_pattern(l, yaml_get(map, "pattern"), fp)) < 0
	    || (rc = read_words(l, map, fp)) < 0
	    || (rc = yaml_text(yaml_get(map, "source"), &fp->source, l->err)) < 0
	    || (rc = yaml_texts(yaml_get(map, "match"), l->arena, &fp->matches, &fp->matches_count, l->err)) < 0)
		return rc;
	rc = yaml_texts(yaml_get(map, "miss"), l->arena, &fp->misses, &fp->misses_count, l->err);
	if (rc == E_OK && (fp->matches_count == 0 || fp->misses_count == 0))
		return err_at(l->err, map->line, map->column, "a fingerprint needs at least one match and one miss");
	return rc;
}

static int read_fingerprints(struct loader *l, const struct yaml_node *list, struct platform *p)
{
	struct fingerprint *fps;

	if (list->kind != YAML_LIST || list->count == 0)
		return err_at(l->err, list->line, list->column, "fingerprints must be a list with at least one entry");
	fps = arena_array(l->arena, list->count, sizeof *fps);
	if (fps == NULL)
		return err_set(l->err, E_NOMEM, "no memory for %zu fingerprints", list->count);
	for (size_t i = 0; i < list->count; i++) {
		int rc = read_fingerprint(l, list->items[i], &fps[i]);

		if (rc < 0)
			return rc;
		fps[i].platform = p;
	}
	p->fingerprints = fps;
	p->fingerprints_count = list->count;
	return E_OK;
}

static bool is_slug(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= 40;
}

static int read_platform(struct loader *l, const struct yaml_node *map, struct slice stem, struct platform *p)
{
	static const char *const keys[] = { "platform", "name", "category", "fingerprints", "also" };
	const char *categories[CATEGORY_COUNT];
	const struct yaml_node *id;
	int category = 0, rc = yaml_check_keys(map, keys, sizeof keys / sizeof keys[0], "platform", l->err);

	if (rc < 0 || (rc = require(l, map, keys, 4)) < 0)
		return rc;
	for (int i = 0; i < CATEGORY_COUNT; i++)
		categories[i] = category_name((enum category)i);
	id = yaml_get(map, "platform");
	if ((rc = yaml_text(id, &p->id, l->err)) < 0
	    || (rc = yaml_text(yaml_get(map, "name"), &p->name, l->err)) < 0
	    || (rc = yaml_text(yaml_get(map, "also"), &p->also, l->err)) < 0
	    || (rc = yaml_word(yaml_get(map, "category"), categories, CATEGORY_COUNT, &category, l->err)) < 0)
		return rc;
	p->category = (enum category)category;
	if (!is_slug(p->id) || !slice_eq(p->id, stem))
		return err_at(l->err, id->line, id->column, "the id must be lower-case letters, digits and '-' and "
		    "the same as the file's name (%.*s)", SLICE_FMT(stem));
	return read_fingerprints(l, yaml_get(map, "fingerprints"), p);
}

static int load_file(struct loader *l, const char *dir, struct slice name, struct platform *p)
{
	const char *path = file_join(l->arena, dir, name);
	const struct yaml_node *root;
	int rc;

	if (path == NULL)
		return err_set(l->err, E_NOMEM, "no memory for the catalogue");
	p->file = slice_of(path);
	rc = yaml_load(path, l->arena, &root, l->err);
	if (rc == E_OK)
		rc = read_platform(l, root, slice_sub(name, 0, name.n - 5), p);
	return rc < 0 ? yaml_err_place(l->err, path) : E_OK;
}

static int collect(struct catalogue *c, struct arena *a, struct err *reterr)
{
	size_t total = 0, n = 0;

	for (size_t i = 0; i < c->platforms_count; i++)
		total += c->platforms[i]->fingerprints_count;
	c->fingerprints = arena_array(a, total, sizeof *c->fingerprints);
	if (c->fingerprints == NULL)
		return err_set(reterr, E_NOMEM, "no memory for %zu fingerprints", total);
	for (size_t i = 0; i < c->platforms_count; i++)
		for (size_t k = 0; k < c->platforms[i]->fingerprints_count; k++)
			c->fingerprints[n++] = &c->platforms[i]->fingerprints[k];
	c->fingerprints_count = n;
	return E_OK;
}

static void catalogue_release(void *arg)
{
	struct catalogue *c = arg;

	while (c->pool != NULL) {
		struct scratch *s = c->pool;

		c->pool = s->next;
		scratch_free(s);
	}
	multiscan_free(c->multiscan);
	pthread_mutex_destroy(&c->pool_lock);
}

static int load_all(struct loader *l, const char *dir, struct catalogue *c)
{
	const struct slice *names;
	struct platform *all;
	size_t n;
	int rc = file_list(dir, ".yaml", l->arena, &names, &n, l->err);

	if (rc < 0)
		return rc;
	if (n == 0)
		return err_set(l->err, E_ABSENT, "no platform files (*.yaml) in %s", dir);
	all = arena_array(l->arena, n, sizeof *all);
	c->platforms = arena_array(l->arena, n, sizeof *c->platforms);
	if (all == NULL || c->platforms == NULL)
		return err_set(l->err, E_NOMEM, "no memory for %zu platforms", n);
	for (size_t i = 0; i < n; i++) {
		rc = load_file(l, dir, names[i], &all[i]);
		if (rc < 0)
			return rc;
		c->platforms[c->platforms_count++] = &all[i];
	}
	return E_OK;
}

static int compare_ids(const void *x, const void *y)
{
	struct platform *const *a = x, *const *b = y;

	return slice_cmp((*a)->id, (*b)->id);
}

/* Names sort as "a-b.yaml" < "a.yaml", ids as "a" < "a-b". */
static void sort_by_id(struct catalogue *c)
{
	qsort(c->platforms, c->platforms_count, sizeof *c->platforms, compare_ids);
	for (size_t i = 0; i < c->platforms_count; i++)
		c->platforms[i]->index = i;
}

int catalogue_load(const char *dir, struct arena *a, struct catalogue **ret, struct err *reterr)
{
	struct loader l = { a, reterr };
	struct catalogue *c = arena_alloc(a, sizeof *c);
	int rc;

	if (c == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the catalogue");
	rc = load_all(&l, dir, c);
	if (rc < 0)
		return rc;
	sort_by_id(c);
	pthread_mutex_init(&c->pool_lock, NULL);
	if (arena_defer(a, catalogue_release, c) < 0) {
		pthread_mutex_destroy(&c->pool_lock);
		return err_set(reterr, E_NOMEM, "no memory for the catalogue");
	}
	if ((rc = collect(c, a, reterr)) < 0 || (rc = catalogue_index(c, a, reterr)) < 0)
		return rc;
	*ret = c;
	return E_OK;
}
