/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "antisales/base/alloc.h"
#include "antisales/ledger/relation.h"
#include "antisales/ledger/sequence.h"
#include "timeline.h"

struct people {
	struct ledger_cli *ledger;
	const struct org_view *view;
	struct timeline *timeline;
	int64_t party, root;
	int64_t *ids;                   /* persons with a record */
	size_t ids_count, ids_room;
};

static bool note_person(const struct store_key *k, const struct record *r, void *arg)
{
	struct people *c = arg;
	int64_t party = organisation_id(k), person = organisation_other(k), *grown;
	const struct org_node *n = org_view_find(c->view, party);

	(void)r;
	if (person == 0 || (n == NULL ? party : n->root) != c->root || !cli_is_person(c->timeline->persons, person))
		return true;
	for (size_t i = 0; i < c->ids_count; i++)
		if (c->ids[i] == person)
			return true;
	grown = alloc_room(c->ids, &c->ids_room, c->ids_count + 1, sizeof *grown);
	c->timeline->failed = c->timeline->failed || grown == NULL;
	if (grown == NULL)
		return false;
	c->ids = grown;
	c->ids[c->ids_count++] = person;
	return true;
}

static struct timeline_event *add(struct timeline *t, int64_t person, enum timeline_kind kind, int64_t at)
{
	struct timeline_event *grown;

	if (at <= 0)
		return NULL;
	grown = alloc_room(t->events, &t->room, t->count + 1, sizeof *grown);
	t->failed = t->failed || grown == NULL;
	if (grown == NULL)
		return NULL;
	t->events = grown;
	t->events[t->count] = (struct timeline_event){ .at = at, .person = person, .kind = kind };
	return &t->events[t->count++];
}

/* The same walk that the daemon makes at each touch, from the first one on. */
static void add_touches(struct timeline *t, int64_t person, const struct record *r, int64_t answered_at, int64_t silence)
{
	int64_t before = 0, touch = 0;

	t->older += r->at[SEQUENCE_OLDER].number;
	t->touched++;
	if (t->first == 0 || r->at[SEQUENCE_FIRST].number < t->first)
		t->first = r->at[SEQUENCE_FIRST].number;
	for (int i = SEQUENCE_TOUCHES_MAX - 1; i >= 0; i--) {
		int64_t at = latest_time(r->at[SEQUENCE_TOUCHES + i].number);
		struct timeline_event *e = add(t, person, TIMELINE_TOUCH, at);

		if (e == NULL)
			continue;
		if (before == 0 || at - before > silence || (before <= answered_at && at > answered_at))
			touch = before == 0 ? r->at[SEQUENCE_OLDER].number : 0;
		e->touch = ++touch;
		before = at;
	}
}

static void add_signs(struct timeline *t, int64_t person, const struct record *r, const struct relation *rel)
{
	struct timeline_event *e;

	add(t, person, TIMELINE_WRITTEN, r->at[RELATION_WRITTEN_AT].number);
	add(t, person, TIMELINE_REPLIED, r->at[RELATION_REPLIED_AT].number);
	add(t, person, TIMELINE_INTRODUCED, r->at[RELATION_INTRODUCED_AT].number);
	add(t, person, TIMELINE_CONSENT, r->at[RELATION_CONSENT_AT].number);
	add(t, person, TIMELINE_SET, r->at[RELATION_SET_AT].number);
	e = add(t, person, TIMELINE_FORM, r->at[RELATION_TRIGGER_AT].number);
	if (e != NULL)
		snprintf(e->document, sizeof e->document, "%s", rel->document);
}

static int read_person(struct people *c, const struct memory_policy *m, int64_t person, struct err *reterr)
{
	struct store *s = c->ledger->engine.store;
	struct store_key keys[2] = { organisation_pair(ORGANISATION_SEQUENCE, c->party, person),
		organisation_pair(ORGANISATION_RELATION, c->party, person) };
	struct record r[2];
	bool found[2];
	struct relation rel;
	int rc = s->ops->get(s, keys, 2, r, found, reterr);

	if (rc < 0)
		return rc;
	rel = relation_read(found[1] ? &r[1] : NULL, NULL, m, c->ledger->at);
	if (found[0])
		add_touches(c->timeline, person, &r[0], rel.written_at, m->silence);
	if (found[1])
		add_signs(c->timeline, person, &r[1], &rel);
	return E_OK;
}

static int by_time(const void *x, const void *y)
{
	const struct timeline_event *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

int timeline_load(struct ledger_cli *l, const struct org_view *v, int64_t party, struct timeline *t, struct err *reterr)
{
	struct store *s = l->engine.store;
	struct setup *setup = setup_get(&l->engine.setups);
	const struct org_node *n = org_view_find(v, party);
	struct people c = { .ledger = l, .view = v, .timeline = t, .party = party, .root = n == NULL ? party : n->root };
	int rc = s->ops->scan(s, 'q', note_person, &c, reterr);

	if (rc == E_OK)
		rc = s->ops->scan(s, 'l', note_person, &c, reterr);
	for (size_t i = 0; rc == E_OK && i < c.ids_count; i++)
		rc = read_person(&c, &setup->policy->memory, c.ids[i], reterr);
	setup_put(setup);
	free(c.ids);
	if (rc == E_OK && t->failed)
		return err_set(reterr, E_NOMEM, "no memory for the timeline");
	if (t->count > 0)
		qsort(t->events, t->count, sizeof *t->events, by_time);
	return rc;
}

void timeline_free(struct timeline *t)
{
	free(t->events);
	*t = (struct timeline){ 0 };
}
