/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/content.h"
#include "antisales/mail/found.h"
#include "antisales/mail/url.h"

enum { URL_BYTES = 8192 };

static const struct {
	const char *name, *raw, *url;   /* url NULL: no http(s) URL */
} plain[] = {
	{ "simple", "http://sales.example/buy", "sales.example/buy" },
	{ "https", "https://sales.example/buy?a=b&c=d", "sales.example/buy?a=b&c=d" },
	{ "no path", "http://sales.example", "sales.example/" },
	{ "query without path", "http://sales.example?x", "sales.example/?x" },
	{ "fragment dropped", "http://sales.example/a#b", "sales.example/a" },
	{ "upper case and trailing dot", "HTTP://SALES.EXAMPLE./buy", "sales.example/buy" },
	{ "path keeps its case", "http://sales.example/BuY", "sales.example/BuY" },
	{ "TAB, CR, LF inside", "ht\ntp://sal\tes.exa\r\nmple/b\nuy", "sales.example/buy" },
	{ "blanks around", "  http://sales.example/buy \x01", "sales.example/buy" },
	{ "backslashes", "http:\\\\sales.example\\buy", "sales.example/buy" },
	{ "backslash in the query stays", "http://sales.example/?a\\b", "sales.example/?a\\b" },
	{ "one slash", "http:/sales.example/", "sales.example/" },
	{ "many slashes", "https:////sales.example/", "sales.example/" },
	{ "no slash", "http:sales.example/", "sales.example/" },
	{ "no scheme", "//sales.example/buy", "sales.example/buy" },
	{ "no scheme, backslashes", "\\\\sales.example/buy", "sales.example/buy" },
	{ "www", "www.sales.example/buy", "www.sales.example/buy" },
	{ "user info", "http://ok.example@sales.example/", "sales.example/" },
	{ "user info with password", "http://ok.example:80@sales.example/", "sales.example/" },
	{ "user info with an escape", "http://ok.example%2F@sales.example/", "sales.example/" },
	{ "port", "http://sales.example:8080/buy", "sales.example/buy" },
	{ "empty port", "http://sales.example:/buy", "sales.example/buy" },
	{ "port that is none", "http://sales.example:x/buy", NULL },
	{ "percent-encoded host", "http://s%61les.ex%61mple/", "sales.example/" },
	{ "IDN", "http://b\xC3\xBC" "cher.example/", "xn--bcher-kva.example/" },
	{ "IDN, percent-encoded", "http://b%C3%BCcher.example/", "xn--bcher-kva.example/" },
	{ "ideographic full stop", "http://sales\xE3\x80\x82" "example/", "sales.example/" },
	{ "full width", "http://\xEF\xBD\x93\xEF\xBD\x81les.example/", "sales.example/" },
	{ "zero-width space in the host", "http://sa\xE2\x80\x8Bles.example/", "sales.example/" },
	{ "soft hyphen in the host", "http://sa\xC2\xADles.example/", "sales.example/" },
	{ "defanged", "hxxp://sales[.]example/buy", "sales.example/buy" },
	{ "defanged twice", "hxxps://a[.]sales[.]example/", "a.sales.example/" },
	{ "decimal address", "http://2130706433/", "127.0.0.1/" },
	{ "hexadecimal address", "http://0x7f.0.0.1/", "127.0.0.1/" },
	{ "octal and short address", "http://0177.1/", "127.0.0.1/" },
	{ "IPv6", "http://[::1]:80/x", "[::1]/x" },
	{ "rubbish in brackets", "http://[F%%%416t]/", NULL },
	{ "number too large", "http://4294967296/", "4294967296/" },
	{ "dot segments", "http://sales.example/a/./b/../c", "sales.example/a/c" },
	{ "escaped dot segments", "http://sales.example/a/%2e%2E/c", "sales.example/c" },
	{ "dot segments above the root", "http://sales.example/../../c", "sales.example/c" },
	{ "dot segment at the end", "http://sales.example/a/..", "sales.example/" },
	{ "dots in a query stay", "http://sales.example/?a/../b", "sales.example/?a/../b" },
	{ "blanks in a path", "http://sales.example/a b", "sales.example/a%20b" },
	{ "letters beyond ASCII in a path", "http://sales.example/\xC3\xA4", "sales.example/%C3%A4" },
	{ "escapes in a path stay", "http://sales.example/%41", "sales.example/%41" },
	{ "no host", "http:///", NULL },
	{ "host that is none", "http://a b.example/", NULL },
	{ "braces of a template", "http://{{host}}/", NULL },
	{ "mail address", "mailto:ann@sales.example", NULL },
	{ "part of the mail", "cid:1@sales.example", NULL },
	{ "relative without base", "/buy", NULL },
	{ "fragment only", "#top", NULL },
	{ "word with a colon", "a:b", NULL },
	{ "empty", "", NULL },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(plain); i++) {
		struct buf out;
		struct url u;
		enum url_kind kind;

		buf_init(&out, URL_BYTES);
		kind = url_parse(slice_of(plain[i].raw), NULL, &out, &u);
		EXPECT(i, plain[i].name, kind == URL_WEB ? u.url : (struct slice){ 0 }, slice_of(plain[i].url));
		if (kind == URL_WEB) {
			assert_true(u.path.n > 0 && u.path.p[0] == '/');
			assert_int_equal(u.host.n + u.path.n, u.url.n);
		}
		buf_done(&out);
	}
}

static const struct {
	const char *raw, *url;
} relative[] = {
	{ "/buy", "sales.example/buy" },
	{ "\\buy", "sales.example/buy" },
	{ "buy", "sales.example/dir/buy" },
	{ "../buy", "sales.example/buy" },
	{ "?q", "sales.example/dir/page?q" },
	{ "//other.example/x", "other.example/x" },
	{ "http://other.example/x", "other.example/x" },
	{ "www.other.example", "sales.example/dir/www.other.example" },
	{ "#top", NULL },
	{ "mailto:x@y.example", NULL },
};

static void test_relative(void **state)
{
	struct buf base_out, out;
	struct url base, u;

	(void)state;
	buf_init(&base_out, URL_BYTES);
	buf_init(&out, URL_BYTES);
	assert_int_equal(url_parse(SLICE("http://sales.example/dir/page?old"), NULL, &base_out, &base), URL_WEB);
	for (size_t i = 0; i < COUNT(relative); i++) {
		enum url_kind kind = url_parse(slice_of(relative[i].raw), &base, &out, &u);

		EXPECT(i, relative[i].raw, kind == URL_WEB ? u.url : (struct slice){ 0 }, slice_of(relative[i].url));
	}
	buf_done(&out);
	buf_done(&base_out);
}

static const struct {
	const char *name, *text, *urls;         /* "url url " */
} texts[] = {
	{ "bare", "see http://sales.example/buy now", "sales.example/buy " },
	{ "www", "see www.sales.example/buy now", "www.sales.example/buy " },
	{ "WWW", "WWW.SALES.EXAMPLE", "www.sales.example/ " },
	{ "end of a sentence", "see http://sales.example/buy. Then", "sales.example/buy " },
	{ "in round brackets", "(http://sales.example/buy)", "sales.example/buy " },
	{ "round brackets inside", "http://sales.example/a_(b)", "sales.example/a_(b) " },
	{ "in angle brackets", "<http://sales.example/buy>", "sales.example/buy " },
	{ "in quotes", "\"http://sales.example/buy\"", "sales.example/buy " },
	{ "in typographic quotes", "\xE2\x80\x9Chttp://sales.example/buy\xE2\x80\x9D", "sales.example/buy " },
	{ "Chinese sentence", "\xE7\x9C\x8Bhttp://sales.example/b\xE3\x80\x82\xE8\xB0\xA2", "sales.example/b " },
	{ "ideographic dot in the host", "http://sales\xE3\x80\x82" "example/b", "sales.example/b " },
	{ "two", "http://a.example/ http://b.example/", "a.example/ b.example/ " },
	{ "glued to a word", "xhttp://sales.example/", "sales.example/ " },
	{ "markdown", "[buy](http://sales.example/buy)", "sales.example/buy " },
	{ "defanged", "visit hxxp://sales[.]example/buy", "sales.example/buy " },
	{ "backslashes", "http:\\\\sales.example\\buy", "sales.example/buy " },
	{ "IDN", "http://b\xC3\xBC" "cher.example/x", "xn--bcher-kva.example/x " },
	{ "scheme in upper case", "HTTPS://SALES.EXAMPLE/X", "sales.example/X " },
	{ "www in a word is none", "awww.so cute", "" },
	{ "www of an address is none", "ann@www.sales.example", "" },
	{ "dots are none", "www... and so on", "" },
	{ "scheme alone is none", "http:// and https://", "" },
	{ "other schemes are none", "ftp://sales.example/ mailto:a@b.example", "" },
	{ "a ratio is none", "3:2 and std::string://x", "" },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct found f;
		struct buf out;

		found_init(&f, 100, URL_BYTES);
		buf_init(&out, URL_BYTES);
		found_add_text(&f, slice_of(texts[i].text), LINK_TEXT, true);
		for (size_t k = 0; k < f.count; k++) {
			buf_add(&out, found_url(&f, &f.links[k]));
			buf_addc(&out, ' ');
		}
		EXPECT(i, texts[i].name, buf_slice(&out), slice_of(texts[i].urls));
		buf_done(&out);
		found_done(&f);
	}
}

static const struct {
	const char *name, *raw, *inner;         /* a URL that must be found inside, NULL: none at all */
} nested[] = {
	{ "query, plain", "http://r.example/?url=http://sales.example/buy&x=1", "sales.example/buy" },
	{ "query, escaped", "http://r.example/?url=http%3A%2F%2Fsales.example%2Fbuy%3Fa%3Db&x=1", "sales.example/buy?a=b" },
	{ "query, escaped twice", "http://r.example/?u=https%253A%252F%252Fsales.example%252Fbuy", "sales.example/buy" },
	{ "query, lower-case escapes", "http://r.example/?u=https%3a%2f%2fsales.example%2fbuy", "sales.example/buy" },
	{ "query, slashes escaped only", "http://r.example/?u=https:%2F%2Fsales.example%2Fbuy", "sales.example/buy" },
	{ "query, www", "http://r.example/?u=www.sales.example/buy", "www.sales.example/buy" },
	{ "query, base64url", "http://r.example/?u=aHR0cDovL3NhbGVzLmV4YW1wbGUvYnV5&x", "sales.example/buy" },
	{ "path, plain", "http://r.example/go/https://sales.example/buy?a=b&c=d", "sales.example/buy?a=b&c=d" },
	{ "path, escaped", "http://r.example/L0/https:%2F%2Fsales.example%2Fbuy/1/0100-x/y", "sales.example/buy" },
	{ "path, base64", "http://r.example/c/aHR0cHM6Ly9zYWxlcy5leGFtcGxlL2J1eQ/x", "sales.example/buy" },
	{ "fragment of an image proxy", "https://ci3.proxy.example/x=s0-d-e1-ft#https://sales.example/o.gif",
	    "sales.example/o.gif" },
	{ "safe links", "https://eur01.safelinks.example/?url=https%3A%2F%2Fsales.example%2Fbuy&data=05%7C02&reserved=0",
	    "sales.example/buy" },
	{ "URL defense, second version", "https://ud.example/v2/url?u=https-3A__sales.example_buy-3Fa-3Db&d=DwMFaQ&c=x",
	    "sales.example/buy?a=b" },
	{ "URL defense, third version", "https://ud.example/v3/__https://sales.example/buy__;!!ABC!x$", "sales.example/buy" },
	{ "three levels", "http://a.example/?u=http%3A%2F%2Fb.example%2F%3Fu%3Dhttp%253A%252F%252Fc.example%252F%253Fu%253D"
	    "http%25253A%25252F%25252Fsales.example%25252Fbuy", "sales.example/buy" },
	{ "data: with escapes", "data:text/html,%3Ca%20href=%22http://sales.example/buy%22%3E", "sales.example/buy" },
	{ "data: with base64", "data:text/html;base64,PGEgaHJlZj0iaHR0cDovL3NhbGVzLmV4YW1wbGUvYnV5Ij4=", "sales.example/buy" },
	{ "script", "javascript:location='http://sales.example/buy'", "sales.example/buy" },
	{ "near miss: the word http", "http://r.example/http-status?about=https", NULL },
	{ "near miss: scheme without slashes", "http://r.example/?u=http:", NULL },
	{ "near miss: base64 in a longer word", "http://r.example/?u=xaHR0cDovL3NhbGVz", NULL },
};

static void test_nested(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(nested); i++) {
		struct found f;
		bool hit = false, any = false;

		found_init(&f, 100, URL_BYTES);
		found_add(&f, slice_of(nested[i].raw), NULL, LINK_HREF, 0);
		for (size_t k = 0; k < f.count; k++) {
			bool is_nested = (f.links[k].places & LINK_NESTED) != 0;

			any = any || is_nested;
			hit = hit || (is_nested && nested[i].inner != NULL &&
			    slice_eq(found_url(&f, &f.links[k]), slice_of(nested[i].inner)));
		}
		if (nested[i].inner == NULL ? any : !hit)
			fail_msg("row %zu: %s: %s in %s", i, nested[i].name, any ? "wrong URL" : "no URL", nested[i].raw);
		found_done(&f);
	}
}

/* URLs in URLs in URLs: three levels are looked at, a fourth is not, and breadth is bounded. */
static void test_depth(void **state)
{
	struct found f;
	struct buf b;

	(void)state;
	found_init(&f, 1000, URL_BYTES);
	buf_init(&b, URL_BYTES);
	repeat(&b, "http://a.example/?u=", 300);
	found_add(&f, buf_slice(&b), NULL, LINK_HREF, 0);
	assert_true(f.count > 1 && f.count <= 1 + FOUND_WAITING_MAX);
	buf_clear(&b);
	found_clear(&f);
	buf_adds(&b, "http://a.example/?");
	repeat(&b, "u=http://b.example/&", 300);
	found_add(&f, buf_slice(&b), NULL, LINK_HREF, 0);
	assert_int_equal(f.count, 1 + URL_INNER_MAX);
	buf_done(&b);
	found_done(&f);
}

static void test_limits(void **state)
{
	struct found f;
	struct buf b;

	(void)state;
	found_init(&f, 3, 200);
	buf_init(&b, 1 << 20);
	buf_adds(&b, "http://sales.example/");
	repeat(&b, "x", 500);
	found_add(&f, buf_slice(&b), NULL, LINK_HREF, 0);
	assert_int_equal(f.count, 0);
	buf_clear(&b);
	found_add_text(&f, repeat(&b, "http://sales.example/a ", 10), LINK_TEXT, true);
	assert_int_equal(f.count, 3);
	assert_true(f.cut);
	buf_done(&b);
	found_done(&f);
}

/* What comes out is a lower-case host and a path of printable ASCII, and parsing it again changes nothing. */
static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "http://", "https://", "//", "/", "\\", "?", "#", "@", ":", ".", "%", "%2e",
		"%2F", "%3A", "www.", "sales", "example", "[", "]", "\t", " ", "\xC3\xBC", "\xE3\x80\x82", "aHR0cDov", "0x7f",
		"-3A__", "data:", ";base64,", "&", "=" };
	uint64_t seed = 99;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		struct buf in, out, again;
		struct found f;
		struct url u, v;

		buf_init(&in, 10000);
		buf_init(&out, URL_BYTES);
		buf_init(&again, URL_BYTES);
		found_init(&f, 100, URL_BYTES);
		buf_adds(&in, i % 2 == 0 ? "http://" : "");
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 80);
		if (url_parse(buf_slice(&in), NULL, &out, &u) == URL_WEB) {
			struct buf whole;

			for (size_t k = 0; k < u.url.n; k++)
				assert_true(u.url.p[k] > ' ' && u.url.p[k] < 0x7f);
			buf_init(&whole, URL_BYTES);
			buf_adds(&whole, "http://");
			buf_add(&whole, u.url);
			assert_int_equal(url_parse(buf_slice(&whole), NULL, &again, &v), URL_WEB);
			EXPECT(i, "parsed twice", v.url, u.url);
			buf_done(&whole);
		}
		found_add(&f, buf_slice(&in), NULL, LINK_HREF, 0);
		found_add_text(&f, buf_slice(&in), LINK_TEXT, true);
		buf_done(&in);
		buf_done(&out);
		buf_done(&again);
		found_done(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
