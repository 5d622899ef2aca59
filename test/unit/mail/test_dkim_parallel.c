/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_dkim_fixture.h"

struct worker {
	pthread_t thread;
	struct dkim_context *ctx;
	const char *text;
	unsigned messages;
	int64_t wait_ms, slowest_step_us;
	unsigned temporary, other;
};

static int64_t longest(int64_t a, int64_t began_us)
{
	int64_t took = clock_mono_us() - began_us;

	return took > a ? took : a;
}

/* Each message has a budget that begins with it; no step but the last may wait. */
static void work_one(struct worker *w)
{
	int64_t deadline = clock_mono_us() + w->wait_ms * 1000, began = clock_mono_us();
	struct arena a;
	struct dkim_check *c;
	const struct dkim_result *r;
	const char *body;
	size_t count;

	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(w->ctx, &a, AT);
	body = feed_header(c, w->text, &plainly);
	dkim_check_body_begin(c);
	dkim_check_body(c, slice_of(body));
	w->slowest_step_us = longest(w->slowest_step_us, began);
	r = dkim_check_end(c, deadline, &count);
	if (count == 1 && r->outcome == DKIM_TEMPORARY)
		w->temporary++;
	else
		w->other++;
	arena_done(&a);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < w->messages; i++)
		work_one(w);
	return NULL;
}

static void run_workers(struct fixture *f, const char *text, struct worker *workers, unsigned threads, unsigned messages,
    int64_t wait_ms)
{
	for (unsigned i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .ctx = f->ctx, .text = text, .wait_ms = wait_ms,
			.messages = messages / threads + (i < messages % threads ? 1 : 0) };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

enum { WORKERS = 8, PARALLEL = 50 };

static void test_parallel_with_silent_resolver(void **state)
{
	struct fixture *f = *state;
	struct worker workers[WORKERS], each[PARALLEL];
	struct signing s = signing_with("silent", &rsa_2048);
	const char *text;
	unsigned temporary = 0;
	int64_t began = mono_ms();

	text = sign(MESSAGE, &s);
	/* 50 messages on 8 threads, one after the other on each */
	run_workers(f, text, workers, WORKERS, PARALLEL, 200);
	for (unsigned i = 0; i < WORKERS; i++) {
		temporary += workers[i].temporary;
		assert_int_equal(workers[i].other, 0);
		assert_true(workers[i].slowest_step_us < 150000);
	}
	assert_int_equal(temporary, PARALLEL);
	assert_true(mono_ms() - began < (PARALLEL / WORKERS + 1) * 200 + 1000);
	/* 50 at once */
	began = mono_ms();
	run_workers(f, text, each, PARALLEL, PARALLEL, 1000);
	for (unsigned i = 0; i < PARALLEL; i++)
		assert_int_equal(each[i].temporary, 1);
	assert_true(mono_ms() - began < 1000 + 1000);
}

static void test_parallel_with_answers(void **state)
{
	struct fixture *f = *state;
	struct worker workers[WORKERS];
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text;

	text = sign(MESSAGE, &s);
	run_workers(f, text, workers, WORKERS, 400, 3000);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(workers[i].temporary, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parallel_with_silent_resolver),
		cmocka_unit_test(test_parallel_with_answers)
	};

	return cmocka_run_group_tests_name("dkim_parallel", tests, set_up, tear_down);
}
