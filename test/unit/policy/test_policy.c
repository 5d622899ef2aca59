/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/base/alloc.h"

/* Whole policy files: what is read, and each mistake with file, line and column. */

#define RULE "rules:\n  - id: a\n    when: {platform.id: x}\n    points: 5\n    says: s\n"

static int with_platforms(void **state)
{
	*state = folder_make();
	house_platforms(*state);
	return 0;
}

static int compile(const char *dir, const char *text, struct policy **ret, struct err *e)
{
	*e = (struct err){ 0 };
	return policy_compile(file_make(dir, "p.yaml", text), ret, e);
}

static struct policy *compiled(const char *dir, const char *text)
{
	struct policy *p = NULL;
	struct err e;

	assert_ok(compile(dir, text, &p, &e), e);
	return p;
}

static void nothing_said_means_defaults(void **state)
{
	struct policy *p = compiled(*state, "");

	assert_contains(p->name.p, "p.yaml");
	assert_int_equal(p->mode, MODE_ENFORCE);
	assert_int_equal(p->thresholds.at[VERDICT_TAG], 50);
	assert_int_equal(p->thresholds.at[VERDICT_QUARANTINE], NEVER);
	assert_int_equal(p->thresholds.at[VERDICT_REJECT], NEVER);
	assert_int_equal(p->reject.code, 550);
	assert_slice(p->reject.enhanced, "5.7.1");
	assert_true(p->headers_for_clean);
	assert_int_equal(p->rules_count, 0);
	assert_int_equal(catalogue_count(p->catalogue), 2);
	policy_free(p);
}

static void all_keys_are_read(void **state)
{
	struct policy *p = compiled(*state,
	    "policy: mine\nmode: shadow\nplatforms: platforms\nverdicts: {tag: 10, quarantine: 20, reject: never}\n"
	    "freemail: [Free.Example, mail.example.]\nnever-filter: [ceo@example.com]\nheader-for-clean-mail: no\n"
	    "several-recipients: lenient\nreject-reply: {code: 554, enhanced: 5.7.0, text: Not here}\n"
	    "classes: {board: {recipients: '*@board.example', verdicts: {tag: 5}, mode: enforce}}\n" RULE);

	assert_slice(p->name, "mine");
	assert_int_equal(p->mode, MODE_SHADOW);
	assert_int_equal(p->thresholds.at[VERDICT_TAG], 10);
	assert_int_equal(p->thresholds.at[VERDICT_QUARANTINE], 20);
	assert_int_equal(p->thresholds.at[VERDICT_REJECT], NEVER);
	assert_true(policy_is_freemail(p, SLICE("free.example")));
	assert_true(policy_is_freemail(p, SLICE("mail.example")));
	assert_false(policy_is_freemail(p, SLICE("ree.example")));
	assert_false(p->headers_for_clean);
	assert_int_equal(p->reject.code, 554);
	assert_slice(p->reject.text, "Not here");
	assert_int_equal(p->classes_count, 1);
	assert_int_equal(p->classes[0].mode, MODE_ENFORCE);
	assert_int_equal(p->classes[0].thresholds.at[VERDICT_TAG], 5);
	assert_int_equal(p->classes[0].thresholds.at[VERDICT_QUARANTINE], 20);
	assert_int_equal(p->rules_count, 1);
	policy_free(p);
}

static void each_mistake_is_told_with_its_place(void **state)
{
	static const struct { const char *text, *message; } rows[] = {
		{ "x", "1:1: policy must be a map of keys and values" },
		{ "polcy: x", "1:1: unknown key in policy \"polcy\", did you mean \"policy\"?" },
		{ "mode: shado", "1:7: unknown word \"shado\", did you mean \"shadow\"?" },
		{ "policy: [a]", "1:9: one value is expected here" },
		{ "verdicts: 5", "1:11: verdicts must be a map" },
		{ "verdicts: {tga: 5}", "1:12: unknown key in verdicts \"tga\", did you mean \"tag\"?" },
		{ "verdicts: {tag: 0}", "1:17: a score from 1 to 100 or \"never\" is expected here" },
		{ "verdicts: {tag: 101}", "1:17: a score from 1 to 100" },
		{ "verdicts: {reject: nevr}", "1:20: a score from 1 to 100" },
		{ "verdicts: {reject: [1]}", "1:20: a score from 1 to 100" },
		{ "rules: x", "1:8: rules must be a list" },
		{ "rules: [x]", "1:9: rule must be a map" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: 5\n", "2:5: a rule needs \"says:\"" },
		{ "rules:\n  - when: {platform.id: x}\n    points: 5\n    says: s\n", "2:5: a rule needs \"id:\"" },
		{ "rules:\n  - id: a\n    points: 5\n    says: s\n", "2:5: a rule needs \"when:\"" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    says: s\n", "2:5: a rule needs \"points:\"" },
		{ "rules:\n  - id: a\n    wen: {platform.id: x}\n", "3:5: unknown key in rule \"wen\", did you mean \"when\"?" },
		{ "rules:\n  - id: a b\n    when: {platform.id: x}\n    points: 5\n    says: s\n", "2:9: a rule's id is made of letters" },
		{ "rules:\n  - id: ''\n    when: {platform.id: x}\n    points: 5\n    says: s\n", "2:9: a rule's id is made of letters" },
		{ "rules:\n  - id: a\n    when: {platfom.id: x}\n    points: 5\n    says: s\n",
		  "3:12: unknown fact \"platfom.id\", did you mean \"platform.id\"?" },
		{ "rules:\n  - id: a\n    when: {header.subject: {matches: '(a'}}\n    points: 5\n    says: s\n",
		  "3:38: bad regular expression at offset 2: missing closing parenthesis" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: many\n    says: s\n", "4:13: a whole number from -100 to 100" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: 101\n    says: s\n", "4:13: a whole number from -100 to 100" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: [1]\n    says: s\n", "4:13: a whole number from -100 to 100" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {per: link.count, each: 1}\n    says: s\n",
		  "4:13: points need \"per\", \"each\" and \"at-most\"" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {per: link.cout, each: 1, at-most: 5}\n    says: s\n",
		  "4:19: unknown fact \"link.cout\", did you mean \"link.count\"?" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {per: platform.id, each: 1, at-most: 5}\n    says: s\n",
		  "4:19: platform.id is no number, points cannot be counted per unit of it" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {per: link.count, each: x, at-most: 5}\n    says: s\n",
		  "4:37: a number from -1000 to 1000" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {per: link.count, each: nan, at-most: 5}\n    says: s\n",
		  "4:37: a number from -1000 to 1000" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {per: link.count, each: 1, at-most: 101}\n    says: s\n",
		  "4:49: a whole number from 0 to 100" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: {pr: link.count}\n    says: s\n",
		  "4:14: unknown key in points \"pr\", did you mean \"per\"?" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: 5\n    says: 'by {platform.nam}'\n",
		  "5:11: unknown fact \"platform.nam\", did you mean \"platform.name\"?" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: 5\n    says: 'by {'\n", "5:11: a \"{\" without" },
		{ "rules:\n  - id: a\n    when: {platform.id: x}\n    points: 5\n    says: [s]\n", "5:11: one value is expected here" },
		{ RULE "  - id: a\n    when: {platform.id: y}\n    points: 5\n    says: s\n", "6:5: the rule \"a\" is there twice, first in line 2" },
		{ "classes: x", "1:10: classes must be a map of names" },
		{ "classes: {a: x}", "1:14: class must be a map" },
		{ "classes: {a: {verdicts: {tag: 5}}}", "1:14: class \"a\" needs \"recipients:\"" },
		{ "classes: {a: {recipient: x}}", "1:15: unknown key in class \"recipient\", did you mean \"recipients\"?" },
		{ "classes: {a: {recipients: x, mode: maybe}}", "1:36: unknown word \"maybe\"" },
		{ "classes: {a: {recipients: x, verdicts: {tag: x}}}", "1:46: a score from 1 to 100" },
		{ "classes: {a: {recipients: {b: c}}}", "1:27: a value or a list of values is expected here" },
		{ "never-filter: {a: b}", "1:15: a value or a list of values" },
		{ "header-for-clean-mail: perhaps", "1:24: yes or no is expected here" },
		{ "several-recipients: split", "1:21: unknown word \"split\"" },
		{ "reject-reply: x", "1:15: reject-reply must be a map" },
		{ "reject-reply: {code: 450}", "1:22: a whole number from 550 to 559" },
		{ "reject-reply: {enhanced: 4.7.1}", "1:15: enhanced must be a status code such as 5.7.1" },
		{ "reject-reply: {enhanced: 5.x.1}", "1:15: enhanced must be" },
		{ "reject-reply: {enhanced: '5....'}", "1:15: enhanced must be" },
		{ "reject-reply: {enhanced: '5.7.'}", "1:15: enhanced must be" },
		{ "reject-reply: {enhanced: '5.7'}", "1:15: enhanced must be" },
		{ "reject-reply: {text: '100%'}", "1:15: the text of a reply must be printable ASCII without '%'" },
		{ "reject-reply: {text: 'caf\xc3\xa9'}", "1:15: the text of a reply must be printable ASCII" },
		{ "reject-reply: {text: ''}", "1:15: the text of a reply must have 1 to 300 characters" },
		{ "reject-reply: {txt: x}", "1:16: unknown key in reject-reply \"txt\", did you mean \"text\"?" },
		{ "mode: shadow\nmode: enforce", "2:1: \"mode\" is given twice, first in line 1" },
		{ "mode: &a shadow", "1:7: anchors, aliases and tags are not used in these files" },
		{ "mode: !!str shadow", "1:7: anchors" },
		{ "a: 1\n---\nb: 2", "2:1: a second document in one file" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *p = NULL;
		char want[5000];
		struct err e;

		if (compile(*state, rows[i].text, &p, &e) != E_SYNTAX)
			fail_msg("row %zu was taken: %s", i, rows[i].text);
		snprintf(want, sizeof want, "%s:%s", path_in(*state, "p.yaml"), rows[i].message);
		if (strncmp(e.text, want, strlen(want)) != 0)
			fail_msg("row %zu: \"%s\" instead of \"%s\"", i, e.text, want);
	}
}

static void missing_files_are_named(void **state)
{
	static const struct { const char *text, *file; } rows[] = {
		{ "platforms: elsewhere\n", "elsewhere" }, { "freemail: nothing.yaml\n", "nothing.yaml" },
	};
	struct policy *p = NULL;
	struct err e;

	assert_int_equal(policy_compile(path_in(*state, "gone.yaml"), &p, &e), E_ABSENT);
	assert_contains(e.text, "gone.yaml: No such file");
	for (size_t i = 0; i < COUNT(rows); i++)
		if (compile(*state, rows[i].text, &p, &e) != E_SYNTAX || !contains(e.text, rows[i].file))
			fail_msg("row %zu: %s", i, e.text);
	assert_true(policy_compile(*state, &p, &e) < 0);
	assert_contains(e.text, "is a folder");
}

static void a_bad_platform_file_is_named(void **state)
{
	struct policy *p = NULL;
	struct err e;

	file_make(*state, "platforms/worse.yaml", "platform: worse\nname: W\ncategory: nonsense\nfingerprints: []\n");
	assert_int_equal(compile(*state, "", &p, &e), E_SYNTAX);
	assert_contains(e.text, "platforms/worse.yaml:3:11: unknown word \"nonsense\"");
	assert_null(strstr(e.text, "p.yaml: "));
}

static void freemail_may_be_a_file(void **state)
{
	struct policy *p;
	struct err e;

	file_make(*state, "free.yaml", "- b.example\n- a.example\n- B\xc3\xbc" "cher.example\n");
	p = compiled(*state, "freemail: free.yaml\n");
	assert_int_equal(p->freemail_count, 3);
	assert_true(policy_is_freemail(p, SLICE("a.example")));
	assert_true(policy_is_freemail(p, SLICE("xn--bcher-kva.example")));
	assert_false(policy_is_freemail(p, SLICE("c.example")));
	assert_false(policy_is_freemail(p, SLICE("")));
	policy_free(p);
	file_make(*state, "free.yaml", "a: b\n");
	assert_int_equal(compile(*state, "freemail: free.yaml\n", &p, &e), E_SYNTAX);
	assert_contains(e.text, "free.yaml:1:1: a value or a list of values");
}

static void shipped_policies_compile(void **state)
{
	static const struct { const char *file; enum mode mode; } rows[] = {
		{ "policies/default.yaml", MODE_ENFORCE }, { "policies/strict.yaml", MODE_ENFORCE }, { "policies/shadow.yaml", MODE_SHADOW },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *p = NULL;
		struct err e = { 0 };

		if (policy_compile(source(rows[i].file), &p, &e) < 0)
			fail_msg("%s", e.text);
		if (p->mode != rows[i].mode || p->rules_count == 0 || !policy_is_freemail(p, SLICE("gmail.com")))
			fail_msg("row %zu", i);
		policy_free(p);
	}
}

static void the_default_policy_holds_and_refuses_nothing(void **state)
{
	struct policy *p = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(policy_compile(source("policies/default.yaml"), &p, &e), e);
	assert_int_equal(p->thresholds.at[VERDICT_QUARANTINE], NEVER);
	assert_int_equal(p->thresholds.at[VERDICT_REJECT], NEVER);
	policy_free(p);
}

static void without_memory_it_fails_cleanly(void **state)
{
	static const char text[] = "freemail: [a.example]\nnever-filter: [b@]\nclasses: {c: {recipients: d@}}\n"
	    "rules:\n  - id: a\n    when: {any: [{platform.id: {matches: x}}, {not: {link.count: {at-least: 3}}}]}\n    points: 5\n"
	    "    says: 'by {platform.name} and {link.count}'\n";
	unsigned long n = 1;
	int rc;

	do {
		struct policy *p = NULL;
		struct err e;

		alloc_fail_at(n++);
		rc = compile(*state, text, &p, &e);
		alloc_fail_at(0);
		if (rc == E_OK)
			policy_free(p);
		else if (e.text[0] == '\0')
			fail_msg("allocation %lu: no reason", n - 1);
	} while (rc < 0 && n < 300);
	assert_int_equal(rc, E_OK);
	policy_free(NULL);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_platforms, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(nothing_said_means_defaults),
		IN_FOLDER(all_keys_are_read),
		IN_FOLDER(each_mistake_is_told_with_its_place),
		IN_FOLDER(missing_files_are_named),
		IN_FOLDER(a_bad_platform_file_is_named),
		IN_FOLDER(freemail_may_be_a_file),
		cmocka_unit_test(shipped_policies_compile),
		cmocka_unit_test(the_default_policy_holds_and_refuses_nothing),
		IN_FOLDER(without_memory_it_fails_cleanly),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
