/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

#include "antisales/ledger/contacts.h"
#include "antisales/ledger/decoy.h"
#include "antisales/ledger/fanout.h"
#include "antisales/ledger/sent.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/thread.h"

#define DAY INT64_C(86400)

enum { THREAD_IDS = 5, OUTBOUND_DAYS = 30, TWO_DAYS = 2, MONTH_DAYS = 30 };

static struct address from_of(const struct facts *f)
{
	struct slice spec = f->at[FACT_HEADER_FROM].text;

	return (struct address){ .spec = spec, .local = slice_sub(spec, 0, slice_rfind(spec, '@')),
		.domain = f->at[FACT_HEADER_FROM_DOMAIN].text };
}

/* The provider itself signed: the mailbox is whose it says it is. */
static bool is_mailbox_proved(const struct facts *f)
{
	const struct fact *signers = &f->at[FACT_AUTH_DKIM_DOMAINS];
	struct slice from = domain_registrable(f->at[FACT_HEADER_FROM_DOMAIN].text);

	for (size_t i = 0; i < signers->count; i++)
		if (slice_eq(domain_registrable(signers->list[i]), from))
			return from.n > 0;
	return false;
}

/*
 * Who writes. What proved itself is remembered by that, everywhere; what did
 * not, by its name in this network, and it has relationships only where it
 * shows that it got a mail of ours.
 */
static void find_party(const struct history_ask *ask, const struct party *from, struct history *h)
{
	const struct facts *f = ask->facts;
	bool freemail = facts_is(f, FACT_ORG_FREEMAIL);
	struct slice claimed = f->at[FACT_ORG_DOMAIN].present ? f->at[FACT_ORG_DOMAIN].text : f->at[FACT_HEADER_FROM].text;

	if (h->proved)
		h->party = h->acquaintance = organisation_id(&h->org_key);
	else if (freemail && from->identifier.kind == IDENTIFIER_MAILBOX && is_mailbox_proved(f))
		h->party = h->acquaintance = from->id;
	else if (claimed.n > 0)
		h->party = party_claimed(ask->site, claimed, f->at[FACT_CLIENT_ADDRESS].text);
}

static void ask_thread(struct trip *t, const struct history_ask *ask, const struct party *from, struct correspondence *c)
{
	struct slice ids[THREAD_IDS];
	size_t n = from->id == 0 ? 0 : thread_ids(ask->txn, ids, THREAD_IDS);

	c->sent = t->count;
	c->sent_count = n;
	for (size_t i = 0; i < n; i++)
		(void)trip_ask(t, sent_key(ask->site, ids[i], from->id));
}

/* The keys stand in this order in history_person; ask and take go through them alike. */
static void ask_persons(struct trip *t, const struct history_ask *ask, struct history *h, struct correspondence *c)
{
	const struct txn *txn = ask->txn;

	c->first_person = t->count;
	for (size_t i = 0; i < txn->recipients_count && i < HISTORY_PERSONS_MAX; i++) {
		struct history_person *p = &h->persons[h->persons_count++];
		int64_t person = history_person_id(ask, &txn->recipients[i], &p->address);

		p->person = person;
		(void)trip_ask(t, organisation_pair(ORGANISATION_RELATION, h->acquaintance, person));
		(void)trip_ask(t, organisation_pair(ORGANISATION_SEQUENCE, h->party, person));
		(void)trip_ask(t, pressure_key(person));
		(void)trip_ask(t, contacts_key(person));
		(void)trip_ask(t, organisation_pair(ORGANISATION_OPTOUT, h->acquaintance, person));
		if (h->agency != 0)
			(void)trip_ask(t, optout_key(h->agency, person));
		if (h->list != 0)
			(void)trip_ask(t, optout_key(h->list, person));
		if (h->list_mark != 0)
			(void)trip_ask(t, organisation_pair(ORGANISATION_CONSENT, h->acquaintance, person));
	}
	c->keys_a_person = 5U + (h->agency != 0) + (h->list != 0) + (h->list_mark != 0);
}

void correspondence_ask(struct trip *t, const struct history_ask *ask, struct history *h, struct correspondence *c)
{
	const struct facts *f = ask->facts;
	struct address from = from_of(f);
	struct party sender = party_of(ask->site, ask->policy, &from);

	*c = (struct correspondence){ 0 };
	find_party(ask, &sender, h);
	/* until the store says whether it replies to us, this is the only acquaintance it could claim */
	if (h->acquaintance == 0)
		h->acquaintance = sender.id;
	h->agency = h->has_account ? optout_agency(ask->site, account_identifier(f, ask->site)) : 0;
	h->list = optout_list(ask->site, f->at[FACT_LIST_ID].text);
	h->list_mark = consent_list(ask->site, f->at[FACT_LIST_ID].text, f->at[FACT_BULK_FEEDBACK_ID].text);
	h->mark = mail_mark(ask->site, txn_value(ask->txn, "Message-ID", 0), from.spec, ask->txn->content->text);
	h->network_id = network_id(ask->site, f->at[FACT_CLIENT_ADDRESS].text);
	c->outbound = trip_ask(t, relation_key(0, 0));
	if (h->proved && h->has_account && h->self.kind != IDENTIFIER_ACCOUNT)
		(void)trip_ask(t, organisation_pair(ORGANISATION_WITH, h->party, account_identifier(f, ask->site)));
	c->everybody = trip_ask(t, organisation_pair(ORGANISATION_RELATION, h->acquaintance, 0));
	c->fanout = trip_ask(t, organisation_pair(ORGANISATION_FANOUT, h->party, 0));
	c->message = trip_ask(t, message_key(h->party, h->mark));
	c->network = trip_ask(t, organisation_pair(ORGANISATION_NETWORK, h->party, h->network_id));
	for (size_t i = 0; i < HISTORY_BANDS; i++)
		c->templates[i] = ask->bands == NULL ? TRIP_KEYS_MAX : trip_ask(t, template_key(ask->site, ask->bands[i]));
	ask_thread(t, ask, &sender, c);
	ask_persons(t, ask, h, c);
	addresses_ask(t, ask, h, &c->addresses);
}

static bool is_recent(const struct record *r, int field, int64_t days, int64_t now)
{
	return r != NULL && r->at[field].number > now - days * DAY;
}

static void take_thread(const struct trip *t, const struct correspondence *c, struct history *h)
{
	for (size_t i = 0; i < c->sent_count; i++)
		h->reply_to_ours = h->reply_to_ours || trip_row(t, c->sent + i) != NULL;
}

/* What concerns the whole organisation counts first, then its agency, then the list. */
static void take_optout(const struct trip *t, size_t at, struct history_person *p, const struct history *h)
{
	p->optout = optout_read(trip_row(t, at++), OPTOUT_ORGANISATION, h->mark);
	if (h->agency != 0 && !p->optout.said)
		p->optout = optout_read(trip_row(t, at), OPTOUT_AGENCY, h->mark);
	at += h->agency != 0;
	if (h->list != 0 && !p->optout.said)
		p->optout = optout_read(trip_row(t, at), OPTOUT_LIST, h->mark);
}

static void take_person(const struct trip *t, const struct history_ask *ask, const struct correspondence *c, size_t i,
    struct history *h)
{
	struct history_person *p = &h->persons[i];
	size_t at = c->first_person + c->keys_a_person * i;
	const struct memory_policy *m = &ask->policy->memory;
	bool known = h->acquaintance != 0;
	struct sequence_ask sa = { .mark = h->mark, .silence = m->silence, .now = ask->now };

	p->relation = relation_read(known ? trip_row(t, at) : NULL, known ? trip_row(t, c->everybody) : NULL, m, ask->now);
	if (h->proved && policy_has_contract(ask->policy, ask->facts->at[FACT_ORG_DOMAIN].text))
		p->relation.level = RELATION_CONTRACT;
	sa.answered_at = p->relation.written_at;
	p->sequence = sequence_read(trip_row(t, at + 1), &sa);
	if (known)
		take_optout(t, at + 4, p, h);
	if (known && h->list_mark != 0)
		p->consent = consent_read(trip_row(t, at + c->keys_a_person - 1), h->list_mark, p->relation.consent_at > 0);
	p->pressure = pressure_read(trip_row(t, at + 2), &(struct pressure_mail){ h->party, h->mark }, ask->now);
	p->contacts = trip_row(t, at + 3);
	p->begins = h->party != 0 && h->party == h->acquaintance && !p->sequence.known && !p->address.issued && !p->address.forged;
}

static struct history_fanout count(const struct record *r, const int64_t *strangers, size_t n, int64_t now)
{
	return (struct history_fanout){ fanout_count(r, now - TWO_DAYS * DAY, strangers, n),
		fanout_count(r, now - MONTH_DAYS * DAY, strangers, n) };
}

/* A text is one with another when they share a band; the band that most of us know tells how many. */
static void take_fanout(const struct trip *t, const struct history_ask *ask, const struct correspondence *c, struct history *h)
{
	int64_t strangers[HISTORY_PERSONS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < h->persons_count; i++)
		if (h->persons[i].relation.level == RELATION_STRANGER)
			strangers[n++] = h->persons[i].person;
	h->fanout = count(trip_row(t, c->fanout), strangers, n, ask->now);
	for (size_t i = 0; ask->bands != NULL && i < HISTORY_BANDS; i++) {
		struct history_fanout f = count(trip_row(t, c->templates[i]), strangers, n, ask->now);

		if (f.month > h->template.month)
			h->template.month = f.month;
		if (f.two_days > h->template.two_days)
			h->template.two_days = f.two_days;
	}
}

void correspondence_take(const struct trip *t, const struct history_ask *ask, const struct correspondence *c,
    struct history *h)
{
	bool proved = h->party == h->acquaintance;

	h->outbound = is_recent(trip_row(t, c->outbound), RELATION_WRITTEN_AT, OUTBOUND_DAYS, ask->now);
	h->network = network_read(trip_row(t, c->message), trip_row(t, c->network), h->network_id,
	    (int64_t)h->persons_count, ask->now);
	take_thread(t, c, h);
	if (!proved && !h->reply_to_ours)
		h->acquaintance = 0;
	addresses_take(t, ask, &c->addresses, h);
	for (size_t i = 0; i < h->persons_count; i++)
		take_person(t, ask, c, i, h);
	take_fanout(t, ask, c, h);
}

/* One record for all of us whom the mail touched. */
static size_t fanout_changes(const struct history *h, const struct history_passing *p, struct store_key key,
    struct store_change *ret)
{
	bool any = false;

	for (size_t i = 0; i < h->persons_count; i++) {
		struct store_change c = fanout_touched(key, h->persons[i].person, p->now);

		if (!p->touches[i].touch)
			continue;
		if (any)
			record_merge(record_type_of((char)key.bytes[0]), &ret->delta, &c.delta);
		else
			*ret = c;
		any = true;
	}
	return any;
}

static int64_t optout_party(const struct history *h, enum optout_scope scope)
{
	return scope == OPTOUT_AGENCY ? h->agency : scope == OPTOUT_LIST ? h->list : h->acquaintance;
}

/* Once for a mail, however many of us it went to, and not again when it is delivered again. */
static bool ignores_optout(const struct history *h, const struct history_passing *p)
{
	for (size_t i = 0; i < h->persons_count; i++)
		if (p->touches[i].breach && !h->persons[i].optout.counted)
			return true;
	return false;
}

/* What is remembered of the address itself. */
static size_t address_changes(const struct history *h, const struct history_passing *p, size_t i, struct store_change *ret)
{
	const struct history_person *who = &h->persons[i];
	size_t n = 0;

	if (who->address.issued)
		ret[n++] = issued_mail(&who->address.key, p->touches[i].sold ? p->seller : (struct slice){ 0 }, p->now);
	if (who->address.decoy && !p->stale && !h->network.replayed) {
		ret[n++] = decoy_seen(h->party, who->person, p->now);
		ret[n++] = reputation_decoy(h->party, p->now);
	}
	if (who->begins && p->touches[i].touch && !p->stale && !h->network.replayed)
		ret[n++] = contacts_begun(who->person, h->party, p->now);
	else if (contacts_are_stale(who->contacts, p->now))
		ret[n++] = contacts_seen(who->person, p->now);
	return n;
}

/* Whoever did not prove himself is told from others by nothing that he says. */
static size_t confirmation_changes(const struct history *h, const struct history_passing *p, size_t i, struct store_change *ret)
{
	const struct history_person *who = &h->persons[i];
	size_t n = 0;

	if (h->party != h->acquaintance)
		return 0;
	if (p->subscription)
		ret[n++] = relation_consented(h->party, who->person, p->now);
	if (p->document)
		ret[n++] = relation_triggered(h->party, who->person, p->document_name, p->now);
	/* what nobody agreed to is no matter of consent */
	if (h->list_mark != 0 && (p->subscription || who->relation.consent_at > 0))
		ret[n++] = consent_mail(h->party, who->person, h->list_mark, p->subscription || who->consent.covered, p->now);
	return n;
}

static size_t person_changes(const struct history *h, const struct history_passing *p, size_t i, struct store_change *ret)
{
	const struct history_person *who = &h->persons[i];
	struct pressure_mail m = { h->party, h->mark };
	size_t n = address_changes(h, p, i, ret);

	if (p->touches[i].touch)
		ret[n++] = sequence_touched(h->party, who->person, h->mark, p->channel, p->now);
	if (p->touches[i].touch || p->touches[i].marketing)
		ret[n++] = pressure_added(who->person, &m, p->touches[i].touch, p->touches[i].marketing, p->now);
	if (h->reply_to_ours && who->relation.written_at > 0)
		ret[n++] = relation_replied(h->acquaintance, who->person, p->now);
	n += confirmation_changes(h, p, i, ret + n);
	if (p->touches[i].after_optout)
		ret[n++] = optout_mail_after(optout_party(h, who->optout.scope), who->person, h->mark, p->now);
	for (size_t k = 0; k < p->introduced_count && who->relation.level >= RELATION_CORRESPONDENT; k++)
		ret[n++] = relation_introduced(p->introduced[k], who->person, p->now);
	return n;
}

size_t correspondence_changes_max(const struct history *h)
{
	return 4 + HISTORY_BANDS + EXITS_MAX + h->persons_count * (11 + INTRODUCED_MAX);
}

size_t correspondence_changes(const struct history *h, const struct site_key *site, const struct history_passing *p,
    struct store_change *ret)
{
	/* a copy that anybody may have sent again says nothing of whom they write to */
	bool copied = p->stale || h->network.replayed;
	size_t n = 0;

	if (h->party == 0)
		return 0;
	for (size_t i = 0; i < h->persons_count; i++)
		n += person_changes(h, p, i, ret + n);
	if (!copied)
		n += fanout_changes(h, p, fanout_key(h->party), ret + n);
	for (size_t i = 0; !copied && p->bands != NULL && i < HISTORY_BANDS; i++)
		n += fanout_changes(h, p, template_key(site, p->bands[i]), ret + n);
	if (h->party != h->acquaintance)
		return n;
	if (h->proved && !copied && ignores_optout(h, p))
		ret[n++] = reputation_optout_ignored(h->party, p->now);
	for (size_t i = 0; i < p->exits_count; i++)
		ret[n++] = exit_seen(site, p->exits[i], h->party, p->now);
	ret[n++] = message_seen(h->party, h->mark, h->network_id, p->now);
	ret[n] = network_seen(h->party, h->network_id, p->now);
	for (size_t i = 0; i < h->persons_count; i++)
		network_recipient(&ret[n], site, h->persons[i].person);
	return n + 1;
}
