/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

static void thresholds_make_verdicts(void **state)
{
	static const struct { struct thresholds t; int score; bool null; enum verdict_kind want; } rows[] = {
		{ { { 0, 50, 70, 90 } }, 0, false, VERDICT_PASS }, { { { 0, 50, 70, 90 } }, 49, false, VERDICT_PASS },
		{ { { 0, 50, 70, 90 } }, 50, false, VERDICT_TAG }, { { { 0, 50, 70, 90 } }, 69, false, VERDICT_TAG },
		{ { { 0, 50, 70, 90 } }, 70, false, VERDICT_QUARANTINE }, { { { 0, 50, 70, 90 } }, 89, false, VERDICT_QUARANTINE },
		{ { { 0, 50, 70, 90 } }, 90, false, VERDICT_REJECT }, { { { 0, 50, 70, 90 } }, 100, false, VERDICT_REJECT },
		{ { { 0, NEVER, NEVER, NEVER } }, 100, false, VERDICT_PASS }, { { { 0, 50, NEVER, NEVER } }, 100, false, VERDICT_TAG },
		{ { { 0, NEVER, NEVER, 90 } }, 100, false, VERDICT_REJECT }, { { { 0, NEVER, 60, NEVER } }, 59, false, VERDICT_PASS },
		/* bounces are never held or refused */
		{ { { 0, 50, 70, 90 } }, 100, true, VERDICT_TAG }, { { { 0, 50, 70, 90 } }, 75, true, VERDICT_TAG },
		{ { { 0, 50, 70, 90 } }, 10, true, VERDICT_PASS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (verdict_for(&rows[i].t, rows[i].score, rows[i].null) != rows[i].want)
			fail_msg("row %zu", i);
}

static const char policy_text[] =
	"platforms: platforms\nverdicts: {tag: 50, quarantine: 70, reject: 90}\n"
	"rules:\n"
	"  - {id: machine, when: {platform.category: sales-engagement}, points: 75, says: x}\n"
	"  - {id: board, when: {recipient.class: board}, points: 20, says: y}\n"
	"classes:\n"
	"  board: {recipients: '*@board.example'}\n"
	"  calm: {recipients: '*@calm.example', verdicts: {tag: 90, quarantine: never, reject: never}}\n"
	"  trial: {recipients: '*@trial.example', mode: shadow}\n";

struct fixture {
	char *dir;
	struct policy *policy;
	struct arena arena;
	struct mail_limits limits;
	struct peer peer;
	struct facts facts;
	struct evidence evidence;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = { 0 };

	f->dir = folder_make();
	house_platforms(f->dir);
	assert_ok(policy_compile(file_make(f->dir, "p.yaml", policy_text), &f->policy, &e), e);
	arena_init(&f->arena, 4096, 1 << 20);
	f->limits = mail_limits_default();
	facts_text(&f->facts, FACT_PLATFORM_CATEGORY, SLICE("sales-engagement"));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	policy_free(f->policy);
	folder_remove(f->dir);
	free(f);
	return 0;
}

static struct decision decide_for(struct fixture *f, const char *sender, const char *recipients)
{
	struct txn *t = txn_begin(&f->arena, &f->limits, &f->peer, slice_of(sender), HOUSE_NOW);
	struct slice rest = slice_of(recipients);
	struct decision d;
	struct err e = { 0 };

	while (rest.n > 0)
		txn_recipient(t, slice_cut(&rest, ' '));
	assert_ok(decide(&(struct decide_in){ f->policy, t, &f->facts, &f->evidence, NULL, "id" }, &f->arena, &d, &e), e);
	return d;
}

static void the_mildest_recipient_decides(void **state)
{
	static const struct { const char *sender, *recipients; enum verdict_kind want; int score; bool shadow; } rows[] = {
		{ "<a@b.example>", "<x@c.example>", VERDICT_QUARANTINE, 75, false },
		{ "<a@b.example>", "<x@board.example>", VERDICT_REJECT, 95, false },
		{ "<a@b.example>", "<x@board.example> <y@board.example>", VERDICT_REJECT, 95, false },
		{ "<a@b.example>", "<x@board.example> <x@c.example>", VERDICT_QUARANTINE, 75, false },
		{ "<a@b.example>", "<x@c.example> <x@board.example>", VERDICT_QUARANTINE, 75, false },
		{ "<a@b.example>", "<x@board.example> <x@calm.example> <x@c.example>", VERDICT_PASS, 75, false },
		{ "<a@b.example>", "<x@board.example> <postmaster@c.example>", VERDICT_PASS, 75, false },
		{ "<a@b.example>", "<abuse@board.example>", VERDICT_PASS, 95, false },
		{ "<a@b.example>", "<x@trial.example>", VERDICT_QUARANTINE, 75, true },
		{ "<a@b.example>", "<x@trial.example> <x@c.example>", VERDICT_QUARANTINE, 75, true },
		{ "<a@b.example>", "", VERDICT_QUARANTINE, 75, false },
		{ "<>", "<x@board.example>", VERDICT_TAG, 95, false },
		{ "<>", "<x@c.example>", VERDICT_TAG, 75, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct decision d = decide_for(*state, rows[i].sender, rows[i].recipients);

		if (d.verdict != rows[i].want || d.score->total != rows[i].score || d.shadow != rows[i].shadow)
			fail_msg("row %zu: %s, %d, %d", i, verdict_name(d.verdict), d.score->total, d.shadow);
	}
}

static void each_recipient_has_a_verdict(void **state)
{
	struct decision d = decide_for(*state, "<a@b.example>", "<x@board.example> <x@calm.example> <abuse@c.example> <y@board.example>");

	assert_int_equal(d.count, 4);
	assert_int_equal(d.recipients[0].verdict, VERDICT_REJECT);
	assert_slice(d.recipients[0].class->name, "board");
	assert_int_equal(d.recipients[1].verdict, VERDICT_PASS);
	assert_false(d.recipients[1].never_filtered);
	assert_true(d.recipients[2].never_filtered);
	assert_null(d.recipients[2].class);
	assert_int_equal(d.recipients[0].score, d.recipients[3].score);
	assert_int_not_equal(d.recipients[0].score, d.recipients[1].score);
}

static void the_facts_are_those_of_the_one_who_decides(void **state)
{
	struct decision d = decide_for(*state, "<a@b.example>", "<x@board.example> <x@calm.example>");

	assert_slice(d.facts->at[FACT_RECIPIENT_CLASS].text, "calm");
	assert_false(((struct fixture *)*state)->facts.at[FACT_RECIPIENT_CLASS].present);
}

static void without_memory_it_fails(void **state)
{
	struct fixture *f = *state;
	struct txn *t = txn_begin(&f->arena, &f->limits, &f->peer, SLICE("<a@b.example>"), HOUSE_NOW);
	size_t limit = 64;
	int rc = E_LIMIT;

	txn_recipient(t, SLICE("<x@board.example>"));
	for (; rc < 0 && limit < 1 << 20; limit += 256) {
		struct arena small;
		struct decision d;
		struct err e = { 0 };

		arena_init(&small, 64, limit);
		rc = decide(&(struct decide_in){ f->policy, t, &f->facts, &f->evidence, NULL, "id" }, &small, &d, &e);
		if (rc < 0 && (rc != E_LIMIT || e.text[0] == '\0'))
			fail_msg("%zu bytes: %d %s", limit, rc, e.text);
		arena_done(&small);
	}
	assert_int_equal(rc, E_OK);
	assert_true(limit > 1000);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(thresholds_make_verdicts),
		IN(the_mildest_recipient_decides),
		IN(each_recipient_has_a_verdict),
		IN(the_facts_are_those_of_the_one_who_decides),
		IN(without_memory_it_fails),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
