/* SPDX-License-Identifier: BSD-3-Clause */
/* The block-wise scans agree with plain loops. */
#include "support.h"

#include "antisales/mail/octet.h"

enum { BYTES = 64, ROUNDS = 200000 };

static size_t plain_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)p[i] < 0x80 && p[i] != '\0')
		i++;
	return i;
}

static size_t run_before(const char *p, size_t n, char a, char b)
{
	size_t i = 0;

	while (i < n && p[i] != a && p[i] != b && p[i] != '\0')
		i++;
	return i;
}

static bool folded(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool word = octet_is(p[i], OCTET_WORD);

		if (!word && (p[i] != ' ' || i + 1 == n || !octet_is(p[i + 1], OCTET_WORD)))
			return false;
	}
	return true;
}

static void test_scans(void **state)
{
	static const char interesting[] = "ab  \t\n\x01\x1F\x20\x21\x7E\x7F\x80\xA0\xC1\xC2\xC3\xFF<&=!";
	uint64_t seed = 77;
	char p[BYTES];

	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t n = noise(&seed) % (BYTES + 1), rare = 1 + noise(&seed) % 40, blocks;

		for (size_t i = 0; i < n; i++)
			p[i] = noise(&seed) % rare == 0 ? interesting[noise(&seed) % sizeof interesting] : 'x';
		if (octet_plain_run(p, n) != plain_run(p, n) || octet_run_before(p, n, '<', '&') != run_before(p, n, '<', '&') ||
		    octet_run_before(p, n, '=', '\xFF') != run_before(p, n, '=', '\xFF'))
			fail_msg("round %zu", round);
		blocks = octet_folded_blocks(p, n);
		if (blocks > n || blocks % 8 != 0 || !folded(p, blocks))
			fail_msg("round %zu: folded", round);
	}
}

static void test_exact_zeros(void **state)
{
	static const char bytes[] = "\0\x01\x7F\x80\xFF";
	uint64_t seed = 78;

	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		uint64_t flags = 0;
		unsigned count = 0;
		char p[8];

		for (size_t i = 0; i < 8; i++) {
			p[i] = bytes[noise(&seed) % 5];
			flags |= p[i] == 0 ? (uint64_t)0x80 << 8 * i : 0;
			count += p[i] == 0;
		}
		if (octet_exact_zeros(octet_load(p)) != flags || octet_count(flags) != count)
			fail_msg("round %zu", round);
	}
}

static void test_hex(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++)
		assert_int_equal(octet_hex((char)c), ascii_hex((char)c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scans),
		cmocka_unit_test(test_exact_zeros),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
