/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/erasure.h"

#include <string.h>

#include "antisales/ledger/fanout.h"
#include "antisales/ledger/issued.h"
#include "antisales/store/organisation.h"

static bool is_in_set(const struct record *r, int64_t person)
{
	for (int i = 0; i < FANOUT_PERSONS_MAX; i++)
		if (r->at[FANOUT_TOUCHED + i].number != 0 && latest_mark(r->at[FANOUT_TOUCHED + i].number) == latest_mark(person))
			return true;
	return false;
}

/* Records between a party and a person are about him whichever of both he is. */
static bool is_pair_of(const struct data_subject *s, const struct store_key *k)
{
	return organisation_other(k) == s->person || (s->mailbox != 0 && organisation_id(k) == s->mailbox);
}

static bool is_first(int64_t id, const struct store_key *k)
{
	return id != 0 && organisation_id(k) == id;
}

/* An address that he issued; who may write to it stands behind all addresses in a scan. */
static bool is_issued_by(struct data_subject *s, const struct store_key *k, const struct record *r)
{
	if (r->at[ISSUED_PERSON].number != s->person)
		return false;
	if (s->addresses_count < ERASURE_ADDRESSES_MAX)
		s->addresses[s->addresses_count++] = issued_id(k);
	return true;
}

static bool is_holder_of(const struct data_subject *s, int64_t address)
{
	for (size_t i = 0; i < s->addresses_count; i++)
		if (s->addresses[i] == address)
			return true;
	return false;
}

/* The record is about him, whole. */
static bool is_about(struct data_subject *s, const struct store_key *k, const struct record *r)
{
	switch (k->bytes[0]) {
	case 'l':
	case 'q':
	case 's':
	case 'x':
	case 'y':
		return is_pair_of(s, k);
	case 'd':
	case 'z':
		return is_first(s->person, k);
	case 'a':
		return is_issued_by(s, k, r);
	case 'v':
		return is_holder_of(s, organisation_other(k));
	case 'f':
	case 'u':
		return is_first(s->user, k);
	default:
		return is_first(s->mailbox, k) && strchr("orhmn", k->bytes[0]) != NULL;
	}
}

enum concern erasure_concern(struct data_subject *s, const struct store_key *k, const struct record *r)
{
	char tag = (char)k->bytes[0];

	if (is_about(s, k, r))
		return CONCERN_WHOLE;
	return (tag == 'h' || tag == 'k') && is_in_set(r, s->person) ? CONCERN_PART : CONCERN_NOT;
}

/* The set without him; in falling order as it was. */
static void leave_out(struct record *r, int64_t person)
{
	int n = 0;

	for (int i = 0; i < FANOUT_PERSONS_MAX; i++) {
		int64_t entry = r->at[FANOUT_TOUCHED + i].number;

		if (entry != 0 && latest_mark(entry) != latest_mark(person))
			r->at[FANOUT_TOUCHED + n++].number = entry;
	}
	for (; n < FANOUT_PERSONS_MAX; n++)
		r->at[FANOUT_TOUCHED + n].number = 0;
}

size_t erasure_changes(struct data_subject *s, const struct store_key *k, const struct record *r,
    struct store_change ret[ERASURE_CHANGES_MAX])
{
	enum concern c = erasure_concern(s, k, r);

	if (c == CONCERN_NOT)
		return 0;
	ret[0] = (struct store_change){ .key = *k, .forget = true };
	if (c == CONCERN_WHOLE)
		return 1;
	ret[1] = (struct store_change){ .key = *k, .delta = *r };
	leave_out(&ret[1].delta, s->person);
	return 2;
}
