/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/base/log.h"
#include "antisales/edge/session.h"
#include "antisales/ledger/issued.h"
#include "antisales/mail/domain.h"

/* A recipient that is refused leaves nothing behind, however many a client tries. */
enum { ANSWER_CHUNK = 2048, ANSWER_LIMIT = 64 * 1024 };

/* What was read of one recipient. */
struct asked_rcpt {
	struct address rcpt;
	struct issued issued;
	bool own;                       /* the envelope sender may write to it */
};

static bool is_on(const struct config *c)
{
	return strcmp(c->issued_addresses, "on") == 0;
}

bool session_wants_rcpt(struct session *s)
{
	struct setup *setup = s == NULL ? NULL : setup_get(&s->engine->setups);
	bool wants = setup != NULL && is_on(setup->config);

	setup_put(setup);
	return wants;
}

static bool may_refuse(const struct message *m, const struct address *rcpt)
{
	const struct policy *p = m->setup->policy;
	const struct recipient_class *class = policy_class(p, rcpt);

	return (class == NULL ? p->mode : class->mode) != MODE_SHADOW && !policy_never_filters(p, rcpt);
}

/* false when it was not issued, and when the store does not say: then the mail goes on. */
static bool read_issued(const struct session *s, struct asked_rcpt *r)
{
	const struct message *m = s->message;
	const struct address *sender = &m->txn->sender;
	struct store *store = s->engine->store;
	struct identifier who = { IDENTIFIER_DOMAIN, sender->domain.n == 0 ? sender->domain : domain_registrable(sender->domain) };
	struct store_key keys[2] = { issued_key(&s->engine->site, &r->rcpt) };
	struct record records[2];
	bool found[2] = { false, false };
	size_t n = 1;

	if (who.value.n > 0)
		keys[n++] = organisation_pair(ORGANISATION_HOLDER, identifier_id(&s->engine->site, &who), issued_id(&keys[0]));
	if (store->ops->get(store, keys, n, records, found, NULL) < 0)
		return false;
	r->own = found[1];
	return issued_read(found[0] ? &records[0] : NULL, m->txn->now, &r->issued);
}

/* Bounces, and what carries mail for many: at the end of the message there is proof. */
static bool is_open_question(const struct message *m)
{
	struct slice domain = m->txn->sender.domain, org = domain.n == 0 ? domain : domain_registrable(domain);

	return m->txn->sender.spec.n == 0
	    || (org.n > 0 && (policy_is_freemail(m->setup->policy, org) || policy_is_esp(m->setup->policy, org)));
}

static bool is_refused(const struct message *m, const struct asked_rcpt *r)
{
	switch (r->issued.state) {
	case ISSUED_IS_CANCELLED:
	case ISSUED_IS_EXPIRED:
		return true;
	case ISSUED_IS_LOCKED:
		return !r->own && !is_open_question(m);
	default:
		return false;
	}
}

static bool put_reply(const struct asked_rcpt *r, struct mta *mta, struct arena *a)
{
	bool locked = r->issued.state == ISSUED_IS_LOCKED;
	const char *text = reply_text(locked
	    ? SLICE("This address takes mail of one organisation only; to reach a person write to postmaster at this domain")
	    : SLICE("This address is no longer valid; to reach a person write to postmaster at this domain"), a);

	return text != NULL && mta->ops->reply(mta, 550, locked ? "5.7.1" : "5.1.6", text) == 0;
}

static void log_refusal(const struct session *s, const struct asked_rcpt *r, struct mta *mta)
{
	struct log_line l;

	log_begin(&l);
	log_put(&l, "queue_id", slice_of(mta->ops->macro(mta, "i")));
	log_put(&l, "refused", SLICE("recipient"));
	log_put(&l, "reason", slice_of(issued_state_name(r->issued.state)));
	log_put(&l, "issued_to", slice_of(r->issued.to));
	log_put(&l, "from", s->message->txn->sender.spec);
	log_put(&l, "client", s->peer.address);
	log_end(&l, LOG_LEVEL_INFO);
}

enum outcome session_answer_rcpt(struct session *s, struct slice recipient, struct mta *mta)
{
	struct message *m = s == NULL ? NULL : s->message;
	struct asked_rcpt r = { 0 };
	struct arena a;
	bool refused;

	if (m == NULL || !s->answers_rcpt || m->trusted || m->shed || !is_on(m->setup->config))
		return OUTCOME_CONTINUE;
	arena_init(&a, ANSWER_CHUNK, ANSWER_LIMIT);
	/* without its sentence a refusal could not be explained, so the mail goes on */
	refused = address_envelope(recipient, &a, &r.rcpt) == 0 && r.rcpt.domain.n > 0 && may_refuse(m, &r.rcpt)
	    && read_issued(s, &r) && is_refused(m, &r) && put_reply(&r, mta, &a);
	if (refused)
		log_refusal(s, &r, mta);
	arena_done(&a);
	return refused ? OUTCOME_REJECT : OUTCOME_CONTINUE;
}
