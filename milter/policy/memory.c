/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

#define DAY INT64_C(86400)

struct memory_policy memory_default(void)
{
	return (struct memory_policy){ .answered = 180 * DAY, .introduced = 90 * DAY, .correspondent = 400 * DAY,
		.silence = 90 * DAY, .trigger = 30 * DAY };
}

/* At most as long as the records live, see record_type.c. */
static int read_span(struct policy_reader *r, const struct yaml_node *node, int64_t max, int64_t *ret)
{
	int rc = yaml_span(node, ret, r->err);

	if (rc == E_OK && (*ret < 0 || *ret > max))
		return err_at(r->err, node->line, node->column, "at most %lld days are remembered", (long long)(max / DAY));
	return rc;
}

static int read_relationships(struct policy_reader *r, const struct yaml_node *map, struct memory_policy *m)
{
	static const char *const keys[] = { "answered", "introduced", "correspondent" };
	int rc = map == NULL ? E_OK : yaml_check_keys(map, keys, 3, "relationships", r->err);

	if (rc < 0
	    || (rc = read_span(r, yaml_get(map, "answered"), 730 * DAY, &m->answered)) < 0
	    || (rc = read_span(r, yaml_get(map, "introduced"), 730 * DAY, &m->introduced)) < 0)
		return rc;
	return read_span(r, yaml_get(map, "correspondent"), 730 * DAY, &m->correspondent);
}

static int read_when(struct policy_reader *r, const struct yaml_node *map, const struct condition **ret)
{
	const struct yaml_node *when = yaml_get(map, "when");

	return when == NULL ? E_OK : condition_compile(when, r->arena, ret, r->err);
}

static int read_touches(struct policy_reader *r, const struct yaml_node *map, struct memory_policy *m)
{
	static const char *const keys[] = { "silence", "when" };
	int rc = map == NULL ? E_OK : yaml_check_keys(map, keys, 2, "touches", r->err);

	if (rc < 0 || (rc = read_span(r, yaml_get(map, "silence"), 400 * DAY, &m->silence)) < 0)
		return rc;
	return read_when(r, map, &m->touches);
}

static int read_trigger(struct policy_reader *r, const struct yaml_node *map, struct memory_policy *m)
{
	static const char *const keys[] = { "within" };
	int rc = map == NULL ? E_OK : yaml_check_keys(map, keys, 1, "trigger", r->err);

	return rc < 0 ? rc : read_span(r, yaml_get(map, "within"), 400 * DAY, &m->trigger);
}

int attention_read(struct policy_reader *r, const struct yaml_node *node, int *ret)
{
	int64_t n = *ret;
	int rc;

	if (node != NULL && node->kind == YAML_SCALAR && slice_eq(node->scalar, SLICE("none"))) {
		*ret = 0;
		return E_OK;
	}
	rc = yaml_int(node, 1, ATTENTION_MAX, &n, r->err);
	*ret = (int)n;
	return rc;
}

static int read_attention(struct policy_reader *r, const struct yaml_node *map, struct policy *p)
{
	static const char *const keys[] = { "budget", "when" };
	int rc = map == NULL ? E_OK : yaml_check_keys(map, keys, 2, "attention", r->err);

	if (rc < 0 || (rc = attention_read(r, yaml_get(map, "budget"), &p->attention)) < 0)
		return rc;
	return read_when(r, map, &p->memory.marketing);
}

int memory_read(struct policy_reader *r, const struct yaml_node *root, struct policy *p)
{
	int rc;

	if ((rc = read_relationships(r, yaml_get(root, "relationships"), &p->memory)) < 0
	    || (rc = read_touches(r, yaml_get(root, "touches"), &p->memory)) < 0
	    || (rc = read_trigger(r, yaml_get(root, "trigger"), &p->memory)) < 0)
		return rc;
	return read_attention(r, yaml_get(root, "attention"), p);
}
