/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "milter/cli/mailto.h"

static struct arena arena;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, 4096, 1024 * 1024);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void what_is_asked_for_is_read(void **state)
{
	static const struct { const char *uri, *address, *subject, *body; } rows[] = {
		{ "mailto:leave@acme.example", "leave@acme.example", NULL, NULL },
		{ "MAILTO:leave@acme.example?", "leave@acme.example", NULL, NULL },
		{ "mailto:u%2Bann%3Dexample.com@acme.example?subject=stop", "u+ann=example.com@acme.example", "stop", NULL },
		{ "mailto:leave@acme.example?Subject=Please%20stop&BODY=id%3D7+8", "leave@acme.example", "Please stop", "id=7+8" },
		{ "mailto:leave@acme.example?subject=&body", "leave@acme.example", "", "" },
		{ "mailto:leave@acme.example?subject=50%", "leave@acme.example", "50%", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mailto m;
		struct err err = { 0 };

		if (mailto_read(slice_of(rows[i].uri), &arena, &m, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(m.address, rows[i].address);
		assert_true((m.subject == NULL) == (rows[i].subject == NULL) && (m.body == NULL) == (rows[i].body == NULL));
		if (m.subject != NULL)
			assert_string_equal(m.subject, rows[i].subject);
		if (m.body != NULL)
			assert_string_equal(m.body, rows[i].body);
	}
}

static void nothing_else_is(void **state)
{
	static const char *const rows[] = {
		"mailto:", "mailto:leave", "mailto:@acme.example", "mailto:leave@", "mailto:-oQ/tmp@acme.example", "mailto:%2DX@acme.example",
		"mailto:a@acme.example,b@acme.example", "mailto:a@acme.example%2Cb@acme.example", "mailto:a@b@acme.example",
		"mailto:a%0A@acme.example", "mailto:a@acme.example%0D%0ABcc:x@y.example", "mailto:a%00@acme.example", "mailto:|id@acme.example",
		"mailto:$(id)@acme.example", "mailto:`id`@acme.example", "mailto:a;id@acme.example", "mailto:a%20b@acme.example",
		"mailto:\"a b\"@acme.example", "mailto:/etc/passwd@acme.example", "mailto:a!b@acme.example", "mailto:a%25b@acme.example",
		"mailto:a@[127.0.0.1]", "mailto:a@127.0.0.1", "mailto:a@localhost", "mailto:a@-acme.example;id", "mailto:a@acme..example",
		"mailto:leave@acme.example?subject=a%0D%0ABcc:%20x@y.example", "mailto:leave@acme.example?subject=a%0Ab",
		"mailto:leave@acme.example?body=a%0D%0Ab", "mailto:leave@acme.example?subject=%C3%BC", "mailto:leave@acme.example?subject=%00",
		"mailto:leave@acme.example?subject=a&subject=b", "mailto:leave@acme.example?cc=x@y.example",
		"mailto:leave@acme.example?bcc=x@y.example&subject=a", "mailto:leave@acme.example?to=x@y.example",
		"mailto:leave@acme.example?subject=a&&body=b", "mailto:leave@acme.example?subject%0ABcc=x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mailto m;
		struct err err = { 0 };

		if (mailto_read(slice_of(rows[i]), &arena, &m, &err) != E_SYNTAX || err.text[0] == '\0')
			fail_msg("%s", rows[i]);
	}
}

static void texts_are_short(void **state)
{
	char uri[1024];
	struct mailto m;
	int head;

	(void)state;
	for (size_t n = MAILTO_TEXT_MAX; n <= MAILTO_TEXT_MAX + 1; n++) {
		head = snprintf(uri, sizeof uri, "mailto:leave@acme.example?subject=");
		memset(uri + head, 'x', n);
		uri[(size_t)head + n] = '\0';
		assert_int_equal(mailto_read(slice_of(uri), &arena, &m, NULL), n <= MAILTO_TEXT_MAX ? E_OK : E_SYNTAX);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_is_read),
		cmocka_unit_test(nothing_else_is),
		cmocka_unit_test(texts_are_short),
	};

	return cmocka_run_group_tests_name("mailto", tests, begin, end);
}
