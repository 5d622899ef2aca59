/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#define HTML "Content-Type: text/html\n"

static void proof_grows_with_independent_witnesses(void **state)
{
	static const struct { struct letter letter; const char *proof; } rows[] = {
		{ { .headers = "Subject: x\n" }, NULL },
		{ { .headers = "X-Seller: seller-1\n" }, "strong" },
		{ { .headers = "X-Seller: buyer-1\n" }, NULL },
		{ { .headers = "X-Mailer: SellerMail 3\n" }, "strong" },
		{ { .headers = "X-Mailer: The SellerMail\n" }, NULL },
		{ { .headers = "Message-ID: <1@mid.seller.example>\n" }, "strong" },
		{ { .headers = "Message-ID: <1@mid.notseller.example>\n" }, NULL },
		{ { .headers = "List-Unsubscribe: <https://unsub.seller.example/1>\n" }, "hint" },
		{ { .headers = "X-Hint: by seller\n" }, "hint" },
		{ { .headers = "DKIM-Signature: v=1; a=rsa-sha256; d=SELLER.example; s=k; b=x\n" }, "strong" },
		{ { .headers = "DKIM-Signature: v=1; a=rsa-sha256; d=sub.seller.example; s=k; b=x\n" }, NULL },
		{ { .headers = "X: y\n", .sender = "<b-1@bounce.seller.example>" }, "strong" },
		{ { .headers = "X: y\n", .sender = "<b-1@bounce.seller.example.evil.example>" }, NULL },
		{ { .headers = "X: y\n", .client = "a1.out.seller.example" }, "strong" },
		{ { .headers = "X: y\n", .helo = "A1.OUT.seller.example." }, "strong" },
		{ { .headers = "X: y\n", .client = "out.seller.example" }, NULL },
		{ { .headers = "Received: from a1.out.seller.example (a1.out.seller.example [192.0.2.1]) by mx\n" }, "strong" },
		{ { .headers = "Received: from localhost (a1.out.seller.example [192.0.2.1]) by mx\n" }, "strong" },
		{ { .headers = "Received: from x\nReceived: from y\nReceived: from z\nReceived: from a1.out.seller.example (u) by mx\n" }, NULL },
		{ { .headers = "Return-Path: <b@bounce.seller.example>\n" }, NULL },
		{ { .headers = "Return-Path: <b@bounce.seller.example>\n", .sender = "<>" }, "strong" },
		{ { .headers = HTML, .body = "<a href=\"https://go.seller.example/x\">x</a>" }, "strong" },
		{ { .headers = HTML, .body = "<a href=\"https://noseller.example/x\">x</a>" }, NULL },
		{ { .headers = HTML, .body = "<a href=\"https://x.example/seller/1\">x</a>" }, "hint" },
		/* two fields of a header are one witness */
		{ { .headers = "X-Seller: seller-1\nX-Seller-Too: seller\n" }, "strong" },
		{ { .headers = "X-Seller: seller-1\nX-Hint: seller\n" }, "strong" },
		/* header and link are two */
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://go.seller.example/x\">x</a>" }, "certain" },
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://x.example/seller/1\">x</a>" }, "certain" },
		{ { .headers = "X-Seller: seller-1\n", .client = "a1.out.seller.example" }, "certain" },
		{ { .headers = "X-Seller: seller-1\n", .sender = "<b-1@bounce.seller.example>" }, "certain" },
		/* hints alone never get beyond a hint */
		{ { .headers = HTML "X-Hint: seller\n", .body = "<a href=\"https://x.example/seller/1\">x</a>" }, "hint" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct observed *o = observe(*state, &rows[i].letter);

		if (!fact_reads(o, FACT_PLATFORM_PROOF, rows[i].proof) || !fact_reads(o, FACT_PLATFORM_ID, rows[i].proof == NULL ? NULL : "seller"))
			fail_msg("row %zu: proof \"%.*s\"", i, SLICE_FMT(o->facts.at[FACT_PLATFORM_PROOF].text));
	}
}

static void all_facts_are_set(void **state)
{
	static const struct letter l = { .headers = HTML "X-Seller: seller-42-7\n",
		.body = "<a href=\"https://go.seller.example/x\">x</a><a href=\"https://go.seller.example/y\">y</a>" };
	struct observed *o = observe(*state, &l);

	assert_true(fact_reads(o, FACT_PLATFORM_NAME, "The Seller"));
	assert_true(fact_reads(o, FACT_PLATFORM_CATEGORY, "sales-engagement"));
	assert_true(fact_reads(o, FACT_PLATFORM_TENANT, "42"));
	assert_true(fact_reads(o, FACT_PLATFORM_LEAD, "7"));
	assert_true(fact_reads(o, FACT_PLATFORM_STREAM, NULL));
	assert_int_equal(o->facts.at[FACT_LINK_TRACKING_HOSTS].count, 1);
	assert_slice(o->facts.at[FACT_LINK_TRACKING_HOSTS].list[0], "go.seller.example");
	assert_int_equal(o->evidence.platforms_count, 1);
	assert_int_equal(o->evidence.platforms[0].proof, PROOF_CERTAIN);
	assert_non_null(finding_of(o, "platform"));
	assert_slice(finding_of(o, "platform")->where, "header:X-Seller");
	assert_slice(finding_of(o, "platform")->quote, "seller-42-7");
}

static void the_software_that_wrote_it_comes_before_the_one_that_carried_it(void **state)
{
	static const struct letter l = { .headers = "X-Carrier: offer\nX-Seller: seller-1\n", .client = "a.carrier.example" };
	struct observed *o = observe(*state, &l);

	assert_true(fact_reads(o, FACT_PLATFORM_ID, "seller"));
	assert_int_equal(o->facts.at[FACT_PLATFORMS].count, 2);
	assert_slice(o->facts.at[FACT_PLATFORMS].list[1], "carrier");
	assert_int_equal(o->facts.at[FACT_PLATFORM_CATEGORIES].count, 2);
}

static void a_hint_comes_behind_what_is_proven(void **state)
{
	static const struct letter l = { .headers = "X-Carrier: offer\nX-Hint: seller\n" };
	struct observed *o = observe(*state, &l);

	assert_true(fact_reads(o, FACT_PLATFORM_ID, "carrier"));
	assert_int_equal(o->facts.at[FACT_PLATFORMS].count, 2);
	assert_int_equal(o->facts.at[FACT_PLATFORM_CATEGORIES].count, 1);
}

static void the_stream_is_the_platforms_own_word(void **state)
{
	static const struct { const char *headers, *stream; } rows[] = {
		{ "X-Carrier: receipt\n", "transactional" }, { "X-Carrier: offer\n", "marketing" }, { "X-Carrier: other\n", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l = { .headers = rows[i].headers };

		if (!fact_reads(observe(*state, &l), FACT_PLATFORM_STREAM, rows[i].stream))
			fail_msg("row %zu", i);
	}
}

/* What was only quoted or attached says nothing about who sent this mail. */
static void quoted_and_attached_links_prove_nothing(void **state)
{
	static const struct letter rows[] = {
		{ .headers = "X: y\n", .body = "I mean this:\r\n> see https://go.seller.example/x\r\n" },
		{ .headers = HTML, .body = "<p>Hm.</p><blockquote type=\"cite\"><a href=\"https://go.seller.example/x\">x</a></blockquote>" },
		{ .headers = "Content-Type: message/rfc822\n",
		  .body = "Subject: x\r\nContent-Type: text/html\r\n\r\n<a href=\"https://go.seller.example/x\">x</a>\r\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!fact_reads(observe(*state, &rows[i]), FACT_PLATFORM_PROOF, NULL))
			fail_msg("row %zu", i);
}

static void in_a_conversation_a_link_is_a_hint(void **state)
{
	static const struct { const char *headers, *proof; } rows[] = {
		{ HTML "List-Id: <talk.lists.example>\nList-Post: <mailto:talk@lists.example>\n", "hint" },
		{ HTML "List-Id: <talk.lists.example>\nList-Post: NO\n", "strong" },
		{ HTML "In-Reply-To: <1@x.example>\n", "hint" },
		{ HTML "References: <1@x.example>\n", "hint" },
		{ HTML "In-Reply-To: <1@x.example>\nX-Seller: seller-1\n", "certain" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l = { .headers = rows[i].headers, .body = "<a href=\"https://go.seller.example/x\">x</a>" };
		struct observed *o = observe(*state, &l);

		if (!fact_reads(o, FACT_PLATFORM_PROOF, rows[i].proof))
			fail_msg("row %zu: \"%.*s\"", i, SLICE_FMT(o->facts.at[FACT_PLATFORM_PROOF].text));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(proof_grows_with_independent_witnesses),
		IN_SCENE(all_facts_are_set),
		IN_SCENE(the_software_that_wrote_it_comes_before_the_one_that_carried_it),
		IN_SCENE(a_hint_comes_behind_what_is_proven),
		IN_SCENE(the_stream_is_the_platforms_own_word),
		IN_SCENE(quoted_and_attached_links_prove_nothing),
		IN_SCENE(in_a_conversation_a_link_is_a_hint),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
