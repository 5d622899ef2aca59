/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/domain.h"
#include "internal.h"

/* The domain in "Announcements <announce.lists.example.com>" (RFC 2919). */
static struct slice list_domain(const struct detect_in *in)
{
	struct slice id = in->facts->at[FACT_LIST_ID].text;
	size_t open = slice_rfind(id, '<');
	struct slice inside = id;

	if (id.p == NULL)
		return id;
	if (open < id.n) {
		inside = slice_sub(id, open + 1, id.n);
		inside = slice_cut(&inside, '>');
	}
	return domain_registrable(domain_normalise(slice_trim(inside), in->txn->arena));
}

static struct slice usable(const struct detect_in *in, struct slice domain)
{
	struct slice org = domain.n == 0 ? (struct slice){ 0 } : domain_registrable(domain);

	return org.p == NULL || policy_is_freemail(in->policy, org) ? (struct slice){ 0 } : org;
}

/* A post belongs to its list, any other mail to whom it says it is from. */
static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct facts *f = in->facts;
	struct { struct slice domain; const char *source; } tries[] = {
		{ facts_is(f, FACT_LIST_POST) ? list_domain(in) : (struct slice){ 0 }, "list-id" },
		{ f->at[FACT_HEADER_FROM_DOMAIN].text, "from" },
		{ f->at[FACT_ENVELOPE_SENDER_DOMAIN].text, "return-path" },
		{ list_domain(in), "list-id" },
	};
	struct slice from = domain_registrable(f->at[FACT_HEADER_FROM_DOMAIN].text);

	(void)reterr;
	facts_text(f, FACT_ORG_AUTHENTICATED, SLICE("none"));
	facts_bool(f, FACT_ORG_FREEMAIL, from.n > 0 && policy_is_freemail(in->policy, from));
	if (facts_is(f, FACT_ORG_FREEMAIL) && !facts_is(f, FACT_LIST_POST))
		return E_OK;            /* a private mailbox is nobody's organisation */
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		struct slice org = usable(in, tries[i].domain);

		if (org.n == 0)
			continue;
		facts_text(f, FACT_ORG_DOMAIN, org);
		facts_text(f, FACT_ORG_SOURCE, slice_of(tries[i].source));
		evidence_add(out, &(struct finding){ .detector = detect_organisation.id, .fact = FACT_ORG_DOMAIN,
			.where = slice_of(tries[i].source), .quote = org });
		break;
	}
	return E_OK;
}

const struct detector detect_organisation = {
	.id = "organisation", .summary = "who is behind the mail", .round = DETECT_MAIL, .run = run,
};
