/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	const struct history *h = in->history;
	struct facts *f = in->facts;

	(void)reterr;
	facts_bool(f, FACT_HISTORY_AVAILABLE, h->available);
	facts_text(f, FACT_RELATIONSHIP_LEVEL, SLICE("stranger"));
	if (!h->available || !h->has_org)
		return E_OK;
	facts_bool(f, FACT_REPUTATION_KNOWN, h->reputation.known);
	facts_int(f, FACT_REPUTATION_MAILS, h->reputation.mails);
	if (!h->reputation.known)
		return E_OK;
	facts_int(f, FACT_REPUTATION_DAYS, h->reputation.days);
	facts_int(f, FACT_REPUTATION_SALES, h->reputation.sales);
	facts_int(f, FACT_REPUTATION_CONFIDENCE, h->reputation.confidence);
	evidence_add(out, &(struct finding){ .detector = detect_reputation.id, .fact = FACT_REPUTATION_SALES,
		.where = SLICE("history"), .quote = arena_printf(out->arena, "%d of 100 after %lld mails",
		    h->reputation.sales, (long long)h->reputation.mails) });
	return E_OK;
}

const struct detector detect_reputation = {
	.id = "reputation", .summary = "what the organisation did so far", .round = DETECT_HISTORY, .run = run,
};
