/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t clock_wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec;
}

int64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_sleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

bool clock_zone(const char *name)
{
	char path[256];
	struct tm tm;
	time_t t = 0;

	/* a zone that does not exist is UTC to the C library, without a word */
	if (strstr(name, "..") != NULL || snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name) >= (int)sizeof path
	    || (strcmp(name, "UTC") != 0 && access(path, R_OK) < 0) || setenv("TZ", name, 1) < 0)
		return false;
	tzset();
	return localtime_r(&t, &tm) != NULL;
}

int64_t clock_local_day(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return when / 86400;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return (int64_t)timegm(&tm) / 86400;
}

int64_t clock_local_midnight(int64_t day)
{
	time_t t = (time_t)(day * 86400);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return day * 86400;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

char *clock_text(int64_t when, char *out)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, CLOCK_TEXT, "unknown");
	return out;
}

static bool parse_number(struct slice s, int64_t *ret)
{
	int64_t n = 0;

	if (s.n == 0 || s.n > 15)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_digit(s.p[i]))
			return false;
		n = n * 10 + (s.p[i] - '0');
	}
	*ret = n;
	return true;
}

bool clock_parse(struct slice s, int64_t *ret)
{
	char text[32] = "";
	struct tm tm = { 0 };
	const char *end;
	int day;

	if (s.n > 0 && s.p[0] == '@')
		return parse_number(slice_sub(s, 1, s.n), ret);
	if (s.n == 0 || s.n >= sizeof text)
		return false;
	memcpy(text, s.p, s.n);
	end = strptime(text, s.n == 10 ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		return false;
	day = tm.tm_mday;
	*ret = (int64_t)timegm(&tm);
	return tm.tm_mday == day;       /* 30 February became a day in March */
}

bool clock_parse_span(struct slice s, int64_t *ret)
{
	static const struct { char unit; int64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
	};
	int64_t factor = 1;

	for (size_t i = 0; i < sizeof units / sizeof units[0] && s.n > 1; i++)
		if (s.p[s.n - 1] == units[i].unit) {
			factor = units[i].seconds;
			s.n--;
			break;
		}
	if (s.n > 9 || !parse_number(s, ret))
		return false;
	*ret *= factor;
	return true;
}
