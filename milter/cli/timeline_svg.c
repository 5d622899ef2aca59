/* SPDX-License-Identifier: BSD-3-Clause */
#include "page.h"
#include "timeline.h"

enum { ROWS_MAX = 60, WIDTH = 900, LEFT = 200, RIGHT = 20, ROW = 28, TOP = 34, BOTTOM = 16 };

/* The persons in the order in which they first appear. */
struct rows {
	int64_t person[ROWS_MAX];
	size_t count;
	int64_t first, last;
	size_t left_out;
};

static size_t row_of(const struct rows *r, int64_t person)
{
	size_t i = 0;

	while (i < r->count && r->person[i] != person)
		i++;
	return i;
}

static struct rows find_rows(const struct timeline *t)
{
	struct rows r = { .first = t->events[0].at, .last = t->events[t->count - 1].at };

	for (size_t i = 0; i < t->count; i++) {
		if (row_of(&r, t->events[i].person) < r.count)
			continue;
		if (r.count == ROWS_MAX)
			r.left_out++;
		else
			r.person[r.count++] = t->events[i].person;
	}
	if (r.last == r.first)
		r.last = r.first + 1;
	return r;
}

static double x_of(const struct rows *r, int64_t at)
{
	return LEFT + (double)(at - r->first) / (double)(r->last - r->first) * (WIDTH - LEFT - RIGHT);
}

static void put_event(const struct timeline *t, const struct rows *r, const struct timeline_event *e, FILE *out)
{
	size_t row = row_of(r, e->person);
	double x = x_of(r, e->at), y = TOP + (double)row * ROW + ROW / 2.0;
	char words[TIMELINE_WORDS_MAX], at[CLOCK_TEXT];

	(void)t;
	if (row == r->count)
		return;
	if (e->kind == TIMELINE_TOUCH)
		fprintf(out, "<circle class=\"touch\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\">", x, y, e->touch > 6 ? 9 : 4 + (int)e->touch * 5 / 7);
	else
		fprintf(out, "<rect class=\"sign\" x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"16\" rx=\"2\">", x - 4, y - 8);
	fputs("<title>", out);
	page_text(slice_of(cli_day(e->at, at)), out);
	fputs(": ", out);
	page_text(slice_of(timeline_words(e, words)), out);
	fprintf(out, "</title></%s>\n", e->kind == TIMELINE_TOUCH ? "circle" : "rect");
}

static void put_rows(const struct timeline *t, const struct rows *r, FILE *out)
{
	char name[IDENTIFIER_TEXT_MAX];

	for (size_t i = 0; i < r->count; i++) {
		double y = TOP + (double)i * ROW + ROW / 2.0;

		fprintf(out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
		    LEFT, WIDTH - RIGHT, y, y, LEFT - 14, y + 5);
		page_text(slice_sub(slice_of(cli_person_name(r->person[i], t->persons, name)), 0, 26), out);
		fputs("</text>\n", out);
	}
}

void timeline_svg(const struct timeline *t, FILE *out)
{
	struct rows r = find_rows(t);
	char first[CLOCK_TEXT], last[CLOCK_TEXT];
	int height = TOP + (int)r.count * ROW + BOTTOM;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"system-ui,sans-serif\" "
	    "font-size=\"13\">\n<style>text{fill:var(--ink,#1c2024)}.axis{stroke:var(--line,#d0d5da)}.touch{fill:var(--bar,#2f6f9f)}"
	    ".sign{fill:var(--good,#1d7a46)}</style>\n<title>", WIDTH, height);
	page_text(slice_of(t->name), out);
	fprintf(out, "</title>\n<text x=\"%d\" y=\"18\">%s</text><text x=\"%d\" y=\"18\" text-anchor=\"end\">%s</text>\n", LEFT,
	    cli_day(r.first, first), WIDTH - RIGHT, cli_day(r.last, last));
	put_rows(t, &r, out);
	for (size_t i = 0; i < t->count; i++)
		put_event(t, &r, &t->events[i], out);
	fputs("</svg>\n", out);
}

void timeline_html(const struct timeline *t, FILE *out)
{
	char at[CLOCK_TEXT], name[IDENTIFIER_TEXT_MAX], words[TIMELINE_WORDS_MAX];

	page_begin(out, t->name);
	fputs("<p>A dot is a touch, larger the more it was repeated; a bar is a sign of a relationship.</p>\n<div class=\"scroll\">", out);
	timeline_svg(t, out);
	fputs("</div>\n<div class=\"scroll\"><table><tr><th>when (UTC)</th><th class=\"left\">who of you</th><th class=\"left\">what</th></tr>\n",
	    out);
	for (size_t i = 0; i < t->count; i++) {
		fprintf(out, "<tr><td>%.10s %.5s</td><td class=\"left\">", clock_text(t->events[i].at, at), at + 11);
		page_text(slice_of(cli_person_name(t->events[i].person, t->persons, name)), out);
		fputs("</td><td class=\"left\">", out);
		page_text(slice_of(timeline_words(&t->events[i], words)), out);
		fputs("</td></tr>\n", out);
	}
	fputs("</table></div>\n", out);
	if (t->older > 0)
		fprintf(out, "<p>And %lld older touches.</p>\n", (long long)t->older);
	page_end(out);
}
