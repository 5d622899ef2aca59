/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/mime.h"

/* Parts as text: "type:encoding:bytes|", "?" for a preamble that counts. */
struct printer {
	struct buf out, part;
	bool preamble;
};

static void on_begin(void *arg, const struct mime_part *p)
{
	static const char *const encodings[] = { "", "b64", "qp" };
	struct printer *pr = arg;

	buf_clear(&pr->part);
	pr->preamble = p->kind == MIME_PREAMBLE;
	buf_addf(&pr->part, "%s%.*s%s%.*s:%s%s%s%s:", p->kind == MIME_PREAMBLE ? "?" : p->kind == MIME_MESSAGE ? "!" : "",
	    SLICE_FMT(p->type), p->type_2.p != NULL ? "+" : "", SLICE_FMT(p->type_2), encodings[p->encoding],
	    p->encoding_2 != p->encoding ? "/" : "", p->encoding_2 != p->encoding ? encodings[p->encoding_2] : "",
	    p->attached ? "@" : "");
	if (p->name.n > 0)
		buf_addf(&pr->part, "%s%.*s:", p->attachment ? "*" : "", SLICE_FMT(p->name));
}

static void on_bytes(void *arg, struct slice bytes)
{
	buf_add(&((struct printer *)arg)->part, bytes);
}

static void on_end(void *arg, bool used)
{
	struct printer *pr = arg;

	if (!used)
		return;
	buf_add(&pr->out, buf_slice(&pr->part));
	buf_addc(&pr->out, '|');
}

static const struct mime_ops ops = { on_begin, on_bytes, on_end };

static struct mime_counts read_message(struct slice in, size_t cut, const struct mail_limits *limits, struct buf *out)
{
	struct printer pr = { .preamble = false };
	struct mime_counts counts;
	struct mime *m;

	buf_init(&pr.out, 64 << 20);
	buf_init(&pr.part, 64 << 20);
	m = mime_new(limits, &ops, &pr);
	assert_non_null(m);
	mime_begin_message(m, false);
	for (size_t at = 0; at < in.n; at += cut)
		mime_feed(m, slice_sub(in, at, cut));
	mime_end(m);
	counts = mime_counts(m);
	mime_free(m);
	buf_add(out, buf_slice(&pr.out));
	buf_done(&pr.out);
	buf_done(&pr.part);
	return counts;
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define HTML "Content-Type: text/html\r\n\r\n"

static const struct {
	const char *name, *in, *out;
} rows[] = {
	{ "no header at all", "hello\r\nthere", "text/plain::hello\r\nthere|" },
	{ "plain", "Subject: x\r\n\r\nhello\r\n", "text/plain::hello\r\n|" },
	{ "bare LF", "Content-Type: text/html\n\nhello\n", "text/html::hello\n|" },
	{ "empty body", "Content-Type: text/html\r\n\r\n", "text/html::|" },
	{ "header only", "Content-Type: text/html", "text/html::|" },
	{ "folded header", "Content-Type:\r\n text/html;\r\n\tcharset=x\r\n\r\na", "text/html::a|" },
	{ "mbox line", "From x Mon\nContent-Type: text/html\n\na", "text/html::a|" },
	{ "no blank line", "Content-Type: text/html\r\n<html>a", "text/html::<html>a|" },
	{ "type in pieces", "Content-Type: Text / HTML (x)\r\n\r\na", "text/html::a|" },
	{ "type without a semicolon", "Content-Type: text/html charset=utf-8\r\n\r\na", "text/html::a|" },
	{ "field name with a quote", "\"Message-ID: \" <x@y>\r\nContent-Type: text/html\r\n\r\na", "text/html::a|" },
	{ "blank line with a blank first", " \r\nContent-Type: text/html\r\n\r\na", "text/html::a|" },
	{ "empty type", "Content-Type: \r\n\r\na", "text/plain::a|" },
	{ "type that is none", "Content-Type: html\r\n\r\na", "text/plain::a|" },
	{ "two types", "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\na", "text/plain+text/html::a|" },
	{ "the same type twice", HTML, "text/html::|" },
	{ "two encodings", "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==",
	    "text/plain:/b64:YQ==|" },
	{ "encoding", "Content-Transfer-Encoding: Quoted-Printable (x)\r\n\r\na", "text/plain:qp:a|" },
	{ "name", "Content-Disposition: attachment; filename=a.html\r\n\r\na", "text/plain::*a.html:a|" },

	{ "two parts", MIXED "pre\r\n--b\r\n\r\none\r\n--b\r\n" HTML "two\r\n--b--\r\nepilogue",
	    "text/plain::one|text/html::two|" },
	{ "line end before the delimiter is its own", MIXED "--b\r\n\r\na\r\n\r\n--b--", "text/plain::a\r\n|" },
	{ "bare LF parts", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b--\n", "text/plain::a|" },
	{ "no final delimiter", MIXED "--b\r\n" HTML "a\r\n", "text/html::a\r\n|" },
	{ "white space after the delimiter", MIXED "--b \t\r\n" HTML "a\r\n--b-- \r\n", "text/html::a|" },
	{ "delimiter without line end", MIXED "--b\r\n" HTML "a\r\n--b--", "text/html::a|" },
	{ "longer line is none", MIXED "--b\r\n\r\na\r\n--bb\r\n--b-\r\n--b--\r\n", "text/plain::a\r\n--bb\r\n--b-|" },
	{ "dashes are none", MIXED "--b\r\n\r\n-\r\n--\r\n---b\r\n-- \r\n--b--\r\n", "text/plain::-\r\n--\r\n---b\r\n-- |" },
	{ "delimiter inside a line is none", MIXED "--b\r\n\r\na --b\r\n--b--\r\n", "text/plain::a --b|" },
	{ "header only part", MIXED "--b\r\nContent-Type: text/html\r\n--b--\r\n", "text/html::|" },
	{ "part after the closing delimiter", MIXED "--b\r\n\r\na\r\n--b--\r\n--b\r\n\r\nc\r\n--b--\r\n", "text/plain::a|text/plain::c|" },
	{ "boundary with a blank", "Content-Type: multipart/mixed; boundary=b b\r\n\r\n--b b\r\n\r\na\r\n--b b--\r\n", "text/plain::a|" },
	{ "boundary, RFC 2231", "Content-Type: multipart/mixed; boundary*=utf-8''b\r\n\r\n--b\r\n\r\na\r\n--b--\r\n", "text/plain::a|" },
	{ "boundary in pieces", "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\r\n\r\n--ab\r\n\r\na\r\n--ab--\r\n",
	    "text/plain::a|" },
	{ "boundary twice", "Content-Type: multipart/mixed; boundary=x; boundary=b\r\n\r\n--b\r\n\r\na\r\n--b--\r\n", "text/plain::a|" },
	{ "boundary never used", "Content-Type: multipart/mixed; boundary=z\r\n\r\n--b\r\na", "?multipart/mixed::--b\r\na|" },
	{ "no boundary: the first delimiter is taken", "Content-Type: multipart/mixed\r\n\r\n--b\r\n" HTML "a\r\n--b--\r\n",
	    "?multipart/mixed::|text/html::a|" },
	{ "no boundary, no delimiter", "Content-Type: multipart/mixed\r\n\r\na\r\n-----\r\n-- b\r\n",
	    "?multipart/mixed::a\r\n-----\r\n-- b\r\n|" },
	{ "boundary and another type", "Content-Type: text/html\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\r\n--b--",
	    "text/plain::a|" },

	{ "nested", MIXED "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
	    "text/plain::one|text/plain::two|" },
	{ "nested, inner never closed", MIXED "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n\r\n"
	    "two\r\n--b--\r\n", "text/plain::one|text/plain::two|" },
	{ "outer boundary begins the inner", MIXED "--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\na\r\n--bb--\r\n--b--\r\n",
	    "text/plain::a|" },
	{ "both the same boundary", MIXED "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\r\n--b--\r\n--b--\r\n",
	    "text/plain::a|" },
	{ "inner never used", MIXED "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\na\r\n--b--\r\n", "?multipart/mixed::a|" },

	{ "message", "Content-Type: message/rfc822\r\n\r\n" HTML "a", "text/html:@:a|" },
	{ "message without header", "Content-Type: message/rfc822\r\n\r\na b", "text/plain:@:a b|" },
	{ "message in a message", "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n" HTML "a", "text/html:@:a|" },
	{ "message in a part", MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\n" HTML "a\r\n--b\r\n\r\nc\r\n--b--\r\n",
	    "text/html:@:a|text/plain::c|" },
	{ "encoded message", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==", "!message/rfc822:b64:YQ==|" },
	{ "digest", "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n" HTML "a\r\n--b\r\n\r\nSubject: x\r\n\r\nc\r\n--b--\r\n",
	    "text/html:@:a|text/plain:@:c|" },
	{ "digest with a plain part", "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\na\r\n--b--\r\n",
	    "text/plain::a|" },
};

static void test_rows(void **state)
{
	struct mail_limits limits = mail_limits_default();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t cut = 1; cut <= strlen(rows[i].in); cut++) {
			struct buf b;

			buf_init(&b, 10000);
			(void)read_message(slice_of(rows[i].in), cut, &limits, &b);
			EXPECT(i, rows[i].name, buf_slice(&b), slice_of(rows[i].out));
			buf_done(&b);
		}
	}
}

static void test_limits(void **state)
{
	struct mail_limits limits = mail_limits_default();
	struct mime_counts counts;
	struct buf in, out;

	(void)state;
	buf_init(&in, 16 << 20);
	buf_init(&out, 64 << 20);
	buf_adds(&in, MIXED);
	counts = read_message(repeat(&in, "--b\r\n\r\nx\r\n", 5000), 4096, &limits, &out);
	assert_int_equal(counts.parts, limits.mime_parts);
	assert_true(counts.cut);

	buf_clear(&in);
	buf_clear(&out);
	buf_adds(&in, "Content-Type: multipart/mixed; boundary=b0\r\n\r\n");
	for (int i = 1; i < 200; i++)
		buf_addf(&in, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i - 1, i);
	buf_adds(&in, "--b199\r\n\r\ndeep\r\n");
	counts = read_message(buf_slice(&in), 4096, &limits, &out);
	assert_int_equal(counts.depth, limits.mime_depth + 1);
	assert_true(counts.cut);
	assert_true(slice_ifind(buf_slice(&out), SLICE("deep"), 0) < out.n);

	buf_clear(&in);
	buf_clear(&out);
	buf_adds(&in, "Content-Type: multipart/mixed; boundary=");
	repeat(&in, "B", 70000);
	buf_adds(&in, "\r\n\r\n--x\r\na");
	counts = read_message(buf_slice(&in), 4096, &limits, &out);
	assert_true(slice_ifind(buf_slice(&out), SLICE("?multipart/mixed"), 0) < out.n);
	buf_done(&in);
	buf_done(&out);
}

static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "\r\n", "\n", "\r", "--b", "--c", "--b--", "--", "-", " ", "Content-Type: ",
		"multipart/mixed; boundary=b\r\n", "multipart/digest; boundary=c\r\n", "message/rfc822\r\n", "text/html\r\n",
		"Content-Transfer-Encoding: base64\r\n", "\r\n\r\n", "word", ":", "\t", "boundary=c", "\r\n--b\r\n", "\r\n--c\r\n" };
	struct mail_limits limits = mail_limits_default();
	uint64_t seed = 31;

	(void)state;
	limits.mime_depth = 4;
	limits.mime_parts = 20;
	for (size_t i = 0; i < 10000; i++) {
		struct buf in, whole, bytes;

		buf_init(&in, 10000);
		buf_init(&whole, 1 << 20);
		buf_init(&bytes, 1 << 20);
		if (i % 2 == 0)
			buf_adds(&in, MIXED);
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 500);
		(void)read_message(buf_slice(&in), 100000, &limits, &whole);
		(void)read_message(buf_slice(&in), 1 + i % 3, &limits, &bytes);
		EXPECT(i, "cut", buf_slice(&bytes), buf_slice(&whole));
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
