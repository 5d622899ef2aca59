/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/reputation.h"

#include <math.h>

#include "antisales/ledger/party.h"
#include "antisales/ledger/sketch.h"

#define DAY INT64_C(86400)
#define PRIOR 1.0                       /* a mail each way before anything was seen */
#define CONFIDENCE_HALF 4.0             /* mails at which history is half believed */
#define ANSWER_WEIGHT 4.0
#define OPTOUT_WEIGHT 2.0
#define DECOY_WEIGHT 3.0

enum { DAYS_A_WEEK = 7, CLEAN_MARKS = DAYS_A_WEEK * MARKS_A_DAY, TO_MARKS = 63 };
enum { SET_TAKEN_BACK = 255 };

struct store_key reputation_key(const struct site_key *site, struct slice domain, bool authenticated,
    struct slice network)
{
	struct identifier i = { IDENTIFIER_DOMAIN, domain };
	unsigned char room[16];
	struct slice parts[3] = { SLICE("claimed-org"), domain, network_of(network, room) };

	if (authenticated)
		return organisation_key('r', identifier_id(site, &i), 0);
	return store_key_of(&record_claimed, site, parts, 3);
}

/* How many of n marks' worth of things left these marks: linear counting. */
static double count_marks(int64_t marks, double n)
{
	double empty = n - (double)__builtin_popcountll((uint64_t)marks);

	return n * log(n / (empty < 1 ? 0.5 : empty));
}

/* The marks of one way, as much as is left of them; a day in the future is today. */
static double sum_marks(const struct record *r, int first, int64_t now)
{
	int64_t today = now / DAY;
	double sum = 0;

	for (int w = 0; w < REPUTATION_WEEKS; w++) {
		int64_t field = r->at[REP_WEEKS + w].number, week = field >> WEEK_MARKS;

		if (field == 0 || week <= today / DAYS_A_WEEK - REPUTATION_WEEKS)
			continue;
		for (int d = 0; d < DAYS_A_WEEK; d++) {
			unsigned marks = (unsigned)(field >> (first + d * MARKS_A_DAY)) & ((1U << MARKS_A_DAY) - 1);

			sum += __builtin_popcount(marks)
			    * record_decay(&record_reputation, 1, (week * DAYS_A_WEEK + d) * DAY, today * DAY);
		}
	}
	return sum;
}

static double bounded(double n, double max)
{
	return n < 0 ? 0 : n > max ? max : n;
}

static double decayed(const struct record *r, enum reputation_field f, int64_t now)
{
	return record_decay(&record_reputation, r->at[f].decayed, r->stamp, now);
}

static void weigh(struct reputation *ret, const struct record *r, const struct feedback_policy *f, int64_t now)
{
	double s = bounded(sum_marks(r, 0, now), MARKS_A_RECIPIENT * count_marks(r->at[REP_SALES_TO].number, TO_MARKS));
	double c = bounded(sum_marks(r, CLEAN_MARKS, now), MARKS_A_RECIPIENT * count_marks(r->at[REP_CLEAN_TO].number, TO_MARKS));

	s += f->weight * bounded((double)ret->said_sales, (double)f->at_most)
	    + OPTOUT_WEIGHT * bounded(ret->optouts_ignored, REPUTATION_SUM_MAX)
	    + DECOY_WEIGHT * bounded(ret->decoys, REPUTATION_SUM_MAX);
	c += f->weight * bounded((double)ret->said_wanted, (double)f->at_most)
	    + ANSWER_WEIGHT * bounded(ret->answers, REPUTATION_SUM_MAX);
	ret->evidence_sales = s;
	ret->evidence_clean = c;
	ret->sales = (int)lround(100 * (s + PRIOR) / (s + c + 2 * PRIOR));
	ret->confidence = (int)lround(100 * (s + c) / (s + c + CONFIDENCE_HALF));
}

/* Above all else: what a person decided. */
static void take_set(struct reputation *ret, int64_t set)
{
	int sales = (int)(set >> 8 & 0xFF), confidence = (int)(set & 0xFF);

	if (set == 0 || sales == SET_TAKEN_BACK)
		return;
	ret->set = true;
	ret->sales = sales > 100 ? 100 : sales;
	ret->confidence = confidence > 100 ? 100 : confidence;
}

struct reputation reputation_read(const struct record *r, bool found, const struct feedback_policy *f, int64_t now)
{
	struct reputation ret = { .known = found };

	if (!found)
		return ret;
	ret.mails = r->at[REP_MAILS].number;
	ret.days = r->at[REP_FIRST_SEEN].number > 0 && now > r->at[REP_FIRST_SEEN].number
	    ? (now - r->at[REP_FIRST_SEEN].number) / DAY : 0;
	ret.recipients = sketch_count(r, REP_RECIPIENTS);
	ret.answers = decayed(r, REP_ANSWERS, now);
	ret.optouts_ignored = decayed(r, REP_OPTOUTS_IGNORED, now);
	ret.decoys = decayed(r, REP_DECOYS, now);
	ret.said_sales = r->at[REP_SAID_SALES].number > 0 ? r->at[REP_SAID_SALES].number : 0;
	ret.said_wanted = r->at[REP_SAID_WANTED].number > 0 ? r->at[REP_SAID_WANTED].number : 0;
	weigh(&ret, r, f, now);
	take_set(&ret, r->at[REP_SET].number);
	return ret;
}

struct store_change reputation_change(const struct store_key *key, enum conduct conduct, enum fate fate, int64_t now)
{
	struct store_change c = { .key = *key, .delta = { .stamp = now } };

	c.delta.at[REP_FIRST_SEEN].number = now;
	c.delta.at[REP_MAILS].number = 1;
	c.delta.at[conduct == CONDUCT_SALES ? REP_SALES : conduct == CONDUCT_CLEAN ? REP_CLEAN : REP_NEUTRAL].decayed = 1;
	if (fate != FATE_PASSED)
		c.delta.at[fate == FATE_TAGGED ? REP_TAGGED : fate == FATE_QUARANTINED ? REP_QUARANTINED : REP_REJECTED].number = 1;
	return c;
}

void reputation_recipient(struct store_change *c, const struct site_key *site, enum conduct conduct,
    struct slice recipient)
{
	struct slice parts[2] = { SLICE("recipient-mark"), recipient };
	struct hash h = hash_keyed(site, parts, 2);
	int64_t day = c->delta.stamp / DAY, week = day / DAYS_A_WEEK;
	int bit = (int)(day % DAYS_A_WEEK) * MARKS_A_DAY + h.bytes[0] % MARKS_A_DAY;

	sketch_add(&c->delta, REP_RECIPIENTS, &h);
	if (conduct == CONDUCT_NEUTRAL || day < 0)
		return;
	c->delta.at[conduct == CONDUCT_SALES ? REP_SALES_TO : REP_CLEAN_TO].number |= INT64_C(1) << h.bytes[10] % TO_MARKS;
	c->delta.at[REP_WEEKS + week % REPUTATION_WEEKS].number |= week << WEEK_MARKS
	    | INT64_C(1) << (bit + (conduct == CONDUCT_SALES ? 0 : CLEAN_MARKS));
}

static struct store_change one_more(int64_t identifier, enum reputation_field f, int64_t now)
{
	struct store_change c = { .key = organisation_key('r', identifier, 0), .delta = { .stamp = now } };

	c.delta.at[f].decayed = 1;
	return c;
}

struct store_change reputation_answered(int64_t identifier, int64_t now)
{
	return one_more(identifier, REP_ANSWERS, now);
}

struct store_change reputation_optout_ignored(int64_t identifier, int64_t now)
{
	return one_more(identifier, REP_OPTOUTS_IGNORED, now);
}

struct store_change reputation_decoy(int64_t identifier, int64_t now)
{
	return one_more(identifier, REP_DECOYS, now);
}

struct store_change reputation_set(const struct store_key *key, int sales, int confidence, int64_t now)
{
	struct store_change c = { .key = *key, .delta = { .stamp = now } };

	c.delta.at[REP_SET].number = now << 16 | (int64_t)(sales < 0 ? SET_TAKEN_BACK : sales) << 8 | (sales < 0 ? 0 : confidence);
	return c;
}
