/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/yaml.h"

struct parsed {
	struct arena arena;
	const struct yaml_node *root;
	struct err err;
	int rc;
};

static void parse(struct slice text, struct parsed *p)
{
	memset(p, 0, sizeof *p);
	arena_init(&p->arena, 4096, 256 << 20);
	p->rc = yaml_parse(text, &p->arena, &p->root, &p->err);
}

static const struct yaml_node *good(const char *text, struct parsed *p)
{
	parse(slice_of(text), p);
	assert_ok(p->rc, p->err);
	return p->root;
}

static void a_tree_is_built(void **state)
{
	struct parsed p;
	const struct yaml_node *root = good("a: 1\nb: [x, {y: z}]\n'c d': |\n  text\n", &p), *b = yaml_get(root, "b");

	(void)state;
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(root->count, 3);
	assert_slice(yaml_get(root, "a")->scalar, "1");
	assert_int_equal(b->kind, YAML_LIST);
	assert_int_equal(b->count, 2);
	assert_int_equal(b->line, 2);
	assert_int_equal(b->column, 4);
	assert_slice(yaml_get(b->items[1], "y")->scalar, "z");
	assert_slice(yaml_get(root, "c d")->scalar, "text\n");
	assert_null(yaml_get(root, "d"));
	assert_null(yaml_get(b, "a"));
	assert_null(yaml_get(NULL, "a"));
	arena_done(&p.arena);
}

static void nothing_is_an_empty_map(void **state)
{
	static const char *const rows[] = { "", "\n", "# only a remark\n", "---\n", "''" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed p;
		const struct yaml_node *root = good(rows[i], &p);

		if (root->kind != YAML_MAP || root->count != 0)
			fail_msg("row %zu", i);
		arena_done(&p.arena);
	}
}

static void what_is_not_used_is_refused_with_its_place(void **state)
{
	static const struct { const char *text; unsigned line, column; const char *message; } rows[] = {
		{ "a: &x 1\nb: *x\n", 1, 4, "anchors, aliases and tags" },
		{ "a: *x\n", 1, 4, "anchors, aliases and tags" },
		{ "a: !!int 1\n", 1, 4, "anchors, aliases and tags" },
		{ "a: !foo [1]\n", 1, 4, "anchors, aliases and tags" },
		{ "a:\n  b: !x {c: d}\n", 2, 6, "anchors, aliases and tags" },
		{ "a: 1\na: 2\n", 2, 1, "\"a\" is given twice, first in line 1" },
		{ "x: {b: 1, c: 2, b: 3}\n", 1, 0, "\"b\" is given twice, first in line 1" },
		{ "a: 1\n---\nb: 2\n", 2, 1, "a second document" },
		{ "a: 1\n...\n---\nb: 2\n", 3, 1, "a second document" },
		{ "[a]: b\n", 1, 1, "a key must be a word" },
		{ "? {a: b}\n: c\n", 1, 3, "a key must be a word" },
		{ "a: [1\n", 2, 1, "" },
		{ "a: 'x\n", 2, 1, "" },
		{ "\ta: 1\n", 1, 1, "" },
		{ "a: b: c\n", 1, 5, "" },
		{ "a: \xff\n", 0, 0, "" },
		{ "a: \x01\n", 0, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed p;

		parse(slice_of(rows[i].text), &p);
		if (p.rc != E_SYNTAX || !contains(p.err.text, rows[i].message))
			fail_msg("row %zu: %d %s", i, p.rc, p.err.text);
		if ((rows[i].line != 0 && p.err.line != rows[i].line) || (rows[i].column != 0 && p.err.column != rows[i].column))
			fail_msg("row %zu: %u:%u", i, p.err.line, p.err.column);
		assert_true(p.err.line >= 1);
		arena_done(&p.arena);
	}
}

static void depth_is_bounded(void **state)
{
	static const struct { int depth; int rc; } rows[] = { { 31, E_OK }, { 32, E_OK }, { 33, E_SYNTAX }, { 5000, E_SYNTAX } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static char text[10001];
		struct parsed p;

		memset(text, '[', (size_t)rows[i].depth);
		memset(text + rows[i].depth, ']', (size_t)rows[i].depth);
		parse((struct slice){ text, 2 * (size_t)rows[i].depth }, &p);
		if (p.rc != rows[i].rc)
			fail_msg("row %zu: %d %s", i, p.rc, p.err.text);
		arena_done(&p.arena);
	}
}

static void entries_are_bounded(void **state)
{
	enum { N = 400001 };
	char *text = malloc(2 * N + 2);
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < N; i++)
		memcpy(text + 1 + 2 * i, "a,", 2);
	text[0] = '[';
	text[2 * N] = ']';
	parse((struct slice){ text, 2 * N + 1 }, &p);
	assert_true(p.rc < 0);
	assert_contains(p.err.text, "too many entries");
	arena_done(&p.arena);
	free(text);
}

static void a_file_is_bounded(void **state)
{
	const char *path = path_in(*state, "big.yaml");
	FILE *f = fopen(path, "w");
	const struct yaml_node *root;
	struct arena a;
	struct err e = { 0 };

	for (int i = 0; i < 5 * 1024 * 1024 / 64; i++)
		fputs("# this line has sixty-four bytes, that is with its line feed....\n", f);
	fclose(f);
	arena_init(&a, 4096, 64 << 20);
	assert_int_equal(yaml_load(path, &a, &root, &e), E_LIMIT);
	assert_int_equal(yaml_load(path_in(*state, "nothing.yaml"), &a, &root, &e), E_ABSENT);
	arena_done(&a);
}

static void unknown_keys_name_the_nearest(void **state)
{
	static const char *const words[] = { "alpha", "beta" };
	static const struct { const char *text, *message; } rows[] = {
		{ "alpha: 1\nbeta: 2\n", NULL }, { "{}", NULL }, { "alhpa: 1\n", "unknown key in thing \"alhpa\", did you mean \"alpha\"?" },
		{ "alpha: 1\nzzzzzz: 2\n", "unknown key in thing \"zzzzzz\"" }, { "[alpha]\n", "thing must be a map of keys and values" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parsed p;
		const struct yaml_node *root = good(rows[i].text, &p);
		int rc = yaml_check_keys(root, words, 2, "thing", &p.err);

		if ((rc == E_OK) != (rows[i].message == NULL) || (rc < 0 && !contains(p.err.text, rows[i].message)))
			fail_msg("row %zu: %s", i, p.err.text);
		arena_done(&p.arena);
	}
}

/* Every reader over the same texts: what it makes of "v: TEXT". */
enum reader { TEXT, INT, NUMBER, BOOL, SPAN, WORD, TEXTS };

static int read_with(enum reader r, const struct yaml_node *n, struct parsed *p)
{
	static const char *const words[] = { "red", "green" };
	struct slice text;
	const struct slice *texts;
	size_t count;
	int64_t number;
	double real;
	bool yes;
	int at;

	switch (r) {
	case TEXT: return yaml_text(n, &text, &p->err);
	case INT: return yaml_int(n, -5, 10, &number, &p->err);
	case NUMBER: return yaml_number(n, -5, 10, &real, &p->err);
	case BOOL: return yaml_bool(n, &yes, &p->err);
	case SPAN: return yaml_span(n, &number, &p->err);
	case WORD: return yaml_word(n, words, 2, &at, &p->err);
	case TEXTS: break;
	}
	return yaml_texts(n, &p->arena, &texts, &count, &p->err);
}

static void each_reader_tells_what_it_expects(void **state)
{
	static const struct { enum reader r; const char *text; const char *message; } rows[] = {
		{ TEXT, "x", NULL }, { TEXT, "[x]", "one value is expected here" }, { TEXT, "{a: b}", "one value is expected here" }, { TEXT, "''", NULL },
		{ INT, "5", NULL }, { INT, "-5", NULL }, { INT, "10", NULL }, { INT, "11", "a whole number from -5 to 10" }, { INT, "-6", "a whole number" },
		{ INT, "5x", "a whole number" }, { INT, "''", "a whole number" }, { INT, "0x5", "a whole number" }, { INT, "[5]", "a whole number" },
		{ INT, "99999999999999999999", "a whole number" }, { INT, "5.0", "a whole number" }, { INT, "010", NULL },
		{ NUMBER, "0.5", NULL }, { NUMBER, "1e1", NULL }, { NUMBER, "11", "a number from -5 to 10" }, { NUMBER, "nan", "a number" },
		{ NUMBER, "inf", "a number" }, { NUMBER, "x", "a number" }, { NUMBER, "''", "a number" }, { NUMBER, "[1]", "a number" },
		{ BOOL, "yes", NULL }, { BOOL, "no", NULL }, { BOOL, "true", NULL }, { BOOL, "false", NULL }, { BOOL, "on", "yes or no is expected here" },
		{ BOOL, "Yes", "yes or no" }, { BOOL, "1", "yes or no" }, { BOOL, "[yes]", "yes or no" },
		{ SPAN, "5m", NULL }, { SPAN, "5", NULL }, { SPAN, "5y", "a span such as" }, { SPAN, "[5m]", "a span such as" },
		{ WORD, "green", NULL }, { WORD, "gren", "unknown word \"gren\", did you mean \"green\"?" }, { WORD, "[red]", "one word is expected here" },
		{ TEXTS, "x", NULL }, { TEXTS, "[x, y]", NULL }, { TEXTS, "[]", NULL }, { TEXTS, "{a: b}", "a value or a list of values" },
		{ TEXTS, "[x, [y]]", "one value is expected here" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[100];
		struct parsed p;
		int rc;

		snprintf(text, sizeof text, "\nv: %s\n", rows[i].text);
		rc = read_with(rows[i].r, yaml_get(good(text, &p), "v"), &p);
		if ((rc == E_OK) != (rows[i].message == NULL) || (rc < 0 && !contains(p.err.text, rows[i].message)))
			fail_msg("row %zu: %d %s", i, rc, p.err.text);
		if (rc < 0 && (p.err.line != 2 || (p.err.column != 4 && rows[i].r != TEXTS)))
			fail_msg("row %zu: %u:%u", i, p.err.line, p.err.column);
		assert_int_equal(read_with(rows[i].r, NULL, &p), E_OK);
		arena_done(&p.arena);
	}
}

static void the_place_becomes_part_of_the_text(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_at(&e, 3, 4, "bad");
	assert_int_equal(yaml_err_place(&e, "f.yaml"), E_SYNTAX);
	assert_string_equal(e.text, "f.yaml:3:4: bad");
	err_set(&e, E_NOMEM, "no memory");
	assert_int_equal(yaml_err_place(&e, "f.yaml"), E_NOMEM);
	assert_string_equal(e.text, "f.yaml: no memory");
	err_set(&e, E_ABSENT, "cannot open f.yaml");
	yaml_err_place(&e, "f.yaml");
	assert_string_equal(e.text, "cannot open f.yaml");
	assert_int_equal(yaml_err_place(NULL, "f.yaml"), E_SYNTAX);
}

static void random_text_is_read_or_refused(void **state)
{
	static const char letters[] = "ab: -[]{},'\"\n\n  #&*!|>?\t%@\xff\xc3\xa9";
	struct rng r = { 55 };

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		char text[80];
		size_t n = rng_below(&r, sizeof text);
		struct parsed p;

		for (size_t k = 0; k < n; k++)
			text[k] = letters[rng_below(&r, sizeof letters - 1)];
		parse((struct slice){ text, n }, &p);
		if (p.rc < 0 && (p.err.line == 0 || p.err.text[0] == '\0'))
			fail_msg("text %zu: no place or no reason", i);
		arena_done(&p.arena);
	}
}

static void without_memory_it_fails_cleanly(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 6000; limit += 48) {
		struct arena a;
		const struct yaml_node *root;
		struct err e = { 0 };

		arena_init(&a, 64, limit);
		if (yaml_parse(SLICE("a: [b, c, {d: e, f: g}]\nh: {i: j}\n"), &a, &root, &e) < 0 && e.text[0] == '\0')
			fail_msg("%zu bytes: no reason", limit);
		arena_done(&a);
	}
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_built),
		cmocka_unit_test(nothing_is_an_empty_map),
		cmocka_unit_test(what_is_not_used_is_refused_with_its_place),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(entries_are_bounded),
		IN_FOLDER(a_file_is_bounded),
		cmocka_unit_test(unknown_keys_name_the_nearest),
		cmocka_unit_test(each_reader_tells_what_it_expects),
		cmocka_unit_test(the_place_becomes_part_of_the_text),
		cmocka_unit_test(random_text_is_read_or_refused),
		cmocka_unit_test(without_memory_it_fails_cleanly),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
