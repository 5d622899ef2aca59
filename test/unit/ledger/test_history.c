/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include "antisales/ledger/history.h"

enum { NOW = 1767225600 };

static const struct site_key site = { { 3 } };
static const struct policy policy = { .feedback = { .weight = 3, .at_most = 5 } };

static struct store *memory(void)
{
	struct store_conf c = { .url = "memory:" };
	struct store *s = NULL;
	struct err e = { 0 };

	assert_ok(store_open(&c, &s, &e), e);
	return s;
}

static struct facts facts_of(const char *org, const char *authenticated, const char *client)
{
	struct facts f = { 0 };

	facts_text(&f, FACT_ORG_DOMAIN, slice_of(org));
	facts_text(&f, FACT_ORG_AUTHENTICATED, slice_of(authenticated));
	facts_text(&f, FACT_CLIENT_ADDRESS, slice_of(client));
	return f;
}

static int load(struct store *s, const struct facts *f, struct history *ret, struct err *e)
{
	struct arena a;
	int rc;

	arena_init(&a, 4096, 1 << 20);
	rc = history_load(s, &(struct history_ask){ .site = &site, .facts = f, .policy = &policy, .now = NOW }, &a, ret, e);
	arena_done(&a);
	return rc;
}

static void remember(struct store *s, const struct history *h, enum conduct conduct)
{
	struct store_change c = reputation_change(&h->org_key, conduct, FATE_PASSED, NOW);
	struct err e = { 0 };

	assert_ok(s->ops->apply(s, &c, 1, &e), e);
}

static void what_was_remembered_is_read(void **state)
{
	static const struct { const char *org, *authenticated, *client; bool known; } rows[] = {
		{ "acme.example", "none", "192.0.2.9", true },
		{ "acme.example", "none", "192.0.2.200", true },
		{ "acme.example", NULL, "192.0.2.9", true },
		{ "acme.example", "none", "198.51.100.9", false },
		{ "acme.example", "none", NULL, false },
		{ "acme.example", "dkim", "192.0.2.9", false },
		{ "other.example", "none", "192.0.2.9", false },
	};
	struct store *s = memory();
	struct facts f = facts_of("acme.example", "none", "192.0.2.9");
	struct history h;
	struct err e = { 0 };

	(void)state;
	assert_ok(load(s, &f, &h, &e), e);
	assert_true(h.available && h.has_org && !h.reputation.known);
	remember(s, &h, CONDUCT_SALES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		f = facts_of(rows[i].org, rows[i].authenticated, rows[i].client);
		assert_ok(load(s, &f, &h, &e), e);
		if (h.reputation.known != rows[i].known)
			fail_msg("row %zu", i);
	}
	store_close(s);
}

static void a_proven_name_follows_its_owner(void **state)
{
	struct store *s = memory();
	struct facts f = facts_of("acme.example", "dkim", "192.0.2.9");
	struct history h;
	struct err e = { 0 };

	(void)state;
	assert_ok(load(s, &f, &h, &e), e);
	remember(s, &h, CONDUCT_CLEAN);
	f = facts_of("acme.example", "spf", "2001:db8::1");
	assert_ok(load(s, &f, &h, &e), e);
	assert_true(h.reputation.known);
	store_close(s);
}

static void without_an_organisation_there_is_nothing_to_ask(void **state)
{
	struct store *s = memory();
	struct facts f = facts_of(NULL, "none", "192.0.2.9");
	struct history h;
	struct err e = { 0 };

	(void)state;
	assert_ok(load(s, &f, &h, &e), e);
	assert_true(h.available);
	assert_false(h.has_org || h.reputation.known);
	store_close(s);
}

static void a_store_that_is_down_is_an_answer(void **state)
{
	struct store *s = store_down("gone");
	struct facts f = facts_of("acme.example", "none", "192.0.2.9");
	struct history h = { .available = true };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(load(s, &f, &h, &e), E_BUSY);
	assert_contains(e.text, "gone");
	assert_false(h.available || h.reputation.known);
	assert_true(h.has_org);
	store_close(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_remembered_is_read),
		cmocka_unit_test(a_proven_name_follows_its_owner),
		cmocka_unit_test(without_an_organisation_there_is_nothing_to_ask),
		cmocka_unit_test(a_store_that_is_down_is_an_answer),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
