/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "internal.h"

enum { RULES_MAX = 2000, POINTS_MAX = 1000 };

static int add_piece(struct policy_reader *r, struct says_piece *pieces, size_t *n, struct slice text, enum fact_id fact)
{
	if (fact == FACT_COUNT && text.n == 0)
		return E_OK;
	pieces[*n] = (struct says_piece){ arena_dup(r->arena, text), fact };
	return pieces[(*n)++].text.p == NULL ? err_set(r->err, E_NOMEM, "no memory for a sentence") : E_OK;
}

static int unknown_fact(struct policy_reader *r, const struct yaml_node *node, struct slice name)
{
	const char *near = fact_nearest(name);

	return err_at(r->err, node->line, node->column, "unknown fact \"%.*s\"%s%s%s", SLICE_FMT(slice_sub(name, 0, 60)),
	    near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

int says_compile(struct policy_reader *r, const struct yaml_node *node, struct says *ret)
{
	struct slice rest = { 0 };
	struct says_piece *pieces;
	size_t room = 2, n = 0;
	int rc = yaml_text(node, &rest, r->err);

	for (size_t i = 0; i < rest.n; i++)
		room += rest.p[i] == '{' ? 2 : 0;
	pieces = arena_array(r->arena, room, sizeof *pieces);
	if (rc < 0 || pieces == NULL)
		return rc < 0 ? rc : err_set(r->err, E_NOMEM, "no memory for a sentence");
	while (rc == E_OK && rest.n > 0) {
		bool more = slice_find(rest, '{', 0) < rest.n;
		struct slice before = slice_cut(&rest, '{'), name;
		enum fact_id id;

		rc = add_piece(r, pieces, &n, before, FACT_COUNT);
		if (!more || rc < 0)
			break;
		if (slice_find(rest, '}', 0) == rest.n)
			return err_at(r->err, node->line, node->column, "a \"{\" without \"}\" in a sentence");
		name = slice_cut(&rest, '}');
		id = fact_find(name);
		rc = id == FACT_COUNT ? unknown_fact(r, node, name) : add_piece(r, pieces, &n, name, id);
	}
	*ret = (struct says){ pieces, n };
	return rc;
}

void says_expand(const struct says *s, const struct facts *f, struct buf *out)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->pieces[i].fact == FACT_COUNT)
			buf_add(out, s->pieces[i].text);
		else
			fact_say(f, s->pieces[i].fact, out);
	}
}

static int read_per(struct policy_reader *r, const struct yaml_node *map, struct rule *rule)
{
	static const char *const keys[] = { "per", "each", "at-most" };
	const struct yaml_node *per = yaml_get(map, "per"), *each = yaml_get(map, "each"), *most = yaml_get(map, "at-most");
	int64_t at_most = 0;
	int rc = yaml_check_keys(map, keys, 3, "points", r->err);

	if (rc < 0)
		return rc;
	if (per == NULL || each == NULL || most == NULL || per->kind != YAML_SCALAR)
		return err_at(r->err, map->line, map->column, "points need \"per\", \"each\" and \"at-most\", such as "
		    "{per: reputation.mails, each: 2, at-most: 20}");
	rule->per = fact_find(per->scalar);
	if (rule->per == FACT_COUNT)
		return unknown_fact(r, per, per->scalar);
	if (fact_spec(rule->per)->type != FACT_TYPE_INT)
		return err_at(r->err, per->line, per->column, "%s is no number, points cannot be counted per unit of it",
		    fact_spec(rule->per)->name);
	if ((rc = yaml_number(each, -POINTS_MAX, POINTS_MAX, &rule->points, r->err)) < 0
	    || (rc = yaml_int(most, 0, 100, &at_most, r->err)) < 0)
		return rc;
	rule->at_most = (int)at_most;
	return E_OK;
}

static int read_points(struct policy_reader *r, const struct yaml_node *node, struct rule *rule)
{
	int64_t points = 0;
	int rc;

	rule->per = FACT_COUNT;
	if (node->kind == YAML_MAP)
		return read_per(r, node, rule);
	rc = yaml_int(node, -100, 100, &points, r->err);
	rule->points = (double)points;
	rule->at_most = 100;
	return rc;
}

static bool is_id(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.')
			return false;
	return s.n > 0 && s.n <= 40;
}

/* Facts that come out of the store and grow with what was decided before. */
static bool is_history(const struct rule *rule)
{
	static const char *const prefixes[] = { "reputation.", "sequence.", "fanout.", "template.", "pressure.", "attention." };

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (condition_uses(rule->when, prefixes[i])
		    || (rule->per != FACT_COUNT && strncmp(fact_spec(rule->per)->name, prefixes[i], strlen(prefixes[i])) == 0))
			return true;
	return false;
}

static int read_rule(struct policy_reader *r, const struct yaml_node *map, struct rule *rule)
{
	static const char *const keys[] = { "id", "when", "points", "says" };
	const struct yaml_node *id, *when, *points;
	int rc = yaml_check_keys(map, keys, 4, "rule", r->err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < 4; i++)
		if (yaml_get(map, keys[i]) == NULL)
			return err_at(r->err, map->line, map->column, "a rule needs \"%s:\"", keys[i]);
	id = yaml_get(map, "id");
	when = yaml_get(map, "when");
	points = yaml_get(map, "points");
	rule->line = map->line;
	if ((rc = yaml_text(id, &rule->id, r->err)) < 0)
		return rc;
	if (!is_id(rule->id))
		return err_at(r->err, id->line, id->column, "a rule's id is made of letters, digits, '-' and '.', at most 40");
	if ((rc = condition_compile(when, r->arena, &rule->when, r->err)) < 0
	    || (rc = read_points(r, points, rule)) < 0)
		return rc;
	rule->history = is_history(rule);
	return says_compile(r, yaml_get(map, "says"), &rule->says);
}

static int refuse_duplicate_id(struct policy_reader *r, const struct rule *rules, size_t n, const struct yaml_node *map)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(rules[i].id, rules[n].id))
			return err_at(r->err, map->line, map->column, "the rule \"%.*s\" is there twice, first in line %u",
			    SLICE_FMT(rules[n].id), rules[i].line);
	return E_OK;
}

int rules_read(struct policy_reader *r, const struct yaml_node *list, const struct rule **ret, size_t *ret_count)
{
	struct rule *rules;

	if (list == NULL)
		return E_OK;
	if (list->kind != YAML_LIST)
		return err_at(r->err, list->line, list->column, "rules must be a list");
	if (list->count > RULES_MAX)
		return err_at(r->err, list->line, list->column, "%zu rules, at most %d are allowed", list->count, RULES_MAX);
	rules = arena_array(r->arena, list->count, sizeof *rules);
	if (rules == NULL)
		return err_set(r->err, E_NOMEM, "no memory for %zu rules", list->count);
	for (size_t i = 0; i < list->count; i++) {
		int rc = read_rule(r, list->items[i], &rules[i]);

		if (rc < 0 || (rc = refuse_duplicate_id(r, rules, i, list->items[i])) < 0)
			return rc;
	}
	*ret = rules;
	*ret_count = list->count;
	return E_OK;
}
