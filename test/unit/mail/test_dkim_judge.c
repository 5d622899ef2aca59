/* SPDX-License-Identifier: BSD-3-Clause */
#include "../unit.h"

#include "antisales/mail/dkim_judge.h"

enum { NOW = 1767225600 };

static const struct key found = { .state = KEY_FOUND, .why = "key found" };
static const struct key not_found = { .state = KEY_NOT_FOUND, .why = "there is no key record" };
static const struct key temporary = { .state = KEY_TEMPORARY, .why = "no answer in time" };
static const struct key unusable = { .state = KEY_UNUSABLE, .why = "several records" };

/* One thing changed about a signature that is as good as can be. */
struct row {
	const char *what;
	enum dkim_outcome outcome;
	bool authenticates;
	void (*change)(struct dkim_evidence *e, struct dkim_signature *s);
};

#define CHANGE(name, ...) \
	static void name(struct dkim_evidence *e, struct dkim_signature *s) \
	{ \
		(void)e; \
		(void)s; \
		__VA_ARGS__; \
	}

CHANGE(nothing, )
CHANGE(ed25519, s->algorithm = DKIM_ALGORITHM_ED25519_SHA256; e->key_bits = 0)
CHANGE(bits_512, e->key_bits = 512)
CHANGE(bits_1023, e->key_bits = 1023)
CHANGE(bits_1024, e->key_bits = 1024)
CHANGE(bits_none, e->key_bits = 0)
CHANGE(fault_small, e->fault = DKIM_FAULT_SMALL)
CHANGE(sha1, s->algorithm = DKIM_ALGORITHM_RSA_SHA1)
CHANGE(other_algorithm, s->algorithm = DKIM_ALGORITHM_OTHER)
CHANGE(expired, s->expires = NOW - 300)
CHANGE(just_not_expired, s->expires = NOW - 299)
CHANGE(library_expired, e->fault = DKIM_FAULT_TIME)
CHANGE(future, s->signed_at = NOW + 301)
CHANGE(just_not_future, s->signed_at = NOW + 300)
CHANGE(not_passed, e->passed = false; e->fault = DKIM_FAULT_MISMATCH; e->body = DKIM_BODY_UNTESTED)
CHANGE(not_passed_no_fault, e->passed = false)
CHANGE(body_mismatch, e->body = DKIM_BODY_MISMATCH; e->fault = DKIM_FAULT_MISMATCH)
CHANGE(body_mismatch_no_fault, e->body = DKIM_BODY_MISMATCH)
CHANGE(body_untested, e->body = DKIM_BODY_UNTESTED)
CHANGE(subdomain, e->fault = DKIM_FAULT_SUBDOMAIN)
CHANGE(revoked, e->passed = false; e->fault = DKIM_FAULT_REVOKED)
CHANGE(key_bad, e->passed = false; e->fault = DKIM_FAULT_KEY)
CHANGE(no_key, e->passed = false; e->fault = DKIM_FAULT_NO_KEY)
CHANGE(syntax, e->fault = DKIM_FAULT_SYNTAX)
CHANGE(unprocessed, e->fault = DKIM_FAULT_UNKNOWN)
CHANGE(key_not_found, e->key = &not_found)
CHANGE(key_temporary, e->key = &temporary; e->passed = false; e->fault = DKIM_FAULT_NO_KEY)
CHANGE(key_unusable, e->key = &unusable)
CHANGE(key_not_asked, e->key = NULL)
CHANGE(expired_and_temporary, e->key = &temporary; s->expires = NOW - 1000)
CHANGE(testing, e->testing = true)
CHANGE(testing_and_bad, e->testing = true; e->body = DKIM_BODY_MISMATCH)
CHANGE(ambiguous, e->ambiguous = true)
CHANGE(partial, e->partial = true)
CHANGE(partial_and_ambiguous, e->partial = true; e->ambiguous = true)
CHANGE(partial_and_bad, e->partial = true; e->body = DKIM_BODY_MISMATCH)
CHANGE(unfinished, e->finished = false)
CHANGE(unfinished_and_temporary, e->finished = false; e->key = &temporary)
CHANGE(header_cut, e->header_cut = true)
CHANGE(header_cut_and_bad, e->header_cut = true; e->passed = false; e->fault = DKIM_FAULT_MISMATCH)
CHANGE(no_from, e->from_usable = false)

static const struct row rows[] = {
	{ "good", DKIM_PASS, true, nothing },
	{ "Ed25519 tells no key bits", DKIM_PASS, true, ed25519 },
	{ "512 bits", DKIM_UNUSABLE, false, bits_512 },
	{ "1023 bits", DKIM_UNUSABLE, false, bits_1023 },
	{ "1024 bits", DKIM_PASS, true, bits_1024 },
	{ "RSA without key bits", DKIM_UNUSABLE, false, bits_none },
	{ "the library calls the key short", DKIM_UNUSABLE, false, fault_small },
	{ "rsa-sha1", DKIM_UNUSABLE, false, sha1 },
	{ "unknown algorithm", DKIM_UNUSABLE, false, other_algorithm },
	{ "expired, body matches", DKIM_EXPIRED, false, expired },
	{ "expired within the drift", DKIM_PASS, true, just_not_expired },
	{ "the library calls it expired", DKIM_EXPIRED, false, library_expired },
	{ "signed in the future", DKIM_EXPIRED, false, future },
	{ "signed within the drift", DKIM_PASS, true, just_not_future },
	{ "header changed", DKIM_FAIL, false, not_passed },
	{ "flag missing, no error", DKIM_FAIL, false, not_passed_no_fault },
	{ "body changed", DKIM_FAIL, false, body_mismatch },
	{ "body changed, no error", DKIM_FAIL, false, body_mismatch_no_fault },
	{ "body not tested", DKIM_FAIL, false, body_untested },
	{ "t=s and a subdomain, flag and body good", DKIM_FAIL, false, subdomain },
	{ "revoked", DKIM_UNUSABLE, false, revoked },
	{ "key record unusable", DKIM_UNUSABLE, false, key_bad },
	{ "the library got no key", DKIM_UNUSABLE, false, no_key },
	{ "the library cannot read it", DKIM_UNREADABLE, false, syntax },
	{ "not processed", DKIM_UNFINISHED, false, unprocessed },
	{ "NXDOMAIN", DKIM_UNUSABLE, false, key_not_found },
	{ "SERVFAIL or silence", DKIM_TEMPORARY, false, key_temporary },
	{ "several records", DKIM_UNUSABLE, false, key_unusable },
	{ "too many questions", DKIM_UNFINISHED, false, key_not_asked },
	{ "expired, whatever the key", DKIM_EXPIRED, false, expired_and_temporary },
	{ "t=y", DKIM_PASS, false, testing },
	{ "t=y, body changed", DKIM_FAIL, false, testing_and_bad },
	{ "a second Subject", DKIM_PASS, false, ambiguous },
	{ "l= too short", DKIM_PARTIAL, false, partial },
	{ "l= too short, a second Subject", DKIM_PARTIAL, false, partial_and_ambiguous },
	{ "l= too short, body changed", DKIM_FAIL, false, partial_and_bad },
	{ "body over the limit", DKIM_UNFINISHED, false, unfinished },
	{ "body over the limit, no key", DKIM_UNFINISHED, false, unfinished_and_temporary },
	{ "header over the limit", DKIM_PASS, false, header_cut },
	{ "header over the limit, no match", DKIM_UNFINISHED, false, header_cut_and_bad },
	{ "no From", DKIM_UNREADABLE, false, no_from }
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dkim_signature s = { .algorithm = DKIM_ALGORITHM_RSA_SHA256, .signed_at = NOW - 10 };
		struct dkim_evidence e = { .signature = &s, .now = NOW, .from_usable = true, .finished = true, .key = &found,
			.passed = true, .body = DKIM_BODY_MATCH, .fault = DKIM_FAULT_NONE, .key_bits = 2048,
			.key_bits_min = 1024 };
		struct dkim_judgement j;

		rows[i].change(&e, &s);
		j = dkim_judge(&e);
		if (j.outcome != rows[i].outcome || j.authenticates != rows[i].authenticates || j.reason == NULL)
			fail_msg("%s: %s, %s", rows[i].what, dkim_outcome_name(j.outcome), j.reason);
	}
}

/* Whatever the evidence is: what authenticates has passed, and every single doubt takes that away. */
static void test_random_evidence(void **state)
{
	static const struct key *const keys[] = { NULL, &found, &not_found, &temporary, &unusable };
	struct rng r = { 42 };

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct dkim_signature s = { .algorithm = (enum dkim_algorithm)rng_below(&r, 4),
			.expires = rng_below(&r, 2) ? 0 : NOW - 1000 + (int64_t)rng_below(&r, 2000) };
		struct dkim_evidence e = { .signature = &s, .now = NOW, .from_usable = rng_below(&r, 4) > 0,
			.finished = rng_below(&r, 4) > 0, .header_cut = rng_below(&r, 4) == 0, .key = keys[rng_below(&r, 5)],
			.passed = rng_below(&r, 4) > 0, .body = (enum dkim_body_hash)rng_below(&r, 3),
			.fault = rng_below(&r, 2) ? DKIM_FAULT_NONE : (enum dkim_fault)rng_below(&r, 10),
			.key_bits = (unsigned)rng_below(&r, 4096), .key_bits_min = 1024, .partial = rng_below(&r, 4) == 0,
			.ambiguous = rng_below(&r, 4) == 0, .testing = rng_below(&r, 4) == 0 };
		struct dkim_judgement j = dkim_judge(&e);
		bool pass = e.from_usable && e.finished && e.key == &found && e.passed && e.body == DKIM_BODY_MATCH
		    && e.fault == DKIM_FAULT_NONE && !e.partial && (s.expires == 0 || NOW < s.expires + 300)
		    && (s.algorithm == DKIM_ALGORITHM_ED25519_SHA256
		    || (s.algorithm == DKIM_ALGORITHM_RSA_SHA256 && e.key_bits >= 1024));

		assert_non_null(j.reason);
		assert_int_equal(j.outcome == DKIM_PASS, pass);
		assert_int_equal(j.authenticates, pass && !e.ambiguous && !e.testing && !e.header_cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table), cmocka_unit_test(test_random_evidence) };

	return cmocka_run_group_tests_name("dkim_judge", tests, NULL, NULL);
}
