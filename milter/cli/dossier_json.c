/* SPDX-License-Identifier: BSD-3-Clause */
#include <sysexits.h>

#include "dossier.h"
#include "org_tell.h"

static void put_text(json *map, const char *key, struct slice s)
{
	if (s.n > 0)
		json_put(map, key, json_of_text(s));
}

static void put_day(json *map, const char *key, int64_t when)
{
	char day[CLOCK_TEXT];

	if (when > 0)
		json_put(map, key, json_of_text(slice_of(cli_day(when, day))));
}

static void put_time(json *map, const char *key, int64_t when)
{
	char at[CLOCK_TEXT];

	json_put(map, key, json_of_text(slice_of(clock_text(when, at))));
}

static json *events_json(const struct dossier *d, int64_t person)
{
	json *list = json_list();

	for (size_t i = 0; i < d->timeline.count; i++) {
		const struct timeline_event *e = &d->timeline.events[i];
		json *map;

		if (e->person != person)
			continue;
		map = json_map();
		put_time(map, "at", e->at);
		json_put(map, "event", json_of_text(slice_of(timeline_kind_name(e->kind))));
		if (e->kind == TIMELINE_TOUCH)
			json_put(map, "touch", json_of_int(e->touch));
		put_text(map, "document", slice_of(e->document));
		json_add(list, map);
	}
	return list;
}

static json *mails_json(const struct dossier_optout *o)
{
	json *list = json_list();

	for (size_t i = 0; i < o->after_count; i++) {
		json *map = json_map();

		put_time(map, "at", o->after[i].at);
		json_put(map, "overdue", json_of_bool(o->after[i].late));
		json_add(list, map);
	}
	return list;
}

static json *optouts_json(const struct dossier *d, int64_t person)
{
	json *list = json_list();

	for (size_t i = 0; i < d->optouts_count; i++) {
		const struct dossier_optout *o = &d->optouts[i];
		char name[IDENTIFIER_TEXT_MAX];
		json *map;

		if (o->person != person)
			continue;
		map = json_map();
		json_put(map, "name", json_of_text(slice_of(org_view_name(&d->view, o->party, name))));
		put_day(map, "since", o->since);
		put_day(map, "deadline", o->deadline);
		json_put(map, "after", json_of_int((int64_t)o->after_count));
		json_put(map, "overdue", json_of_int(o->late));
		json_put(map, "mails", mails_json(o));
		json_add(list, map);
	}
	return list;
}

static json *addresses_json(const struct dossier *d, int64_t person)
{
	json *list = json_list();

	for (size_t i = 0; i < d->addresses_count; i++) {
		const struct dossier_address *a = &d->addresses[i];
		json *map;

		if (a->person != person || !a->about)
			continue;
		map = json_map();
		put_text(map, "address", a->text);
		put_text(map, "issued_to", slice_of(a->issued.to));
		put_day(map, "issued_on", a->issued.at);
		put_text(map, "purpose", slice_of(a->issued.purpose));
		json_put(map, "state", json_of_text(slice_of(issued_state_name(a->issued.state))));
		json_put(map, "mails", json_of_int(a->issued.mails));
		json_put(map, "sold", json_of_int(a->issued.sold));
		put_text(map, "sold_by", slice_of(a->issued.seller));
		put_day(map, "sold_on", a->issued.sold_at);
		json_add(list, map);
	}
	return list;
}

static json *findings_json(const struct dossier_decision *x)
{
	json *list = json_list();

	for (size_t i = 0; i < x->findings_count; i++) {
		json *map = json_map();

		json_put(map, "id", json_of_text(x->findings[i].id));
		json_put(map, "points", json_of_int(x->findings[i].points));
		json_add(list, map);
	}
	return list;
}

static json *decision_json(const struct dossier_decision *x)
{
	json *map = json_map();

	put_text(map, "at", x->at);
	put_text(map, "id", x->id);
	put_text(map, "mode", x->mode);
	put_text(map, "verdict", x->verdict);
	json_put(map, "score", json_of_int(x->score));
	if (x->alone)
		json_put(map, "findings", findings_json(x));
	put_text(map, "domain", x->domain);
	put_text(map, "authenticated", x->proof);
	put_text(map, "platform", x->platform);
	put_text(map, "issued_to", x->issued_to);
	put_text(map, "sold_by", x->sold_by);
	if (x->number > 0)
		json_put(map, "n", json_of_int(x->number));
	put_text(map, "chain", x->chain);
	json_put(map, "intact", json_of_bool(x->intact));
	put_text(map, "sha256", x->sha256);
	return map;
}

static json *decisions_json(const struct dossier *d, int64_t person)
{
	json *list = json_list();

	for (size_t i = 0; i < d->decisions_count; i++)
		if (d->decisions[i].person == person)
			json_add(list, decision_json(&d->decisions[i]));
	return list;
}

static json *persons_json(const struct dossier *d)
{
	json *list = json_list();

	for (size_t i = 0; i < d->persons.count; i++) {
		json *map = json_map();

		json_put(map, "person", json_of_text(slice_of(d->persons.name[i])));
		json_put(map, "events", events_json(d, d->persons.id[i]));
		json_put(map, "optouts", optouts_json(d, d->persons.id[i]));
		json_put(map, "addresses", addresses_json(d, d->persons.id[i]));
		json_put(map, "decisions", decisions_json(d, d->persons.id[i]));
		json_add(list, map);
	}
	return list;
}

static json *journal_json(const struct dossier *d)
{
	json *map = json_map(), *files = json_list(), *breaks = json_list();

	for (size_t i = 0; i < d->journals_count; i++)
		json_add(files, json_of_text(slice_of(d->journals[i])));
	for (size_t i = 0; i < d->breaks_count; i++) {
		json *one;

		if (!dossier_break_counts(d, &d->breaks[i]))
			continue;
		one = json_map();
		json_put(one, "file", json_of_text(slice_of(d->breaks[i].file)));
		json_put(one, "line", json_of_int((int64_t)d->breaks[i].line));
		json_put(one, "finding", json_of_text(slice_of(d->breaks[i].text)));
		json_add(breaks, one);
	}
	json_put(map, "files", files);
	json_put(map, "lines", json_of_int((int64_t)d->reader.at.nth));
	json_put(map, "verified", json_of_bool(dossier_breaks(d) == 0));
	json_put(map, "findings", breaks);
	return map;
}

int dossier_json(struct dossier *d)
{
	json *map = json_map();

	json_put(map, "org", json_of_text(slice_of(d->face)));
	json_put(map, "asked", json_of_text(slice_of(d->name)));
	put_time(map, "as_of", d->ledger.at);
	json_put(map, "members", org_members_json(&d->view, d->root));
	json_put(map, "joins", org_edges_json(&d->view, d->root, false));
	json_put(map, "alike", org_edges_json(&d->view, d->root, true));
	json_put(map, "people", json_of_int(d->touched));
	json_put(map, "older_touches", json_of_int(d->timeline.older));
	json_put(map, "persons", persons_json(d));
	json_put(map, "journal", d->journal_read ? journal_json(d) : json_of_text((struct slice){ 0 }));
	cli_print_json(map);
	return EX_OK;
}
