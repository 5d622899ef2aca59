/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_SESSION_H
#define ANTISALES_EDGE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/decide/plan.h"
#include "antisales/edge/engine.h"
#include "antisales/edge/mta.h"
#include "antisales/mail/txn.h"

/* What the MTA is told after a step. Faults of ours end as OUTCOME_CONTINUE or OUTCOME_ACCEPT, never worse. */
enum outcome { OUTCOME_CONTINUE, OUTCOME_ACCEPT, OUTCOME_REJECT };

/* MAIL FROM until end of message, abort or close. */
struct message {
	struct arena arena;
	struct setup *setup;            /* held for this message only: a long connection pins no old policy */
	struct txn *txn;
	struct dkim_check *dkim;        /* NULL: not verified here; lives in the arena */
	struct message_hash *hash;      /* NULL: not asked for; lives in the arena */
	struct slice vouched;           /* domains that the command line takes as proved; absent for none */
	struct foreign_headers foreign; /* fields of ours that came with the mail */
	bool trusted;                   /* not judged, not changed */
	bool learn;                     /* our own: looked at, to learn to whom we write */
	bool shed;                      /* not judged for want of room; only fields that claim to be ours go */
	bool counted;                   /* in engine->messages */
	int64_t began_us;
	char id[ID_TEXT];
};

/* One MTA connection; the only thing behind smfi_setpriv. One thread at a time, not always the same. */
struct session {
	struct engine *engine;
	struct arena arena;             /* connection facts */
	struct peer peer;
	struct message *message;        /* NULL between two messages */
	unsigned long agreed;           /* protocol steps agreed with the MTA */
	bool answers_rcpt;              /* the MTA waits for our word on each recipient */
	bool leading_space;             /* header values come with the blank behind the colon */
	bool counted;                   /* in engine->sessions */
	bool shed;                      /* over the limit: its mail is let through unjudged */
};

/* NULL out of memory: then nothing is looked at. Slices are copied. */
struct session *session_new(struct engine *e);
void session_free(struct session *s);           /* NULL-safe; frees memory and nothing else */

/* Each accepts s == NULL and any order; what makes no sense is ignored. */
void session_connect(struct session *s, struct slice name, struct slice address);
void session_helo(struct session *s, struct slice helo);
/* login: the SASL login name, absent when there is none. Ends a message that is still open. */
void session_mail(struct session *s, struct slice sender, struct slice login);
/* For the command line, which sees no signatures: takes the message that is open as signed by these domains,
 * separated by blanks. */
void session_vouch(struct session *s, struct slice domains);
void session_rcpt(struct session *s, struct slice recipient);
/*
 * recipient.c: whether a recipient is refused because its address was issued
 * and is no longer valid, or locked to somebody else; then the reply is set on
 * m and the recipient is none. wants: the configuration asks for that.
 */
enum outcome session_answer_rcpt(struct session *s, struct slice recipient, struct mta *m);
bool session_wants_rcpt(struct session *s);
void session_header(struct session *s, struct slice name, struct slice raw_value);
void session_body(struct session *s, struct slice bytes);
/*
 * End of message: judges, carries the plan out on m, remembers, journals,
 * logs. *ret_decision, which may be NULL, lives until session_message_end and
 * is set to NULL when nothing was decided.
 */
enum outcome session_eom(struct session *s, struct mta *m, const struct decision **ret_decision);
/* Ends the open message, if any: by end of message, abort and close alike; may be called twice. */
void session_message_end(struct session *s);

#endif
