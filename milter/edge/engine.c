/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/engine.h"

#include <stdio.h>
#include <string.h>

#include "antisales/base/clock.h"
#include "antisales/base/file.h"

void engine_init(struct engine *e, int64_t (*now)(void *arg), void *now_arg)
{
	memset(e, 0, sizeof *e);
	setup_slot_init(&e->setups);
	e->now = now;
	e->now_arg = now_arg;
}

/* A policy that is named without a folder lies beside the configuration. */
static int compile_policy(const struct config *c, struct policy **ret, struct err *reterr)
{
	struct arena a;
	const char *path = c->policy;
	int rc;

	arena_init(&a, 4096, 65536);
	if (path[0] != '/' && c->path != NULL)
		path = file_join(&a, file_dir(&a, c->path), slice_of(path));
	rc = path == NULL ? err_set(reterr, E_NOMEM, "no memory for the policy") : policy_compile(path, ret, reterr);
	if (rc == E_ABSENT || rc == E_IO)
		rc = config_err(c, "policy", reterr);
	arena_done(&a);
	return rc;
}

/* Both are taken over: published, or freed. */
static int publish(struct engine *e, struct config *c, struct policy *p, int rc, struct err *reterr)
{
	if (rc == E_OK)
		rc = setup_publish(&e->setups, c, p, reterr);
	if (rc < 0) {
		policy_free(p);
		config_free(c);
	}
	return rc;
}

/* Once, before there are threads: the C library keeps the zone for the whole process. */
static int take_zone(const struct config *c, struct err *reterr)
{
	if (clock_zone(c->time_zone))
		return E_OK;
	err_set(reterr, E_SYNTAX, "unknown time zone \"%s\"; write one such as Europe/Berlin or UTC", c->time_zone);
	return config_err(c, "time-zone", reterr);
}

static int load(struct engine *e, const char *path, const char **ret_restart, struct err *reterr)
{
	struct setup *running = setup_get(&e->setups);
	struct config *c;
	struct policy *p = NULL;
	int rc = config_load(path, &c, reterr);

	if (rc < 0) {
		setup_put(running);
		return rc;
	}
	*ret_restart = running == NULL ? NULL : config_needs_restart(running->config, c);
	if (running == NULL)
		rc = take_zone(c, reterr);
	setup_put(running);
	if (rc == E_OK)
		rc = compile_policy(c, &p, reterr);
	return publish(e, c, p, rc, reterr);
}

int engine_load_policy(struct engine *e, const char *config_path, const char *policy_path, struct err *reterr)
{
	struct config *c;
	struct policy *p = NULL;
	int rc = config_load(config_path, &c, reterr);

	if (rc < 0)
		return rc;
	rc = take_zone(c, reterr);
	if (rc == E_OK)
		rc = policy_compile(policy_path, &p, reterr);
	return publish(e, c, p, rc, reterr);
}

int engine_load(struct engine *e, const char *config_path, struct err *reterr)
{
	const char *restart;

	return load(e, config_path, &restart, reterr);
}

int engine_reload(struct engine *e, const char *config_path, const char **ret_restart, struct err *reterr)
{
	int rc = load(e, config_path, ret_restart, reterr);

	if (rc == E_OK && e->journal != NULL)
		journal_reopen(e->journal);
	return rc;
}

static int open_site_key(struct engine *e, const struct config *c, struct err *reterr)
{
	char path[4096];

	if (snprintf(path, sizeof path, "%s/site.key", c->state) >= (int)sizeof path)
		return err_set(reterr, E_LIMIT, "the name of the state folder is too long");
	return site_key_load(path, true, &e->site, reterr);
}

static void open_store(struct engine *e, const struct config *c, struct err *reterr)
{
	struct store_conf sc = { .url = c->store, .map_bytes = c->store_size, .map_max_bytes = c->store_max_size };

	if (store_open(&sc, &e->store, reterr) < 0)
		e->store = store_down(reterr->text);
}

bool engine_verifies(const struct config *c)
{
	return strcmp(c->authentication, "verify") == 0 || strcmp(c->authentication, "both") == 0;
}

int engine_open_dkim(struct engine *e, const struct config *c, struct err *reterr)
{
	struct keys_conf kc = { 0 };
	const char *servers[8];
	int rc;

	for (size_t i = 0; i < c->resolvers.count && i < sizeof servers / sizeof servers[0]; i++)
		servers[kc.resolvers_count++] = c->resolvers.at[i].p;
	kc.resolvers = servers;
	rc = keys_open(&kc, &e->keys, reterr);
	return rc < 0 ? rc : dkim_context_open(e->keys, &c->dkim_limits, &e->dkim, reterr);
}

int engine_open(struct engine *e, struct err *reterr)
{
	struct setup *s = setup_get(&e->setups);
	const struct config *c = s->config;
	int rc = open_site_key(e, c, reterr);

	if (rc == E_OK) {
		open_store(e, c, reterr);
		rc = e->store == NULL ? err_set(reterr, E_NOMEM, "no memory for the store") : E_OK;
	}
	if (rc == E_OK)
		rc = writer_start(e->store, clock_wall, &e->writer, reterr);
	if (rc == E_OK && engine_verifies(c))
		rc = engine_open_dkim(e, c, reterr);
	if (rc == E_OK && c->journal[0] != '\0')
		rc = journal_open(c->journal, &e->site, &e->journal, reterr);
	setup_put(s);
	return rc;
}

void engine_close(struct engine *e)
{
	writer_stop(e->writer);
	store_close(e->store);
	journal_close(e->journal);
	dkim_context_close(e->dkim);
	if (e->keys != NULL)
		keys_close(e->keys);
	e->dkim = NULL;
	e->keys = NULL;
	e->writer = NULL;
	e->store = NULL;
	e->journal = NULL;
	setup_slot_done(&e->setups);
}
