/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <sysexits.h>

#include "dossier.h"
#include "org_tell.h"
#include "page.h"

/* Headings and lines, for a terminal or as HTML: the only ways to write to either. */
struct sheet {
	bool html, listing;
};
enum { LINE_BYTES_MAX = 8192 };

static void end_list(struct sheet *s)
{
	if (s->listing)
		fputs("</ul>\n", stdout);
	s->listing = false;
}

static void heading(struct sheet *s, struct slice text)
{
	end_list(s);
	if (s->html) {
		fputs("<h2>", stdout);
		page_text(text, stdout);
		fputs("</h2>\n", stdout);
	} else {
		putchar('\n');
		cli_print(text);
		putchar('\n');
	}
}

static void line(struct sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(struct sheet *s, const char *fmt, ...)
{
	char text[LINE_BYTES_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!s->html) {
		fputs("  ", stdout);
		cli_print(slice_of(text));
		putchar('\n');
		return;
	}
	fputs(s->listing ? "<li>" : "<ul>\n<li>", stdout);
	s->listing = true;
	page_text(slice_of(text), stdout);
	fputs("</li>\n", stdout);
}

static void tell_edge(struct sheet *s, const struct org_view *v, const struct org_edge *e)
{
	char a[IDENTIFIER_TEXT_MAX], b[IDENTIFIER_TEXT_MAX], day[CLOCK_TEXT], last[CLOCK_TEXT];
	int64_t by_hand = e->joined > e->split ? e->joined : e->split;
	struct buf text;

	buf_init(&text, LINE_BYTES_MAX);
	buf_addf(&text, "%s %s ", org_view_name(v, e->a, a), e->weak ? "~" : "=");
	buf_addf(&text, "%s: %s", org_view_name(v, e->b, b), org_edge_state(e));
	if (by_hand > 0)
		buf_addf(&text, " on %s", cli_day(by_hand, day));
	if (e->mails > 0)
		buf_addf(&text, ", by %lld mails from %s to %s", (long long)e->mails, cli_day(e->first_seen, day), cli_day(e->last_seen, last));
	line(s, "%s", buf_cstr(&text));
	buf_done(&text);
}

static void tell_organisation(struct sheet *s, const struct dossier *d)
{
	const struct org_view *v = &d->view;
	char name[IDENTIFIER_TEXT_MAX], day[CLOCK_TEXT];

	heading(s, SLICE("Who it is"));
	for (size_t i = 0; i < v->nodes_count; i++) {
		const struct org_node *n = &v->nodes[i];

		if (n->root == d->root)
			line(s, "%s %s, since %s", identifier_kind_name((enum identifier_kind)n->record.at[NODE_KIND].number),
			    org_view_name(v, n->id, name), cli_day(n->record.at[NODE_FIRST_SEEN].number, day));
	}
	for (int weak = 0; weak <= 1; weak++)
		for (size_t i = 0; i < v->edges_count; i++)
			if (v->edges[i].weak == (weak != 0)
			    && (org_is_of(v, v->edges[i].a, d->root) || org_is_of(v, v->edges[i].b, d->root)))
				tell_edge(s, v, &v->edges[i]);
	line(s, "it wrote to %lld of your people unasked", (long long)d->touched);
}

static void tell_events(struct sheet *s, const struct dossier *d, int64_t person)
{
	char at[CLOCK_TEXT], words[TIMELINE_WORDS_MAX];

	for (size_t i = 0; i < d->timeline.count; i++)
		if (d->timeline.events[i].person == person)
			line(s, "%.10s %.5s  %s", clock_text(d->timeline.events[i].at, at), at + 11,
			    timeline_words(&d->timeline.events[i], words));
}

static void tell_optouts(struct sheet *s, const struct dossier *d, int64_t person)
{
	char since[CLOCK_TEXT], until[CLOCK_TEXT], at[CLOCK_TEXT], name[IDENTIFIER_TEXT_MAX];

	for (size_t i = 0; i < d->optouts_count; i++) {
		const struct dossier_optout *o = &d->optouts[i];

		if (o->person != person)
			continue;
		line(s, "told %s to stop on %s, to be heeded until %s: %zu mails came after it, %lld of them after that day",
		    org_view_name(&d->view, o->party, name), cli_day(o->since, since), cli_day(o->deadline, until), o->after_count,
		    (long long)o->late);
		for (size_t k = 0; k < o->after_count; k++)
			line(s, "%.10s %.5s  a mail after %s", clock_text(o->after[k].at, at), at + 11,
			    o->after[k].late ? "the deadline" : "the opt-out");
	}
}

static void tell_addresses(struct sheet *s, const struct dossier *d, int64_t person)
{
	char day[CLOCK_TEXT];

	for (size_t i = 0; i < d->addresses_count; i++) {
		const struct dossier_address *a = &d->addresses[i];
		const struct issued *x = &a->issued;

		if (a->person != person || !a->about)
			continue;
		line(s, "%.*s was issued to %s alone on %s%s%s, %lld mails came to it", SLICE_FMT(a->text), x->to, cli_day(x->at, day),
		    x->purpose[0] == '\0' ? "" : " for ", x->purpose, (long long)x->mails);
		if (a->sold)
			line(s, "%.*s: %lld of them from others, the last one of %s on %s", SLICE_FMT(a->text), (long long)x->sold, x->seller,
			    cli_day(x->sold_at, day));
	}
}

/* What the line says beside verdict and score. */
static void add_details(const struct dossier_decision *x, struct buf *b)
{
	if (x->platform.n > 0)
		buf_addf(b, "; %.*s", SLICE_FMT(x->platform));
	for (size_t i = 0; i < x->findings_count; i++)
		buf_addf(b, "%s%.*s=%lld", i == 0 ? "; " : ", ", SLICE_FMT(x->findings[i].id), (long long)x->findings[i].points);
	if (!x->alone)
		buf_adds(b, "; to several recipients");
	if (x->sold_by.n > 0)
		buf_addf(b, "; %.*s wrote to an address given to %.*s alone", SLICE_FMT(x->sold_by), SLICE_FMT(x->issued_to));
	if (slice_eq(x->proof, SLICE("none")) || x->proof.n == 0)
		buf_addf(b, "; nothing proved that it was of %.*s", SLICE_FMT(x->domain));
	if (x->number > 0)
		buf_addf(b, "; journal line %lld, chain %.*s", (long long)x->number, SLICE_FMT(x->chain));
	if (!x->intact)
		buf_adds(b, "; the line cannot be verified");
	if (x->sha256.n > 0)
		buf_addf(b, "; SHA-256 %.*s", SLICE_FMT(x->sha256));
}

static void tell_decisions(struct sheet *s, const struct dossier *d, int64_t person)
{
	struct buf b;

	for (size_t i = 0; i < d->decisions_count; i++) {
		const struct dossier_decision *x = &d->decisions[i];

		if (x->person != person)
			continue;
		buf_init(&b, LINE_BYTES_MAX);
		add_details(x, &b);
		line(s, "%.*s  decision %.*s: %.*s (%lld/100)%s%s", SLICE_FMT(x->at), SLICE_FMT(x->id), SLICE_FMT(x->verdict),
		    (long long)x->score, slice_eq(x->mode, SLICE("shadow")) ? " in shadow, nothing was done" : "", buf_cstr(&b));
		buf_done(&b);
	}
}

static void tell_persons(struct sheet *s, const struct dossier *d)
{
	for (size_t i = 0; i < d->persons.count; i++) {
		int64_t person = d->persons.id[i];

		heading(s, slice_of(d->persons.name[i]));
		tell_events(s, d, person);
		tell_optouts(s, d, person);
		tell_addresses(s, d, person);
		tell_decisions(s, d, person);
	}
	if (d->timeline.older > 0)
		line(s, "and %lld older touches of those named here", (long long)d->timeline.older);
}

static void tell_journal(struct sheet *s, const struct dossier *d)
{
	size_t breaks = dossier_breaks(d);

	heading(s, SLICE("Journal"));
	if (!d->journal_read)
		line(s, "none was read");
	else
		line(s, "%llu lines were read; where these decisions stand, %s", (unsigned long long)d->reader.at.nth,
		    breaks == 0 ? "nothing is missing or changed" : "not all is as it was written");
	for (size_t i = 0; i < d->breaks_count; i++)
		if (dossier_break_counts(d, &d->breaks[i]))
			line(s, "%s:%llu: %s", d->breaks[i].file, (unsigned long long)d->breaks[i].line, d->breaks[i].text);
}

static void tell_all(struct sheet *s, const struct dossier *d)
{
	tell_organisation(s, d);
	tell_persons(s, d);
	tell_journal(s, d);
	end_list(s);
}

int dossier_text(struct dossier *d)
{
	struct sheet s = { 0 };
	char day[CLOCK_TEXT];

	cli_print(slice_of(d->face));
	printf(", as of %s\n", cli_day(d->ledger.at, day));
	tell_all(&s, d);
	return EX_OK;
}

int dossier_html(struct dossier *d)
{
	struct sheet s = { .html = true };
	char day[CLOCK_TEXT];

	page_begin(stdout, d->face);
	printf("<p>As of %s.</p>\n", cli_day(d->ledger.at, day));
	if (d->timeline.count > 0) {
		fputs("<div class=\"scroll\">", stdout);
		timeline_svg(&d->timeline, stdout);
		fputs("</div>\n", stdout);
	}
	tell_all(&s, d);
	page_end(stdout);
	return EX_OK;
}
