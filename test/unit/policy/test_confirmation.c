/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

/* The phrases of confirmations: how they are read, which one counts, and what lint says of them. */

#define PHRASE(kind, where, pattern) "{kind: " kind ", where: " where ", pattern: '" pattern "', match: x, miss: y}"
#define THREE "confirmations:\n" \
	"  - " PHRASE("other", "subject", "order") "\n" \
	"  - " PHRASE("document", "[subject, text]", "your copy of (?<document>\\w+)") "\n" \
	"  - " PHRASE("subscription", "text", "subscribed") "\n"

static int with_platforms(void **state)
{
	*state = folder_make();
	house_platforms(*state);
	return 0;
}

static struct policy *compiled(const char *dir, const char *text)
{
	struct policy *p = NULL;
	struct err e = { 0 };

	assert_ok(policy_compile(file_make(dir, "p.yaml", text), &p, &e), e);
	return p;
}

static void without_the_key_there_are_none(void **state)
{
	struct policy *p = compiled(*state, "");

	assert_int_equal(p->confirmations.count, 0);
	assert_null(confirmation_find(&p->confirmations, SLICE("your copy of x"), SLICE("x"), NULL));
	policy_free(p);
}

static void a_list_stands_in_the_policy_or_beside_it(void **state)
{
	struct policy *here = compiled(*state, THREE), *beside;

	assert_int_equal(here->confirmations.count, 3);
	assert_contains(here->confirmations.file.p, "p.yaml");
	file_make(*state, "c.yaml", "- " PHRASE("document", "subject", "a") "\n");
	beside = compiled(*state, "confirmations: c.yaml\n");
	assert_int_equal(beside->confirmations.count, 1);
	assert_contains(beside->confirmations.file.p, "c.yaml");
	assert_int_equal(beside->confirmations.at[0].line, 1);
	policy_free(beside);
	policy_free(here);
}

static void the_first_in_the_subject_decides(void **state)
{
	static const struct { const char *subject, *text; int kind; const char *document; } rows[] = {
		{ "Your copy of Tea", "", CONFIRMATION_DOCUMENT, "Tea" },
		{ "your COPY of Tea", "you are subscribed", CONFIRMATION_DOCUMENT, "Tea" },
		{ "Your order: your copy of Tea", "you are subscribed", CONFIRMATION_OTHER, NULL },
		{ "News", "Here is your copy of Tea", CONFIRMATION_DOCUMENT, NULL },
		{ "News", "you are subscribed", CONFIRMATION_SUBSCRIPTION, NULL },
		{ "subscribed", "", -1, NULL },
		{ "News", "your order", -1, NULL },
		{ "", "", -1, NULL },
	};
	struct policy *p = compiled(*state, THREE);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice caps[REGEX_CAPTURES];
		const struct confirmation *c = confirmation_find(&p->confirmations, slice_of(rows[i].subject), slice_of(rows[i].text), caps);
		struct slice document = c == NULL ? (struct slice){ 0 } : caps[c->document_group];

		if ((c == NULL ? -1 : (int)c->kind) != rows[i].kind)
			fail_msg("row %zu: kind %d", i, c == NULL ? -1 : (int)c->kind);
		if (rows[i].document != NULL)
			assert_slice(document, rows[i].document);
	}
	policy_free(p);
}

static void only_the_beginning_counts(void **state)
{
	struct policy *p = compiled(*state, THREE);
	char text[400];

	memset(text, 'x', sizeof text);
	memcpy(text + CONFIRMATION_BYTES - 11, " subscribed", 11);
	assert_non_null(confirmation_find(&p->confirmations, SLICE(""), (struct slice){ text, sizeof text }, NULL));
	memcpy(text + CONFIRMATION_BYTES - 11, "  subscribed", 12);
	assert_null(confirmation_find(&p->confirmations, SLICE(""), (struct slice){ text, sizeof text }, NULL));
	policy_free(p);
}

static void mistakes_are_told_with_their_place(void **state)
{
	static const struct { const char *text, *told; } rows[] = {
		{ "confirmations: none.yaml\n", "p.yaml:1:16" },
		{ "confirmations: {a: b}\n", "p.yaml:1:16: confirmations must be a list" },
		{ "confirmations:\n  - {kind: document}\n", "p.yaml:2:5: \"where:\" is missing" },
		{ "confirmations:\n  - {kinds: document}\n", "kind" },
		{ "confirmations:\n  - " PHRASE("documents", "text", "a") "\n", "document" },
		{ "confirmations:\n  - " PHRASE("document", "header", "a") "\n", "p.yaml:2:29: unknown word \"header\"" },
		{ "confirmations:\n  - " PHRASE("document", "[text, header]", "a") "\n", "p.yaml:2:36: unknown word \"header\"" },
		{ "confirmations:\n  - " PHRASE("document", "text", "(") "\n", "p.yaml:2:44: bad regular expression" },
		{ "confirmations:\n  - " PHRASE("document", "text", "()()()()()()()(?<document>a)") "\n", "too many groups" },
		{ "confirmations:\n  - {kind: document, where: text, pattern: a, match: [], miss: y}\n", "at least one match" },
		{ "confirmations: c.yaml\n", "c.yaml:1:3: \"where:\" is missing" },
	};

	file_make(*state, "c.yaml", "- {kind: document}\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *p = NULL;
		struct err e = { 0 };

		assert_int_equal(policy_compile(file_make(*state, "p.yaml", rows[i].text), &p, &e), E_SYNTAX);
		if (!contains(e.text, rows[i].told))
			fail_msg("row %zu: %s", i, e.text);
	}
}

struct heard {
	size_t count;
	unsigned line;
	char text[400];
};

static void on_problem(const char *file, unsigned line, const char *text, void *arg)
{
	struct heard *t = arg;

	assert_contains(file, "p.yaml");
	t->count++;
	t->line = line;
	snprintf(t->text, sizeof t->text, "%s", text);
}

static void lint_runs_the_examples(void **state)
{
	static const struct { const char *text, *told; } rows[] = {
		{ "confirmations:\n  - {kind: document, where: text, pattern: a, match: [a, ba], miss: [b, c]}\n", NULL },
		{ "confirmations:\n  - {kind: document, where: text, pattern: a, match: [a, b], miss: c}\n", "does not match its own example" },
		{ "confirmations:\n  - {kind: document, where: text, pattern: a, match: a, miss: [b, a]}\n", "matches its near miss" },
		{ "confirmations:\n  - {kind: document, where: text, pattern: ab, match: ab, miss: b}\n"
		  "  - {kind: document, where: text, pattern: a, match: ab, miss: b}\n", NULL },
		{ "confirmations:\n  - {kind: other, where: [text, subject], pattern: ab, match: ab, miss: b}\n"
		  "  - {kind: document, where: subject, pattern: a, match: ab, miss: b}\n", "another kind comes first" },
		{ "confirmations:\n  - {kind: other, where: subject, pattern: ab, match: ab, miss: b}\n"
		  "  - {kind: document, where: text, pattern: a, match: ab, miss: b}\n", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *p = compiled(*state, rows[i].text);
		struct heard heard = { 0 };
		struct err e = { 0 };
		int problems = confirmations_lint(&p->confirmations, on_problem, &heard, &e);

		if (problems != (rows[i].told == NULL ? 0 : 1) || heard.count != (size_t)problems)
			fail_msg("row %zu: %d problems, the last one: %s", i, problems, heard.text);
		if (rows[i].told != NULL)
			assert_contains(heard.text, rows[i].told);
		policy_free(p);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_the_key_there_are_none, with_platforms, without_folder),
		cmocka_unit_test_setup_teardown(a_list_stands_in_the_policy_or_beside_it, with_platforms, without_folder),
		cmocka_unit_test_setup_teardown(the_first_in_the_subject_decides, with_platforms, without_folder),
		cmocka_unit_test_setup_teardown(only_the_beginning_counts, with_platforms, without_folder),
		cmocka_unit_test_setup_teardown(mistakes_are_told_with_their_place, with_platforms, without_folder),
		cmocka_unit_test_setup_teardown(lint_runs_the_examples, with_platforms, without_folder),
	};

	return cmocka_run_group_tests_name("confirmation", tests, NULL, NULL);
}
