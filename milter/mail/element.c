/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/element.h"

#include <string.h>

#define VOID ELEMENT_VOID
#define LINE ELEMENT_LINE
#define CELL ELEMENT_CELL
#define FORMAT ELEMENT_FORMAT
#define SPECIAL ELEMENT_SPECIAL
#define SCOPE ELEMENT_SCOPE
#define SILENT ELEMENT_SILENT
#define LINES ELEMENT_LINES
#define CLOSES_P ELEMENT_CLOSES_P
#define TWIN ELEMENT_TWIN
#define LOADS ELEMENT_LOADS

/* Sorted by name; first[] below follows from it. Categories: WHATWG HTML sections 13.1.2, 13.2.4 and 15.3. */
static const struct element elements[] = {
	{ "a", FORMAT | TWIN, HTML_DATA },
	{ "address", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "applet", SPECIAL | SCOPE, HTML_DATA },
	{ "area", VOID | SPECIAL, HTML_DATA },
	{ "article", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "aside", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "audio", SILENT | LOADS, HTML_DATA },
	{ "b", FORMAT, HTML_DATA },
	{ "base", VOID | SPECIAL, HTML_DATA },
	{ "basefont", VOID | SPECIAL, HTML_DATA },
	{ "bgsound", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "big", FORMAT, HTML_DATA },
	{ "blockquote", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "body", LINE | SPECIAL | LOADS, HTML_DATA },
	{ "br", VOID | LINE | SPECIAL, HTML_DATA },
	{ "button", SPECIAL | TWIN, HTML_DATA },
	{ "canvas", SILENT, HTML_DATA },
	{ "caption", CELL | SPECIAL | SCOPE, HTML_DATA },
	{ "center", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "code", FORMAT, HTML_DATA },
	{ "col", VOID | SPECIAL, HTML_DATA },
	{ "colgroup", SPECIAL, HTML_DATA },
	{ "datalist", SILENT, HTML_DATA },
	{ "dd", LINE | SPECIAL | CLOSES_P | TWIN, HTML_DATA },
	{ "details", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "dialog", LINE | CLOSES_P, HTML_DATA },
	{ "dir", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "div", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "dl", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "dt", LINE | SPECIAL | CLOSES_P | TWIN, HTML_DATA },
	{ "em", FORMAT, HTML_DATA },
	{ "embed", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "fieldset", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "figcaption", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "figure", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "font", FORMAT, HTML_DATA },
	{ "footer", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "form", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "frame", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "frameset", SPECIAL, HTML_DATA },
	{ "h1", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "h2", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "h3", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "h4", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "h5", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "h6", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "head", SPECIAL, HTML_DATA },
	{ "header", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "hgroup", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "hr", VOID | LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "html", LINE | SPECIAL | SCOPE, HTML_DATA },
	{ "i", FORMAT, HTML_DATA },
	{ "iframe", SPECIAL | SILENT | LOADS, HTML_RAWTEXT },
	{ "image", LOADS, HTML_DATA },
	{ "img", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "input", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "keygen", VOID | SPECIAL, HTML_DATA },
	{ "legend", LINE, HTML_DATA },
	{ "li", LINE | SPECIAL | CLOSES_P | TWIN, HTML_DATA },
	{ "link", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "listing", LINE | SPECIAL | LINES | CLOSES_P, HTML_DATA },
	{ "main", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "marquee", SPECIAL | SCOPE, HTML_DATA },
	{ "menu", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "meta", VOID | SPECIAL, HTML_DATA },
	{ "nav", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "nobr", FORMAT | TWIN, HTML_DATA },
	{ "noembed", SPECIAL | SILENT, HTML_RAWTEXT },
	{ "noframes", SPECIAL | SILENT, HTML_RAWTEXT },
	{ "noscript", SPECIAL, HTML_DATA },
	{ "object", SPECIAL | SCOPE | LOADS, HTML_DATA },
	{ "ol", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "optgroup", LINE | TWIN, HTML_DATA },
	{ "option", LINE | TWIN, HTML_DATA },
	{ "p", LINE | SPECIAL | CLOSES_P | TWIN, HTML_DATA },
	{ "param", VOID | SPECIAL, HTML_DATA },
	{ "plaintext", LINE | SPECIAL | LINES | CLOSES_P, HTML_PLAINTEXT },
	{ "pre", LINE | SPECIAL | LINES | CLOSES_P, HTML_DATA },
	{ "s", FORMAT, HTML_DATA },
	{ "script", SPECIAL | SILENT | LOADS, HTML_SCRIPT },
	{ "search", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "section", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "select", LINE | SPECIAL, HTML_DATA },
	{ "small", FORMAT, HTML_DATA },
	{ "source", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "strike", FORMAT, HTML_DATA },
	{ "strong", FORMAT, HTML_DATA },
	{ "style", SPECIAL | SILENT, HTML_RAWTEXT },
	{ "summary", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "table", LINE | SPECIAL | SCOPE | CLOSES_P | LOADS, HTML_DATA },
	{ "tbody", LINE | SPECIAL | TWIN, HTML_DATA },
	{ "td", CELL | SPECIAL | SCOPE | TWIN | LOADS, HTML_DATA },
	{ "template", SPECIAL | SCOPE | SILENT, HTML_DATA },
	{ "textarea", LINE | SPECIAL | LINES, HTML_RCDATA },
	{ "tfoot", LINE | SPECIAL | TWIN, HTML_DATA },
	{ "th", CELL | SPECIAL | SCOPE | TWIN | LOADS, HTML_DATA },
	{ "thead", LINE | SPECIAL | TWIN, HTML_DATA },
	{ "title", SPECIAL | SILENT, HTML_RCDATA },
	{ "tr", LINE | SPECIAL | TWIN | LOADS, HTML_DATA },
	{ "track", VOID | SPECIAL | LOADS, HTML_DATA },
	{ "tt", FORMAT, HTML_DATA },
	{ "u", FORMAT, HTML_DATA },
	{ "ul", LINE | SPECIAL | CLOSES_P, HTML_DATA },
	{ "v:background", LOADS, HTML_DATA },
	{ "v:fill", LOADS, HTML_DATA },
	{ "v:image", LOADS, HTML_DATA },
	{ "v:imagedata", LOADS, HTML_DATA },
	{ "video", SILENT | LOADS, HTML_DATA },
	{ "wbr", VOID | SPECIAL, HTML_DATA },
	{ "xmp", LINE | SPECIAL | LINES | CLOSES_P, HTML_RAWTEXT },
};

/* Row of the first name with each letter, and the end. */
static const unsigned char first[27] = {
	0, 7, 16, 22, 30, 32, 40, 40, 51, 56, 56, 57, 61, 65,
	70, 74, 78, 78, 78, 89, 101, 103, 108, 109, 110, 110, 110,
};

const struct element *element_find(struct slice name)
{
	size_t letter = name.n == 0 ? 26 : (size_t)(unsigned char)name.p[0] - 'a';

	if (letter >= 26)
		return NULL;
	for (size_t i = first[letter]; i < first[letter + 1]; i++) {
		const char *known = elements[i].name;

		if (name.n > 1 && known[1] != name.p[1])
			continue;
		if (strncmp(known, name.p, name.n) == 0 && known[name.n] == '\0')
			return &elements[i];
	}
	return NULL;
}
