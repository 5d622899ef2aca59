/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/identifier.h"

enum { NOW = 1767225600 };

static const struct site_key site = { { 5 } }, elsewhere = { { 6 } };

static int64_t id_of(const char *text, const struct site_key *key)
{
	struct identifier i;

	if (!identifier_read(slice_of(text), &i))
		fail_msg("\"%s\" is no identifier", text);
	return identifier_id(key, &i);
}

static void texts_are_read(void **state)
{
	static const struct { const char *text; enum identifier_kind kind; const char *value; } rows[] = {
		{ "acme.example", IDENTIFIER_DOMAIN, "acme.example" }, { "domain:acme.example", IDENTIFIER_DOMAIN, "acme.example" },
		{ "marketo:123-ABC-456", IDENTIFIER_ACCOUNT, "marketo:123-ABC-456" }, { "account:a:b", IDENTIFIER_ACCOUNT, "a:b" },
		{ "reply-to:a.example", IDENTIFIER_REPLY_TO, "a.example" }, { "phone:4930", IDENTIFIER_PHONE, "4930" },
		{ "tracking-host:go.acme.example", IDENTIFIER_TRACKING_HOST, "go.acme.example" },
		{ "postal:1 high street london sw1a 1aa", IDENTIFIER_POSTAL, "1 high street london sw1a 1aa" },
		{ "", 0, NULL }, { ":", 0, NULL }, { "x:", 0, NULL }, { ":x", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct identifier got = { 0 };

		if (identifier_read(slice_of(rows[i].text), &got) != (rows[i].value != NULL))
			fail_msg("row %zu", i);
		if (rows[i].value != NULL && (got.kind != rows[i].kind || !slice_eq(got.value, slice_of(rows[i].value))))
			fail_msg("row %zu: kind %d", i, got.kind);
	}
}

static void ids_follow_kind_value_and_site(void **state)
{
	static const struct { const char *a, *b; bool same; } rows[] = {
		{ "acme.example", "ACME.example", true }, { "acme.example", "acme2.example", false },
		{ "acme.example", "reply-to:acme.example", false }, { "marketo:123-ABC-456", "marketo:123-abc-456", true },
		{ "x:aBc", "x:abc", false }, { "x:aBc", "x:aBc", true }, { "x:a", "y:a", false },
		{ "account:x:a", "claimed-account:x:a", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if ((id_of(rows[i].a, &site) == id_of(rows[i].b, &site)) != rows[i].same)
			fail_msg("row %zu", i);
	assert_true(id_of("acme.example", &site) > 0);
	assert_true(id_of("acme.example", &site) != id_of("acme.example", &elsewhere));
}

static void names_are_kept_unless_they_may_be_a_persons(void **state)
{
	static const struct { const char *text, *name; } rows[] = {
		{ "acme.example", "acme.example" }, { "marketo:123-ABC-456", "marketo:123-abc-456" },
		{ "reply-to:a.example", "reply-to:a.example" }, { "calendar:calendly.com/joe", "" }, { "phone:4930123", "" },
		{ "tracking-host:go.acme.example", "tracking-host:go.acme.example" }, { "postal:1 high street london sw1a 1aa", "" },
		{ "x:a\xc3\xa4\x01 b", "x:a????b" },
		{ "a123456789012345678901234567890123456789012345678901234567890123456789.example",
		    "a123456789012345678901234567890123456789012345678901234567890123" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct identifier id = { 0 };
		struct store_change c;
		char name[IDENTIFIER_TEXT_MAX];
		struct record twice;

		assert_true(identifier_read(slice_of(rows[i].text), &id));
		c = identifier_seen(&site, &id, NOW);
		twice = c.delta;
		record_merge(&record_node, &twice, &c.delta);
		if (strcmp(identifier_name(&twice, name), rows[i].name) != 0)
			fail_msg("row %zu: \"%s\"", i, name);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read),
		cmocka_unit_test(ids_follow_kind_value_and_site),
		cmocka_unit_test(names_are_kept_unless_they_may_be_a_persons),
	};

	return cmocka_run_group_tests_name("identifier", tests, NULL, NULL);
}
