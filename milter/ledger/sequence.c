/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/sequence.h"

#include <stdlib.h>

#define HOUR INT64_C(3600)

enum { CHANNEL_FIELDS = CHANNEL_MAX / 8, CHANNEL_MARKS = 63 };

struct store_key sequence_key(int64_t party, int64_t person)
{
	return organisation_pair('q', party, person);
}

static int compare(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static int64_t median(int64_t *gaps, size_t n)
{
	if (n == 0)
		return 0;
	qsort(gaps, n, sizeof *gaps, compare);
	return n % 2 == 1 ? gaps[n / 2] : (gaps[n / 2 - 1] + gaps[n / 2]) / 2;
}

/* Neither an answer nor silence lies between a touch and what came after it; later is 0 for now. */
static bool goes_on(const struct sequence_ask *ask, int64_t time, int64_t later)
{
	return time > ask->answered_at && (later != 0 ? later : ask->now) - time <= ask->silence;
}

/* Goes back from touch to touch; returns how many records it went through. */
static size_t walk(const struct record *r, const struct sequence_ask *ask, struct sequence *ret)
{
	int64_t gaps[SEQUENCE_TOUCHES_MAX], later = ret->first_at;
	size_t n = 0, i;

	for (i = 0; i < SEQUENCE_TOUCHES_MAX; i++) {
		int64_t entry = r->at[SEQUENCE_TOUCHES + i].number, time = latest_time(entry);

		if (entry != 0 && ask->mark != 0 && latest_mark(entry) == ask->mark)
			continue;
		if (entry == 0 || !goes_on(ask, time, later))
			break;
		if (ret->touch++ > 0)
			gaps[n++] = later > time ? later - time : 0;
		later = ret->first_at = time;
	}
	ret->cadence_hours = (median(gaps, n) + HOUR / 2) / HOUR;
	return i;
}

struct sequence sequence_read(const struct record *r, const struct sequence_ask *ask)
{
	struct sequence ret = { .touch = ask->mark != 0, .first_at = ask->mark != 0 ? ask->now : 0 };

	if (r == NULL)
		return ret;
	ret.known = true;
	/* what was counted without its time came before all that; an answer may have ended it */
	if (walk(r, ask, &ret) == SEQUENCE_TOUCHES_MAX && ask->answered_at == 0 && r->at[SEQUENCE_OLDER].number > 0) {
		ret.touch += r->at[SEQUENCE_OLDER].number;
		ret.first_at = r->at[SEQUENCE_FIRST].number;
	}
	ret.channels = __builtin_popcountll((uint64_t)r->at[SEQUENCE_CHANNELS].number);
	record_get_text(r, SEQUENCE_CHANNEL, CHANNEL_FIELDS, ret.channel);
	return ret;
}

static unsigned channel_place(struct slice channel)
{
	return crc32c(channel.p, channel.n) % CHANNEL_MARKS;
}

struct store_change sequence_touched(int64_t party, int64_t person, uint64_t mark, struct slice channel, int64_t now)
{
	struct store_change c = { .key = sequence_key(party, person), .delta = { .stamp = now } };

	c.delta.at[SEQUENCE_FIRST].number = now;
	c.delta.at[SEQUENCE_TOUCHES].number = latest_entry(now, mark);
	if (channel.n == 0)
		return c;
	c.delta.at[SEQUENCE_CHANNELS].number = INT64_C(1) << channel_place(channel);
	c.delta.at[SEQUENCE_CHANNEL_AT].number = now;
	record_put_text(&c.delta, SEQUENCE_CHANNEL, CHANNEL_FIELDS, channel);
	return c;
}

uint64_t mail_mark(const struct site_key *site, struct slice message_id, struct slice from, struct slice else_text)
{
	struct slice parts[3] = { SLICE("mail"), message_id.n > 0 ? message_id : else_text, from };
	uint64_t mark = latest_mark(hashed_id(site, parts, 3));

	return mark == 0 ? 1 : mark;
}
