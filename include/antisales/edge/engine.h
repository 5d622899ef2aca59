/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_ENGINE_H
#define ANTISALES_EDGE_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/hash.h"
#include "antisales/edge/journal.h"
#include "antisales/mail/dkim.h"
#include "antisales/policy/setup.h"
#include "antisales/store/store.h"
#include "antisales/store/writer.h"

/* In the state folder; a daemon holds a lock on it as long as it runs, and writes its process id. */
#define ENGINE_LOCK "antisalesd.lock"

/* Counters never run backwards. */
struct counters {
	atomic_ullong connections, connections_shed, messages, messages_shed, faults, trusted, learned;
	atomic_ullong verdicts[VERDICT_COUNT];
};

/*
 * The wiring that every session shares: daemon and command line differ only in
 * how they fill this in.
 */
struct engine {
	struct setup_slot setups;
	struct store *store;            /* never NULL: a dead store is a store that is down */
	struct writer *writer;          /* NULL: nothing is remembered */
	struct journal *journal;        /* NULL: none is kept */
	struct keys *keys;              /* NULL: no DKIM is verified here */
	struct dkim_context *dkim;      /* likewise */
	struct site_key site;
	int64_t (*now)(void *arg);      /* wall clock, seconds */
	void *now_arg;
	struct counters counters;
	atomic_int sessions, messages, callbacks;       /* right now */
	atomic_bool draining;           /* stopping: new messages pass unjudged */
};

void engine_init(struct engine *e, int64_t (*now)(void *arg), void *now_arg);
/* Reads configuration and policy and publishes them. After a failure the old ones still run. path may be NULL. */
int engine_load(struct engine *e, const char *config_path, struct err *reterr);
/* The same, but with another policy than the one that the configuration names. */
int engine_load_policy(struct engine *e, const char *config_path, const char *policy_path, struct err *reterr);
/* As engine_load, for a reload: logs nothing, tells in *ret_restart which key waits for a restart (NULL if none). */
int engine_reload(struct engine *e, const char *config_path, const char **ret_restart, struct err *reterr);
/* Opens site key, store, writer and journal as the running configuration says. A store that does not open is
 * replaced by one that is down; the reason is in reterr and the result is still E_OK. */
int engine_open(struct engine *e, struct err *reterr);
/* Whether this configuration asks for DKIM to be verified here. */
bool engine_verifies(const struct config *c);
/* Starts key look-ups and the DKIM library; threads are made, so block signals before. */
int engine_open_dkim(struct engine *e, const struct config *c, struct err *reterr);
/* Writes out what is queued and closes everything. */
void engine_close(struct engine *e);

#endif
