/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/html.h"

static const struct html_limits limits = { 1000, 8, 100 };

/* Tokens as text: <a href="x">text</a><!--c--><!DOCTYPE>. */
static void print_token(void *arg, const struct html_token *t)
{
	struct buf *out = arg;

	switch (t->type) {
	case HTML_TEXT:
		buf_add(out, t->text);
		break;
	case HTML_START:
		buf_addc(out, '<');
		buf_add(out, t->name);
		for (size_t i = 0; i < t->attributes_count; i++)
			buf_addf(out, " %.*s=\"%.*s\"", SLICE_FMT(t->attributes[i].name), SLICE_FMT(t->attributes[i].value));
		buf_adds(out, t->self_closing ? "/>" : ">");
		break;
	case HTML_END:
		buf_addf(out, "</%.*s>", SLICE_FMT(t->name));
		break;
	case HTML_COMMENT:
		buf_addf(out, "<!--%.*s-->", SLICE_FMT(t->text));
		break;
	case HTML_DOCTYPE:
		buf_addf(out, "<!%.*s %.*s %.*s%s>", SLICE_FMT(t->name), SLICE_FMT(t->public_id), SLICE_FMT(t->system_id),
		    t->force_quirks ? " quirks" : "");
		break;
	}
}

static bool tokenize(struct slice in, size_t cut, struct buf *out)
{
	struct html *h = html_new(&limits, print_token, out);
	bool was_cut;

	assert_non_null(h);
	html_begin(h);
	for (size_t at = 0; at < in.n; at += cut)
		html_feed(h, slice_sub(in, at, cut));
	html_end(h);
	was_cut = html_was_cut(h);
	html_free(h);
	return was_cut;
}

static const struct {
	const char *name, *in, *out;
} rows[] = {
	{ "unquoted", "<a href=http://x/y>", "<a href=\"http://x/y\">" },
	{ "single quotes", "<a href='x'>", "<a href=\"x\">" },
	{ "blanks around the sign", "<a href = x >", "<a href=\"x\">" },
	{ "slash as separator", "<a/href=\"x\"/>y", "<a href=\"x\"/>y" },
	{ "the first of two counts", "<a href=x href=y>", "<a href=\"x\">" },
	{ "case", "<A HREF=X>", "<a href=\"X\">" },
	{ "references in a value", "<a b=\"&#104;&#x74;&amp;&colon;\">", "<a b=\"ht&:\">" },
	{ "leading zeros", "&#000000000058;", ":" },
	{ "reference without semicolon", "&ampx &notin; &notit;", "&x \xE2\x88\x89 \xC2\xACit;" },
	{ "and in a value", "<a b=\"?x&copy=1&copy;\">", "<a b=\"?x&copy=1\xC2\xA9\">" },
	{ "no reference", "& &x; &#; &#x;", "& &x; &#; &#x;" },
	{ "too large", "&#x110000;&#xD800;", "\xEF\xBF\xBD\xEF\xBF\xBD" },
	{ "comment closed by --!>", "<!-- a --!>b", "<!-- a -->b" },
	{ "conditional comment", "<!--[if mso]><b><![endif]-->x", "<!--[if mso]><b><![endif]-->x" },
	{ "revealed conditional comment", "<![if !mso]>x<![endif]>", "<!--[if !mso]-->x<!--[endif]-->" },
	{ "unclosed comment", "<!-- a", "<!-- a-->" },
	{ "unclosed tag is dropped", "a<b c=\"d", "a" },
	{ "less than", "1 < 2 <3", "1 < 2 <3" },
	{ "end tag with attributes", "</a href=x>", "</a>" },
	{ "DOCTYPE", "<!DOCTYPE html PUBLIC \"a\" 'b'>", "<!html a b>" },
	{ "NUL in a value", "<a b=c>", "<a b=\"c\">" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t cut = 1; cut <= strlen(rows[i].in); cut++) {
			struct buf b;

			buf_init(&b, 10000);
			assert_false(tokenize(slice_of(rows[i].in), cut, &b));
			EXPECT(i, rows[i].name, buf_slice(&b), slice_of(rows[i].out));
			buf_done(&b);
		}
	}
}

static void test_limits(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	assert_true(tokenize(SLICE("<a b c d e f g h i j>x"), 1, &out));
	EXPECT(0, "eight attributes", buf_slice(&out), SLICE("<a b=\"\" c=\"\" d=\"\" e=\"\" f=\"\" g=\"\" h=\"\" i=\"\">x"));
	buf_clear(&out);
	buf_adds(&in, "<a b=\"");
	repeat(&in, "x", 200);
	buf_adds(&in, "\">y");
	assert_true(tokenize(buf_slice(&in), 7, &out));
	assert_int_equal(out.n, strlen("<a b=\"\">y") + 100);
	buf_clear(&in);
	buf_clear(&out);
	assert_true(tokenize(repeat(&in, "<b>", 1001), 4096, &out));
	assert_int_equal(out.n, 3000);
	buf_done(&in);
	buf_done(&out);
}

static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "<", ">", "</", "/>", "a", "href", "=", "\"", "'", " ", "&", "&#", "&#x41;",
		"&amp", ";", "<!--", "-->", "--!>", "-", "<!", "<?", "<!DOCTYPE", "PUBLIC", "SYSTEM", "<script>", "</script>",
		"<![CDATA[", "]]>", "x", "\xC3\xA4", "=x" };
	uint64_t seed = 17;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		struct buf in, whole, bytes;

		buf_init(&in, 10000);
		buf_init(&whole, 1 << 20);
		buf_init(&bytes, 1 << 20);
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 300);
		tokenize(buf_slice(&in), 100000, &whole);
		tokenize(buf_slice(&in), 1, &bytes);
		EXPECT(i, "byte by byte", buf_slice(&bytes), buf_slice(&whole));
		buf_done(&in);
		buf_done(&whole);
		buf_done(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
