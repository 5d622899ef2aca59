/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/domain.h"
#include "internal.h"

/* Marks that two mails of one organisation often share, and that anybody can copy: told to people, proof of nothing. */
enum { PHONE_DIGITS_MIN = 9, PHONE_DIGITS_MAX = 15, ACCOUNT_MAX = 80 };

struct marks {
	struct slice *list;
	size_t count;
	struct arena *arena;
};

static void add(struct marks *m, const char *kind, struct slice value)
{
	struct slice text = value.n == 0 || m->count == HISTORY_MARKS_MAX ? (struct slice){ 0 }
	    : arena_printf(m->arena, "%s:%.*s", kind, SLICE_FMT(value));

	for (size_t i = 0; i < m->count; i++)
		if (slice_eq(m->list[i], text))
			return;
	if (text.p != NULL)
		m->list[m->count++] = text;
}

/* The registrable part of a domain that is no provider's. */
static struct slice somebodys_domain(const struct detect_in *in, struct slice host)
{
	struct slice d = host.n == 0 ? (struct slice){ 0 } : domain_registrable(host);

	return d.n == 0 || policy_is_freemail(in->policy, d) || policy_is_esp(in->policy, d) ? (struct slice){ 0 } : d;
}

static void add_reply_to(const struct detect_in *in, struct marks *m)
{
	const struct header *h = txn_find(in->txn, "Reply-To", 0);
	const struct address *list;

	struct slice domain = { 0 };

	if (h != NULL && address_list(header_unfold(h->raw, m->arena), m->arena, &list) > 0)
		domain = somebodys_domain(in, list[0].domain);
	if (!slice_eq(domain, in->facts->at[FACT_ORG_DOMAIN].text))
		add(m, "reply-to", domain);
}

static void add_list(const struct detect_in *in, struct marks *m)
{
	struct slice id = in->facts->at[FACT_LIST_ID].text;
	size_t open = slice_rfind(id, '<');
	struct slice inside = open < id.n ? slice_sub(id, open + 1, id.n) : id;

	if (id.n > 0 && !facts_is(in->facts, FACT_LIST_POST))
		add(m, "list-id", slice_sub(slice_trim(slice_cut(&inside, '>')), 0, ACCOUNT_MAX));
}

static bool is_calendar(struct slice host)
{
	static const char *const hosts[] = { "calendly.com", "cal.com", "savvycal.com", "meetings.hubspot.com", "oncehub.com",
		"app.reclaim.ai", "youcanbook.me", "zcal.co", "tidycal.com", "meet.salesloft.com" };

	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (domain_is_under(host, slice_of(hosts[i])))
			return true;
	return false;
}

/* "calendly.com/acme-sales" of calendly.com/acme-sales/30min. */
static void add_calendars(const struct detect_in *in, struct marks *m)
{
	const struct content *c = in->txn->content;

	for (size_t i = 0; i < c->links_count; i++) {
		const struct link *l = &c->links[i];
		struct slice path = slice_sub(l->path, 1, ACCOUNT_MAX), account = slice_cut(&path, '/');

		account = slice_sub(account, 0, slice_find(account, '?', 0));
		if ((l->places & (LINK_QUOTED | LINK_ATTACHED)) == 0 && account.n > 0 && is_calendar(l->host))
			add(m, "calendar", arena_printf(m->arena, "%.*s/%.*s", SLICE_FMT(l->host), SLICE_FMT(account)));
	}
}

/* The first number written the international way: "+49 (30) 123 456-78" is +493012345678. */
static void add_phone(const struct detect_in *in, struct marks *m)
{
	struct slice text = in->txn->content->text;

	for (size_t plus = slice_find(text, '+', 0); plus < text.n; plus = slice_find(text, '+', plus + 1)) {
		char digits[PHONE_DIGITS_MAX];
		size_t n = 0, i = plus + 1;

		for (; i < text.n && n < PHONE_DIGITS_MAX; i++) {
			if (ascii_digit(text.p[i]))
				digits[n++] = text.p[i];
			else if (text.p[i] != ' ' && text.p[i] != '-' && text.p[i] != '.' && text.p[i] != '(' && text.p[i] != ')')
				break;
		}
		if (n >= PHONE_DIGITS_MIN && digits[0] != '0') {
			add(m, "phone", (struct slice){ digits, n });
			return;
		}
	}
}

static void add_accounts(const struct evidence *e, const struct facts *f, struct marks *m)
{
	for (size_t i = 0; i < e->platforms_count; i++) {
		const struct recognised *r = &e->platforms[i];
		struct slice text = r->tenant.n == 0 || r->proof < PROOF_STRONG ? (struct slice){ 0 }
		    : arena_printf(m->arena, "%.*s:%.*s", SLICE_FMT(r->platform->id), SLICE_FMT(r->tenant));

		if (text.n > 0 && !slice_eq(text, f->at[FACT_ORG_ACCOUNT].text))
			add(m, "claimed-account", text);
	}
}

/*
 * A name of the sender's own that points to a platform, such as go.acme.example. Where it points is not asked: a
 * sender would see in his DNS that we look. The name itself is telling enough.
 */
static void add_tracking_hosts(const struct detect_in *in, const struct evidence *e, struct marks *m)
{
	for (size_t i = 0; i < e->customer_hosts_count; i++)
		if (somebodys_domain(in, e->customer_hosts[i]).n > 0)
			add(m, "tracking-host", e->customer_hosts[i]);
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct marks m = { .list = arena_array(out->arena, HISTORY_MARKS_MAX, sizeof *m.list), .arena = out->arena };

	if (m.list == NULL)
		return err_set(reterr, E_LIMIT, "no memory for the marks of an organisation");
	add_accounts(out, in->facts, &m);
	add_reply_to(in, &m);
	add_list(in, &m);
	add_calendars(in, &m);
	add_phone(in, &m);
	add(&m, "postal", postal_address(in->txn->content->text, out->arena));
	add_tracking_hosts(in, out, &m);
	if (m.count > 0)
		facts_list(in->facts, FACT_ORG_MARKS, m.list, m.count);
	return E_OK;
}

const struct detector detect_marks = {
	.id = "marks", .summary = "what other mail of the same organisation may share", .round = DETECT_MAIL, .run = run,
};
