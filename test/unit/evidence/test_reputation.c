/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

static struct facts with_history(struct scene *s, const struct history *h, struct evidence *e)
{
	static const struct letter l = { .headers = "From: a@acme.example\n" };
	struct observed *o = observe(s, &l);
	struct detect_in in = { .txn = o->txn, .policy = s->policy, .history = h, .facts = &o->facts };
	struct err err = { 0 };

	evidence_init(e, &s->arena);
	assert_ok(evidence_collect(DETECT_HISTORY, &in, e, &err), err);
	return o->facts;
}

static void a_known_organisation_is_told(void **state)
{
	static const struct history h = { .available = true, .has_org = true, .reputation = { true, 12, 30, 80, 60 } };
	struct evidence e;
	struct facts f = with_history(*state, &h, &e);

	assert_true(facts_is(&f, FACT_HISTORY_AVAILABLE));
	assert_true(facts_is(&f, FACT_REPUTATION_KNOWN));
	assert_true(f.at[FACT_REPUTATION_MAILS].number == 12);
	assert_true(f.at[FACT_REPUTATION_DAYS].number == 30);
	assert_true(f.at[FACT_REPUTATION_SALES].number == 80);
	assert_true(f.at[FACT_REPUTATION_CONFIDENCE].number == 60);
	assert_slice(f.at[FACT_RELATIONSHIP_LEVEL].text, "stranger");
	assert_int_equal(e.count, 1);
	assert_string_equal(e.findings[0].detector, "reputation");
	assert_slice(e.findings[0].where, "history");
}

static void an_unknown_one_has_no_figures(void **state)
{
	static const struct history h = { .available = true, .has_org = true };
	struct evidence e;
	struct facts f = with_history(*state, &h, &e);

	assert_true(f.at[FACT_REPUTATION_KNOWN].present && f.at[FACT_REPUTATION_KNOWN].number == 0);
	assert_false(f.at[FACT_REPUTATION_SALES].present || f.at[FACT_REPUTATION_CONFIDENCE].present);
	assert_int_equal(e.count, 0);
}

static void without_a_store_nothing_is_claimed(void **state)
{
	static const struct history h = { .available = false, .has_org = true };
	struct evidence e;
	struct facts f = with_history(*state, &h, &e);

	assert_true(f.at[FACT_HISTORY_AVAILABLE].present && f.at[FACT_HISTORY_AVAILABLE].number == 0);
	assert_false(f.at[FACT_REPUTATION_KNOWN].present);
	assert_slice(f.at[FACT_RELATIONSHIP_LEVEL].text, "stranger");
}

static void without_an_organisation_neither(void **state)
{
	static const struct history h = { .available = true };
	struct evidence e;
	struct facts f = with_history(*state, &h, &e);

	assert_true(facts_is(&f, FACT_HISTORY_AVAILABLE));
	assert_false(f.at[FACT_REPUTATION_KNOWN].present);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(a_known_organisation_is_told),
		IN_SCENE(an_unknown_one_has_no_figures),
		IN_SCENE(without_a_store_nothing_is_claimed),
		IN_SCENE(without_an_organisation_neither),
	};

	return cmocka_run_group_tests_name("reputation", tests, NULL, NULL);
}
