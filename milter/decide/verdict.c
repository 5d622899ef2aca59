/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/decide/verdict.h"

/* Facts and score of one class of recipients; NULL stands for those without a class. */
struct class_score {
	const struct recipient_class *class;
	struct facts facts;
	struct score score;
	bool done;
};

struct judge {
	const struct policy *policy;
	const struct facts *common;
	struct arena *arena;
	struct class_score *classes;    /* one for each class and one more */
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

/* Scores each class once, however many recipients it has. NULL on failure. */
static const struct class_score *score_class(struct judge *j, const struct recipient_class *class)
{
	size_t i = class == NULL ? j->policy->classes_count : (size_t)(class - j->policy->classes);
	struct class_score *c = &j->classes[i];

	if (c->done)
		return c;
	c->class = class;
	c->facts = *j->common;
	if (class != NULL)
		facts_text(&c->facts, FACT_RECIPIENT_CLASS, class->name);
	if (score_sum(j->policy, &c->facts, j->arena, &c->score, j->err) < 0)
		return NULL;
	c->done = true;
	return c;
}

static const struct class_score *judge_one(struct judge *j, const struct address *rcpt, bool null_sender,
    struct rcpt_verdict *ret)
{
	const struct recipient_class *class = rcpt == NULL ? NULL : policy_class(j->policy, rcpt);
	const struct class_score *c = score_class(j, class);

	if (c == NULL)
		return NULL;
	*ret = (struct rcpt_verdict){ .recipient = rcpt, .class = class, .score = &c->score };
	ret->verdict = verdict_for(class == NULL ? &j->policy->thresholds : &class->thresholds, c->score.total, null_sender);
	if (rcpt != NULL && policy_never_filters(j->policy, rcpt)) {
		ret->never_filtered = true;
		ret->verdict = VERDICT_PASS;
	}
	return c;
}

static bool is_shadow(const struct policy *p, const struct recipient_class *class)
{
	return (class == NULL ? p->mode : class->mode) == MODE_SHADOW;
}

int decide(const struct decide_in *in, struct arena *a, struct decision *ret, struct err *reterr)
{
	const struct policy *p = in->policy;
	const struct txn *t = in->txn;
	size_t n = t->recipients_count == 0 ? 1 : t->recipients_count;
	struct judge j = { .policy = p, .common = in->facts, .arena = a, .err = reterr };
	struct rcpt_verdict *list = arena_array(a, n, sizeof *list);

	j.classes = arena_array(a, p->classes_count + 1, sizeof *j.classes);
	if (list == NULL || j.classes == NULL)
		return err_set(reterr, E_LIMIT, "no memory to judge for %zu recipients", n);
	*ret = (struct decision){ .policy = p, .txn = t, .evidence = in->evidence, .id = in->id, .recipients = list, .count = n };
	for (size_t i = 0; i < n; i++) {
		const struct address *rcpt = t->recipients_count == 0 ? NULL : &t->recipients[i];
		const struct class_score *c = judge_one(&j, rcpt, t->sender.spec.n == 0 && rcpt != NULL, &list[i]);

		if (c == NULL)
			return reterr == NULL ? E_LIMIT : (int)reterr->code;
		ret->shadow = ret->shadow || is_shadow(p, c->class);
		if (ret->facts != NULL && list[i].verdict >= ret->verdict)
			continue;
		ret->verdict = list[i].verdict;
		ret->facts = &c->facts;
		ret->score = &c->score;
	}
	return E_OK;
}
