/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/relation.h"

enum { PARTY = 7, ANN = 9 };
#define DAY INT64_C(86400)
#define NOW INT64_C(1773057600)

static const struct memory_policy policy = { .answered = 180 * DAY, .introduced = 90 * DAY, .correspondent = 400 * DAY };

/* A sign so many days ago; -1: never. */
struct signs {
	int written, replied, introduced;
	int set_level, set_at, set_until;       /* by an administrator, for her */
	int all_level, all_at, all_until;       /* for all of us */
};

static void merge(struct record *r, struct store_change c)
{
	record_merge(&record_relation, r, &c.delta);
}

static struct relation read_signs(const struct signs *s, int64_t now)
{
	struct record own = { 0 }, all = { 0 };

	if (s->written >= 0)
		merge(&own, relation_written(PARTY, ANN, NOW - s->written * DAY));
	if (s->replied >= 0)
		merge(&own, relation_replied(PARTY, ANN, NOW - s->replied * DAY));
	if (s->introduced >= 0)
		merge(&own, relation_introduced(PARTY, ANN, NOW - s->introduced * DAY));
	if (s->set_at >= 0)
		merge(&own, relation_set(PARTY, ANN, (enum relation_level)s->set_level,
		    s->set_until == 0 ? 0 : NOW + s->set_until * DAY, NOW - s->set_at * DAY));
	if (s->all_at >= 0)
		merge(&all, relation_set(PARTY, 0, (enum relation_level)s->all_level,
		    s->all_until == 0 ? 0 : NOW + s->all_until * DAY, NOW - s->all_at * DAY));
	return relation_read(&own, s->all_at >= 0 ? &all : NULL, &policy, now);
}

#define NOBODY -1, -1, -1
#define UNSET 0, -1, 0

static void signs_make_a_level(void **state)
{
	static const struct { struct signs signs; enum relation_level want; int64_t since; } rows[] = {
		{ { NOBODY, UNSET, UNSET }, RELATION_STRANGER, 0 },
		{ { 0, -1, -1, UNSET, UNSET }, RELATION_ANSWERED, NOW },
		{ { 179, -1, -1, UNSET, UNSET }, RELATION_ANSWERED, NOW - 179 * DAY },
		{ { 180, -1, -1, UNSET, UNSET }, RELATION_STRANGER, 0 },
		{ { -1, 1, -1, UNSET, UNSET }, RELATION_STRANGER, 0 },
		{ { 300, 299, -1, UNSET, UNSET }, RELATION_CORRESPONDENT, NOW - 300 * DAY },
		{ { 500, 399, -1, UNSET, UNSET }, RELATION_CORRESPONDENT, NOW - 500 * DAY },
		{ { 500, 400, -1, UNSET, UNSET }, RELATION_STRANGER, 0 },
		{ { -1, -1, 89, UNSET, UNSET }, RELATION_INTRODUCED, NOW - 89 * DAY },
		{ { -1, -1, 90, UNSET, UNSET }, RELATION_STRANGER, 0 },
		{ { 10, -1, 20, UNSET, UNSET }, RELATION_INTRODUCED, NOW - 20 * DAY },
		{ { NOBODY, RELATION_CONTRACT, 5, 0, UNSET }, RELATION_CONTRACT, NOW - 5 * DAY },
		{ { NOBODY, RELATION_CONTRACT, 5, 1, UNSET }, RELATION_CONTRACT, NOW - 5 * DAY },
		{ { NOBODY, RELATION_CONTRACT, 5, -1, UNSET }, RELATION_STRANGER, 0 },
		{ { NOBODY, UNSET, RELATION_CONTRACT, 8, 0 }, RELATION_CONTRACT, NOW - 8 * DAY },
		{ { NOBODY, UNSET, RELATION_CONTRACT, 8, -1 }, RELATION_STRANGER, 0 },
		/* her own word counts more than the one for all */
		{ { NOBODY, RELATION_ANSWERED, 5, 0, RELATION_CONTRACT, 8, 0 }, RELATION_ANSWERED, NOW - 5 * DAY },
		/* "stranger" ends what was before, and not what comes after */
		{ { 10, 9, -1, RELATION_STRANGER, 5, 0, UNSET }, RELATION_STRANGER, 0 },
		{ { 3, 9, -1, RELATION_STRANGER, 5, 0, UNSET }, RELATION_ANSWERED, NOW - 9 * DAY },
		{ { 10, -1, -1, UNSET, RELATION_STRANGER, 5, 0 }, RELATION_STRANGER, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct relation r = read_signs(&rows[i].signs, NOW);

		if (r.level != rows[i].want || r.since != rows[i].since)
			fail_msg("row %zu: %s since %lld", i, relation_level_name(r.level), (long long)r.since);
	}
}

static void a_confirmation_is_no_relationship(void **state)
{
	struct record own = { 0 };
	struct relation r;

	(void)state;
	merge(&own, relation_consented(PARTY, ANN, NOW));
	merge(&own, relation_triggered(PARTY, ANN, SLICE("An older paper"), NOW - DAY));
	merge(&own, relation_triggered(PARTY, ANN, SLICE("Der Zustand der Kaltakquise im Jahr 2026, \xC3\xBC" "berarbeitet"), NOW));
	r = relation_read(&own, NULL, &policy, NOW);
	assert_int_equal(r.level, RELATION_STRANGER);
	assert_true(r.consent_at == NOW && r.trigger_at == NOW && r.since == 0);
	assert_string_equal(r.document, "Der Zustand der Kaltakquise im Jahr 2026, \xC3\xBC" "bera");
}

static void nobody_is_nobody(void **state)
{
	struct relation r = relation_read(NULL, NULL, &policy, NOW);

	(void)state;
	assert_int_equal(r.level, RELATION_STRANGER);
	assert_string_equal(r.document, "");
}

static void names_are_read_back(void **state)
{
	(void)state;
	for (int l = 0; l < RELATION_LEVELS; l++)
		assert_int_equal(relation_level_read(slice_of(relation_level_name((enum relation_level)l))), l);
	assert_int_equal(relation_level_read(SLICE("friend")), RELATION_LEVELS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_make_a_level),
		cmocka_unit_test(a_confirmation_is_no_relationship),
		cmocka_unit_test(nobody_is_nobody),
		cmocka_unit_test(names_are_read_back),
	};

	return cmocka_run_group_tests_name("relation", tests, NULL, NULL);
}
