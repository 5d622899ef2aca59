/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "internal.h"

static void say_counts(struct facts *f, const struct reputation *r)
{
	facts_int(f, FACT_REPUTATION_DAYS, r->days);
	facts_int(f, FACT_REPUTATION_SALES, r->sales);
	facts_int(f, FACT_REPUTATION_CONFIDENCE, r->confidence);
	facts_int(f, FACT_REPUTATION_RECIPIENTS, r->recipients);
	facts_int(f, FACT_REPUTATION_ANSWERS, llround(r->answers));
	facts_int(f, FACT_REPUTATION_OPTOUTS_IGNORED, llround(r->optouts_ignored));
	facts_int(f, FACT_REPUTATION_DECOYS, llround(r->decoys));
	facts_int(f, FACT_REPUTATION_SAID_SALES, r->said_sales);
	facts_int(f, FACT_REPUTATION_SAID_WANTED, r->said_wanted);
	facts_bool(f, FACT_REPUTATION_SET, r->set);
}

static void say_source(struct facts *f, const struct history *h)
{
	facts_text(f, FACT_REPUTATION_SOURCE, h->proved ? SLICE("organisation") : SLICE("claimed"));
	if (h->members > 0)
		facts_int(f, FACT_ORG_MEMBERS, h->members);
	if (h->account.known) {
		facts_int(f, FACT_REPUTATION_ACCOUNT_SALES, h->account.sales);
		facts_int(f, FACT_REPUTATION_ACCOUNT_CONFIDENCE, h->account.confidence);
	}
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	const struct history *h = in->history;
	struct facts *f = in->facts;

	(void)reterr;
	facts_bool(f, FACT_HISTORY_AVAILABLE, h->available);
	if (!h->available || !h->has_org)
		return E_OK;
	facts_bool(f, FACT_REPUTATION_KNOWN, h->reputation.known);
	facts_int(f, FACT_REPUTATION_MAILS, h->reputation.mails);
	say_source(f, h);
	if (!h->reputation.known)
		return E_OK;
	say_counts(f, &h->reputation);
	evidence_add(out, &(struct finding){ .detector = detect_reputation.id, .fact = FACT_REPUTATION_SALES,
		.where = SLICE("history"), .quote = arena_printf(out->arena, "%d of 100 after %lld mails%s",
		    h->reputation.sales, (long long)h->reputation.mails, h->reputation.set ? ", set by hand" : "") });
	return E_OK;
}

const struct detector detect_reputation = {
	.id = "reputation", .summary = "what the organisation did so far", .round = DETECT_HISTORY, .run = run,
};
