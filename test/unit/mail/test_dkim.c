/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_dkim_fixture.h"

static void test_keys_and_canonicalisations(void **state)
{
	const struct {
		const char *selector;
		const struct test_key *key;
		enum dkim_outcome outcome;
	} rows[] = {
		{ "r512", &rsa_512, DKIM_UNUSABLE }, { "r1024", &rsa_1024, DKIM_PASS }, { "r2048", &rsa_2048, DKIM_PASS },
		{ "r4096", &rsa_4096, DKIM_PASS }, { "ed", &ed25519, DKIM_PASS }, { "bare", &rsa_2048, DKIM_PASS },
		{ "cut", &rsa_2048, DKIM_PASS }
	};
	const char *text;

	for (size_t i = 0; i < COUNT(rows); i++)
		for (int canon = 0; canon < 4; canon++) {
			struct signing s = signing_with(rows[i].selector, rows[i].key);

			/* the library's signer folds an Ed25519 signature after it was hashed, so simple would fail */
			s.header = canon & 1 || rows[i].key == &ed25519 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
			s.body = canon & 2 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
			text = sign(MESSAGE, &s);
			expect(*state, text, &plainly, rows[i].outcome, rows[i].outcome == DKIM_PASS, rows[i].selector);
			expect(*state, text, &(struct feeding){ .cut = 3, .lf_folds = true }, rows[i].outcome,
			    rows[i].outcome == DKIM_PASS, rows[i].selector);
			expect(*state, text, &(struct feeding){ .eat_space = true }, rows[i].outcome,
			    rows[i].outcome == DKIM_PASS, rows[i].selector);
		}
}

static void test_result_tells_all(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;
	struct arena a;
	size_t count;
	const struct dkim_result *r;

	s.ttl = 86400;
	s.identity = "news@eu.example.com";
	text = sign(MESSAGE, &s);
	arena_init(&a, 4096, ARENA_LIMIT);
	r = check(f->ctx, text, &plainly, &a, &count);
	assert_int_equal(count, 1);
	assert_string_equal(r->reason, "good");
	assert_true(slice_eq(r->domain, SLICE("example.com")));
	assert_true(slice_eq(r->selector, SLICE("r2048")));
	assert_true(slice_eq(r->identity, SLICE("news@eu.example.com")));
	assert_int_equal(r->key_bits, 2048);
	assert_int_equal(r->algorithm, DKIM_ALGORITHM_RSA_SHA256);
	assert_int_equal(r->signed_at, SIGNED_AT);
	assert_int_equal(r->expires, SIGNED_AT + 86400);
	assert_true(dkim_result_covers(r, "From"));
	assert_true(dkim_result_covers(r, "list-unsubscribe"));
	assert_false(dkim_result_covers(r, "List-Unsubscribe-Post"));
	arena_done(&a);
}

static void test_key_records(void **state)
{
	static const struct {
		const char *selector;
		enum dkim_outcome outcome;
		bool authenticates;
	} rows[] = {
		{ "missing", DKIM_UNUSABLE, false }, { "revoked", DKIM_UNUSABLE, false }, { "other", DKIM_FAIL, false },
		{ "testing", DKIM_PASS, false }, { "strict", DKIM_PASS, true }, { "sha1only", DKIM_UNUSABLE, false },
		{ "nomail", DKIM_UNUSABLE, false }, { "kind", DKIM_UNUSABLE, false }, { "version", DKIM_UNUSABLE, false },
		{ "garbage", DKIM_UNUSABLE, false }, { "text", DKIM_UNUSABLE, false }, { "edrsa", DKIM_UNUSABLE, false },
		{ "sick", DKIM_TEMPORARY, false }, { "slow", DKIM_PASS, true }
	};
	const char *text;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signing s = signing_with(rows[i].selector, &rsa_2048);

		text = sign(MESSAGE, &s);
		expect(*state, text, &plainly, rows[i].outcome, rows[i].authenticates, rows[i].selector);
	}
}

static void test_more_key_records(void **state)
{
	struct signing s = signing_with("strict", &rsa_2048);
	const char *text;

	s.identity = "ann@mail.example.com";
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_FAIL, false, "t=s and a subdomain in i=");
	s = signing_with("r2048", &ed25519);
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_UNUSABLE, false, "Ed25519 signature, RSA key");
	s = signing_with("ed", &rsa_2048);
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_UNUSABLE, false, "RSA signature, Ed25519 key");
	s = signing_with("r2048", &rsa_2048);
	s.algorithm = 10;
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_UNUSABLE, false, "rsa-sha1");
}

static void test_silence_is_temporary(void **state)
{
	struct signing s = signing_with("silent", &rsa_2048);
	const char *text;
	int64_t began;

	text = sign(MESSAGE, &s);
	began = mono_ms();
	expect(*state, text, &(struct feeding){ .wait_ms = 300 }, DKIM_TEMPORARY, false, "silence");
	assert_in_range(mono_ms() - began, 280, 1300);
	began = mono_ms();
	expect(*state, text, &(struct feeding){ .wait_ms = -1 }, DKIM_TEMPORARY, false, "no time left");
	assert_in_range(mono_ms() - began, 0, 250);
}

static void test_changed_messages(void **state)
{
	static const struct {
		const char *what, *with;
		enum dkim_outcome outcome;
		bool authenticates;
	} rows[] = {
		{ "Hello", "Hallo", DKIM_FAIL, false }, { "a question", "an offer", DKIM_FAIL, false },
		{ "ann@mail", "eve@mail", DKIM_FAIL, false }, { "Subject: a question\r\n about folds\r\n", "", DKIM_FAIL, false },
		{ "\r\n\r\nHello", "\r\n\r\nHi!\r\nHello", DKIM_FAIL, false },
		{ "a question\r\n about", "a  question  \r\n\tabout", DKIM_PASS, true },
		{ "From: Ann", "X-Unsigned: 1\r\nFrom: Ann", DKIM_PASS, true },
		{ "From: Ann", "Subject: an offer\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "SUBJECT : an offer\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "From: Eve <eve@example.org>\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "To: x@example.org\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "Date: now\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "List-Unsubscribe: <https://example.org/>\r\nFrom: Ann", DKIM_PASS, false },
		{ "v=1;", "v=1; v=1;", DKIM_UNREADABLE, false }, { "v=1;", "", DKIM_UNREADABLE, false },
		{ "bh=", "bh=A", DKIM_FAIL, false }
	};
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;

	text = sign(MESSAGE, &s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		changed = replaced(text, rows[i].what, rows[i].with);
		expect(*state, changed, &plainly, rows[i].outcome, rows[i].authenticates, rows[i].with);
	}
}

static void test_oversigned_fields(void **state)
{
	static const char *oversigned[] = { "From", "Subject", NULL };
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;

	s.oversigned = oversigned;
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_PASS, true, "oversigned");
	changed = replaced(text, "From: Ann", "Subject: an offer\r\nFrom: Ann");
	expect(*state, changed, &plainly, DKIM_FAIL, false, "a second Subject");
}

static void test_from(void **state)
{
	static const struct {
		const char *from;
		enum dkim_outcome outcome;
		bool authenticates;
	} rows[] = {
		{ "From: ann@example.com\r\n", DKIM_PASS, true }, { "from: ann@example.com\r\n", DKIM_PASS, true },
		{ "From: \"Ann, A.\" <ann@example.com>\r\n", DKIM_PASS, true },
		{ "From: ann@example.com, eve@example.com\r\n", DKIM_PASS, false },
		{ "From: ann@example.com\r\nFrom: ann@example.com\r\n", DKIM_PASS, false }
	};
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *message, *text, *changed;

	for (size_t i = 0; i < COUNT(rows); i++) {
		message = text_of("%s" REST "\r\n" BODY, rows[i].from);
		text = sign(message, &s);
		expect(*state, text, &plainly, rows[i].outcome, rows[i].authenticates, rows[i].from);
	}
	text = sign(MESSAGE, &s);
	changed = replaced(text, FROM, "");
	expect(*state, changed, &plainly, DKIM_UNREADABLE, false, "no From");
	changed = replaced(text, FROM, "From: nobody\r\n");
	expect(*state, changed, &plainly, DKIM_UNREADABLE, false, "From without an address");
	changed = replaced(text, FROM, "From:\r\n");
	expect(*state, changed, &plainly, DKIM_UNREADABLE, false, "empty From");
}

static void test_time(void **state)
{
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;

	s.ttl = 3600;
	text = sign(MESSAGE, &s);
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT }, DKIM_PASS, true, "at once");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT + 3600 + 299 }, DKIM_PASS, true, "within the drift");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT + 3600 + 300 }, DKIM_EXPIRED, false, "expired");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT - 300 }, DKIM_PASS, true, "clock behind");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT - 301 }, DKIM_EXPIRED, false, "from the future");
	/* the time that was passed in counts, not the machine's */
	s.at = 1104577200;
	text = sign(MESSAGE, &s);
	expect(*state, text, &(struct feeding){ .at = 1104577200 }, DKIM_PASS, true, "long ago, seen then");
	s.at = 2051262000;
	text = sign(MESSAGE, &s);
	expect(*state, text, &(struct feeding){ .at = 2051262000 }, DKIM_PASS, true, "far ahead, seen then");
}

static void test_length(void **state)
{
	static const struct {
		long length;
		enum dkim_outcome outcome;
	} rows[] = { { 0, DKIM_PARTIAL }, { 5, DKIM_PARTIAL }, { 25, DKIM_PARTIAL } };
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;

	s.has_length = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		s.length = rows[i].length;
		text = sign(MESSAGE, &s);
		expect(*state, text, &plainly, rows[i].outcome, false, "l= in the middle");
		expect(*state, text, &(struct feeding){ .cut = 1 }, rows[i].outcome, false, "l= in the middle, byte by byte");
	}
	s.length = (long)strlen(MESSAGE);
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_PASS, true, "l= is the body");
	changed = text_of("%sMore to buy\r\n", text);
	expect(*state, changed, &plainly, DKIM_PARTIAL, false, "something behind l=");
	changed = text_of("%s\r\n\r\n", text);
	expect(*state, changed, &plainly, DKIM_PASS, true, "empty lines behind l=");
	changed = replaced(text, BODY, "Hello\r\n");
	expect(*state, changed, &plainly, DKIM_FAIL, false, "shorter than l=");
}

/* A message with twenty signatures: seventeen of a third party above three of its own. */
static const char *signed_twenty_times(void)
{
	const char *all = MESSAGE;

	for (int i = 0; i < 20; i++) {
		struct signing s = signing_with("r2048", i < 3 ? &rsa_2048 : &other_2048);
		const char *one;

		if (i >= 3)
			s.domain = "esp.example.org";
		one = sign(MESSAGE, &s);
		all = text_of("%.*s%s", (int)(strlen(one) - strlen(MESSAGE)), one, all);
	}
	return all;
}

static void test_many_signatures(void **state)
{
	struct fixture *f = *state;
	struct dkim_counts counts;
	struct keys_counts before, after;
	struct arena a;
	struct dkim_check *c;
	const struct dkim_result *r;
	size_t count;

	keys_count(f->keys, &before);
	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(f->ctx, &a, AT);
	feed_body(c, slice_of(feed_header(c, signed_twenty_times(), &plainly)), 0);
	r = dkim_check_end(c, clock_mono_us() + 3000000, &count);
	keys_count(f->keys, &after);
	dkim_check_count(c, &counts);
	assert_int_equal(counts.fields, 20);
	assert_int_equal(counts.surplus, 16);
	assert_int_equal(count, 4);
	assert_true(slice_eq(r[0].domain, SLICE("esp.example.org")));
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || slice_eq(r[i].domain, SLICE("example.com")));
		assert_true(r[i].authenticates);
	}
	assert_int_equal(after.asked + after.remembered - before.asked - before.remembered, 2);
	arena_done(&a);
}

static void test_unreadable_beside_good(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;
	struct arena a;
	size_t count;
	const struct dkim_result *r;

	text = sign(MESSAGE, &s);
	changed = text_of("DKIM-Signature: v=1; d=example.org; nonsense\r\nDkim-Signature : x\r\n%s", text);
	arena_init(&a, 4096, ARENA_LIMIT);
	r = check(f->ctx, changed, &plainly, &a, &count);
	assert_int_equal(count, 3);
	assert_int_equal(r[0].outcome, DKIM_UNREADABLE);
	assert_true(slice_eq(r[0].domain, SLICE("example.org")));
	assert_int_equal(r[1].outcome, DKIM_UNREADABLE);
	assert_null(r[1].domain.p);
	assert_int_equal(r[2].outcome, DKIM_PASS);
	assert_false(dkim_result_covers(&r[0], "From"));
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_and_canonicalisations),
		cmocka_unit_test(test_result_tells_all),
		cmocka_unit_test(test_key_records),
		cmocka_unit_test(test_more_key_records),
		cmocka_unit_test(test_silence_is_temporary),
		cmocka_unit_test(test_changed_messages),
		cmocka_unit_test(test_oversigned_fields),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_many_signatures),
		cmocka_unit_test(test_unreadable_beside_good)
	};

	return cmocka_run_group_tests_name("dkim", tests, set_up, tear_down);
}
