/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/optout.h"
#include "antisales/mail/list_unsubscribe.h"

enum { PARTY = 7, ANN = 9 };
#define DAY INT64_C(86400)
#define NOW INT64_C(1773057600)

static const struct site_key site = { { 1 } };

static void merge(struct record *r, struct store_change c)
{
	record_merge(&record_optout, r, &c.delta);
}

/* Said, withdrawn, said again: days before now, -1 for never. */
static void the_last_word_counts(void **state)
{
	static const struct { int said, withdrawn, again, since; } rows[] = {
		{ -1, -1, -1, -1 }, { 30, -1, -1, 30 }, { 30, 20, -1, -1 }, { 30, 20, 10, 10 }, { 30, -1, 10, 30 }, { -1, 20, -1, -1 },
		{ 30, 40, -1, 30 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = { 0 };
		struct optout o;

		if (rows[i].again >= 0)
			merge(&r, optout_said(PARTY, ANN, NOW - rows[i].again * DAY));
		if (rows[i].withdrawn >= 0)
			merge(&r, optout_withdrawn(PARTY, ANN, NOW - rows[i].withdrawn * DAY));
		if (rows[i].said >= 0)
			merge(&r, optout_said(PARTY, ANN, NOW - rows[i].said * DAY));
		o = optout_read(&r, OPTOUT_AGENCY, 1);
		if (o.said != (rows[i].since >= 0) || (o.said && o.since != NOW - rows[i].since * DAY) || o.scope != OPTOUT_AGENCY)
			fail_msg("row %zu: %d since %lld", i, o.said, (long long)o.since);
	}
	assert_false(optout_read(NULL, OPTOUT_LIST, 1).said);
}

static void mails_after_it_count_once(void **state)
{
	struct record r = { 0 };
	struct optout o;

	(void)state;
	merge(&r, optout_mail_after(PARTY, ANN, 5, NOW - 20 * DAY));
	merge(&r, optout_said(PARTY, ANN, NOW - 10 * DAY));
	for (uint64_t mark = 6; mark < 9; mark++)
		merge(&r, optout_mail_after(PARTY, ANN, mark, NOW - (int64_t)mark * DAY));
	merge(&r, optout_mail_after(PARTY, ANN, 8, NOW - DAY));
	o = optout_read(&r, OPTOUT_ORGANISATION, 99);
	assert_int_equal(o.after, 3);
	assert_false(o.counted);
	o = optout_read(&r, OPTOUT_ORGANISATION, 8);
	assert_int_equal(o.after, 2);
	assert_true(o.counted);
}

static void a_list_is_its_id(void **state)
{
	(void)state;
	assert_true(optout_list(&site, SLICE("The Letter <letter.acme.example>")) == optout_list(&site, SLICE("<LETTER.acme.example>")));
	assert_true(optout_list(&site, SLICE("letter.acme.example")) == optout_list(&site, SLICE("x <letter.acme.example> y")));
	assert_true(optout_list(&site, SLICE("other.acme.example")) != optout_list(&site, SLICE("letter.acme.example")));
	assert_true(optout_list(&site, SLICE("")) == 0 && optout_list(&site, (struct slice){ 0 }) == 0);
}

static void an_exit_is_its_address(void **state)
{
	struct store_key a = exit_key(&site, SLICE("Leave@acme.example")), b = exit_key(&site, SLICE("leave@ACME.example"));

	(void)state;
	assert_memory_equal(&a, &b, sizeof a);
}

static void uris_are_cut_out(void **state)
{
	static const struct { const char *value; const char *uris[3]; const char *address; } rows[] = {
		{ "<mailto:leave@acme.example>", { "mailto:leave@acme.example" }, "leave@acme.example" },
		{ " (see) <mailto:a@b.example?subject=stop%20it>,\n <https://acme.example/x\n y>", { "mailto:a@b.example?subject=stop%20it",
		    "https://acme.example/xy" }, "a@b.example" },
		{ "<MAILTO:a@b.example>", { "MAILTO:a@b.example" }, "a@b.example" },
		{ "<https://a.example/>", { "https://a.example/" }, NULL }, { "<mailto:nobody>", { "mailto:nobody" }, NULL },
		{ "https://a.example/", { NULL }, NULL }, { "<", { NULL }, NULL }, { "<>", { NULL }, NULL }, { "", { NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a;
		struct slice uris[3];
		size_t n;

		arena_init(&a, 1024, 1 << 20);
		n = list_unsubscribe(slice_of(rows[i].value), &a, uris, 3);
		for (size_t k = 0; k < 3; k++)
			if ((k < n) != (rows[i].uris[k] != NULL) || (k < n && !slice_eq(uris[k], slice_of(rows[i].uris[k]))))
				fail_msg("row %zu: uri %zu", i, k);
		if (n > 0 && !slice_eq(mailto_address(uris[0]), slice_of(rows[i].address)))
			fail_msg("row %zu: the address", i);
		arena_done(&a);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(mails_after_it_count_once),
		cmocka_unit_test(a_list_is_its_id),
		cmocka_unit_test(an_exit_is_its_address),
		cmocka_unit_test(uris_are_cut_out),
	};

	return cmocka_run_group_tests_name("optout", tests, NULL, NULL);
}
