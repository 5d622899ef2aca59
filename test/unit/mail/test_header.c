/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/header.h"

static const struct {
	const char *raw, *unfolded;
} folds[] = {
	{ "a\r\n\tb", "a\tb" },
	{ "a\n b", "a b" },
	{ " a \r\n", "a" },
	{ "\r\n a", "a" },
	{ "a", "a" },
	{ "", "" },
	{ "a\r\n b\r\n\tc", "a b\tc" },
};

static const struct {
	const char *name, *in, *out;
} words[] = {
	{ "plain", "hello", "hello" },
	{ "Q", "=?utf-8?q?special_offer?=", "special offer" },
	{ "Q, hexadecimal", "=?iso-8859-1?Q?Gr=FC=DFe?=", "Gr\xC3\xBC\xC3\x9F" "e" },
	{ "B", "=?utf-8?B?c3BlY2lhbCBvZmZlcg==?=", "special offer" },
	{ "B without padding", "=?utf-8?B?c3BlY2lhbCBvZmZlcg?=", "special offer" },
	{ "a word split over three", "=?utf-8?q?spe?= =?utf-8?q?cial?= =?utf-8?b?IG9mZmVy?=", "special offer" },
	{ "a character split over two", "=?utf-8?b?w4Q=?= =?utf-8?b?w7w=?=", "\xC3\x84\xC3\xBC" },
	{ "half a character in each", "=?utf-8?b?ww==?= =?utf-8?b?hA==?=", "\xC3\x84" },
	{ "space between word and text stays", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c" },
	{ "text right after", "=?utf-8?q?a?=b", "ab" },
	{ "text right before", "b=?utf-8?q?a?=", "ba" },
	{ "blanks inside", "=?utf-8?q?a b?=", "a b" },
	{ "language", "=?utf-8*en?q?a?=", "a" },
	{ "unknown character set stays", "=?x-none?q?a?=", "=?x-none?q?a?=" },
	{ "unknown encoding stays", "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
	{ "unterminated stays", "=?utf-8?q?a", "=?utf-8?q?a" },
	{ "two beginnings", "=?=?utf-8?q?a?=", "=?a" },
	{ "starts with an escape", "=?utf-8?q?=41?=", "A" },
	{ "empty word", "=?utf-8?q?" "?=", "" },
	{ "no bytes of UTF-8", "a\xFF" "b", "a\xEF\xBF\xBD" "b" },
	{ "line ends inside a word", "=?utf-8?q?a=0D=0ABcc:_x?=", "a  Bcc: x" },
	{ "koi8-r", "=?koi8-r?B?8NLJ18XU?=", "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82" },
	{ "iso-2022-jp", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xE6\x97\xA5\xE6\x9C\xAC" },
	{ "two sets", "=?utf-8?q?a?= =?iso-8859-1?q?=E4?=", "a\xC3\xA4" },
	{ "near miss: no word", "a =? b ?= c", "a =? b ?= c" },
};

static const struct {
	const char *name, *value, *param, *out;
} params[] = {
	{ "token", "text/html; charset=utf-8", "charset", "utf-8" },
	{ "case", "text/html; CHARSET=UTF-8", "charset", "UTF-8" },
	{ "quoted", "text/html; charset=\"utf-8\"; x=y", "charset", "utf-8" },
	{ "quoted pair", "a/b; name=\"a\\\"b\"", "name", "a\"b" },
	{ "unterminated quote", "text/html; charset=\"utf-8", "charset", "utf-8" },
	{ "comment", "text/html; charset=utf-8 (a (nested) comment)", "charset", "utf-8" },
	{ "comment before", "text/html; charset(x)=(y) utf-8", "charset", "utf-8" },
	{ "blank inside, unquoted", "multipart/mixed; boundary=b b", "boundary", "b b" },
	{ "semicolon in quotes", "a/b; x=\"; charset=no\"; charset=yes", "charset", "yes" },
	{ "no semicolon", "text/html charset=utf-8", "charset", NULL },
	{ "missing", "text/html; charset=utf-8", "name", NULL },
	{ "longer name is another", "a/b; charsets=x", "charset", NULL },
	{ "empty", "", "charset", NULL },
	{ "2231", "a/b; boundary*=utf-8''bb", "boundary", "bb" },
	{ "2231 escapes", "a/b; name*=utf-8'en'%C3%A4%20b", "name", "\xC3\xA4 b" },
	{ "2231 character set", "a/b; name*=iso-8859-1''%E4", "name", "\xC3\xA4" },
	{ "2231 pieces", "a/b; boundary*0=b; boundary*1=c", "boundary", "bc" },
	{ "2231 pieces out of order", "a/b; name*1=b; name*0=a", "name", "ab" },
	{ "2231 encoded pieces", "a/b; name*0*=utf-8''%C3; name*1*=%A4; name*2=b", "name", "\xC3\xA4" "b" },
	{ "2231 gap ends it", "a/b; name*0=a; name*2=c", "name", "a" },
	{ "2231 before plain", "a/b; name=plain; name*=utf-8''star", "name", "star" },
	{ "piece 16 is too much", "a/b; name*16=a", "name", NULL },
};

static void test_unfold(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(folds); i++)
		EXPECT(i, "unfolded value", header_unfold(slice_of(folds[i].raw), &a), slice_of(folds[i].unfolded));
	arena_done(&a);
}

static void test_decode(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(words); i++)
		EXPECT(i, words[i].name, header_decode(slice_of(words[i].in), &a), slice_of(words[i].out));
	arena_done(&a);
}

static void test_param(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(params); i++)
		EXPECT(i, params[i].name, header_param(slice_of(params[i].value), params[i].param, &a),
		    slice_of(params[i].out));
	arena_done(&a);
}

static void test_two_boundaries(void **state)
{
	struct slice found[2];
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	assert_int_equal(header_params(SLICE("a/b; boundary=\"xx\"; boundary=\"bb\"; boundary=cc"), "boundary", &a, found, 2), 2);
	EXPECT(0, "first", found[0], SLICE("xx"));
	EXPECT(0, "second", found[1], SLICE("bb"));
	arena_done(&a);
}

/* At most 64 parameters are looked at, and 100,000 numbered ones cost no more than that. */
static void test_many_params(void **state)
{
	struct buf b;
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 8 << 20);
	buf_init(&b, 8 << 20);
	buf_adds(&b, "a/b");
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "; name*%d*=utf-8''%%41", i);
	EXPECT(0, "name of 16 pieces", header_param(buf_slice(&b), "name", &a), SLICE("Autf-8''Autf-8''Autf-8''Autf-8''A"
	    "utf-8''Autf-8''Autf-8''Autf-8''Autf-8''Autf-8''Autf-8''Autf-8''Autf-8''Autf-8''Autf-8''A"));
	buf_done(&b);
	arena_done(&a);
}

/* Noise never yields anything but valid UTF-8 and never takes long. */
static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "=?", "?=", "utf-8", "?q?", "?b?", "=41", "w4Q=", " ", "\"", ";", "=",
		"name*0*", "name", "charset", "''", "%C3", "(", ")", "\\", "iso-2022-jp", "\x1B$B" };
	uint64_t seed = 42;
	struct arena a;

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		struct buf b;
		struct slice out;

		arena_init(&a, 4096, 8 << 20);
		buf_init(&b, 1000);
		soup(&seed, &b, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 300);
		out = header_decode(header_unfold(buf_slice(&b), &a), &a);
		assert_non_null(out.p);
		EXPECT(i, "decoding twice a decoded value without words",
		    slice_ifind(out, SLICE("=?"), 0) < out.n ? out : header_decode(out, &a), out);
		(void)header_param(buf_slice(&b), "name", &a);
		buf_done(&b);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unfold),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_param),
		cmocka_unit_test(test_two_boundaries),
		cmocka_unit_test(test_many_params),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
