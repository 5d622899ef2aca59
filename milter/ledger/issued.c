/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/issued.h"

enum { TAG_FIELDS = ISSUED_TAG_MAX / 8, TO_FIELDS = ISSUED_TO_MAX / 8, PURPOSE_FIELDS = ISSUED_PURPOSE_MAX / 8 };
enum { LOCAL_MAX = 256 };

static const char *const style_names[ISSUED_STYLES] = { "plus", "dot", "dash", "random" };

const char *issued_style_name(enum issued_style s)
{
	return s < ISSUED_STYLES ? style_names[s] : "unknown";
}

enum issued_style issued_style_read(struct slice word)
{
	return (enum issued_style)slice_among(word, style_names, ISSUED_STYLES);
}

const char *issued_state_name(enum issued_state s)
{
	static const char *const names[] = { "valid", "cancelled", "expired", "locked" };

	return names[s];
}

struct store_key issued_key(const struct site_key *site, const struct address *a)
{
	char room[LOCAL_MAX];
	struct slice local = slice_sub(a->local, 0, LOCAL_MAX);
	struct slice parts[3] = { SLICE("issued"), { room, local.n }, a->domain };

	for (size_t i = 0; i < local.n; i++)
		room[i] = ascii_lower(local.p[i]);
	return store_key_of(&record_issued, site, parts, 3);
}

int64_t issued_id(const struct store_key *key)
{
	int64_t id = organisation_id(key) & INT64_MAX;

	return id == 0 ? 1 : id;
}

struct store_key holder_key(int64_t identifier, int64_t id)
{
	return organisation_pair('v', identifier, id);
}

static enum issued_state state_of(const struct record *r, int64_t now)
{
	int64_t expires = r->at[ISSUED_EXPIRES].number;

	if (r->at[ISSUED_CANCELLED].number != 0)
		return ISSUED_IS_CANCELLED;
	if (expires != 0 && expires <= now)
		return ISSUED_IS_EXPIRED;
	return r->at[ISSUED_LOCKED].number != 0 ? ISSUED_IS_LOCKED : ISSUED_IS_VALID;
}

bool issued_read(const struct record *r, int64_t now, struct issued *ret)
{
	if (r == NULL || r->at[ISSUED_AT].number == 0)
		return false;
	*ret = (struct issued){ .at = r->at[ISSUED_AT].number, .party = r->at[ISSUED_PARTY].number,
		.person = r->at[ISSUED_PERSON].number, .serial = r->at[ISSUED_SERIAL].number,
		.style = (enum issued_style)r->at[ISSUED_STYLE].number, .state = state_of(r, now),
		.expires = r->at[ISSUED_EXPIRES].number, .standing_at = r->at[ISSUED_STANDING_AT].number,
		.mails = r->at[ISSUED_MAILS].number, .mail_at = r->at[ISSUED_MAIL_AT].number,
		.sold = r->at[ISSUED_SOLD].number, .sold_at = r->at[ISSUED_SOLD_AT].number };
	record_get_text(r, ISSUED_TAG, TAG_FIELDS, ret->tag);
	record_get_text(r, ISSUED_TO, TO_FIELDS, ret->to);
	record_get_text(r, ISSUED_PURPOSE, PURPOSE_FIELDS, ret->purpose);
	record_get_text(r, ISSUED_SELLER, TO_FIELDS, ret->seller);
	return true;
}

static struct store_change change(const struct store_key *key, int64_t now)
{
	return (struct store_change){ .key = *key, .delta = { .stamp = now } };
}

/* Without the user in front of it. */
static struct slice tag_of(const struct issue *i, char local[LOCAL_PART_MAX + 1])
{
	struct issued_shape s;

	if (i->style == ISSUED_RANDOM || !issue_local(i, local) || !issued_shape_read(slice_of(local), &s))
		return SLICE("");
	return (struct slice){ s.slug.p, s.slug.n + 1 + s.check.n };
}

struct store_change issued_new(const struct issue *i, const struct issuing *what, const struct store_key *key, int64_t now)
{
	struct store_change c = change(key, now);
	char local[LOCAL_PART_MAX + 1];

	c.delta.at[ISSUED_AT].number = now;
	c.delta.at[ISSUED_PARTY].number = what->party;
	c.delta.at[ISSUED_PERSON].number = what->person;
	c.delta.at[ISSUED_STYLE].number = (int64_t)i->style;
	c.delta.at[ISSUED_SERIAL].number = i->serial;
	record_put_text(&c.delta, ISSUED_TAG, TAG_FIELDS, tag_of(i, local));
	record_put_text(&c.delta, ISSUED_TO, TO_FIELDS, i->domain);
	record_put_text(&c.delta, ISSUED_PURPOSE, PURPOSE_FIELDS, what->purpose);
	c.delta.at[ISSUED_STANDING_AT].number = now;
	c.delta.at[ISSUED_EXPIRES].number = what->expires;
	c.delta.at[ISSUED_LOCK_AT].number = now;
	c.delta.at[ISSUED_LOCKED].number = what->lock;
	return c;
}

struct store_change issued_cancelled(const struct store_key *key, int64_t now)
{
	struct store_change c = change(key, now);

	c.delta.at[ISSUED_STANDING_AT].number = now;
	c.delta.at[ISSUED_CANCELLED].number = 1;
	return c;
}

struct store_change issued_renewed(const struct store_key *key, int64_t expires, int64_t now)
{
	struct store_change c = change(key, now);

	c.delta.at[ISSUED_STANDING_AT].number = now;
	c.delta.at[ISSUED_EXPIRES].number = expires;
	return c;
}

struct store_change holder_added(int64_t identifier, const struct store_key *key, int64_t now)
{
	struct store_key holder = holder_key(identifier, issued_id(key));
	struct store_change c = change(&holder, now);

	c.delta.at[HOLDER_SINCE].number = now;
	return c;
}

struct store_change issued_mail(const struct store_key *key, struct slice seller, int64_t now)
{
	struct store_change c = change(key, now);

	c.delta.at[ISSUED_MAILS].number = 1;
	c.delta.at[ISSUED_MAIL_AT].number = now;
	if (seller.n == 0)
		return c;
	c.delta.at[ISSUED_SOLD].number = 1;
	c.delta.at[ISSUED_SOLD_AT].number = now;
	record_put_text(&c.delta, ISSUED_SELLER, TO_FIELDS, seller);
	return c;
}
