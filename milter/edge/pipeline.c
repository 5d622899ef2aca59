/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/pipeline.h"

#include <string.h>

#include "antisales/ledger/outbound.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/list_unsubscribe.h"
#include "antisales/mail/mail_facts.h"

/* More recipients of one mail tell nothing new: a day has room for three marks. */
enum { RECIPIENTS_MARKED = 64 };

int pipeline_judge(const struct pipeline_in *in, struct pipeline_out **ret, struct err *reterr)
{
	struct arena *a = in->txn->arena;
	struct pipeline_out *o = arena_alloc(a, sizeof *o);
	struct detect_in detect = { .txn = in->txn, .policy = in->policy };
	struct history_ask ask = { .site = in->site, .policy = in->policy, .txn = in->txn, .now = in->txn->now,
		.delimiters = in->config->recipient_delimiter, .issued = strcmp(in->config->issued_addresses, "on") == 0 };
	int rc;

	if (o == NULL)
		return err_set(reterr, E_LIMIT, "no memory to judge the message");
	detect.facts = &o->facts;
	ask.facts = &o->facts;
	evidence_init(&o->evidence, a);

	o->in = *in;
	txn_seal(in->txn);
	mail_facts(in->txn, &o->facts);
	rc = evidence_collect(DETECT_MAIL, &detect, &o->evidence, reterr);
	if (rc < 0)
		return rc;

	ask.bands = o->evidence.skeleton.present ? o->evidence.skeleton.bands : NULL;
	/* without history the mail is judged by itself */
	(void)history_load(in->store, &ask, a, &o->history, &o->history_err);
	detect.history = &o->history;
	rc = evidence_collect(DETECT_HISTORY, &detect, &o->evidence, reterr);
	if (rc < 0)
		return rc;

	*ret = o;
	return decide(&(struct decide_in){ .policy = in->policy, .txn = in->txn, .facts = &o->facts,
	    .evidence = &o->evidence, .history = &o->history, .id = in->id }, a, &o->decision, reterr);
}

/* By the score without history: else a verdict would feed itself. */
static enum conduct conduct_of(const struct decision *d)
{
	if (d->score->base >= d->policy->thresholds.at[VERDICT_TAG])
		return CONDUCT_SALES;
	return d->score->base == 0 ? CONDUCT_CLEAN : CONDUCT_NEUTRAL;
}

static enum fate fate_of(const struct decision *d)
{
	static const enum fate fates[VERDICT_COUNT] = { FATE_PASSED, FATE_TAGGED, FATE_QUARANTINED, FATE_REJECTED };

	return d->shadow ? FATE_PASSED : fates[d->verdict];
}

static bool is_stale(const struct facts *f)
{
	return f->at[FACT_AUTH_SIGNATURE_DAYS].present && f->at[FACT_AUTH_SIGNATURE_DAYS].number > SIGNATURE_DAYS_MAX;
}

/* It went on without an answer: who is asked for nothing earns nothing by being polite. */
static bool goes_on_unanswered(const struct pipeline_out *o)
{
	for (size_t i = 0; o->history.outbound && i < o->history.persons_count; i++)
		if (o->decision.recipients[i].touch.touch && o->history.persons[i].sequence.touch > 1)
			return true;
	return false;
}

/* A copy that anybody may have sent again speaks neither for nor against the organisation; a new network not for it. */
static enum conduct counted_conduct(const struct pipeline_out *o)
{
	enum conduct c = conduct_of(&o->decision);

	if (is_stale(&o->facts) || o->history.network.replayed)
		return CONDUCT_NEUTRAL;
	if (c == CONDUCT_CLEAN && (o->history.network.unproven || goes_on_unanswered(o)))
		return CONDUCT_NEUTRAL;
	return c;
}

static size_t organisation_changes(const struct pipeline_out *o, struct store_change *ret)
{
	const struct decision *d = &o->decision;
	struct slice recipients[RECIPIENTS_MARKED];
	struct history_mail m = { .conduct = counted_conduct(o), .fate = fate_of(d), .recipients = recipients, .now = d->txn->now };

	for (; m.recipients_count < d->txn->recipients_count && m.recipients_count < RECIPIENTS_MARKED; m.recipients_count++)
		recipients[m.recipients_count] = d->txn->recipients[m.recipients_count].spec;
	return history_changes(&o->history, o->in.site, &o->facts, &m, ret);
}

/* Only whoever proved himself can bring somebody along, and no mailing does. */
static size_t introduced(const struct pipeline_out *o, int64_t ret[INTRODUCED_MAX])
{
	const struct facts *f = &o->facts;
	const struct txn *t = o->in.txn;
	struct introduction in = { .site = o->in.site, .policy = o->in.policy, .txn = t, .except = o->history.party,
		.domains = o->in.config->domains.at, .domains_count = o->in.config->domains.count };

	if (o->history.party != o->history.acquaintance || facts_is(f, FACT_LIST_UNSUBSCRIBE) || facts_is(f, FACT_LIST_POST)
	    || facts_is(f, FACT_AUTO_SUBMITTED) || f->at[FACT_BULK_PRECEDENCE].present || t->recipients_count == 0)
		return 0;
	if (in.domains_count == 0)
		in.also = domain_registrable(t->recipients[0].domain);
	return introduction_parties(&in, ret);
}

/* The mail addresses of List-Unsubscribe. */
static size_t find_exits(const struct txn *t, struct slice ret[EXITS_MAX])
{
	const struct header *h = txn_find(t, "List-Unsubscribe", 0);
	struct slice uris[4];
	size_t n = 0, count = h == NULL ? 0 : list_unsubscribe(header_unfold(h->raw, t->arena), t->arena, uris, 4);

	for (size_t i = 0; i < count && n < EXITS_MAX; i++) {
		struct slice address = mailto_address(uris[i]);

		if (address.n > 0)
			ret[n++] = address;
	}
	return n;
}

static size_t personal_changes(const struct pipeline_out *o, struct store_change *ret)
{
	const struct facts *f = &o->facts;
	struct history_touch touches[HISTORY_PERSONS_MAX];
	int64_t parties[INTRODUCED_MAX];
	struct slice exits[EXITS_MAX], confirmed = f->at[FACT_CONFIRMATION_KIND].text;
	struct history_passing p = {
		.touches = touches, .channel = f->at[FACT_PLATFORM_ID].text, .stale = is_stale(f), .now = o->in.txn->now,
		.bands = o->evidence.skeleton.present ? o->evidence.skeleton.bands : NULL,
		.subscription = slice_eq(confirmed, SLICE("subscription")), .document = slice_eq(confirmed, SLICE("document")),
		.document_name = f->at[FACT_CONFIRMATION_DOCUMENT].text, .introduced = parties, .exits = exits,
		.seller = o->history.self.kind == IDENTIFIER_DOMAIN ? f->at[FACT_ORG_DOMAIN].text : (struct slice){ 0 },
	};

	p.exits_count = find_exits(o->in.txn, exits);
	for (size_t i = 0; i < o->history.persons_count; i++)
		touches[i] = o->decision.recipients[i].touch;
	p.introduced_count = introduced(o, parties);
	return correspondence_changes(&o->history, o->in.site, &p, ret);
}

const struct store_change *pipeline_changes(const struct pipeline_out *o, size_t *ret_count)
{
	struct store_change *ret = arena_array(o->in.txn->arena, HISTORY_CHANGES_MAX
	    + correspondence_changes_max(&o->history), sizeof *ret);

	*ret_count = 0;
	if (ret == NULL)
		return NULL;
	*ret_count = organisation_changes(o, ret);
	if (o->history.available)
		*ret_count += personal_changes(o, ret + *ret_count);
	return ret;
}
