/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

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

int64_t account_identifier(const struct facts *f, const struct site_key *site)
{
	struct identifier i = { IDENTIFIER_ACCOUNT, f->at[FACT_ORG_ACCOUNT].text };

	return identifier_id(site, &i);
}

bool trip_begin(struct trip *t, struct arena *a)
{
	*t = (struct trip){ .keys = arena_array(a, TRIP_KEYS_MAX, sizeof *t->keys),
		.found = arena_array(a, TRIP_KEYS_MAX, sizeof *t->found) };
	return t->keys != NULL && t->found != NULL;
}

size_t trip_ask(struct trip *t, struct store_key key)
{
	if (t->count == TRIP_KEYS_MAX)
		return TRIP_KEYS_MAX;
	t->keys[t->count] = key;
	return t->count++;
}

const struct record *trip_row(const struct trip *t, size_t at)
{
	return at < t->count && t->found[at] ? &t->records[at] : NULL;
}

/* Where the records of the organisation itself come back. */
struct org_rows {
	size_t sum, root, account;
};

static void org_ask(struct trip *t, const struct history_ask *ask, const struct history *h, struct org_rows *rows)
{
	*rows = (struct org_rows){ TRIP_KEYS_MAX, TRIP_KEYS_MAX, TRIP_KEYS_MAX };
	if (h->proved) {
		rows->sum = trip_ask(t, organisation_key(ORGANISATION_SUM, organisation_id(&h->org_key), 0));
		rows->root = trip_ask(t, organisation_key(ORGANISATION_ROOT, organisation_id(&h->org_key), 0));
	} else if (h->has_org) {
		rows->sum = trip_ask(t, h->org_key);
	}
	if (h->has_account)
		rows->account = trip_ask(t, organisation_key('t', account_identifier(ask->facts, ask->site), 0));
}

static void org_take(const struct trip *t, const struct history_ask *ask, const struct org_rows *rows, struct history *h)
{
	const struct record *sum = trip_row(t, rows->sum), *account = trip_row(t, rows->account);
	const struct record *root = trip_row(t, rows->root);

	h->reputation = reputation_read(sum, sum != NULL, &ask->policy->feedback, ask->now);
	h->account = reputation_read(account, account != NULL, &ask->policy->feedback, ask->now);
	if (root != NULL)
		h->members = root->at[NODE_MEMBERS].number;
}

/* Room for those of the recipients who are judged by their own history. */
static struct history_person *make_persons(const struct txn *t, struct arena *a)
{
	size_t n = t->recipients_count < HISTORY_PERSONS_MAX ? t->recipients_count : HISTORY_PERSONS_MAX;

	return arena_array(a, n == 0 ? 1 : n, sizeof(struct history_person));
}

int history_load(struct store *s, const struct history_ask *ask, struct arena *a, struct history *ret, struct err *reterr)
{
	struct correspondence c;
	struct org_rows rows;
	struct trip t;
	int rc;

	*ret = (struct history){ 0 };
	find_self(ask->facts, ask->site, ret);
	if (!trip_begin(&t, a))
		return err_set(reterr, E_LIMIT, "no memory to ask the store");
	org_ask(&t, ask, ret, &rows);
	if (ask->txn != NULL) {
		ret->persons = make_persons(ask->txn, a);
		if (ret->persons == NULL)
			return err_set(reterr, E_LIMIT, "no memory to ask the store");
		correspondence_ask(&t, ask, ret, &c);
	}
	t.records = arena_array(a, t.count, sizeof *t.records);
	if (t.records == NULL)
		return err_set(reterr, E_LIMIT, "no memory to ask the store");
	rc = s->ops->get(s, t.keys, t.count, t.records, t.found, reterr);
	if (rc < 0)
		return rc;
	ret->available = true;
	org_take(&t, ask, &rows, ret);
	if (ask->txn != NULL)
		correspondence_take(&t, ask, &c, ret);
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
		account_key = organisation_key('t', account_identifier(f, site), 0);
		ret[n++] = behaviour(&account_key, site, m);
		if (h->self.kind != IDENTIFIER_ACCOUNT) {
			ret[n++] = identifier_seen(site, &account, m->now);
			ret[n++] = identifier_edge('e', identifier_id(site, &h->self), account_identifier(f, site), m->now);
		}
	}
	ret[n++] = behaviour(&h->org_key, site, m);
	return h->proved ? n + mark_changes(h, site, f, m->now, ret + n) : n;
}
