/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/address.h"

static const struct {
	const char *name, *in, *out;    /* out: "display|local|domain;..." */
} lists[] = {
	{ "bare", "ann@sales.example", "|ann|sales.example;" },
	{ "angle", "Ann <ann@Sales.Example>", "Ann|ann|sales.example;" },
	{ "two", "ann@a.example, Bob <bob@b.example>", "|ann|a.example;Bob|bob|b.example;" },
	{ "address in the display name", "\"ceo@bank.example\" <x@sales.example>", "ceo@bank.example|x|sales.example;" },
	{ "the same without quotes", "ceo@bank.example <x@sales.example>", "ceo@bank.example|x|sales.example;" },
	{ "comma in quotes", "\"Doe, Ann\" <ann@a.example>", "Doe, Ann|ann|a.example;" },
	{ "escaped quote", "\"Ann \\\"A\\\" Doe\" <a@b.example>", "Ann \"A\" Doe|a|b.example;" },
	{ "encoded name", "=?utf-8?q?=C3=84nn?= Doe <a@b.example>", "\xC3\x84nn Doe|a|b.example;" },
	{ "comment as name", "a@b.example (Ann Doe)", "Ann Doe|a|b.example;" },
	{ "nested comments", "a(x(y)z)@b.example", "x(y)z|a|b.example;" },
	{ "group", "team: a@b.example, c@d.example; e@f.example", "|a|b.example;|c|d.example;|e|f.example;" },
	{ "empty group", "undisclosed-recipients:;", "" },
	{ "nested groups", "g: g: g: a@b.example;", "|a|b.example;" },
	{ "route", "<@x.example,@y.example:a@b.example>", "|a|b.example;" },
	{ "blanks around", "< a @ b.example >", "|a|b.example;" },
	{ "quoted local part", "\"a b\"@c.example", "|a b|c.example;" },
	{ "at sign in a quoted local part", "<\"a@x.example\"@b.example>", "|a@x.example|b.example;" },
	{ "domain literal", "a@[IPv6:2001:db8::1]", "|a|[ipv6:2001:db8::1];" },
	{ "IDN", "a@b\xC3\xBC" "cher.example", "|a|xn--bcher-kva.example;" },
	{ "domain that is none", "a@b..example", "|a|;" },
	{ "no address", "Ann Doe", "" },
	{ "empty angle", "Ann <>", "" },
	{ "unterminated angle", "Ann <a@b.example", "Ann|a|b.example;" },
	{ "unterminated quote", "\"Ann <a@b.example>", "" },
	{ "unterminated comment", "a@b.example (Ann", "Ann|a|b.example;" },
	{ "double angle", "Ann <<a@b.example>>", "Ann|a|b.example;" },
	{ "semicolon instead of comma", "a@b.example; c@d.example", "|a|b.example;|c|d.example;" },
	{ "empty members", ", ,a@b.example,,", "|a|b.example;" },
	{ "nothing", "", "" },
};

static void print_list(struct slice in, struct arena *a, struct buf *out)
{
	const struct address *all;
	size_t n = address_list(in, a, &all);

	for (size_t i = 0; i < n; i++) {
		buf_add(out, all[i].display);
		buf_addc(out, '|');
		buf_add(out, all[i].local);
		buf_addc(out, '|');
		buf_add(out, all[i].domain);
		buf_addc(out, ';');
	}
}

static void test_list(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct buf b;

		buf_init(&b, 10000);
		print_list(slice_of(lists[i].in), &a, &b);
		EXPECT(i, lists[i].name, buf_slice(&b), slice_of(lists[i].out));
		buf_done(&b);
	}
	arena_done(&a);
}

static const struct {
	const char *in, *spec, *domain;         /* spec NULL: unusable */
} envelopes[] = {
	{ "<ann@Sales.Example>", "ann@sales.example", "sales.example" },
	{ "ann@sales.example", "ann@sales.example", "sales.example" },
	{ "<>", "", "" },
	{ "", "", "" },
	{ "<Ann@sales.example>", "Ann@sales.example", "sales.example" },
	{ "<@a.example:b@c.example>", "b@c.example", "c.example" },
	{ "<\"a b\"@c.example>", "a b@c.example", "c.example" },
	{ "<postmaster>", "postmaster", "" },
	{ "<bounce+123=ann=b.example@c.example>", "bounce+123=ann=b.example@c.example", "c.example" },
	{ "<@>", NULL, NULL },
	{ "<a@>", NULL, NULL },
};

static void test_envelope(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(envelopes); i++) {
		struct address got;
		int rc = address_envelope(slice_of(envelopes[i].in), &a, &got);

		if ((rc == 0) != (envelopes[i].spec != NULL))
			fail_msg("row %zu: %s: %d", i, envelopes[i].in, rc);
		if (rc != 0)
			continue;
		EXPECT(i, "spec", got.spec, slice_of(envelopes[i].spec));
		EXPECT(i, "domain", got.domain, slice_of(envelopes[i].domain));
	}
	arena_done(&a);
}

/* Hazards 55 and 65: nothing here walks into what it reads. */
static void test_bounds(void **state)
{
	const struct address *all;
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, 4096, 8 << 20);
	buf_init(&b, 8 << 20);
	repeat(&b, "g: ", 60000);
	buf_adds(&b, "a@b.example;");
	assert_int_equal(address_list(buf_slice(&b), &a, &all), 1);
	buf_clear(&b);
	repeat(&b, "(", 100000);
	repeat(&b, ")", 100000);
	buf_adds(&b, " a@b.example");
	assert_int_equal(address_list(buf_slice(&b), &a, &all), 1);
	EXPECT(0, "spec", all[0].spec, SLICE("a@b.example"));
	buf_clear(&b);
	repeat(&b, "a@b.example, ", 100000);
	assert_int_equal(address_list(buf_slice(&b), &a, &all), ADDRESS_MAX);
	buf_done(&b);
	arena_done(&a);
}

static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "<", ">", "@", "a", "b.example", ",", ";", ":", "\"", "\\", "(", ")",
		"[", "]", " ", "=?utf-8?q?", "?=", "\xC3\xA4" };
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		const struct address *all;
		struct arena a;
		struct buf b;
		size_t n;

		arena_init(&a, 4096, 8 << 20);
		buf_init(&b, 1000);
		soup(&seed, &b, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 100);
		n = address_list(buf_slice(&b), &a, &all);
		for (size_t k = 0; k < n; k++) {
			assert_true(all[k].local.n > 0);
			assert_true(all[k].spec.n > all[k].local.n);
			assert_non_null(all[k].display.p);
		}
		buf_done(&b);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
