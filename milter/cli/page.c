/* SPDX-License-Identifier: BSD-3-Clause */
#include "page.h"

#include "antisales/base/utf8.h"
#include "cli.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--line:#d0d5da;--bar:#2f6f9f;--soft:#eef2f5;--good:#1d7a46}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#16191c;--line:#3a4147;--bar:#6fb1de;--soft:#22272b;--good:#6fcf97}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}\n"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);"
    "text-align:right;font-variant-numeric:tabular-nums}th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}\n"
    "th{background:var(--soft)}.bar{display:inline-block;height:.7rem;background:var(--bar);min-width:1px}\n"
    ".scroll{overflow-x:auto}td.left,th.left{text-align:left}svg{max-width:100%;height:auto}\n";

void page_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<title>Anti-Sales: ", out);
	page_text(slice_of(title), out);
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n<h1>", style);
	page_text(slice_of(title), out);
	fputs("</h1>\n", out);
}

void page_end(FILE *out)
{
	fputs("</body></html>\n", out);
}

void page_text(struct slice s, FILE *out)
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
