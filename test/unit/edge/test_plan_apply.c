/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/edge/mta.h"

static void actions_are_carried_out_in_order(void **state)
{
	static const struct action actions[] = {
		{ .kind = ACTION_DELETE_HEADER, .name = "X-Anti-Sales", .count = 3 },
		{ .kind = ACTION_INSERT_HEADER, .name = "X-Anti-Sales", .value = "no" },
		{ .kind = ACTION_QUARANTINE, .value = "held" },
	};
	struct plan p = { .actions = actions, .count = COUNT(actions) };
	struct mta_record r;
	struct buf out;
	struct err e = { 0 };

	(void)state;
	buf_init(&out, 4096);
	mta_record_init(&r, &out, NULL);
	assert_ok(plan_apply(&p, &r.mta, &e), e);
	assert_string_equal(buf_cstr(&out), "delete X-Anti-Sales 3\ndelete X-Anti-Sales 2\ndelete X-Anti-Sales 1\n"
	    "insert X-Anti-Sales: no\nquarantine held\n");
	buf_done(&out);
}

static int refuse_delete(struct mta *m, const char *name, size_t nth)
{
	(void)m;
	(void)name;
	(void)nth;
	return -1;
}

static int refuse_quarantine(struct mta *m, const char *reason)
{
	(void)m;
	(void)reason;
	return -1;
}

static void the_first_refusal_is_told_and_the_rest_done(void **state)
{
	static const struct action actions[] = {
		{ .kind = ACTION_DELETE_HEADER, .name = "X-Anti-Sales", .count = 2 },
		{ .kind = ACTION_QUARANTINE, .value = "held" },
		{ .kind = ACTION_INSERT_HEADER, .name = "X-Anti-Sales", .value = "no" },
	};
	struct plan p = { .actions = actions, .count = COUNT(actions) };
	struct mta_record r;
	struct mta_ops ops;
	struct buf out;
	struct err e = { 0 };

	(void)state;
	buf_init(&out, 4096);
	mta_record_init(&r, &out, NULL);
	ops = *r.mta.ops;
	ops.delete_header = refuse_delete;
	ops.quarantine = refuse_quarantine;
	r.mta.ops = &ops;
	assert_int_equal(plan_apply(&p, &r.mta, &e), E_IO);
	assert_contains(e.text, "refused to remove a header (X-Anti-Sales)");
	assert_string_equal(buf_cstr(&out), "insert X-Anti-Sales: no\n");
	buf_done(&out);
}

static void an_empty_plan_does_nothing(void **state)
{
	struct plan p = { 0 };
	struct mta_record r;
	struct buf out;
	struct err e = { 0 };

	(void)state;
	buf_init(&out, 4096);
	mta_record_init(&r, &out, NULL);
	assert_ok(plan_apply(&p, &r.mta, &e), e);
	assert_int_equal(out.n, 0);
	buf_done(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_are_carried_out_in_order),
		cmocka_unit_test(the_first_refusal_is_told_and_the_rest_done),
		cmocka_unit_test(an_empty_plan_does_nothing),
	};

	return cmocka_run_group_tests_name("plan_apply", tests, NULL, NULL);
}
