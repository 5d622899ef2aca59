/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/policy/confirmation.h"

#include <stdio.h>
#include <string.h>

#include "internal.h"

enum { CONFIRMATIONS_MAX = 500 };

static int read_kind(struct policy_reader *r, const struct yaml_node *map, struct confirmation *c)
{
	static const char *const kinds[] = { "other", "subscription", "document", "receipt" };
	int kind = 0, rc = yaml_word(yaml_get(map, "kind"), kinds, 4, &kind, r->err);

	c->kind = (enum confirmation_kind)kind;
	return rc;
}

static int read_where(struct policy_reader *r, const struct yaml_node *node, struct confirmation *c)
{
	static const char *const places[] = { "subject", "text" };
	size_t count = node->kind == YAML_LIST ? node->count : 1;

	for (size_t i = 0; i < count; i++) {
		int place = 0, rc = yaml_word(node->kind == YAML_LIST ? node->items[i] : node, places, 2, &place, r->err);

		if (rc < 0)
			return rc;
		c->in_subject = c->in_subject || place == 0;
		c->in_text = c->in_text || place == 1;
	}
	return E_OK;
}

static int read_examples(struct policy_reader *r, const struct yaml_node *map, struct confirmation *c)
{
	int rc = yaml_texts(yaml_get(map, "match"), r->arena, &c->matches, &c->matches_count, r->err);

	if (rc == E_OK)
		rc = yaml_texts(yaml_get(map, "miss"), r->arena, &c->misses, &c->misses_count, r->err);
	if (rc == E_OK && (c->matches_count == 0 || c->misses_count == 0))
		return err_at(r->err, map->line, map->column, "a confirmation needs at least one match and one miss");
	return rc;
}

static int read_one(struct policy_reader *r, const struct yaml_node *map, struct confirmation *c)
{
	static const char *const keys[] = { "kind", "where", "pattern", "match", "miss" };
	int rc = yaml_check_keys(map, keys, 5, "confirmation", r->err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < 5; i++)
		if (yaml_get(map, keys[i]) == NULL)
			return err_at(r->err, map->line, map->column, "\"%s:\" is missing", keys[i]);
	c->line = map->line;
	if ((rc = read_kind(r, map, c)) < 0
	    || (rc = read_where(r, yaml_get(map, "where"), c)) < 0
	    || (rc = yaml_text(yaml_get(map, "pattern"), &c->pattern, r->err)) < 0
	    || (rc = pattern_compile(yaml_get(map, "pattern"), r->arena, &c->regex, r->err)) < 0)
		return rc;
	c->document_group = regex_group(c->regex, "document");
	if (c->document_group >= REGEX_CAPTURES)
		return err_at(r->err, map->line, map->column, "too many groups before the one named \"document\"");
	return read_examples(r, map, c);
}

static int read_all(struct policy_reader *r, const struct yaml_node *list, struct confirmations *ret)
{
	struct confirmation *all;

	if (list->kind != YAML_LIST || list->count > CONFIRMATIONS_MAX)
		return err_at(r->err, list->line, list->column, "confirmations must be a list of at most %d entries",
		    CONFIRMATIONS_MAX);
	all = arena_array(r->arena, list->count, sizeof *all);
	if (all == NULL)
		return err_set(r->err, E_NOMEM, "no memory for %zu confirmations", list->count);
	for (size_t i = 0; i < list->count; i++) {
		int rc = read_one(r, list->items[i], &all[i]);

		if (rc < 0)
			return rc;
	}
	ret->at = all;
	ret->count = list->count;
	return E_OK;
}

int confirmations_read(struct policy_reader *r, const struct yaml_node *node, const struct policy *p, struct confirmations *ret)
{
	const struct yaml_node *list = node;
	const char *path = NULL;
	int rc;

	ret->file = p->path;
	if (node == NULL)
		return E_OK;
	if ((rc = beside_policy(r, node, p, &list, &path)) < 0)
		return rc;
	if (path != NULL)
		ret->file = slice_of(path);
	rc = read_all(r, list, ret);
	return rc < 0 && path != NULL ? yaml_err_place(r->err, path) : rc;
}

static const struct confirmation *find_in(const struct confirmations *c, struct regex_scratch *s, struct slice place,
    bool is_text, struct slice caps[REGEX_CAPTURES])
{
	place = slice_sub(place, 0, CONFIRMATION_BYTES);
	for (size_t i = 0; place.n > 0 && i < c->count; i++) {
		bool counts = is_text ? c->at[i].in_text : c->at[i].in_subject;

		if (counts && regex_match(c->at[i].regex, s, place, caps, NULL) == REGEX_YES)
			return &c->at[i];
	}
	return NULL;
}

const struct confirmation *confirmation_find(const struct confirmations *c, struct slice subject, struct slice text,
    struct slice caps[REGEX_CAPTURES])
{
	struct regex_scratch *s = c->count == 0 ? NULL : regex_scratch_new();
	const struct confirmation *hit;

	if (caps != NULL)
		memset(caps, 0, REGEX_CAPTURES * sizeof caps[0]);
	if (s == NULL)
		return NULL;
	hit = find_in(c, s, subject, false, caps);
	if (hit == NULL)
		hit = find_in(c, s, text, true, NULL);
	regex_scratch_free(s);
	return hit;
}

struct lint {
	const struct confirmations *all;
	struct regex_scratch *scratch;
	lint_report *report;
	void *arg;
	int problems;
};

static void tell(struct lint *l, const struct confirmation *c, const char *what, struct slice example)
{
	char text[400];

	snprintf(text, sizeof text, "%s: %.*s against \"%.*s\"", what, SLICE_FMT(slice_sub(c->pattern, 0, 120)),
	    SLICE_FMT(slice_sub(example, 0, 160)));
	l->problems++;
	l->report(l->all->file.p, c->line, text, l->arg);
}

/* Another phrase may come first, if it tells the same. */
static bool is_told(const struct confirmation *c, const struct confirmation *first)
{
	return first != NULL && first->kind == c->kind;
}

static void check_match(struct lint *l, const struct confirmation *c, struct slice example)
{
	struct slice none = { 0 };

	if (regex_match(c->regex, l->scratch, example, NULL, NULL) != REGEX_YES)
		tell(l, c, "does not match its own example", example);
	else if ((c->in_subject && !is_told(c, confirmation_find(l->all, example, none, NULL)))
	    || (c->in_text && !is_told(c, confirmation_find(l->all, none, example, NULL))))
		tell(l, c, "matches its example alone, but one of another kind comes first", example);
}

static void check_one(struct lint *l, const struct confirmation *c)
{
	for (size_t i = 0; i < c->matches_count; i++)
		check_match(l, c, c->matches[i]);
	for (size_t i = 0; i < c->misses_count; i++)
		if (regex_match(c->regex, l->scratch, c->misses[i], NULL, NULL) != REGEX_NO)
			tell(l, c, "matches its near miss", c->misses[i]);
}

int confirmations_lint(const struct confirmations *c, lint_report *report, void *arg, struct err *reterr)
{
	struct lint l = { .all = c, .scratch = regex_scratch_new(), .report = report, .arg = arg };

	if (l.scratch == NULL)
		return err_set(reterr, E_NOMEM, "no memory to match patterns");
	for (size_t i = 0; i < c->count; i++)
		check_one(&l, &c->at[i]);
	regex_scratch_free(l.scratch);
	return l.problems;
}
