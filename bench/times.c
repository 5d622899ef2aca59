/* SPDX-License-Identifier: BSD-3-Clause */
#include "times.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint64_t chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717) >> 16;
}

static int compare(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

void times_report(const char *what, int64_t *times, size_t n)
{
	qsort(times, n, sizeof *times, compare);
	printf("%-28s p50 %6.1f  p90 %6.1f  p99 %6.1f  p99.9 %7.1f  max %8.1f us\n", what, (double)times[n / 2] / 1e3,
	    (double)times[n / 10 * 9] / 1e3, (double)times[n / 100 * 99] / 1e3, (double)times[n / 1000 * 999] / 1e3,
	    (double)times[n - 1] / 1e3);
}
