/* SPDX-License-Identifier: BSD-3-Clause */
#include "../unit.h"

#include "antisales/base/buf.h"
#include "antisales/mail/authres.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 4096, 16 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* "server: method=result(reason)[type.name=value,..] ..", with '+' for malformed and '~' for cut at the end. */
static const char *dump(const struct authres *r)
{
	static struct buf b;

	buf_done(&b);
	buf_init(&b, 1 << 20);
	buf_addf(&b, "%.*s:", SLICE_FMT(r->server));
	for (size_t i = 0; i < r->results_count; i++) {
		const struct authres_result *x = &r->results[i];

		buf_addf(&b, " %.*s=%.*s", SLICE_FMT(x->method), SLICE_FMT(x->result));
		if (x->reason.p != NULL)
			buf_addf(&b, "(%.*s)", SLICE_FMT(x->reason));
		for (size_t k = 0; k < x->properties_count; k++) {
			const struct authres_property *p = &x->properties[k];

			buf_addf(&b, "%s%.*s.%.*s=%.*s", k == 0 ? "[" : ",", SLICE_FMT(p->type), SLICE_FMT(p->name),
			    SLICE_FMT(p->value));
		}
		buf_adds(&b, x->properties_count > 0 ? "]" : "");
	}
	buf_adds(&b, r->malformed ? "+" : "");
	buf_adds(&b, r->cut ? "~" : "");
	return buf_cstr(&b);
}

static struct authres parsed(const char *text)
{
	struct authres r;

	if (!authres_parse(slice_of(text), &arena, &r))
		fail_msg("refused: %s", text);
	return r;
}

static void test_reads(void **state)
{
	static const char *const rows[][2] = {
		/* the examples of RFC 8601 appendix B */
		{ "example.org 1; none", "example.org:" },
		{ "example.com; spf=pass smtp.mailfrom=example.net", "example.com: spf=pass[smtp.mailfrom=example.net]" },
		{ "example.com; auth=pass (cram-md5) smtp.auth=sender@example.com; spf=pass smtp.mailfrom=example.com",
			"example.com: auth=pass[smtp.auth=sender@example.com] spf=pass[smtp.mailfrom=example.com]" },
		{ "example.com; dkim=pass (good signature) header.d=example.com",
			"example.com: dkim=pass[header.d=example.com]" },
		{ "example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net; dkim=fail "
		    "reason=\"bad signature\" header.i=@newyork.example.com",
			"example.com: dkim=pass(good signature)[header.i=@mail-router.example.net] "
			"dkim=fail(bad signature)[header.i=@newyork.example.com]" },
		{ "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy "
		    "(A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
			"foo.example.net: dkim=fail[policy.expired=1362471462]" },
		/* what filters in the field write */
		{ "mx.google.com; dkim=pass header.i=@example.com header.s=k1 header.b=Ab/c+D1=; arc=pass (i=1 spf=pass "
		    "spfdomain=example.com); spf=pass (google.com: domain of bounce+x=y@em.example.com designates 192.0.2.1 "
		    "as permitted sender) smtp.mailfrom=\"bounce+x=y@em.example.com\"; dmarc=pass (p=NONE sp=NONE dis=NONE) "
		    "header.from=example.com",
			"mx.google.com: dkim=pass[header.i=@example.com,header.s=k1,header.b=Ab/c+D1=] arc=pass "
			"spf=pass[smtp.mailfrom=bounce+x=y@em.example.com] dmarc=pass[header.from=example.com]" },
		{ "spf=pass; dkim=none", NULL },
		{ "mail.example; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=pass (signature was verified)"
		    " header.d=example.com;dmarc=pass action=none header.from=example.com;compauth=pass reason=100",
			"mail.example: spf=pass[smtp.mailfrom=example.com] dkim=pass[header.d=example.com] "
			"dmarc=pass[header.from=example.com] compauth=pass(100)" },
		{ "a; spf=none smtp.mailfrom=\"quoted local\"@example.com", "a: spf=none[smtp.mailfrom=quoted local@example.com]" },
		{ "a; spf=none smtp.mailfrom=\"q\\\"\\\\\"", "a: spf=none[smtp.mailfrom=q\"\\]" },
		{ "\"quoted id\"; spf=pass", "quoted id: spf=pass" },
		{ "a;spf=pass;;dkim=fail;", "a: spf=pass dkim=fail" },
		{ "a", "a:" }, { "a ;", "a:" }, { "a 1", "a:" }, { "a; none", "a:" }, { "a; NONE (x)", "a:" },
		{ "(c) a (d); spf=pass (e (f)) (g", "a: spf=pass" },
		/* what cannot be read is left out, the rest stays */
		{ "a; spf; dkim=pass", "a: dkim=pass+" }, { "a; =pass; dkim=pass", "a: dkim=pass+" },
		{ "a; spf=; dkim=pass", "a: dkim=pass+" }, { "a; spf=pass stray words; dkim=pass", "a: dkim=pass+" },
		{ "a; spf=pass smtp.mailfrom; dkim=pass", "a: dkim=pass+" }, { "a; spf=pass smtp.mailfrom=; dkim=pass", "a: dkim=pass+" },
		{ "a; spf=pass smtp.=x; dkim=pass", "a: dkim=pass+" }, { "a; spf=pass .x=y; dkim=pass", "a: dkim=pass+" },
		{ "a; spf=pass smtp.mailfrom=\"open; dkim=pass", "a:+" }, { "a; none x; dkim=pass", "a: dkim=pass+" },
		{ "a; spf=pass reason=\"x; dkim=pass header.d=evil.example\" smtp.mailfrom=b",
			"a: spf=pass(x; dkim=pass header.d=evil.example)[smtp.mailfrom=b]" },
		{ "a; spf=fail (x; dkim=pass header.d=evil.example) smtp.mailfrom=b", "a: spf=fail[smtp.mailfrom=b]" },
		{ "a; x=pass \"; dkim=pass header.d=evil.example\"", "a:+" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct authres r;
		bool good = authres_parse(slice_of(rows[i][0]), &arena, &r);

		if (good != (rows[i][1] != NULL) || (good && strcmp(dump(&r), rows[i][1]) != 0))
			fail_msg("%s\n  gives %s\n  not   %s", rows[i][0], good ? dump(&r) : "nothing", rows[i][1]);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = { "", " ", ";", "; spf=pass", "a 2; spf=pass", "a b; spf=pass", "a 1 1; none",
		"(only a comment)", "\"open; spf=pass", "a 1x; none" };
	struct authres r;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (authres_parse(slice_of(rows[i]), &arena, &r))
			fail_msg("taken: %s", rows[i]);
}

static void test_limits(void **state)
{
	struct buf b;
	struct authres r;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "a");
	for (int i = 0; i < 65; i++)
		buf_adds(&b, "; dkim=pass");
	r = parsed(buf_cstr(&b));
	assert_int_equal(r.results_count, AUTHRES_RESULTS_MAX);
	assert_true(r.cut);
	buf_clear(&b);
	buf_adds(&b, "a; dkim=pass");
	for (int i = 0; i < 33; i++)
		buf_addf(&b, " header.x%d=y", i);
	r = parsed(buf_cstr(&b));
	assert_int_equal(r.results[0].properties_count, AUTHRES_PROPERTIES_MAX);
	assert_true(r.cut);
	/* time and memory stay bounded: quotes and comments without number */
	buf_clear(&b);
	buf_adds(&b, "a; dkim=pass");
	for (int i = 0; i < 60000; i++)
		buf_adds(&b, i % 2 == 0 ? " header.d=\"\\a\"" : "(((");
	parsed(buf_cstr(&b));
	assert_true(arena.used_bytes < 4 << 20);
	buf_done(&b);
}

static void test_trusted(void **state)
{
	const struct slice ids[] = { SLICE("mx.example.net"), SLICE("filter.example.net") };
	struct authres r = parsed("MX.example.net; spf=pass"), other = parsed("mx.example.net.evil.example; spf=pass");

	(void)state;
	assert_true(authres_trusted(&r, ids, 2));
	assert_false(authres_trusted(&r, ids, 0));
	assert_false(authres_trusted(&other, ids, 2));
}

static void test_property(void **state)
{
	struct authres r = parsed("a; dkim=pass Header.D=Example.com header.d=second.example");

	(void)state;
	assert_true(slice_eq(authres_property(&r.results[0], "header", "d"), SLICE("Example.com")));
	assert_null(authres_property(&r.results[0], "header", "i").p);
}

static const char *summed(const char *const *texts)
{
	static char out[512];
	struct authres_summary s = { 0 };
	int n;

	for (; *texts != NULL; texts++) {
		struct authres r = parsed(*texts);

		authres_summary(&s, &r, &arena);
	}
	n = snprintf(out, sizeof out, "dkim=%s", authres_word_name(s.dkim));
	for (size_t i = 0; i < s.dkim_count; i++)
		n += snprintf(out + n, sizeof out - (size_t)n, ",%.*s", SLICE_FMT(s.dkim_domains[i]));
	snprintf(out + n, sizeof out - (size_t)n, " spf=%s,%.*s dmarc=%s,%.*s arc=%s", authres_word_name(s.spf),
	    SLICE_FMT(s.spf_domain), authres_word_name(s.dmarc), SLICE_FMT(s.dmarc_domain), authres_word_name(s.arc));
	return out;
}

static void test_summary(void **state)
{
	static const struct {
		const char *texts[4];
		const char *sum;
	} rows[] = {
		{ { "a; none" }, "dkim=missing spf=missing, dmarc=missing, arc=missing" },
		{ { "a; dkim=fail header.d=x.example; dkim=pass header.d=Example.COM. header.i=@eu.example.com; dkim=pass "
		    "header.i=@b.example; dkim=pass header.d=example.com" },
			"dkim=pass,example.com,b.example spf=missing, dmarc=missing, arc=missing" },
		{ { "a; dkim=temperror header.d=x.example; dkim=fail" },
			"dkim=temperror spf=missing, dmarc=missing, arc=missing" },
		{ { "a; spf=pass smtp.helo=mail.example; spf=softfail smtp.mailfrom=bounce@em.Example.com; "
		    "spf=pass smtp.mailfrom=c.example", "a; spf=pass smtp.mailfrom=d.example" },
			"dkim=missing spf=softfail,em.example.com dmarc=missing, arc=missing" },
		{ { "a; dmarc=fail header.from=example.com; arc=none", "a; dmarc=pass header.from=x.example; arc=pass" },
			"dkim=missing spf=missing, dmarc=fail,example.com arc=none" },
		{ { "a; spf=weird smtp.mailfrom=<>; dkim=pass header.d=\"not a domain\"; iprev=pass" },
			"dkim=pass spf=other, dmarc=missing, arc=missing" },
		{ { "a; SPF=PASS smtp.mailfrom=\303\244.example" },
			"dkim=missing spf=pass,xn--4ca.example dmarc=missing, arc=missing" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(summed(rows[i].texts), rows[i].sum);
}

static void test_many_domains(void **state)
{
	struct authres_summary s = { 0 };
	struct authres r;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	buf_adds(&b, "a");
	for (int i = 0; i < 40; i++)
		buf_addf(&b, "; dkim=pass header.d=d%d.example", i);
	r = parsed(buf_cstr(&b));
	authres_summary(&s, &r, &arena);
	assert_int_equal(s.dkim_count, AUTHRES_DOMAINS_MAX);
	buf_done(&b);
}

static void test_little_memory(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 4096; limit += 64) {
		struct arena small;
		struct authres r;

		arena_init(&small, 64, limit);
		assert_true(authres_parse(SLICE("a; spf=pass smtp.mailfrom=\"x\\y\"@b.example; dkim=pass header.d=c.example"), &small, &r));
		assert_true(r.cut || r.malformed || r.results_count == 2);
		arena_done(&small);
	}
}

static int free_dump(void **state)
{
	dump(&(struct authres){ .results_count = 0 });
	(void)state;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trusted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_property, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_summary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_domains, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_little_memory, set_up, tear_down)
	};

	return cmocka_run_group_tests_name("authres", tests, NULL, free_dump);
}
