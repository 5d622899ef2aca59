/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/mail/domain.h"
#include "dossier.h"

bool dossier_is_of(const struct dossier *d, int64_t id)
{
	const struct org_node *n = org_view_find(&d->view, id);

	return id != 0 && (n == NULL ? id : n->root) == d->root;
}

bool dossier_has_domain(const struct dossier *d, struct slice domain)
{
	struct identifier i = { IDENTIFIER_DOMAIN, domain };

	return domain.n > 0 && dossier_is_of(d, identifier_id(&d->ledger.engine.site, &i));
}

void *dossier_grow(struct dossier *d, void *array, size_t *count, size_t *room, size_t each)
{
	void *grown = alloc_room(array, room, *count + 1, each);

	d->failed = d->failed || grown == NULL;
	*count += grown != NULL;
	return grown;
}

int64_t dossier_touches(const struct dossier *d, int64_t person, int64_t *ret_since)
{
	const struct timeline *t = &d->timeline;
	int64_t n = 0;

	*ret_since = 0;
	for (size_t i = 0; i < t->count; i++)
		if (t->events[i].person == person && t->events[i].kind == TIMELINE_TOUCH && n++ == 0)
			*ret_since = t->events[i].at;
	if (d->persons.count > 1)
		return n;
	*ret_since = t->first;
	return n + t->older;
}

static bool is_named(const struct dossier *d, int64_t person)
{
	return d->persons.count > 0 && cli_is_person(&d->persons, person);
}

/* The same figures as those of "optout list". */
static bool keep_optout(const struct store_key *k, const struct record *r, void *arg)
{
	struct dossier *d = arg;
	struct optout o = optout_read(r, OPTOUT_ORGANISATION, 0);
	struct dossier_optout *grown, *x;

	if (!o.said || !is_named(d, organisation_other(k)) || !dossier_is_of(d, organisation_id(k)))
		return true;
	grown = dossier_grow(d, d->optouts, &d->optouts_count, &d->optouts_room, sizeof *grown);
	if (grown == NULL)
		return false;
	d->optouts = grown;
	x = &grown[d->optouts_count - 1];
	*x = (struct dossier_optout){ .party = organisation_id(k), .person = organisation_other(k), .since = o.since };
	for (int i = OPTOUT_AFTER_MAX - 1; i >= 0; i--) {
		int64_t at = latest_time(r->at[OPTOUT_AFTER + i].number);

		if (r->at[OPTOUT_AFTER + i].number != 0 && at > o.since)
			x->after[x->after_count++] = (struct dossier_mail){ .at = at };
	}
	return true;
}

static void find_late(struct dossier *d, const struct policy *p)
{
	for (size_t i = 0; i < d->optouts_count; i++) {
		struct dossier_optout *x = &d->optouts[i];

		x->deadline = optout_deadline(&p->optout, x->since);
		for (size_t k = 0; k < x->after_count; k++) {
			x->after[k].late = x->after[k].at > x->deadline;
			x->late += x->after[k].late;
		}
	}
}

/* The store does not know the user part: it is made again from the one that was named. */
static struct slice address_text(struct dossier *d, const struct issued *i)
{
	for (size_t k = 0; k < d->persons.count; k++) {
		struct issue made = { .site = &d->ledger.engine.site, .user = d->users[k], .domain = slice_of(i->to), .style = i->style,
			.serial = i->serial };
		char local[LOCAL_PART_MAX + 1];

		if (d->persons.id[k] == i->person && issue_local(&made, local))
			return arena_printf(&d->ledger.arena, "%s@%.*s", local, SLICE_FMT(made.user.domain));
	}
	return SLICE("");
}

static bool keep_address(const struct store_key *k, const struct record *r, void *arg)
{
	struct dossier *d = arg;
	struct dossier_address *grown, *x;
	struct issued i;

	(void)k;
	if (!issued_read(r, d->ledger.at, &i) || !is_named(d, i.person))
		return true;
	grown = dossier_grow(d, d->addresses, &d->addresses_count, &d->addresses_room, sizeof *grown);
	if (grown == NULL)
		return false;
	d->addresses = grown;
	x = &grown[d->addresses_count - 1];
	*x = (struct dossier_address){ .person = i.person, .issued = i, .text = address_text(d, &i) };
	x->about = dossier_is_of(d, i.party) || dossier_has_domain(d, slice_of(i.seller));
	x->sold = i.sold > 0;
	return true;
}

/* As person_id takes an address: without what stands behind a delimiter. */
static void read_users(struct dossier *d, const char *delimiters)
{
	for (size_t k = 0; k < d->persons.count; k++) {
		struct address *a = &d->users[k];

		(void)address_envelope(slice_of(d->persons.name[k]), &d->ledger.arena, a);
		for (size_t i = 1; i < a->local.n; i++)
			if (a->local.p[i] != '\0' && strchr(delimiters, a->local.p[i]) != NULL)
				a->local.n = i;
		a->spec = arena_printf(&d->ledger.arena, "%.*s@%.*s", SLICE_FMT(a->local), SLICE_FMT(a->domain));
	}
}

static int read_timelines(struct dossier *d, struct err *reterr)
{
	const struct cli_persons everybody = { 0 };
	struct timeline all = { .name = d->name, .persons = &everybody };
	int rc = timeline_load(&d->ledger, &d->view, d->party, &all, reterr);

	d->touched = all.touched;
	timeline_free(&all);
	d->timeline = (struct timeline){ .name = d->face, .persons = &d->persons };
	return rc < 0 || d->persons.count == 0 ? rc : timeline_load(&d->ledger, &d->view, d->party, &d->timeline, reterr);
}

static int find_party(struct dossier *d, struct err *reterr)
{
	const struct org_node *n, *face;
	char name[IDENTIFIER_TEXT_MAX];
	struct party p = { 0 };
	int rc = cli_party(&d->ledger, d->name, &p, reterr);

	if (rc < 0)
		return rc;
	n = org_view_find(&d->view, p.id);
	d->party = p.id;
	d->root = n == NULL ? p.id : n->root;
	face = org_view_face(&d->view, d->root);
	d->face = face == NULL ? d->name : arena_strdup(&d->ledger.arena, slice_of(org_view_name(&d->view, face->id, name)));
	return d->face == NULL ? err_set(reterr, E_NOMEM, "no memory for a name") : E_OK;
}

int dossier_read_store(struct dossier *d, struct err *reterr)
{
	struct store *s = d->ledger.engine.store;
	struct setup *setup = setup_get(&d->ledger.engine.setups);
	int rc;

	read_users(d, setup->config->recipient_delimiter);
	if ((rc = org_view_load(s, &d->view, reterr)) == E_OK && (rc = find_party(d, reterr)) == E_OK
	    && (rc = read_timelines(d, reterr)) == E_OK && (rc = s->ops->scan(s, 'x', keep_optout, d, reterr)) == E_OK)
		rc = s->ops->scan(s, 'a', keep_address, d, reterr);
	find_late(d, setup->policy);
	setup_put(setup);
	return rc == E_OK && d->failed ? err_set(reterr, E_NOMEM, "no memory for what is remembered") : rc;
}
