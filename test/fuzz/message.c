/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "antisales/base/log.h"
#include "antisales/edge/session.h"
#include "milter/cli/cli.h"

/* A whole mail, from its first header line to the plan: every stage, with the shipped policy and an empty store. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 256 * 1024 };

static int64_t fixed_time(void *arg)
{
	(void)arg;
	return INT64_C(1772359200);
}

static void fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->text);
	abort();
}

static struct engine *engine_ready(void)
{
	static struct engine engine;
	static bool ready;
	struct store_conf memory = { .url = "memory:" };
	const char *src = getenv("SRC");
	struct err err = { 0 };
	char path[4096];

	if (ready)
		return &engine;
	snprintf(path, sizeof path, "%s/policies/default.yaml", src == NULL ? "." : src);
	log_set_level(LOG_LEVEL_ERROR);
	engine_init(&engine, fixed_time, NULL);
	if (hash_init(&err) < 0 || cli_load(&engine, NULL, path, &err) < 0 || store_open(&memory, &engine.store, &err) < 0)
		fail(&err);
	ready = true;
	return &engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const rcpts[] = { "<ann@example.com>", "<postmaster@example.com>" };
	struct eml_envelope env = { .rcpts = rcpts, .rcpts_count = size % 3, .client = size % 2 ? "mail.example.net [192.0.2.25]" : NULL };
	struct session *s = size > INPUT_MAX ? NULL : session_new(engine_ready());
	const struct decision *d;
	struct mta_record mta;
	struct arena a;
	struct buf out;

	if (s == NULL)
		return 0;
	arena_init(&a, 64 * 1024, 16 * 1024 * 1024);
	buf_init(&out, 1024 * 1024);
	mta_record_init(&mta, &out, "4FUZZ");
	eml_feed(s, (struct slice){ (const char *)data, size }, &env, &a);
	(void)session_eom(s, &mta.mta, &d);
	session_free(s);
	buf_done(&out);
	arena_done(&a);
	return 0;
}
