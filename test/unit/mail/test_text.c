/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include <unistr.h>

#include "antisales/mail/text.h"

static const struct {
	const char *name, *in, *out;
} rows[] = {
	{ "plain", "special offer", "special offer" },
	{ "white space folded", "  special \r\n\t offer \n", "special offer" },
	{ "zero-width space and soft hyphen", "spe\xE2\x80\x8B" "cial of\xC2\xAD" "fer", "special offer" },
	{ "zero-width joiners", "sp\xE2\x80\x8C" "ec\xE2\x80\x8D" "ial", "special" },
	{ "word joiner and mark", "\xEF\xBB\xBFspe\xE2\x81\xA0" "cial", "special" },
	{ "combining grapheme joiner", "spe\xCD\x8F" "cial", "special" },
	{ "variation selector", "\xE2\x9C\x94\xEF\xB8\x8F ok", "\xE2\x9C\x94 ok" },
	{ "full width", "\xEF\xBD\x93\xEF\xBD\x90\xEF\xBD\x85\xEF\xBD\x83\xEF\xBD\x89\xEF\xBD\x81\xEF\xBD\x8C", "special" },
	{ "mathematical letters", "\xF0\x9D\x90\xAC\xF0\x9D\x90\xA9", "sp" },
	{ "ligature", "o\xEF\xAC\x80" "er", "offer" },
	{ "no-break space", "a\xC2\xA0" "b", "a b" },
	{ "wide spaces", "a\xE3\x80\x80\xE2\x80\x83" "b", "a b" },
	{ "line separator", "a\xE2\x80\xA8" "b", "a b" },
	{ "combining mark composes", "a\xCC\x88", "\xC3\xA4" },
	{ "composed stays", "\xC3\xA4", "\xC3\xA4" },
	{ "soft hyphen before a combining mark", "a\xC2\xAD\xCC\x88", "\xC3\xA4" },
	{ "case is kept", "Special OFFER", "Special OFFER" },
	{ "Cyrillic", "\xD0\x9F\xD1\x80\xD0\xB8", "\xD0\x9F\xD1\x80\xD0\xB8" },
	{ "Hangul jamo compose", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C" },
	{ "syllable and final jamo", "\xED\x95\x98\xE1\x86\xAB", "\xED\x95\x9C" },
	{ "empty", "", "" },
	{ "only white space", " \n ", "" },
	{ "near miss: hyphen", "spe-cial", "spe-cial" },
};

static void test_normalise(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++)
		EXPECT(i, rows[i].name, text_normalise(slice_of(rows[i].in), &a), slice_of(rows[i].out));
	arena_done(&a);
}

static void test_valid(void **state)
{
	struct slice good = SLICE("a\xC3\xA4");
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	assert_ptr_equal(text_valid(good, &a).p, good.p);
	EXPECT(0, "bad bytes", text_valid(SLICE("a\xC3(\xFF"), &a), SLICE("a\xEF\xBF\xBD(\xEF\xBF\xBD"));
	EXPECT(1, "cut short", text_valid(SLICE("a\xE2\x82"), &a), SLICE("a\xEF\xBF\xBD"));
	arena_done(&a);
}

/* Normalising is idempotent and yields valid UTF-8; text made of long stretches too. */
static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "a", " ", "\n", "\xC3\xA4", "\xCC\x88", "\xC2\xAD", "\xE2\x80\x8B",
		"\xEF\xBD\x93", "\xE1\x84\x92", "\xE1\x85\xA1", "\xE1\x86\xAB", "\xED\x95\x98", "\xC2\xA0", "\xEF\xB7\xBA",
		"\xCD\x8F", "\xF0\x9D\x90\xAC", "\xE3\x82\xAB", "\xE3\x82\x99", "\xD0\x9F" };
	uint64_t seed = 5;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		struct arena a;
		struct buf b;
		struct slice once, valid;

		arena_init(&a, 4096, 64 << 20);
		buf_init(&b, 100000);
		soup(&seed, &b, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % (i % 50 == 0 ? 20000 : 300));
		valid = text_valid(buf_slice(&b), &a);
		once = text_normalise(valid, &a);
		assert_non_null(once.p);
		assert_null(u8_check((const uint8_t *)once.p, once.n));
		if (i % 50 != 0)                /* stretches are cut at 4 KiB, where a mark may lose its letter */
			EXPECT(i, "twice", text_normalise(once, &a), once);
		buf_done(&b);
		arena_done(&a);
	}
}

/* What comparing words goes by. */
static void test_letters(void **state)
{
	static const struct {
		const char *word, *letters;
		bool capital;
	} words[] = {
		{ "word", "word", false }, { "Word,", "word", true }, { "(Don't", "dont", true }, { "state-of-the-art", "stateoftheart", false },
		{ "STRA\xC3\x9F" "E", "strasse", true }, { "\xC3\x84rger", "\xC3\xA4rger", true }, { "\xC3\xA4rger", "\xC3\xA4rger", false },
		{ "\xE2\x80\x9CWord\xE2\x80\x9D", "word", true }, { "\xE2\x80\x93", "", false }, { "123", "", false }, { "", "", false },
		{ "\xD0\x9F\xD1\x80\xD0\xB8", "\xD0\xBF\xD1\x80\xD0\xB8", true }, { "\xE4\xB8\xAD", "\xE4\xB8\xAD", false },
		{ "an-endless-word-of-sixty-five-letters-an-endless-word-of-sixty-fi", "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		char out[TEXT_LETTERS_MAX];
		size_t n = text_letters(slice_of(words[i].word), out);

		EXPECT(i, words[i].word, ((struct slice){ out, n }), slice_of(words[i].letters));
		assert_int_equal(text_is_capital(slice_of(words[i].word)), words[i].capital);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_soup),
		cmocka_unit_test(test_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
