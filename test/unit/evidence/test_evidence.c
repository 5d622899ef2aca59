/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

static void detectors_are_described_and_distinct(void **state)
{
	(void)state;
	assert_true(detectors_count >= 5);
	for (size_t i = 0; i < detectors_count; i++) {
		assert_true(detectors[i]->id[0] != '\0' && detectors[i]->summary[0] != '\0' && detectors[i]->run != NULL);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(detectors[i]->id, detectors[k]->id);
	}
}

static void a_plain_letter_shows_nothing_but_its_sender(void **state)
{
	static const struct letter l = { .headers = "From: a@acme.example\nSubject: Lunch?\n", .body = "At one?\r\n" };
	struct observed *o = observe(*state, &l);

	assert_int_equal(o->evidence.platforms_count, 0);
	assert_int_equal(o->evidence.limits_hit, 0);
	assert_int_equal(o->evidence.count, 1);
	assert_string_equal(o->evidence.findings[0].detector, "organisation");
}

static void findings_beyond_the_room_are_lost_without_harm(void **state)
{
	struct scene *s = *state;
	struct finding f = { .detector = "x", .quote = SLICE("q") };
	struct evidence e;

	evidence_init(&e, &s->arena);
	for (int i = 0; i < 5000; i++)
		evidence_add(&e, &f);
	assert_in_range(e.count, 100, 1000);
}

static void without_memory_findings_are_lost(void **state)
{
	struct finding f = { .detector = "x" };
	struct arena small;
	struct evidence e;

	(void)state;
	arena_init(&small, 16, 16);
	evidence_init(&e, &small);
	evidence_add(&e, &f);
	assert_int_equal(e.count, 0);
	arena_done(&small);
}

static void many_links_are_looked_at_in_bounded_time(void **state)
{
	static char body[200000];
	static const struct letter l = { .headers = "Content-Type: text/html\n", .body = body };
	int64_t begun = mono_ms();
	size_t n = 0;
	struct observed *o;

	for (int i = 0; i < 1500; i++)
		n += (size_t)snprintf(body + n, sizeof body - n, "<a href=\"http://h%d.seller.example/seller/%d\">x</a>", i, i);
	o = observe(*state, &l);
	assert_true(fact_reads(o, FACT_PLATFORM_ID, "seller"));
	assert_true(mono_ms() - begun < 5000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(detectors_are_described_and_distinct),
		IN_SCENE(a_plain_letter_shows_nothing_but_its_sender),
		IN_SCENE(findings_beyond_the_room_are_lost_without_harm),
		cmocka_unit_test(without_memory_findings_are_lost),
		IN_SCENE(many_links_are_looked_at_in_bounded_time),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
