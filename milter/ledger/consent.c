/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/consent.h"

#include "antisales/ledger/optout.h"

/* The last two of the fields that colons part. */
static struct slice stream_of(struct slice feedback_id)
{
	size_t last = slice_rfind(feedback_id, ':');
	struct slice before = slice_sub(feedback_id, 0, last == feedback_id.n ? 0 : last);
	size_t type = slice_rfind(before, ':');

	return before.n == 0 ? feedback_id : slice_sub(feedback_id, type == before.n ? 0 : type + 1, feedback_id.n);
}

uint64_t consent_list(const struct site_key *site, struct slice list_id, struct slice feedback_id)
{
	struct slice parts[2] = { SLICE("feedback-stream"), stream_of(feedback_id) };
	uint64_t mark;

	if (list_id.n > 0)
		mark = latest_mark(optout_list(site, list_id));
	else if (feedback_id.n > 0)
		mark = latest_mark(hashed_id(site, parts, 2));
	else
		return 0;
	return mark == 0 ? 1 : mark;
}

struct store_key consent_key(int64_t party, int64_t person)
{
	return organisation_pair('s', party, person);
}

static int64_t count(const struct record *r, int first, int max, uint64_t list, bool *has)
{
	int64_t n = 0;

	for (int i = 0; r != NULL && i < max && r->at[first + i].number != 0; i++) {
		*has = *has || latest_mark(r->at[first + i].number) == list;
		n++;
	}
	return n;
}

struct consent consent_read(const struct record *r, uint64_t list, bool confirmed)
{
	bool known = false, covered = false;
	struct consent ret = { .received = count(r, CONSENT_RECEIVED, CONSENT_RECEIVED_MAX, list, &known),
		.agreed = count(r, CONSENT_AGREED, CONSENT_AGREED_MAX, list, &covered) };

	ret.received += !known;
	/* the first list after a confirmation that named none is what was agreed to */
	if (confirmed && ret.agreed == 0) {
		ret.agreed = 1;
		covered = true;
	}
	ret.covered = covered;
	return ret;
}

struct store_change consent_mail(int64_t party, int64_t person, uint64_t list, bool agreed, int64_t now)
{
	struct store_change c = { .key = consent_key(party, person), .delta = { .stamp = now } };

	c.delta.at[CONSENT_RECEIVED].number = latest_entry(now, list);
	if (agreed)
		c.delta.at[CONSENT_AGREED].number = latest_entry(now, list);
	return c;
}
