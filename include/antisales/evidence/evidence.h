/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EVIDENCE_EVIDENCE_H
#define ANTISALES_EVIDENCE_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/ledger/history.h"
#include "antisales/mail/facts.h"
#include "antisales/mail/skeleton.h"
#include "antisales/mail/txn.h"
#include "antisales/policy/policy.h"

/* What a detector found, with the words that show it. It has no weight: the policy weighs. */
struct finding {
	const char *detector;
	enum fact_id fact;              /* the fact it supports */
	struct slice where;             /* "header:X-MarketoID", "url-host", "text", "history" */
	struct slice quote;             /* cut from the message; never in journal or headers */
};

/* A platform that left its marks. */
struct recognised {
	const struct platform *platform;
	enum proof proof;
	enum stream stream;
	struct slice tenant, lead;      /* absent when the mail does not carry them */
	bool verified;                  /* a signature of the platform's own holds */
	bool disputed;                  /* the mail carries more than one tenant of it */
};

/* Grows inside the message's arena. */
struct evidence {
	struct arena *arena;
	struct finding *findings;
	size_t count, room;
	const struct recognised *platforms;     /* best first */
	size_t platforms_count;
	const struct slice *platform_domains;   /* signing domains that are a platform's own */
	size_t platform_domains_count;
	const struct slice *customer_hosts;     /* hosts of links that are a platform's, but not by their name */
	size_t customer_hosts_count;
	struct skeleton skeleton;       /* of the text; not present when it is too short */
	size_t limits_hit;              /* patterns that ran into their bounds */
	const struct fingerprint *slow; /* one of them, NULL if none */
};

struct detect_in {
	const struct txn *txn;          /* sealed */
	const struct policy *policy;
	const struct history *history;  /* NULL in the first round */
	struct facts *facts;            /* read, and completed */
};

/* MAIL detectors look at the message alone and say whose history to load; HISTORY ones run after that. */
enum detector_round { DETECT_MAIL, DETECT_HISTORY };

struct detector {
	const char *id;                 /* stable: log, explain, manual */
	const char *summary;            /* one line */
	enum detector_round round;
	int (*run)(const struct detect_in *in, struct evidence *out, struct err *reterr);
};

/* All detectors, sorted by id within the order they must run in. */
extern const struct detector *const detectors[];
extern const size_t detectors_count;

void evidence_init(struct evidence *e, struct arena *a);
/* A finding that has no room left is lost without harm: facts carry the judgement. */
void evidence_add(struct evidence *e, const struct finding *f);
/* Runs all detectors of a round. The first failure is returned after all have run. */
int evidence_collect(enum detector_round round, const struct detect_in *in, struct evidence *out, struct err *reterr);

/*
 * What one recipient's own history adds to the facts common to all, and what
 * the mail is to him by the policy's word. recipient is its number among the
 * txn's; class may be NULL. Changes f alone.
 */
struct history_touch evidence_personal(const struct detect_in *in, size_t recipient, const struct recipient_class *class,
    struct facts *f, struct arena *a);

#endif
