/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/decide/verdict.h"

/* One recipient's facts and what they come to. */
struct judged {
	const struct recipient_class *class;
	struct facts facts;
	struct score score;
};

struct judge {
	const struct decide_in *in;
	struct arena *arena;
	struct judged *mildest, *other; /* the one whose verdict acts so far, and room for the next */
	struct err *err;
};

enum verdict_kind verdict_for(const struct thresholds *t, int score, bool null_sender)
{
	enum verdict_kind v = VERDICT_PASS;

	for (int k = VERDICT_TAG; k < VERDICT_COUNT; k++)
		if (score >= t->at[k])
			v = (enum verdict_kind)k;
	return null_sender && v > VERDICT_TAG ? VERDICT_TAG : v;
}

static bool is_shadow(const struct policy *p, const struct recipient_class *class)
{
	return (class == NULL ? p->mode : class->mode) == MODE_SHADOW;
}

/* Recipients of one class without a history of their own have the same facts: they are scored once. */
static bool is_like_before(const struct judge *j, const struct address *rcpt, size_t i, const struct recipient_class *class)
{
	const struct history *h = j->in->history;

	return i > 0 && j->other->class == class && (h == NULL || !h->available || i > h->persons_count)
	    && policy_is_decoy(j->in->policy, rcpt) == facts_is(&j->other->facts, FACT_ADDRESS_DECOY);
}

/* Leaves facts and score of the i-th recipient, if there is one, in j->other. */
static int judge_one(struct judge *j, const struct address *rcpt, size_t i, struct rcpt_verdict *ret)
{
	const struct policy *p = j->in->policy;
	const struct recipient_class *class = rcpt == NULL ? NULL : policy_class(p, rcpt);
	struct detect_in detect = { .txn = j->in->txn, .policy = p, .history = j->in->history };
	bool null_sender = rcpt != NULL && j->in->txn->sender.spec.n == 0;
	struct judged *o = j->other;

	*ret = (struct rcpt_verdict){ .recipient = rcpt, .class = class };
	if (!is_like_before(j, rcpt, i, class)) {
		o->class = class;
		o->facts = *j->in->facts;
		if (class != NULL)
			facts_text(&o->facts, FACT_RECIPIENT_CLASS, class->name);
		if (rcpt != NULL)
			ret->touch = evidence_personal(&detect, i, class, &o->facts, j->arena);
		if (score_sum(p, &o->facts, j->arena, &o->score, j->err) < 0)
			return j->err == NULL ? E_LIMIT : (int)j->err->code;
	}
	ret->score = o->score.total;
	ret->verdict = verdict_for(class == NULL ? &p->thresholds : &class->thresholds, o->score.total, null_sender);
	if (rcpt != NULL && policy_never_filters(p, rcpt)) {
		ret->never_filtered = true;
		ret->verdict = VERDICT_PASS;
	}
	return E_OK;
}

/* The milder of two becomes the one that acts; what it says beyond the other is not for all ears. */
static void compare_with_mildest(struct judge *j, size_t i, enum verdict_kind verdict, struct decision *ret)
{
	bool milder = i == 0 || verdict < ret->verdict;

	if (i > 0)
		score_share(&j->mildest->score, &j->other->score);
	if (!milder)
		return;
	if (i > 0)
		score_share(&j->other->score, &j->mildest->score);
	ret->verdict = verdict;
	*j->mildest = *j->other;
}

int decide(const struct decide_in *in, struct arena *a, struct decision *ret, struct err *reterr)
{
	const struct txn *t = in->txn;
	size_t n = t->recipients_count == 0 ? 1 : t->recipients_count;
	struct judge j = { .in = in, .arena = a, .err = reterr };
	struct rcpt_verdict *list = arena_array(a, n, sizeof *list);

	j.mildest = arena_alloc(a, sizeof *j.mildest);
	j.other = arena_alloc(a, sizeof *j.other);
	if (list == NULL || j.mildest == NULL || j.other == NULL)
		return err_set(reterr, E_LIMIT, "no memory to judge for %zu recipients", n);
	*ret = (struct decision){ .policy = in->policy, .txn = t, .evidence = in->evidence, .id = in->id, .recipients = list,
		.count = n, .facts = &j.mildest->facts, .score = &j.mildest->score };
	for (size_t i = 0; i < n; i++) {
		int rc = judge_one(&j, t->recipients_count == 0 ? NULL : &t->recipients[i], i, &list[i]);

		if (rc < 0)
			return rc;
		ret->shadow = ret->shadow || is_shadow(in->policy, list[i].class);
		compare_with_mildest(&j, i, list[i].verdict, ret);
	}
	return E_OK;
}
