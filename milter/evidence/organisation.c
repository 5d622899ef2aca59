/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/authentication.h"
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

	/* a provider's domain speaks for none of its many customers */
	return org.p == NULL || policy_is_freemail(in->policy, org) || policy_is_esp(in->policy, org)
	    ? (struct slice){ 0 } : org;
}

/* An organisation and what proves it. */
struct claim {
	struct slice domain;
	const char *source, *proof;
	bool aligned;
};

static bool is_platforms_own(const struct evidence *e, struct slice domain)
{
	for (size_t i = 0; i < e->platform_domains_count; i++)
		if (slice_eq(e->platform_domains[i], domain))
			return true;
	return false;
}

/* The first signing domain that is (or, unaligned, is not) what From says; a platform's own proves only the platform. */
static struct slice signer(const struct detect_in *in, const struct evidence *e, struct slice from, bool aligned)
{
	const struct fact *signers = &in->facts->at[FACT_AUTH_DKIM_DOMAINS];

	for (size_t i = 0; i < signers->count; i++) {
		struct slice org = usable(in, signers->list[i]);

		if (org.n > 0 && slice_eq(org, from) == aligned && (aligned || !is_platforms_own(e, signers->list[i])))
			return org;
	}
	return (struct slice){ 0 };
}

static struct slice spf_domain(const struct detect_in *in, struct slice from)
{
	const struct authentication *a = in->txn->authentication;
	struct slice org;

	if (a == NULL || a->told.spf != AUTHRES_PASS || a->told.spf_domain.n == 0)
		return (struct slice){ 0 };
	org = usable(in, a->told.spf_domain);
	return org.n > 0 && slice_eq(org, from) ? org : (struct slice){ 0 };
}

/* Aligned DKIM, aligned SPF, any customer's DKIM: in this order, and nothing else proves anything. */
static bool proved(const struct detect_in *in, const struct evidence *e, struct slice from, struct claim *ret)
{
	struct claim tries[] = {
		{ signer(in, e, from, true), "dkim", "dkim", true },
		{ spf_domain(in, from), "spf", "spf", true },
		{ signer(in, e, from, false), "dkim", "dkim", false },
	};

	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		if (tries[i].domain.n > 0) {
			*ret = tries[i];
			return true;
		}
	return false;
}

/* What the mail only claims. A post belongs to its list, any other mail to whom it says it is from. */
static bool claimed(const struct detect_in *in, struct claim *ret)
{
	const struct facts *f = in->facts;
	struct claim tries[] = {
		{ facts_is(f, FACT_LIST_POST) ? list_domain(in) : (struct slice){ 0 }, "list-id", "none", false },
		{ usable(in, f->at[FACT_HEADER_FROM_DOMAIN].text), "from", "none", false },
		{ usable(in, f->at[FACT_ENVELOPE_SENDER_DOMAIN].text), "return-path", "none", false },
		{ list_domain(in), "list-id", "none", false },
	};

	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		if (tries[i].domain.n > 0 && !policy_is_freemail(in->policy, tries[i].domain)
		    && !policy_is_esp(in->policy, tries[i].domain)) {
			*ret = tries[i];
			return true;
		}
	return false;
}

/* Services that other platforms send through: their account is the platform's, shared by all of its customers. */
static bool is_carrier(enum category c)
{
	return c == CATEGORY_ESP_TRANSACTIONAL || c == CATEGORY_INFRASTRUCTURE || c == CATEGORY_MAIL_TRACKER;
}

/*
 * The account that wrote the mail, when the platform says so itself: its own
 * signature holds and the mail names no second account of it. Anybody can copy
 * an account number into a mail of his own.
 */
static void find_account(const struct detect_in *in, const struct evidence *e)
{
	const struct recognised *best = e->platforms_count > 0 ? &e->platforms[0] : NULL;

	if (best != NULL && best->tenant.n > 0 && best->verified && !best->disputed && !is_carrier(best->platform->category))
		facts_text(in->facts, FACT_ORG_ACCOUNT, arena_printf(e->arena, "%.*s:%.*s", SLICE_FMT(best->platform->id),
		    SLICE_FMT(best->tenant)));
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct facts *f = in->facts;
	struct slice from = domain_registrable(f->at[FACT_HEADER_FROM_DOMAIN].text);
	struct claim claim = { .proof = "none" };

	(void)reterr;
	facts_bool(f, FACT_ORG_FREEMAIL, from.n > 0 && policy_is_freemail(in->policy, from));
	facts_text(f, FACT_ORG_AUTHENTICATED, SLICE("none"));
	find_account(in, out);
	if (facts_is(f, FACT_ORG_FREEMAIL) && !facts_is(f, FACT_LIST_POST))
		return E_OK;            /* a private mailbox is nobody's organisation */
	if (!proved(in, out, from, &claim) && !claimed(in, &claim))
		return E_OK;
	facts_text(f, FACT_ORG_DOMAIN, claim.domain);
	facts_text(f, FACT_ORG_SOURCE, slice_of(claim.source));
	facts_text(f, FACT_ORG_AUTHENTICATED, slice_of(claim.proof));
	facts_bool(f, FACT_ORG_ALIGNED, claim.aligned);
	evidence_add(out, &(struct finding){ .detector = detect_organisation.id, .fact = FACT_ORG_DOMAIN,
		.where = slice_of(claim.source), .quote = claim.domain });
	return E_OK;
}

const struct detector detect_organisation = {
	.id = "organisation", .summary = "who is behind the mail", .round = DETECT_MAIL, .run = run,
};
