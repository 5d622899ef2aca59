/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "dossier.h"

static bool reads_as(const struct dossier *d, struct slice spec, struct slice to)
{
	char text[JOURNAL_HASH_TEXT];

	return slice_eq(to, slice_of(journal_recipient(&d->reader.key, spec, text)));
}

/* As it was named. */
static bool is_hash_of_text(const struct dossier *d, const char *text, struct slice to)
{
	struct address a;
	struct arena scratch;
	bool is;

	arena_init(&scratch, 1024, 65536);
	is = address_envelope(slice_of(text), &scratch, &a) == 0 && reads_as(d, a.spec, to);
	arena_done(&scratch);
	return is;
}

/* Without extension, in lower case too. */
static bool is_hash_of_user(const struct dossier *d, const struct address *user, struct slice to)
{
	char lower[512];

	snprintf(lower, sizeof lower, "%.*s", SLICE_FMT(user->spec));
	for (char *p = lower; *p != '\0'; p++)
		*p = ascii_lower(*p);
	return reads_as(d, user->spec, to) || reads_as(d, slice_of(lower), to);
}

/* A person is known by the addresses that were named, the one without extension, and those that were issued to it. */
static int64_t person_of_hash(const struct dossier *d, struct slice to)
{
	for (size_t i = 0; i < d->named.count; i++)
		if (is_hash_of_text(d, d->named.name[i], to))
			return d->named.id[i];
	for (size_t i = 0; i < d->persons.count; i++)
		if (is_hash_of_user(d, &d->users[i], to))
			return d->persons.id[i];
	for (size_t i = 0; i < d->addresses_count; i++)
		if (reads_as(d, d->addresses[i].text, to))
			return d->addresses[i].person;
	return 0;
}

/* Whom of those named the word stands for, a hash or an address; 0 for nobody. */
static int64_t person_of(struct dossier *d, struct slice to)
{
	struct setup *s;
	struct address a;
	int64_t id = 0;

	if (slice_find(to, '@', 0) == to.n)
		return person_of_hash(d, to);
	if (address_envelope(to, &d->ledger.arena, &a) < 0)
		return 0;
	s = setup_get(&d->ledger.engine.setups);
	id = person_id(&d->ledger.engine.site, &a, s->config->recipient_delimiter);
	setup_put(s);
	for (size_t i = 0; i < d->addresses_count; i++)
		if (slice_ieq(d->addresses[i].text, a.spec))
			id = d->addresses[i].person;
	return cli_is_person(&d->persons, id) ? id : 0;
}

static bool is_about(const struct dossier *d, const json *facts)
{
	struct slice account = json_text(json_get(facts, "org.account"));
	struct identifier i;

	if (dossier_has_domain(d, json_text(json_get(facts, "org.domain"))))
		return true;
	return account.n > 0 && identifier_read(account, &i) && dossier_is_of(d, identifier_id(&d->ledger.engine.site, &i));
}

static struct slice copy(struct dossier *d, const json *map, const char *key)
{
	struct slice s = json_text(json_get(map, key)), ret = s.p == NULL ? s : arena_dup(&d->ledger.arena, s);

	d->failed = d->failed || (s.p != NULL && ret.p == NULL);
	return ret;
}

static void copy_findings(struct dossier *d, const json *list, struct dossier_decision *x)
{
	x->findings = arena_array(&d->ledger.arena, json_count(list) + 1, sizeof *x->findings);
	d->failed = d->failed || x->findings == NULL;
	for (size_t i = 0; x->findings != NULL && i < json_count(list); i++)
		x->findings[x->findings_count++] = (struct dossier_finding){ copy(d, json_at(list, i), "id"),
			json_int(json_get(json_at(list, i), "points")) };
}

/* The line names the score, the findings and the facts of one recipient: with several only what all share is told. */
static void add_decision(struct dossier *d, const json *line, const json *recipient, struct dossier_decision x)
{
	const json *facts = json_get(line, "facts");
	struct dossier_decision *grown = dossier_grow(d, d->decisions, &d->decisions_count, &d->decisions_room, sizeof *grown);

	if (grown == NULL)
		return;
	d->decisions = grown;
	x.at = copy(d, line, "at");
	x.id = copy(d, line, "id");
	x.mode = copy(d, line, "mode");
	x.sha256 = copy(d, line, "sha256");
	x.verdict = copy(d, recipient, "verdict");
	x.score = json_int(json_get(recipient, "score"));
	x.domain = copy(d, facts, "org.domain");
	x.proof = copy(d, facts, "org.authenticated");
	x.platform = copy(d, facts, "platform.name");
	x.alone = json_count(json_get(line, "recipients")) == 1;
	if (x.alone) {
		x.issued_to = copy(d, facts, "address.issued_to");
		x.sold_by = copy(d, facts, "address.sold_by");
		copy_findings(d, json_get(line, "findings"), &x);
	}
	grown[d->decisions_count - 1] = x;
}

static void take_line(const struct journal_place *at, struct slice text, enum chain_finding f, const struct chain_link *link,
    void *arg)
{
	struct dossier *d = arg;
	struct slice chain = slice_of(link->chain);
	json *line;
	const json *list;

	/* most lines are about others, and need not be read */
	if (d->persons.count == 0 || slice_ifind(text, SLICE("\"org."), 0) == text.n)
		return;
	line = json_parse(text);
	list = json_get(line, "recipients");
	if (is_about(d, json_get(line, "facts")))
		for (size_t i = 0; i < json_count(list); i++) {
			const json *recipient = json_at(list, i);
			struct dossier_decision x = { .person = person_of(d, json_text(json_get(recipient, "to"))),
				.number = (int64_t)link->number, .intact = f == CHAIN_GOOD, .nth = at->nth };

			x.chain = chain.n == 0 ? (struct slice){ 0 } : arena_dup(&d->ledger.arena, chain);
			if (x.person != 0)
				add_decision(d, line, recipient, x);
		}
	json_free(line);
}

static void take_break(const struct journal_place *at, const char *text, void *arg)
{
	struct dossier *d = arg;
	struct dossier_break *grown = dossier_grow(d, d->breaks, &d->breaks_count, &d->breaks_room, sizeof *grown);

	if (grown == NULL)
		return;
	d->breaks = grown;
	grown[d->breaks_count - 1] = (struct dossier_break){ at->file, arena_strdup(&d->ledger.arena, slice_of(text)), at->line,
		at->nth };
	d->failed = d->failed || grown[d->breaks_count - 1].text == NULL;
}

bool dossier_break_counts(const struct dossier *d, const struct dossier_break *b)
{
	return d->decisions_count == 0
	    || (b->nth >= d->decisions[0].nth && b->nth <= d->decisions[d->decisions_count - 1].nth);
}

size_t dossier_breaks(const struct dossier *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->breaks_count; i++)
		n += dossier_break_counts(d, &d->breaks[i]);
	return n;
}

static int read_files(struct dossier *d, const char *live, struct err *reterr)
{
	int rc = E_OK;

	for (size_t i = 0; rc == E_OK && i < d->journals_count; i++)
		rc = journal_read(&d->reader, d->journals[i], reterr);
	if (rc == E_OK && d->journals_count > 0 && strcmp(d->journals[d->journals_count - 1], live) == 0)
		journal_read_end(&d->reader, live);
	return rc == E_OK && d->failed ? err_set(reterr, E_NOMEM, "no memory for the journal") : rc;
}

int dossier_read_journal(struct dossier *d, struct err *reterr)
{
	struct setup *s = setup_get(&d->ledger.engine.setups);
	const char *live = s->config->journal;
	bool named = d->journals_count > 0;
	int rc = E_OK;

	if (!named && live[0] != '\0')
		d->journals[d->journals_count++] = live;
	d->reader.find = take_break;
	d->reader.line = take_line;
	d->reader.arg = d;
	if (d->journals_count > 0 && (rc = journal_key(s->config, &d->reader.key, reterr)) == E_OK)
		rc = read_files(d, live, reterr);
	d->journal_read = rc == E_OK && d->journals_count > 0;
	/* the configuration's journal is made with the first decision */
	if (rc == E_ABSENT && !named)
		rc = E_OK;
	setup_put(s);
	return rc;
}
