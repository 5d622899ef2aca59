/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/base/alloc.h"

/* Loading and reloading of configuration and policy; the store, key and journal that they name. */

struct fixture {
	char *dir;
	struct engine engine;
	int64_t now;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = { 0 };

	f->dir = folder_make();
	f->now = HOUSE_NOW;
	assert_ok(hash_init(&e), e);
	house_platforms(f->dir);
	file_make(f->dir, "small.yaml", small_policy);
	engine_init(&f->engine, house_now, &f->now);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	engine_close(&f->engine);
	folder_remove(f->dir);
	free(f);
	return 0;
}

static const char *running_policy(struct fixture *f)
{
	static char name[64];
	struct setup *s = setup_get(&f->engine.setups);

	snprintf(name, sizeof name, "%.*s", SLICE_FMT(s->policy->name));
	setup_put(s);
	return name;
}

static void load_small(struct fixture *f)
{
	struct err e = { 0 };

	assert_ok(engine_load(&f->engine, house_config(f->dir, "small.yaml", ""), &e), e);
}

static void a_policy_lies_beside_the_configuration(void **state)
{
	load_small(*state);
	assert_string_equal(running_policy(*state), "small");
}

static void a_bad_reload_keeps_what_runs(void **state)
{
	static const struct { const char *config, *policy, *message; } rows[] = {
		{ "polici: small.yaml\n", NULL, "house.yaml:1:1: unknown key in configuration \"polici\", did you mean \"policy\"?" },
		{ "policy: small.yaml\nmax-sessions: many\n", NULL, "house.yaml:2:15: " },
		{ "policy: nothing.yaml\n", NULL, "nothing.yaml" },
		{ "policy: bad.yaml\n", "platforms: platforms\nrules:\n  - id: x\n    when: {platfrom.id: y}\n    points: 1\n    says: z\n",
		  "bad.yaml:4:12: unknown fact \"platfrom.id\", did you mean \"platform.id\"?" },
		{ "policy: bad.yaml\n", "platforms: elsewhere\n", "elsewhere" },
	};
	struct fixture *f = *state;

	load_small(f);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *restart = NULL;
		struct err e = { 0 };

		file_make(f->dir, "house.yaml", rows[i].config);
		if (rows[i].policy != NULL)
			file_make(f->dir, "bad.yaml", rows[i].policy);
		if (engine_reload(&f->engine, path_in(f->dir, "house.yaml"), &restart, &e) >= 0)
			fail_msg("row %zu was taken", i);
		if (!contains(e.text, rows[i].message))
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(running_policy(f), "small");
	}
}

static void a_good_reload_takes_over(void **state)
{
	struct fixture *f = *state;
	const char *restart = "untouched";
	struct err e = { 0 };

	load_small(f);
	file_make(f->dir, "other.yaml", "policy: other\nplatforms: platforms\n");
	assert_ok(engine_reload(&f->engine, house_config(f->dir, "other.yaml", "log-level: debug\n"), &restart, &e), e);
	assert_string_equal(running_policy(f), "other");
	assert_null(restart);
}

static void what_needs_a_restart_is_named(void **state)
{
	static const struct { const char *line, *key; } rows[] = {
		{ "socket: inet:127.0.0.1:9\n", "socket" }, { "socket-mode: '0600'\n", "socket-mode" }, { "user: nobody\n", "user" },
		{ "max-sessions: 5\n", "max-sessions" }, { "journal: /tmp/j\n", "journal" }, { "stop-timeout: 5s\n", "stop-timeout" },
		{ "store-size: 2M\n", "store-size" }, { "log: stderr\n", "log" },
		{ "limits: {dkim-signatures: 2}\n", "limits" }, { "limits: {urls: 5}\n", NULL },
		{ "trusted-networks: 192.0.2.0/24\n", NULL }, { "message-memory: 8M\n", NULL }, { "journal-recipients: yes\n", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *restart = NULL;
		struct err e = { 0 };

		load_small(f);
		assert_ok(engine_reload(&f->engine, house_config(f->dir, "small.yaml", rows[i].line), &restart, &e), e);
		if ((restart == NULL) != (rows[i].key == NULL) || (restart != NULL && strcmp(restart, rows[i].key) != 0))
			fail_msg("row %zu: %s", i, restart == NULL ? "none" : restart);
	}
}

static void without_memory_the_old_policy_stays(void **state)
{
	struct fixture *f = *state;
	const char *config;
	unsigned long n = 1;

	load_small(f);
	file_make(f->dir, "other.yaml", "policy: other\nplatforms: platforms\nrules:\n"
	    "  - {id: a, when: {platform.id: {matches: 'x'}}, points: 1, says: 'a {platform.id}'}\n");
	config = house_config(f->dir, "other.yaml", "");
	for (; n < 500; n++) {
		struct err e = { 0 };
		int rc;

		alloc_fail_at(n);
		rc = engine_load(&f->engine, config, &e);
		alloc_fail_at(0);
		if (rc == E_OK)
			break;
		if (e.text[0] == '\0' || strcmp(running_policy(f), "small") != 0)
			fail_msg("allocation %lu: %s, running %s", n, e.text, running_policy(f));
	}
	assert_true(n > 10 && n < 500);
	assert_string_equal(running_policy(f), "other");
}

static void it_opens_what_the_configuration_names(void **state)
{
	struct fixture *f = *state;
	char more[5000];
	struct err e = { 0 };
	struct stat st;

	snprintf(more, sizeof more, "journal: %s/journal\n", f->dir);
	assert_ok(engine_load(&f->engine, house_config(f->dir, "small.yaml", more), &e), e);
	assert_ok(engine_open(&f->engine, &e), e);
	assert_string_equal(f->engine.store->ops->name, "memory");
	assert_non_null(f->engine.writer);
	assert_non_null(f->engine.journal);
	assert_int_equal(stat(path_in(f->dir, "site.key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* 50 fields may be looked at, 51 come. */
static void limits_of_dkim_reach_the_verifier(void **state)
{
	struct fixture *f = *state;
	struct dkim_counts counts = { 0 };
	struct dkim_check *check;
	struct setup *s;
	struct arena a;
	struct err e = { 0 };

	assert_ok(engine_load(&f->engine, house_config(f->dir, "small.yaml", "limits: {dkim-header-fields: 50}\n"), &e), e);
	s = setup_get(&f->engine.setups);
	assert_ok(engine_open_dkim(&f->engine, s->config, &e), e);
	setup_put(s);
	arena_init(&a, 4096, 1 << 20);
	check = dkim_check_begin(f->engine.dkim, &a, HOUSE_NOW);
	for (int i = 0; i < 51; i++) {
		dkim_check_count(check, &counts);
		assert_false(counts.header_cut);
		dkim_check_header(check, SLICE("X-Field"), SLICE("1"), false);
	}
	dkim_check_count(check, &counts);
	assert_true(counts.header_cut);
	arena_done(&a);
}

static void a_store_that_does_not_open_is_down(void **state)
{
	struct fixture *f = *state;
	char text[5000];
	struct store_key k = { { 'r' } };
	struct record r;
	bool found;
	struct err e = { 0 };

	snprintf(text, sizeof text, "policy: small.yaml\nstate: %s\nstore: lmdb:%s/nothing\n", f->dir, f->dir);
	assert_ok(engine_load(&f->engine, file_make(f->dir, "house.yaml", text), &e), e);
	assert_ok(engine_open(&f->engine, &e), e);
	assert_contains(e.text, "nothing: No such file");
	assert_string_equal(f->engine.store->ops->name, "down");
	assert_int_equal(f->engine.store->ops->get(f->engine.store, &k, 1, &r, &found, &e), E_BUSY);
	assert_contains(e.text, "nothing: No such file");
}

static void a_key_that_others_can_read_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	const char *key;

	load_small(f);
	key = file_make(f->dir, "site.key", "0123456789abcdef0123456789abcdef");
	assert_int_equal(chmod(key, 0640), 0);
	assert_int_equal(engine_open(&f->engine, &e), E_IO);
	assert_contains(e.text, "open to others");
}

static void what_was_queued_is_written_at_the_end(void **state)
{
	struct fixture *f = *state;
	char text[5000];
	struct mail m = { .text = "From: a@seller-customer.example\nX-Seller: seller-1\n\nHi\n" };
	struct store_conf c = { .url = text, .map_bytes = 1 << 20, .map_max_bytes = 1 << 20, .read_only = true };
	struct store_stats st;
	struct session *s;
	struct told t;
	struct err e = { 0 };

	snprintf(text, sizeof text, "policy: small.yaml\nstate: %s\nstore: lmdb:%s\n", f->dir, f->dir);
	assert_ok(engine_load(&f->engine, file_make(f->dir, "house.yaml", text), &e), e);
	assert_ok(engine_open(&f->engine, &e), e);
	s = greet(&f->engine, &m);
	feed_mail(s, &m);
	end_mail(s, &t);
	session_free(s);
	engine_close(&f->engine);
	engine_init(&f->engine, house_now, &f->now);
	snprintf(text, sizeof text, "lmdb:%s", f->dir);
	assert_ok(store_open(&c, &f->engine.store, &e), e);
	assert_ok(f->engine.store->ops->stats(f->engine.store, &st, &e), e);
	/* the claimed name in its network; then touch, pressure, fan-out and first sight of whom it was for */
	assert_int_equal(st.records, 5);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN(a_policy_lies_beside_the_configuration),
		IN(a_bad_reload_keeps_what_runs),
		IN(a_good_reload_takes_over),
		IN(what_needs_a_restart_is_named),
		IN(without_memory_the_old_policy_stays),
		IN(it_opens_what_the_configuration_names),
		IN(limits_of_dkim_reach_the_verifier),
		IN(a_store_that_does_not_open_is_down),
		IN(a_key_that_others_can_read_is_refused),
		IN(what_was_queued_is_written_at_the_end),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
