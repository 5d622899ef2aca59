/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/mail/header.h"
#include "antisales/mail/text.h"

/* Header values and reply texts: whatever goes in, what comes out is safe to send. */

static void our_names_are_known(void **state)
{
	static const struct { const char *name; bool ours; } rows[] = {
		{ "X-Anti-Sales", true }, { "x-anti-sales", true }, { "X-ANTI-SALES-SCORE", true }, { " X-Anti-Sales\t", true },
		{ "X-Anti-Sales-Anything", true }, { "X-Anti-Sales2", true }, { "X-Anti-Sale", false }, { "X-Anti", false }, { "", false },
		{ "XX-Anti-Sales", false }, { "Anti-Sales", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (header_is_ours(slice_of(rows[i].name)) != rows[i].ours)
			fail_msg("row %zu: %s", i, rows[i].name);
	for (size_t i = 0; header_our_name(i) != NULL; i++)
		assert_true(header_is_ours(slice_of(header_our_name(i))));
}

static void values_are_folded_and_encoded(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "", "" }, { "no", "no" }, { "sales (78/100); a", "sales (78/100); a" },
		{ "caf\xc3\xa9", "=?utf-8?Q?caf=C3=A9?=" }, { "a =?b", "=?utf-8?Q?a_=3D=3Fb?=" }, { "a\rb", "=?utf-8?Q?a=0Db?=" },
		{ "a\nb: c", "=?utf-8?Q?a=0Ab=3A_c?=" }, { "a\tb", "=?utf-8?Q?a=09b?=" }, { "\x7f", "=?utf-8?Q?=7F?=" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = header_value("X-Anti-Sales", slice_of(rows[i].in), &a);

		if (strcmp(got, rows[i].out) != 0)
			fail_msg("row %zu: \"%s\"", i, got);
	}
	arena_done(&a);
}

static void long_values_are_folded_between_words(void **state)
{
	char text[600] = "";
	struct arena a;
	const char *got;

	(void)state;
	for (int i = 0; i < 40; i++)
		strcat(text, "word012 ");
	text[strlen(text) - 1] = '\0';
	arena_init(&a, 4096, 1 << 20);
	got = header_value("X-Anti-Sales", slice_of(text), &a);
	assert_contains(got, "word012\n\tword012");
	for (const char *line = got; line != NULL; line = strchr(line, '\n') == NULL ? NULL : strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") <= 78);
	arena_done(&a);
}

/* What must hold of every value: RFC 5322 2.1.1, 2.2.3 and RFC 2047 2, and limits of ours. */
static const char *what_is_wrong(const char *v)
{
	size_t column = 0, word = 0;
	bool blank = true;

	if (strlen(v) > HEADER_VALUE_MAX)
		return "longer than it may be";
	for (const char *p = v; *p != '\0'; p++) {
		if (*p == '\n' && p[1] != '\t')
			return "a line feed without a tab";
		if (*p == '\t' && (p == v || p[-1] != '\n'))
			return "a tab that folds nothing";
		if (*p != '\n' && *p != '\t' && (*p < ' ' || *p >= 0x7f))
			return "a byte that is not printable";
		if (*p == '\n' && blank)
			return "a line of white space";
		column = *p == '\n' ? 0 : column + 1;
		word = *p == '\n' || *p == '\t' || *p == ' ' ? 0 : word + 1;
		blank = *p == '\n' || (blank && (*p == ' ' || *p == '\t'));
		if (column > 998)
			return "a line over 998 bytes";
		if (word > 75 && strncmp(p - word + 1, "=?", 2) == 0)
			return "an encoded word over 75 bytes";
	}
	return blank && v[0] != '\0' && strchr(v, '\n') != NULL ? "a last line of white space" : NULL;
}

static void random_text(struct rng *r, int kind, char *out, size_t n)
{
	static const char *const pieces[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a", " ", "word", "=?", "?=", "_", "%", ":", "\r\n", "\t" };
	size_t at = 0;

	for (size_t i = 0; kind == 0 && i < n; i++)
		out[i] = (char)rng_below(r, 256);
	for (size_t i = 0; kind == 1 && i < n; i++)
		out[i] = rng_below(r, 6) == 0 ? ' ' : (char)(' ' + rng_below(r, 95));
	for (size_t i = 0; kind == 2 && i < n; i++)
		out[i] = rng_below(r, 3) == 0 ? 'x' : ' ';
	while (kind == 3 && at < n) {
		const char *p = pieces[rng_below(r, COUNT(pieces))];

		for (; *p != '\0' && at < n; p++)
			out[at++] = *p;
	}
}

static void any_bytes_make_a_safe_value(void **state)
{
	struct rng r = { 2047 };

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		static char text[3000];
		size_t n = rng_below(&r, i % 10 == 0 ? sizeof text : 300);
		struct arena a;
		const char *got, *wrong;

		random_text(&r, (int)rng_below(&r, 4), text, n);
		arena_init(&a, 8192, 1 << 20);
		got = header_value("X-Anti-Sales-Platform", (struct slice){ text, n }, &a);
		assert_non_null(got);
		wrong = what_is_wrong(got);
		if (wrong != NULL)
			fail_msg("text %zu: %s: \"%s\"", i, wrong, got);
		arena_done(&a);
	}
}

/* Without the white space, which folding may change. */
static struct slice dense(struct arena *a, struct slice s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (!ascii_space(s.p[i]))
			out[n++] = s.p[i];
	return (struct slice){ out, n };
}

static void our_own_reader_decodes_it(void **state)
{
	struct rng r = { 822 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		static char text[280];
		size_t n = rng_below(&r, 260);
		struct arena a;
		struct slice in, back;

		random_text(&r, rng_below(&r, 2) == 0 ? 1 : 3, text, n);
		arena_init(&a, 8192, 1 << 20);
		in = dense(&a, text_valid((struct slice){ text, n }, &a));
		back = dense(&a, header_decode(header_unfold(slice_of(header_value("X-Anti-Sales", (struct slice){ text, n }, &a)), &a), &a));
		/* a character that was cut at the end may be lost, nothing else */
		if (slice_cmp(slice_sub(in, 0, back.n), back) != 0 || back.n + 3 < in.n)
			fail_msg("text %zu: \"%.*s\" came back as \"%.*s\"", i, SLICE_FMT(in), SLICE_FMT(back));
		arena_done(&a);
	}
}

static void any_bytes_make_a_safe_reply(void **state)
{
	struct rng r = { 550 };
	char all[256];
	struct arena a;

	(void)state;
	arena_init(&a, 8192, 64 << 20);
	for (size_t i = 0; i < 256; i++)
		all[i] = (char)i;
	for (size_t i = 0; i < 2000; i++) {
		static char text[1000];
		size_t n = rng_below(&r, sizeof text);
		const char *got;

		random_text(&r, (int)rng_below(&r, 4), text, n);
		got = i == 0 ? reply_text((struct slice){ all, sizeof all }, &a) : reply_text((struct slice){ text, n }, &a);
		if (strlen(got) > REPLY_TEXT_MAX)
			fail_msg("text %zu: %zu bytes", i, strlen(got));
		for (const char *p = got; *p != '\0'; p++)
			if (*p < ' ' || *p >= 0x7f || *p == '%')
				fail_msg("text %zu: byte %02x", i, (unsigned char)*p);
	}
	arena_done(&a);
}

static void without_memory_there_is_none(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 16, 16);
	assert_null(header_value("X-Anti-Sales", SLICE("a value that does not fit"), &a));
	assert_null(reply_text(SLICE("a reply that does not fit in there"), &a));
	arena_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_names_are_known),
		cmocka_unit_test(values_are_folded_and_encoded),
		cmocka_unit_test(long_values_are_folded_between_words),
		cmocka_unit_test(any_bytes_make_a_safe_value),
		cmocka_unit_test(our_own_reader_decodes_it),
		cmocka_unit_test(any_bytes_make_a_safe_reply),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
