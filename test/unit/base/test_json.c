/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <jansson.h>
#include <math.h>

#include "antisales/base/json.h"

static const char *print(json *v, struct buf *b)
{
	buf_init(b, 1 << 20);
	assert_true(json_print(v, b));
	json_free(v);
	return buf_cstr(b);
}

static void values_are_printed_on_one_line(void **state)
{
	json *map = json_map(), *list = json_list();
	struct buf b;

	(void)state;
	json_put(map, "z", json_of_int(INT64_MIN));
	json_put(map, "a", json_of_bool(true));
	json_add(list, json_of_text(SLICE("x\n\"y\"")));
	json_add(list, json_of_text((struct slice){ 0 }));
	json_add(list, json_of_text(SLICE("")));
	json_put(map, "l", list);
	json_put(map, "r", json_of_real(0.25));
	assert_string_equal(print(map, &b), "{\"z\":-9223372036854775808,\"a\":true,\"l\":[\"x\\n\\\"y\\\"\",null,\"\"],\"r\":0.25}");
	buf_done(&b);
}

static void no_number_is_null(void **state)
{
	static const double rows[] = { (double)NAN, (double)INFINITY, -(double)INFINITY };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		assert_string_equal(print(json_of_real(rows[i]), &b), "null");
		buf_done(&b);
	}
}

static void bad_utf8_is_replaced(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "caf\xc3\xa9", "caf\xc3\xa9" }, { "a\xffz", "a\xef\xbf\xbdz" }, { "\xc3", "\xef\xbf\xbd" }, { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" }, { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" }, { "\x80", "\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;
		json_t *back;

		back = json_loads(print(json_of_text(slice_of(rows[i].in)), &b), JSON_DECODE_ANY, NULL);
		if (back == NULL || strcmp(json_string_value(back), rows[i].out) != 0)
			fail_msg("row %zu: %s", i, buf_cstr(&b));
		json_decref(back);
		buf_done(&b);
	}
}

static void any_bytes_make_valid_json(void **state)
{
	struct rng r = { 17 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		char bytes[64];
		size_t n = rng_below(&r, sizeof bytes);
		json *map = json_map();
		struct buf b;
		json_t *back;

		rng_bytes(&r, bytes, n);
		for (size_t k = 0; k < n; k++)
			if (rng_below(&r, 3) == 0)
				bytes[k] = (char)(0xc0 | (bytes[k] & 0x3f));
		json_put(map, "v", json_of_text((struct slice){ bytes, n }));
		back = json_loads(print(map, &b), JSON_ALLOW_NUL, NULL);
		if (back == NULL || strchr(buf_cstr(&b), '\n') != NULL)
			fail_msg("text %zu: %s", i, buf_cstr(&b));
		json_decref(back);
		buf_done(&b);
	}
}

static void a_cut_line_is_no_line(void **state)
{
	json *v = json_of_text(SLICE("0123456789"));
	struct buf b;

	(void)state;
	buf_init(&b, 11);
	assert_false(json_print(v, &b));
	buf_done(&b);
	buf_init(&b, 12);
	assert_true(json_print(v, &b));
	buf_done(&b);
	json_free(v);
}

static void nothing_is_accepted_everywhere(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	json_put(NULL, "k", json_of_int(1));
	json_add(NULL, json_of_int(1));
	assert_false(json_print(NULL, &b));
	json_free(NULL);
	buf_done(&b);
}

static void what_was_read_is_found(void **state)
{
	json *map = json_parse(SLICE("{\"a\":{\"l\":[7,\"x\\u0000y\"]},\"t\":true}"));
	const json *list = json_get(json_get(map, "a"), "l");

	(void)state;
	assert_int_equal(json_count(list), 2);
	assert_int_equal(json_int(json_at(list, 0)), 7);
	assert_int_equal(json_text(json_at(list, 1)).n, 3);
	assert_null(json_text(json_at(list, 0)).p);
	assert_int_equal(json_int(json_get(map, "t")), 0);
	assert_null(json_at(list, 2));
	assert_null(json_get(json_get(list, "a"), "b"));
	assert_int_equal(json_count(NULL), 0);
	json_free(map);
}

static void what_is_no_json_is_none(void **state)
{
	static const char *const rows[] = { "", "{", "{}x", "{\"a\":1,\"a\":2}", "nope", "\"\xFF\"" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (json_parse(slice_of(rows[i])) != NULL)
			fail_msg("row %zu", i);
	assert_null(json_parse((struct slice){ 0 }));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_printed_on_one_line),
		cmocka_unit_test(no_number_is_null),
		cmocka_unit_test(bad_utf8_is_replaced),
		cmocka_unit_test(any_bytes_make_valid_json),
		cmocka_unit_test(what_was_read_is_found),
		cmocka_unit_test(what_is_no_json_is_none),
		cmocka_unit_test(a_cut_line_is_no_line),
		cmocka_unit_test(nothing_is_accepted_everywhere),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
