/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <errno.h>

#include "antisales/base/alloc.h"

static void the_nth_fails_and_only_that(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 4; n++) {
		alloc_fail_at(n);
		for (unsigned long i = 1; i <= 6; i++) {
			void *p = i % 2 == 0 ? alloc_bytes(8) : alloc_zeroed(2, 4);

			if ((p == NULL) != (i == n))
				fail_msg("allocation %lu of %lu", i, n);
			free(p);
		}
		assert_int_equal(alloc_count(), 6);
	}
	alloc_fail_at(0);
	for (int i = 0; i < 10; i++) {
		char *p = alloc_strdup("x");

		assert_string_equal(p, "x");
		free(p);
	}
}

static void a_failed_resize_leaves_the_old(void **state)
{
	char *p = alloc_strdup("abc"), *q;

	(void)state;
	alloc_fail_at(1);
	errno = 0;
	assert_null(alloc_resize(p, 100));
	assert_int_equal(errno, ENOMEM);
	alloc_fail_at(0);
	assert_string_equal(p, "abc");
	q = alloc_resize(p, 100);
	assert_string_equal(q, "abc");
	free(q);
}

static void room_is_made_when_it_is_needed(void **state)
{
	int *p = NULL, *q;
	size_t room = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		p = alloc_room(p, &room, i + 1, sizeof *p);
		assert_non_null(p);
		assert_true(room > i);
		p[i] = (int)i;
	}
	q = alloc_room(p, &room, room, sizeof *p);
	assert_ptr_equal(q, p);
	alloc_fail_at(1);
	assert_null(alloc_room(p, &room, room + 1, sizeof *p));
	alloc_fail_at(0);
	assert_null(alloc_room(p, &room, SIZE_MAX / 2, sizeof *p));
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(p[i], i);
	q = alloc_room(p, &room, 5000, sizeof *p);
	assert_non_null(q);
	assert_int_equal(room, 5000);
	free(q);
}

static void nothing_is_something(void **state)
{
	void *p[] = { alloc_bytes(0), alloc_zeroed(0, 8), alloc_zeroed(8, 0), alloc_resize(NULL, 0) };

	(void)state;
	for (size_t i = 0; i < COUNT(p); i++) {
		if (p[i] == NULL)
			fail_msg("row %zu", i);
		free(p[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nth_fails_and_only_that),
		cmocka_unit_test(a_failed_resize_leaves_the_old),
		cmocka_unit_test(room_is_made_when_it_is_needed),
		cmocka_unit_test(nothing_is_something),
	};

	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
