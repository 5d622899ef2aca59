/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/policy/condition.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/regex.h"
#include "internal.h"

enum kind { KIND_ALL, KIND_ANY, KIND_NOT, KIND_TEST };
enum test { TEST_AMONG, TEST_AT_LEAST, TEST_AT_MOST, TEST_MATCHES, TEST_PRESENT };

struct condition {
	enum kind kind;
	const struct condition **children;      /* ALL, ANY; NOT has one */
	size_t count;
	enum fact_id fact;                      /* TEST */
	enum test test;
	bool negated;
	int64_t number;                         /* AT_LEAST, AT_MOST; PRESENT as 0 or 1 */
	const struct slice *words;              /* AMONG */
	size_t words_count;
	struct regex *regex;                    /* MATCHES */
};

struct compiler {
	struct arena *arena;
	struct err *err;
};

static int compile_map(struct compiler *c, const struct yaml_node *map, const struct condition **ret);

static struct condition *make(struct compiler *c, enum kind kind)
{
	struct condition *n = arena_alloc(c->arena, sizeof *n);

	if (n == NULL)
		err_set(c->err, E_NOMEM, "no memory for a condition");
	else
		n->kind = kind;
	return n;
}

static bool is_word_of(struct slice word, const char *words)
{
	struct slice rest = slice_of(words);

	while (rest.n > 0)
		if (slice_eq(word, slice_cut(&rest, ' ')))
			return true;
	return false;
}

/* Words of a fact with a fixed vocabulary are checked, so that a typing error is no silent "never". */
static int check_word(struct compiler *c, const struct yaml_node *n, const struct fact_spec *spec)
{
	if (spec->type == FACT_TYPE_WORD && !is_word_of(n->scalar, spec->words))
		return err_at(c->err, n->line, n->column, "%s is never \"%.*s\"; it is one of: %s", spec->name,
		    SLICE_FMT(slice_sub(n->scalar, 0, 40)), spec->words);
	if (spec->type == FACT_TYPE_BOOL && !is_word_of(n->scalar, "yes no true false"))
		return err_at(c->err, n->line, n->column, "%s is yes or no", spec->name);
	return E_OK;
}

static int compile_among(struct compiler *c, const struct yaml_node *value, struct condition *t)
{
	const struct fact_spec *spec = fact_spec(t->fact);
	int rc = yaml_texts(value, c->arena, &t->words, &t->words_count, c->err);

	for (size_t i = 0; rc == E_OK && i < t->words_count; i++) {
		const struct yaml_node *n = value->kind == YAML_LIST ? value->items[i] : value;
		int64_t number;

		rc = spec->type == FACT_TYPE_INT ? yaml_int(n, INT32_MIN, INT32_MAX, &number, c->err)
		    : check_word(c, n, spec);
	}
	t->test = TEST_AMONG;
	return rc;
}

static int compile_bound(struct compiler *c, const struct yaml_node *value, struct condition *t, enum test test)
{
	const struct fact_spec *spec = fact_spec(t->fact);

	if (spec->type != FACT_TYPE_INT && spec->type != FACT_TYPE_LIST)
		return err_at(c->err, value->line, value->column, "%s is no number, it cannot be compared", spec->name);
	t->test = test;
	return yaml_int(value, INT32_MIN, INT32_MAX, &t->number, c->err);
}

static void release_regex(void *re)
{
	regex_free(re);
}

int pattern_compile(const struct yaml_node *node, struct arena *a, struct regex **ret, struct err *reterr)
{
	struct slice pattern = { 0 };
	int rc = yaml_text(node, &pattern, reterr);

	if (rc < 0)
		return rc;
	rc = regex_compile(pattern, ret, reterr);
	if (rc < 0 && reterr != NULL) {
		reterr->line = node->line;
		reterr->column = node->column;
	}
	if (rc < 0)
		return rc;
	if (arena_defer(a, release_regex, *ret) < 0) {
		regex_free(*ret);
		return err_set(reterr, E_NOMEM, "no memory for a pattern");
	}
	return E_OK;
}

static int compile_matches(struct compiler *c, const struct yaml_node *value, struct condition *t)
{
	t->test = TEST_MATCHES;
	return pattern_compile(value, c->arena, &t->regex, c->err);
}

static int compile_present(struct compiler *c, const struct yaml_node *value, struct condition *t)
{
	bool yes = true;
	int rc = yaml_bool(value, &yes, c->err);

	t->test = TEST_PRESENT;
	t->number = yes;
	return rc;
}

static int compile_operator(struct compiler *c, const struct yaml_node *op, const struct yaml_node *value,
    struct condition *t)
{
	static const char *const words[] = { "at-least", "at-most", "matches", "present", "not" };
	int at = 0, rc = yaml_word(op, words, sizeof words / sizeof words[0], &at, c->err);

	if (rc < 0)
		return rc;
	switch (at) {
	case 0: return compile_bound(c, value, t, TEST_AT_LEAST);
	case 1: return compile_bound(c, value, t, TEST_AT_MOST);
	case 2: return compile_matches(c, value, t);
	case 3: return compile_present(c, value, t);
	default: break;
	}
	t->negated = true;
	return compile_among(c, value, t);
}

static struct condition *make_test(struct compiler *c, enum fact_id fact)
{
	struct condition *t = make(c, KIND_TEST);

	if (t != NULL)
		t->fact = fact;
	return t;
}

/* "fact: value", "fact: [values]" or "fact: {operator: value, ...}", where all operators must hold. */
static int compile_fact(struct compiler *c, const struct yaml_node *key, const struct yaml_node *value,
    const struct condition **ret)
{
	enum fact_id id = fact_find(key->scalar);
	struct condition *all, *t;
	int rc = E_OK;

	if (id == FACT_COUNT) {
		const char *near = fact_nearest(key->scalar);

		return err_at(c->err, key->line, key->column, "unknown fact \"%.*s\"%s%s%s", SLICE_FMT(slice_sub(key->scalar, 0, 60)),
		    near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near, near == NULL ? "" : "\"?");
	}
	if (value->kind != YAML_MAP) {
		if ((t = make_test(c, id)) == NULL)
			return E_NOMEM;
		*ret = t;
		return compile_among(c, value, t);
	}
	if (value->count == 0)
		return err_at(c->err, value->line, value->column, "a value or a comparison is expected here, such as {at-least: 3}");
	if ((all = make(c, KIND_ALL)) == NULL || (all->children = arena_array(c->arena, value->count, sizeof *all->children)) == NULL)
		return err_set(c->err, E_NOMEM, "no memory for a condition");
	for (size_t i = 0; rc == E_OK && i < value->count; i++) {
		if ((t = make_test(c, id)) == NULL)
			return E_NOMEM;
		rc = compile_operator(c, value->keys[i], value->items[i], t);
		all->children[all->count++] = t;
	}
	*ret = all;
	return rc;
}

static int compile_list(struct compiler *c, const struct yaml_node *list, enum kind kind, const struct condition **ret)
{
	struct condition *n = make(c, kind);

	if (n == NULL)
		return E_NOMEM;
	if (list->kind != YAML_LIST || list->count == 0)
		return err_at(c->err, list->line, list->column, "a list of conditions is expected here");
	n->children = arena_array(c->arena, list->count, sizeof *n->children);
	if (n->children == NULL)
		return err_set(c->err, E_NOMEM, "no memory for a condition");
	for (size_t i = 0; i < list->count; i++) {
		int rc = compile_map(c, list->items[i], &n->children[i]);

		if (rc < 0)
			return rc;
		n->count++;
	}
	*ret = n;
	return E_OK;
}

static int compile_not(struct compiler *c, const struct yaml_node *map, const struct condition **ret)
{
	struct condition *n = make(c, KIND_NOT);

	if (n == NULL || (n->children = arena_array(c->arena, 1, sizeof *n->children)) == NULL)
		return err_set(c->err, E_NOMEM, "no memory for a condition");
	n->count = 1;
	*ret = n;
	return compile_map(c, map, &n->children[0]);
}

static int compile_entry(struct compiler *c, const struct yaml_node *key, const struct yaml_node *value,
    const struct condition **ret)
{
	if (slice_eq(key->scalar, SLICE("all")))
		return compile_list(c, value, KIND_ALL, ret);
	if (slice_eq(key->scalar, SLICE("any")))
		return compile_list(c, value, KIND_ANY, ret);
	if (slice_eq(key->scalar, SLICE("not")))
		return compile_not(c, value, ret);
	return compile_fact(c, key, value, ret);
}

/* Depth is bounded by the YAML reader, so the recursion is too. */
static int compile_map(struct compiler *c, const struct yaml_node *map, const struct condition **ret)
{
	struct condition *n = make(c, KIND_ALL);

	if (n == NULL)
		return E_NOMEM;
	if (map->kind != YAML_MAP || map->count == 0)
		return err_at(c->err, map->line, map->column, "a map of facts is expected here, such as "
		    "{platform.category: sales-engagement}");
	n->children = arena_array(c->arena, map->count, sizeof *n->children);
	if (n->children == NULL)
		return err_set(c->err, E_NOMEM, "no memory for a condition");
	for (size_t i = 0; i < map->count; i++) {
		int rc = compile_entry(c, map->keys[i], map->items[i], &n->children[i]);

		if (rc < 0)
			return rc;
		n->count++;
	}
	*ret = n;
	return E_OK;
}

int condition_compile(const struct yaml_node *when, struct arena *a, const struct condition **ret, struct err *reterr)
{
	struct compiler c = { a, reterr };

	return compile_map(&c, when, ret);
}

static bool among(const struct condition *t, struct slice text)
{
	for (size_t i = 0; i < t->words_count; i++)
		if (slice_ieq(t->words[i], text))
			return true;
	return false;
}

static bool number_among(const struct condition *t, int64_t number, bool as_bool)
{
	for (size_t i = 0; i < t->words_count; i++) {
		/* the compiler has seen that each word is such a number; YAML scalars end in NUL */
		int64_t n = as_bool ? is_word_of(t->words[i], "yes true") : strtoll(t->words[i].p, NULL, 10);

		if (n == number)
			return true;
	}
	return false;
}

static bool value_among(const struct condition *t, const struct fact *v)
{
	switch (fact_spec(t->fact)->type) {
	case FACT_TYPE_TEXT:
	case FACT_TYPE_WORD:
		return among(t, v->text);
	case FACT_TYPE_INT:
		return number_among(t, v->number, false);
	case FACT_TYPE_BOOL:
		return number_among(t, v->number, true);
	case FACT_TYPE_LIST:
		break;
	}
	for (size_t i = 0; i < v->count; i++)
		if (among(t, v->list[i]))
			return true;
	return false;
}

static bool value_matches(const struct condition *t, const struct fact *v)
{
	struct regex_scratch *s = regex_scratch_new();
	int64_t budget_us = 10000;
	bool hit = s != NULL && v->text.p != NULL
	    && regex_match(t->regex, s, v->text, NULL, &budget_us) == REGEX_YES;

	for (size_t i = 0; s != NULL && !hit && i < v->count; i++)
		hit = regex_match(t->regex, s, v->list[i], NULL, &budget_us) == REGEX_YES;
	regex_scratch_free(s);
	return hit;
}

static bool test_holds(const struct condition *t, const struct facts *f)
{
	const struct fact *v = &f->at[t->fact];
	bool boolean = fact_spec(t->fact)->type == FACT_TYPE_BOOL;
	int64_t number = fact_spec(t->fact)->type == FACT_TYPE_LIST ? (int64_t)v->count : v->number;

	switch (t->test) {
	case TEST_PRESENT:
		return v->present == (t->number != 0);
	case TEST_AT_LEAST:
		return v->present && number >= t->number;
	case TEST_AT_MOST:
		return v->present && number <= t->number;
	case TEST_MATCHES:
		return v->present && value_matches(t, v);
	case TEST_AMONG:
		break;
	}
	/* a yes-or-no fact that nobody set reads "no" */
	return (v->present || boolean ? value_among(t, v) : false) != t->negated;
}

bool condition_holds(const struct condition *c, const struct facts *f)
{
	switch (c->kind) {
	case KIND_TEST:
		return test_holds(c, f);
	case KIND_NOT:
		return !condition_holds(c->children[0], f);
	case KIND_ALL:
	case KIND_ANY:
		break;
	}
	for (size_t i = 0; i < c->count; i++)
		if (condition_holds(c->children[i], f) == (c->kind == KIND_ANY))
			return c->kind == KIND_ANY;
	return c->kind == KIND_ALL;
}

bool condition_uses(const struct condition *c, const char *prefix)
{
	if (c->kind == KIND_TEST)
		return strncmp(fact_spec(c->fact)->name, prefix, strlen(prefix)) == 0;
	for (size_t i = 0; i < c->count; i++)
		if (condition_uses(c->children[i], prefix))
			return true;
	return false;
}

void condition_facts(const struct condition *c, void (*visit)(enum fact_id, void *), void *arg)
{
	if (c->kind == KIND_TEST && !c->negated)
		visit(c->fact, arg);
	for (size_t i = 0; c->kind != KIND_NOT && i < c->count; i++)
		condition_facts(c->children[i], visit, arg);
}
