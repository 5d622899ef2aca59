/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * A story of many mails on simulated time, see antisales-simulate(1). Values
 * hold variables, "$name"; they are filled in when the step is told.
 */
enum { REPLAY_RCPTS_MAX = 16, REPLAY_EXPECTS_MAX = 24, REPLAY_STEPS_MAX = 2000, REPLAY_VARS_MAX = 16 };

struct replay_expect {
	struct slice text;
	unsigned line;
};

struct replay_step {
	unsigned line;
	int64_t after;                  /* seconds since the step before */
	int64_t repeat, every;
	struct slice from, login, client, authenticated, mail, with;
	struct slice rcpts[REPLAY_RCPTS_MAX];
	size_t rcpts_count;
	struct replay_expect expects[REPLAY_EXPECTS_MAX];
	size_t expects_count;
};

struct replay_mail {
	struct slice name, text;
};

struct replay {
	const char *path, *policy;      /* policy: NULL when the file names none */
	int64_t start;
	struct replay_mail *mails;
	size_t mails_count;
	struct replay_step *steps;
	size_t steps_count;
};

/* E_SYNTAX with "file:line: message", E_ABSENT, E_IO, E_NOMEM. All lives in the arena. */
int replay_read(const char *path, struct arena *a, struct replay *ret, struct err *reterr);
/* The text with "$n" and the step's "with:" filled in; unknown variables stay. Absent out of memory. */
struct slice replay_fill(struct slice text, struct slice with, int64_t n, struct arena *a);
/* NULL when there is none of that name. */
const struct replay_mail *replay_mail(const struct replay *r, struct slice name);

#endif
