/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/alloc.h"
#include "antisales/catalogue/catalogue.h"

/* One good file; each bad one differs from it in one thing. */
#define HEAD "platform: acme\nname: Acme\ncategory: sales-engagement\n"
#define FIRST "fingerprints:\n  - where: header:X-Acme\n    pattern: '^acme-(?<tenant>\\d+)'\n    proof: strong\n" \
	"    source: a test\n    match: acme-1\n    miss: acme-x\n"

static int load(const char *dir, const char *text, struct arena *a, struct catalogue **ret, struct err *e)
{
	file_make(dir, "acme.yaml", text);
	arena_init(a, 4096, 64 << 20);
	return catalogue_load(dir, a, ret, e);
}

static void a_good_file_is_read(void **state)
{
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };
	const struct platform *p;

	assert_ok(load(*state, HEAD "also: receipts\n" FIRST
	    "  - {where: url-host, pattern: 'acme\\.example$', proof: hint, source: s, match: [a.acme.example, acme.example], "
	    "miss: [x], stream: marketing}\n", &a, &c, &e), e);
	assert_int_equal(catalogue_count(c), 1);
	assert_int_equal(catalogue_fingerprints(c), 2);
	p = catalogue_find(c, SLICE("acme"));
	assert_non_null(p);
	assert_slice(p->name, "Acme");
	assert_slice(p->also, "receipts");
	assert_int_equal(p->category, CATEGORY_SALES_ENGAGEMENT);
	assert_int_equal(p->fingerprints[0].place, PLACE_HEADER);
	assert_slice(p->fingerprints[0].header, "X-Acme");
	assert_int_equal(p->fingerprints[0].proof, PROOF_STRONG);
	assert_int_equal(p->fingerprints[0].stream, STREAM_UNKNOWN);
	assert_int_equal(p->fingerprints[0].tenant_group, 1);
	assert_int_equal(p->fingerprints[0].lead_group, 0);
	assert_int_equal(p->fingerprints[0].line, 6);
	assert_int_equal(p->fingerprints[1].proof, PROOF_HINT);
	assert_int_equal(p->fingerprints[1].stream, STREAM_MARKETING);
	assert_int_equal(p->fingerprints[1].matches_count, 2);
	assert_int_equal(p->fingerprints[1].misses_count, 1);
	assert_null(catalogue_find(c, SLICE("acm")));
	assert_null(catalogue_find(c, SLICE("acmes")));
	arena_done(&a);
}

static void header_names_are_known_in_any_case(void **state)
{
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };

	assert_ok(load(*state, HEAD FIRST, &a, &c, &e), e);
	assert_true(catalogue_reads_header(c, SLICE("x-ACME")));
	assert_false(catalogue_reads_header(c, SLICE("X-Acm")));
	assert_false(catalogue_reads_header(c, SLICE("X-Acmes")));
	assert_false(catalogue_reads_header(c, SLICE("")));
	arena_done(&a);
}

static void each_mistake_is_told_with_its_place(void **state)
{
	static const struct { const char *text, *message; } rows[] = {
		{ "", "1:1: \"platform:\" is missing" },
		{ "name: Acme\ncategory: crm\n" FIRST, "1:1: \"platform:\" is missing" },
		{ "platform: acme\ncategory: crm\n" FIRST, "1:1: \"name:\" is missing" },
		{ "platform: acme\nname: Acme\n" FIRST, "1:1: \"category:\" is missing" },
		{ HEAD, "1:1: \"fingerprints:\" is missing" },
		{ HEAD "fingerprints: []\n", "4:15: fingerprints must be a list with at least one entry" },
		{ HEAD "fingerprints: x\n", "4:15: fingerprints must be a list with at least one entry" },
		{ HEAD "fingerprints:\n  - x\n", "5:5: fingerprint must be a map" },
		{ HEAD "colour: red\n" FIRST, "4:1: unknown key in platform \"colour\"" },
		{ HEAD "nam: x\n" FIRST, "4:1: unknown key in platform \"nam\", did you mean \"name\"?" },
		{ HEAD "name: twice\n" FIRST, "4:1: \"name\" is given twice, first in line 2" },
		{ "platform: other\nname: Acme\ncategory: crm\n" FIRST, "1:11: the id must be lower-case letters" },
		{ "platform: Acme\nname: Acme\ncategory: crm\n" FIRST, "1:11: the id must be lower-case letters" },
		{ "platform: acme\nname: Acme\ncategory: sales-engagment\n" FIRST,
		  "3:11: unknown word \"sales-engagment\", did you mean \"sales-engagement\"?" },
		{ "platform: [acme]\nname: Acme\ncategory: crm\n" FIRST, "1:11: one value is expected here" },
		{ HEAD "fingerprints:\n  - where: subject\n    pattern: x\n    proof: hint\n    source: s\n    match: x\n    miss: y\n",
		  "5:12: unknown word \"subject\"" },
		{ HEAD "fingerprints:\n  - where: url-hots\n    pattern: x\n    proof: hint\n    source: s\n    match: x\n    miss: y\n",
		  "5:12: unknown word \"url-hots\", did you mean \"url-host\"?" },
		{ HEAD "fingerprints:\n  - where: 'header:'\n    pattern: x\n    proof: hint\n    source: s\n    match: x\n    miss: y\n",
		  "5:12: header: needs the field's name behind it" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: '(x'\n    proof: hint\n    source: s\n    match: x\n    miss: y\n",
		  "6:14: bad regular expression at offset 2" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: x\n    proof: certain\n    source: s\n    match: x\n    miss: y\n",
		  "7:12: unknown word \"certain\"" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: x\n    proof: hint\n    source: s\n    match: x\n",
		  "5:5: \"miss:\" is missing" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: x\n    proof: hint\n    source: s\n    miss: x\n",
		  "5:5: \"match:\" is missing" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: x\n    proof: hint\n    match: x\n    miss: x\n",
		  "5:5: \"source:\" is missing" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: x\n    proof: hint\n    source: s\n    match: {a: b}\n    miss: y\n",
		  "9:12: a value or a list of values is expected here" },
		{ HEAD "fingerprints:\n  - where: url\n    pattern: x\n    proof: hint\n    source: s\n    match: x\n    miss: y\n    stream: bulk\n",
		  "11:13: unknown word \"bulk\"" },
		{ HEAD "fingerprints:\n  - where: url\n    patern: x\n", "6:5: unknown key in fingerprint \"patern\", did you mean \"pattern\"?" },
		{ HEAD "fingerprints: [\n", "5:1: " },
		{ HEAD "\tx: y\n", "4:1: " },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a;
		struct catalogue *c = NULL;
		struct err e = { 0 };
		char want[5000];

		if (load(*state, rows[i].text, &a, &c, &e) != E_SYNTAX)
			fail_msg("row %zu: %d %s", i, e.code, e.text);
		snprintf(want, sizeof want, "%s:%s", path_in(*state, "acme.yaml"), rows[i].message);
		if (!contains(e.text, want))
			fail_msg("row %zu: \"%s\" instead of \"%s\"", i, e.text, want);
		arena_done(&a);
	}
}

static void an_example_list_needs_an_example(void **state)
{
	static const char *const rows[] = {
		HEAD "fingerprints:\n  - {where: url, pattern: x, proof: hint, source: s, match: [], miss: y}\n",
		HEAD "fingerprints:\n  - {where: url, pattern: x, proof: hint, source: s, match: x, miss: []}\n",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a;
		struct catalogue *c = NULL;
		struct err e = { 0 };

		if (load(*state, rows[i], &a, &c, &e) != E_SYNTAX)
			fail_msg("row %zu was taken", i);
		arena_done(&a);
	}
}

static void an_oversized_pattern_names_its_place(void **state)
{
	static char text[8192];
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };
	int n = snprintf(text, sizeof text, "%s", HEAD "fingerprints:\n  - where: url\n    pattern: ");

	memset(text + n, 'x', REGEX_PATTERN_MAX + 1);
	strcpy(text + n + REGEX_PATTERN_MAX + 1, "\n    proof: hint\n    source: s\n    match: x\n    miss: y\n");
	assert_true(load(*state, text, &a, &c, &e) < 0);
	assert_contains(e.text, "acme.yaml:6:14: regular expression is longer than 4096 bytes");
	arena_done(&a);
}

static void a_folder_without_files_is_an_error(void **state)
{
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };

	arena_init(&a, 4096, 1 << 20);
	file_make(*state, "readme.txt", "no platform");
	file_make(*state, ".hidden.yaml", "no platform");
	assert_int_equal(catalogue_load(*state, &a, &c, &e), E_ABSENT);
	assert_contains(e.text, "no platform files");
	assert_int_equal(catalogue_load(path_in(*state, "nothing"), &a, &c, &e), E_ABSENT);
	assert_contains(e.text, "nothing");
	arena_done(&a);
}

static void platforms_are_sorted_by_id(void **state)
{
	static const char *const ids[] = { "a-b", "a", "b", "a1" };
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(ids); i++) {
		char name[32], text[1024];

		snprintf(name, sizeof name, "%s.yaml", ids[i]);
		snprintf(text, sizeof text, "platform: %s\nname: X\ncategory: crm\n%s", ids[i], FIRST);
		file_make(*state, name, text);
	}
	arena_init(&a, 4096, 1 << 20);
	assert_ok(catalogue_load(*state, &a, &c, &e), e);
	assert_int_equal(catalogue_count(c), COUNT(ids));
	for (size_t i = 1; i < catalogue_count(c); i++)
		assert_true(slice_cmp(catalogue_at(c, i - 1)->id, catalogue_at(c, i)->id) < 0);
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_non_null(catalogue_find(c, slice_of(ids[i])));
	for (size_t i = 0; i < catalogue_count(c); i++)
		assert_int_equal(catalogue_at(c, i)->index, i);
	arena_done(&a);
}

static void without_memory_it_fails_cleanly(void **state)
{
	unsigned long n = 1;
	int rc;

	do {
		struct arena a;
		struct catalogue *c = NULL;
		struct err e = { 0 };

		file_make(*state, "acme.yaml", HEAD FIRST);
		arena_init(&a, 1024, 1 << 20);
		alloc_fail_at(n++);
		rc = catalogue_load(*state, &a, &c, &e);
		alloc_fail_at(0);
		if (rc < 0 && e.text[0] == '\0')
			fail_msg("allocation %lu: no reason", n - 1);
		arena_done(&a);
	} while (rc < 0 && n < 300);
	assert_int_equal(rc, E_OK);
	assert_true(n > 5);
}

static void the_shipped_platforms_load(void **state)
{
	static const char *const ids[] = { "marketo", "outreach", "salesloft", "hubspot", "pardot", "sfmc", "eloqua", "mailchimp",
		"sendgrid", "amazon-ses", "apollo", "yesware", "mixmax", "streak" };
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 65536, 256 << 20);
	assert_ok(catalogue_load(source("policies/platforms"), &a, &c, &e), e);
	assert_true(catalogue_count(c) >= 25);
	for (size_t i = 0; i < COUNT(ids); i++)
		if (catalogue_find(c, slice_of(ids[i])) == NULL)
			fail_msg("%s is missing", ids[i]);
	arena_done(&a);
}

static void every_kind_of_place_is_used(void **state)
{
	size_t used[PLACE_COUNT] = { 0 };
	struct arena a;
	struct catalogue *c = NULL;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 65536, 256 << 20);
	assert_ok(catalogue_load(source("policies/platforms"), &a, &c, &e), e);
	for (size_t i = 0; i < catalogue_count(c); i++)
		for (size_t k = 0; k < catalogue_at(c, i)->fingerprints_count; k++)
			used[catalogue_at(c, i)->fingerprints[k].place]++;
	for (int p = 0; p < PLACE_COUNT; p++)
		if (used[p] == 0)
			fail_msg("no fingerprint looks at %s", place_name((enum place)p));
	arena_done(&a);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(a_good_file_is_read),
		IN_FOLDER(header_names_are_known_in_any_case),
		IN_FOLDER(each_mistake_is_told_with_its_place),
		IN_FOLDER(an_example_list_needs_an_example),
		IN_FOLDER(an_oversized_pattern_names_its_place),
		IN_FOLDER(a_folder_without_files_is_an_error),
		IN_FOLDER(platforms_are_sorted_by_id),
		IN_FOLDER(without_memory_it_fails_cleanly),
		cmocka_unit_test(the_shipped_platforms_load),
		cmocka_unit_test(every_kind_of_place_is_used),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
