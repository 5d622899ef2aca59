/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/pipeline.h"

#include "antisales/mail/mail_facts.h"

/* More recipients of one mail tell nothing new: a day has room for three marks. */
enum { RECIPIENTS_MARKED = 64 };

int pipeline_judge(const struct pipeline_in *in, struct pipeline_out **ret, struct err *reterr)
{
	struct arena *a = in->txn->arena;
	struct pipeline_out *o = arena_alloc(a, sizeof *o);
	struct detect_in detect = { .txn = in->txn, .policy = in->policy };
	struct history_ask ask = { .site = in->site, .feedback = &in->policy->feedback, .now = in->txn->now };
	int rc;

	if (o == NULL)
		return err_set(reterr, E_LIMIT, "no memory to judge the message");
	detect.facts = &o->facts;
	ask.facts = &o->facts;
	evidence_init(&o->evidence, a);

	o->site = in->site;
	txn_seal(in->txn);
	mail_facts(in->txn, &o->facts);
	rc = evidence_collect(DETECT_MAIL, &detect, &o->evidence, reterr);
	if (rc < 0)
		return rc;

	/* without history the mail is judged by itself */
	(void)history_load(in->store, &ask, &o->history, &o->history_err);
	detect.history = &o->history;
	rc = evidence_collect(DETECT_HISTORY, &detect, &o->evidence, reterr);
	if (rc < 0)
		return rc;

	*ret = o;
	return decide(&(struct decide_in){ .policy = in->policy, .txn = in->txn, .facts = &o->facts,
	    .evidence = &o->evidence, .id = in->id }, a, &o->decision, reterr);
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

size_t pipeline_changes(const struct pipeline_out *o, struct store_change ret[PIPELINE_CHANGES_MAX])
{
	const struct decision *d = &o->decision;
	struct slice recipients[RECIPIENTS_MARKED];
	struct history_mail m = { .conduct = conduct_of(d), .fate = fate_of(d), .recipients = recipients, .now = d->txn->now };

	for (; m.recipients_count < d->txn->recipients_count && m.recipients_count < RECIPIENTS_MARKED; m.recipients_count++)
		recipients[m.recipients_count] = d->txn->recipients[m.recipients_count].spec;
	return history_changes(&o->history, o->site, &o->facts, &m, ret);
}
