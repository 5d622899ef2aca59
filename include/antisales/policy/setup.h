/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_POLICY_SETUP_H
#define ANTISALES_POLICY_SETUP_H

#include <pthread.h>

#include "antisales/policy/config.h"
#include "antisales/policy/policy.h"

/* A configuration and the policy it names: they change together or not at all. Immutable, counted. */
struct setup {
	unsigned refs;                  /* under the slot's lock */
	struct setup_slot *slot;
	struct config *config;
	struct policy *policy;
};

/* Where the running setup is found. The slot itself owns one reference. */
struct setup_slot {
	pthread_mutex_t lock;
	struct setup *current;
};

void setup_slot_init(struct setup_slot *s);
/* Drops the slot's reference; all others must have been put. */
void setup_slot_done(struct setup_slot *s);
/* The running setup, kept alive until setup_put; NULL before the first publish. Any thread. */
struct setup *setup_get(struct setup_slot *s);
void setup_put(struct setup *r);                /* NULL-safe; the only place that frees */
/* Takes both over and swaps them in; messages in work keep what they hold. E_NOMEM leaves all as it was, and
 * both still the caller's. */
int setup_publish(struct setup_slot *s, struct config *c, struct policy *p, struct err *reterr);

#endif
