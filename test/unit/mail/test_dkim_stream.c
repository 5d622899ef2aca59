/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_dkim_fixture.h"

#include "antisales/base/alloc.h"

/* A message with that body, signed as if the body's last line had an end, which the library's signer insists on. */
static const char *signed_with_line_end(const char *body, const struct signing *s)
{
	size_t n = strlen(body);
	const char *end = n > 0 && body[n - 1] != '\n' ? "\r\n" : "";
	const char *text = sign(text_of(FROM REST "\r\n%s%s", body, end), s);

	return text_of("%.*s", (int)(strlen(text) - strlen(end)), text);
}

static void test_every_cut(void **state)
{
	static const char *const bodies[] = { BODY, "", "\r\n", "a", "a\r", "\r", "\ra\r\r\n\r\n", "a\rb \r\n", "a \t\r\n\t",
		"\r\n\r\na\r\n\r\n" };

	for (size_t i = 0; i < COUNT(bodies); i++)
		for (int canon = 0; canon < 2; canon++) {
			struct signing s = signing_with("r1024", &rsa_1024);
			const char *text;

			s.body = canon;
			text = signed_with_line_end(bodies[i], &s);
			for (size_t cut = 0; cut <= strlen(bodies[i]); cut++)
				expect(*state, text, &(struct feeding){ .cut = cut }, DKIM_PASS, true, bodies[i]);
		}
}

/* Bodies by chance: l= as the library counts it leaves out nothing, one byte less does. */
static void test_length_agrees_with_the_library(void **state)
{
	static const char *const pieces[] = { "a", " ", "\t", "\r\n", "\r\n\r\n", "b \r\n", " \r\n" };
	struct rng rng = { 11 };

	for (int i = 0; i < 150; i++) {
		struct signing s = signing_with("r1024", &rsa_1024);
		const char *body = "x";
		const char *text, *tag;
		long length;

		for (size_t n = rng_below(&rng, 12); n > 0; n--)
			body = text_of("%s%s", body, pieces[rng_below(&rng, COUNT(pieces))]);
		s.body = i % 2;
		s.has_length = true;
		s.length = 100000;
		text = signed_with_line_end(body, &s);
		tag = strstr(text, " l=");
		assert_non_null(tag);
		length = strtol(tag + 3, NULL, 10);
		expect(*state, text, &(struct feeding){ .cut = rng_below(&rng, 4) }, DKIM_PASS, true, body);
		s.length = length - 1;
		expect(*state, signed_with_line_end(body, &s), &plainly, DKIM_PARTIAL, false, body);
	}
}

static void test_two_chunks(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text;

	text = sign(MESSAGE, &s);
	for (size_t cut = 0; cut <= sizeof BODY - 1; cut++) {
		struct arena a;
		struct dkim_check *c;
		struct slice body;
		size_t count;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		body = slice_of(feed_header(c, text, &plainly));
		dkim_check_body(c, slice_sub(body, 0, cut));
		dkim_check_body(c, slice_sub(body, cut, body.n));
		assert_int_equal(dkim_check_end(c, clock_mono_us() + 3000000, &count)->outcome, DKIM_PASS);
		arena_done(&a);
	}
}

static void test_line_feeds_become_line_ends(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;
	char body[] = BODY;
	size_t n = 0;

	text = sign(MESSAGE, &s);
	for (size_t i = 0; i < sizeof BODY - 1; i++)
		if (BODY[i] != '\r')
			body[n++] = BODY[i];
	for (size_t cut = 1; cut < 4; cut++) {
		struct arena a;
		struct dkim_check *c;
		size_t count;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		feed_header(c, text, &plainly);
		feed_body(c, (struct slice){ body, n }, cut);
		assert_int_equal(dkim_check_end(c, clock_mono_us() + 3000000, &count)->outcome, DKIM_PASS);
		arena_done(&a);
	}
}

static void test_body_limit(void **state)
{
	struct fixture *f = *state, small = *f;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text = sign(MESSAGE, &s), *longer = text_of("%s.", text);

	small.limits.dkim_body_bytes = sizeof BODY - 1;
	assert_int_equal(dkim_context_open(f->keys, &small.limits, &small.ctx, NULL), E_OK);
	expect(&small, text, &plainly, DKIM_PASS, true, "as long as may be");
	expect(&small, longer, &plainly, DKIM_UNFINISHED, false, "a byte more");
	expect(&small, longer, &(struct feeding){ .cut = 1 }, DKIM_UNFINISHED, false, "a byte more, byte by byte");
	dkim_context_close(small.ctx);
}

static void test_header_limit(void **state)
{
	struct fixture *f = *state, small = *f;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text = sign(MESSAGE, &s), *many = "";
	struct dkim_counts counts;
	struct arena a;
	struct dkim_check *c;
	size_t count;

	small.limits.dkim_header_fields = 50;
	assert_int_equal(dkim_context_open(f->keys, &small.limits, &small.ctx, NULL), E_OK);
	for (int i = 0; i < 50; i++)
		many = text_of("%sX-Many: 1\r\n", many);
	expect(&small, replaced(text, "\r\nFrom:", text_of("\r\n%sFrom:", many + strlen("X-Many: 1\r\n") * 10)), &plainly, DKIM_PASS, true,
	    "as many as may be");
	expect(&small, replaced(text, "X-Spaces:", text_of("%sX-Spaces:", many)), &plainly, DKIM_UNFINISHED, false,
	    "a signed field over the limit");
	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(small.ctx, &a, AT);
	feed_body(c, slice_of(feed_header(c, text_of("%s%s", many, text), &plainly)), 0);
	dkim_check_end(c, clock_mono_us() + 3000000, &count);
	dkim_check_count(c, &counts);
	assert_int_equal(count, 0);
	assert_true(counts.header_cut);
	assert_true(dkim_check_has_enough(c));
	arena_done(&a);
	dkim_context_close(small.ctx);
}

static void test_enough(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;
	struct arena a;
	struct dkim_check *c;
	const struct dkim_result *r;
	size_t count;

	text = sign(MESSAGE, &s);
	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(f->ctx, &a, AT);
	assert_false(dkim_check_has_enough(c));
	feed_header(c, text, &plainly);
	dkim_check_body_begin(c);
	assert_false(dkim_check_has_enough(c));
	dkim_check_body_cut(c);
	assert_true(dkim_check_has_enough(c));
	r = dkim_check_end(c, clock_mono_us(), &count);
	assert_int_equal(count, 1);
	assert_int_equal(r->outcome, DKIM_UNFINISHED);
	assert_ptr_equal(dkim_check_end(c, clock_mono_us(), &count), r);
	assert_int_equal(count, 1);
	c = dkim_check_begin(f->ctx, &a, AT);
	feed_header(c, MESSAGE, &plainly);
	dkim_check_body_begin(c);
	assert_true(dkim_check_has_enough(c));
	dkim_check_end(c, clock_mono_us(), &count);
	assert_int_equal(count, 0);
	assert_true(dkim_check_has_enough(NULL));
	assert_null(dkim_check_end(NULL, 0, &count));
	dkim_check_header(NULL, SLICE("a"), SLICE("b"), true);
	dkim_check_body_begin(NULL);
	dkim_check_body(NULL, SLICE("a"));
	assert_null(dkim_check_begin(NULL, &a, AT));
	arena_done(&a);
}

static void test_own_field_is_always_there_and_new(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text;
	char seen[50][40];

	text = sign(MESSAGE, &s);
	for (size_t i = 0; i < COUNT(seen); i++) {
		struct arena a;
		struct dkim_check *c;
		struct slice own;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		feed_header(c, text, &plainly);
		dkim_check_body_begin(c);
		own = dkim_check_own_field(c);
		assert_int_equal(own.n, 34);
		assert_memory_equal(own.p, "X-", 2);
		snprintf(seen[i], sizeof seen[i], "%.*s", SLICE_FMT(own));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
		arena_done(&a);
	}
}

/* Ends a check after each of its steps, with and without an answer on its way. */
static void test_abandoned_anywhere(void **state)
{
	static const char *const selectors[] = { "r2048", "slow2", "silent" };
	struct fixture *f = *state;
	const char *text;

	for (size_t i = 0; i < COUNT(selectors); i++) {
		struct signing s = signing_with(selectors[i], &rsa_2048);

		text = sign(MESSAGE, &s);
		for (int step = 0; step < 6; step++) {
			struct arena a;
			struct dkim_check *c;
			const char *body = BODY;
			size_t count;

			arena_init(&a, 4096, ARENA_LIMIT);
			c = dkim_check_begin(f->ctx, &a, AT);
			if (step > 0)
				body = feed_header(c, text, &plainly);
			if (step > 1)
				dkim_check_body_begin(c);
			if (step > 2)
				dkim_check_body(c, slice_of(body));
			if (step > 3)
				dkim_check_end(c, clock_mono_us(), &count);
			if (step > 4)
				arena_reset(&a);
			arena_done(&a);
		}
	}
}

static void test_context_may_end_with_questions_open(void **state)
{
	struct fixture *f = *state;
	struct keys *keys = open_keys(f->dns);
	struct dkim_context *ctx;
	struct signing s = signing_with("silent", &rsa_2048);
	const char *text;
	struct arena a;
	size_t count;

	text = sign(MESSAGE, &s);
	assert_int_equal(dkim_context_open(keys, &f->limits, &ctx, NULL), E_OK);
	arena_init(&a, 4096, ARENA_LIMIT);
	assert_int_equal(check(ctx, text, &(struct feeding){ .wait_ms = 10 }, &a, &count)->outcome, DKIM_TEMPORARY);
	arena_done(&a);
	dkim_context_close(ctx);
	keys_close(keys);
	dkim_context_close(NULL);
}

/* Every allocation of ours fails once: whatever comes out, nothing that did not verify authenticates. */
static void test_out_of_memory(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text, *changed;

	text = sign(MESSAGE, &s);
	changed = replaced(text, "a question", "an offer");
	for (unsigned long n = 1; n < 60; n++)
		for (int good = 0; good < 2; good++) {
			struct arena a;
			struct dkim_check *c;
			const struct dkim_result *r;
			size_t count;

			arena_init(&a, 64, ARENA_LIMIT);
			alloc_fail_at(n);
			c = dkim_check_begin(f->ctx, &a, AT);
			feed_body(c, slice_of(feed_header(c, good ? text : changed, &plainly)), 7);
			r = dkim_check_end(c, clock_mono_us() + 3000000, &count);
			alloc_fail_at(0);
			for (size_t i = 0; i < count; i++) {
				assert_non_null(r[i].reason);
				assert_true(good || !r[i].authenticates);
				assert_true(!good || r[i].outcome != DKIM_FAIL);
			}
			arena_done(&a);
		}
}

/* Headers and signatures put together by chance: there is always a result, and it never authenticates. */
static void test_random_headers(void **state)
{
	static const char *const names[] = { "From", "To", "Subject", "Date", "X-A", "X-B", "Received", "DKIM-Signature", "Cc" };
	struct fixture *f = *state;
	struct rng rng = { 7 };
	char list[2048], field[4096];

	for (int round = 0; round < 3000; round++) {
		struct arena a;
		struct dkim_check *c;
		const struct dkim_result *r;
		size_t count, fields = rng_below(&rng, 12);

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		dkim_check_header(c, SLICE("From"), SLICE(" ann@example.com"), true);
		for (size_t i = 0; i < fields; i++)
			dkim_check_header(c, slice_of(names[rng_below(&rng, 7)]), SLICE(" a\n b"), true);
		for (size_t k = rng_below(&rng, 3) + 1; k > 0; k--) {
			size_t at = (size_t)snprintf(list, sizeof list, "From");

			for (size_t i = rng_below(&rng, 14); i > 0; i--)
				at += (size_t)snprintf(list + at, sizeof list - at, ":%s", names[rng_below(&rng, COUNT(names))]);
			snprintf(field, sizeof field, " v=1; a=rsa-sha256; c=%s; d=example.com; s=r2048; h=%s; bh=%s; b=AAAA%s",
			    rng_below(&rng, 2) ? "relaxed/relaxed" : "simple", list,
			    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", rng_below(&rng, 2) ? "; l=3" : "");
			dkim_check_header(c, SLICE("DKIM-Signature"), slice_of(field), true);
		}
		dkim_check_body_begin(c);
		assert_int_equal(dkim_check_own_field(c).n, 34);
		dkim_check_body(c, SLICE("a\r\n"));
		r = dkim_check_end(c, clock_mono_us() + 3000000, &count);
		assert_true(count > 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(r[i].outcome, DKIM_FAIL);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_length_agrees_with_the_library),
		cmocka_unit_test(test_two_chunks),
		cmocka_unit_test(test_line_feeds_become_line_ends),
		cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_header_limit),
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_own_field_is_always_there_and_new),
		cmocka_unit_test(test_abandoned_anywhere),
		cmocka_unit_test(test_context_may_end_with_questions_open),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_random_headers)
	};

	return cmocka_run_group_tests_name("dkim_stream", tests, set_up, tear_down);
}
