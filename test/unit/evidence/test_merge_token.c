/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

static void a_token_is_where_a_name_is_due(void **state)
{
	static const struct { const char *subject, *body, *token; } rows[] = {
		{ "x", "Hi {{first_name}},\r\nhow are you?\r\n", "{{first_name}}" },
		{ "x", "Hello {{ contact.FirstName | there }}!\r\n", "{{ contact.FirstName | there }}" },
		{ "x", "Dear [FIRSTNAME],\r\n", "[FIRSTNAME]" },
		{ "x", "Dear [[name]],\r\n", "[[name]]" },
		{ "x", "Hey *|FNAME|*,\r\n", "*|FNAME|*" },
		{ "x", "Hi %FIRST_NAME%,\r\n", "%FIRST_NAME%" },
		{ "x", "Hi %%First Name%%,\r\n", "%%First Name%%" },
		{ "x", "Hi ${name},\r\n", "${name}" },
		{ "x", "Hallo <<Vorname>>,\r\n", "<<Vorname>>" },
		{ "x", "Guten Tag {Nachname},\r\n", "{Nachname}" },
		{ "x", "Bonjour ##prenom##,\r\n", "##prenom##" },
		{ "x", "\r\n\r\n  Hi {name},\r\n", "{name}" },
		{ "{{first_name}}, a question", "Hi\r\n", "{{first_name}}" },
		/* near misses */
		{ "x", "Hi Ann,\r\n", NULL },
		{ "x", "Hi {},\r\n", NULL },
		{ "x", "Hi {{}},\r\n", NULL },
		{ "x", "Hi {1},\r\n", NULL },
		{ "x", "Hi {first_name,\r\n", NULL },
		{ "x", "Hi there, {{first_name}}\r\n", NULL },
		{ "x", "History {{first_name}}\r\n", NULL },
		{ "x", "Use {{first_name}} in your template.\r\n", NULL },
		{ "[list] x", "Hi\r\n", NULL },
		{ "[URGENT] please", "Hi\r\n", NULL },
		{ "{x} is a set", "Hi\r\n", NULL },
		{ "Re: {{first_name}}", "Hi\r\n", NULL },
		/* a developer's code */
		{ "x", "Hi all,\r\n\r\nfunction f() { return {name: 1}; }\r\n", NULL },
		{ "x", "Hi Bob,\r\n\r\n{{ user.name }} is what Jinja wants.\r\n", NULL },
		{ "x", "    if (hello) {print}\r\n", NULL },
		{ "x", "Hello {printf(\"%s\");}\r\n", NULL },
		{ "x", "> Hi {{first_name}},\r\nlook at that\r\n", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char headers[200];
		struct letter l = { .headers = headers, .body = rows[i].body };
		struct observed *o;

		snprintf(headers, sizeof headers, "Subject: %s\n", rows[i].subject);
		o = observe(*state, &l);
		if (!fact_reads(o, FACT_TEXT_MERGE_TOKEN, rows[i].token))
			fail_msg("row %zu: \"%.*s\"", i, SLICE_FMT(o->facts.at[FACT_TEXT_MERGE_TOKEN].text));
		if ((finding_of(o, "merge-token") != NULL) != (rows[i].token != NULL))
			fail_msg("row %zu: finding", i);
	}
}

static void only_the_beginning_is_looked_at(void **state)
{
	static char body[2000];
	static const struct letter l = { .headers = "Subject: x\n", .body = body };

	memset(body, 'x', 700);
	strcpy(body + 700, "\r\nHi {{first_name}},\r\n");
	assert_true(fact_reads(observe(*state, &l), FACT_TEXT_MERGE_TOKEN, NULL));
}

static void a_token_is_bounded(void **state)
{
	char body[300] = "Hi {{";
	struct letter l = { .headers = "Subject: x\n", .body = body };

	memset(body + 5, 'x', 100);
	strcpy(body + 105, "}},\r\n");
	assert_true(fact_reads(observe(*state, &l), FACT_TEXT_MERGE_TOKEN, NULL));
}

static void html_counts_as_it_reads(void **state)
{
	static const struct letter l = { .headers = "Content-Type: text/html\n", .body = "<p>Hi&nbsp;<b>{{</b>first_name}},</p>" };
	struct observed *o = observe(*state, &l);

	assert_true(o->facts.at[FACT_TEXT_MERGE_TOKEN].present);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(a_token_is_where_a_name_is_due),
		IN_SCENE(only_the_beginning_is_looked_at),
		IN_SCENE(a_token_is_bounded),
		IN_SCENE(html_counts_as_it_reads),
	};

	return cmocka_run_group_tests_name("merge_token", tests, NULL, NULL);
}
