/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/base/clock.h"
#include "antisales/policy/policy.h"

/* The clock of an opt-out: spans, business days, holidays, zones, the hour that is not there, the day that seldom is. */

static struct policy *policy_of(const char *dir, const char *lines)
{
	char text[2048];
	struct policy *p = NULL;
	struct err e = { 0 };

	snprintf(text, sizeof text, "platforms: platforms\n%s", lines);
	house_platforms(dir);
	assert_ok(policy_compile(file_make(dir, "p.yaml", text), &p, &e), e);
	return p;
}

static int64_t at(const char *text)
{
	int64_t when = 0;

	if (!clock_parse(slice_of(text), &when))
		fail_msg("%s is no time", text);
	return when;
}

static void time_is_over_when_the_policy_says(void **state)
{
	static const struct { const char *zone, *lines, *since, *want; } rows[] = {
		{ "UTC", "", "2026-03-02T10:00:00Z", "2026-03-04T10:00:00Z" },
		{ "UTC", "optout: {within: 12h}\n", "2026-03-02T10:00:00Z", "2026-03-02T22:00:00Z" },
		{ "UTC", "optout: {within: 2d}\n", "2028-02-27T10:00:00Z", "2028-02-29T10:00:00Z" },
		/* a Monday, a Friday, a Saturday, a Sunday */
		{ "UTC", "optout: {within: 1 business days}\n", "2026-03-02T10:00:00Z", "2026-03-04T00:00:00Z" },
		{ "UTC", "optout: {within: 1 business days}\n", "2026-03-06T10:00:00Z", "2026-03-10T00:00:00Z" },
		{ "UTC", "optout: {within: 1 business days}\n", "2026-03-07T10:00:00Z", "2026-03-10T00:00:00Z" },
		{ "UTC", "optout: {within: 1 business days}\n", "2026-03-08T10:00:00Z", "2026-03-10T00:00:00Z" },
		{ "UTC", "optout: {within: 10 business days}\n", "2026-03-02T10:00:00Z", "2026-03-17T00:00:00Z" },
		{ "UTC", "optout: {within: 10 business days, holidays: [2026-12-25, 2026-12-26, 2027-01-01]}\n", "2026-12-18T10:00:00Z",
		    "2027-01-06T00:00:00Z" },
		{ "UTC", "optout: {within: 2 business days, holidays: holidays.yaml}\n", "2026-12-23T10:00:00Z", "2026-12-30T00:00:00Z" },
		{ "UTC", "optout: {within: 2 business days}\n", "2028-02-28T10:00:00Z", "2028-03-02T00:00:00Z" },
		/* late in the evening here is the next day there */
		{ "Europe/Berlin", "optout: {within: 1 business days}\n", "2026-03-02T22:30:00Z", "2026-03-03T23:00:00Z" },
		{ "Europe/Berlin", "optout: {within: 1 business days}\n", "2026-03-02T23:30:00Z", "2026-03-04T23:00:00Z" },
		{ "America/Los_Angeles", "optout: {within: 1 business days}\n", "2026-03-03T03:00:00Z", "2026-03-04T08:00:00Z" },
		{ "Pacific/Auckland", "optout: {within: 1 business days}\n", "2026-03-05T12:00:00Z", "2026-03-09T11:00:00Z" },
		/* summer time begins on 2026-03-29 and ends on 2026-10-25 */
		{ "Europe/Berlin", "optout: {within: 1 business days}\n", "2026-03-27T10:00:00Z", "2026-03-30T22:00:00Z" },
		{ "Europe/Berlin", "optout: {within: 1 business days}\n", "2026-10-23T10:00:00Z", "2026-10-26T23:00:00Z" },
		{ "Europe/Berlin", "optout: {within: 2d}\n", "2026-03-28T10:00:00Z", "2026-03-30T10:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *dir = folder_make(), got[CLOCK_TEXT];
		struct policy *p;

		assert_true(clock_zone(rows[i].zone));
		file_make(dir, "holidays.yaml", "- 2026-12-25\n- 2026-12-26\n- 2026-12-28\n");
		p = policy_of(dir, rows[i].lines);
		if (strcmp(clock_text(optout_deadline(&p->optout, at(rows[i].since)), got), rows[i].want) != 0)
			fail_msg("row %zu: %s", i, got);
		policy_free(p);
		folder_remove(dir);
	}
	assert_true(clock_zone("UTC"));
}

static void mistakes_have_a_place(void **state)
{
	static const struct { const char *lines, *want; } rows[] = {
		{ "optout: {within: soon}\n", ":2:18: " }, { "optout: {within: 0 business days}\n", ":2:18: 1 to 366 business days" },
		{ "optout: {within: 9999 business days}\n", ":2:18: 1 to 366 business days" },
		{ "optout: {within: x business days}\n", ":2:18: 1 to 366 business days" },
		{ "optout: {holidays: [2026-13-01]}\n", "\"2026-13-01\" is no day" }, { "optout: {holidays: [christmas]}\n", "is no day" },
		{ "optout: {holidays: none.yaml}\n", ":2:20: " }, { "optout: {wihtin: 2d}\n", "did you mean \"within\"" },
		{ "refusals: {text: [no]}\n", "did you mean \"texts\"" }, { "refusals: none.yaml\n", ":2:11: " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *dir = folder_make(), text[512];
		struct policy *p = NULL;
		struct err e = { 0 };

		house_platforms(dir);
		snprintf(text, sizeof text, "platforms: platforms\n%s", rows[i].lines);
		if (policy_compile(file_make(dir, "p.yaml", text), &p, &e) >= 0 || strstr(e.text, rows[i].want) == NULL)
			fail_msg("row %zu: %s", i, e.text);
		folder_remove(dir);
	}
}

static void a_zone_that_does_not_exist_is_refused(void **state)
{
	(void)state;
	assert_false(clock_zone("Europe/Atlantis"));
	assert_false(clock_zone("../../etc/passwd"));
	assert_true(clock_zone("UTC"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_over_when_the_policy_says),
		cmocka_unit_test(mistakes_have_a_place),
		cmocka_unit_test(a_zone_that_does_not_exist_is_refused),
	};

	return cmocka_run_group_tests_name("optout", tests, NULL, NULL);
}
