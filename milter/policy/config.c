/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/policy/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/base/yaml.h"

enum { CONFIG_CHUNK = 8192, CONFIG_LIMIT = 16 * 1024 * 1024, NETWORKS_MAX = 10000 };

static const struct config_spec specs[] = {
#define CONFIG(member, key, type, def, min, max, when, meaning) { key, #type, def, meaning, CONFIG_WHEN_##when },
#include "antisales/policy/config.def"
#undef CONFIG
};

const struct config_spec *config_specs(size_t *ret_count)
{
	*ret_count = sizeof specs / sizeof specs[0];
	return specs;
}

static const struct limit_spec limits[] = {
#define X(name, def, min, max, unit) { #name, offsetof(struct config, limits.name), def, min, max, unit, \
		"how much of one mail is looked at", CONFIG_WHEN_RELOAD },
	MAIL_LIMITS(X)
#undef X
#define X(name, def, min, max, unit) { #name, offsetof(struct config, dkim_limits.name), def, min, max, unit, \
		"how much of DKIM is verified", CONFIG_WHEN_START },
	DKIM_LIMITS(X)
#undef X
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

const struct limit_spec *limit_specs(size_t *ret_count)
{
	*ret_count = LIMITS;
	return limits;
}

char *limit_key(const struct limit_spec *l, char out[LIMIT_KEY_MAX])
{
	snprintf(out, LIMIT_KEY_MAX, "%s", l->name);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '_' ? '-' : *p;
	return out;
}

struct reader {
	struct config *config;
	const struct yaml_node *root;
	struct err *err;
};

static bool parse_network(struct slice text, struct network *ret)
{
	char room[64] = "";
	struct slice rest = text;
	struct slice address = slice_cut(&rest, '/');
	unsigned max;
	char *end = NULL;

	if (address.n == 0 || address.n >= sizeof room)
		return false;
	memcpy(room, address.p, address.n);
	*ret = (struct network){ 0 };
	ret->v6 = inet_pton(AF_INET6, room, ret->bytes) == 1;
	if (!ret->v6 && inet_pton(AF_INET, room, ret->bytes) != 1)
		return false;
	max = ret->v6 ? 128 : 32;
	ret->bits = max;
	if (address.n == text.n)
		return true;
	if (rest.n == 0 || rest.n > 3 || !ascii_digit(rest.p[0]))
		return false;
	ret->bits = (unsigned)strtoul(rest.p, &end, 10);
	return end == rest.p + rest.n && ret->bits <= max;
}

static int read_networks(struct reader *r, const struct yaml_node *node, const char *def, struct networks *ret)
{
	const struct slice *texts = NULL;
	struct slice rest = slice_of(def), defaults[8];
	struct network *list;
	size_t n = 0;
	int rc = yaml_texts(node, &r->config->arena, &texts, &n, r->err);

	if (rc < 0)
		return rc;
	if (node == NULL) {
		while (rest.n > 0 && n < 8)
			defaults[n++] = arena_dup(&r->config->arena, slice_cut(&rest, ' '));
		texts = defaults;
	}
	list = n > NETWORKS_MAX ? NULL : arena_array(&r->config->arena, n, sizeof *list);
	if (list == NULL)
		return err_set(r->err, E_LIMIT, "%zu networks are too many", n);
	for (size_t i = 0; i < n; i++)
		if (!parse_network(texts[i], &list[i])) {
			const struct yaml_node *at = node == NULL ? r->root : node->kind == YAML_LIST ? node->items[i] : node;

			return err_at(r->err, at->line, at->column, "\"%.*s\" is no network; write 192.0.2.0/24 or 2001:db8::/32",
			    SLICE_FMT(slice_sub(texts[i], 0, 60)));
		}
	*ret = (struct networks){ list, n };
	return E_OK;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

bool networks_contain(const struct networks *n, struct slice address)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct network a;

	if (address.n == 0 || !parse_network(address, &a))
		return false;
	if (a.v6 && memcmp(a.bytes, mapped, sizeof mapped) == 0) {
		memmove(a.bytes, a.bytes + 12, 4);
		a.v6 = false;
	}
	for (size_t i = 0; i < n->count; i++)
		if (n->at[i].v6 == a.v6 && same_bits(n->at[i].bytes, a.bytes, n->at[i].bits))
			return true;
	return false;
}

static int64_t bytes_of_unit(char unit)
{
	switch (ascii_lower(unit)) {
	case 'k':
		return 1024;
	case 'm':
		return 1024 * 1024;
	case 'g':
		return 1024 * 1024 * 1024;
	default:
		return 1;
	}
}

/* "64M", "4G" or plain bytes. */
static int read_bytes(struct reader *r, const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret)
{
	struct slice s = node == NULL ? (struct slice){ 0 } : node->scalar;
	int64_t factor = 1, n = 0;

	if (node == NULL)
		return E_OK;
	if (node->kind == YAML_SCALAR && s.n > 1) {
		factor = bytes_of_unit(s.p[s.n - 1]);
		s.n -= factor > 1;
	}
	for (size_t i = 0; i < s.n && n <= max; i++)
		n = ascii_digit(s.p[i]) ? n * 10 + (s.p[i] - '0') : max + 1;
	if (node->kind != YAML_SCALAR || s.n == 0 || s.n > 13 || n > max / factor || n * factor < min)
		return err_at(r->err, node->line, node->column, "a size from %lld to %lld bytes is expected here, such as 64M",
		    (long long)min, (long long)max);
	*ret = n * factor;
	return E_OK;
}

static int read_TEXT(struct reader *r, const char *key, const char *def, int64_t min, int64_t max, const char **ret)
{
	struct slice s = slice_of(def);
	int rc = yaml_text(yaml_get(r->root, key), &s, r->err);

	(void)min;
	(void)max;
	*ret = s.p;                     /* YAML scalars and literals both end in NUL */
	return rc;
}

/* The default is the first of the words. */
static int read_WORD(struct reader *r, const char *key, const char *def, int64_t min, int64_t max, const char **ret)
{
	const char *words[8];
	struct slice rest = slice_of(def);
	size_t n = 0;
	int at = 0, rc;

	(void)min;
	(void)max;
	while (rest.n > 0 && n < 8) {
		words[n] = arena_strdup(&r->config->arena, slice_cut(&rest, ' '));
		if (words[n++] == NULL)
			return err_set(r->err, E_NOMEM, "no memory for the configuration");
	}
	rc = yaml_word(yaml_get(r->root, key), words, n, &at, r->err);
	*ret = words[at];
	return rc;
}

static int read_BYTES(struct reader *r, const char *key, const char *def, int64_t min, int64_t max, int64_t *ret)
{
	*ret = strtoll(def, NULL, 10);
	return read_bytes(r, yaml_get(r->root, key), min, max, ret);
}

static int read_INT(struct reader *r, const char *key, const char *def, int64_t min, int64_t max, int64_t *ret)
{
	*ret = strtoll(def, NULL, 10);
	return yaml_int(yaml_get(r->root, key), min, max, ret, r->err);
}

static int read_SPAN(struct reader *r, const char *key, const char *def, int64_t min, int64_t max, int64_t *ret)
{
	const struct yaml_node *node = yaml_get(r->root, key);
	int rc;

	*ret = strtoll(def, NULL, 10);
	rc = yaml_span(node, ret, r->err);
	if (rc == E_OK && node != NULL && (*ret < min || *ret > max))
		return err_at(r->err, node->line, node->column, "a span from %lld to %lld seconds is expected here",
		    (long long)min, (long long)max);
	return rc;
}

static int read_BOOL(struct reader *r, const char *key, const char *def, int64_t min, int64_t max, bool *ret)
{
	(void)min;
	(void)max;
	*ret = strcmp(def, "yes") == 0;
	return yaml_bool(yaml_get(r->root, key), ret, r->err);
}

static int read_LIST(struct reader *r, const char *key, const char *def, int64_t min, int64_t max,
    struct text_list *ret)
{
	(void)def;
	(void)min;
	(void)max;
	return yaml_texts(yaml_get(r->root, key), &r->config->arena, &ret->at, &ret->count, r->err);
}

static int read_NETWORKS(struct reader *r, const char *key, const char *def, int64_t min, int64_t max,
    struct networks *ret)
{
	(void)min;
	(void)max;
	return read_networks(r, yaml_get(r->root, key), def, ret);
}

static int read_limits(struct reader *r)
{
	const struct yaml_node *map = yaml_get(r->root, "limits");
	char room[LIMITS][LIMIT_KEY_MAX];
	const char *words[LIMITS];

	r->config->limits = mail_limits_default();
	r->config->dkim_limits = dkim_limits_default();
	if (map == NULL)
		return E_OK;
	for (size_t i = 0; i < LIMITS; i++)
		words[i] = limit_key(&limits[i], room[i]);
	if (yaml_check_keys(map, words, LIMITS, "limits", r->err) < 0)
		return E_SYNTAX;
	for (size_t i = 0; i < LIMITS; i++) {
		size_t *field = (size_t *)(void *)((char *)r->config + limits[i].at);
		int64_t n = (int64_t)*field;
		int rc = yaml_int(yaml_get(map, words[i]), limits[i].min, limits[i].max, &n, r->err);

		if (rc < 0)
			return rc;
		*field = (size_t)n;
	}
	return E_OK;
}

static int read_all(struct reader *r)
{
	static const char *const keys[] = {
#define CONFIG(member, key, type, def, min, max, when, meaning) key,
#include "antisales/policy/config.def"
#undef CONFIG
		"limits",
	};
	struct config *c = r->config;
	int rc = yaml_check_keys(r->root, keys, sizeof keys / sizeof keys[0], "configuration", r->err);

#define CONFIG(member, key, type, def, min, max, when, meaning) \
	if (rc == E_OK) \
		rc = read_##type(r, key, def, min, max, &c->member);
#include "antisales/policy/config.def"
#undef CONFIG
	return rc < 0 ? rc : read_limits(r);
}

int config_load(const char *path, struct config **ret, struct err *reterr)
{
	static const struct yaml_node empty = { .kind = YAML_MAP, .line = 1, .column = 1 };
	struct config *c = alloc_zeroed(1, sizeof *c);
	struct reader r = { c, &empty, reterr };
	int rc = E_OK;

	if (c == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the configuration");
	arena_init(&c->arena, CONFIG_CHUNK, CONFIG_LIMIT);
	if (path != NULL) {
		c->path = arena_strdup(&c->arena, slice_of(path));
		rc = c->path == NULL ? err_set(reterr, E_NOMEM, "no memory for the configuration")
		    : yaml_load(path, &c->arena, &r.root, reterr);
	}
	c->root = r.root;
	if (rc == E_OK)
		rc = read_all(&r);
	if (rc < 0) {
		config_free(c);
		return path == NULL ? rc : yaml_err_place(reterr, path);
	}
	*ret = c;
	return E_OK;
}

int config_err(const struct config *c, const char *key, struct err *e)
{
	const struct yaml_node *at = yaml_get(c->root, key);

	if (at == NULL || c->path == NULL)
		return c->path == NULL ? (int)e->code : err_wrap(e, "%s: %s (by default)", c->path, key);
	return err_wrap(e, "%s:%u:%u", c->path, at->line, at->column);
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	arena_done(&c->arena);
	free(c);
}

static bool same_list(const struct text_list *a, const struct text_list *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!slice_eq(a->at[i], b->at[i]))
			return false;
	return a->count == b->count;
}

#define SAME_TEXT(a, b) (strcmp(a, b) == 0)
#define SAME_WORD(a, b) (strcmp(a, b) == 0)
#define SAME_BYTES(a, b) ((a) == (b))
#define SAME_INT(a, b) ((a) == (b))
#define SAME_SPAN(a, b) ((a) == (b))
#define SAME_BOOL(a, b) ((a) == (b))
#define SAME_NETWORKS(a, b) ((a).count == (b).count)
#define SAME_LIST(a, b) same_list(&(a), &(b))

static bool same_limit(const struct limit_spec *l, const struct config *a, const struct config *b)
{
	return *(const size_t *)(const void *)((const char *)a + l->at) == *(const size_t *)(const void *)((const char *)b + l->at);
}

const char *config_needs_restart(const struct config *running, const struct config *wanted)
{
#define CONFIG(member, key, type, def, min, max, when, meaning) \
	if (CONFIG_WHEN_##when == CONFIG_WHEN_START && !SAME_##type(running->member, wanted->member)) \
		return key;
#include "antisales/policy/config.def"
#undef CONFIG
	for (size_t i = 0; i < LIMITS; i++)
		if (limits[i].when == CONFIG_WHEN_START && !same_limit(&limits[i], running, wanted))
			return "limits";
	return NULL;
}
