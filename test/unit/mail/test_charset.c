/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include <unistr.h>

#include "antisales/mail/charset.h"

#define FFFD "\xEF\xBF\xBD"
#define B(literal) literal, sizeof(literal) - 1

static const struct {
	const char *name, *charset, *in;
	size_t in_n;
	const char *out;
} rows[] = {
	{ "ASCII", "us-ascii", B("hello"), "hello" },
	{ "UTF-8", "utf-8", B("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80" },
	{ "UTF-8 with a mark", "UTF8", B("\xEF\xBB\xBFhi"), "hi" },
	{ "bad UTF-8", "utf-8", B("a\xFF" "b"), "a" FFFD "b" },
	{ "overlong", "utf-8", B("\xC0\xAF"), FFFD FFFD },
	{ "surrogate", "utf-8", B("\xED\xA0\x80"), FFFD FFFD FFFD },
	{ "above U+10FFFF", "utf-8", B("\xF4\x90\x80\x80"), FFFD FFFD FFFD FFFD },
	{ "cut short by a letter", "utf-8", B("\xE2\x82" "a"), FFFD "a" },
	{ "cut short by the end", "utf-8", B("\xE2\x82"), FFFD },
	{ "NUL is dropped", "utf-8", B("sa\0les"), "sales" },
	{ "unknown: as it is", "x-none", B("\xC3\xA4"), "\xC3\xA4" },
	{ "unknown: else like windows-1252", "x-none", B("\xE4\x80"), "\xC3\xA4\xE2\x82\xAC" },
	{ "missing", "", B("gr\xFC\xDF"), "gr\xC3\xBC\xC3\x9F" },
	{ "latin1 is windows-1252", "iso-8859-1", B("\x93\xE4\x94"), "\xE2\x80\x9C\xC3\xA4\xE2\x80\x9D" },
	{ "latin1 keeps C3 A4 apart", "latin1", B("\xC3\xA4"), "\xC3\x83\xC2\xA4" },
	{ "latin2", "ISO-8859-2", B("\xB1"), "\xC4\x85" },
	{ "koi8", "koi8-r", B("\xF0\xD2"), "\xD0\x9F\xD1\x80" },
	{ "windows-1251", "windows-1251", B("\xCF\xF0"), "\xD0\x9F\xD1\x80" },
	{ "UTF-16LE", "utf-16le", B("h\0i\0"), "hi" },
	{ "UTF-16BE", "utf-16be", B("\0h\0i"), "hi" },
	{ "UTF-16 with a big-endian mark", "utf-16", B("\xFE\xFF\0h\0i"), "hi" },
	{ "UTF-16 without a mark", "utf-16", B("h\0i\0"), "hi" },
	{ "UTF-16, lone surrogate", "utf-16le", B("\x00\xD8h\0"), FFFD "h" },
	{ "UTF-16, half a unit at the end", "utf-16le", B("h\0i"), "h" FFFD },
	{ "UTF-16 mark under another name", "utf-8", B("\xFF\xFEh\0i\0"), "hi" },
	{ "UTF-7", "utf-7", B("+ADw-a+AD4-x"), "<a>x" },
	{ "UTF-7, bad byte", "utf-7", B("a\xFF" "b"), "a" FFFD "b" },
	{ "Shift_JIS", "shift_jis", B("\x93\xFA\x96\x7B"), "\xE6\x97\xA5\xE6\x9C\xAC" },
	{ "ISO-2022-JP", "iso-2022-jp", B("\x1B$BF|K\\\x1B(B!"), "\xE6\x97\xA5\xE6\x9C\xAC!" },
	{ "EUC-KR", "ks_c_5601-1987", B("\xC7\xD1"), "\xED\x95\x9C" },
	{ "gb2312 as gb18030", "gb2312", B("\xD6\xD0"), "\xE4\xB8\xAD" },
	{ "Big5", "big5", B("\xA4\xA4"), "\xE4\xB8\xAD" },
	{ "letter held back for a mark", "tcvn", B("abe"), "abe" },
	{ "multibyte, cut short", "shift_jis", B("\x93"), FFFD },
	{ "spelling", " \"Latin-1\" ", B("\xE4"), "\xC3\xA4" },
};

static void decode(const char *charset, struct slice in, size_t cut, size_t room, struct buf *out)
{
	struct charset c;
	char block[4096];

	charset_open(&c, slice_of(charset));
	for (size_t at = 0; at < in.n; at += cut) {
		struct slice piece = slice_sub(in, at, cut);

		while (piece.n > 0) {
			size_t n = charset_decode(&c, &piece, block, room);

			assert_true(n <= room);
			buf_add(out, (struct slice){ block, n });
		}
	}
	buf_add(out, (struct slice){ block, charset_end(&c, block) });
	charset_close(&c);
}

static void test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t cut = 1; cut <= rows[i].in_n; cut++) {
			struct buf b;

			buf_init(&b, 1000);
			decode(rows[i].charset, (struct slice){ rows[i].in, rows[i].in_n }, cut, 4096, &b);
			EXPECT(i, rows[i].name, buf_slice(&b), slice_of(rows[i].out));
			buf_done(&b);
		}
	}
}

static void test_known(void **state)
{
	(void)state;
	assert_true(charset_known(SLICE("UTF-8")));
	assert_true(charset_known(SLICE("iso_8859-1:1987")));
	assert_true(charset_known(SLICE("utf-8*en")));
	assert_false(charset_known(SLICE("x-none")));
	assert_false(charset_known(SLICE("")));
	assert_false(charset_known(SLICE("a-name-that-is-much-too-long-for-any-set")));
}

/* Noise in every kind of set: valid UTF-8 without NUL comes out, the same for any cut and any room. */
static void test_soup(void **state)
{
	static const char *const sets[] = { "utf-8", "x-none", "iso-8859-1", "utf-16", "utf-16be", "utf-7", "shift_jis",
		"iso-2022-jp", "euc-kr", "gb18030", "big5", "koi8-r", "utf-32", "iso-2022-kr", "euc-jp", "iso-2022-cn" };
	static const char *const vocabulary[] = { "a", "\xC3\xA4", "\x1B$B", "\x1B(B", "\x1B$)C", "\x0E", "\x0F", "+ADw-", "+",
		"\xFF\xFE", "\xD8", "\x93\xFA", "\xE2\x82", "\xEF\xBB\xBF", "-" };
	uint64_t seed = 11;

	(void)state;
	for (size_t i = 0; i < 3200; i++) {
		const char *set = sets[i % COUNT(sets)];
		struct buf in, whole, bytes, narrow;

		buf_init(&in, 10000);
		buf_init(&whole, 100000);
		buf_init(&bytes, 100000);
		buf_init(&narrow, 100000);
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 300);
		decode(set, buf_slice(&in), 100000, 4096, &whole);
		decode(set, buf_slice(&in), 1, 4096, &bytes);
		decode(set, buf_slice(&in), 1 + noise(&seed) % 50, CHARSET_ROOM_MIN, &narrow);
		EXPECT(i, set, buf_slice(&bytes), buf_slice(&whole));
		EXPECT(i, set, buf_slice(&narrow), buf_slice(&whole));
		assert_null(u8_check((const uint8_t *)buf_slice(&whole).p, whole.n));
		assert_true(whole.n == 0 || memchr(whole.p, '\0', whole.n) == NULL);
		assert_true(whole.n <= 4 * in.n + CHARSET_ROOM_MIN);
		buf_done(&in);
		buf_done(&whole);
		buf_done(&bytes);
		buf_done(&narrow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
