/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/skeleton.h"

#include <inttypes.h>

#include "antisales/mail/domain.h"
#include "internal.h"

enum { NAMES_MAX = 64 };

struct names {
	struct slice *list;
	size_t count;
};

static void add(struct names *n, struct slice name)
{
	if (name.n > 0 && n->count < NAMES_MAX)
		n->list[n->count++] = name;
}

/* The name that somebody chose for a domain: "acme" of mail.acme.co.uk. */
static void add_domain(struct names *n, struct slice domain)
{
	struct slice own = domain.n == 0 ? domain : domain_registrable(domain);

	if (own.n > 0)
		add(n, slice_cut(&own, '.'));
}

static void add_address(struct names *n, const struct address *a)
{
	add(n, a->display);
	add(n, a->local);
	add_domain(n, a->domain);
}

static void add_field(struct names *n, const struct txn *t, const char *field)
{
	const struct header *h = txn_find(t, field, 0);
	const struct address *list;
	size_t count = h == NULL ? 0 : address_list(header_unfold(h->raw, t->arena), t->arena, &list);

	for (size_t i = 0; i < count; i++)
		add_address(n, &list[i]);
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	const struct txn *t = in->txn;
	struct names n = { .list = arena_array(out->arena, NAMES_MAX, sizeof *n.list) };
	const struct skeleton *s = &out->skeleton;

	if (n.list == NULL)
		return err_set(reterr, E_LIMIT, "no memory for the names in a mail");
	add_field(&n, t, "From");
	add_domain(&n, t->sender.domain);
	for (size_t i = 0; i < t->recipients_count; i++)
		add_address(&n, &t->recipients[i]);
	add_field(&n, t, "To");
	add_field(&n, t, "Cc");
	out->skeleton = skeleton_of(&(struct skeleton_in){ t->content->text, n.list, n.count }, out->arena);
	if (!s->present)
		return E_OK;
	facts_text(in->facts, FACT_TEXT_SKELETON, arena_printf(out->arena, "%016" PRIx64, skeleton_id(s)));
	evidence_add(out, &(struct finding){ .detector = detect_skeleton.id, .fact = FACT_TEXT_SKELETON, .where = SLICE("text"),
		.quote = arena_printf(out->arena, "%zu words, bands %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64,
		    s->words, s->bands[0], s->bands[1], s->bands[2], s->bands[3]) });
	return E_OK;
}

const struct detector detect_skeleton = {
	.id = "skeleton", .summary = "what the mail shares with others of its template", .round = DETECT_MAIL, .run = run,
};
