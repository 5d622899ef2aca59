/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include "antisales/ledger/feedback.h"
#include "antisales/ledger/reputation.h"
#include "antisales/store/organisation.h"

enum { NOW = 1767225600, USERS = 4, MAILS = 5, ABOUT = 77 };

static const struct site_key site = { { 8 } };
static const char *const users[USERS] = { "ann", "bob", "cat", "dan" };
static const char *const mails[MAILS] = { "<1@x>", "<2@x>", "<3@x>", "<4@x>", "<5@x>" };

static int set_up(void **state)
{
	struct store_conf c = { .url = "memory:" };
	struct store *s = NULL;
	struct err e = { 0 };

	assert_ok(store_open(&c, &s, &e), e);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	store_close(*state);
	return 0;
}

static size_t say(struct store *s, size_t user, size_t mail, enum said said, int64_t about)
{
	struct feedback f = { slice_of(users[user]), slice_of(mails[mail]), about, said, NOW };
	struct store_change c[FEEDBACK_CHANGES_MAX];
	struct err e = { 0 };
	size_t n = 9;

	assert_ok(feedback_changes(s, &site, &f, c, &n, &e), e);
	assert_ok(s->ops->apply(s, c, n, &e), e);
	return n;
}

static void check(struct store *s, int64_t want_sales, int64_t want_wanted)
{
	struct store_key k = organisation_key('r', ABOUT, 0);
	struct err e = { 0 };
	struct record r;
	bool found = false;

	assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
	if (!found)
		r = (struct record){ 0 };
	if (r.at[REP_SAID_SALES].number != want_sales || r.at[REP_SAID_WANTED].number != want_wanted)
		fail_msg("%lld and %lld voices instead of %lld and %lld", (long long)r.at[REP_SAID_SALES].number,
		    (long long)r.at[REP_SAID_WANTED].number, (long long)want_sales, (long long)want_wanted);
}

/* Whatever was said and taken back, the counts are those of the last words. */
static void voices_are_those_of_the_last_words(void **state)
{
	enum said last[USERS][MAILS] = { { SAID_NOTHING } };
	struct rng rng = { 21 };

	for (int i = 0; i < 3000; i++) {
		size_t u = rng_below(&rng, USERS), m = rng_below(&rng, MAILS);
		enum said word = (enum said)rng_below(&rng, 3);
		int64_t sales = 0, wanted = 0;
		size_t n = say(*state, u, m, word, ABOUT);

		assert_int_equal(n == 0, last[u][m] == word);
		last[u][m] = word;
		for (size_t x = 0; x < USERS; x++) {
			int sum = 0;

			for (size_t y = 0; y < MAILS; y++)
				sum += (last[x][y] == SAID_SALES) - (last[x][y] == SAID_WANTED);
			sales += sum > 0;
			wanted += sum < 0;
		}
		check(*state, sales, wanted);
	}
}

static void what_proves_nobody_is_noted_and_counts_for_nobody(void **state)
{
	assert_int_equal(say(*state, 0, 0, SAID_SALES, 0), 1);
	assert_int_equal(say(*state, 0, 0, SAID_SALES, ABOUT), 0);
	assert_int_equal(say(*state, 0, 0, SAID_WANTED, ABOUT), 3);
	check(*state, 0, 1);
}

static void it_stays_about_who_it_was_about(void **state)
{
	say(*state, 0, 0, SAID_SALES, ABOUT);
	check(*state, 1, 0);
	say(*state, 0, 0, SAID_NOTHING, 0);
	check(*state, 0, 0);
}

static void a_dead_store_is_an_error(void **state)
{
	struct store *dead = store_down("gone");
	struct feedback f = { SLICE("ann"), SLICE("<1@x>"), ABOUT, SAID_SALES, NOW };
	struct store_change c[FEEDBACK_CHANGES_MAX];
	struct err e = { 0 };
	size_t n = 9;

	(void)state;
	assert_int_equal(feedback_changes(dead, &site, &f, c, &n, &e), E_BUSY);
	assert_int_equal(n, 0);
	store_close(dead);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN(voices_are_those_of_the_last_words),
		IN(what_proves_nobody_is_noted_and_counts_for_nobody),
		IN(it_stays_about_who_it_was_about),
		IN(a_dead_store_is_an_error),
	};

	return cmocka_run_group_tests_name("feedback", tests, NULL, NULL);
}
