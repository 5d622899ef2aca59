/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#include "antisales/base/yaml.h"
#include "antisales/policy/policy.h"

struct policy_reader {
	struct arena *arena;
	struct err *err;
};

int rules_read(struct policy_reader *r, const struct yaml_node *list, const struct rule **ret, size_t *ret_count);
int says_compile(struct policy_reader *r, const struct yaml_node *node, struct says *ret);
int thresholds_read(struct policy_reader *r, const struct yaml_node *map, struct thresholds *ret);
int classes_read(struct policy_reader *r, const struct yaml_node *map, const struct policy *base,
    const struct recipient_class **ret, size_t *ret_count);
/* A list of recipients, or the name of a file beside the policy that holds one. */
int decoys_read(struct policy_reader *r, const struct yaml_node *node, struct policy *p);
struct memory_policy memory_default(void);
/* "relationships", "touches", "trigger" and "attention". */
int memory_read(struct policy_reader *r, const struct yaml_node *root, struct policy *p);
struct optout_policy optout_default(void);
/* "optout" and "refusals". */
int optout_read_policy(struct policy_reader *r, const struct yaml_node *root, struct policy *p);
/* A number of mails a week, or "none". */
int attention_read(struct policy_reader *r, const struct yaml_node *node, int *ret);
/* A pattern that lives as long as the arena. */
int pattern_compile(const struct yaml_node *node, struct arena *a, struct regex **ret, struct err *reterr);
/* node itself, or what is in the file beside the policy that it names: then *ret_path is that file. */
int beside_policy(struct policy_reader *r, const struct yaml_node *node, const struct policy *p, const struct yaml_node **ret,
    const char **ret_path);
int confirmations_read(struct policy_reader *r, const struct yaml_node *node, const struct policy *p, struct confirmations *ret);
int mode_read(struct policy_reader *r, const struct yaml_node *node, enum mode *ret);

#endif
