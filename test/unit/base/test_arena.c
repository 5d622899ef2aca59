/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <stdalign.h>

#include "antisales/base/alloc.h"
#include "antisales/base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 256, 1 << 20);
	for (size_t n = 0; n < 200; n++) {
		unsigned char *p = arena_alloc(&a, n);

		assert_non_null(p);
		if ((uintptr_t)p % alignof(max_align_t) != 0)
			fail_msg("%zu bytes are not aligned", n);
		for (size_t i = 0; i < n; i++)
			if (p[i] != 0)
				fail_msg("%zu bytes are not zeroed", n);
		memset(p, 0xa5, n);
	}
	arena_reset(&a);
	for (size_t n = 1; n < 200; n++) {
		unsigned char *p = arena_alloc(&a, n);

		for (size_t i = 0; i < n; i++)
			if (p[i] != 0)
				fail_msg("%zu bytes are not zeroed again", n);
	}
	arena_done(&a);
}

static void the_limit_is_exact(void **state)
{
	static const struct { size_t limit, bytes; bool fits; } rows[] = {
		{ 1024, 1024, true }, { 1024, 1023, true }, { 1024, 1025, false }, { 1023, 1024, false }, { 1025, 1024, true }, { 0, 1, false },
		{ 16, 16, true }, { 16, 17, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a;

		arena_init(&a, 64, rows[i].limit);
		if ((arena_alloc(&a, rows[i].bytes) != NULL) != rows[i].fits)
			fail_msg("row %zu", i);
		arena_done(&a);
	}
}

static void the_last_chunk_may_be_smaller(void **state)
{
	struct arena a;
	size_t n = 0;

	(void)state;
	arena_init(&a, 1000, 1600);
	while (arena_alloc(&a, 16) != NULL)
		n++;
	assert_true(n * 16 > 1600 - 1000 / 2 && n * 16 <= 1600);
	assert_true(a.used_bytes <= 1600);
	arena_done(&a);
}

static void after_the_limit_comes_a_new_start(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64, 256);
	assert_non_null(arena_alloc(&a, 256));
	assert_null(arena_alloc(&a, 1));
	arena_done(&a);
	assert_int_equal(a.used_bytes, 0);
	assert_non_null(arena_alloc(&a, 256));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 256));
	arena_done(&a);
	arena_done(NULL);
}

static void overflow_is_no_memory(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64, SIZE_MAX);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_null(arena_array(&a, 3, SIZE_MAX / 2));
	assert_non_null(arena_array(&a, 0, SIZE_MAX));
	assert_non_null(arena_array(&a, SIZE_MAX, 0));
	assert_null(arena_dup(&a, (struct slice){ "x", SIZE_MAX }).p);
	assert_null(arena_strdup(&a, (struct slice){ "x", SIZE_MAX }));
	arena_done(&a);
}

static void copies_end_in_nul(void **state)
{
	struct arena a;
	struct slice s;

	(void)state;
	arena_init(&a, 64, 4096);
	s = arena_dup(&a, SLICE("a\0b"));
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	s = arena_dup(&a, (struct slice){ 0 });
	assert_non_null(s.p);
	assert_int_equal(s.n, 0);
	assert_string_equal(arena_strdup(&a, SLICE("xyz")), "xyz");
	s = arena_printf(&a, "%s-%d", "n", 42);
	assert_slice(s, "n-42");
	assert_int_equal(s.p[s.n], '\0');
	arena_done(&a);
}

static char order[8];

static void note(void *arg)
{
	size_t n = strlen(order);

	order[n] = *(const char *)arg;
}

static void deferred_calls_run_last_in_first_out(void **state)
{
	static char letters[] = "abc";
	struct arena a;

	(void)state;
	memset(order, 0, sizeof order);
	arena_init(&a, 64, 4096);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(arena_defer(&a, note, &letters[i]), 0);
	arena_reset(&a);
	assert_string_equal(order, "cba");
	arena_reset(&a);
	arena_done(&a);
	assert_string_equal(order, "cba");
}

static void deferring_may_fail(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64, 8);
	assert_int_equal(arena_defer(&a, note, NULL), -1);
	arena_done(&a);
}

static void reset_keeps_one_chunk(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 100, 1 << 20);
	for (int i = 0; i < 50; i++)
		assert_non_null(arena_alloc(&a, 90));
	arena_reset(&a);
	assert_true(a.used_bytes > 0 && a.used_bytes <= 112);
	alloc_fail_at(1);
	assert_non_null(arena_alloc(&a, 90));
	alloc_fail_at(0);
	arena_done(&a);
}

static void the_nth_allocation_may_fail(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 5; n++) {
		struct arena a;
		unsigned long got = 0;

		arena_init(&a, 16, 1 << 20);
		alloc_fail_at(n);
		while (got < 20 && arena_alloc(&a, 100) != NULL)
			got++;
		alloc_fail_at(0);
		assert_int_equal(got, n - 1);
		assert_non_null(arena_alloc(&a, 100));
		arena_done(&a);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(the_last_chunk_may_be_smaller),
		cmocka_unit_test(after_the_limit_comes_a_new_start),
		cmocka_unit_test(overflow_is_no_memory),
		cmocka_unit_test(copies_end_in_nul),
		cmocka_unit_test(deferred_calls_run_last_in_first_out),
		cmocka_unit_test(deferring_may_fail),
		cmocka_unit_test(reset_keeps_one_chunk),
		cmocka_unit_test(the_nth_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
