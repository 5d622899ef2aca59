/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/catalogue/lint.h"

#define ACME "platform: acme\nname: Acme\ncategory: crm\nfingerprints:\n"
#define ROW(pattern, proof, match, miss) \
	"  - {where: url, pattern: '" pattern "', proof: " proof ", source: s, match: '" match "', miss: '" miss "'}\n"

enum { ANY = -1 };

struct told {
	int count;
	char last[800];
};

static void note(const char *file, unsigned line, const char *text, void *arg)
{
	struct told *t = arg;

	t->count++;
	snprintf(t->last, sizeof t->last, "%s:%u: %s", strrchr(file, '/') + 1, line, text);
}

static struct told lint(const char *dir)
{
	struct told t = { 0 };
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };
	int n;

	arena_init(&a, 65536, 256 << 20);
	assert_ok(catalogue_load(dir, &a, &c, &e), e);
	n = catalogue_lint(c, note, &t, &e);
	if (n < 0)
		fail_msg("%s", e.text);
	assert_int_equal(n, t.count);
	arena_done(&a);
	return t;
}

static void each_kind_of_problem_is_found(void **state)
{
	static const struct { const char *text; int count; const char *message; } rows[] = {
		{ ACME ROW("acme", "strong", "acme", "acm"), 0, "" },
		{ ACME ROW("acme", "strong", "acm", "xx"), 1, "acme.yaml:5: does not match its own example: acme against \"acm\"" },
		{ ACME ROW("acme", "strong", "acme", "acmes"), 1, "acme.yaml:5: matches its near miss: acme against \"acmes\"" },
		{ ACME ROW("acme", "strong", "acme", "x") ROW("other", "hint", "other", "x") ROW("acme", "hint", "acme", "y"), 1, "is there twice" },
		{ ACME ROW("(?:a+a+)+b$", "strong", "aab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaacb"), ANY, "is too slow on a long text" },
		{ ACME ROW("acme", "strong", "ACME", "x"), 0, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct told t;

		file_make(*state, "acme.yaml", rows[i].text);
		t = lint(*state);
		/* how many examples the slow one fails is not told beforehand */
		if (!contains(t.last, rows[i].message) || (t.count != rows[i].count && rows[i].count != ANY))
			fail_msg("row %zu: %d problems, \"%s\"", i, t.count, t.last);
	}
}

static void two_platforms_may_share_a_hint_but_no_proof(void **state)
{
	static const struct { const char *one, *two; int count; } rows[] = {
		{ ROW("same", "hint", "same", "x"), ROW("same", "hint", "same", "x"), 0 },
		{ ROW("same", "strong", "same", "x"), ROW("same", "hint", "same", "x"), 1 },
		{ ROW("same", "strong", "same", "x"), ROW("same", "strong", "same", "x"), 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[1024];
		struct told t;

		snprintf(text, sizeof text, "%s%s", ACME, rows[i].one);
		file_make(*state, "acme.yaml", text);
		snprintf(text, sizeof text, "platform: other\nname: O\ncategory: crm\nfingerprints:\n%s", rows[i].two);
		file_make(*state, "other.yaml", text);
		t = lint(*state);
		if (t.count != rows[i].count || (t.count > 0 && !contains(t.last, "is proof of two platforms")))
			fail_msg("row %zu: %d problems, \"%s\"", i, t.count, t.last);
	}
}

static void the_shipped_catalogue_is_clean(void **state)
{
	struct told t = lint(source("policies/platforms"));

	(void)state;
	if (t.count != 0)
		fail_msg("%d problems, the last: %s", t.count, t.last);
}

static void so_it_is_without_hyperscan(void **state)
{
	struct told t;

	(void)state;
	setenv("ANTISALES_NO_HYPERSCAN", "1", 1);
	t = lint(source("policies/platforms"));
	unsetenv("ANTISALES_NO_HYPERSCAN");
	if (t.count != 0)
		fail_msg("%d problems, the last: %s", t.count, t.last);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_kind_of_problem_is_found, with_folder, without_folder),
		cmocka_unit_test_setup_teardown(two_platforms_may_share_a_hint_but_no_proof, with_folder, without_folder),
		cmocka_unit_test(the_shipped_catalogue_is_clean),
		cmocka_unit_test(so_it_is_without_hyperscan),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
