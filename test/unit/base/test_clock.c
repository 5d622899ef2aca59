/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/clock.h"

static void times_are_printed_and_read_back(void **state)
{
	static const struct { int64_t when; const char *text; } rows[] = {
		{ 0, "1970-01-01T00:00:00Z" }, { 1772359200, "2026-03-01T10:00:00Z" }, { 951782400, "2000-02-29T00:00:00Z" },
		{ 1709164799, "2024-02-28T23:59:59Z" }, { 1709164800, "2024-02-29T00:00:00Z" }, { 4102444800, "2100-01-01T00:00:00Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" }, { 4107542400, "2100-03-01T00:00:00Z" }, { -1, "1969-12-31T23:59:59Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[CLOCK_TEXT];
		int64_t back = 0;

		if (strcmp(clock_text(rows[i].when, text), rows[i].text) != 0)
			fail_msg("row %zu: %s", i, text);
		if (!clock_parse(slice_of(rows[i].text), &back) || back != rows[i].when)
			fail_msg("row %zu: %lld", i, (long long)back);
	}
}

static void years_beyond_printing_are_unknown(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	assert_string_equal(clock_text(INT64_MAX, text), "unknown");
	assert_string_equal(clock_text(INT64_C(400000000000), text), "unknown");
}

static void other_spellings_are_read(void **state)
{
	static const struct { const char *text; int64_t when; } rows[] = {
		{ "2026-03-01", 1772323200 }, { "@0", 0 }, { "@1767225600", 1767225600 }, { "2024-02-29", 1709164800 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = -5;

		if (!clock_parse(slice_of(rows[i].text), &got) || got != rows[i].when)
			fail_msg("row %zu: %lld", i, (long long)got);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const rows[] = { "", "now", "2026", "2026-03", "2026-13-01", "2026-03-32", "2026-03-01T10:00:00", "2026-03-01T25:00:00Z",
		"2026-03-01 10:00:00Z", "2026-03-01T10:00:00Zx", "@", "@-1", "@12x", "@9999999999999999", "1767225600", "2023-02-29", "2026-02-30",
		"2100-02-29", "2026-04-31T00:00:00Z" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = 0;

		if (clock_parse(slice_of(rows[i]), &got))
			fail_msg("row %zu: \"%s\" was read as %lld", i, rows[i], (long long)got);
	}
}

static void spans_are_read(void **state)
{
	static const struct { const char *text; int64_t seconds; } rows[] = {
		{ "90", 90 }, { "90s", 90 }, { "15m", 900 }, { "12h", 43200 }, { "30d", 2592000 }, { "4w", 2419200 }, { "0", 0 }, { "0s", 0 },
		{ "999999999", 999999999 }, { "999999999w", INT64_C(999999999) * 604800 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = -1;

		if (!clock_parse_span(slice_of(rows[i].text), &got) || got != rows[i].seconds)
			fail_msg("row %zu: %lld", i, (long long)got);
	}
}

static void what_is_no_span_is_refused(void **state)
{
	static const char *const rows[] = { "", "s", "m", "-1", "+1", "1.5h", "1 h", " 1", "1y", "1hh", "h1", "1234567890", "0x10", "1M" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = 0;

		if (clock_parse_span(slice_of(rows[i]), &got))
			fail_msg("row %zu: \"%s\" was read as %lld", i, rows[i], (long long)got);
	}
}

static void clocks_run(void **state)
{
	int64_t wall = clock_wall(), mono = clock_mono_us();

	(void)state;
	clock_sleep_ms(20);
	assert_true(clock_mono_us() - mono >= 19000);
	assert_true(clock_wall() >= wall && wall > 1700000000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_printed_and_read_back),
		cmocka_unit_test(years_beyond_printing_are_unknown),
		cmocka_unit_test(other_spellings_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(spans_are_read),
		cmocka_unit_test(what_is_no_span_is_refused),
		cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
