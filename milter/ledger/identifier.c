/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/party.h"

#include <stdio.h>
#include <string.h>

enum { NAME_FIELDS = 8, FOLD_MAX = 256 };

static const char *const kind_names[IDENTIFIER_KINDS] = {
	[IDENTIFIER_DOMAIN] = "domain", [IDENTIFIER_ACCOUNT] = "account", [IDENTIFIER_CLAIMED_ACCOUNT] = "claimed-account",
	[IDENTIFIER_REPLY_TO] = "reply-to", [IDENTIFIER_LIST] = "list-id", [IDENTIFIER_CALENDAR] = "calendar",
	[IDENTIFIER_PHONE] = "phone", [IDENTIFIER_TRACKING_HOST] = "tracking-host", [IDENTIFIER_POSTAL] = "postal",
	[IDENTIFIER_MAILBOX] = "mailbox",
};

const char *identifier_kind_name(enum identifier_kind k)
{
	return k > 0 && k < IDENTIFIER_KINDS ? kind_names[k] : "unknown";
}

bool identifier_read(struct slice text, struct identifier *ret)
{
	struct slice rest = text, word = slice_cut(&rest, ':');

	if (text.n == 0 || text.n > FOLD_MAX)
		return false;
	*ret = (struct identifier){ IDENTIFIER_DOMAIN, text };
	if (word.n == text.n)
		return true;
	*ret = (struct identifier){ IDENTIFIER_ACCOUNT, text };
	for (int k = IDENTIFIER_DOMAIN; k < IDENTIFIER_KINDS; k++)
		if (slice_eq(word, slice_of(kind_names[k])))
			*ret = (struct identifier){ (enum identifier_kind)k, rest };
	return word.n > 0 && rest.n > 0;
}

/* Lower case, unless upper and lower case are mixed behind the platform's name. */
static struct slice fold(const struct identifier *i, char room[FOLD_MAX])
{
	struct slice v = slice_sub(i->value, 0, FOLD_MAX);
	bool account = i->kind == IDENTIFIER_ACCOUNT || i->kind == IDENTIFIER_CLAIMED_ACCOUNT;
	bool upper = false, lower = false;

	for (size_t k = account ? slice_find(v, ':', 0) : 0; k < v.n; k++) {
		upper = upper || (v.p[k] >= 'A' && v.p[k] <= 'Z');
		lower = lower || (v.p[k] >= 'a' && v.p[k] <= 'z');
	}
	for (size_t k = 0; k < v.n; k++)
		room[k] = account && upper && lower ? v.p[k] : ascii_lower(v.p[k]);
	return (struct slice){ room, v.n };
}

int64_t identifier_id(const struct site_key *site, const struct identifier *i)
{
	/* an account is itself, proved or not */
	enum identifier_kind kind = i->kind == IDENTIFIER_CLAIMED_ACCOUNT ? IDENTIFIER_ACCOUNT : i->kind;
	char room[FOLD_MAX];
	struct slice parts[3] = { SLICE("identifier"), slice_of(identifier_kind_name(kind)), fold(i, room) };

	return hashed_id(site, parts, 3);
}

static bool may_be_a_person(enum identifier_kind k)
{
	return k == IDENTIFIER_CALENDAR || k == IDENTIFIER_PHONE || k == IDENTIFIER_POSTAL || k == IDENTIFIER_MAILBOX;
}

struct store_change identifier_seen(const struct site_key *site, const struct identifier *i, int64_t now)
{
	struct store_change c = { .key = organisation_key('o', identifier_id(site, i), 0), .delta = { .stamp = now } };
	char room[FOLD_MAX];
	struct slice name = slice_sub(fold(i, room), 0, IDENTIFIER_NAME_BYTES);

	c.delta.at[NODE_FIRST_SEEN].number = now;
	c.delta.at[NODE_KIND].number = i->kind == IDENTIFIER_CLAIMED_ACCOUNT ? IDENTIFIER_ACCOUNT : i->kind;
	/* printable ASCII, so that a part of a name is never negative and MAX keeps it whole */
	for (size_t k = 0; k < name.n; k++)
		room[k] = room[k] > ' ' && room[k] < 0x7f ? room[k] : '?';
	if (!may_be_a_person(i->kind))
		record_put_text(&c.delta, NODE_NAME, NAME_FIELDS, name);
	return c;
}

char *identifier_name(const struct record *node, char out[IDENTIFIER_TEXT_MAX])
{
	enum identifier_kind kind = (enum identifier_kind)node->at[NODE_KIND].number;
	char name[IDENTIFIER_NAME_BYTES + 1];

	record_get_text(node, NODE_NAME, NAME_FIELDS, name);
	if (name[0] == '\0')
		out[0] = '\0';
	else if (kind == IDENTIFIER_DOMAIN || kind == IDENTIFIER_ACCOUNT)
		snprintf(out, IDENTIFIER_TEXT_MAX, "%s", name);
	else
		snprintf(out, IDENTIFIER_TEXT_MAX, "%s:%s", identifier_kind_name(kind), name);
	return out;
}

struct store_change identifier_edge(char tag, int64_t a, int64_t b, int64_t now)
{
	struct store_change c = { .key = organisation_key(tag, a, b), .delta = { .stamp = now } };

	c.delta.at[EDGE_FIRST_SEEN].number = now;
	c.delta.at[EDGE_MAILS].number = 1;
	return c;
}
