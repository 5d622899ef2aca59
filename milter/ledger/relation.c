/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/relation.h"

enum { DOCUMENT_FIELDS = RELATION_FIELDS - RELATION_DOCUMENT };

static const char *const level_names[RELATION_LEVELS] = {
	"stranger", "answered", "introduced", "correspondent", "contract",
};

const char *relation_level_name(enum relation_level l)
{
	return l < RELATION_LEVELS ? level_names[l] : "unknown";
}

enum relation_level relation_level_read(struct slice word)
{
	return (enum relation_level)slice_among(word, level_names, RELATION_LEVELS);
}

struct store_key relation_key(int64_t party, int64_t person)
{
	return organisation_pair('l', party, person);
}

static int64_t number(const struct record *r, enum relation_field f)
{
	return r == NULL ? 0 : r->at[f].number;
}

/* What an administrator said; RELATION_LEVELS when nothing is in force. */
static enum relation_level set_level(const struct record *r, int64_t now)
{
	int64_t until = number(r, RELATION_SET_UNTIL), level = number(r, RELATION_SET_LEVEL);

	if (number(r, RELATION_SET_AT) == 0 || level < 0 || level >= RELATION_LEVELS || (until != 0 && until <= now))
		return RELATION_LEVELS;
	return (enum relation_level)level;
}

/* The nearest level that the signs since a time still speak for. */
static enum relation_level seen_level(const struct record *r, const struct memory_policy *p, int64_t since, int64_t now)
{
	int64_t written = number(r, RELATION_WRITTEN_AT), replied = number(r, RELATION_REPLIED_AT);
	int64_t introduced = number(r, RELATION_INTRODUCED_AT), last = replied > written ? replied : written;

	if (written > since && replied > since && last + p->correspondent > now)
		return RELATION_CORRESPONDENT;
	if (introduced > since && introduced + p->introduced > now)
		return RELATION_INTRODUCED;
	if (written > since && written + p->answered > now)
		return RELATION_ANSWERED;
	return RELATION_STRANGER;
}

static int64_t first_sign(const struct record *own, const struct record *all, enum relation_level set)
{
	int64_t first = number(own, RELATION_FIRST);

	if (set == RELATION_LEVELS || first > 0)
		return first;
	return number(all, RELATION_SET_AT);
}

struct relation relation_read(const struct record *own, const struct record *all, const struct memory_policy *p, int64_t now)
{
	enum relation_level mine = set_level(own, now), ours = set_level(all, now), set = mine != RELATION_LEVELS ? mine : ours;
	int64_t from = set == RELATION_STRANGER ? number(mine != RELATION_LEVELS ? own : all, RELATION_SET_AT) : 0;
	struct relation ret = { .level = seen_level(own, p, from, now), .written_at = number(own, RELATION_WRITTEN_AT),
		.consent_at = number(own, RELATION_CONSENT_AT), .trigger_at = number(own, RELATION_TRIGGER_AT) };

	if (set != RELATION_LEVELS && set > ret.level)
		ret.level = set;
	if (ret.level > RELATION_STRANGER)
		ret.since = first_sign(own, all, set);
	if (own != NULL)
		record_get_text(own, RELATION_DOCUMENT, DOCUMENT_FIELDS, ret.document);
	return ret;
}

static struct store_change change(int64_t party, int64_t person, enum relation_field f, int64_t now)
{
	struct store_change c = { .key = relation_key(party, person), .delta = { .stamp = now } };

	c.delta.at[RELATION_FIRST].number = now;
	c.delta.at[f].number = now;
	return c;
}

struct store_change relation_written(int64_t party, int64_t person, int64_t now)
{
	struct store_change c = change(party, person, RELATION_WRITTEN_AT, now);

	c.delta.at[RELATION_WRITTEN].number = 1;
	return c;
}

struct store_change relation_replied(int64_t party, int64_t person, int64_t now)
{
	return change(party, person, RELATION_REPLIED_AT, now);
}

struct store_change relation_introduced(int64_t party, int64_t person, int64_t now)
{
	return change(party, person, RELATION_INTRODUCED_AT, now);
}

/* A confirmation is their word, not ours: it begins no relationship. */
struct store_change relation_consented(int64_t party, int64_t person, int64_t now)
{
	struct store_change c = change(party, person, RELATION_CONSENT_AT, now);

	c.delta.at[RELATION_FIRST].number = 0;
	return c;
}

struct store_change relation_triggered(int64_t party, int64_t person, struct slice document, int64_t now)
{
	struct store_change c = change(party, person, RELATION_TRIGGER_AT, now);

	c.delta.at[RELATION_FIRST].number = 0;
	record_put_text(&c.delta, RELATION_DOCUMENT, DOCUMENT_FIELDS, document);
	return c;
}

struct store_change relation_set(int64_t party, int64_t person, enum relation_level level, int64_t until, int64_t now)
{
	struct store_change c = change(party, person, RELATION_SET_AT, now);

	c.delta.at[RELATION_SET_LEVEL].number = (int64_t)level;
	c.delta.at[RELATION_SET_UNTIL].number = until;
	return c;
}
