/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "antisales/mail/domain.h"
#include "internal.h"

enum { SUBJECTS_EXTRA = 64, SCAN_BUDGET_US = 50000, RECEIVED_MAX = 3 };

/* Kinds of place that agree by independent means: a pasted header block is one witness, however long it is. */
enum witness { WITNESS_HEADER, WITNESS_DKIM, WITNESS_ENVELOPE, WITNESS_CLIENT, WITNESS_LINK, WITNESS_COUNT };

static enum witness witness_of(enum place p)
{
	switch (p) {
	case PLACE_DKIM_D:
		return WITNESS_DKIM;
	case PLACE_RETURN_PATH:
		return WITNESS_ENVELOPE;
	case PLACE_RECEIVED_HOST:
		return WITNESS_CLIENT;
	case PLACE_URL_HOST:
	case PLACE_URL_PATH:
	case PLACE_URL:
		return WITNESS_LINK;
	default:
		return WITNESS_HEADER;
	}
}

struct subjects {
	struct subject *at;
	size_t count, room;
	struct arena *arena;
};

static void add(struct subjects *s, enum place place, struct slice header, struct slice text, bool weak)
{
	if (text.p != NULL && s->count < s->room)
		s->at[s->count++] = (struct subject){ place, header, text, weak };
}

/* d= of a DKIM-Signature (RFC 6376 section 3.5). */
static struct slice signature_domain(struct slice value, struct arena *a)
{
	while (value.n > 0) {
		struct slice tag = slice_cut(&value, ';');
		struct slice name = slice_trim(slice_cut(&tag, '='));

		if (slice_eq(name, SLICE("d")))
			return domain_normalise(slice_trim(tag), a);
	}
	return (struct slice){ 0 };
}

static void add_header(struct subjects *s, const struct catalogue *c, const struct header *h)
{
	if (slice_ieq(h->name, SLICE("X-Mailer")))
		add(s, PLACE_X_MAILER, h->name, h->value, false);
	else if (slice_ieq(h->name, SLICE("Message-ID")))
		add(s, PLACE_MESSAGE_ID, h->name, h->value, false);
	else if (slice_ieq(h->name, SLICE("List-Unsubscribe")))
		add(s, PLACE_LIST_UNSUBSCRIBE, h->name, h->value, false);
	else if (slice_ieq(h->name, SLICE("DKIM-Signature")))
		add(s, PLACE_DKIM_D, h->name, signature_domain(h->value, s->arena), false);
	if (catalogue_reads_header(c, h->name))
		add(s, PLACE_HEADER, h->name, h->value, false);
}

/*
 * The names in "from helo (reverse [address])" of the topmost Received fields.
 * Only those of our own side can be trusted; a relay of ours adds one or two.
 */
static void add_received(struct subjects *s, const struct txn *t)
{
	for (size_t nth = 0; nth < RECEIVED_MAX; nth++) {
		struct slice v = txn_value(t, "Received", nth);
		size_t open;

		if (!slice_istarts(v, SLICE("from ")))
			continue;
		v = slice_sub(v, 5, v.n);
		open = slice_find(v, '(', 0);
		add(s, PLACE_RECEIVED_HOST, SLICE("Received"), domain_normalise(slice_trim(slice_sub(v, 0, slice_find(v, ' ', 0))), s->arena), false);
		if (open < v.n) {
			struct slice reverse = slice_sub(v, open + 1, v.n);
			size_t end = 0;

			while (end < reverse.n && !ascii_space(reverse.p[end]) && reverse.p[end] != ')' && reverse.p[end] != '[')
				end++;
			add(s, PLACE_RECEIVED_HOST, SLICE("Received"), domain_normalise(slice_sub(reverse, 0, end), s->arena), false);
		}
	}
}

static void add_envelope(struct subjects *s, const struct txn *t)
{
	add(s, PLACE_RETURN_PATH, SLICE("MAIL FROM"), t->sender.spec, false);
	add(s, PLACE_RECEIVED_HOST, SLICE("HELO"), domain_normalise(t->peer->helo, s->arena), false);
	add(s, PLACE_RECEIVED_HOST, SLICE("client"), domain_normalise(t->peer->name, s->arena), false);
	if (t->sender.spec.n == 0) {
		/* a file without an envelope still tells it in the field that delivery writes */
		const struct header *h = txn_find(t, "Return-Path", 0);
		struct address from;

		if (h != NULL && address_envelope(h->value, s->arena, &from) == 0)
			add(s, PLACE_RETURN_PATH, SLICE("Return-Path"), from.spec, false);
	}
}

static void add_links(struct subjects *s, const struct content *c)
{
	for (size_t i = 0; i < c->links_count; i++) {
		const struct link *l = &c->links[i];
		bool weak = (l->places & (LINK_QUOTED | LINK_ATTACHED | LINK_FILE)) != 0;

		add(s, PLACE_URL_HOST, SLICE("link"), l->host, weak);
		add(s, PLACE_URL_PATH, SLICE("link"), l->path, weak);
		add(s, PLACE_URL, SLICE("link"), l->url, weak);
	}
}

static bool gather(const struct detect_in *in, struct subjects *s)
{
	const struct txn *t = in->txn;

	s->arena = t->arena;
	s->room = t->headers_count * 2 + t->content->links_count * 3 + SUBJECTS_EXTRA;
	s->at = arena_array(t->arena, s->room, sizeof *s->at);
	if (s->at == NULL)
		return false;
	for (size_t i = 0; i < t->headers_count; i++)
		add_header(s, in->policy->catalogue, &t->headers[i]);
	add_envelope(s, t);
	add_received(s, t);
	add_links(s, t->content);
	return true;
}

/* What a person wrote to a list or in a thread may hold any link: it says little about the sender's software. */
static enum proof proof_of(const struct sighting *g, bool conversation)
{
	enum proof p = g->fingerprint->proof;

	if (g->subject->weak)
		return PROOF_NONE;
	if (conversation && witness_of(g->fingerprint->place) == WITNESS_LINK && p > PROOF_HINT)
		return PROOF_HINT;
	return p;
}

struct tally {
	struct recognised is;
	bool witness[WITNESS_COUNT];
	size_t sightings;
};

/* A signature names a domain; only one that holds proves it. */
static bool is_proved(const struct facts *f, const struct subject *s)
{
	const struct fact *proved = &f->at[FACT_AUTH_DKIM_DOMAINS];

	for (size_t i = 0; s->place == PLACE_DKIM_D && i < proved->count; i++)
		if (slice_eq(proved->list[i], s->text))
			return true;
	return false;
}

/* The first account and record told count; another account beside it leaves open whose mail this is. */
static void take_captures(struct recognised *r, const struct sighting *g)
{
	if (r->tenant.n > 0 && g->tenant.n > 0 && !slice_ieq(r->tenant, g->tenant))
		r->disputed = true;
	if (r->tenant.n == 0)
		r->tenant = g->tenant;
	if (r->lead.n == 0)
		r->lead = g->lead;
}

static void count_sighting(const struct facts *f, struct tally *t, const struct sighting *g, bool conversation)
{
	enum proof p = proof_of(g, conversation);

	t->is.platform = g->fingerprint->platform;
	if (p > t->is.proof)
		t->is.proof = p;
	if (p > PROOF_NONE || g->subject->weak)
		t->witness[witness_of(g->fingerprint->place)] = true;
	if (t->is.stream == STREAM_UNKNOWN && p > PROOF_NONE)
		t->is.stream = g->fingerprint->stream;
	if (p > PROOF_NONE)
		take_captures(&t->is, g);
	t->is.verified = t->is.verified || (p == PROOF_STRONG && is_proved(f, g->subject));
	t->sightings++;
}

static void conclude(struct tally *t)
{
	size_t witnesses = 0;

	for (int w = 0; w < WITNESS_COUNT; w++)
		witnesses += t->witness[w];
	if (t->is.proof == PROOF_STRONG && (witnesses >= 2 || t->is.verified))
		t->is.proof = PROOF_CERTAIN;
}

/* The software that wrote the mail is more telling than the service that carried it. */
static int category_rank(enum category c)
{
	static const enum category order[] = {
		CATEGORY_SALES_ENGAGEMENT, CATEGORY_DATA_VENDOR, CATEGORY_ABM, CATEGORY_MARKETING_AUTOMATION,
		CATEGORY_PR_DISTRIBUTION, CATEGORY_WEBINAR_EVENT, CATEGORY_CRM, CATEGORY_NEWSLETTER, CATEGORY_ESP_BULK,
		CATEGORY_MAIL_TRACKER, CATEGORY_ESP_TRANSACTIONAL, CATEGORY_INFRASTRUCTURE,
	};

	for (int i = 0; i < (int)(sizeof order / sizeof order[0]); i++)
		if (order[i] == c)
			return i;
	return CATEGORY_COUNT;
}

static int compare(const void *x, const void *y)
{
	const struct tally *a = x, *b = y;
	bool good_a = a->is.proof >= PROOF_STRONG, good_b = b->is.proof >= PROOF_STRONG;
	int rank_a = category_rank(a->is.platform->category), rank_b = category_rank(b->is.platform->category);

	if (good_a != good_b)
		return good_a ? -1 : 1;
	if (rank_a != rank_b)
		return rank_a - rank_b;
	if (a->is.proof != b->is.proof)
		return (int)b->is.proof - (int)a->is.proof;
	if (a->sightings != b->sightings)
		return a->sightings > b->sightings ? -1 : 1;
	return slice_cmp(a->is.platform->id, b->is.platform->id);
}

static struct slice where_of(struct arena *a, const struct sighting *g)
{
	if (g->fingerprint->place != PLACE_HEADER)
		return slice_of(place_name(g->fingerprint->place));
	return arena_printf(a, "header:%.*s", SLICE_FMT(g->subject->header));
}

/* Sightings come sorted by platform, so each platform is one run of them. */
static size_t tally_all(const struct detect_in *in, const struct sighting *g, size_t n, struct tally *out,
    struct evidence *evidence)
{
	bool conversation = facts_is(in->facts, FACT_LIST_POST) || facts_is(in->facts, FACT_THREAD_REPLY);
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || g[i].fingerprint->platform != g[i - 1].fingerprint->platform)
			out[count++] = (struct tally){ 0 };
		count_sighting(in->facts, &out[count - 1], &g[i], conversation);
		evidence_add(evidence, &(struct finding){ .detector = detect_platform.id, .fact = FACT_PLATFORM_ID,
			.where = where_of(evidence->arena, &g[i]), .quote = g[i].quote });
	}
	return count;
}

static void set_facts(struct facts *f, const struct recognised *best)
{
	facts_text(f, FACT_PLATFORM_ID, best->platform->id);
	facts_text(f, FACT_PLATFORM_NAME, best->platform->name);
	facts_text(f, FACT_PLATFORM_CATEGORY, slice_of(category_name(best->platform->category)));
	facts_text(f, FACT_PLATFORM_PROOF, slice_of(proof_name(best->proof)));
	if (best->stream != STREAM_UNKNOWN)
		facts_text(f, FACT_PLATFORM_STREAM, slice_of(stream_name(best->stream)));
	facts_text(f, FACT_PLATFORM_TENANT, best->tenant);
	facts_text(f, FACT_PLATFORM_LEAD, best->lead);
}

static void set_lists(const struct detect_in *in, const struct recognised *r, size_t n)
{
	struct slice *ids = arena_array(in->txn->arena, n, sizeof *ids);
	struct slice *categories = arena_array(in->txn->arena, n, sizeof *categories);
	size_t distinct = 0;

	if (ids == NULL || categories == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		struct slice c = slice_of(category_name(r[i].platform->category));
		size_t k = 0;

		ids[i] = r[i].platform->id;
		while (k < distinct && !slice_eq(categories[k], c))
			k++;
		if (k == distinct && r[i].proof >= PROOF_STRONG)
			categories[distinct++] = c;
	}
	facts_list(in->facts, FACT_PLATFORMS, ids, n);
	facts_list(in->facts, FACT_PLATFORM_CATEGORIES, categories, distinct);
}

static bool holds(const struct slice *list, size_t n, struct slice s)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(list[i], s))
			return true;
	return false;
}

static void add_host(struct slice *hosts, size_t *count, struct slice host)
{
	if (!holds(hosts, *count, host))
		hosts[(*count)++] = host;
}

/* Whether the fingerprint ends with a domain of the platform's own; "^ablink\." names a host of its customers. */
static bool names_domain(const struct fingerprint *fp)
{
	return fp->place == PLACE_URL_HOST && fp->pattern.n > 0 && fp->pattern.p[fp->pattern.n - 1] == '$';
}

static bool is_strong(const struct evidence *e, const struct platform *p)
{
	for (size_t i = 0; i < e->platforms_count; i++)
		if (e->platforms[i].platform == p)
			return e->platforms[i].proof >= PROOF_STRONG;
	return false;
}

/* The host of a link by whose path a platform was seen. A parameter further on may have been copied to any site. */
static struct slice host_of_path(const struct content *c, const struct sighting *g)
{
	bool begins = g->fingerprint->place == PLACE_URL_PATH && g->quote.p == g->subject->text.p;

	for (size_t i = 0; begins && i < c->links_count; i++)
		if (c->links[i].path.p == g->subject->text.p)
			return c->links[i].host;
	return (struct slice){ 0 };
}

/* Hosts that customers gave a name of their own: only the path, or how the name begins, tells whose they are. */
static void note_customer_hosts(const struct detect_in *in, const struct sighting *g, size_t n, struct evidence *out)
{
	struct slice *hosts = arena_array(out->arena, n, sizeof *hosts), *named = arena_array(out->arena, n, sizeof *named);
	size_t count = 0, named_count = 0, kept = 0;

	if (hosts == NULL || named == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		struct slice host = g[i].fingerprint->place == PLACE_URL_HOST ? g[i].subject->text : host_of_path(in->txn->content, &g[i]);

		if (host.n > 0 && !g[i].subject->weak && is_strong(out, g[i].fingerprint->platform))
			add_host(hosts, &count, host);
	}
	for (size_t i = 0; count > 0 && i < n; i++)
		if (names_domain(g[i].fingerprint))
			add_host(named, &named_count, domain_registrable(g[i].subject->text));
	for (size_t i = 0; i < count; i++)
		if (!holds(named, named_count, domain_registrable(hosts[i])))
			hosts[kept++] = hosts[i];
	out->customer_hosts = hosts;
	out->customer_hosts_count = kept;
}

static void set_tracking_hosts(const struct detect_in *in, const struct sighting *g, size_t n, const struct evidence *e)
{
	struct slice *hosts = arena_array(in->txn->arena, n + e->customer_hosts_count, sizeof *hosts);
	size_t count = 0;

	for (size_t i = 0; hosts != NULL && i < n; i++)
		if (g[i].fingerprint->place == PLACE_URL_HOST && !g[i].subject->weak)
			add_host(hosts, &count, g[i].subject->text);
	for (size_t i = 0; hosts != NULL && i < e->customer_hosts_count; i++)
		add_host(hosts, &count, e->customer_hosts[i]);
	if (count > 0)
		facts_list(in->facts, FACT_LINK_TRACKING_HOSTS, hosts, count);
}

/* Signing domains that belong to platforms: they prove who carried the mail, not who wrote it. */
static void note_platform_domains(const struct sighting *g, size_t n, struct evidence *out)
{
	struct slice *domains = arena_array(out->arena, n, sizeof *domains);
	size_t count = 0;

	for (size_t i = 0; domains != NULL && i < n; i++)
		if (g[i].fingerprint->place == PLACE_DKIM_D)
			domains[count++] = g[i].subject->text;
	out->platform_domains = domains;
	out->platform_domains_count = count;
}

static int recognise(const struct detect_in *in, const struct sighting *g, size_t n, struct evidence *out,
    struct err *reterr)
{
	struct tally *tallies = arena_array(out->arena, n, sizeof *tallies);
	struct recognised *list = arena_array(out->arena, n, sizeof *list);
	size_t count, kept = 0;

	if (tallies == NULL || list == NULL)
		return err_set(reterr, E_LIMIT, "no memory to weigh %zu sightings", n);
	note_platform_domains(g, n, out);
	count = tally_all(in, g, n, tallies, out);
	for (size_t i = 0; i < count; i++)
		conclude(&tallies[i]);
	qsort(tallies, count, sizeof *tallies, compare);
	for (size_t i = 0; i < count; i++)
		if (tallies[i].is.proof > PROOF_NONE)
			list[kept++] = tallies[i].is;
	out->platforms = list;
	out->platforms_count = kept;
	if (kept == 0)
		return E_OK;
	set_facts(in->facts, &list[0]);
	set_lists(in, list, kept);
	note_customer_hosts(in, g, n, out);
	set_tracking_hosts(in, g, n, out);
	return E_OK;
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct subjects s = { 0 };
	struct scan scan = { .budget_us = SCAN_BUDGET_US };
	int rc;

	if (!gather(in, &s))
		return err_set(reterr, E_LIMIT, "no memory for the subjects of a scan");
	scan.subjects = s.at;
	scan.subjects_count = s.count;
	rc = catalogue_scan(in->policy->catalogue, &scan, out->arena, reterr);
	out->limits_hit += scan.limits_hit;
	if (scan.slow != NULL)
		out->slow = scan.slow;
	if (rc < 0 || scan.sightings_count == 0)
		return rc;
	return recognise(in, scan.sightings, scan.sightings_count, out, reterr);
}

const struct detector detect_platform = {
	.id = "platform", .summary = "the software that sent the mail, by its fingerprints", .round = DETECT_MAIL, .run = run,
};
