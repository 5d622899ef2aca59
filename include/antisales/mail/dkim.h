/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DKIM_H
#define ANTISALES_MAIL_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"
#include "antisales/mail/dkim_signature.h"
#include "antisales/mail/keys.h"

/*
 * DKIM (RFC 6376, 8301, 8463) while a mail streams by; libopendkim does the
 * hashing and the cryptography. No function waits but dkim_check_end, and that
 * only for keys that were asked for at the end of the header, and only until
 * its deadline.
 */

/* Every row is a configuration key of that name with '-' for '_', as those of limits.h are. */
#define DKIM_LIMITS(X) \
	/* key, default, smallest, largest, unit */ \
	X(dkim_signatures, 4, 1, 16, "signatures") \
	X(dkim_questions, 8, 1, 16, "questions") \
	X(dkim_key_bits, 1024, 1024, 4096, "bits") \
	X(dkim_header_fields, 1000, 50, 100000, "fields") \
	X(dkim_header_bytes, 262144, 16384, 16777216, "bytes") \
	X(dkim_body_bytes, 10485760, 4096, 268435456, "bytes")

struct dkim_limits {
#define X(name, def, min, max, unit) size_t name;
	DKIM_LIMITS(X)
#undef X
};

struct dkim_limits dkim_limits_default(void);

enum dkim_outcome {
	DKIM_PASS,
	DKIM_FAIL,                      /* header or body is not what was signed */
	DKIM_TEMPORARY,                 /* no key in time; says nothing about the sender */
	DKIM_UNUSABLE,                  /* no key, a key or an algorithm that does not count */
	DKIM_EXPIRED,                   /* not valid at this time: expired, or signed in the future */
	DKIM_UNREADABLE,                /* the signature or From is malformed */
	DKIM_PARTIAL,                   /* l= leaves out a part of the body */
	DKIM_UNFINISHED                 /* a limit of ours ended the check; says nothing about the sender */
};
const char *dkim_outcome_name(enum dkim_outcome o);     /* "pass", "fail", "temporary", ... */

struct dkim_result {
	struct slice domain;            /* d= in lower case; absent when it could not be read */
	struct slice selector;
	struct slice identity;          /* i=, absent when there is none */
	enum dkim_outcome outcome;
	const char *reason;             /* a few words, never NULL; static */
	bool ambiguous;                 /* other fields than the signed ones may be what is shown */
	bool testing;                   /* the key says t=y: the domain is trying DKIM out */
	/* The one to trust: passed, not ambiguous, not testing. Whoever signed stands behind this mail. */
	bool authenticates;
	unsigned key_bits;              /* 0 when no key was seen */
	enum dkim_algorithm algorithm;
	int64_t signed_at, expires;     /* 0 when not told */
	const struct dkim_signature *signature;
	const struct dkim_check *check;
};

/* What was told and what became of it. */
struct dkim_counts {
	size_t fields;                  /* DKIM-Signature fields in the header */
	size_t unreadable;              /* of these */
	size_t surplus;                 /* readable, but over the limit */
	size_t body_bytes;              /* hashed */
	bool header_cut, body_cut;      /* a limit was reached */
};

/* One per configuration, made before threads use it, constant afterwards; outlives its checks. The keys outlive it. */
struct dkim_context;
int dkim_context_open(struct keys *keys, const struct dkim_limits *limits, struct dkim_context **ret,
    struct err *reterr);
void dkim_context_close(struct dkim_context *ctx);      /* NULL-safe */

/*
 * One message: begin, header for each field in order, body_begin, body for
 * each chunk, end. Everything lives in the arena and ends with it, at any
 * point. All accept check == NULL. now is the wall clock in seconds.
 */
struct dkim_check;
struct dkim_check *dkim_check_begin(struct dkim_context *ctx, struct arena *a, int64_t now);   /* NULL out of memory */
/* raw: as the MTA told it, folds and all; with_space: the blank after the colon is part of it (else one is put in). */
void dkim_check_header(struct dkim_check *check, struct slice name, struct slice raw, bool with_space);
/* End of the header: chooses signatures, asks for their keys. Done by body or end if the MTA did not tell. */
void dkim_check_body_begin(struct dkim_check *check);
void dkim_check_body(struct dkim_check *check, struct slice bytes);
/* True when more body would change nothing: the MTA may be told to skip the rest, as far as DKIM is concerned.
 * A body of which a part was not told must be announced by dkim_check_body_cut. */
bool dkim_check_has_enough(const struct dkim_check *check);
void dkim_check_body_cut(struct dkim_check *check);
/*
 * The results in the order of the header, chosen and unreadable signatures, in
 * the arena. Waits for keys until the deadline (clock_mono_us). A second call
 * gives the same.
 */
const struct dkim_result *dkim_check_end(struct dkim_check *check, int64_t deadline_us, size_t *ret_count);
void dkim_check_count(const struct dkim_check *check, struct dkim_counts *ret);

/* For tests: the name of the field of our own that goes along with the message's; absent when nothing was checked. */
struct slice dkim_check_own_field(const struct dkim_check *check);

/* True when every field of that name in the message is covered by the signature, and there is one. */
bool dkim_result_covers(const struct dkim_result *r, const char *name);

#endif
