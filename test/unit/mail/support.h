/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_MAIL_SUPPORT_H
#define TEST_UNIT_MAIL_SUPPORT_H

/* Shared by the tests of the mail area: cmocka with what it needs, slices in messages, seeded noise, CPU time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "antisales/base/arena.h"
#include "antisales/base/buf.h"
#include "antisales/base/slice.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

static inline void expect_slice(const char *file, size_t row, const char *what, struct slice got, struct slice want)
{
	struct slice none = SLICE("(absent)");

	if ((got.p == NULL) == (want.p == NULL) && slice_eq(got, want))
		return;
	got = got.p == NULL ? none : got;
	want = want.p == NULL ? none : want;
	fail_msg("%s: row %zu: %s is \"%.*s\", not \"%.*s\"", file, row, what, SLICE_FMT(got), SLICE_FMT(want));
}

#define EXPECT(row, what, got, want) expect_slice(__FILE__, (row), (what), (got), (want))

/* xorshift64: the same noise everywhere. */
static inline uint64_t noise(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Fills out with pieces of a vocabulary and random bytes between them. */
static inline void soup(uint64_t *seed, struct buf *out, const char *const *words, size_t n, size_t bytes)
{
	while (out->n < bytes) {
		uint64_t r = noise(seed);

		if (r % 8 == 0)
			buf_addc(out, (char)(r >> 8));
		else
			buf_adds(out, words[(r >> 8) % n]);
	}
}

static inline double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline struct slice repeat(struct buf *out, const char *word, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(out, word);
	return buf_slice(out);
}

#endif
