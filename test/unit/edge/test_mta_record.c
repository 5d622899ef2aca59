/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/edge/mta.h"

struct recorder {
	struct mta_record mta;
	struct buf out;
};

static int set_up(void **state)
{
	struct recorder *r = calloc(1, sizeof *r);

	buf_init(&r->out, 4096);
	mta_record_init(&r->mta, &r->out, "4Fq1");
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct recorder *r = *state;

	buf_done(&r->out);
	free(r);
	return 0;
}

static void each_call_is_a_line(void **state)
{
	struct recorder *r = *state;
	struct mta *m = &r->mta.mta;

	assert_int_equal(m->ops->delete_header(m, "X-Anti-Sales", 2), 0);
	assert_int_equal(m->ops->insert_header(m, "X-Anti-Sales", "no"), 0);
	assert_int_equal(m->ops->quarantine(m, "held"), 0);
	assert_int_equal(m->ops->reply(m, 550, "5.7.1", "No, thanks"), 0);
	assert_string_equal(buf_cstr(&r->out),
	    "delete X-Anti-Sales 2\ninsert X-Anti-Sales: no\nquarantine held\nreply 550 5.7.1 No, thanks\n");
}

static void folds_stay_on_the_line(void **state)
{
	struct recorder *r = *state;

	r->mta.mta.ops->insert_header(&r->mta.mta, "N", "a\n\tb\n\tc");
	assert_string_equal(buf_cstr(&r->out), "insert N: a\\n\\tb\\n\\tc\n");
}

static void only_the_queue_id_is_told(void **state)
{
	struct recorder *r = *state;

	assert_string_equal(r->mta.mta.ops->macro(&r->mta.mta, "i"), "4Fq1");
	assert_null(r->mta.mta.ops->macro(&r->mta.mta, "j"));
	r->mta.queue_id = NULL;
	assert_null(r->mta.mta.ops->macro(&r->mta.mta, "i"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_call_is_a_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(folds_stay_on_the_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_the_queue_id_is_told, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("mta_record", tests, NULL, NULL);
}
