/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_POLICY_CONFIG_H
#define ANTISALES_POLICY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"
#include "antisales/mail/dkim.h"
#include "antisales/mail/limits.h"

struct yaml_node;

struct network {
	bool v6;
	unsigned char bytes[16];
	unsigned bits;
};

struct networks {
	const struct network *at;
	size_t count;
};

struct text_list {
	const struct slice *at;         /* each ends in NUL */
	size_t count;
};

/* What each CONFIG type is in C. Texts end in NUL. */
#define CONFIG_TEXT const char *
#define CONFIG_WORD const char *
#define CONFIG_BYTES int64_t
#define CONFIG_INT int64_t
#define CONFIG_SPAN int64_t
#define CONFIG_BOOL bool
#define CONFIG_LIST struct text_list
#define CONFIG_NETWORKS struct networks

/* Immutable once loaded. */
struct config {
	struct arena arena;
	const char *path;
#define CONFIG(member, key, type, def, min, max, when, meaning) CONFIG_##type member;
#include "antisales/policy/config.def"
#undef CONFIG
	struct mail_limits limits;      /* the map "limits:" ... */
	struct dkim_limits dkim_limits; /* ... and the rest of it */
	const struct yaml_node *root;   /* for the places of keys in messages */
};

/* Puts "file:line:column: " of the key's value in front of an error about it; returns the code. */
int config_err(const struct config *c, const char *key, struct err *e);

/* path may be NULL: all defaults. E_SYNTAX with "file:line:column: message". Free with config_free. */
int config_load(const char *path, struct config **ret, struct err *reterr);
void config_free(struct config *c);             /* NULL-safe */
bool networks_contain(const struct networks *n, struct slice address);

enum config_when { CONFIG_WHEN_START, CONFIG_WHEN_RELOAD };
struct config_spec {
	const char *key, *type, *def, *meaning;
	enum config_when when;
};
/* The table for manuals and completion. */
const struct config_spec *config_specs(size_t *ret_count);

/* One key of the map "limits:"; it has '-' where the name has '_'. */
struct limit_spec {
	const char *name;
	size_t at;                      /* in struct config, a size_t */
	int64_t def, min, max;
	const char *unit, *meaning;
	enum config_when when;
};
const struct limit_spec *limit_specs(size_t *ret_count);
enum { LIMIT_KEY_MAX = 32 };
char *limit_key(const struct limit_spec *l, char out[LIMIT_KEY_MAX]);   /* returns out */

/* The key of the first START setting that differs, "limits" for one of those; NULL when a reload is enough. */
const char *config_needs_restart(const struct config *running, const struct config *wanted);

#endif
