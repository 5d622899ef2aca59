/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/authentication.h"
#include "internal.h"

enum { DOMAINS_MAX = 20 };

/* The best outcome is the most telling: one good signature among bad ones is a good one (RFC 6376 section 6.1). */
static const char *best_dkim(const struct authentication *a)
{
	const struct dkim_result *best = NULL;

	for (size_t i = 0; i < a->dkim_count; i++)
		if (best == NULL || a->dkim[i].outcome < best->outcome)
			best = &a->dkim[i];
	if (best != NULL && best->outcome == DKIM_PASS)
		return "pass";
	if (a->told.dkim == AUTHRES_PASS)
		return "pass";
	if (best != NULL)
		return dkim_outcome_name(best->outcome);
	return a->told.dkim == AUTHRES_FAIL ? "fail" : "none";
}

static void set_word(struct facts *f, enum fact_id id, enum authres_word w)
{
	facts_text(f, id, slice_of(w == AUTHRES_MISSING ? "none" : authres_word_name(w)));
}

/* The youngest: an older one beside it proves no more. */
static void set_age(struct facts *f, const struct authentication *a, int64_t now)
{
	int64_t youngest = 0;

	for (size_t i = 0; i < a->dkim_count; i++)
		if (a->dkim[i].authenticates && a->dkim[i].signed_at > youngest)
			youngest = a->dkim[i].signed_at;
	if (youngest > 0)
		facts_int(f, FACT_AUTH_SIGNATURE_DAYS, now > youngest ? (now - youngest) / 86400 : 0);
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	const struct authentication *a = in->txn->authentication;
	struct slice *domains;
	size_t n;

	if (a == NULL)
		return E_OK;
	domains = arena_array(out->arena, DOMAINS_MAX, sizeof *domains);
	if (domains == NULL)
		return err_set(reterr, E_LIMIT, "no memory for signing domains");
	n = authentication_domains(a, domains, DOMAINS_MAX);
	facts_text(in->facts, FACT_AUTH_DKIM, slice_of(best_dkim(a)));
	if (n > 0)
		facts_list(in->facts, FACT_AUTH_DKIM_DOMAINS, domains, n);
	set_age(in->facts, a, in->txn->now);
	set_word(in->facts, FACT_AUTH_SPF, a->told.spf);
	set_word(in->facts, FACT_AUTH_DMARC, a->told.dmarc);
	for (size_t i = 0; i < a->dkim_count; i++)
		evidence_add(out, &(struct finding){ .detector = detect_authentication.id, .fact = FACT_AUTH_DKIM,
			.where = SLICE("header:DKIM-Signature"), .quote = arena_printf(out->arena, "%.*s: %s, %s",
			    SLICE_FMT(a->dkim[i].domain), dkim_outcome_name(a->dkim[i].outcome), a->dkim[i].reason) });
	return E_OK;
}

const struct detector detect_authentication = {
	.id = "authentication", .summary = "who is proved to stand behind the mail", .round = DETECT_MAIL, .run = run,
};
