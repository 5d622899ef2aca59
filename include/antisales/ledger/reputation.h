/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_REPUTATION_H
#define ANTISALES_LEDGER_REPUTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/hash.h"
#include "antisales/base/slice.h"
#include "antisales/policy/policy.h"
#include "antisales/store/store.h"

/* The fields of record_reputation and its sisters. */
enum reputation_field {
	REP_FIRST_SEEN, REP_MAILS, REP_SALES, REP_CLEAN, REP_NEUTRAL, REP_TAGGED, REP_QUARANTINED, REP_REJECTED,
	REP_ANSWERS, REP_OPTOUTS_IGNORED, REP_DECOYS, REP_SAID_SALES, REP_SAID_WANTED, REP_SET, REP_SALES_TO, REP_CLEAN_TO,
	REP_RECIPIENTS, REP_WEEKS = REP_RECIPIENTS + 8, REP_FIELDS = REP_WEEKS + 24
};

/* What an organisation did so far. */
struct reputation {
	bool known;
	int64_t mails;                  /* ever */
	int64_t days;                   /* since the first */
	int sales;                      /* 0..100: share of unsolicited machine-made mail */
	int confidence;                 /* 0..100 */
	int64_t recipients;             /* distinct; a sketch of 64 registers, standard error 13 % */
	double answers, optouts_ignored, decoys;        /* as of now */
	int64_t said_sales, said_wanted;                /* users */
	bool set;                       /* sales and confidence are an administrator's word */
	double evidence_sales, evidence_clean;          /* s and c of the formula */
};

/* How one mail counts: by what it was without looking at history, so that a verdict never feeds itself. */
enum conduct { CONDUCT_CLEAN, CONDUCT_NEUTRAL, CONDUCT_SALES };
/* What became of it. */
enum fate { FATE_PASSED, FATE_TAGGED, FATE_QUARANTINED, FATE_REJECTED };

/*
 * An organisation that proved itself has one record; a domain that is only
 * claimed has one per client network (/24 or /48, ignored when authenticated),
 * so that nobody can earn or spoil another's name from somewhere else.
 */
struct store_key reputation_key(const struct site_key *site, struct slice domain, bool authenticated,
    struct slice network);

/*
 * The formula. With s and c what speaks for sales and for clean mail,
 *   sales = 100 (s + 1) / (s + c + 2), confidence = 100 (s + c) / (s + c + 4):
 * a share with one imagined mail each way, so that who is new is neutral, and
 * how many such mails it takes until history is half believed.
 *
 * A mail is a mark in one of three places of its day, chosen by the recipient:
 * a day moves an organisation by three at most, a recipient by one a day. A
 * mark fades to half in 60 days and is gone after 24 weeks. At most six marks
 * count for each recipient who got mail of that kind. To these marks come, each
 * bounded: users' words (weight and number as the policy says), and as fading
 * sums of at most ten each answers (4 clean: somebody of ours wrote to them of
 * his own will), ignored opt-outs (2 sales: the mail and the broken word) and
 * decoys (3 sales: a bought list tells about all of its mail).
 *
 * Marks, sketches and sums merge, so the order of mails changes nothing.
 */
enum { MARKS_A_DAY = 3, MARKS_A_RECIPIENT = 6, REPUTATION_WEEKS = 24, REPUTATION_SUM_MAX = 10 };

struct reputation reputation_read(const struct record *r, bool found, const struct feedback_policy *f, int64_t now);

/* One mail; who got it is added by reputation_recipient, once or more. */
struct store_change reputation_change(const struct store_key *key, enum conduct conduct, enum fate fate, int64_t now);
/* Marks in the change that this one of us got the mail; empty when it is not known who. */
void reputation_recipient(struct store_change *c, const struct site_key *site, enum conduct conduct,
    struct slice recipient);
/* One of us wrote to them of his own will. */
struct store_change reputation_answered(int64_t identifier, int64_t now);
/* A mail of theirs came although somebody had told them to stop; they wrote to a decoy. */
struct store_change reputation_optout_ignored(int64_t identifier, int64_t now);
struct store_change reputation_decoy(int64_t identifier, int64_t now);
/* An administrator's figure, in force from now on until the next; sales < 0 takes it back. */
struct store_change reputation_set(const struct store_key *key, int sales, int confidence, int64_t now);

#endif
