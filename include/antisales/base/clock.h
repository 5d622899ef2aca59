/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_CLOCK_H
#define ANTISALES_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/slice.h"

/* Read by the edges only; every stage between gets its time as an argument. */
int64_t clock_wall(void);               /* seconds since 1970 UTC */
int64_t clock_mono_us(void);            /* microseconds, never backwards, for durations */
void clock_sleep_ms(unsigned ms);

/* The days of people: in the zone that clock_zone named once at start, before threads; UTC without it. */
bool clock_zone(const char *name);
int64_t clock_local_day(int64_t when);          /* days since 1970-01-01 */
int64_t clock_local_midnight(int64_t day);      /* when that day begins */

enum { CLOCK_TEXT = sizeof "2026-03-01T10:00:00Z" };
/* "2026-03-01T10:00:00Z" into out[CLOCK_TEXT]; returns out. */
char *clock_text(int64_t when, char *out);
/* Reads "2026-03-01", "2026-03-01T10:00:00Z" or seconds ("@1767225600"). false when it is none of these. */
bool clock_parse(struct slice s, int64_t *ret);
/* Reads a span: "90" or "90s", "15m", "12h", "30d", "4w"; seconds. false when it is none of these. */
bool clock_parse_span(struct slice s, int64_t *ret);

#endif
