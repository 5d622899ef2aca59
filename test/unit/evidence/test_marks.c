/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#define HTML "Content-Type: text/html\n"

/* The mark of that kind, without the kind; absent when there is none. */
static struct slice mark_of(const struct observed *o, const char *kind)
{
	const struct fact *marks = &o->facts.at[FACT_ORG_MARKS];

	for (size_t i = 0; i < marks->count; i++) {
		struct slice rest = marks->list[i];

		if (slice_eq(slice_cut(&rest, ':'), slice_of(kind)))
			return rest;
	}
	return (struct slice){ 0 };
}

static void expect(void *scene, const struct letter *l, const char *kind, const char *want, size_t row)
{
	struct slice got = mark_of(observe(scene, l), kind);

	if (want == NULL ? got.p != NULL : !slice_eq(got, slice_of(want)))
		fail_msg("row %zu: \"%.*s\"", row, SLICE_FMT(got));
}

static void a_customers_host_that_points_to_a_platform_is_a_mark(void **state)
{
	static const struct { struct letter letter; const char *host; } rows[] = {
		{ { .headers = HTML "X-Seller: seller-1\nFrom: a@acme-mail.example\n",
		    .body = "<a href=\"https://go.acme.example/seller/1\">x</a>" }, "go.acme.example" },
		{ { .headers = HTML "X-Seller: seller-1\nFrom: a@acme.example\n",
		    .body = "<img src=\"https://go.acme.example/seller/1.gif\">" }, "go.acme.example" },
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://sell.acme.example/\">x</a>" }, "sell.acme.example" },
		/* near misses: the platform's own name, by the host or by another host of that domain */
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://go.seller.example/seller/1\">x</a>" }, NULL },
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://sell.seller.example/\">x</a>" }, NULL },
		/* nobody's own */
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://a.freemail.example/seller/1\">x</a>" }, NULL },
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://a.esp.example/seller/1\">x</a>" }, NULL },
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://192.0.2.1/seller/1\">x</a>" }, NULL },
		/* no platform behind it, or only a hint of one */
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://go.acme.example/x\">x</a>" }, NULL },
		{ { .headers = HTML, .body = "<a href=\"https://go.acme.example/seller/1\">x</a>" }, NULL },
		/* the pattern further on, as in a link that was copied */
		{ { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://other.example/x?seller_id=1\">x</a>" }, NULL },
		/* quoted, or in a thread where links say little */
		{ { .headers = "X-Seller: seller-1\n", .body = "I mean:\r\n> https://go.acme.example/seller/1\r\n" }, NULL },
		{ { .headers = HTML "In-Reply-To: <1@x.example>\n", .body = "<a href=\"https://go.acme.example/seller/1\">x</a>" }, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect(*state, &rows[i].letter, "tracking-host", rows[i].host, i);
}

static void a_customers_host_is_a_tracking_host_once(void **state)
{
	static const struct letter l = { .headers = HTML "X-Seller: seller-1\n", .body = "<a href=\"https://go.seller.example/x\">x</a>"
		"<a href=\"https://go.acme.example/seller/1\">x</a><a href=\"https://go.acme.example/seller/2\">x</a>" };
	struct observed *o = observe(*state, &l);

	assert_int_equal(o->facts.at[FACT_LINK_TRACKING_HOSTS].count, 2);
	assert_slice(o->facts.at[FACT_LINK_TRACKING_HOSTS].list[0], "go.seller.example");
	assert_slice(o->facts.at[FACT_LINK_TRACKING_HOSTS].list[1], "go.acme.example");
}

static void the_address_in_the_footer_is_a_mark(void **state)
{
	static const struct { const char *body, *address; } rows[] = {
		{ "12 Example Street, Suite 4, Springfield, IL 62701", "12 example street suite 4 springfield il 62701" },
		{ "Acme Inc.\r\n12 EXAMPLE STREET\r\nSuite 4\r\nSPRINGFIELD, IL\r\n62701", "12 example street suite 4 springfield il 62701" },
		{ "Acme, 12 Example Street | Suite 4 | Springfield IL 62701-1234", "12 example street suite 4 springfield il 62701" },
		{ "Acme Corp, 548 Market St. PMB 12345, San Francisco, CA 94104, USA", "548 market st pmb 12345 san francisco ca 94104" },
		{ "8 The Green, Ste A, Dover, DE 19901", "8 the green ste a dover de 19901" },
		{ "Musterstr. 5, 10115 Berlin", "musterstr 5 10115 berlin" },
		{ "Acme GmbH \xc2\xb7 MUSTERSTR. 5 \xc2\xb7 D-10115 BERLIN \xc2\xb7 HRB 12345", "musterstr 5 d 10115 berlin" },
		{ "Gr\xc3\xbcne Stra\xc3\x9f" "e 5a, 80331 M\xc3\xbcnchen", "gr\xc3\xbcne stra\xc3\x9f" "e 5a 80331 m\xc3\xbcnchen" },
		{ "\xc3\x96sterreicher Platz 1, 80331 M\xc3\x9cNCHEN", "\xc3\xb6sterreicher platz 1 80331 m\xc3\xbcnchen" },
		{ "1 High Street, London SW1A 1AA", "1 high street london sw1a 1aa" },
		{ "221b Baker Street\r\nLondon\r\nNW1 6XE\r\nUK", "221b baker street london nw1 6xe" },
		{ "12 rue de la Paix, 75002 Paris", "12 rue de la paix 75002 paris" },
		{ "SAS Acme \xe2\x80\x93 12, Place Vend\xc3\xb4me \xe2\x80\x93 75001 Paris", "12 place vend\xc3\xb4me 75001 paris" },
		{ "Keizersgracht 12, 1015 CJ Amsterdam", "keizersgracht 12 1015 cj amsterdam" },
		{ "Laan van Nieuw 4, Kerkstraat 7, 1015CJ Amsterdam", "kerkstraat 7 1015cj amsterdam" },
		{ "Calle Gran V\xc3\xad" "a 28, 3\xc2\xba, 28013 Madrid", "calle gran v\xc3\xad" "a 28 3 28013 madrid" },
		{ "C/ Mayor, 12, 28013 Madrid", "c mayor 12 28013 madrid" },
		{ "Av. da Liberdade 110, 1250-146 Lisboa", "av da liberdade 110 1250 146 lisboa" },
		{ "Rua Augusta, n\xc2\xba 24\r\n1100-053 Lisboa", "rua augusta n 24 1100 053 lisboa" },
		/* near misses */
		{ "12 Example Street, Springfield", NULL },
		{ "Springfield, IL 62701", NULL },
		{ "Our street food is liked by 10000 Customers", NULL },
		{ "Suite 4, Main Street, Springfield, IL 62701", NULL },
		{ "12 best ways to walk the street in 10000 steps", NULL },
		{ "1 place to manage 10000 Contacts", NULL },
		{ "During 2024 we met 10115 People in Berlin", NULL },
		{ "monitoring 24 hours a day, 75002 Events", NULL },
		{ "Musterstr. 5, Berlin, Tel. 030 12345", NULL },
		{ "Kerkstraat 7, 2024 in Amsterdam", NULL },
		{ "12 Street, a b c d e f g h i j k l m, IL 62701", NULL },
		{ "Order 12 on the street, part AB12 3CDX, IL-62701x", NULL },
		{ "> 12 Example Street, Suite 4, Springfield, IL 62701", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char body[300];
		struct letter l = { .headers = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", .body = body };

		snprintf(body, sizeof body, "Hi,\r\n\r\nhave a look.\r\n%s\r\n", rows[i].body);
		expect(*state, &l, "postal", rows[i].address, i);
	}
}

static void only_the_end_is_searched_for_an_address(void **state)
{
	static char body[4000];
	static const struct letter l = { .headers = "Subject: x\n", .body = body };

	for (int i = 0; i < 3000; i++)
		body[i] = i % 80 == 79 ? '\n' : 'x';
	memcpy(body, "1 High Street, London SW1A 1AA ", 31);
	expect(*state, &l, "postal", NULL, 0);
	memcpy(body + 2900, "\n1 High Street, London SW1A 1AA\n", 32);
	expect(*state, &l, "postal", "1 high street london sw1a 1aa", 1);
}

/* Each word of a text begins a postcode, or ends in the middle of a letter. */
static void odd_texts_do_no_harm(void **state)
{
	static const char *const pieces[] = { "12345 Ab ", "\xc3\x9f 1 ", "\xe2\x80\x93", "Str. 1 12345 ", "SW1A 1AA ", "street ", "\xf0\x9f\x98\x80 9" };

	for (size_t i = 0; i < COUNT(pieces); i++) {
		char body[3000];
		struct letter l = { .headers = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", .body = body };
		size_t n = strlen(pieces[i]);

		for (size_t at = 0; at < sizeof body; at++)
			body[at] = pieces[i][at % n];
		body[sizeof body - 1] = '\0';
		for (int cut = 0; cut < 6; cut++) {
			body[strlen(body) - 1] = '\0';
			(void)observe(*state, &l);
		}
	}
}

static void marks_of_the_first_kinds(void **state)
{
	static const struct letter l = { .headers = "From: a@acme.example\nReply-To: b@acme-home.example\nList-Id: <news.acme.example>\n",
		.body = "Book https://calendly.com/acme/30min or call +49 (30) 1234-5678\r\n" };
	static const struct letter own = { .headers = "From: a@acme.example\nReply-To: b@mail.acme.example\n" };

	expect(*state, &l, "reply-to", "acme-home.example", 0);
	expect(*state, &l, "list-id", "news.acme.example", 1);
	expect(*state, &l, "calendar", "calendly.com/acme", 2);
	expect(*state, &l, "phone", "493012345678", 3);
	expect(*state, &own, "reply-to", NULL, 4);
}

static void there_are_no_more_than_are_kept(void **state)
{
	static const struct letter l = { .headers = "Subject: x\n", .body = "https://calendly.com/a1/x https://calendly.com/a2/x "
		"https://calendly.com/a3/x https://calendly.com/a4/x https://calendly.com/a5/x https://calendly.com/a6/x "
		"https://calendly.com/a7/x https://calendly.com/a8/x https://calendly.com/a9/x\r\n" };

	assert_int_equal(observe(*state, &l)->facts.at[FACT_ORG_MARKS].count, HISTORY_MARKS_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(a_customers_host_that_points_to_a_platform_is_a_mark),
		IN_SCENE(a_customers_host_is_a_tracking_host_once),
		IN_SCENE(the_address_in_the_footer_is_a_mark),
		IN_SCENE(only_the_end_is_searched_for_an_address),
		IN_SCENE(odd_texts_do_no_harm),
		IN_SCENE(marks_of_the_first_kinds),
		IN_SCENE(there_are_no_more_than_are_kept),
	};

	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
