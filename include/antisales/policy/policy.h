/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_POLICY_POLICY_H
#define ANTISALES_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/catalogue/catalogue.h"
#include "antisales/mail/address.h"
#include "antisales/mail/facts.h"
#include "antisales/policy/condition.h"
#include "antisales/policy/confirmation.h"

enum mode { MODE_ENFORCE, MODE_SHADOW };
/* Ordered from mild to severe. */
enum verdict_kind { VERDICT_PASS, VERDICT_TAG, VERDICT_QUARANTINE, VERDICT_REJECT, VERDICT_COUNT };

enum { NEVER = 1000 };                  /* a threshold no score reaches */

/* The lowest score that earns each verdict. */
struct thresholds {
	int at[VERDICT_COUNT];          /* at[VERDICT_PASS] is not used */
};

/* A sentence with {facts} in it, cut into pieces when the policy is compiled. */
struct says_piece {
	struct slice text;              /* literal, when fact == FACT_COUNT */
	enum fact_id fact;
};
struct says {
	const struct says_piece *pieces;
	size_t count;
};

struct rule {
	struct slice id;
	const struct condition *when;
	double points;                  /* with per: for each unit of that fact */
	enum fact_id per;               /* FACT_COUNT: points count once */
	int at_most;                    /* bound of the absolute value with per */
	struct says says;
	bool history;                   /* asks for what the store remembers */
	unsigned line;
};

struct recipient_class {
	struct slice name;
	const struct slice *recipients; /* "ceo@", "*@board.example.com", "ann@example.com" */
	size_t recipients_count;
	struct thresholds thresholds;
	enum mode mode;
	int attention;                  /* machine-made marketing mails a week; 0: no bound */
};

struct reply {
	int code;                       /* 550 */
	struct slice enhanced;          /* "5.7.1" */
	struct slice text;
};

/* What users' words are worth: no single one decides for all. */
struct feedback_policy {
	double weight;                  /* mails that one user's word stands for */
	int64_t at_most;                /* users that count, each way */
};

/* What is remembered of who wrote to whom, and how long it counts, in seconds. */
struct memory_policy {
	int64_t answered, introduced, correspondent;
	int64_t silence;                /* so long without a touch begins a new sequence */
	int64_t trigger;                /* so long a filled-in form explains a pitch */
	const struct condition *touches;        /* what is a touch; NULL: what a stranger sends by himself */
	const struct condition *marketing;      /* what counts for the attention budget; NULL: nothing */
	const struct slice *contracts;  /* domains of organisations with a contract, sorted */
	size_t contracts_count;
};
/* How long somebody has who was told to stop, and what is a breach then. */
struct optout_policy {
	int64_t within;                 /* seconds; counts when business_days is 0 */
	int business_days;              /* up to the end of the last of them, in the zone of clock_zone */
	const int64_t *holidays;        /* days since 1970, sorted */
	size_t holidays_count;
	const struct condition *when;   /* NULL: any mail */
};
/* The end of the time that begins with an opt-out. */
int64_t optout_deadline(const struct optout_policy *o, int64_t since);

/* How one of us says no; see policies/refusals.yaml. */
struct refusals {
	const struct slice *addresses, *subjects, *texts;
	size_t addresses_count, subjects_count, texts_count;
};
enum { ATTENTION_MAX = 20 };            /* more mails a week are not remembered one by one */

/* Immutable once compiled; shared by all threads. */
struct policy {
	struct arena arena;             /* owns everything below */
	struct slice name, path;
	enum mode mode;
	const struct catalogue *catalogue;
	const struct rule *rules;
	size_t rules_count;
	struct thresholds thresholds;
	const struct recipient_class *classes;  /* the first that fits a recipient is its class */
	size_t classes_count;
	const struct slice *freemail;   /* domains, sorted */
	size_t freemail_count;
	const struct slice *esp;        /* registrable domains of platforms and mail services, sorted */
	size_t esp_count;
	struct confirmations confirmations;
	struct feedback_policy feedback;
	struct memory_policy memory;
	int attention;                  /* as in a class */
	struct optout_policy optout;
	struct refusals refusals;
	const struct slice *decoys;     /* recipients that nobody could have given to anybody */
	size_t decoys_count;
	const struct slice *never;      /* recipients that are never filtered: "postmaster@", "abuse@" and more */
	size_t never_count;
	struct reply reject;
	bool headers_for_clean;         /* "X-Anti-Sales: no" on mail without findings */
};

/*
 * Reads and checks the policy and its catalogue completely. E_SYNTAX with
 * "file:line:column: message", E_ABSENT, E_IO, E_NOMEM. Free with policy_free.
 */
int policy_compile(const char *path, struct policy **ret, struct err *reterr);
void policy_free(struct policy *p);     /* NULL-safe */

/* The class of a recipient; NULL when none fits and the policy's own thresholds count. */
const struct recipient_class *policy_class(const struct policy *p, const struct address *rcpt);
bool policy_never_filters(const struct policy *p, const struct address *rcpt);
bool policy_is_decoy(const struct policy *p, const struct address *rcpt);
/* True for the registrable domain of a platform: it carries mail for many, so it is nobody's organisation. */
bool policy_is_esp(const struct policy *p, struct slice domain);
bool policy_has_contract(const struct policy *p, struct slice domain);
bool policy_is_freemail(const struct policy *p, struct slice domain);
bool policy_recipient_fits(struct slice pattern, const struct address *rcpt);

const char *verdict_name(enum verdict_kind v);
const char *mode_name(enum mode m);
/* Fills the facts into a sentence. */
void says_expand(const struct says *s, const struct facts *f, struct buf *out);

#endif
