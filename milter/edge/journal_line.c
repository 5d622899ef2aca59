/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/clock.h"
#include "antisales/base/json.h"
#include "antisales/edge/journal.h"

/* A person's address or name as a hash that only the site's key can tell; returns out. */
static char *hide(const struct site_key *site, struct slice kind, struct slice name, char out[JOURNAL_HASH_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	struct slice parts[2] = { kind, name };
	struct hash h = hash_keyed(site, parts, 2);

	for (size_t i = 0; i < sizeof h.bytes; i++) {
		out[2 * i] = hex[h.bytes[i] >> 4];
		out[2 * i + 1] = hex[h.bytes[i] & 15];
	}
	out[JOURNAL_HASH_TEXT - 1] = '\0';
	return out;
}

char *journal_recipient(const struct site_key *site, struct slice spec, char *out)
{
	return hide(site, SLICE("recipient"), spec, out);
}

static json *recipient_name(const struct journal_entry *e, const struct address *rcpt)
{
	char text[JOURNAL_HASH_TEXT];

	return json_of_text(e->plain_recipients ? rcpt->spec : slice_of(journal_recipient(e->site, rcpt->spec, text)));
}

static json *recipients(const struct journal_entry *e)
{
	const struct decision *d = e->decision;
	json *list = json_list();

	for (size_t i = 0; i < d->count; i++) {
		const struct rcpt_verdict *r = &d->recipients[i];
		json *map = json_map();

		if (r->recipient != NULL)
			json_put(map, "to", recipient_name(e, r->recipient));
		if (r->class != NULL)
			json_put(map, "class", json_of_text(r->class->name));
		json_put(map, "score", json_of_int(r->score));
		json_put(map, "verdict", json_of_text(slice_of(verdict_name(r->verdict))));
		json_add(list, map);
	}
	return list;
}

static json *hits(const struct score *s)
{
	json *list = json_list();

	for (size_t i = 0; i < s->count; i++) {
		json *map = json_map();

		json_put(map, "id", json_of_text(s->hits[i].rule->id));
		json_put(map, "points", json_of_int(s->hits[i].points));
		json_add(list, map);
	}
	return list;
}

static void put_time(json *map, const char *key, int64_t when)
{
	char text[CLOCK_TEXT];

	json_put(map, key, json_of_text(slice_of(clock_text(when, text))));
}

void journal_line(const struct journal_entry *e, struct buf *out)
{
	const struct decision *d = e->decision;
	json *map = json_map();

	json_put(map, "v", json_of_int(1));
	put_time(map, "at", e->at);
	json_put(map, "id", json_of_text(slice_of(d->id)));
	json_put(map, "queue_id", json_of_text(e->queue_id));
	json_put(map, "policy", json_of_text(d->policy->name));
	json_put(map, "mode", json_of_text(slice_of(mode_name(d->shadow ? MODE_SHADOW : MODE_ENFORCE))));
	json_put(map, "verdict", json_of_text(slice_of(verdict_name(d->verdict))));
	json_put(map, "score", json_of_int(d->score->total));
	json_put(map, "findings", hits(d->score));
	json_put(map, "facts", facts_json(d->facts, false));
	json_put(map, "recipients", recipients(e));
	if (e->sha256.p != NULL)
		json_put(map, "sha256", json_of_text(e->sha256));
	json_put(map, "us", json_of_int(e->took_us));
	json_print(map, out);
	json_free(map);
}

static void put_text(json *map, const char *key, struct slice s)
{
	if (s.p != NULL)
		json_put(map, key, json_of_text(s));
}

void journal_change_line(const struct journal_change *c, struct buf *out)
{
	json *map = json_map();
	char text[JOURNAL_HASH_TEXT];

	json_put(map, "v", json_of_int(1));
	put_time(map, "at", c->at);
	json_put(map, "change", json_of_text(slice_of(c->change)));
	put_text(map, "by", c->by);
	put_text(map, "about", c->about);
	put_text(map, "other", c->other);
	if (c->set)
		json_put(map, "sales", c->sales < 0 ? json_of_text((struct slice){ 0 }) : json_of_int(c->sales));
	if (c->set && c->sales >= 0)
		json_put(map, "confidence", json_of_int(c->confidence));
	put_text(map, "said", c->said);
	put_text(map, "level", c->level);
	if (c->user.p != NULL)
		json_put(map, "user", json_of_text(c->plain_users ? c->user : slice_of(hide(c->site, SLICE("user"), c->user, text))));
	if (c->as_of != 0)
		put_time(map, "as_of", c->as_of);
	put_text(map, "store", c->store);
	json_print(map, out);
	json_free(map);
}
