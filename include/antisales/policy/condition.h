/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_POLICY_CONDITION_H
#define ANTISALES_POLICY_CONDITION_H

#include <stdbool.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/yaml.h"
#include "antisales/mail/facts.h"

/*
 * The tree under a rule's "when:". A map means all of its entries: "all:" and
 * "any:" hold lists of maps, "not:" one map, every other key is a fact with
 * what it must be.
 */
struct condition;

/* The condition lives in the arena. Errors name line, column and the nearest fact or word. */
int condition_compile(const struct yaml_node *when, struct arena *a, const struct condition **ret, struct err *reterr);
/* Pure. Patterns that reach their limit count as not matching. */
bool condition_holds(const struct condition *c, const struct facts *f);
/* True when the condition asks for a fact whose name starts with prefix. */
bool condition_uses(const struct condition *c, const char *prefix);
/* Calls visit for each fact that the condition asks for and does not negate. */
void condition_facts(const struct condition *c, void (*visit)(enum fact_id id, void *arg), void *arg);

#endif
