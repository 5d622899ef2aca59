/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inputs that once made some reader quadratic. Each is read at a size and at
 * twice that size; the second may cost little more than twice the first.
 * Memory is bounded by the arena's limit and by what the readers keep.
 */
#include <malloc.h>

#include "message.h"

#include "antisales/mail/address.h"
#include "antisales/mail/text.h"

enum { RATIO_MAX = 6, ROUNDS = 3, MEMORY_MAX = 32 << 20 };

#define HTML "Content-Type: text/html\r\n\r\n"
#define QP "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
#define B64 "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

/* head, then before + unit * times + after. */
static const struct {
	const char *name, *head, *unit, *after;
	size_t times;
} rows[] = {
	{ "1 MB of <", HTML, "<", "", 500000 },
	{ "1 MB of =LF", QP, "=\n", "", 250000 },
	{ "1 MB of =", QP, "=", "", 500000 },
	{ "1 MB of = and blanks", QP, "= ", "", 250000 },
	{ "1 MB of base64 padding", B64, "=", "", 500000 },
	{ "endless decimal reference", HTML "&#", "1", "", 500000 },
	{ "endless hexadecimal reference", HTML "&#x", "f", "", 500000 },
	{ "endless named reference", HTML "&", "notin", "", 100000 },
	{ "many references", HTML, "&notit;", "", 70000 },
	{ "many references in a value", HTML "<a href=\"", "&amp;", "\">", 100000 },
	{ "1 MB of &", HTML, "&", "", 500000 },
	{ "nested comments", HTML, "<!--", "", 100000 },
	{ "closed comments", HTML, "<!---->", "", 70000 },
	{ "dashes in a comment", HTML "<!--", "-", "", 500000 },
	{ "attributes in one tag", HTML "<a", " b%=c", ">", 100000 },
	{ "one long attribute", HTML "<a b=\"", "x", "\">", 500000 },
	{ "one long name", HTML "<", "x", ">", 500000 },
	{ "unclosed quotes", HTML, "<a b=\"'", "", 60000 },
	{ "nested elements", HTML, "<div>", "", 100000 },
	{ "end tags that close nothing", HTML "<p><b><i><u><span>", "</div>", "", 80000 },
	{ "hidden elements", HTML, "<b style=display:none><p hidden>", "", 15000 },
	{ "script in script", HTML "<script>", "<!--<script>", "", 40000 },
	{ "tags in tags", HTML, "<a<b", "", 120000 },
	{ "style without an end", HTML, "<style>a{background:url(", "", 20000 },
	{ "url( without an end", HTML "<p style=\"", "url(", "\">", 100000 },
	{ "comments in CSS", HTML "<p style=\"", "/*", "\">", 200000 },
	{ "srcset", HTML "<img srcset=\"", "a, ", "\">", 150000 },
	{ "parts", MIXED, "--b\r\n\r\nx\r\n", "", 50000 },
	{ "parts with headers", MIXED, "--b\r\nContent-Type: text/html\r\n\r\n<b>\r\n", "", 12000 },
	{ "dashes", MIXED, "--x\r\n", "", 100000 },
	{ "dashes without an end", MIXED "--", "-", "", 500000 },
	{ "CRs", MIXED, "\r", "", 500000 },
	{ "LFs", MIXED, "\n", "", 500000 },
	{ "header lines of a part", MIXED "--b\r\n", "X-A: b\r\n", "", 60000 },
	{ "one long header of a part", MIXED "--b\r\nContent-Type: ", "a", "", 500000 },
	{ "folds of a part's header", MIXED "--b\r\nContent-Type: a\r\n", " b;\r\n", "", 100000 },
	{ "parameters of a part", MIXED "--b\r\nContent-Type: a/b", "; name*%*=x", "\r\n\r\n", 40000 },
	{ "messages in messages", "", "Content-Type: message/rfc822\r\n\r\n", "", 15000 },
	{ "plain text with tags", "\r\n", "<a href=x ", "", 50000 },
	{ "quotes", "\r\n", ">", "", 500000 },
	{ "quoted lines", "\r\n", "> a\r\n", "", 100000 },
	{ "attributions", "\r\n", "On 1 ", "", 100000 },
	{ "attribution lines", "\r\n", "On 1 Feb\r\n", "", 50000 },
	{ "From: lines", "\r\n", "From: a\r\n", "", 50000 },
	{ "colons", "\r\n", "://", "", 160000 },
	{ "www", "\r\n", "www.", "", 120000 },
	{ "URLs in one URL", "\r\nhttp://a.example/?", "u=http://b.example/&", "", 25000 },
	{ "many URLs", "\r\n", "http://a.example/ ", "", 28000 },
	{ "many long URLs", "\r\n", "http://a.example/?u=http%%3A%%2F%%2Fb.example%%2Faaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", "", 6000 },
	{ "brackets behind a URL", "\r\nhttp://a.example/", ")", "", 500000 },
	{ "percent signs in a URL", "\r\nhttp://a.example/?http%3A//", "%25", "", 160000 },
	{ "dot segments", "\r\nhttp://a.example", "/..", "", 160000 },
	{ "UTF-7 shifts", "Content-Type: text/plain; charset=utf-7\r\n\r\n", "+A", "", 250000 },
	{ "bad UTF-16", "Content-Type: text/plain; charset=utf-16\r\n\r\n", "\xDF\xDF", "", 250000 },
	{ "bad Japanese", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\x1B$B\xFF", "", 120000 },
	{ "bad UTF-8", "Content-Type: text/plain; charset=utf-8\r\n\r\n", "\xE2\x82", "", 250000 },
};

/* '%' in a unit stands for its number, "%%" for itself when followed by another. */
static void build(struct buf *b, size_t row, size_t times)
{
	buf_clear(b);
	buf_adds(b, rows[row].head);
	for (size_t i = 0; i < times; i++) {
		for (const char *p = rows[row].unit; *p != '\0'; p++) {
			if (p[0] == '%' && p[1] == '%')
				buf_addc(b, *p++);
			else if (p[0] == '%' && (p[1] == '=' || p[1] == '*'))
				buf_addf(b, "%zu", i);
			else
				buf_addc(b, *p);
		}
	}
	buf_adds(b, rows[row].after);
}

static double read_seconds(struct slice message, size_t *memory)
{
	struct mail_limits limits = mail_limits_default();
	double best = 1e9;

	limits.body_bytes = 4 << 20;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena a;
		double t = cpu_seconds();
		size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;

		arena_init(&a, 65536, 64 << 20);
		(void)read_whole(message, 65535, &limits, &a);
		t = cpu_seconds() - t;
		best = t < best ? t : best;
		*memory = mallinfo2().uordblks + mallinfo2().hblkhd - before;
		arena_done(&a);
	}
	return best;
}

static void test_content(void **state)
{
	double worst = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t memory;
		double once, twice;

		build(&b, i, rows[i].times);
		once = read_seconds(buf_slice(&b), &memory);
		build(&b, i, 2 * rows[i].times);
		twice = read_seconds(buf_slice(&b), &memory);
		if (twice > 0.005 && twice > RATIO_MAX * once)
			fail_msg("row %zu: %s: %.1f ms, twice of it %.1f ms", i, rows[i].name, 1e3 * once, 1e3 * twice);
		if (memory > MEMORY_MAX)
			fail_msg("row %zu: %s: %zu bytes of memory", i, rows[i].name, memory);
		if (twice > worst) {
			worst = twice;
			print_message("# slowest so far: %s, %.1f ms for %zu bytes\n", rows[i].name, 1e3 * twice, b.n);
		}
	}
	buf_done(&b);
}

static double header_seconds(struct slice value)
{
	double t = cpu_seconds();
	const struct address *all;
	struct arena a;

	arena_init(&a, 65536, 256 << 20);
	(void)header_decode(value, &a);
	(void)header_param(value, "name", &a);
	(void)address_list(value, &a, &all);
	(void)text_normalise(text_valid(value, &a), &a);
	arena_done(&a);
	return cpu_seconds() - t;
}

static void test_header(void **state)
{
	static const char *const units[] = { "=?utf-8?q?", "=?utf-8?q?a?= ", "=?x?q?", "?=", "(", "\"", "\\", "; name*0*=x", "g: ",
		"<", "<a@b>, ", "@", "[", ",", " ", "\xCC\x88", "a\xCC\x88", "\xE2\x80\x8B", "\xC3\xA4", "\xE1\x84\x92" };
	struct buf b;

	(void)state;
	buf_init(&b, 16 << 20);
	for (size_t i = 0; i < COUNT(units); i++) {
		double once, twice;

		buf_clear(&b);
		once = header_seconds(repeat(&b, units[i], 400000 / strlen(units[i])));
		buf_clear(&b);
		twice = header_seconds(repeat(&b, units[i], 800000 / strlen(units[i])));
		if (twice > 0.005 && twice > RATIO_MAX * once)
			fail_msg("row %zu: %s: %.1f ms, twice of it %.1f ms", i, units[i], 1e3 * once, 1e3 * twice);
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
