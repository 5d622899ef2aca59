/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/utf8.h"
#include "cli.h"
#include "evaluation.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>Anti-Sales: evaluation</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--line:#d0d5da;--bar:#2f6f9f;--soft:#eef2f5}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#16191c;--line:#3a4147;--bar:#6fb1de;--soft:#22272b}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}\n"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);"
    "text-align:right;font-variant-numeric:tabular-nums}th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}\n"
    "th{background:var(--soft)}.bar{display:inline-block;height:.7rem;background:var(--bar);min-width:1px}\n"
    ".scroll{overflow-x:auto}\n</style></head><body>\n<h1>Evaluation</h1>\n";

/* The only way into the page for anything that is not ours. */
static void put_text(struct slice s, FILE *out)
{
	while (s.n > 0) {
		size_t n = utf8_length(s);

		switch (s.p[0]) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\'': fputs("&#39;", out); break;
		default: cli_put(out, slice_sub(s, 0, n == 0 ? 1 : n));
		}
		s = slice_sub(s, n == 0 ? 1 : n, s.n);
	}
}

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
		put_text(e->labels->names[i], out);
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
		put_text(catalogue_at(e->policy->catalogue, i)->name, out);
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
		put_text(e->policy->rules[i].id, out);
		fprintf(out, "</td><td>%zu</td><td>%zu</td></tr>\n", e->rules[i].hits, e->rules[i].hits_unwanted);
	}
	fputs("</table>\n", out);
}

static void put_names(const struct evaluation *e, FILE *out)
{
	fputs("<h2>Slowest</h2>\n<table><tr><th>message</th><th>ms</th></tr>\n", out);
	for (size_t i = 0; i < SLOWEST && e->slowest[i].us > 0; i++) {
		fputs("<tr><td>", out);
		put_text(slice_of(e->slowest[i].name), out);
		fprintf(out, "</td><td>%.2f</td></tr>\n", (double)e->slowest[i].us / 1000);
	}
	fputs("</table>\n", out);
	if (e->bad > 0)
		fprintf(out, "<h2>Not read: %zu</h2>\n<ul>\n", e->bad);
	for (size_t i = 0; i < e->bad_named; i++) {
		fputs("<li>", out);
		put_text(slice_of(e->bad_names[i]), out);
		fputs("</li>\n", out);
	}
	if (e->bad > 0)
		fputs("</ul>\n", out);
}

void evaluation_html(const struct evaluation *e, FILE *out)
{
	fputs(head, out);
	fputs("<p>Policy <b>", out);
	put_text(e->policy->name, out);
	fprintf(out, "</b>: %zu messages, %zu could not be read.</p>\n", e->messages, e->bad);
	put_verdicts(e, out);
	if (e->labels != NULL)
		put_labels(e, out);
	put_platforms(e, out);
	put_rules(e, out);
	put_names(e, out);
	fputs("</body></html>\n", out);
}
