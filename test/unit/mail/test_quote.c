/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/content.h"
#include "antisales/mail/quote.h"

static const struct {
	const char *name, *in, *text, *quoted;
} rows[] = {
	{ "nothing quoted", "a\nb", "a\nb", "" },
	{ "quote signs", "a\n> b\n>> c\nd", "a\nd", "b\nc" },
	{ "attribution and quote signs", "a\nOn Mon, 1 Feb 2026 Ann wrote:\n> b\nc", "a\nc", "On Mon, 1 Feb 2026 Ann wrote:\nb" },
	{ "attribution without signs", "a\nOn Mon, 1 Feb 2026 Ann wrote:\nb\nc", "a", "On Mon, 1 Feb 2026 Ann wrote:\nb\nc" },
	{ "attribution over two lines", "a\nOn Mon, 1 Feb 2026 Ann <ann@x.example>\nwrote:\nb", "a",
	    "On Mon, 1 Feb 2026 Ann <ann@x.example>\nwrote:\nb" },
	{ "attribution, German", "a\nAm 1. Feb. 2026 um 10:00 schrieb Ann <a@x.example>:\nb", "a",
	    "Am 1. Feb. 2026 um 10:00 schrieb Ann <a@x.example>:\nb" },
	{ "attribution, French", "a\nLe 1 f\xC3\xA9v. 2026, Ann a \xC3\xA9" "crit :\nb", "a",
	    "Le 1 f\xC3\xA9v. 2026, Ann a \xC3\xA9" "crit :\nb" },
	{ "attribution, Spanish", "a\nEl lun, 1 feb 2026, Ann escribi\xC3\xB3:\nb", "a",
	    "El lun, 1 feb 2026, Ann escribi\xC3\xB3:\nb" },
	{ "original message", "a\n-----Original Message-----\nb", "a", "-----Original Message-----\nb" },
	{ "original message, German", "a\n-----Urspr\xC3\xBCngliche Nachricht-----\nb", "a",
	    "-----Urspr\xC3\xBCngliche Nachricht-----\nb" },
	{ "forwarded message", "a\n---------- Forwarded message ---------\nb", "a", "---------- Forwarded message ---------\nb" },
	{ "forwarded message, Apple", "a\nBegin forwarded message:\nb", "a", "Begin forwarded message:\nb" },
	{ "header block", "a\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: x\nb", "a",
	    "From: Ann\nSent: Monday\nTo: Bob\nSubject: x\nb" },
	{ "header block, Date after To", "a\nFrom: Ann\nTo: Bob\nDate: Monday\nb", "a", "From: Ann\nTo: Bob\nDate: Monday\nb" },
	{ "header block with stars", "a\n*From:* Ann\n*Sent:* Monday\n*To:* Bob\nb", "a", "*From:* Ann\n*Sent:* Monday\n*To:* Bob\nb" },
	{ "header block, German", "a\nVon: Ann\nGesendet: Montag\nAn: Bob\nb", "a", "Von: Ann\nGesendet: Montag\nAn: Bob\nb" },
	{ "markers", "a\n\x01" "b\n\x02" "c", "a\nc", "b" },
	{ "marker for the rest", "a\n\x03" "b\nc", "a", "b\nc" },
	{ "attribution before a marker", "a\nOn 1 Feb 2026 Ann wrote:\n\x01" "b\n\x02" "c", "a\nc", "On 1 Feb 2026 Ann wrote:\nb" },
	{ "near miss: a sentence", "On Monday our founder wrote:\nbuy", "On Monday our founder wrote:\nbuy", "" },
	{ "near miss: no verb", "On 1 Feb 2026 we met Ann:\nb", "On 1 Feb 2026 we met Ann:\nb", "" },
	{ "near miss: From: alone", "From: now on\nwe sell", "From: now on\nwe sell", "" },
	{ "near miss: a line of dashes", "a\n-----\nb", "a\n-----\nb", "" },
	{ "near miss: a greater sign inside", "a > b", "a > b", "" },
	{ "only quoted", "> a", "", "a" },
	{ "empty", "", "", "" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct found none = { .count = 0 };
		struct buf text, quoted;

		buf_init(&text, 10000);
		buf_init(&quoted, 10000);
		quote_split(slice_of(rows[i].in), &text, &quoted, &none);
		EXPECT(i, rows[i].name, buf_slice(&text), slice_of(rows[i].text));
		EXPECT(i, rows[i].name, buf_slice(&quoted), slice_of(rows[i].quoted));
		buf_done(&text);
		buf_done(&quoted);
	}
}

/* Links know by their offset what they stand in. */
static void test_links(void **state)
{
	static const char in[] = "http://a.example/\n> http://b.example/\nhttp://c.example/\nBegin forwarded message:\nhttp://d.example/";
	static const unsigned places[] = { LINK_TEXT, LINK_TEXT | LINK_QUOTED, LINK_TEXT, LINK_TEXT | LINK_QUOTED,
		LINK_IMAGE | LINK_QUOTED, LINK_TEXT | LINK_HIDDEN };
	struct buf text, quoted;
	struct found f;

	(void)state;
	buf_init(&text, 10000);
	buf_init(&quoted, 10000);
	found_init(&f, 100, 1000);
	found_add(&f, SLICE("http://e.example/"), NULL, LINK_IMAGE, sizeof in);
	found_add_text(&f, SLICE("http://f.example/"), LINK_TEXT | LINK_HIDDEN, false);
	found_add_text(&f, SLICE(in), LINK_TEXT, true);
	found_sort(&f);
	quote_split(SLICE(in), &text, &quoted, &f);
	assert_int_equal(f.count, COUNT(places));
	for (size_t i = 0; i < COUNT(places); i++)
		assert_int_equal(f.links[i].places, places[i]);
	found_done(&f);
	buf_done(&text);
	buf_done(&quoted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
