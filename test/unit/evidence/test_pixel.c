/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

static void an_image_nobody_sees_is_found(void **state)
{
	static const struct { const char *body; bool present; } rows[] = {
		{ "<img src=\"http://t.example/o.gif\" width=1 height=1>", true },
		{ "<img src=\"http://t.example/o.gif\" width=\"0\" height=\"0\">", true },
		{ "<img src=\"http://t.example/o.gif\" style=\"display:none\">", true },
		{ "<img src=\"http://t.example/o.gif\" style=\"width:1px;height:1px\">", true },
		{ "<img src=\"http://t.example/logo.gif\" width=100 height=50>", false },
		{ "<img src=\"http://t.example/logo.gif\">", false },
		{ "<img src=\"cid:1\" width=1 height=1>", false },
		{ "<img src=\"data:image/gif;base64,R0lGOD\" width=1 height=1>", false },
		{ "<a href=\"http://t.example/o.gif\">x</a>", false },
		{ "<p>look</p><blockquote type=cite><img src=\"http://t.example/o.gif\" width=1 height=1></blockquote>", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l = { .headers = "Content-Type: text/html\n", .body = rows[i].body };
		struct observed *o = observe(*state, &l);

		if ((finding_of(o, "pixel") != NULL) != rows[i].present)
			fail_msg("row %zu: %s", i, rows[i].body);
		if (rows[i].present)
			assert_slice(finding_of(o, "pixel")->quote, "t.example/o.gif");
		if (facts_is(&o->facts, FACT_PIXEL_PRESENT) != rows[i].present)
			fail_msg("row %zu: the fact differs from the finding", i);
	}
}

static void one_finding_is_enough(void **state)
{
	static const struct letter l = { .headers = "Content-Type: text/html\n",
		.body = "<img src=\"http://a.example/1\" width=1 height=1><img src=\"http://b.example/2\" width=1 height=1>" };
	struct observed *o = observe(*state, &l);
	size_t n = 0;

	for (size_t i = 0; i < o->evidence.count; i++)
		n += strcmp(o->evidence.findings[i].detector, "pixel") == 0;
	assert_int_equal(n, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(an_image_nobody_sees_is_found),
		IN_SCENE(one_finding_is_enough),
	};

	return cmocka_run_group_tests_name("pixel", tests, NULL, NULL);
}
