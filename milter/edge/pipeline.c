/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/pipeline.h"

#include "antisales/mail/mail_facts.h"

int pipeline_judge(const struct pipeline_in *in, struct pipeline_out **ret, struct err *reterr)
{
	struct arena *a = in->txn->arena;
	struct pipeline_out *o = arena_alloc(a, sizeof *o);
	struct detect_in detect = { .txn = in->txn, .policy = in->policy };
	int rc;

	if (o == NULL)
		return err_set(reterr, E_LIMIT, "no memory to judge the message");
	detect.facts = &o->facts;
	evidence_init(&o->evidence, a);

	txn_seal(in->txn);
	mail_facts(in->txn, &o->facts);
	rc = evidence_collect(DETECT_MAIL, &detect, &o->evidence, reterr);
	if (rc < 0)
		return rc;

	/* without history the mail is judged by itself */
	(void)history_load(in->store, in->site, &o->facts, in->txn->now, &o->history, &o->history_err);
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

	if (!o->history.has_org)
		return 0;
	ret[0] = reputation_change(&o->history.org_key, conduct_of(d), fate_of(d), d->txn->now);
	return 1;
}
