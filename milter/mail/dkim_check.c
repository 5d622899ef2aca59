/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/dkim_check.h"

#include <string.h>

#include "antisales/base/buf.h"
#include "antisales/mail/octet.h"

enum { FIELDS_ROOM = 32 };

static void drop_verifier(struct dkim_check *c)
{
	dkim_verifier_free(c->verifier);
	c->verifier = NULL;
}

static void release(void *arg)
{
	struct dkim_check *c = arg;

	drop_verifier(c);
	for (size_t i = 0; i < c->candidates_count; i++)
		if (c->candidates[i].owns_ticket)
			key_done(c->candidates[i].ticket);
	c->candidates_count = 0;
}

struct dkim_check *dkim_check_begin(struct dkim_context *ctx, struct arena *a, int64_t now)
{
	struct dkim_check *c = ctx == NULL ? NULL : arena_alloc(a, sizeof *c);

	if (c == NULL || arena_defer(a, release, c) < 0)
		return NULL;
	c->ctx = ctx;
	c->limits = dkim_context_limits(ctx);
	c->arena = a;
	c->now = now;
	return c;
}

/* ---- header ---- */

static struct dkim_field *field_new(struct dkim_check *c)
{
	if (c->fields_count == c->fields_room) {
		size_t room = c->fields_room == 0 ? FIELDS_ROOM : c->fields_room * 2;
		struct dkim_field *grown = arena_array(c->arena, room, sizeof *grown);

		if (grown == NULL)
			return NULL;
		if (c->fields_count > 0)
			memcpy(grown, c->fields, c->fields_count * sizeof *grown);
		c->fields = grown;
		c->fields_room = room;
	}
	return &c->fields[c->fields_count];
}

static bool keep_field(struct dkim_check *c, struct slice name, struct slice raw, bool with_space)
{
	struct dkim_field *f;

	if (c->fields_count >= c->limits->dkim_header_fields
	    || name.n + raw.n > c->limits->dkim_header_bytes - c->header_bytes || (f = field_new(c)) == NULL)
		return false;
	*f = (struct dkim_field){ arena_dup(c->arena, name), arena_dup(c->arena, raw), with_space };
	if (f->name.p == NULL || f->raw.p == NULL)
		return false;
	c->header_bytes += name.n + raw.n;
	c->fields_count++;
	return true;
}

void dkim_check_header(struct dkim_check *c, struct slice name, struct slice raw, bool with_space)
{
	if (c == NULL || c->body_begun)
		return;
	while (raw.n > 0 && (raw.p[raw.n - 1] == '\n' || raw.p[raw.n - 1] == '\r'))
		raw.n--;
	if (!keep_field(c, name, raw, with_space))
		c->header_cut = true;
}

/* ---- keys ---- */

static struct dkim_candidate *same_key(struct dkim_check *c, struct slice domain, struct slice selector)
{
	for (size_t i = 0; i < c->candidates_count; i++) {
		struct dkim_candidate *k = &c->candidates[i];

		if (k->chosen && slice_ieq(k->signature->domain, domain) && slice_ieq(k->signature->selector, selector))
			return k;
	}
	return NULL;
}

static void ask_key(struct dkim_check *c, struct dkim_candidate *k)
{
	struct buf name;

	buf_init(&name, 2 * KEY_NAME_MAX + 16);
	buf_add(&name, k->signature->selector);
	buf_adds(&name, "._domainkey.");
	buf_add(&name, k->signature->domain);
	if (!name.cut)
		k->ticket = keys_ask(dkim_context_keys(c->ctx), buf_slice(&name));
	k->asked = k->owns_ticket = true;
	buf_done(&name);
}

static void ask_keys(struct dkim_check *c)
{
	size_t asked = 0;

	for (size_t i = 0; i < c->candidates_count; i++) {
		struct dkim_candidate *k = &c->candidates[i], *first;

		if (!k->chosen)
			continue;
		first = same_key(c, k->signature->domain, k->signature->selector);
		if (first == k && asked++ < c->limits->dkim_questions)
			ask_key(c, k);
		k->asked = first->asked;
		k->ticket = first->ticket;
	}
}

/* Waits, at most until the deadline. True when a key was found: only then is there something to verify. */
static bool collect_keys(struct dkim_check *c, int64_t deadline_us)
{
	bool found = false;

	for (size_t i = 0; i < c->candidates_count; i++) {
		struct dkim_candidate *k = &c->candidates[i];

		if (!k->chosen || !k->asked)
			continue;
		k->key = keys_wait(dkim_context_keys(c->ctx), k->ticket, deadline_us);
		found = found || k->key.state == KEY_FOUND;
	}
	return found;
}

/* Called by the library at the end of the message, when all is known that will be. */
static struct slice key_text(void *arg, struct slice domain, struct slice selector)
{
	const struct dkim_candidate *k = same_key(arg, domain, selector);

	return k != NULL && k->key.state == KEY_FOUND ? k->key.text : (struct slice){ 0 };
}

/* ---- body ---- */

static void start_verifier(struct dkim_check *c)
{
	enum dkim_ready ready;

	c->verifier = dkim_verifier_new(c->ctx, key_text, c);
	if (c->verifier == NULL)
		return;
	dkim_feed_header(c);
	ready = dkim_verifier_header_end(c->verifier);
	c->own_field = arena_dup(c->arena, dkim_verifier_own_field(c->verifier));
	if (ready == DKIM_NO_SENDER)
		c->from_domain = (struct slice){ 0 };
	if (ready != DKIM_READY)
		drop_verifier(c);
}

void dkim_check_body_begin(struct dkim_check *c)
{
	if (c == NULL || c->body_begun)
		return;
	c->body_begun = true;
	dkim_choose(c);
	if (c->chosen_count == 0)
		return;
	ask_keys(c);
	start_verifier(c);
}

void dkim_check_body(struct dkim_check *c, struct slice bytes)
{
	if (c == NULL || c->ended)
		return;
	dkim_check_body_begin(c);
	if (c->verifier == NULL || c->body_cut)
		return;
	c->body_cut = bytes.n > c->limits->dkim_body_bytes - c->counts.body_bytes;
	if (c->body_cut)
		return;
	c->counts.body_bytes += bytes.n;
	dkim_feed_body(c, bytes);
}

void dkim_check_body_cut(struct dkim_check *c)
{
	if (c != NULL && !c->ended)
		c->body_cut = true;
}

bool dkim_check_has_enough(const struct dkim_check *c)
{
	return c == NULL || (c->body_begun && (c->verifier == NULL || c->body_cut));
}

/* ---- results ---- */

/* What the library found, for each chosen signature in its order. */
struct findings {
	struct dkim_found list[DKIM_CHOSEN_MAX];
	size_t count, next;
};

static void verify(struct dkim_check *c, struct findings *f)
{
	dkim_feed_end(c);
	dkim_verifier_end(c->verifier);
	f->count = dkim_verifier_found(c->verifier, f->list, DKIM_CHOSEN_MAX);
}

static const struct dkim_found *found_for(struct findings *f, const struct dkim_candidate *k)
{
	const struct dkim_found *found = k->fed && f->next < f->count ? &f->list[f->next++] : NULL;

	if (found == NULL || !slice_ieq(found->domain, k->signature->domain)
	    || !slice_ieq(found->selector, k->signature->selector))
		return NULL;
	return found;
}

static struct dkim_evidence evidence_of(const struct dkim_check *c, const struct dkim_candidate *k,
    const struct dkim_found *found)
{
	struct dkim_evidence e = dkim_evidence_early(c, k->signature);

	e.key = k->asked ? &k->key : NULL;
	e.ambiguous = dkim_is_ambiguous(c, k->signature);
	if (found == NULL)
		return e;
	e.passed = found->passed;
	e.body = found->body;
	e.fault = found->fault;
	e.key_bits = found->key_bits;
	e.partial = dkim_is_partial(c, k->signature);
	e.testing = found->testing;
	return e;
}

static struct slice lower_case(struct arena *a, struct slice s)
{
	char *p = s.p == NULL ? NULL : arena_strdup(a, s);

	if (p == NULL)
		return (struct slice){ 0 };
	for (size_t i = 0; i < s.n; i++)
		p[i] = octet_lower(p[i]);
	return (struct slice){ p, s.n };
}

static void write_result(struct dkim_check *c, const struct dkim_candidate *k, struct findings *f,
    struct dkim_result *r)
{
	const struct dkim_found *found = k->chosen ? found_for(f, k) : NULL;
	struct dkim_evidence e = evidence_of(c, k, found);
	struct dkim_judgement j = k->fault != NULL ? (struct dkim_judgement){ DKIM_UNREADABLE, k->fault, false }
	    : dkim_judge(&e);

	*r = (struct dkim_result){
		.domain = lower_case(c->arena, k->signature->domain), .selector = lower_case(c->arena, k->signature->selector),
		.identity = k->signature->identity, .outcome = j.outcome, .reason = j.reason, .authenticates = j.authenticates,
		.ambiguous = e.ambiguous || c->header_cut, .testing = e.testing, .key_bits = e.key_bits,
		.algorithm = k->signature->algorithm, .signed_at = k->signature->signed_at, .expires = k->signature->expires,
		.signature = k->fault == NULL ? k->signature : NULL, .check = c
	};
	if (r->key_bits == 0 && r->algorithm == DKIM_ALGORITHM_ED25519_SHA256 && e.passed)
		r->key_bits = 256;
}

static void write_results(struct dkim_check *c, struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < c->candidates_count; i++)
		n += c->candidates[i].signature != NULL ? 1 : 0;
	c->results = n == 0 ? NULL : arena_array(c->arena, n, sizeof *c->results);
	if (c->results == NULL)
		return;
	for (size_t i = 0; i < c->candidates_count; i++)
		if (c->candidates[i].signature != NULL)
			write_result(c, &c->candidates[i], f, &c->results[c->results_count++]);
}

const struct dkim_result *dkim_check_end(struct dkim_check *c, int64_t deadline_us, size_t *ret_count)
{
	struct findings f = { .count = 0 };

	*ret_count = 0;
	if (c == NULL)
		return NULL;
	dkim_check_body_begin(c);
	if (!c->ended) {
		c->ended = true;
		if (c->verifier != NULL && !c->body_cut && collect_keys(c, deadline_us))
			verify(c, &f);
		write_results(c, &f);
		drop_verifier(c);
	}
	*ret_count = c->results_count;
	return c->results;
}

void dkim_check_count(const struct dkim_check *c, struct dkim_counts *ret)
{
	*ret = (struct dkim_counts){ 0 };
	if (c == NULL)
		return;
	*ret = c->counts;
	ret->header_cut = c->header_cut;
	ret->body_cut = c->body_cut;
}

struct slice dkim_check_own_field(const struct dkim_check *c)
{
	return c == NULL ? (struct slice){ 0 } : c->own_field;
}

bool dkim_result_covers(const struct dkim_result *r, const char *name)
{
	size_t there = dkim_count_fields(r->check, slice_of(name));

	return r->signature != NULL && there > 0 && !r->check->header_cut
	    && dkim_signature_lists(r->signature, slice_of(name)) >= there;
}
