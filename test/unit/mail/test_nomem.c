/* SPDX-License-Identifier: BSD-3-Clause */
/* Lets the first, second, third ... allocation fail: nothing crashes or leaks, and the reader says what it lacked. */
#include "message.h"

#include "antisales/base/alloc.h"
#include "antisales/mail/address.h"
#include "antisales/mail/text.h"

enum { ALLOCATIONS_MAX = 2000 };

static const char message[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n"
    "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\nsee http://a.example/?u=http%3A%2F%2Fb.example%2F\r\n> quoted\r\n--b\r\n"
    "Content-Type: text/html; charset=utf-8\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "PHN0eWxlPmF7YmFja2dyb3VuZDp1cmwoaHR0cDovL2MuZXhhbXBsZS8pfTwvc3R5bGU+PGRpdiBoaWRkZW4+eDwvZGl2PjxhIGhyZWY9Imh0dHA6Ly9kLmV4YW1w"
    "bGUvIj55PC9hPg==\r\n--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "DQpodHRwOi8vc2FsZXMuZXhhbXBsZS8=\r\n--b--\r\n";

static void test_content(void **state)
{
	struct mail_limits limits = mail_limits_default();
	bool done = false;

	(void)state;
	for (unsigned long n = 1; n < ALLOCATIONS_MAX && !done; n++) {
		struct content_head head;
		struct content_reader *r;
		struct arena a, heads;
		struct slice body;

		arena_init(&a, 4096, 16 << 20);
		arena_init(&heads, 4096, 1 << 20);
		body = take_head(SLICE(message), &heads, &head);
		alloc_fail_at(n);
		r = content_begin(&a, &limits, &head);
		for (size_t at = 0; r != NULL && at < body.n; at += 64)
			content_feed(r, slice_sub(body, at, 64));
		if (r != NULL)
			(void)content_end(r);
		done = alloc_count() < n;
		alloc_fail_at(0);
		arena_done(&a);
		arena_done(&heads);
	}
	assert_true(done);
}

static void test_header(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned long n = 1; n < ALLOCATIONS_MAX && !done; n++) {
		const struct address *all;
		struct address one;
		struct arena a;
		struct slice value;

		arena_init(&a, 64, 1 << 20);
		alloc_fail_at(n);
		value = header_unfold(SLICE("=?utf-8?q?spe?=\r\n =?utf-8?q?cial?= \xFF x\xCC\x88"), &a);
		value = header_decode(value, &a);
		if (value.p != NULL)
			(void)text_normalise(value, &a);
		(void)header_param(SLICE("a/b; name*0=\"x\\\"\"; name*1*=%41"), "name", &a);
		(void)address_list(SLICE("\"Ann\" <ann@a.example>, b@b.example (=?utf-8?q?B?=)"), &a, &all);
		(void)address_envelope(SLICE("<ann@a.example>"), &a, &one);
		done = alloc_count() < n;
		alloc_fail_at(0);
		arena_done(&a);
	}
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
