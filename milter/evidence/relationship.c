/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/clock.h"
#include "internal.h"

enum { HOURS_A_DAY = 24, SECONDS_A_DAY = 86400, SECONDS_A_MINUTE = 60 };

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	const struct history *h = in->history;
	struct facts *f = in->facts;

	(void)reterr;
	facts_text(f, FACT_RELATIONSHIP_LEVEL, SLICE("stranger"));
	facts_bool(f, FACT_HISTORY_OUTBOUND, h->outbound);
	facts_bool(f, FACT_THREAD_REPLY_TO_OURS, h->reply_to_ours);
	if (h->network.replayed) {
		facts_bool(f, FACT_AUTH_REPLAYED, true);
		evidence_add(out, &(struct finding){ .detector = detect_relationship.id, .fact = FACT_AUTH_REPLAYED,
			.where = SLICE("history"), .quote = SLICE("this signed mail came from another network first") });
	}
	return E_OK;
}

const struct detector detect_relationship = {
	.id = "relationship", .summary = "what recipient and organisation are to each other", .round = DETECT_HISTORY, .run = run,
};

void evidence_date(struct facts *f, enum fact_id id, int64_t when, struct arena *a)
{
	char text[CLOCK_TEXT];

	if (when > 0)
		facts_text(f, id, arena_dup(a, slice_sub(slice_of(clock_text(when, text)), 0, sizeof "2026-03-01" - 1)));
}

static void say_relation(struct facts *f, const struct relation *r, struct arena *a)
{
	facts_text(f, FACT_RELATIONSHIP_LEVEL, slice_of(relation_level_name(r->level)));
	if (r->level > RELATION_STRANGER)
		evidence_date(f, FACT_RELATIONSHIP_SINCE, r->since, a);
	facts_bool(f, FACT_CONSENT_KNOWN, r->consent_at > 0);
	evidence_date(f, FACT_CONSENT_SINCE, r->consent_at, a);
}

static void say_sequence(struct facts *f, const struct sequence *s, int64_t now)
{
	facts_int(f, FACT_SEQUENCE_TOUCH, s->touch);
	facts_int(f, FACT_SEQUENCE_DAYS, now > s->first_at ? (now - s->first_at + SECONDS_A_DAY / 2) / SECONDS_A_DAY : 0);
	if (s->touch > 1)
		facts_int(f, FACT_SEQUENCE_CADENCE, (s->cadence_hours + HOURS_A_DAY / 2) / HOURS_A_DAY);
	if (s->channel[0] != '\0')
		facts_text(f, FACT_SEQUENCE_CHANNEL, slice_of(s->channel));
	if (s->channels > 0)
		facts_int(f, FACT_SEQUENCE_CHANNELS, s->channels);
}

static void say_fanout(struct facts *f, const struct history *h)
{
	facts_int(f, FACT_FANOUT_RECIPIENTS, h->fanout.two_days);
	facts_int(f, FACT_FANOUT_MONTH, h->fanout.month);
	if (h->template.month > 0) {
		facts_int(f, FACT_TEMPLATE_RECIPIENTS, h->template.two_days);
		facts_int(f, FACT_TEMPLATE_MONTH, h->template.month);
	}
}

static void say_trigger(struct facts *f, const struct relation *r, const struct memory_policy *m, int64_t now)
{
	if (r->trigger_at == 0 || now < r->trigger_at || now - r->trigger_at > m->trigger)
		return;
	facts_int(f, FACT_TRIGGER_MINUTES, (now - r->trigger_at) / SECONDS_A_MINUTE);
	if (r->document[0] != '\0')
		facts_text(f, FACT_TRIGGER_DOCUMENT, slice_of(r->document));
}

/* What counts as a touch where the policy does not say: a mail that a stranger wrote by himself. */
static bool is_touch(const struct policy *p, const struct facts *f)
{
	if (p->memory.touches != NULL)
		return condition_holds(p->memory.touches, f);
	return slice_eq(f->at[FACT_RELATIONSHIP_LEVEL].text, SLICE("stranger")) && !facts_is(f, FACT_LIST_POST)
	    && !facts_is(f, FACT_AUTO_SUBMITTED);
}

/* More lists than he subscribed to. */
static void say_lists(struct facts *f, const struct relation *r, const struct consent *c, struct arena *a)
{
	if (r->consent_at == 0 || c->received == 0)
		return;
	facts_text(f, FACT_CONSENT_LISTS, arena_printf(a, "%lld received, %lld agreed", (long long)c->received, (long long)c->agreed));
	facts_int(f, FACT_CONSENT_LISTS_BEYOND, c->received > c->agreed ? c->received - c->agreed : 0);
	facts_bool(f, FACT_CONSENT_LIST_AGREED, c->covered);
}

/* The clock of an opt-out, and whether this mail is one that it concerns. */
static void say_optout(struct facts *f, const struct optout *o, const struct policy *p, int64_t now, struct history_touch *t,
    struct arena *a)
{
	int64_t deadline;

	if (!o->said || now < o->since)
		return;
	deadline = optout_deadline(&p->optout, o->since);
	evidence_date(f, FACT_OPTOUT_SINCE, o->since, a);
	facts_text(f, FACT_OPTOUT_SCOPE, slice_of(optout_scope_name(o->scope)));
	t->after_optout = p->optout.when == NULL || condition_holds(p->optout.when, f);
	facts_int(f, FACT_OPTOUT_TOUCHES_AFTER, o->after + t->after_optout);
	if (now <= deadline)
		return;
	facts_int(f, FACT_OPTOUT_OVERDUE_DAYS, (now - deadline + SECONDS_A_DAY - 1) / SECONDS_A_DAY);
	t->breach = t->after_optout;
	facts_bool(f, FACT_OPTOUT_BREACH, t->breach);
}

static void say_pressure(struct facts *f, const struct pressure *p, const struct history_touch *t)
{
	facts_int(f, FACT_PRESSURE_TOUCHES, p->touches + t->touch);
	facts_int(f, FACT_PRESSURE_ORGANISATIONS, p->parties + t->touch);
}

static void say_attention(struct facts *f, int64_t mails, int budget)
{
	facts_int(f, FACT_ATTENTION_MAILS, mails);
	if (budget > 0 && mails > budget)
		facts_int(f, FACT_ATTENTION_OVER, mails - budget);
}

struct history_touch evidence_personal(const struct detect_in *in, size_t recipient, const struct recipient_class *class,
    struct facts *f, struct arena *a)
{
	const struct history *h = in->history;
	const struct memory_policy *m = &in->policy->memory;
	int budget = class == NULL ? in->policy->attention : class->attention;
	struct history_touch t = { 0 };

	if (policy_is_decoy(in->policy, &in->txn->recipients[recipient]))
		facts_bool(f, FACT_ADDRESS_DECOY, true);
	if (h == NULL || !h->available || recipient >= h->persons_count)
		return t;
	say_relation(f, &h->persons[recipient].relation, a);
	say_lists(f, &h->persons[recipient].relation, &h->persons[recipient].consent, a);
	say_optout(f, &h->persons[recipient].optout, in->policy, in->txn->now, &t, a);
	t.sold = evidence_address(in, recipient, f, a);
	t.touch = h->party != 0 && is_touch(in->policy, f);
	t.marketing = m->marketing != NULL && condition_holds(m->marketing, f);
	if (t.touch) {
		say_sequence(f, &h->persons[recipient].sequence, in->txn->now);
		say_fanout(f, h);
		evidence_leak(in, recipient, f, a);
		say_trigger(f, &h->persons[recipient].relation, m, in->txn->now);
	}
	say_pressure(f, &h->persons[recipient].pressure, &t);
	if (t.marketing)
		say_attention(f, h->persons[recipient].pressure.mailings + 1, budget);
	return t;
}
