/* SPDX-License-Identifier: BSD-3-Clause */
/* The evasions that the reader undoes, each with a hit and a near miss, and the whole reader under noise and limits. */
#include "message.h"

#include "antisales/mail/text.h"

#define TEXT "Content-Type: text/plain; charset=utf-8\r\n\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define QP "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
#define B64 "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"

/* places: of the link with that host; 0: there must be none. */
static const struct {
	const char *name, *message, *host;
	unsigned places;
} links[] = {
	{ "soft break in a URL", QP "<a href=3D\"http://sal=\r\nes.example/\">", "sales.example", LINK_HREF },
	{ "near miss: hard break in a host", QP "http://sal\r\nes.example/", "sales.example", 0 },
	{ "=3D", QP "<a href=3D\"http://sales.example/\">", "sales.example", LINK_HREF },
	{ "near miss: =3D without the encoding", HTML "<a href=3D\"http://sales.example/\">", "sales.example", 0 },
	{ "entities in href", HTML "<a href=\"http&colon;&#47;&#x2f;sales&period;example\">", "sales.example", LINK_HREF },
	{ "near miss: entity of an entity", HTML "<a href=\"http&amp;colon;//sales.example\">", "sales.example", 0 },
	{ "percent-encoding", HTML "<a href=\"http://s%61les%2Eexample/\">", "sales.example", LINK_HREF },
	{ "near miss: percent-encoded twice", HTML "<a href=\"http://s%2561les.example/\">", "sales.example", 0 },
	{ "data:", HTML "<a href=\"data:text/html;base64,PGEgaHJlZj1odHRwOi8vc2FsZXMuZXhhbXBsZS8+\">", "sales.example",
	    LINK_HREF | LINK_NESTED },
	{ "near miss: data: without a URL", HTML "<a href=\"data:text/plain,sales.example\">", "sales.example", 0 },
	{ "redirector", HTML "<a href=\"http://r.example/?url=http%3A%2F%2Fsales.example%2F\">", "sales.example",
	    LINK_HREF | LINK_NESTED },
	{ "redirector in a redirector", HTML "<a href=\"http://r.example/?url=http%3A%2F%2Fq.example%2F%3Fu%3Dhttp%253A%252F%252F"
	    "sales.example\">", "sales.example", LINK_HREF | LINK_NESTED },
	{ "near miss: a host as a parameter", HTML "<a href=\"http://r.example/?host=sales.example\">", "sales.example", 0 },
	{ "image proxy", HTML "<img src=\"https://p.example/x#https://sales.example/o.gif\">", "sales.example",
	    LINK_IMAGE | LINK_NESTED },
	{ "case and trailing dot", HTML "<a href=\"HTTP://Sales.EXAMPLE./\">", "sales.example", LINK_HREF },
	{ "near miss: two trailing dots", HTML "<a href=\"http://sales.example../\">", "sales.example", 0 },
	{ "IDN", HTML "<a href=\"http://b\xC3\xBC" "cher.example/\">", "xn--bcher-kva.example", LINK_HREF },
	{ "IDN in latin1", "Content-Type: text/html; charset=iso-8859-1\r\n\r\n<a href=\"http://b\xFC" "cher.example/\">",
	    "xn--bcher-kva.example", LINK_HREF },
	{ "near miss: bad UTF-8 in a host", HTML "<a href=\"http://b\xFC" "cher.example/\">", "xn--bcher-kva.example", 0 },
	{ "zero-width character in a host", HTML "<a href=\"http://sa\xE2\x80\x8Bles.example/\">", "sales.example", LINK_HREF },
	{ "zero-width reference in a host", HTML "http://sa&#8203;les.example/", "sales.example", LINK_TEXT },
	{ "base href", HTML "<base href=\"http://sales.example/x/\"><a href=\"y\">", "sales.example", LINK_HREF },
	{ "near miss: relative without base", HTML "<a href=\"/sales.example\">", "sales.example", 0 },
	{ "hidden link", HTML "<div style=display:none>http://sales.example/</div>", "sales.example", LINK_TEXT | LINK_HIDDEN },
	{ "near miss: shown link", HTML "<div style=display:block>http://sales.example/</div>", "sales.example", LINK_TEXT },
	{ "background image", HTML "<div style=\"background-image:url('http://sales.example/')\">", "sales.example", LINK_IMAGE },
	{ "near miss: a call that is no url()", HTML "<div style=\"x:curl('http://sales.example/')\">", "sales.example", 0 },
	{ "pixel", HTML "<img src=http://sales.example/ width=1 height=1>", "sales.example", LINK_IMAGE | LINK_PIXEL },
	{ "zero-size pixel", HTML "<img src=http://sales.example/ style='width:0;height:0'>", "sales.example",
	    LINK_IMAGE | LINK_PIXEL },
	{ "near miss: picture", HTML "<img src=http://sales.example/ width=11 height=11>", "sales.example", LINK_IMAGE },
	{ "base64 with rubbish between lines", B64 "PGEgaHJlZj0i\r\n!! ..\r\naHR0cDovL3NhbGVzLmV4YW1wbGUvIj4=\r\n", "sales.example",
	    LINK_HREF },
	{ "near miss: base64 in a plain part", TEXT "PGEgaHJlZj0iaHR0cDovL3NhbGVzLmV4YW1wbGUvIj4=\r\n", "sales.example", 0 },
	{ "bare link", TEXT "see http://sales.example/buy.\r\n", "sales.example", LINK_TEXT },
	{ "bare www", TEXT "see www.sales.example\r\n", "www.sales.example", LINK_TEXT },
	{ "near miss: a bare host", TEXT "sales.example\r\n", "sales.example", 0 },
	{ "link split by flowed lines", "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nhttp://sales.exa \r\nmple/\r\n",
	    "sales.example", LINK_TEXT },
	{ "tag in plain text", TEXT "<a href=\"//sales.example/\">", "sales.example", LINK_HREF },
	{ "forwarded message", "Content-Type: message/rfc822\r\n\r\n" TEXT "http://sales.example/", "sales.example",
	    LINK_TEXT | LINK_ATTACHED },
	{ "encoded forwarded message", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	    "DQpodHRwOi8vc2FsZXMuZXhhbXBsZS8=", "sales.example", LINK_TEXT | LINK_ATTACHED },
	{ "near miss: text about a message", TEXT "message/rfc822\r\nhttp://sales.example/", "sales.example", LINK_TEXT },
	{ "quoted link", TEXT "> http://sales.example/\r\n", "sales.example", LINK_TEXT | LINK_QUOTED },
	{ "quoted link below an attribution", TEXT "On 1 Feb 2026 Ann wrote:\r\nhttp://sales.example/\r\n", "sales.example",
	    LINK_TEXT | LINK_QUOTED },
	{ "attached HTML file", "Content-Type: application/octet-stream; name=a.html\r\nContent-Disposition: attachment\r\n\r\n"
	    "<a href=http://sales.example/>", "sales.example", LINK_HREF | LINK_FILE },
	{ "near miss: attached archive", "Content-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment\r\n\r\n"
	    "<a href=http://sales.example/>", "sales.example", 0 },
	{ "NUL in a host", HTML "<a href=http://sa&#0;les.example/>", "sales.example", 0 },
};

static void test_links(void **state)
{
	struct mail_limits limits = mail_limits_default();

	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		size_t n = strlen(links[i].message);

		for (size_t cut = 1; cut <= n; cut += cut < 8 ? 1 : 13) {
			const struct content *c;
			struct arena a;
			unsigned places = 0;

			arena_init(&a, 4096, 16 << 20);
			c = read_whole(slice_of(links[i].message), cut, &limits, &a);
			for (size_t k = 0; k < c->links_count; k++)
				if (slice_eq(c->links[k].host, slice_of(links[i].host)))
					places |= c->links[k].places;
			if (places != links[i].places)
				fail_msg("row %zu: %s: places %x", i, links[i].name, places);
			arena_done(&a);
		}
	}
}

/* Words, normalised for matching. */
static const struct {
	const char *name, *message, *text, *quoted, *hidden;
} words[] = {
	{ "plain", TEXT "special\r\noffer\r\n", "special offer", "", "" },
	{ "HTML", HTML "<p>special</p> offer", "special offer", "", "" },
	{ "zero-width and soft hyphen", HTML "spe\xE2\x80\x8B" "cial of&shy;fer", "special offer", "", "" },
	{ "near miss: a real hyphen", HTML "of-fer", "of-fer", "", "" },
	{ "CSS-hidden", HTML "a<span style=\"font-size:0\">b</span>c", "ac", "", "b" },
	{ "quoted", TEXT "a\r\n> b\r\nc\r\n", "a c", "b", "" },
	{ "forwarded", "Content-Type: message/rfc822\r\n\r\n" TEXT "special offer", "", "", "" },
	{ "two types", "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<b>a</b>", "<b>a</b> a", "", "" },
	{ "UTF-7", "Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-b+AD4-a", "a", "", "" },
	{ "unknown character set", "Content-Type: text/plain; charset=x-none\r\n\r\n\xE4", "\xC3\xA4", "", "" },
	{ "both alternatives", "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" TEXT "one\r\n--b\r\n" HTML "two\r\n--b--",
	    "one two", "", "" },
	{ "attached text is not the writer's", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" TEXT "one\r\n--b\r\n"
	    "Content-Disposition: attachment\r\n" TEXT "two\r\n--b--", "one", "", "" },
	{ "unless it is all there is", "Content-Disposition: attachment\r\n" TEXT "two\r\n", "two", "", "" },
	{ "preamble of a used multipart", "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n" TEXT "one\r\n--b--\r\npost",
	    "one", "", "" },
};

static void test_words(void **state)
{
	struct mail_limits limits = mail_limits_default();

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		const struct content *c;
		struct arena a;

		arena_init(&a, 4096, 16 << 20);
		c = read_whole(slice_of(words[i].message), 3, &limits, &a);
		EXPECT(i, words[i].name, text_normalise(c->text, &a), slice_of(words[i].text));
		EXPECT(i, words[i].name, text_normalise(c->quoted, &a), slice_of(words[i].quoted));
		EXPECT(i, words[i].name, text_normalise(c->hidden, &a), slice_of(words[i].hidden));
		arena_done(&a);
	}
}

static void test_counts(void **state)
{
	static const char message[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" TEXT "a\r\n--b\r\n" HTML
	    "<img src=http://x.example/ width=1 height=1><img src=http://y.example/><img src=cid:z>\r\n--b\r\n"
	    "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\n" HTML "<img src=http://w.example/>\r\n--b--\r\n";
	struct mail_limits limits = mail_limits_default();
	const struct content *c;
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 16 << 20);
	c = read_whole(SLICE(message), 100, &limits, &a);
	assert_int_equal(c->parts, 7);
	assert_int_equal(c->depth, 3);
	assert_int_equal(c->images, 2);
	assert_int_equal(c->pixels, 1);
	assert_int_equal(c->attachments, 1);
	assert_int_equal(c->attached_messages, 1);
	assert_true(c->has_text_part && c->has_html_part && c->has_calendar_part);
	assert_int_equal(c->truncated, 0);
	arena_done(&a);
}

/* Links are distinct by URL and places, in order of appearance. */
static void test_distinct(void **state)
{
	struct mail_limits limits = mail_limits_default();
	const struct content *c;
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 16 << 20);
	c = read_whole(SLICE(HTML "<a href=http://a.example/>http://b.example/</a><a href=http://a.example/#x>"
	    "<img src=http://a.example/>"), 1, &limits, &a);
	assert_int_equal(c->links_count, 3);
	EXPECT(0, "first", c->links[0].url, SLICE("a.example/"));
	EXPECT(1, "second", c->links[1].url, SLICE("b.example/"));
	EXPECT(2, "third", c->links[2].url, SLICE("a.example/"));
	assert_int_equal(c->links[2].places, LINK_IMAGE);
	EXPECT(2, "path", c->links[2].path, SLICE("/"));
	arena_done(&a);
}

static const struct {
	const char *name, *head, *unit;
	size_t times;
	unsigned truncated;
} cuts[] = {
	{ "body", TEXT, "words and ", 150000, TRUNCATED_BODY | TRUNCATED_TEXT },
	{ "text", TEXT, "words and ", 30000, TRUNCATED_TEXT },
	{ "URLs", TEXT, "http://x.example/ ", 2000, TRUNCATED_URLS },
	{ "tags", HTML, "<b>", 9000, TRUNCATED_HTML },
	{ "attributes", HTML "<b", " a", 1, 0 },
	{ "parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nx\r\n", 1500, TRUNCATED_MIME },
	{ "messages", "", "Content-Type: message/rfc822\r\n\r\n", 100, TRUNCATED_MIME },
	{ "nothing", TEXT, "words and ", 1000, 0 },
};

static void test_truncated(void **state)
{
	struct mail_limits limits = mail_limits_default();

	(void)state;
	for (size_t i = 0; i < COUNT(cuts); i++) {
		struct buf b;
		struct arena a;
		const struct content *c;

		arena_init(&a, 4096, 64 << 20);
		buf_init(&b, 4 << 20);
		buf_adds(&b, cuts[i].head);
		c = read_whole(repeat(&b, cuts[i].unit, cuts[i].times), 65535, &limits, &a);
		if (c->truncated != cuts[i].truncated)
			fail_msg("row %zu: %s: truncated %x", i, cuts[i].name, c->truncated);
		assert_true(c->text.n + c->quoted.n + c->hidden.n <= limits.text_bytes);
		buf_done(&b);
		arena_done(&a);
	}
}

static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "Content-Type: ", "text/html", "text/plain", "multipart/mixed; boundary=b", "\r\n",
		"\r\n\r\n", "--b\r\n", "--b--\r\n", "message/rfc822", "Content-Transfer-Encoding: ", "base64\r\n", "quoted-printable\r\n",
		"; charset=utf-16", "; charset=utf-7", "; charset=iso-2022-jp", "<a href=http://x.example/", ">", "<div hidden>", "</div>",
		"http://y.example/?u=http%3A%2F%2Fz.example%2F ", "> ", "On 1 Feb Ann wrote:\r\n", "=\r\n", "=3D", "QUJD", "&amp;",
		"\xC3\xA4", "\xFF\xFE", "+ADw-", "<base href=//w.example/>", "<blockquote type=cite>", "word ", "<style>", "</style>" };
	struct mail_limits limits = mail_limits_default();
	uint64_t seed = 1234;

	(void)state;
	limits.mime_depth = 4;
	limits.text_part_bytes = limits.text_bytes = 1024;
	limits.urls = 20;
	limits.html_tags = 64;
	for (size_t i = 0; i < 6000; i++) {
		struct buf in, whole, bytes;
		struct arena a, b;

		buf_init(&in, 20000);
		buf_init(&whole, 1 << 20);
		buf_init(&bytes, 1 << 20);
		arena_init(&a, 4096, 64 << 20);
		arena_init(&b, 4096, 64 << 20);
		buf_adds(&in, i % 2 == 0 ? HTML : "Content-Type: ");
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 2000);
		print_content(read_whole(buf_slice(&in), 100000, &limits, &a), &whole);
		print_content(read_whole(buf_slice(&in), 1 + i % 7, &limits, &b), &bytes);
		EXPECT(i, "cut", buf_slice(&bytes), buf_slice(&whole));
		arena_done(&a);
		arena_done(&b);
		buf_done(&in);
		buf_done(&whole);
		buf_done(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
