/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/history.h"

static bool is_authenticated(const struct facts *f)
{
	const struct fact *by = &f->at[FACT_ORG_AUTHENTICATED];

	return by->present && !slice_eq(by->text, SLICE("none"));
}

int history_load(struct store *s, const struct site_key *site, const struct facts *f, int64_t now,
    struct history *ret, struct err *reterr)
{
	struct record record;
	bool found = false;
	int rc;

	*ret = (struct history){ 0 };
	ret->has_org = f->at[FACT_ORG_DOMAIN].present;
	if (ret->has_org)
		ret->org_key = reputation_key(site, f->at[FACT_ORG_DOMAIN].text, is_authenticated(f),
		    f->at[FACT_CLIENT_ADDRESS].text);
	rc = s->ops->get(s, &ret->org_key, ret->has_org ? 1 : 0, &record, &found, reterr);
	if (rc < 0)
		return rc;
	ret->available = true;
	ret->reputation = reputation_read(&record, found, now);
	return E_OK;
}
