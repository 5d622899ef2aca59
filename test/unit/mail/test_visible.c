/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/content.h"
#include "antisales/mail/visible.h"

static void out_init(struct visible_out *out, const struct mail_limits *limits)
{
	fold_init(&out->text, limits->text_part_bytes);
	fold_init(&out->hidden, limits->text_part_bytes);
	found_init(&out->found, limits->urls, limits->url_bytes);
	out->images = out->pixels = 0;
}

static void out_done(struct visible_out *out)
{
	fold_done(&out->text);
	fold_done(&out->hidden);
	found_done(&out->found);
}

static void read_html(struct slice in, size_t cut, struct visible_out *out)
{
	struct mail_limits limits = mail_limits_default();
	struct visible *v;

	out_init(out, &limits);
	v = visible_new(&limits, out);
	assert_non_null(v);
	visible_begin(v, false);
	for (size_t at = 0; at < in.n; at += cut)
		visible_feed(v, slice_sub(in, at, cut));
	visible_end(v);
	visible_free(v);
}

static const struct {
	const char *name, *in, *text, *hidden;
} texts[] = {
	{ "words", "<p>special <b>off</b>er</p>", "special offer", "" },
	{ "split by a comment and tags", "spe<!-- x -->cial off<b></b>er", "special offer", "" },
	{ "blocks are lines", "<div>a</div><div>b</div>c<br>d", "a\nb\nc\nd", "" },
	{ "cells are blanks", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc", "" },
	{ "white space", " a \n\t b&nbsp;&nbsp;c ", "a b c", "" },
	{ "pre keeps lines", "<pre>a\nb</pre>", "a\nb", "" },
	{ "title, style, script", "<head><title>a</title><style>b</style></head><script>c</script>d", "d", "" },
	{ "text in head is shown", "<head>a</head>b", "ab", "" },
	{ "conditional comment", "<!--[if mso]>a<![endif]-->b", "b", "" },
	{ "iframe, noembed, template", "<iframe>a</iframe><noembed>b</noembed><template>c</template>d", "d", "" },
	{ "textarea is shown", "<textarea>a</textarea>", "a", "" },
	{ "control characters", "a\x01\x02\x03" "b", "ab", "" },

	{ "display: none", "a<span style=\"display:none\">b</span>c", "ac", "b" },
	{ "case, blanks, important", "a<span style=\" DISPLAY : NONE !important\">b</span>c", "ac", "b" },
	{ "comment in the value", "a<span style=\"display:/**/none\">b</span>c", "ac", "b" },
	{ "escape in the name", "a<span style=\"d\\69splay:none\">b</span>c", "ac", "b" },
	{ "the last declaration wins", "a<span style=\"display:none;display:block\">b</span>c", "abc", "" },
	{ "visibility: hidden", "a<span style='visibility:hidden'>b</span>c", "ac", "b" },
	{ "visible again inside", "a<p style='visibility:hidden'>b<b style='visibility:visible'>c</b>d</p>e", "a\nc\ne", "bd" },
	{ "opacity: 0", "a<span style='opacity:0'>b</span>c", "ac", "b" },
	{ "opacity: 0.0", "a<span style='opacity:0.0'>b</span>c", "ac", "b" },
	{ "font-size: 0", "a<span style='font-size:0'>b</span>c", "ac", "b" },
	{ "font-size: 0px", "a<span style='font-size: 0px;'>b</span>c", "ac", "b" },
	{ "font-size: 1px", "a<span style='font-size:1px'>b</span>c", "ac", "b" },
	{ "font shorthand", "a<span style='font:0/0 a'>b</span>c", "ac", "b" },
	{ "font-size again inside", "<td style='font-size:0px'><div style='font-size:13px'>a</div>b</td>", "a", "b" },
	{ "a relative size of nothing is nothing", "a<p style='font-size:0'><b style='font-size:2em'>b</b></p>c", "a\nc", "b" },
	{ "hidden", "a<span hidden>b</span>c", "ac", "b" },
	{ "mso-hide", "a<span style='mso-hide:all'>b</span>c", "ac", "b" },
	{ "zero-size container", "a<div style='height:0;overflow:hidden'>b</div>c", "a\nc", "b" },
	{ "preheader", "a<div style='max-height:0px;max-width:0px;overflow:hidden'>b</div>c", "a\nc", "b" },
	{ "far away", "a<div style='position:absolute;left:-9999px'>b</div>c", "a\nc", "b" },
	{ "indented away", "a<div style='text-indent:-9999px'>b</div>c", "a\nc", "b" },
	{ "clipped", "a<div style='position:absolute;clip:rect(0 0 0 0)'>b</div>c", "a\nc", "b" },
	{ "near miss: height without overflow", "a<div style='height:0'>b</div>c", "a\nb\nc", "" },
	{ "near miss: opacity: 0.5", "a<span style='opacity:.5'>b</span>c", "abc", "" },
	{ "near miss: font-size: 10px", "a<span style='font-size:10px'>b</span>c", "abc", "" },
	{ "near miss: display: block", "a<span style='display:block'>b</span>c", "abc", "" },
	{ "near miss: another property", "a<span style='x-display:none'>b</span>c", "abc", "" },
	{ "near miss: line height of an element's box", "a<span style='line-height:0'>b</span>c", "abc", "" },

	{ "nested elements of one name", "<div hidden><div>a</div>b</div>c", "c", "a\nb" },
	{ "hidden ends with its parent", "<div><span hidden>a</div>b", "b", "a" },
	{ "end tag that browsers ignore", "<span hidden><div>a</span>b</div>c", "", "ab\nc" },
	{ "a paragraph ends the last one", "<p hidden>a<p>b", "b", "a" },
	{ "a list item ends the last one", "<ul><li hidden>a<li>b</ul>", "b", "a" },
	{ "a row ends a cell", "<table><tr><td hidden>a<tr><td>b</table>", "b", "a" },
	{ "formatting reaches across blocks", "<b hidden><div>a</b>b</div>c", "b\nc", "a" },
	{ "void elements have no inside", "<img hidden>a<br hidden>b", "a\nb", "" },
	{ "in a hidden cell a table", "<table><tr><td hidden><table><tr><td>a</td></tr></table>b</td><td>c</table>", "c", "a\nb" },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t cut = 1; cut <= strlen(texts[i].in); cut++) {
			struct visible_out out;

			read_html(slice_of(texts[i].in), cut, &out);
			EXPECT(i, texts[i].name, buf_slice(&out.text.out), slice_of(texts[i].text));
			EXPECT(i, texts[i].name, buf_slice(&out.hidden.out), slice_of(texts[i].hidden));
			out_done(&out);
		}
	}
}

#define I LINK_IMAGE
#define P (LINK_IMAGE | LINK_PIXEL)
#define HID LINK_HIDDEN

static const struct {
	const char *name, *in;
	unsigned places;                /* of x.example/ */
	size_t images, pixels;
} links[] = {
	{ "a", "<a href=http://x.example/>", LINK_HREF, 0, 0 },
	{ "area", "<area href=http://x.example/>", LINK_HREF, 0, 0 },
	{ "form", "<form action=http://x.example/>", LINK_HREF, 0, 0 },
	{ "button", "<button formaction=http://x.example/>", LINK_HREF, 0, 0 },
	{ "meta refresh", "<meta http-equiv=refresh content=\"0; url=http://x.example/\">", LINK_HREF, 0, 0 },
	{ "meta refresh, quoted", "<meta content=\"0;URL='http://x.example/'\" http-equiv=\" Refresh \">", LINK_HREF, 0, 0 },
	{ "VML button", "<v:roundrect href=\"http://x.example/\">", LINK_HREF, 0, 0 },
	{ "img", "<img src=http://x.example/>", I, 1, 0 },
	{ "image", "<image src=http://x.example/>", I, 1, 0 },
	{ "input", "<input type=image src=http://x.example/>", I, 1, 0 },
	{ "background", "<td background=http://x.example/>", I, 1, 0 },
	{ "CSS background", "<td style=\"background: #fff url( 'http://x.example/' ) no-repeat\">", I, 1, 0 },
	{ "CSS background, no quotes", "<td style=\"background-image:URL(http://x.example/)\">", I, 1, 0 },
	{ "style sheet", "<style>a{background:url(http://x.example/)}</style>", I, 0, 0 },
	{ "unclosed style sheet", "<style>a{background:url(http://x.example/)}", I, 0, 0 },
	{ "import", "<style>@import \"http://x.example/\";</style>", I, 0, 0 },
	{ "poster", "<video poster=http://x.example/>", I, 1, 0 },
	{ "srcset", "<img srcset=\"http://x.example/ 1x, http://y.example/ 2x\">", I, 0, 0 },
	{ "link element", "<link rel=stylesheet href=http://x.example/>", I, 0, 0 },
	{ "VML fill", "<v:fill src=\"http://x.example/\"/>", I, 1, 0 },
	{ "SVG image", "<svg><image href=http://x.example/></svg>", I, 0, 0 },

	{ "pixel", "<img src=http://x.example/ width=1 height=1>", P, 1, 1 },
	{ "pixel in pixels", "<img src=http://x.example/ width=\"1px\" height=\" 1px \">", P, 1, 1 },
	{ "pixel of nothing", "<img src=http://x.example/ width=0 height=0>", P, 1, 1 },
	{ "pixel with zeros in front", "<img src=http://x.example/ width=01 height=01>", P, 1, 1 },
	{ "pixel with a fraction", "<img src=http://x.example/ width=1.0 height=0.5>", P, 1, 1 },
	{ "pixel without height", "<img src=http://x.example/ height=0>", P, 1, 1 },
	{ "pixel by style", "<img src=http://x.example/ style=\"width:1px;height:1px\">", P, 1, 1 },
	{ "pixel by style, important", "<img src=http://x.example/ style=\"height:1px !important;width:1px!important\">", P, 1, 1 },
	{ "pixel by maximum", "<img src=http://x.example/ style=\"max-width:1px;max-height:1px\">", P, 1, 1 },
	{ "pixel, style before attribute", "<img src=http://x.example/ width=100 height=100 style='width:0;height:0'>", P, 1, 1 },
	{ "pixel, attribute and style", "<img src=http://x.example/ width=1 style='height:1px'>", P, 1, 1 },
	{ "pixel not displayed", "<img src=http://x.example/ style='display:none'>", P | HID, 1, 1 },
	{ "pixel not visible", "<img src=http://x.example/ style='visibility:hidden'>", P | HID, 1, 1 },
	{ "pixel transparent", "<img src=http://x.example/ style='opacity:0'>", P | HID, 1, 1 },
	{ "pixel with hidden", "<img src=http://x.example/ hidden>", P | HID, 1, 1 },
	{ "pixel in a hidden box", "<div style='display:none'><img src=http://x.example/></div>", P | HID, 1, 1 },
	{ "pixel as background", "<div style='background:url(http://x.example/);width:1px;height:1px'>", P, 1, 1 },
	{ "pixel by early attributes", "<img height=1 width=1 src=http://x.example/>", P, 1, 1 },
	{ "near miss: a line", "<img src=http://x.example/ width=600 height=1>", I, 1, 0 },
	{ "near miss: 10 by 10", "<img src=http://x.example/ width=10 height=10>", I, 1, 0 },
	{ "near miss: 100%", "<img src=http://x.example/ width=100% height=100%>", I, 1, 0 },
	{ "near miss: 1em", "<img src=http://x.example/ style='width:1em;height:1em'>", I, 1, 0 },
	{ "near miss: width alone", "<img src=http://x.example/ width=1>", I, 1, 0 },
	{ "near miss: in a box without font size", "<td style='font-size:0'><img src=http://x.example/>", I, 1, 0 },

	{ "hidden link", "<div style='display:none'><a href=http://x.example/>x</a></div>", LINK_HREF | HID, 0, 0 },
	{ "base", "<base href=http://x.example/a><a href=/>", LINK_HREF, 0, 0 },
	{ "the first base counts", "<base href=http://x.example/a><base href=http://y.example/><a href=/>", LINK_HREF, 0, 0 },
	{ "base for images", "<base href=http://x.example/a><img src=.>", I, 1, 0 },
	{ "TAB, CR, LF in the URL", "<a href=\"ht\ntp://x.\texam\r\nple/\">", LINK_HREF, 0, 0 },
	{ "references in the URL", "<a href=\"&#104;ttp&colon;&sol;&sol;x&period;example&sol;\">", LINK_HREF, 0, 0 },
	{ "quoted link", "<blockquote type=cite><a href=http://x.example/></blockquote>", LINK_HREF | LINK_QUOTED, 0, 0 },
	{ "link in Gmail's quote", "<div class=\"x gmail_quote\"><a href=http://x.example/></div>", LINK_HREF | LINK_QUOTED, 0, 0 },
	{ "near miss: plain blockquote", "<blockquote><a href=http://x.example/></blockquote>", LINK_HREF, 0, 0 },
	{ "near miss: similar class", "<div class=\"gmail_quotes\"><a href=http://x.example/></div>", LINK_HREF, 0, 0 },
};

static void test_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		for (size_t cut = 1; cut <= strlen(links[i].in); cut += cut < 5 ? 1 : 17) {
			struct visible_out out;
			bool hit = false;

			read_html(slice_of(links[i].in), cut, &out);
			for (size_t k = 0; k < out.found.count; k++) {
				if (!slice_eq(found_url(&out.found, &out.found.links[k]), SLICE("x.example/")))
					continue;
				hit = true;
				if (out.found.links[k].places != links[i].places)
					fail_msg("row %zu: %s: places %x", i, links[i].name, out.found.links[k].places);
			}
			if (!hit || out.images != links[i].images || out.pixels != links[i].pixels)
				fail_msg("row %zu: %s: %s, %zu images, %zu pixels", i, links[i].name,
				    hit ? "found" : "not found", out.images, out.pixels);
			out_done(&out);
		}
	}
}

static void print_out(const struct visible_out *o, struct buf *b)
{
	buf_add(b, buf_slice(&o->text.out));
	buf_addc(b, '\n');
	buf_add(b, buf_slice(&o->hidden.out));
	for (size_t k = 0; k < o->found.count; k++)
		buf_addf(b, "\n%.*s %x %zu", SLICE_FMT(found_url(&o->found, &o->found.links[k])), o->found.links[k].places,
		    o->found.links[k].offset);
	buf_addf(b, "\n%zu %zu", o->images, o->pixels);
}

static void test_soup(void **state)
{
	static const char *const vocabulary[] = { "<div>", "</div>", "<p>", "<span hidden>", "</span>", "<b style=font-size:0>",
		"</b>", "<table>", "<tr>", "<td>", "</table>", "<li>", "<style>", "</style>", "<a href=http://x.example/", ">", " ",
		"word", "\n", "&nbsp;", "\xC2\xA0", "\xC3\xA4", "<blockquote type=cite>", "</blockquote>", "<img src=//y.example/",
		" width=1", " height=1", "<base href=http://z.example/>", "http://t.example/", "<title>", "</title>", "<!--", "-->",
		"<div style=\"background:url(//b.example/)\">", "<div id=appendonsend>", "<br>", "<pre>", "</pre>" };
	uint64_t seed = 23;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		struct buf in, whole, bytes;
		struct visible_out a, b;

		buf_init(&in, 10000);
		buf_init(&whole, 1 << 20);
		buf_init(&bytes, 1 << 20);
		soup(&seed, &in, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 600);
		read_html(buf_slice(&in), 100000, &a);
		read_html(buf_slice(&in), 1, &b);
		print_out(&a, &whole);
		print_out(&b, &bytes);
		EXPECT(i, "byte by byte", buf_slice(&bytes), buf_slice(&whole));
		out_done(&a);
		out_done(&b);
		buf_done(&in);
		buf_done(&whole);
		buf_done(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_soup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
