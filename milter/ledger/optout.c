/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/optout.h"

enum { ADDRESS_MAX_BYTES = 256 };

static const char *const scope_names[OPTOUT_SCOPES] = { "organisation", "agency", "list" };

const char *optout_scope_name(enum optout_scope s)
{
	return s < OPTOUT_SCOPES ? scope_names[s] : "unknown";
}

enum optout_scope optout_scope_read(struct slice word)
{
	return (enum optout_scope)slice_among(word, scope_names, OPTOUT_SCOPES);
}

struct store_key optout_key(int64_t party, int64_t person)
{
	return organisation_pair('x', party, person);
}

int64_t optout_agency(const struct site_key *site, int64_t account)
{
	struct slice parts[2] = { SLICE("agency"), { (const char *)&account, sizeof account } };

	return hashed_id(site, parts, 2);
}

/* "The Letter <letter.acme.example>" and "<letter.acme.example>" are one list. */
int64_t optout_list(const struct site_key *site, struct slice list_id)
{
	size_t open = slice_rfind(list_id, '<');
	struct slice inside = open < list_id.n ? slice_sub(list_id, open + 1, list_id.n) : list_id;
	struct identifier i = { IDENTIFIER_LIST, slice_trim(slice_cut(&inside, '>')) };

	return i.value.n == 0 ? 0 : identifier_id(site, &i);
}

struct optout optout_read(const struct record *r, enum optout_scope scope, uint64_t mark)
{
	struct optout ret = { .scope = scope };
	int64_t first, said, withdrawn;

	if (r == NULL)
		return ret;
	first = r->at[OPTOUT_FIRST].number;
	said = r->at[OPTOUT_SAID_AT].number;
	withdrawn = r->at[OPTOUT_WITHDRAWN_AT].number;
	if (said == 0 || said <= withdrawn)
		return ret;
	ret.said = true;
	ret.last_at = said;
	ret.since = first > withdrawn ? first : said;
	for (int i = 0; i < OPTOUT_AFTER_MAX; i++) {
		int64_t entry = r->at[OPTOUT_AFTER + i].number;

		if (entry == 0 || latest_time(entry) <= ret.since)
			break;
		ret.counted = ret.counted || latest_mark(entry) == mark;
		ret.after += latest_mark(entry) != mark;
	}
	return ret;
}

static struct store_change change(int64_t party, int64_t person, int64_t now)
{
	return (struct store_change){ .key = optout_key(party, person), .delta = { .stamp = now } };
}

struct store_change optout_said(int64_t party, int64_t person, int64_t now)
{
	struct store_change c = change(party, person, now);

	c.delta.at[OPTOUT_FIRST].number = now;
	c.delta.at[OPTOUT_SAID_AT].number = now;
	return c;
}

struct store_change optout_withdrawn(int64_t party, int64_t person, int64_t now)
{
	struct store_change c = change(party, person, now);

	c.delta.at[OPTOUT_WITHDRAWN_AT].number = now;
	return c;
}

struct store_change optout_mail_after(int64_t party, int64_t person, uint64_t mark, int64_t now)
{
	struct store_change c = change(party, person, now);

	c.delta.at[OPTOUT_AFTER].number = latest_entry(now, mark);
	return c;
}

struct store_key exit_key(const struct site_key *site, struct slice address)
{
	char room[ADDRESS_MAX_BYTES];
	struct slice s = slice_sub(address, 0, sizeof room);
	struct slice parts[2] = { SLICE("unsubscribe-address"), { room, s.n } };

	for (size_t i = 0; i < s.n; i++)
		room[i] = ascii_lower(s.p[i]);
	return store_key_of(&record_exit, site, parts, 2);
}

struct store_change exit_seen(const struct site_key *site, struct slice address, int64_t party, int64_t now)
{
	struct store_change c = { .key = exit_key(site, address), .delta = { .stamp = now } };

	c.delta.at[EXIT_AT].number = now;
	c.delta.at[EXIT_PARTY].number = party;
	return c;
}
