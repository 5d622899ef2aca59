/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_UNIT_H
#define TEST_UNIT_UNIT_H

/* What every unit test needs: cmocka, a folder of its own, files in it, repeatable chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "antisales/base/err.h"
#include "antisales/base/slice.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* xorshift64*: the same numbers on every machine. */
struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(2685821657736338717);
}

static inline size_t rng_below(struct rng *r, size_t n)
{
	return (size_t)((rng_next(r) >> 16) % n);
}

static inline void rng_bytes(struct rng *r, char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(rng_next(r) >> 24);
}

/* A path from up to two parts, good until eight more were asked for. */
static inline const char *path_in(const char *dir, const char *name)
{
	static char ring[8][4096];
	static unsigned at;
	char *out = ring[at++ % 8];

	if (snprintf(out, sizeof ring[0], "%s/%s", dir, name) >= (int)sizeof ring[0])
		fail_msg("a path is too long");
	return out;
}

/* A file of the source tree. */
static inline const char *source(const char *name)
{
	const char *src = getenv("SRC");

	return path_in(src == NULL ? "." : src, name);
}

/* A new empty folder; free it with folder_remove. */
static inline char *folder_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = malloc(4096);

	assert_non_null(dir);
	snprintf(dir, 4096, "%s/antisales-unit-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(dir));
	return dir;
}

static inline int folder_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void folder_remove(char *dir)
{
	if (dir != NULL)
		nftw(dir, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

static inline void file_write(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
		fail_msg("cannot write %s", path);
}

/* Writes text to dir/name and returns the path. */
static inline const char *file_make(const char *dir, const char *name, const char *text)
{
	const char *path = path_in(dir, name);

	file_write(path, text, strlen(text));
	return path;
}

/* The whole file with a NUL behind it; free() it. */
static inline char *file_text(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0, got;

	if (f == NULL)
		fail_msg("cannot read %s", path);
	do {
		text = realloc(text, n + 65537);
		assert_non_null(text);
		got = fread(text + n, 1, 65536, f);
		n += got;
	} while (got > 0);
	fclose(f);
	text[n] = '\0';
	if (ret_n != NULL)
		*ret_n = n;
	return text;
}

/* Setup and teardown of tests whose state is a folder. */
static inline int with_folder(void **state)
{
	*state = folder_make();
	return 0;
}

static inline int without_folder(void **state)
{
	folder_remove(*state);
	return 0;
}

static inline int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

#define assert_contains(text, part) do { \
	if (!contains(text, part)) \
		fail_msg("\"%s\" is not in \"%s\"", part, text); \
} while (0)

#define assert_slice(s, want) do { \
	struct slice assert_got = (s); \
	if (!slice_eq(assert_got, slice_of(want))) \
		fail_msg("\"%.*s\" instead of \"%s\"", SLICE_FMT(assert_got), want); \
} while (0)

#define assert_ok(rc, e) do { \
	int assert_rc = (rc); \
	if (assert_rc != E_OK) \
		fail_msg("%d: %s", assert_rc, (e).text); \
} while (0)

#endif
