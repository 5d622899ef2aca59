/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

int mode_read(struct policy_reader *r, const struct yaml_node *node, enum mode *ret)
{
	static const char *const words[] = { "enforce", "shadow" };
	int at = (int)*ret, rc = yaml_word(node, words, 2, &at, r->err);

	*ret = (enum mode)at;
	return rc;
}

static int read_threshold(struct policy_reader *r, const struct yaml_node *node, int *ret)
{
	int64_t n = *ret;
	int rc;

	if (node != NULL && node->kind == YAML_SCALAR && slice_eq(node->scalar, SLICE("never"))) {
		*ret = NEVER;
		return E_OK;
	}
	rc = yaml_int(node, 1, 100, &n, r->err);
	if (rc < 0)
		return err_at(r->err, node->line, node->column, "a score from 1 to 100 or \"never\" is expected here");
	*ret = (int)n;
	return E_OK;
}

int thresholds_read(struct policy_reader *r, const struct yaml_node *map, struct thresholds *ret)
{
	static const char *const keys[] = { "tag", "quarantine", "reject" };
	int rc;

	if (map == NULL)
		return E_OK;
	if ((rc = yaml_check_keys(map, keys, 3, "verdicts", r->err)) < 0)
		return rc;
	for (int v = VERDICT_TAG; v < VERDICT_COUNT; v++) {
		const struct yaml_node *node = yaml_get(map, keys[v - 1]);

		rc = node == NULL ? E_OK : read_threshold(r, node, &ret->at[v]);
		if (rc < 0)
			return rc;
	}
	return E_OK;
}

static int read_recipients(struct policy_reader *r, const struct yaml_node *node, const struct slice **ret, size_t *ret_count)
{
	int rc = yaml_texts(node, r->arena, ret, ret_count, r->err);

	for (size_t i = 0; rc == E_OK && i < *ret_count; i++)
		if ((*ret)[i].n == 0)
			return err_at(r->err, node->line, node->column, "a recipient is empty");
	return rc;
}

static int read_class(struct policy_reader *r, const struct yaml_node *name, const struct yaml_node *map,
    struct recipient_class *c)
{
	static const char *const keys[] = { "recipients", "verdicts", "mode", "attention" };
	int rc = yaml_check_keys(map, keys, 4, "class", r->err);

	if (rc < 0)
		return rc;
	c->name = name->scalar;
	if (yaml_get(map, "recipients") == NULL)
		return err_at(r->err, map->line, map->column, "class \"%.*s\" needs \"recipients:\", such as "
		    "[\"ceo@\", \"*@board.example.com\"]", SLICE_FMT(slice_sub(c->name, 0, 40)));
	if ((rc = read_recipients(r, yaml_get(map, "recipients"), &c->recipients, &c->recipients_count)) < 0
	    || (rc = thresholds_read(r, yaml_get(map, "verdicts"), &c->thresholds)) < 0
	    || (rc = attention_read(r, yaml_get(map, "attention"), &c->attention)) < 0)
		return rc;
	return mode_read(r, yaml_get(map, "mode"), &c->mode);
}

int classes_read(struct policy_reader *r, const struct yaml_node *map, const struct policy *base,
    const struct recipient_class **ret, size_t *ret_count)
{
	struct recipient_class *classes;

	if (map == NULL)
		return E_OK;
	if (map->kind != YAML_MAP)
		return err_at(r->err, map->line, map->column, "classes must be a map of names");
	classes = arena_array(r->arena, map->count, sizeof *classes);
	if (classes == NULL)
		return err_set(r->err, E_NOMEM, "no memory for %zu classes", map->count);
	for (size_t i = 0; i < map->count; i++) {
		int rc;

		classes[i].thresholds = base->thresholds;
		classes[i].mode = base->mode;
		classes[i].attention = base->attention;
		rc = read_class(r, map->keys[i], map->items[i], &classes[i]);
		if (rc < 0)
			return rc;
	}
	*ret = classes;
	*ret_count = map->count;
	return E_OK;
}

bool policy_recipient_fits(struct slice pattern, const struct address *rcpt)
{
	size_t at = slice_rfind(pattern, '@');
	struct slice local = slice_sub(pattern, 0, at);
	struct slice domain = slice_sub(pattern, at + 1, pattern.n);

	if (at == pattern.n)            /* a bare domain */
		return slice_ieq(pattern, rcpt->domain);
	return (slice_eq(local, SLICE("*")) || slice_ieq(local, rcpt->local))
	    && (domain.n == 0 || slice_ieq(domain, rcpt->domain));
}

int decoys_read(struct policy_reader *r, const struct yaml_node *node, struct policy *p)
{
	const struct yaml_node *list;
	const char *path;
	int rc;

	if (node == NULL)
		return E_OK;
	if ((rc = beside_policy(r, node, p, &list, &path)) < 0)
		return rc;
	rc = read_recipients(r, list, &p->decoys, &p->decoys_count);
	return rc < 0 && path != NULL ? yaml_err_place(r->err, path) : rc;
}

static bool fits_any(const struct slice *patterns, size_t count, const struct address *rcpt)
{
	for (size_t i = 0; i < count; i++)
		if (policy_recipient_fits(patterns[i], rcpt))
			return true;
	return false;
}

const struct recipient_class *policy_class(const struct policy *p, const struct address *rcpt)
{
	for (size_t i = 0; i < p->classes_count; i++)
		if (fits_any(p->classes[i].recipients, p->classes[i].recipients_count, rcpt))
			return &p->classes[i];
	return NULL;
}

bool policy_never_filters(const struct policy *p, const struct address *rcpt)
{
	static const struct slice always[] = { { "postmaster@", 11 }, { "abuse@", 6 } };

	return fits_any(always, 2, rcpt) || fits_any(p->never, p->never_count, rcpt);
}

bool policy_is_decoy(const struct policy *p, const struct address *rcpt)
{
	return fits_any(p->decoys, p->decoys_count, rcpt);
}
