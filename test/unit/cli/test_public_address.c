/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "milter/cli/public_address.h"

static void addresses_of_the_internet_are_public(void **state)
{
	static const char *const rows[] = {
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
		"169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2606:4700::1111", "2a00::1", "2001:200::1", "2001:4860:4860::8888", "2003::1", "3ffe::1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!public_address(slice_of(rows[i])))
			fail_msg("%s", rows[i]);
}

static void all_others_are_not(void **state)
{
	static const char *const rows[] = {
		"0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "::ffff:0:1.1.1.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:10::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12::1",
		"fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
		"", "localhost", "1.1.1", "0x1.1.1.1", "1.1.1.1 ", "1.1.1.1/8x", "2606:4700::1111%eth0", ":",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (public_address(slice_of(rows[i])))
			fail_msg("%s", rows[i]);
}

static void loopback_is_this_machine(void **state)
{
	(void)state;
	assert_true(public_address_is_loopback(SLICE("127.0.0.1")));
	assert_true(public_address_is_loopback(SLICE("127.8.0.1")));
	assert_true(public_address_is_loopback(SLICE("::1")));
	assert_false(public_address_is_loopback(SLICE("::2")));
	assert_false(public_address_is_loopback(SLICE("10.0.0.1")));
	assert_false(public_address_is_loopback(SLICE("1.1.1.1")));
	assert_false(public_address_is_loopback(SLICE("")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_the_internet_are_public),
		cmocka_unit_test(all_others_are_not),
		cmocka_unit_test(loopback_is_this_machine),
	};

	return cmocka_run_group_tests_name("public_address", tests, NULL, NULL);
}
