/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_KEYS_H
#define ANTISALES_MAIL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * Sole user of libunbound: public keys (TXT records) by name. Asking never
 * waits; only keys_wait does, and never beyond its deadline. Answers are
 * remembered as long as their TTL allows. All functions but keys_open and
 * keys_close may be called by any thread at any time.
 */
struct keys;
struct key_ticket;

enum { KEY_NAME_MAX = 253, KEY_TEXT_MAX = 1024 };

struct keys_conf {
	const char *const *resolvers;   /* "192.0.2.53" or "127.0.0.1@5353"; count 0: those of /etc/resolv.conf */
	size_t resolvers_count;
	/* All of these: 0 stands for the default. */
	size_t questions_max;           /* asked at the same time: 256 */
	size_t entries_max;             /* answers remembered: 2048 */
	unsigned question_seconds;      /* a question without answer is given up after: 10 */
	unsigned found_seconds_max;     /* a key is remembered at most: 3600 */
	unsigned not_found_seconds_max; /* that there is no key: 300 */
	unsigned failure_seconds;       /* that there was no answer: 5 */
};

enum key_state {
	KEY_FOUND,
	KEY_NOT_FOUND,                  /* the name or its TXT record does not exist */
	KEY_TEMPORARY,                  /* no answer now: SERVFAIL, silence, too many questions, no memory */
	KEY_UNUSABLE                    /* no valid name, several records, longer than KEY_TEXT_MAX, not printable */
};

struct key {
	enum key_state state;
	struct slice text;              /* KEY_FOUND: the joined strings; lives as long as the ticket */
	const char *why;                /* a few words, never NULL; static */
};

struct keys_counts {
	uint64_t asked;                 /* questions that went out */
	uint64_t remembered;            /* answered, or joined, without a question of its own */
	uint64_t refused;               /* over questions_max */
	uint64_t unanswered;            /* given up */
	size_t outstanding, entries;    /* right now */
};

/* Starts threads: block signals before. E_IO when the system's list of resolvers cannot be read. */
int keys_open(const struct keys_conf *conf, struct keys **ret, struct err *reterr);
/* NULL-safe. Nobody may wait any more; tickets may still be given back later. */
void keys_close(struct keys *k);

/* Starts the question, unless the answer is known or on its way. NULL out of memory. Give it back with key_done. */
struct key_ticket *keys_ask(struct keys *k, struct slice name);
/* The answer, at the latest at the deadline (clock_mono_us), then KEY_TEMPORARY. ticket may be NULL. */
struct key keys_wait(struct keys *k, struct key_ticket *ticket, int64_t deadline_us);
/* NULL-safe. The question itself goes on: the answer may help the next message. */
void key_done(struct key_ticket *ticket);

/* True for labels of letters, digits, '-' and '_', 1 to 63 bytes each, at most KEY_NAME_MAX in all, no final dot. */
bool key_name_ok(struct slice name);
void keys_count(struct keys *k, struct keys_counts *ret);

#endif
