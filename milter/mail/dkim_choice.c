/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/address.h"
#include "antisales/mail/dkim_check.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/header.h"

static bool field_is(const struct dkim_field *f, struct slice name)
{
	return slice_ieq(slice_trim(f->name), name);
}

size_t dkim_count_fields(const struct dkim_check *c, struct slice name)
{
	size_t n = 0;

	for (size_t i = 0; i < c->fields_count; i++)
		n += field_is(&c->fields[i], name) ? 1 : 0;
	return n;
}

/* Whose mail it says it is. The first address counts; a second one, or a second field, makes it ambiguous. */
static void read_from(struct dkim_check *c)
{
	const struct address *addresses;
	size_t fields = 0;

	for (size_t i = 0; i < c->fields_count; i++) {
		size_t n;

		if (!field_is(&c->fields[i], SLICE("From")))
			continue;
		n = address_list(header_unfold(c->fields[i].raw, c->arena), c->arena, &addresses);
		if (c->from_domain.p == NULL && n > 0 && addresses[0].domain.n > 0)
			c->from_domain = addresses[0].domain;
		fields++;
		c->from_ambiguous = c->from_ambiguous || n != 1 || fields > 1;
	}
}

bool dkim_is_ambiguous(const struct dkim_check *c, const struct dkim_signature *s)
{
	static const struct slice shown[] = {
		{ "From", 4 }, { "Subject", 7 }, { "To", 2 }, { "Date", 4 }, { "List-Unsubscribe", 16 },
		{ "Reply-To", 8 }, { "Content-Type", 12 }
	};

	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		size_t there = dkim_count_fields(c, shown[i]);

		if (there > 1 && there > dkim_signature_lists(s, shown[i]))
			return true;
	}
	return c->from_ambiguous;
}

bool dkim_is_partial(const struct dkim_check *c, const struct dkim_signature *s)
{
	struct slice body = s->canonicalisation;

	(void)slice_cut(&body, '/');
	return s->has_length && dkim_length_end(&c->lengths[slice_ieq(body, SLICE("relaxed")) ? 1 : 0]) > s->length;
}

static bool is_aligned(const struct dkim_check *c, struct slice domain)
{
	char lower[DOMAIN_BYTES_MAX + 1];
	struct slice d = { lower, domain_write(domain, lower) };
	struct slice mine = domain_registrable(d), from = domain_registrable(c->from_domain);

	return d.n > 0 && (slice_eq(d, c->from_domain) || (mine.n > 0 && slice_eq(mine, from)));
}

struct dkim_evidence dkim_evidence_early(const struct dkim_check *c, const struct dkim_signature *s)
{
	return (struct dkim_evidence){
		.signature = s, .now = c->now, .from_usable = c->from_domain.p != NULL, .finished = !c->body_cut,
		.header_cut = c->header_cut, .fault = DKIM_FAULT_UNKNOWN,
		.key_bits_min = (unsigned)c->limits->dkim_key_bits
	};
}

/* Reads the signature to learn whether it is worth verifying. */
static void look_at(struct dkim_check *c, struct dkim_candidate *k)
{
	struct dkim_signature s = { .names_count = 0 };
	struct dkim_evidence e = dkim_evidence_early(c, &s);

	k->fault = dkim_signature_read(c->fields[k->field].raw, &s);
	if (k->fault != NULL) {
		c->counts.unreadable++;
		return;
	}
	if (!dkim_judge_early(&e, &k->early))
		k->early.reason = NULL;
	k->aligned = c->from_domain.p != NULL && is_aligned(c, s.domain);
}

static void find_candidates(struct dkim_check *c)
{
	static const struct slice name = { "DKIM-Signature", sizeof "DKIM-Signature" - 1 };
	size_t n = dkim_count_fields(c, name);

	c->counts.fields = n;
	c->candidates = n == 0 ? NULL : arena_array(c->arena, n, sizeof *c->candidates);
	if (c->candidates == NULL) {
		c->header_cut = c->header_cut || n > 0;
		return;
	}
	for (size_t i = 0; i < c->fields_count; i++) {
		if (!field_is(&c->fields[i], name))
			continue;
		c->candidates[c->candidates_count].field = i;
		look_at(c, &c->candidates[c->candidates_count++]);
	}
}

static bool is_open(const struct dkim_candidate *k)
{
	return k->fault == NULL && k->early.reason == NULL;
}

static void choose_from_top(struct dkim_check *c, bool aligned)
{
	size_t max = c->limits->dkim_signatures < DKIM_CHOSEN_MAX ? c->limits->dkim_signatures : DKIM_CHOSEN_MAX;

	for (size_t i = 0; i < c->candidates_count; i++) {
		struct dkim_candidate *k = &c->candidates[i];

		if (!is_open(k) || k->aligned != aligned)
			continue;
		k->chosen = c->chosen_count < max;
		c->chosen_count += k->chosen ? 1 : 0;
		c->counts.surplus += k->chosen ? 0 : 1;
	}
}

/* Keeps what those say that get a result: the chosen, and some of those that were judged by looking at them. */
static void keep_signatures(struct dkim_check *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->candidates_count; i++) {
		struct dkim_candidate *k = &c->candidates[i];

		if (!k->chosen && (is_open(k) || kept++ >= DKIM_REPORTED_MAX))
			continue;
		k->signature = arena_alloc(c->arena, sizeof *k->signature);
		if (k->signature != NULL) {
			dkim_signature_read(c->fields[k->field].raw, k->signature);
			c->has_length = c->has_length || (k->chosen && k->signature->has_length);
		} else if (k->chosen) {
			k->chosen = false;
			c->chosen_count--;
			c->counts.surplus++;
		}
	}
}

void dkim_choose(struct dkim_check *c)
{
	read_from(c);
	find_candidates(c);
	c->lengths[1].relaxed = true;
	choose_from_top(c, true);
	choose_from_top(c, false);
	keep_signatures(c);
}
