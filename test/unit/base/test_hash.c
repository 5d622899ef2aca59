/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/hash.h"

static int init(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_ok(hash_init(&e), e);
	assert_ok(hash_init(&e), e);
	return 0;
}

static void the_checksum_is_castagnolis(void **state)
{
	/* RFC 3720 appendix B.4, and the usual check value */
	static unsigned char zeros[32], ones[32], up[32], down[32];

	(void)state;
	for (unsigned char i = 0; i < 32; i++) {
		ones[i] = 0xff;
		up[i] = i;
		down[i] = (unsigned char)(31 - i);
	}
	assert_int_equal(crc32c("123456789", 9), 0xE3069283);
	assert_int_equal(crc32c(zeros, 32), 0x8A9136AA);
	assert_int_equal(crc32c(ones, 32), 0x62A8AB43);
	assert_int_equal(crc32c(up, 32), 0x46DD794E);
	assert_int_equal(crc32c(down, 32), 0x113FDB5C);
	assert_int_equal(crc32c("", 0), 0);
}

static void the_processor_counts_as_the_table_does(void **state)
{
	unsigned char bytes[300];

	(void)state;
	random_bytes(bytes, sizeof bytes);
	for (size_t from = 0; from < 9; from++)
		for (size_t n = 0; from + n <= sizeof bytes; n++)
			if (crc32c(bytes + from, n) != crc32c_plain(bytes + from, n))
				fail_msg("%zu bytes from %zu", n, from);
}

static void pieces_make_one_sum(void **state)
{
	/* FIPS 180-4, and the empty message */
	char text[SHA256_TEXT];
	struct sha256 h;

	(void)state;
	sha256_begin(&h);
	assert_string_equal(sha256_end(&h, text), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_begin(&h);
	sha256_add(&h, SLICE("a"));
	sha256_add(&h, SLICE(""));
	sha256_add(&h, SLICE("bc"));
	assert_string_equal(sha256_end(&h, text), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static bool same(const struct site_key *k, const struct slice *a, size_t an, const struct slice *b, size_t bn)
{
	struct hash x = hash_keyed(k, a, an), y = hash_keyed(k, b, bn);

	return memcmp(&x, &y, sizeof x) == 0;
}

static void parts_are_framed(void **state)
{
	static const struct site_key k = { { 1 } };
	struct slice a_bc[] = { SLICE("a"), SLICE("bc") }, ab_c[] = { SLICE("ab"), SLICE("c") }, abc[] = { SLICE("abc") };
	struct slice abc_[] = { SLICE("abc"), SLICE("") }, none[] = { SLICE("") };

	(void)state;
	assert_true(same(&k, a_bc, 2, a_bc, 2));
	assert_false(same(&k, a_bc, 2, ab_c, 2));
	assert_false(same(&k, abc, 1, a_bc, 2));
	assert_false(same(&k, abc, 1, abc_, 2));
	assert_false(same(&k, none, 0, none, 1));
}

static void the_key_counts(void **state)
{
	static const struct site_key one = { { 1 } }, two = { { 2 } };
	struct slice part[] = { SLICE("x") };
	struct hash a = hash_keyed(&one, part, 1), b = hash_keyed(&two, part, 1);

	(void)state;
	assert_memory_not_equal(&a, &b, sizeof a);
}

static void a_missing_key_is_made_once(void **state)
{
	const char *path = path_in(*state, "site.key");
	struct site_key one, two;
	struct err e = { 0 };
	struct stat st;
	mode_t old = umask(0);

	assert_ok(site_key_load(path, true, &one, &e), e);
	umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 32);
	assert_ok(site_key_load(path, true, &two, &e), e);
	assert_memory_equal(&one, &two, sizeof one);
}

static void a_key_open_to_others_is_refused(void **state)
{
	static const struct { mode_t mode; bool good; } rows[] = {
		{ 0600, true }, { 0400, true }, { 0700, true }, { 0640, false }, { 0604, false }, { 0610, false }, { 0666, false }, { 0601, false },
	};
	const char *path = file_make(*state, "site.key", "0123456789abcdef0123456789abcdef");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct site_key k;
		struct err e = { 0 };

		assert_int_equal(chmod(path, rows[i].mode), 0);
		if ((site_key_load(path, true, &k, &e) == E_OK) != rows[i].good)
			fail_msg("row %zu: mode %o: %s", i, rows[i].mode, e.text);
		if (!rows[i].good)
			assert_contains(e.text, "chmod 600");
	}
}

static void a_key_of_another_length_is_refused(void **state)
{
	static const char *const rows[] = { "", "short", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdefg" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path = file_make(*state, "site.key", rows[i]);
		struct site_key k;
		struct err e = { 0 };

		assert_int_equal(chmod(path, 0600), 0);
		if (site_key_load(path, true, &k, &e) != E_IO || !contains(e.text, "not 32 bytes long"))
			fail_msg("row %zu: %s", i, e.text);
	}
}

static void other_things_are_no_key(void **state)
{
	struct site_key k;
	struct err e = { 0 };
	const char *real = file_make(*state, "real", "0123456789abcdef0123456789abcdef"), *linked = path_in(*state, "link");

	assert_int_equal(chmod(real, 0600), 0);
	assert_int_equal(symlink("real", linked), 0);
	assert_int_equal(site_key_load(linked, true, &k, &e), E_IO);
	assert_int_equal(site_key_load(*state, true, &k, &e), E_IO);
	assert_int_equal(site_key_load(path_in(*state, "nothing/key"), true, &k, &e), E_IO);
	assert_contains(e.text, "cannot create site key");
}

static void ids_are_legible_and_differ(void **state)
{
	char ids[200][ID_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		random_id(ids[i]);
		if (strlen(ids[i]) != 16 || strspn(ids[i], "abcdefghijkmnpqrstuvwxyz23456789") != 16)
			fail_msg("\"%s\"", ids[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checksum_is_castagnolis),
		cmocka_unit_test(the_processor_counts_as_the_table_does),
		cmocka_unit_test(pieces_make_one_sum),
		cmocka_unit_test(parts_are_framed),
		cmocka_unit_test(the_key_counts),
		IN_FOLDER(a_missing_key_is_made_once),
		IN_FOLDER(a_key_open_to_others_is_refused),
		IN_FOLDER(a_key_of_another_length_is_refused),
		IN_FOLDER(other_things_are_no_key),
		cmocka_unit_test(ids_are_legible_and_differ),
	};

	return cmocka_run_group_tests_name("hash", tests, init, NULL);
}
