/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include <pthread.h>

#include "antisales/base/alloc.h"

/* The slot: who holds a policy keeps it alive, whatever is published meanwhile. */

static struct policy *a_policy(const char *dir)
{
	struct policy *p = NULL;
	struct err e = { 0 };

	assert_ok(policy_compile(path_in(dir, "small.yaml"), &p, &e), e);
	return p;
}

static struct config *a_config(void)
{
	struct config *c = NULL;
	struct err e = { 0 };

	assert_ok(config_load(NULL, &c, &e), e);
	return c;
}

static int with_files(void **state)
{
	*state = folder_make();
	house_platforms(*state);
	file_make(*state, "small.yaml", small_policy);
	return 0;
}

static void an_empty_slot_gives_nothing(void **state)
{
	struct setup_slot slot;

	(void)state;
	setup_slot_init(&slot);
	assert_null(setup_get(&slot));
	setup_put(NULL);
	setup_slot_done(&slot);
}

static void what_was_published_is_got(void **state)
{
	struct setup_slot slot;
	struct policy *p = a_policy(*state);
	struct setup *one, *two;
	struct err e = { 0 };

	setup_slot_init(&slot);
	assert_ok(setup_publish(&slot, a_config(), p, &e), e);
	one = setup_get(&slot);
	two = setup_get(&slot);
	assert_ptr_equal(one, two);
	assert_ptr_equal(one->policy, p);
	setup_put(one);
	setup_put(two);
	setup_slot_done(&slot);
}

static void the_old_one_lives_while_it_is_held(void **state)
{
	struct setup_slot slot;
	struct setup *old, *new;
	struct err e = { 0 };

	setup_slot_init(&slot);
	assert_ok(setup_publish(&slot, a_config(), a_policy(*state), &e), e);
	old = setup_get(&slot);
	assert_ok(setup_publish(&slot, a_config(), a_policy(*state), &e), e);
	new = setup_get(&slot);
	assert_ptr_not_equal(old, new);
	assert_slice(old->policy->name, "small");
	setup_put(old);
	setup_put(new);
	setup_slot_done(&slot);
}

static void without_memory_all_stays_as_it_was(void **state)
{
	struct setup_slot slot;
	struct config *c = a_config();
	struct policy *p = a_policy(*state);
	struct setup *one;
	struct err e = { 0 };

	setup_slot_init(&slot);
	assert_ok(setup_publish(&slot, a_config(), a_policy(*state), &e), e);
	one = setup_get(&slot);
	alloc_fail_at(1);
	assert_int_equal(setup_publish(&slot, c, p, &e), E_NOMEM);
	alloc_fail_at(0);
	assert_ptr_equal(slot.current, one);
	policy_free(p);
	config_free(c);
	setup_put(one);
	setup_slot_done(&slot);
}

struct user {
	pthread_t thread;
	struct setup_slot *slot;
	atomic_bool *stop;
	size_t uses, wrong;
};

static void *use(void *arg)
{
	struct user *u = arg;

	while (!atomic_load(u->stop)) {
		struct setup *s = setup_get(u->slot);

		if (!slice_eq(s->policy->name, SLICE("small")) || s->policy->rules_count != 5 || s->config->max_sessions != 1000
		    || catalogue_find(s->policy->catalogue, SLICE("seller")) == NULL)
			u->wrong++;
		setup_put(s);
		u->uses++;
	}
	return NULL;
}

static void two_hundred_policies_under_four_users(void **state)
{
	struct setup_slot slot;
	struct user users[4];
	atomic_bool stop = false;
	struct err e = { 0 };

	setup_slot_init(&slot);
	assert_ok(setup_publish(&slot, a_config(), a_policy(*state), &e), e);
	for (size_t i = 0; i < COUNT(users); i++) {
		users[i] = (struct user){ .slot = &slot, .stop = &stop };
		assert_int_equal(pthread_create(&users[i].thread, NULL, use, &users[i]), 0);
	}
	for (int i = 0; i < 200; i++)
		assert_ok(setup_publish(&slot, a_config(), a_policy(*state), &e), e);
	atomic_store(&stop, true);
	for (size_t i = 0; i < COUNT(users); i++) {
		pthread_join(users[i].thread, NULL);
		assert_int_equal(users[i].wrong, 0);
		assert_true(users[i].uses > 0);
	}
	setup_slot_done(&slot);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_files, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_slot_gives_nothing),
		IN_FOLDER(what_was_published_is_got),
		IN_FOLDER(the_old_one_lives_while_it_is_held),
		IN_FOLDER(without_memory_all_stays_as_it_was),
		IN_FOLDER(two_hundred_policies_under_four_users),
	};

	return cmocka_run_group_tests_name("setup", tests, NULL, NULL);
}
