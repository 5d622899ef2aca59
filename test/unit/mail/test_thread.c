/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/mail/thread.h"

static void ids_are_found_nearest_first(void **state)
{
	static const struct { const char *replied, *references; size_t max; const char *want; } rows[] = {
		{ NULL, NULL, 5, "" },
		{ "<a@x>", NULL, 5, "<a@x>" },
		{ "Your message of Monday <a@x> (Ann)", NULL, 5, "<a@x>" },
		{ "<a@x>", "<1@x> <2@x> <a@x>", 5, "<a@x><2@x><1@x>" },
		{ NULL, "<1@x><2@x>\t<3@x>", 2, "<3@x><2@x>" },
		{ "<a@x> <b@x> <c@x> <d@x>", "<e@x>", 4, "<a@x><b@x><e@x>" },
		{ "<>", "<> <", 5, "" },
		{ "a@x", "no ids at all", 5, "" },
		{ "<a@x", "> <b@x", 5, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mail_limits limits = mail_limits_default();
		struct peer peer = { 0 };
		struct slice ids[5];
		char got[200] = "";
		struct arena a;
		struct txn *t;
		size_t n;

		arena_init(&a, 4096, 1 << 20);
		t = txn_begin(&a, &limits, &peer, SLICE("<a@b.example>"), 1);
		if (rows[i].replied != NULL)
			txn_header(t, SLICE("In-Reply-To"), slice_of(rows[i].replied));
		if (rows[i].references != NULL)
			txn_header(t, SLICE("References"), slice_of(rows[i].references));
		n = thread_ids(t, ids, rows[i].max);
		for (size_t k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s", SLICE_FMT(ids[k]));
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("row %zu: %s", i, got);
		arena_done(&a);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_found_nearest_first),
	};

	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
