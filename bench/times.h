/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BENCH_TIMES_H
#define ANTISALES_BENCH_TIMES_H

#include <stddef.h>
#include <stdint.h>

int64_t nanoseconds(void);
/* The next of a sequence of numbers that look like chance, the same in every run; *state is not 0. */
uint64_t chance(uint64_t *state);
/* Sorts the times and prints their percentiles on one line. */
void times_report(const char *what, int64_t *times, size_t n);

#endif
