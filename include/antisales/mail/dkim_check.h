/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DKIM_CHECK_H
#define ANTISALES_MAIL_DKIM_CHECK_H

#include "antisales/mail/dkim_length.h"
#include "antisales/mail/dkim_verifier.h"

/* Inside of dkim.h: a check, shared by dkim_check.c, dkim_choice.c and dkim_feed.c. */

enum { DKIM_CHOSEN_MAX = 16, DKIM_REPORTED_MAX = 32 };

struct dkim_field {
	struct slice name, raw;         /* as told */
	bool with_space;                /* raw begins right behind the colon */
};

/* A DKIM-Signature field. */
struct dkim_candidate {
	size_t field;
	const char *fault;              /* why it cannot be read; NULL when it can */
	struct dkim_judgement early;    /* reason NULL: not judged yet */
	bool aligned;                   /* its domain belongs to From's */
	bool chosen;                    /* to be verified */
	bool fed;                       /* the library took it */
	struct dkim_signature *signature;       /* NULL: gets no result of its own */
	bool asked;
	struct key_ticket *ticket;
	bool owns_ticket;               /* signatures of one key share a ticket */
	struct key key;
};

struct dkim_check {
	struct dkim_context *ctx;
	const struct dkim_limits *limits;
	struct arena *arena;
	int64_t now;
	struct dkim_field *fields;
	size_t fields_count, fields_room, header_bytes;
	bool header_cut;
	struct slice from_domain;       /* absent: no usable From */
	bool from_ambiguous;
	struct dkim_candidate *candidates;      /* in the order of the header */
	size_t candidates_count, chosen_count;
	struct dkim_verifier *verifier; /* NULL: nothing to verify */
	struct slice own_field;
	bool body_begun, body_cut, ended;
	bool has_length;                /* a chosen signature has l= */
	struct dkim_length lengths[2];  /* of the body: simple, relaxed; counted if has_length */
	size_t held_crs;                /* so many at the end of the last chunk are still to be passed on */
	bool in_line;                   /* the last byte passed on was not the end of a line */
	struct dkim_result *results;
	size_t results_count;
	struct dkim_counts counts;
};

/* dkim_choice.c: reads From and the signatures, and chooses those to verify. */
void dkim_choose(struct dkim_check *c);
size_t dkim_count_fields(const struct dkim_check *c, struct slice name);
/* More fields of a name that is shown than the signature covers. */
bool dkim_is_ambiguous(const struct dkim_check *c, const struct dkim_signature *s);
/* What is known before anything was verified. */
struct dkim_evidence dkim_evidence_early(const struct dkim_check *c, const struct dkim_signature *s);

/* l= ends before the body does. */
bool dkim_is_partial(const struct dkim_check *c, const struct dkim_signature *s);

/* dkim_feed.c: passes on to the library, with all line ends made CRLF. */
void dkim_feed_header(struct dkim_check *c);
void dkim_feed_body(struct dkim_check *c, struct slice bytes);
void dkim_feed_end(struct dkim_check *c);

#endif
