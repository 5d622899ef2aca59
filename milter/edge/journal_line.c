/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/clock.h"
#include "antisales/base/json.h"
#include "antisales/edge/journal.h"

static json *recipient_name(const struct journal_entry *e, const struct address *rcpt)
{
	static const char hex[] = "0123456789abcdef";
	struct slice parts[2] = { SLICE("recipient"), rcpt->spec };
	char text[2 * sizeof(struct hash)];
	struct hash h;

	if (e->plain_recipients)
		return json_of_text(rcpt->spec);
	h = hash_keyed(e->site, parts, 2);
	for (size_t i = 0; i < sizeof h.bytes; i++) {
		text[2 * i] = hex[h.bytes[i] >> 4];
		text[2 * i + 1] = hex[h.bytes[i] & 15];
	}
	return json_of_text((struct slice){ text, sizeof text });
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

void journal_line(const struct journal_entry *e, struct buf *out)
{
	const struct decision *d = e->decision;
	char at[CLOCK_TEXT];
	json *map = json_map();

	json_put(map, "v", json_of_int(1));
	json_put(map, "at", json_of_text(slice_of(clock_text(e->at, at))));
	json_put(map, "id", json_of_text(slice_of(d->id)));
	json_put(map, "queue_id", json_of_text(e->queue_id));
	json_put(map, "policy", json_of_text(d->policy->name));
	json_put(map, "mode", json_of_text(slice_of(mode_name(d->shadow ? MODE_SHADOW : MODE_ENFORCE))));
	json_put(map, "verdict", json_of_text(slice_of(verdict_name(d->verdict))));
	json_put(map, "score", json_of_int(d->score->total));
	json_put(map, "findings", hits(d->score));
	json_put(map, "facts", facts_json(d->facts, false));
	json_put(map, "recipients", recipients(e));
	json_put(map, "us", json_of_int(e->took_us));
	json_print(map, out);
	json_free(map);
}
