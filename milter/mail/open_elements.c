/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/mail/element.h"

/* FNV-1a. Two names with one hash would be taken for each other, which costs a wrong text boundary, no more. */
static uint32_t hash(struct slice name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619u;
	return h;
}

unsigned open_inside(unsigned around, unsigned own)
{
	unsigned state = around | (own & (EFFECT_HIDE | EFFECT_QUOTE | EFFECT_SILENT | EFFECT_LINES));

	if ((own & EFFECT_NO_FONT) != 0)
		state |= EFFECT_NO_FONT;
	else if ((own & EFFECT_FONT) != 0)
		state &= ~(unsigned)EFFECT_NO_FONT;
	if ((own & EFFECT_INVISIBLE) != 0)
		state |= EFFECT_INVISIBLE;
	else if ((own & EFFECT_VISIBLE) != 0)
		state &= ~(unsigned)EFFECT_INVISIBLE;
	return state;
}

unsigned open_state(const struct open_elements *o)
{
	return o->count == 0 ? 0 : o->at[o->count - 1].state;
}

/* Index + 1 of the element that an end tag of this name closes, 0 when it closes none. */
static size_t target(const struct open_elements *o, uint32_t name, unsigned traits)
{
	unsigned barrier = ELEMENT_SCOPE;

	if ((traits & (ELEMENT_SPECIAL | ELEMENT_FORMAT)) == 0)
		barrier |= ELEMENT_SPECIAL;
	for (size_t i = o->count; i > 0; i--) {
		if (o->at[i - 1].name == name)
			return i;
		if ((o->at[i - 1].traits & barrier) != 0 && (traits & (ELEMENT_SCOPE | ELEMENT_CELL)) == 0)
			return 0;
	}
	return 0;
}

/* Takes one element out from between: a formatting end tag does not close the blocks inside. */
static void take_out(struct open_elements *o, size_t i)
{
	o->count--;
	memmove(&o->at[i], &o->at[i + 1], (o->count - i) * sizeof o->at[0]);
	for (; i < o->count; i++)
		o->at[i].state = (uint8_t)open_inside(i == 0 ? 0 : o->at[i - 1].state, o->at[i].own);
}

static bool holds_block(const struct open_elements *o, size_t from)
{
	for (size_t i = from; i < o->count; i++)
		if ((o->at[i].traits & ELEMENT_SPECIAL) != 0)
			return true;
	return false;
}

void open_pop(struct open_elements *o, struct slice name, const struct element *e)
{
	unsigned traits = e == NULL ? 0 : e->traits;
	size_t found = target(o, hash(name), traits);

	if (o->beyond > 0 && found > 0) {
		o->beyond--;
		return;
	}
	if (found == 0)
		return;
	if ((traits & ELEMENT_FORMAT) != 0 && holds_block(o, found))
		take_out(o, found - 1);
	else
		o->count = found - 1;
}

static bool table_row(struct slice name)
{
	return slice_eq(name, SLICE("tr")) || slice_eq(name, SLICE("tbody")) || slice_eq(name, SLICE("thead")) ||
	    slice_eq(name, SLICE("tfoot"));
}

/* Closes down to the nearest open element of that name, but not beyond a table or, for list items, a list. */
static void close_up_to(struct open_elements *o, struct slice name, unsigned barrier)
{
	uint32_t want = hash(name);

	for (size_t i = o->count; i > 0; i--) {
		if (o->at[i - 1].name == want) {
			o->count = i - 1;
			return;
		}
		if ((o->at[i - 1].traits & barrier) != 0)
			return;
	}
}

/* What a start tag ends without an end tag of its own (optional tags, section 13.1.2.4). */
static void close_implied(struct open_elements *o, struct slice name, unsigned traits)
{
	uint32_t table = hash(SLICE("table"));

	if ((traits & ELEMENT_CLOSES_P) != 0)
		close_up_to(o, SLICE("p"), ELEMENT_SCOPE);
	if ((traits & ELEMENT_TWIN) == 0)
		return;
	if ((traits & ELEMENT_CELL) == 0 && !table_row(name)) {
		close_up_to(o, name, (traits & ELEMENT_FORMAT) != 0 ? ELEMENT_SCOPE : ELEMENT_SCOPE | ELEMENT_SPECIAL);
		return;
	}
	/* A cell or row ends whatever is open up to its own level of the innermost table. */
	for (size_t i = o->count; i > 0; i--) {
		const struct open_element *e = &o->at[i - 1];

		if (e->name == table)
			return;
		if ((e->traits & ELEMENT_CELL) != 0 || (table_row(name) && e->name == hash(SLICE("tr"))) ||
		    e->name == hash(name))
			o->count = i - 1;
	}
}

void open_push(struct open_elements *o, struct slice name, const struct element *e, unsigned effects)
{
	unsigned traits = e == NULL ? 0 : e->traits;
	struct open_element *top;

	close_implied(o, name, traits);
	if ((traits & ELEMENT_VOID) != 0)
		return;
	if (o->count == OPEN_MAX) {
		o->beyond++;
		return;
	}
	top = &o->at[o->count];
	top->name = hash(name);
	top->traits = (uint16_t)traits;
	top->own = (uint8_t)effects;
	top->state = (uint8_t)open_inside(open_state(o), effects);
	o->count++;
}
