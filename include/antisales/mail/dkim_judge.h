/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DKIM_JUDGE_H
#define ANTISALES_MAIL_DKIM_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/mail/dkim.h"

/* What the library found wrong with a signature, sorted by what it means. */
enum dkim_fault {
	DKIM_FAULT_NONE,
	DKIM_FAULT_UNKNOWN,             /* not processed to the end */
	DKIM_FAULT_MISMATCH,            /* header, body or length differ from what was signed */
	DKIM_FAULT_TIME,
	DKIM_FAULT_NO_KEY,
	DKIM_FAULT_KEY,                 /* the key record cannot be used */
	DKIM_FAULT_REVOKED,
	DKIM_FAULT_SMALL,               /* too few key bits */
	DKIM_FAULT_SUBDOMAIN,           /* the key says t=s and i= names a subdomain */
	DKIM_FAULT_SYNTAX
};

enum dkim_body_hash { DKIM_BODY_UNTESTED, DKIM_BODY_MATCH, DKIM_BODY_MISMATCH };

/* All that decides about one signature. */
struct dkim_evidence {
	const struct dkim_signature *signature;
	int64_t now;
	bool from_usable;
	bool finished;                  /* all of the body was hashed */
	bool header_cut;                /* fields are missing that may have been signed */
	const struct key *key;          /* NULL: not asked for */
	bool passed;                    /* the signature over the header is good */
	enum dkim_body_hash body;
	enum dkim_fault fault;
	unsigned key_bits, key_bits_min;
	bool partial;                   /* l= ended before the body did */
	bool ambiguous, testing;
};

struct dkim_judgement {
	enum dkim_outcome outcome;
	const char *reason;
	bool authenticates;
};

/* The only place that decides what a signature is worth. */
struct dkim_judgement dkim_judge(const struct dkim_evidence *e);
/* True when the signature cannot pass whatever the key and the message are: then no key is asked for. */
bool dkim_judge_early(const struct dkim_evidence *e, struct dkim_judgement *ret);

#endif
