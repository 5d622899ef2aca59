/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/file.h"

static void a_file_is_read_whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 100000 };
	static char bytes[100000];
	struct rng r = { 8 };

	rng_bytes(&r, bytes, sizeof bytes);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const char *path = path_in(*state, "f");
		struct arena a;
		struct slice got;
		struct err e = { 0 };

		file_write(path, bytes, sizes[i]);
		arena_init(&a, 4096, 1 << 20);
		assert_ok(file_read(path, 1 << 20, &a, &got, &e), e);
		if (got.n != sizes[i] || memcmp(got.p, bytes, got.n) != 0 || got.p[got.n] != '\0')
			fail_msg("row %zu: %zu bytes", i, got.n);
		arena_done(&a);
	}
}

static void the_limit_is_exact(void **state)
{
	const char *path = file_make(*state, "f", "0123456789");
	struct arena a;
	struct slice got;
	struct err e = { 0 };

	arena_init(&a, 4096, 1 << 20);
	assert_ok(file_read(path, 10, &a, &got, &e), e);
	assert_int_equal(file_read(path, 9, &a, &got, &e), E_LIMIT);
	assert_contains(e.text, path);
	assert_contains(e.text, "larger than 9 bytes");
	arena_done(&a);
}

static void what_cannot_be_read_is_named(void **state)
{
	struct arena a;
	struct slice got;
	struct err e = { 0 };

	arena_init(&a, 4096, 1 << 20);
	assert_int_equal(file_read(path_in(*state, "nothing"), 10, &a, &got, &e), E_ABSENT);
	assert_contains(e.text, "nothing: No such file");
	assert_int_equal(file_read(*state, 10, &a, &got, &e), E_IO);
	assert_contains(e.text, "is a folder");
	arena_done(&a);
	arena_init(&a, 16, 16);
	assert_int_equal(file_read(file_make(*state, "f", "0123456789012345678"), 100, &a, &got, &e), E_NOMEM);
	arena_done(&a);
}

static void a_folder_is_listed_in_order(void **state)
{
	static const char *const names[] = { "b.yaml", "a.yaml", "a-b.yaml", "c.yml", ".h.yaml", "d.YAML" };
	const struct slice *list;
	struct arena a;
	size_t n;
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(names); i++)
		file_make(*state, names[i], "");
	arena_init(&a, 4096, 1 << 20);
	assert_ok(file_list(*state, ".yaml", &a, &list, &n, &e), e);
	assert_int_equal(n, 4);
	assert_slice(list[0], "a-b.yaml");
	assert_slice(list[1], "a.yaml");
	assert_slice(list[2], "b.yaml");
	assert_int_equal(file_list(path_in(*state, "nothing"), ".yaml", &a, &list, &n, &e), E_ABSENT);
	arena_done(&a);
}

static void many_files_are_listed(void **state)
{
	const struct slice *list;
	struct arena a;
	size_t n;
	struct err e = { 0 };

	for (int i = 0; i < 300; i++) {
		char name[20];

		snprintf(name, sizeof name, "%03d.x", i);
		file_make(*state, name, "");
	}
	arena_init(&a, 4096, 1 << 20);
	assert_ok(file_list(*state, ".x", &a, &list, &n, &e), e);
	assert_int_equal(n, 300);
	assert_slice(list[299], "299.x");
	arena_done(&a);
	arena_init(&a, 512, 2048);
	assert_int_equal(file_list(*state, ".x", &a, &list, &n, &e), E_NOMEM);
	arena_done(&a);
}

static void names_are_joined_and_taken_apart(void **state)
{
	static const struct { const char *path, *dir; } rows[] = { { "a", "." }, { "a/b", "a" }, { "/a", "/" }, { "/a/b/c", "/a/b" }, { "a/", "a" } };
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 1 << 20);
	assert_string_equal(file_join(&a, "x", SLICE("y")), "x/y");
	assert_string_equal(file_join(&a, "x", SLICE("/y")), "/y");
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(file_dir(&a, rows[i].path), rows[i].dir) != 0)
			fail_msg("row %zu: %s", i, file_dir(&a, rows[i].path));
	arena_done(&a);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(a_file_is_read_whole),
		IN_FOLDER(the_limit_is_exact),
		IN_FOLDER(what_cannot_be_read_is_named),
		IN_FOLDER(a_folder_is_listed_in_order),
		IN_FOLDER(many_files_are_listed),
		cmocka_unit_test(names_are_joined_and_taken_apart),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
