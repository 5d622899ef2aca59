/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

/* A decision made by hand, and the plan that carries it out. */

struct fixture {
	struct arena arena;
	struct policy policy;
	struct rule rule;
	struct hit hit;
	struct score score;
	struct facts facts;
	struct platform platform;
	struct recognised recognised;
	struct evidence evidence;
	struct txn txn;
	struct decision decision;
	struct foreign_headers foreign;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	arena_init(&f->arena, 4096, 1 << 20);
	f->policy.reject = (struct reply){ 550, SLICE("5.7.1"), SLICE("No sales mail here") };
	f->policy.headers_for_clean = true;
	f->rule.id = SLICE("machine");
	f->hit = (struct hit){ &f->rule, 60, SLICE("sent by Outreach"), true };
	f->score = (struct score){ &f->hit, 1, 60, 60, 60 };
	f->platform = (struct platform){ .id = SLICE("outreach"), .name = SLICE("Outreach"), .category = CATEGORY_SALES_ENGAGEMENT };
	f->recognised = (struct recognised){ .platform = &f->platform, .proof = PROOF_CERTAIN };
	f->evidence = (struct evidence){ .platforms = &f->recognised, .platforms_count = 1 };
	f->txn.arena = &f->arena;
	f->decision = (struct decision){ .policy = &f->policy, .txn = &f->txn, .facts = &f->facts, .evidence = &f->evidence,
		.score = &f->score, .verdict = VERDICT_TAG, .id = "abc" };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f);
	return 0;
}

/* The recorder's lines of the plan; *rejects tells of a refusal. */
static const char *carried_out(struct fixture *f, bool *rejects)
{
	static char lines[16384];
	struct mta_record r;
	struct plan p;
	struct buf out;
	struct err e = { 0 };

	assert_ok(plan_build(&f->decision, &f->foreign, &f->arena, &p, &e), e);
	buf_init(&out, sizeof lines - 1);
	mta_record_init(&r, &out, NULL);
	assert_ok(plan_apply(&p, &r.mta, &e), e);
	snprintf(lines, sizeof lines, "%s", buf_cstr(&out));
	buf_done(&out);
	*rejects = p.reject;
	return lines;
}

#define OURS \
	"insert X-Anti-Sales-Id: abc\n" \
	"insert X-Anti-Sales-Why: machine=60\n" \
	"insert X-Anti-Sales-Platform: Outreach; category=sales-engagement; proof=certain\n" \
	"insert X-Anti-Sales-Verdict: tag\n" \
	"insert X-Anti-Sales-Score: 60\n" \
	"insert X-Anti-Sales: sales (60/100); sent by Outreach\n"

static void fields_go_in_from_the_last_to_the_first(void **state)
{
	bool rejects;

	assert_string_equal(carried_out(*state, &rejects), OURS);
	assert_false(rejects);
}

static void forged_fields_go_first_the_last_one_first(void **state)
{
	static const char *const names[] = { "X-Anti-Sales", "X-ANTI-SALES-Score", "x-anti-sales", "X-Anti-Sales-Foo", "X-aNTI-sales " };
	struct fixture *f = *state;
	bool rejects;

	for (size_t i = 0; i < COUNT(names); i++)
		foreign_note(&f->foreign, slice_of(names[i]));
	assert_string_equal(carried_out(f, &rejects),
	    "delete X-Anti-Sales 3\ndelete X-Anti-Sales 2\ndelete X-Anti-Sales 1\n"
	    "delete X-ANTI-SALES-Score 1\ndelete X-Anti-Sales-Foo 1\n" OURS);
}

static void ever_new_names_cannot_crowd_out_ours(void **state)
{
	struct fixture *f = *state;
	const char *lines;
	bool rejects;

	for (int i = 0; i < 1000; i++) {
		char name[64];

		snprintf(name, sizeof name, "X-Anti-Sales-%d", i);
		foreign_note(&f->foreign, slice_of(name));
	}
	for (size_t i = 0; header_our_name(i) != NULL; i++)
		foreign_note(&f->foreign, slice_of(header_our_name(i)));
	lines = carried_out(f, &rejects);
	for (size_t i = 0; header_our_name(i) != NULL; i++) {
		char line[80];

		snprintf(line, sizeof line, "delete %s 1\n", header_our_name(i));
		assert_contains(lines, line);
	}
	assert_true(f->foreign.lost > 900);
}

static void a_name_that_is_too_long_is_lost_and_counted(void **state)
{
	struct fixture *f = *state;
	char name[200] = "X-Anti-Sales-";

	memset(name + 13, 'x', sizeof name - 13);
	foreign_note(&f->foreign, (struct slice){ name, FOREIGN_NAME_BYTES });
	assert_int_equal(f->foreign.names, 0);
	assert_int_equal(f->foreign.lost, 1);
	foreign_note(&f->foreign, (struct slice){ name, FOREIGN_NAME_BYTES - 1 });
	assert_int_equal(f->foreign.names, 1);
}

static void a_refusal_is_a_reply_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	bool rejects;

	f->decision.verdict = VERDICT_REJECT;
	foreign_note(&f->foreign, SLICE("X-Anti-Sales"));
	assert_string_equal(carried_out(f, &rejects), "reply 550 5.7.1 No sales mail here (id abc)\n");
	assert_true(rejects);
}

static void a_held_mail_has_its_fields_and_is_held(void **state)
{
	struct fixture *f = *state;
	const char *lines;
	bool rejects;

	f->decision.verdict = VERDICT_QUARANTINE;
	lines = carried_out(f, &rejects);
	assert_contains(lines, "insert X-Anti-Sales-Verdict: quarantine\n");
	assert_string_equal(lines + strlen(lines) - strlen("quarantine X-Anti-Sales: score 60, id abc\n"),
	    "quarantine X-Anti-Sales: score 60, id abc\n");
	assert_false(rejects);
}

static void in_shadow_nothing_is_done(void **state)
{
	static const enum verdict_kind verdicts[] = { VERDICT_PASS, VERDICT_TAG, VERDICT_QUARANTINE, VERDICT_REJECT };
	struct fixture *f = *state;

	f->decision.shadow = true;
	foreign_note(&f->foreign, SLICE("X-Anti-Sales"));
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		bool rejects = true;

		f->decision.verdict = verdicts[i];
		assert_string_equal(carried_out(f, &rejects), "");
		assert_false(rejects);
	}
}

static void clean_mail_gets_one_line_or_none(void **state)
{
	struct fixture *f = *state;
	bool rejects;

	f->score = (struct score){ 0 };
	f->evidence.platforms_count = 0;
	f->decision.verdict = VERDICT_PASS;
	assert_string_equal(carried_out(f, &rejects), "insert X-Anti-Sales: no\n");
	f->policy.headers_for_clean = false;
	assert_string_equal(carried_out(f, &rejects), "");
	foreign_note(&f->foreign, SLICE("X-Anti-Sales"));
	assert_string_equal(carried_out(f, &rejects), "delete X-Anti-Sales 1\n");
}

static void what_passes_says_no_and_why(void **state)
{
	struct fixture *f = *state;
	bool rejects;

	f->decision.verdict = VERDICT_PASS;
	assert_contains(carried_out(f, &rejects), "insert X-Anti-Sales: no (60/100); sent by Outreach\n");
}

static void three_sentences_are_enough(void **state)
{
	struct fixture *f = *state;
	struct hit hits[6];
	bool rejects;

	for (size_t i = 0; i < COUNT(hits); i++)
		hits[i] = (struct hit){ &f->rule, i == 1 ? 0 : 10, SLICE("s"), true };
	f->score.hits = hits;
	f->score.count = COUNT(hits);
	assert_contains(carried_out(f, &rejects), "insert X-Anti-Sales: sales (60/100); s; s; s\n");
	assert_contains(carried_out(f, &rejects), "machine=10, machine=0, machine=10, machine=10, machine=10,\\n\\tmachine=10\n");
}

/* What one recipient's history says is for his ears alone. */
static void what_is_not_shared_is_not_told(void **state)
{
	struct fixture *f = *state;
	struct rule other = { .id = SLICE("sequence") };
	struct hit hits[] = { { &f->rule, 30, SLICE("sent by Outreach"), true }, { &other, 30, SLICE("touch 4"), false } };
	bool rejects;
	const char *told;

	f->score = (struct score){ hits, 2, 60, 30, 30 };
	told = carried_out(f, &rejects);
	assert_contains(told, "insert X-Anti-Sales: sales (30/100); sent by Outreach\n");
	assert_contains(told, "insert X-Anti-Sales-Why: machine=30\n");
	assert_contains(told, "insert X-Anti-Sales-Score: 30\n");
	assert_null(strstr(told, "touch"));
}

static void mail_that_was_not_judged_is_only_cleaned(void **state)
{
	struct fixture *f = *state;
	struct plan p;
	struct err e = { 0 };

	foreign_note(&f->foreign, SLICE("X-Anti-Sales"));
	assert_ok(plan_clean(&f->foreign, &f->arena, &p, &e), e);
	assert_int_equal(p.count, 1);
	assert_int_equal(p.actions[0].kind, ACTION_DELETE_HEADER);
	assert_false(p.reject);
}

static void without_memory_it_fails(void **state)
{
	static const enum verdict_kind verdicts[] = { VERDICT_TAG, VERDICT_REJECT };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(verdicts); i++) {
		struct arena small;
		struct plan p;
		struct err e = { 0 };

		arena_init(&small, 16, 32);
		f->decision.verdict = verdicts[i];
		assert_int_equal(plan_build(&f->decision, &f->foreign, &small, &p, &e), E_LIMIT);
		assert_int_equal(p.count, 0);
		arena_done(&small);
	}
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN(fields_go_in_from_the_last_to_the_first),
		IN(forged_fields_go_first_the_last_one_first),
		IN(ever_new_names_cannot_crowd_out_ours),
		IN(a_name_that_is_too_long_is_lost_and_counted),
		IN(a_refusal_is_a_reply_and_nothing_else),
		IN(a_held_mail_has_its_fields_and_is_held),
		IN(in_shadow_nothing_is_done),
		IN(clean_mail_gets_one_line_or_none),
		IN(what_passes_says_no_and_why),
		IN(three_sentences_are_enough),
		IN(what_is_not_shared_is_not_told),
		IN(mail_that_was_not_judged_is_only_cleaned),
		IN(without_memory_it_fails),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
