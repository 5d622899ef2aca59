/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/regex.h"
#include "antisales/catalogue/catalogue.h"
#include "antisales/catalogue/literal.h"

static struct slice literal_of(struct slice pattern)
{
	static char out[LITERAL_MAX];

	return (struct slice){ out, literal_required(pattern, out) };
}

static void what_every_match_must_contain(void **state)
{
	static const struct { const char *pattern, *literal; } rows[] = {
		{ "marketo", "marketo" },
		{ "MarKetO", "marketo" },
		{ "^marketo$", "marketo" },
		{ "", "" },
		{ "ab", "" },
		{ "abc", "abc" },
		{ "a.b.c", "" },
		{ "abc.defgh", "defgh" },
		{ "outreach\\.io", "outreach.io" },
		{ "outreach.io", "outreach" },
		{ "abcx?def", "abc" },
		{ "abcx*", "abc" },
		{ "abcx+", "abcx" },
		{ "abc+defg", "defg" },
		{ "abcx{2}", "abcx" },
		{ "abcx{0,2}de", "abc" },
		{ "abcx{,2}de", "abc" },
		{ "abc{de", "abc{de" },
		{ "foo|bar", "" },
		{ "(foo|bar)bazz", "bazz" },
		{ "(?:foobar)", "foobar" },
		{ "(foobar)", "foobar" },
		{ "(foobar)?quux", "quux" },
		{ "(?:foobar)*quux", "quux" },
		{ "(?<tenant>foobar)x", "foobar" },
		{ "(?=foobar)quux", "quux" },
		{ "(?!foobar)quux", "quux" },
		{ "(?<=foobar)quux", "quux" },
		{ "(?<!foobar)quux", "quux" },
		{ "(?#foobar)quux", "quux" },
		{ "[abc]quux", "quux" },
		{ "[]abc]quux", "quux" },
		{ "[^]abc]quux", "quux" },
		{ "[\\]abc]quux", "quux" },
		{ "[[:alpha:]abc]quux", "quux" },
		{ "\\dquux", "quux" },
		{ "\\bquux\\b", "quux" },
		{ "\\x41quux", "quux" },
		{ "\\x{41}quux", "quux" },
		{ "\\p{Lu}quux", "quux" },
		{ "\\/quux\\/", "/quux/" },
		{ "quux\\?", "quux?" },
		{ "quux\\", "quux" },
		{ "(?:a(?:bcd(?:efgh)))", "efgh" },
		{ "((foo|bar)quux)", "quux" },
		{ "(a|(b|c)d)quux", "quux" },
		{ "[|]quux", "quux" },
		{ "\\|quux", "|quux" },
		{ "www\\.marketo\\.com", "www.marketo.com" },
		{ "caf\xc3\xa9quux", "quux" },
		{ "x\nquux", "quux" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice got = literal_of(slice_of(rows[i].pattern));

		if (!slice_eq(got, slice_of(rows[i].literal)))
			fail_msg("row %zu: %s needs \"%s\", not \"%.*s\"", i, rows[i].pattern, rows[i].literal, SLICE_FMT(got));
	}
}

static void long_runs_are_cut(void **state)
{
	char pattern[200];

	(void)state;
	memset(pattern, 'q', sizeof pattern);
	assert_int_equal(literal_of((struct slice){ pattern, LITERAL_MAX }).n, LITERAL_MAX);
	assert_int_equal(literal_of((struct slice){ pattern, LITERAL_MAX + 1 }).n, LITERAL_MAX);
	assert_int_equal(literal_of((struct slice){ pattern, sizeof pattern }).n, LITERAL_MAX);
}

/* Patterns that look harmless to the walk and are not: PCRE2 finds a match without the literal. */
static void rare_syntax_never_makes_it_wrong(void **state)
{
	static const struct { const char *pattern, *subject; } rows[] = {
		{ "(?i)marketo", "MARKETO" },
		{ "(?x) mar keto", "marketo" },
		{ "(?x:mar keto)", "marketo" },
		{ "abc(?x) d e f", "abcdef" },
		{ "(?x)marketo # comment", "marketo" },
		{ "(?xx)mark eto", "marketo" },
		{ "(?^x)mark eto", "marketo" },
		{ "\\Qa|b\\Equux", "a|bquux" },
		{ "\\Qa(\\E|quux", "quux" },
		{ "(?|foo|bar)quux", "barquux" },
		{ "(?(DEFINE)(?<n>foobar))quux", "quux" },
		{ "(?(?=a)abcdef|bcdefg)", "bcdefg" },
		{ "(a)?(?(1)bcdef|cdefg)", "cdefg" },
		{ "foo\\Kbar", "foobar" },
		{ "quux(*ACCEPT)foobar", "quux" },
		{ "(?:quux(*ACCEPT))foobar", "quux" },
		{ "abc\\cAdef", "abc\001def" },
		{ "abc\\c\\def", "abc\034def" },
		{ "abc\\101def", "abcAdef" },
		{ "abc\\o{101}def", "abcAdef" },
		{ "abc\\N{U+41}def", "abcadef" },
		{ "abc\\x4def", "abc\x4d" "ef" },
		{ "abc\\xzdef", "abc" },
		{ "(abc)\\1def", "abcabcdef" },
		{ "(abc)\\g1def", "abcabcdef" },
		{ "(abc)\\g-1def", "abcabcdef" },
		{ "(?<n>abc)\\k<n>def", "abcabcdef" },
		{ "(?<n>abc)\\k'n'def", "abcabcdef" },
		{ "(?P<n>abc)(?P=n)def", "abcabcdef" },
		{ "(?'n'abc)def", "abcdef" },
		{ "abc(?#)d)ef", "abcd)ef" },
		{ "(?#a(b)quux", "quux" },
		{ "[a[:alpha:]-]]quux", "a]quux" },
		{ "[[.a.]quux", "aquux" },
		{ "[\\Q]\\E]quux", "]quux" },
		{ "[\\Qa]|b\\E]quux", "|quux" },
		{ "[a\\]b]quux", "]quux" },
		{ "(?-i)abcdef", "abcdef" },
		{ "(?-i:ABCdef)", "ABCdef" },
		{ "abcd{1,2}?ef", "abcddef" },
		{ "abcd{1,2}+ef", "abcddef" },
		{ "abcd{01}ef", "abcdef" },
		{ "abcd{00}ef", "abcef" },
		{ "abc(def){0}ghi", "abcghi" },
		{ "abc(*:n)def", "abcdef" },
		{ "(*UTF)marketo", "marketo" },
		{ "\\pLabc", "xabc" },
		{ "\\xz(a|b)c", "\001z" },
	};
	struct regex_scratch *scratch = regex_scratch_new();
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct regex *re = NULL;
		struct err e = { 0 };
		struct slice literal = literal_of(slice_of(rows[i].pattern)), subject = slice_of(rows[i].subject);

		if (regex_compile(slice_of(rows[i].pattern), &re, &e) < 0)
			continue;
		if (regex_match(re, scratch, subject, NULL, NULL) == REGEX_YES && literal.n > 0
		    && slice_ifind(subject, literal, 0) == subject.n) {
			print_message("# row %zu: %s matches \"%s\" without \"%.*s\"\n", i, rows[i].pattern, rows[i].subject, SLICE_FMT(literal));
			wrong++;
		}
		regex_free(re);
	}
	regex_scratch_free(scratch);
	assert_int_equal(wrong, 0);
}

/* Random patterns out of pieces that every atom may be followed by, against subjects that PCRE2 says they match. */
static size_t add_piece(struct rng *r, char *out, size_t at, size_t room)
{
	static const char *const pieces[] = { "abc", "d", "ef", "x", "y", ".", "[ab]", "[^x]", "\\d", "\\.", "(?:", "(", "(?:ab", ")", ")",
		"?", "*", "+", "{2}", "{0,1}", "|", "^", "$", "\\b", "1", "abcd" };
	const char *p = pieces[rng_below(r, COUNT(pieces))];

	return at + (size_t)snprintf(out + at, room - at, "%s", p);
}

/* A text that the pattern may well match: its letters without its syntax. */
static size_t spell(struct rng *r, const char *pattern, size_t n, char *out, size_t room)
{
	size_t m = 0;

	for (size_t i = 0; i < n && m < room; i++)
		if ((ascii_alnum(pattern[i]) || pattern[i] == '.') && rng_below(r, 12) != 0)
			out[m++] = pattern[i];
	return m;
}

static void random_patterns_are_never_wrong(void **state)
{
	struct regex_scratch *scratch = regex_scratch_new();
	struct rng r = { 31 };
	size_t matched = 0;

	(void)state;
	for (size_t i = 0; i < 60000; i++) {
		static const char letters[] = "abcdefxy1.";
		char pattern[128] = "", subject[24];
		size_t n = 0, pieces = 1 + rng_below(&r, 9), m = 1 + rng_below(&r, sizeof subject);
		struct regex *re = NULL;
		struct slice literal, text = { subject, m };

		while (pieces-- > 0)
			n = add_piece(&r, pattern, n, sizeof pattern);
		for (size_t k = 0; k < m; k++)
			subject[k] = letters[rng_below(&r, sizeof letters - 1)];
		if (rng_below(&r, 2) == 0)
			m = spell(&r, pattern, n, subject, sizeof subject);
		if (regex_compile((struct slice){ pattern, n }, &re, NULL) < 0)
			continue;
		literal = literal_of((struct slice){ pattern, n });
		if (literal.n > 0 && regex_match(re, scratch, text, NULL, NULL) == REGEX_YES) {
			matched++;
			if (slice_ifind(text, literal, 0) == text.n)
				fail_msg("%s matches \"%.*s\" without \"%.*s\"", pattern, (int)m, subject, SLICE_FMT(literal));
		}
		regex_free(re);
	}
	regex_scratch_free(scratch);
	assert_true(matched > 50);
}

static void every_shipped_example_contains_its_literal(void **state)
{
	struct arena a;
	struct catalogue *c;
	struct err e = { 0 };
	size_t with = 0;

	(void)state;
	arena_init(&a, 65536, 256 << 20);
	assert_ok(catalogue_load(source("policies/platforms"), &a, &c, &e), e);
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct platform *p = catalogue_at(c, i);

		for (size_t k = 0; k < p->fingerprints_count; k++) {
			const struct fingerprint *fp = &p->fingerprints[k];
			struct slice literal = literal_of(fp->pattern);

			with += literal.n > 0;
			for (size_t m = 0; m < fp->matches_count; m++)
				if (slice_ifind(fp->matches[m], literal, 0) == fp->matches[m].n && literal.n > 0)
					fail_msg("%.*s line %u: \"%.*s\" is not in \"%.*s\"", SLICE_FMT(p->file), fp->line,
					    SLICE_FMT(literal), SLICE_FMT(fp->matches[m]));
		}
	}
	/* without literals every pattern would be tried on every mail */
	print_message("# %zu of %zu fingerprints have a literal\n", with, catalogue_fingerprints(c));
	assert_true(with * 10 > catalogue_fingerprints(c) * 6);
	arena_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_every_match_must_contain),
		cmocka_unit_test(long_runs_are_cut),
		cmocka_unit_test(rare_syntax_never_makes_it_wrong),
		cmocka_unit_test(random_patterns_are_never_wrong),
		cmocka_unit_test(every_shipped_example_contains_its_literal),
	};

	return cmocka_run_group_tests_name("literal", tests, NULL, NULL);
}
