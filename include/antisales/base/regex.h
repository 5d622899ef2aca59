/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_REGEX_H
#define ANTISALES_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * Sole user of pcre2.h. Patterns are compiled once and shared by all threads;
 * scratch belongs to one thread at a time. Every match is bounded in steps,
 * heap and, over long subjects, time.
 */
struct regex;
struct regex_scratch;

enum { REGEX_PATTERN_MAX = 4096, REGEX_CAPTURES = 8 };

enum regex_result {
	REGEX_NO = 0,
	REGEX_YES = 1,
	REGEX_LIMIT = -1,               /* steps, heap or time ran out: unknown, never "no" */
	REGEX_FAULT = -2                /* PCRE2 reported an error of its own */
};

/* Caseless, UTF-8 where invalid bytes never match. The message of E_SYNTAX holds the offset. Free with regex_free. */
int regex_compile(struct slice pattern, struct regex **ret, struct err *reterr);
void regex_free(struct regex *re);                      /* NULL-safe */
bool regex_has_jit(const struct regex *re);
/* The number of the named group, 0 when the pattern has none of that name. */
unsigned regex_group(const struct regex *re, const char *name);

struct regex_scratch *regex_scratch_new(void);          /* NULL out of memory */
void regex_scratch_free(struct regex_scratch *s);       /* NULL-safe */

/* Bytes beyond 64 KiB of the subject are not looked at. On REGEX_YES caps[0..REGEX_CAPTURES) are parts of the
 * subject, absent where a group took no part; caps may be NULL. budget_us, if not NULL, is what may still be
 * spent on long subjects and is lowered by what was. */
enum regex_result regex_match(const struct regex *re, struct regex_scratch *scratch, struct slice subject,
    struct slice caps[REGEX_CAPTURES], int64_t *budget_us);

#endif
