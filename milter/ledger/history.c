/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/history.h"

static bool is_authenticated(const struct facts *f)
{
	const struct fact *by = &f->at[FACT_ORG_AUTHENTICATED];

	return f->at[FACT_ORG_DOMAIN].present && by->present && !slice_eq(by->text, SLICE("none"));
}

/* Who proved itself, best first: a domain, else an account that its platform vouches for. */
static void find_self(const struct facts *f, const struct site_key *site, struct history *ret)
{
	const struct fact *domain = &f->at[FACT_ORG_DOMAIN], *account = &f->at[FACT_ORG_ACCOUNT];

	ret->has_account = account->present;
	ret->proved = is_authenticated(f) || account->present;
	ret->has_org = ret->proved || domain->present;
	if (is_authenticated(f))
		ret->self = (struct identifier){ IDENTIFIER_DOMAIN, domain->text };
	else if (account->present)
		ret->self = (struct identifier){ IDENTIFIER_ACCOUNT, account->text };
	if (ret->proved)
		ret->org_key = organisation_key('r', identifier_id(site, &ret->self), 0);
	else if (domain->present)
		ret->org_key = reputation_key(site, domain->text, false, f->at[FACT_CLIENT_ADDRESS].text);
}

static int64_t account_id(const struct facts *f, const struct site_key *site)
{
	struct identifier i = { IDENTIFIER_ACCOUNT, f->at[FACT_ORG_ACCOUNT].text };

	return identifier_id(site, &i);
}

int history_load(struct store *s, const struct history_ask *ask, struct history *ret, struct err *reterr)
{
	enum { SUM, ROOT, ACCOUNT, KEYS };
	struct store_key keys[KEYS];
	struct record records[KEYS];
	bool found[KEYS] = { false };
	size_t n = 0;
	int rc;

	*ret = (struct history){ 0 };
	find_self(ask->facts, ask->site, ret);
	if (ret->has_org)
		keys[n++] = ret->org_key;
	if (ret->proved) {
		keys[SUM] = organisation_key(ORGANISATION_SUM, organisation_id(&ret->org_key), 0);
		keys[n++] = organisation_key(ORGANISATION_ROOT, organisation_id(&ret->org_key), 0);
	}
	if (ret->has_account)
		keys[n++] = organisation_key('t', account_id(ask->facts, ask->site), 0);
	rc = s->ops->get(s, keys, n, records, found, reterr);
	if (rc < 0)
		return rc;
	ret->available = true;
	ret->reputation = reputation_read(&records[SUM], found[SUM], ask->feedback, ask->now);
	if (found[ROOT])
		ret->members = records[ROOT].at[NODE_MEMBERS].number;
	ret->account = reputation_read(&records[ACCOUNT], found[ACCOUNT], ask->feedback, ask->now);
	return E_OK;
}

static struct store_change behaviour(const struct store_key *key, const struct site_key *site,
    const struct history_mail *m)
{
	struct store_change c = reputation_change(key, m->conduct, m->fate, m->now);

	for (size_t i = 0; i < m->recipients_count; i++)
		reputation_recipient(&c, site, m->conduct, m->recipients[i]);
	if (m->recipients_count == 0)
		reputation_recipient(&c, site, m->conduct, SLICE(""));
	return c;
}

/* Weak marks are written down beside it; they join nothing. */
static size_t mark_changes(const struct history *h, const struct site_key *site, const struct facts *f, int64_t now,
    struct store_change *ret)
{
	const struct fact *marks = &f->at[FACT_ORG_MARKS];
	int64_t self = identifier_id(site, &h->self);
	size_t n = 0;

	for (size_t i = 0; i < marks->count && i < HISTORY_MARKS_MAX; i++) {
		struct identifier mark;

		if (!identifier_read(marks->list[i], &mark) || identifier_id(site, &mark) == self)
			continue;
		ret[n++] = identifier_seen(site, &mark, now);
		ret[n++] = identifier_edge('w', self, identifier_id(site, &mark), now);
	}
	return n;
}

size_t history_changes(const struct history *h, const struct site_key *site, const struct facts *f,
    const struct history_mail *m, struct store_change ret[HISTORY_CHANGES_MAX])
{
	struct identifier account = { IDENTIFIER_ACCOUNT, f->at[FACT_ORG_ACCOUNT].text };
	struct store_key account_key;
	size_t n = 0;

	if (!h->has_org)
		return 0;
	if (h->proved)
		ret[n++] = identifier_seen(site, &h->self, m->now);
	if (h->has_account) {
		account_key = organisation_key('t', account_id(f, site), 0);
		ret[n++] = behaviour(&account_key, site, m);
		if (h->self.kind != IDENTIFIER_ACCOUNT) {
			ret[n++] = identifier_seen(site, &account, m->now);
			ret[n++] = identifier_edge('e', identifier_id(site, &h->self), account_id(f, site), m->now);
		}
	}
	ret[n++] = behaviour(&h->org_key, site, m);
	return h->proved ? n + mark_changes(h, site, f, m->now, ret + n) : n;
}
