/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

static void the_organisation_is_found(void **state)
{
	static const struct { struct letter letter; const char *org, *source; bool freemail; } rows[] = {
		{ { .headers = "From: a@news.acme.example\n" }, "acme.example", "from", false },
		{ { .headers = "From: \"b@evil.example\" <a@acme.example>\n" }, "acme.example", "from", false },
		{ { .headers = "From: a@mail.acme.co.uk\n" }, "acme.co.uk", "from", false },
		{ { .headers = "From: a@B\xc3\xbc" "cher.example\n" }, "xn--bcher-kva.example", "from", false },
		{ { .headers = "From: a@co.uk\n", .sender = "<b@mail.other.example>" }, "other.example", "return-path", false },
		{ { .headers = "From: a@[192.0.2.1]\n", .sender = "<>" }, NULL, NULL, false },
		{ { .headers = "Subject: x\n", .sender = "<bounce@mail.other.example>" }, "other.example", "return-path", false },
		{ { .headers = "Subject: x\n", .sender = "<>" }, NULL, NULL, false },
		{ { .headers = "Subject: x\nList-Id: News <news.lists.example>\n", .sender = "<>" }, "lists.example", "list-id", false },
		/* a private mailbox is nobody's organisation */
		{ { .headers = "From: a@freemail.example\n", .sender = "<b@other.example>" }, NULL, NULL, true },
		{ { .headers = "From: a@sub.freemail.example\n" }, NULL, NULL, true },
		{ { .headers = "From: a@notfreemail.example\n" }, "notfreemail.example", "from", false },
		{ { .headers = "Subject: x\n", .sender = "<a@freemail.example>" }, NULL, NULL, false },
		/* on a mailing list it is the list's */
		{ { .headers = "From: a@acme.example\nList-Id: Talk <talk.lists.example>\nList-Post: <mailto:t@lists.example>\n" },
		  "lists.example", "list-id", false },
		{ { .headers = "From: a@acme.example\nList-Id: Talk <talk.lists.example>\nList-Post: NO\n" }, "acme.example", "from", false },
		{ { .headers = "From: a@freemail.example\nList-Id: <talk.lists.example>\nList-Post: <mailto:t@lists.example>\n" },
		  "lists.example", "list-id", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct observed *o = observe(*state, &rows[i].letter);

		if (!fact_reads(o, FACT_ORG_DOMAIN, rows[i].org) || !fact_reads(o, FACT_ORG_SOURCE, rows[i].source))
			fail_msg("row %zu: \"%.*s\" from %.*s", i, SLICE_FMT(o->facts.at[FACT_ORG_DOMAIN].text),
			    SLICE_FMT(o->facts.at[FACT_ORG_SOURCE].text));
		if (facts_is(&o->facts, FACT_ORG_FREEMAIL) != rows[i].freemail)
			fail_msg("row %zu: freemail", i);
		if ((finding_of(o, "organisation") != NULL) != (rows[i].org != NULL))
			fail_msg("row %zu: finding", i);
	}
}

static void nothing_proves_it_by_itself(void **state)
{
	static const struct letter l = { .headers = "From: a@acme.example\nDKIM-Signature: v=1; d=acme.example; b=x\n" };

	assert_true(fact_reads(observe(*state, &l), FACT_ORG_AUTHENTICATED, "none"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(the_organisation_is_found),
		IN_SCENE(nothing_proves_it_by_itself),
	};

	return cmocka_run_group_tests_name("organisation", tests, NULL, NULL);
}
