/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/ledger/decoy.h"
#include "antisales/mail/domain.h"
#include "internal.h"

int64_t history_person_id(const struct history_ask *ask, const struct address *rcpt, struct history_address *ret)
{
	struct address user = *rcpt;
	struct issued_shape s;
	bool shaped = issued_shape_read(rcpt->local, &s), fits = shaped && issued_shape_fits(ask->site, &s, rcpt->domain);

	*ret = (struct history_address){ .key = issued_key(ask->site, rcpt), .asked = fits || ask->issued };
	/* behind any other separator the MTA takes only what an alias lists */
	ret->forged = shaped && !fits && strchr(ask->delimiters, s.separator) != NULL;
	if (fits)
		user.local = s.user;
	return person_id(ask->site, &user, ask->delimiters);
}

static void add_sender(struct addresses *r, int64_t id)
{
	for (size_t i = 0; i < r->senders_count; i++)
		if (r->senders[i] == id)
			return;
	if (r->senders_count < SENDERS_MAX)
		r->senders[r->senders_count++] = id;
}

static void add_domain(struct addresses *r, const struct history_ask *ask, struct slice domain)
{
	struct identifier i = { IDENTIFIER_DOMAIN, domain.n == 0 ? domain : domain_registrable(domain) };

	if (i.value.n > 0 && !policy_is_freemail(ask->policy, i.value) && !policy_is_esp(ask->policy, i.value))
		add_sender(r, identifier_id(ask->site, &i));
}

/*
 * Whose mail it could be, for the good of whom the address was issued to: who
 * proved himself, whoever else signed, and where no domain is proved the one
 * that is claimed.
 */
static void find_senders(struct addresses *r, const struct history_ask *ask, const struct history *h)
{
	const struct fact *signers = &ask->facts->at[FACT_AUTH_DKIM_DOMAINS];

	if (h->proved)
		add_sender(r, h->party);
	if (!h->proved || h->self.kind != IDENTIFIER_DOMAIN)
		add_domain(r, ask, ask->facts->at[FACT_ORG_DOMAIN].text);
	for (size_t i = 0; i < signers->count; i++)
		add_domain(r, ask, signers->list[i]);
}

/* Once for a decoy that the mail names twice. */
static bool is_new_person(const struct history *h, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (h->persons[k].person == h->persons[i].person)
			return false;
	return true;
}

static void ask_decoys(struct trip *t, const struct history_ask *ask, const struct history *h, struct addresses *r)
{
	/* a bounce answers who forged the decoy as a sender: its own sender did nothing */
	bool counts = h->proved && ask->txn->sender.spec.n > 0;

	for (size_t i = 0; i < h->persons_count; i++) {
		h->persons[i].address.decoy = counts && policy_is_decoy(ask->policy, &ask->txn->recipients[i]) && is_new_person(h, i);
		if (h->persons[i].address.decoy)
			r->decoys[i] = trip_ask(t, organisation_pair(ORGANISATION_DECOY, h->party, h->persons[i].person));
	}
}

void addresses_ask(struct trip *t, const struct history_ask *ask, const struct history *h, struct addresses *r)
{
	bool any = false;

	ask_decoys(t, ask, h, r);
	for (size_t i = 0; i < h->persons_count; i++) {
		const struct history_address *a = &h->persons[i].address;

		r->issued[i] = a->asked ? trip_ask(t, a->key) : TRIP_KEYS_MAX;
		any = any || a->asked;
	}
	if (!any)
		return;
	find_senders(r, ask, h);
	/* one sender after the other: the store then looks for all that is one with it only once */
	for (size_t k = 0; k < r->senders_count; k++)
		for (size_t i = 0; i < h->persons_count; i++) {
			const struct history_address *a = &h->persons[i].address;

			r->holders[k][i] = a->asked
			    ? trip_ask(t, organisation_pair(ORGANISATION_HOLDER, r->senders[k], issued_id(&a->key))) : TRIP_KEYS_MAX;
		}
}

void addresses_take(const struct trip *t, const struct history_ask *ask, const struct addresses *r, struct history *h)
{
	for (size_t i = 0; i < h->persons_count; i++) {
		struct history_address *a = &h->persons[i].address;

		a->issued = a->asked && issued_read(trip_row(t, r->issued[i]), ask->now, &a->record);
		a->decoy = a->decoy && !decoy_counted(trip_row(t, r->decoys[i]), ask->now);
		for (size_t k = 0; k < r->senders_count; k++)
			a->own = a->own || (a->issued && trip_row(t, r->holders[k][i]) != NULL);
	}
}
