/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_HISTORY_H
#define ANTISALES_LEDGER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/ledger/consent.h"
#include "antisales/ledger/identifier.h"
#include "antisales/ledger/issued.h"
#include "antisales/ledger/network.h"
#include "antisales/ledger/optout.h"
#include "antisales/ledger/pressure.h"
#include "antisales/ledger/relation.h"
#include "antisales/ledger/reputation.h"
#include "antisales/ledger/sequence.h"
#include "antisales/mail/facts.h"
#include "antisales/mail/txn.h"
#include "antisales/store/store.h"

/* More recipients of one mail are judged without a history of their own. */
enum { HISTORY_PERSONS_MAX = 32, HISTORY_BANDS = 4 };

/* What is known of the very address that the mail came to. */
struct history_address {
	struct store_key key;
	bool asked;                     /* the store was */
	bool forged;                    /* it has the shape of an issued one, but its check is wrong */
	bool issued;                    /* to somebody, as the record says */
	bool own;                       /* who writes may write to it */
	bool decoy;                     /* of the policy's, and today the mail is the party's first that proves who sent it */
	struct issued record;
};

/* What stands between the party and one of us whom the mail is for. */
struct history_person {
	int64_t person;
	struct history_address address;
	struct relation relation;
	struct sequence sequence;       /* as it stands if this mail is a touch */
	struct pressure pressure;
	struct optout optout;           /* the widest that was said */
	struct consent consent;         /* of lists; only where the mail belongs to one */
	const struct record *contacts;  /* which strangers began to write; NULL when none did */
	bool begins;                    /* if the mail is a touch, it is this party's first, at an address that it was not given */
};

/* How many of us were touched lately, the strangers among this mail's recipients included. */
struct history_fanout {
	int64_t two_days, month;
};

/* All that the store knows about the parties to one message. */
struct history {
	bool available;                 /* the store answered */
	bool has_org;                   /* there is an organisation to remember */
	bool proved;                    /* it proved itself; else its name is only claimed */
	struct identifier self;         /* proved: the domain, else the account, by which it did */
	struct store_key org_key;       /* the record that this mail changes */
	struct reputation reputation;   /* of the organisation, with all that is one with it */
	int64_t members;                /* identifiers that are one with it, itself included; 0 unknown */
	bool has_account;
	struct reputation account;      /* of the account on the platform */

	int64_t party;                  /* who writes, for all that follows; 0: nobody that could be remembered */
	int64_t acquaintance;           /* whose relationships count; 0: nobody's, for nothing is proved */
	uint64_t mark;                  /* of the mail */
	bool outbound;                  /* mail of our own passed here within the last weeks */
	bool reply_to_ours;             /* it names an id that we sent to this very party */
	int64_t agency, list;           /* what stands for them in opt-outs; 0: there is none */
	uint64_t list_mark;             /* of the list or stream that the mail belongs to; 0 for none */
	int64_t network_id;
	struct network_history network;
	struct history_fanout fanout, template;
	struct history_person *persons; /* in the order of the recipients */
	size_t persons_count;
};

/* For whom, and how, the store is asked. */
struct history_ask {
	const struct site_key *site;
	const struct facts *facts;
	const struct policy *policy;
	const struct txn *txn;          /* NULL: only the organisation is asked about */
	const uint64_t *bands;          /* of the mail's template, HISTORY_BANDS; NULL: it has none */
	const char *delimiters;         /* of address extensions, such as "+" */
	bool issued;                    /* addresses without a tag may be issued ones, too */
	int64_t now;
};
/* Reads everything in one batch. On failure *ret says "not available", which is an answer to go on with. */
int history_load(struct store *s, const struct history_ask *ask, struct arena *a, struct history *ret, struct err *reterr);

/* A mail that was judged, and who got it. */
struct history_mail {
	enum conduct conduct;
	enum fate fate;
	const struct slice *recipients;
	size_t recipients_count;
	int64_t now;
};
/*
 * What the store is to remember of the organisation; returns how many changes
 * were written. What nobody proved leaves one record for its network and
 * nothing else.
 */
enum { HISTORY_MARKS_MAX = 8, HISTORY_CHANGES_MAX = 6 + 2 * HISTORY_MARKS_MAX };
size_t history_changes(const struct history *h, const struct site_key *site, const struct facts *f,
    const struct history_mail *m, struct store_change ret[HISTORY_CHANGES_MAX]);

/* What a mail is to one of us, by the policy's word. */
struct history_touch {
	bool touch, marketing;
	bool after_optout;              /* comes after an opt-out that it should have heeded */
	bool breach;                    /* and the time to heed it is over */
	bool sold;                      /* the address was issued to somebody else */
};
struct history_passing {
	const struct history_touch *touches;    /* for each person of the history */
	struct slice channel;           /* the platform's id; absent for none */
	const uint64_t *bands;          /* as asked with */
	bool stale;                     /* its signature is too old to say anything about the party */
	struct slice seller;            /* the organisation, where it proved itself; absent else */
	bool subscription, document;    /* it confirms one */
	struct slice document_name;
	const int64_t *introduced;      /* parties that it brings together with the recipients */
	size_t introduced_count;
	const struct slice *exits;      /* its addresses that take opt-outs */
	size_t exits_count;
	int64_t now;
};
/* What is to be remembered between the party and each of us; ret has room for as many as the first call says. */
enum { INTRODUCED_MAX = 10, EXITS_MAX = 2 };
size_t correspondence_changes_max(const struct history *h);
size_t correspondence_changes(const struct history *h, const struct site_key *site, const struct history_passing *p,
    struct store_change *ret);

#endif
