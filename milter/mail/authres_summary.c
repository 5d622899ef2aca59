/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/authres.h"
#include "antisales/mail/domain.h"

static const char *const words[] = {
	[AUTHRES_MISSING] = "missing", [AUTHRES_NONE] = "none", [AUTHRES_PASS] = "pass", [AUTHRES_FAIL] = "fail",
	[AUTHRES_SOFTFAIL] = "softfail", [AUTHRES_NEUTRAL] = "neutral", [AUTHRES_TEMPERROR] = "temperror",
	[AUTHRES_PERMERROR] = "permerror", [AUTHRES_POLICY] = "policy", [AUTHRES_OTHER] = "other"
};

const char *authres_word_name(enum authres_word w)
{
	return words[w];
}

static enum authres_word word_of(struct slice result)
{
	for (enum authres_word w = AUTHRES_NONE; w < AUTHRES_OTHER; w++)
		if (slice_ieq(result, slice_of(words[w])))
			return w;
	return AUTHRES_OTHER;
}

/* The normalised domain of "domain", "@domain" or "local@domain"; absent when there is none. */
static struct slice domain_of(struct slice value, struct arena *a)
{
	size_t at = slice_rfind(value, '@');

	return domain_normalise(at < value.n ? slice_sub(value, at + 1, value.n) : value, a);
}

static void add_domain(struct authres_summary *s, struct slice domain)
{
	if (domain.n == 0 || s->dkim_count == AUTHRES_DOMAINS_MAX)
		return;
	for (size_t i = 0; i < s->dkim_count; i++)
		if (slice_eq(s->dkim_domains[i], domain))
			return;
	s->dkim_domains[s->dkim_count++] = domain;
}

static void add_dkim(struct authres_summary *s, const struct authres_result *r, struct arena *a)
{
	enum authres_word w = word_of(r->result);
	struct slice d = authres_property(r, "header", "d");

	if (s->dkim == AUTHRES_MISSING || w == AUTHRES_PASS)
		s->dkim = w;
	if (w == AUTHRES_PASS)
		add_domain(s, domain_of(d.n > 0 ? d : authres_property(r, "header", "i"), a));
}

/* SPF may be told for HELO and for the sender: the sender counts. */
static void add_spf(struct authres_summary *s, const struct authres_result *r, struct arena *a)
{
	struct slice from = authres_property(r, "smtp", "mailfrom");
	bool first = s->spf == AUTHRES_MISSING;

	if (from.p == NULL)
		from = authres_property(r, "smtp", "mail");
	if (!first && (from.p == NULL || s->spf_domain.p != NULL))
		return;
	s->spf = word_of(r->result);
	s->spf_domain = domain_of(from, a);
}

static void add_result(struct authres_summary *s, const struct authres_result *r, struct arena *a)
{
	if (slice_ieq(r->method, SLICE("dkim"))) {
		add_dkim(s, r, a);
	} else if (slice_ieq(r->method, SLICE("spf"))) {
		add_spf(s, r, a);
	} else if (slice_ieq(r->method, SLICE("dmarc")) && s->dmarc == AUTHRES_MISSING) {
		s->dmarc = word_of(r->result);
		s->dmarc_domain = domain_of(authres_property(r, "header", "from"), a);
	} else if (slice_ieq(r->method, SLICE("arc")) && s->arc == AUTHRES_MISSING) {
		s->arc = word_of(r->result);
	}
}

void authres_summary(struct authres_summary *s, const struct authres *r, struct arena *a)
{
	for (size_t i = 0; i < r->results_count; i++)
		add_result(s, &r->results[i], a);
}
