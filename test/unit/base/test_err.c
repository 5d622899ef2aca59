/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <sysexits.h>

static void it_holds_code_text_and_place(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, E_LIMIT, "%d of %s", 3, "x"), E_LIMIT);
	assert_int_equal(e.code, E_LIMIT);
	assert_string_equal(e.text, "3 of x");
	assert_int_equal(err_at(&e, 4, 5, "here"), E_SYNTAX);
	assert_true(e.line == 4 && e.column == 5 && e.code == E_SYNTAX);
	err_set(&e, E_IO, "again");
	assert_int_equal(e.line, 0);
}

static void wrapping_puts_the_outer_step_in_front(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, E_BUSY, "inner");
	assert_int_equal(err_wrap(&e, "outer %d", 1), E_BUSY);
	assert_string_equal(e.text, "outer 1: inner");
}

static void nobody_need_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, E_NOMEM, "x"), E_NOMEM);
	assert_int_equal(err_at(NULL, 1, 1, "x"), E_SYNTAX);
	assert_int_equal(err_wrap(NULL, "x"), E_IO);
}

static void long_texts_are_cut(void **state)
{
	static char text[2000];
	struct err e = { 0 };

	(void)state;
	memset(text, 'x', sizeof text - 1);
	err_set(&e, E_IO, "%s", text);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	err_wrap(&e, "outer");
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_int_equal(strncmp(e.text, "outer: xxx", 10), 0);
	err_wrap(&e, "%s", text);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static void each_status_has_name_and_exit(void **state)
{
	static const struct { enum status s; int exit; } rows[] = {
		{ E_OK, EX_OK }, { E_NOMEM, EX_SOFTWARE }, { E_LIMIT, EX_SOFTWARE }, { E_SYNTAX, EX_DATAERR }, { E_IO, EX_IOERR },
		{ E_BUSY, EX_TEMPFAIL }, { E_UNSURE, EX_SOFTWARE }, { E_ABSENT, EX_NOINPUT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (status_exit(rows[i].s) != rows[i].exit)
			fail_msg("row %zu: %d", i, status_exit(rows[i].s));
		assert_string_not_equal(status_name(rows[i].s), "unknown status");
	}
	assert_string_equal(status_name((enum status)-99), "unknown status");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_code_text_and_place),
		cmocka_unit_test(wrapping_puts_the_outer_step_in_front),
		cmocka_unit_test(nobody_need_listen),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(each_status_has_name_and_exit),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
