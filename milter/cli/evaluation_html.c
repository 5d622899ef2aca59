/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli.h"
#include "evaluation.h"
#include "page.h"

static double percent(size_t part, size_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static void put_verdicts(const struct evaluation *e, FILE *out)
{
	fputs("<h2>Verdicts</h2>\n<table><tr><th>verdict</th><th>messages</th><th>share</th><th></th></tr>\n", out);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		double p = percent(e->verdicts[v], e->messages);

		fprintf(out, "<tr><td>%s</td><td>%zu</td><td>%.2f&thinsp;%%</td><td style=\"width:40%%;text-align:left\">"
		    "<span class=\"bar\" style=\"width:%.1f%%\"></span></td></tr>\n", verdict_name((enum verdict_kind)v), e->verdicts[v], p, p);
	}
	fputs("</table>\n", out);
}

static void put_labels(const struct evaluation *e, FILE *out)
{
	fputs("<h2>By label</h2>\n<div class=\"scroll\"><table><tr><th>label</th><th>pass</th><th>tag</th><th>quarantine</th>"
	    "<th>reject</th><th>tagged or more</th></tr>\n", out);
	for (size_t i = 0; i < e->labels->names_count; i++) {
		const size_t *row = e->confusion + i * VERDICT_COUNT;
		size_t more = row[1] + row[2] + row[3];

		fputs("<tr><td>", out);
		page_text(e->labels->names[i], out);
		fprintf(out, "</td><td>%zu</td><td>%zu</td><td>%zu</td><td>%zu</td><td>%.2f&thinsp;%%</td></tr>\n", row[0], row[1],
		    row[2], row[3], percent(more, row[0] + more));
	}
	fputs("</table></div>\n", out);
}

static void put_platforms(const struct evaluation *e, FILE *out)
{
	fputs("<h2>Platforms</h2>\n<div class=\"scroll\"><table><tr><th>platform</th><th>found</th><th>certain</th><th>strong</th>"
	    "<th>hint</th><th>expected</th><th>hit</th></tr>\n", out);
	for (size_t i = 0; i < catalogue_count(e->policy->catalogue); i++) {
		const struct platform_tally *t = &e->platforms[i];

		if (t->found == 0 && t->expected == 0)
			continue;
		fputs("<tr><td>", out);
		page_text(catalogue_at(e->policy->catalogue, i)->name, out);
		fprintf(out, "</td><td>%zu</td><td>%zu</td><td>%zu</td><td>%zu</td><td>%zu</td><td>%zu</td></tr>\n", t->found,
		    t->by_proof[PROOF_CERTAIN], t->by_proof[PROOF_STRONG], t->by_proof[PROOF_HINT], t->expected, t->hit);
	}
	fputs("</table></div>\n", out);
}

static void put_rules(const struct evaluation *e, FILE *out)
{
	fputs("<h2>Rules</h2>\n<table><tr><th>rule</th><th>hits</th><th>in unwanted mail</th></tr>\n", out);
	for (size_t i = 0; i < e->policy->rules_count; i++) {
		fputs("<tr><td>", out);
		page_text(e->policy->rules[i].id, out);
		fprintf(out, "</td><td>%zu</td><td>%zu</td></tr>\n", e->rules[i].hits, e->rules[i].hits_unwanted);
	}
	fputs("</table>\n", out);
}

static void put_names(const struct evaluation *e, FILE *out)
{
	fputs("<h2>Slowest</h2>\n<table><tr><th>message</th><th>ms</th></tr>\n", out);
	for (size_t i = 0; i < SLOWEST && e->slowest[i].us > 0; i++) {
		fputs("<tr><td>", out);
		page_text(slice_of(e->slowest[i].name), out);
		fprintf(out, "</td><td>%.2f</td></tr>\n", (double)e->slowest[i].us / 1000);
	}
	fputs("</table>\n", out);
	if (e->bad > 0)
		fprintf(out, "<h2>Not read: %zu</h2>\n<ul>\n", e->bad);
	for (size_t i = 0; i < e->bad_named; i++) {
		fputs("<li>", out);
		page_text(slice_of(e->bad_names[i]), out);
		fputs("</li>\n", out);
	}
	if (e->bad > 0)
		fputs("</ul>\n", out);
}

void evaluation_html(const struct evaluation *e, FILE *out)
{
	page_begin(out, "Evaluation");
	fputs("<p>Policy <b>", out);
	page_text(e->policy->name, out);
	fprintf(out, "</b>: %zu messages, %zu could not be read.</p>\n", e->messages, e->bad);
	put_verdicts(e, out);
	if (e->labels != NULL)
		put_labels(e, out);
	put_platforms(e, out);
	put_rules(e, out);
	put_names(e, out);
	page_end(out);
}
