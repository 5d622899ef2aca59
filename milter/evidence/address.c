/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/contacts.h"
#include "antisales/mail/domain.h"
#include "internal.h"

/* Who writes, in a word that people know; a private mailbox stands for its provider. */
static struct slice writer_of(const struct facts *f)
{
	struct slice from = f->at[FACT_HEADER_FROM_DOMAIN].text;

	if (f->at[FACT_ORG_DOMAIN].present)
		return f->at[FACT_ORG_DOMAIN].text;
	return from.n == 0 ? (struct slice){ 0 } : domain_registrable(from);
}

/* Bounces, answers, colleagues and those it knows are no strangers. */
static bool is_sold(const struct detect_in *in, const struct history_person *p, const struct address *rcpt, struct slice writer)
{
	return !p->address.own && p->relation.level == RELATION_STRANGER && !in->history->reply_to_ours
	    && in->txn->sender.spec.n > 0 && writer.n > 0 && !slice_eq(writer, domain_registrable(rcpt->domain));
}

bool evidence_address(const struct detect_in *in, size_t recipient, struct facts *f, struct arena *a)
{
	const struct history_person *p = &in->history->persons[recipient];
	const struct issued *i = &p->address.record;
	struct slice writer = writer_of(f);
	bool sold;

	if (p->address.forged)
		facts_bool(f, FACT_ADDRESS_FORGED, true);
	if (!p->address.issued)
		return false;
	facts_text(f, FACT_ADDRESS_ISSUED_TO, slice_of(i->to));
	evidence_date(f, FACT_ADDRESS_ISSUED_ON, i->at, a);
	if (i->purpose[0] != '\0')
		facts_text(f, FACT_ADDRESS_PURPOSE, slice_of(i->purpose));
	facts_text(f, FACT_ADDRESS_STATE, slice_of(issued_state_name(i->state)));
	sold = is_sold(in, p, &in->txn->recipients[recipient], writer);
	if (sold)
		facts_text(f, FACT_ADDRESS_SOLD_BY, writer);
	return sold;
}

void evidence_leak(const struct detect_in *in, size_t recipient, struct facts *f, struct arena *a)
{
	const struct history_person *p = &in->history->persons[recipient];
	int64_t first = p->address.issued ? 0 : contacts_leak(p->contacts, p->begins, in->txn->now);

	if (first == 0)
		return;
	facts_text(f, FACT_ADDRESS_LEAKED, SLICE("likely"));
	evidence_date(f, FACT_ADDRESS_LEAKED_FIRST, first, a);
}
