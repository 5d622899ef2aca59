/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/outbound.h"

#include <string.h>

#include "antisales/ledger/sent.h"
#include "antisales/mail/domain.h"

#define ANSWER_PAUSE (7 * INT64_C(86400))       /* one of us speaks for a party once in so long, however much he writes */

enum { REFUSAL_BYTES = 300, REFUSAL_TEXT_MAX = 1000 };

/* One mail while it is taken apart. */
struct learning {
	const struct outbound *o;
	struct arena *arena;
	int64_t now, person;
	struct slice own_domain;
	struct party parties[OUTBOUND_RECIPIENTS_MAX];
	size_t parties_count;
	struct store_key exits[OUTBOUND_RECIPIENTS_MAX];        /* of recipients outside: they may take opt-outs */
	size_t exits_count;
	int64_t colleagues[OUTBOUND_RECIPIENTS_MAX];
	size_t colleagues_count;
	struct store_change *changes;
	size_t count, room;
};

static void put(struct learning *l, struct store_change c)
{
	if (l->count < l->room)
		l->changes[l->count++] = c;
}

static bool begins_with_any(struct slice s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_istarts(s, slice_of(words[i])))
			return true;
	return false;
}

#define LIST(...) (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)

/* Answered by a program (RFC 3834), or a mailing of ours. */
static bool is_automatic(const struct txn *t)
{
	static const char *const fields[] = { "List-Id", "List-Unsubscribe", "List-Post", "X-Autoreply", "X-Autorespond",
		"X-Auto-Reply" };
	struct slice automatic = txn_value(t, "Auto-Submitted", 0), precedence = txn_value(t, "Precedence", 0);

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (txn_find(t, fields[i], 0) != NULL)
			return true;
	return t->sender.spec.n == 0 || (automatic.n > 0 && !slice_istarts(automatic, SLICE("no")))
	    || begins_with_any(precedence, LIST("bulk", "junk", "list", "auto"))
	    || begins_with_any(txn_value(t, "Subject", 0), LIST("automatic reply", "auto reply", "autoreply", "out of office",
	        "abwesenheit", "automatische antwort", "r\xC3\xA9ponse automatique", "respuesta autom", "resposta autom",
	        "automatisch antwoord"));
}

/* The subject without "Re: " and its kin. */
static struct slice bare_subject(const struct txn *t)
{
	struct slice s = slice_trim(txn_value(t, "Subject", 0));

	for (size_t colon = slice_find(s, ':', 0); colon < s.n && colon <= 4; colon = slice_find(s, ':', 0))
		s = slice_trim(slice_sub(s, colon + 1, s.n));
	return s;
}

static bool holds(struct slice s, const struct slice *phrases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_ifind(s, phrases[i], 0) < s.n)
			return true;
	return false;
}

/* Wants to be left alone: that is no conversation, and earns them nothing. */
static bool is_refusal(const struct txn *t, const struct refusals *r)
{
	struct slice text = t->content->text, subject = bare_subject(t);

	for (size_t i = 0; i < t->recipients_count; i++)
		if (holds(t->recipients[i].local, r->addresses, r->addresses_count))
			return true;
	for (size_t i = 0; i < r->subjects_count; i++)
		if (slice_istarts(subject, r->subjects[i]))
			return true;
	return text.n <= REFUSAL_TEXT_MAX && holds(slice_sub(text, 0, REFUSAL_BYTES), r->texts, r->texts_count);
}

/* Who of us writes: From where it is ours, else the envelope. false when neither is. */
static bool find_person(struct learning *l)
{
	const struct outbound *o = l->o;
	const struct header *h = txn_find(o->txn, "From", 0);
	const struct address *list;
	bool from = h != NULL && address_list(header_unfold(h->raw, l->arena), l->arena, &list) > 0
	    && (o->domains_count == 0 || is_our_domain(o->domains, o->domains_count, (struct slice){ 0 }, list[0].domain));
	const struct address *me = from ? &list[0] : &o->txn->sender;

	if (me->domain.n == 0 || (!from && !is_our_domain(o->domains, o->domains_count, (struct slice){ 0 }, me->domain)))
		return false;
	l->person = person_id(o->site, me, o->delimiters);
	l->own_domain = o->domains_count == 0 ? domain_registrable(me->domain) : (struct slice){ 0 };
	return true;
}

static void add_party(struct learning *l, const struct party *p)
{
	for (size_t i = 0; i < l->parties_count; i++)
		if (l->parties[i].id == p->id)
			return;
	l->parties[l->parties_count++] = *p;
}

static void sort_recipients(struct learning *l)
{
	const struct outbound *o = l->o;

	for (size_t i = 0; i < o->txn->recipients_count && i < OUTBOUND_RECIPIENTS_MAX; i++) {
		const struct address *a = &o->txn->recipients[i];
		struct party p;

		if (is_our_domain(o->domains, o->domains_count, l->own_domain, a->domain)) {
			l->colleagues[l->colleagues_count++] = person_id(o->site, a, o->delimiters);
			continue;
		}
		l->exits[l->exits_count++] = exit_key(o->site, a->spec);
		p = party_of(o->site, o->policy, a);
		if (p.id != 0)
			add_party(l, &p);
	}
}

static void bring_together(struct learning *l, int64_t party)
{
	for (size_t i = 0; i < l->colleagues_count && i < INTRODUCED_MAX; i++)
		put(l, relation_introduced(party, l->colleagues[i], l->now));
}

/* The sender of what is forwarded: the first "From: " line of the text, quoted or not. */
static struct slice forwarded_from(const struct txn *t)
{
	struct slice texts[2] = { t->content->quoted, t->content->text };

	for (size_t i = 0; i < 2; i++)
		while (texts[i].n > 0) {
			struct slice line = slice_trim(slice_cut(&texts[i], '\n')), value = line;
			struct slice word = slice_cut(&value, ':');

			if (value.n > 0 && word.n < line.n && (slice_ieq(word, SLICE("From")) || slice_ieq(word, SLICE("Von"))
			    || slice_ieq(word, SLICE("De")) || slice_ieq(word, SLICE("Van"))))
				return slice_trim(value);
		}
	return (struct slice){ 0 };
}

/* A colleague who passes a mail on makes its sender known to whoever gets it. */
static void learn_forward(struct learning *l)
{
	struct slice subject = slice_trim(txn_value(l->o->txn, "Subject", 0)), from;
	const struct address *list;
	struct party p;

	if (!begins_with_any(subject, LIST("fwd:", "fw:", "wg:", "tr:", "rv:", "enc:", "doorst:")))
		return;
	from = forwarded_from(l->o->txn);
	if (from.n == 0 || address_list(from, l->arena, &list) == 0
	    || is_our_domain(l->o->domains, l->o->domains_count, l->own_domain, list[0].domain))
		return;
	p = party_of(l->o->site, l->o->policy, &list[0]);
	if (p.id != 0)
		bring_together(l, p.id);
}

static void learn_party(struct learning *l, const struct party *p, const struct record *before)
{
	struct slice id = txn_value(l->o->txn, "Message-ID", 0);

	put(l, identifier_seen(l->o->site, &p->identifier, l->now));
	put(l, relation_written(p->id, l->person, l->now));
	if (id.n > 0)
		put(l, sent_change(l->o->site, id, p->id, l->now));
	if (p->identifier.kind == IDENTIFIER_DOMAIN
	    && (before == NULL || before->at[RELATION_WRITTEN_AT].number < l->now - ANSWER_PAUSE))
		put(l, reputation_answered(p->id, l->now));
	if (l->parties_count <= INTRODUCED_MAX)
		bring_together(l, p->id);
}

/* Whoever writes to an address for opt-outs says no, whatever the mail says. */
static bool learn_exits(struct learning *l, const struct record *rows, const bool *found)
{
	bool any = false;

	for (size_t i = 0; i < l->exits_count; i++) {
		if (!found[i])
			continue;
		put(l, optout_said(rows[i].at[EXIT_PARTY].number, l->person, l->now));
		any = true;
	}
	return any;
}

/* They may say that they are sorry: that is an answer to us. */
static void learn_refusal(struct learning *l)
{
	struct slice id = txn_value(l->o->txn, "Message-ID", 0);

	for (size_t i = 0; i < l->parties_count; i++) {
		if (id.n > 0)
			put(l, sent_change(l->o->site, id, l->parties[i].id, l->now));
		put(l, identifier_seen(l->o->site, &l->parties[i].identifier, l->now));
		put(l, optout_said(l->parties[i].id, l->person, l->now));
	}
}

static int learn_recipients(struct learning *l, struct store *s, struct err *reterr)
{
	size_t n = l->exits_count + l->parties_count;
	struct store_key *keys = arena_array(l->arena, n + 1, sizeof *keys);
	struct record *rows = arena_array(l->arena, n + 1, sizeof *rows);
	bool *found = arena_array(l->arena, n + 1, sizeof *found), exits;
	int rc;

	if (keys == NULL || rows == NULL || found == NULL)
		return err_set(reterr, E_LIMIT, "no memory to learn from a mail of our own");
	memcpy(keys, l->exits, l->exits_count * sizeof *keys);
	for (size_t i = 0; i < l->parties_count; i++)
		keys[l->exits_count + i] = relation_key(l->parties[i].id, l->person);
	rc = s->ops->get(s, keys, n, rows, found, reterr);
	if (rc < 0)
		return rc;
	exits = learn_exits(l, rows, found);
	if (is_refusal(l->o->txn, &l->o->policy->refusals))
		learn_refusal(l);
	else
		for (size_t i = l->exits_count; !exits && i < n; i++)
			learn_party(l, &l->parties[i - l->exits_count], found[i] ? &rows[i] : NULL);
	return E_OK;
}

int outbound_learn(struct store *s, const struct outbound *o, struct arena *a, const struct store_change **ret,
    size_t *ret_count, struct err *reterr)
{
	struct learning *l = arena_alloc(a, sizeof *l);
	int rc = E_OK;

	*ret_count = 0;
	if (l == NULL)
		return err_set(reterr, E_LIMIT, "no memory to learn from a mail of our own");
	*l = (struct learning){ .o = o, .arena = a, .now = o->txn->now };
	l->room = 1 + (o->txn->recipients_count < OUTBOUND_RECIPIENTS_MAX ? o->txn->recipients_count : OUTBOUND_RECIPIENTS_MAX)
	    * (4 + INTRODUCED_MAX);
	l->changes = arena_array(a, l->room, sizeof *l->changes);
	if (l->changes == NULL)
		return err_set(reterr, E_LIMIT, "no memory to learn from a mail of our own");
	if (!find_person(l))
		return E_OK;
	put(l, relation_written(0, 0, l->now));
	if (!is_automatic(o->txn) && o->txn->recipients_told <= OUTBOUND_RECIPIENTS_MAX) {
		sort_recipients(l);
		learn_forward(l);
		rc = learn_recipients(l, s, reterr);
	}
	*ret = l->changes;
	*ret_count = rc == E_OK ? l->count : 0;
	return rc;
}
