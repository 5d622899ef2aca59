/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/transfer.h"

static const struct {
	const char *name, *in, *out;
} base64[] = {
	{ "plain", "c3BlY2lhbCBvZmZlcg==", "special offer" },
	{ "no padding", "c3BlY2lhbCBvZmZlcg", "special offer" },
	{ "padding in the middle, data goes on", "c3BlYw==aWFs", "special" },
	{ "rubbish between lines", "c3Bl\r\n!!-- ..\r\nY2lhbA==", "special" },
	{ "one character a line", "c\r\n3\r\nB\r\nl\r\nY\r\nw\r\n", "spec" },
	{ "a lone sextet is nothing", "c3Bl=c", "spe" },
	{ "eight-bit rubbish", "c3\xFF\xFE" "Bl", "spe" },
	{ "empty", "", "" },
	{ "only padding", "====", "" },
};

static const struct {
	const char *name, *in, *out;
} quoted[] = {
	{ "escape", "a=3Db", "a=b" },
	{ "lower case", "a=3db", "a=b" },
	{ "soft break in a host", "http://sal=\r\nes.example/", "http://sales.example/" },
	{ "soft break, bare LF", "sal=\nes", "sales" },
	{ "soft break, blanks after", "sal= \t\r\nes", "sales" },
	{ "soft break, bare CR", "sal=\res", "sales" },
	{ "two soft breaks", "sal=\r\n=\r\nes", "sales" },
	{ "no escape stays", "a=ZZb", "a=ZZb" },
	{ "half an escape stays", "a=4Zb", "a=4Zb" },
	{ "sign before an escape", "a==41", "a=A" },
	{ "blank after the sign stays", "a= b", "a= b" },
	{ "sign at the end", "a=", "a" },
	{ "half an escape at the end", "a=4", "a=4" },
	{ "hard break stays", "a\r\nb", "a\r\nb" },
	{ "hexadecimal digit before a break stays", "a=4\r\nb", "a=4\r\nb" },
	{ "long blank run is no soft break", "a=                                                                "
	    "                b", "a=                                                                                b" },
};

/* Decodes in pieces of that many bytes. */
static void decode(enum transfer_encoding encoding, struct slice in, size_t cut, size_t room, struct buf *out)
{
	struct transfer t;
	char block[4096];

	transfer_begin(&t, encoding);
	for (size_t at = 0; at < in.n; at += cut) {
		struct slice piece = slice_sub(in, at, cut);

		while (piece.n > 0)
			buf_add(out, (struct slice){ block, transfer_decode(&t, &piece, block, room) });
	}
	buf_add(out, (struct slice){ block, transfer_end(&t, block) });
}

static void check(size_t row, const char *name, enum transfer_encoding e, const char *in, const char *out)
{
	for (size_t cut = 1; cut <= strlen(in) + 1; cut++) {
		struct buf b;

		buf_init(&b, 10000);
		decode(e, slice_of(in), cut, 4096, &b);
		EXPECT(row, name, buf_slice(&b), slice_of(out));
		buf_done(&b);
	}
}

static void test_base64(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(base64); i++)
		check(i, base64[i].name, TRANSFER_BASE64, base64[i].in, base64[i].out);
}

static void test_quoted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quoted); i++)
		check(i, quoted[i].name, TRANSFER_QUOTED, quoted[i].in, quoted[i].out);
}

static void test_named(void **state)
{
	(void)state;
	assert_int_equal(transfer_named(SLICE(" BaSe64 ; x")), TRANSFER_BASE64);
	assert_int_equal(transfer_named(SLICE("base64 (comment)")), TRANSFER_BASE64);
	assert_int_equal(transfer_named(SLICE("\"quoted-printable\"")), TRANSFER_QUOTED);
	assert_int_equal(transfer_named(SLICE("8bit")), TRANSFER_IDENTITY);
	assert_int_equal(transfer_named(SLICE("base64x")), TRANSFER_IDENTITY);
	assert_int_equal(transfer_named((struct slice){ 0 }), TRANSFER_IDENTITY);
}

/* Noise, whole and byte by byte and with the least room. */
static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "=", "=\r\n", "= \r\n", "=3D", "QUJD", "A", "\r", "\n", " ", "\t", "==", "z" };
	uint64_t seed = 3;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		enum transfer_encoding e = i % 2 == 0 ? TRANSFER_BASE64 : TRANSFER_QUOTED;
		struct buf in, whole, bytes, narrow;

		buf_init(&in, 10000);
		buf_init(&whole, 10000);
		buf_init(&bytes, 10000);
		buf_init(&narrow, 10000);
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 400);
		decode(e, buf_slice(&in), 100000, 4096, &whole);
		decode(e, buf_slice(&in), 1, 4096, &bytes);
		decode(e, buf_slice(&in), 1 + noise(&seed) % 50, TRANSFER_ROOM_MIN, &narrow);
		EXPECT(i, "byte by byte", buf_slice(&bytes), buf_slice(&whole));
		EXPECT(i, "little room", buf_slice(&narrow), buf_slice(&whole));
		assert_true(whole.n <= in.n);
		buf_done(&in);
		buf_done(&whole);
		buf_done(&bytes);
		buf_done(&narrow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
