/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_ELEMENT_H
#define ANTISALES_MAIL_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/slice.h"
#include "antisales/mail/html.h"

/* What the readers need to know of HTML's elements, and which of them are open. */
enum element_trait {
	ELEMENT_VOID = 1 << 0,          /* never has content */
	ELEMENT_LINE = 1 << 1,          /* starts and ends a line of visible text */
	ELEMENT_CELL = 1 << 2,          /* a blank before it */
	ELEMENT_FORMAT = 1 << 3,        /* a formatting element: its end tag works across other elements */
	ELEMENT_SPECIAL = 1 << 4,       /* stops the search of an ordinary end tag */
	ELEMENT_SCOPE = 1 << 5,         /* stops the search of any end tag */
	ELEMENT_SILENT = 1 << 6,        /* its text is never shown */
	ELEMENT_LINES = 1 << 7,         /* line ends in it are line ends */
	ELEMENT_CLOSES_P = 1 << 8,      /* its start tag ends a paragraph */
	ELEMENT_TWIN = 1 << 9,          /* its start tag ends an open one of its name: li, p, td, ... */
	ELEMENT_LOADS = 1 << 10         /* shows or loads what its src, data or href names */
};

struct element {
	const char *name;
	unsigned traits;
	enum html_content content;
};

/* NULL for names that mean nothing to us. name in lower case. */
const struct element *element_find(struct slice name);

/* What a start tag does to the text inside it. Lower bits pass down to all descendants, higher ones can be undone. */
enum effect {
	EFFECT_HIDE = 1 << 0,
	EFFECT_QUOTE = 1 << 1,
	EFFECT_SILENT = 1 << 2,
	EFFECT_LINES = 1 << 3,
	EFFECT_NO_FONT = 1 << 4,        /* font-size: 0 */
	EFFECT_FONT = 1 << 5,           /* an absolute font size again */
	EFFECT_INVISIBLE = 1 << 6,
	EFFECT_VISIBLE = 1 << 7,
	EFFECT_HIDDEN = EFFECT_HIDE | EFFECT_NO_FONT | EFFECT_INVISIBLE
};

enum { OPEN_MAX = 512 };

/* The stack of open elements, as far as effects reach: names as hashes, at most OPEN_MAX of them. */
struct open_element {
	uint32_t name;
	uint16_t traits;
	uint8_t own, state;             /* its own effects; those of all up to it */
};

struct open_elements {
	size_t count, beyond;           /* beyond: opened above OPEN_MAX, not kept */
	struct open_element at[OPEN_MAX];
};

/* Effects at the innermost open element. */
unsigned open_state(const struct open_elements *o);
/* Effects inside an element: those around it and its own. */
unsigned open_inside(unsigned around, unsigned own);
/* A start tag, e NULL if unknown: ends what it implies ends, then opens the element unless it is void. */
void open_push(struct open_elements *o, struct slice name, const struct element *e, unsigned effects);
/* An end tag: closes the element and what is open inside it; ignored where browsers ignore it. */
void open_pop(struct open_elements *o, struct slice name, const struct element *e);

#endif
