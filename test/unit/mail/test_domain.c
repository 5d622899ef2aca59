/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/domain.h"

static const struct {
	const char *host, *normal;      /* NULL: no host name */
} names[] = {
	{ "Sales.Example", "sales.example" },
	{ "sales.example.", "sales.example" },
	{ " mail.sales.example ", "mail.sales.example" },
	{ "sales.example..", NULL },
	{ "sales..example", NULL },
	{ ".sales.example", NULL },
	{ "", NULL },
	{ ".", NULL },
	{ "localhost", "localhost" },
	{ "_dmarc.sales.example", "_dmarc.sales.example" },
	{ "a b.example", NULL },
	{ "a/b.example", NULL },
	{ "b\xC3\xBC" "cher.example", "xn--bcher-kva.example" },
	{ "B\xC3\x9C" "CHER.example", "xn--bcher-kva.example" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "sales\xE3\x80\x82" "example", "sales.example" },                     /* ideographic full stop */
	{ "\xEF\xBD\x93\xEF\xBD\x81les.example", "sales.example" },             /* full-width letters */
	{ "sa\xE2\x80\x8Bles.example", "sales.example" },                       /* zero-width space */
	{ "sa\xC2\xADles.example", "sales.example" },                           /* soft hyphen */
	{ "sa\xE2\x80\x8Dles.example", "sales.example" },                       /* zero-width joiner */
	{ "fa\xC3\x9F.example", "xn--fa-hia.example" },                         /* sharp s is itself (UTS 46) */
	{ "\xFF\xFE.example", NULL },
	{ "127.0.0.1", "127.0.0.1" },
	{ "[127.0.0.1]", "[127.0.0.1]" },
	{ "[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]" },
	{ "[::1]", "[::1]" },
	{ "[::1", NULL },
	{ "[a b]", NULL },
};

static void test_normalise(void **state)
{
	struct arena a;
	char label[70], host[300];

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	for (size_t i = 0; i < COUNT(names); i++)
		EXPECT(i, names[i].host, domain_normalise(slice_of(names[i].host), &a), slice_of(names[i].normal));
	memset(label, 'a', sizeof label);
	assert_int_equal(domain_normalise((struct slice){ label, 63 }, &a).n, 63);
	assert_null(domain_normalise((struct slice){ label, 64 }, &a).p);
	memset(host, 'a', sizeof host);
	for (size_t i = 50; i < sizeof host; i += 50)
		host[i] = '.';
	assert_int_equal(domain_normalise((struct slice){ host, 253 }, &a).n, 253);
	assert_null(domain_normalise((struct slice){ host, 255 }, &a).p);
	arena_done(&a);
}

static const struct {
	const char *host, *registrable;
} orgs[] = {
	{ "mail.acme.co.uk", "acme.co.uk" },
	{ "acme.co.uk", "acme.co.uk" },
	{ "co.uk", NULL },
	{ "a.b.sales.example", "sales.example" },
	{ "example", NULL },
	{ "www.acme.com", "acme.com" },
	{ "acme.github.io", "acme.github.io" },                                 /* private section */
	{ "a.acme.github.io", "acme.github.io" },
	{ "github.io", NULL },
	{ "foo.xn--p1ai", "foo.xn--p1ai" },
	{ "127.0.0.1", NULL },
	{ "[::1]", NULL },
	{ "", NULL },
};

static void test_registrable(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(orgs); i++) {
		struct slice host = slice_of(orgs[i].host), got = domain_registrable(host);

		EXPECT(i, orgs[i].host, got, slice_of(orgs[i].registrable));
		assert_true(got.p == NULL || (got.p >= host.p && got.p + got.n == host.p + host.n));
	}
}

static void test_is_under(void **state)
{
	(void)state;
	assert_true(domain_is_under(SLICE("a.b.example"), SLICE("b.example")));
	assert_true(domain_is_under(SLICE("b.example"), SLICE("b.example")));
	assert_false(domain_is_under(SLICE("ab.example"), SLICE("b.example")));
	assert_false(domain_is_under(SLICE("example"), SLICE("b.example")));
	assert_false(domain_is_under(SLICE("b.example"), SLICE("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_registrable),
		cmocka_unit_test(test_is_under),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
