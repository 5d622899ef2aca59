/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/facts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "antisales/base/arena.h"
#include "antisales/base/word.h"

static const struct fact_spec specs[FACT_COUNT] = {
#define FACT(id, name, type, words, privacy, meaning) \
	[FACT_##id] = { name, FACT_TYPE_##type, words, FACT_PRIVACY_##privacy, meaning },
#include "antisales/mail/facts.def"
#undef FACT
};

const struct fact_spec *fact_spec(enum fact_id id)
{
	return &specs[id];
}

enum fact_id fact_find(struct slice name)
{
	for (int i = 0; i < FACT_COUNT; i++)
		if (slice_eq(name, slice_of(specs[i].name)))
			return (enum fact_id)i;
	return FACT_COUNT;
}

static const char *name_at(size_t i, const void *arg)
{
	(void)arg;
	return specs[i].name;
}

const char *fact_nearest(struct slice name)
{
	return word_nearest(name, name_at, NULL, FACT_COUNT);
}

void facts_text(struct facts *f, enum fact_id id, struct slice text)
{
	f->at[id] = (struct fact){ .present = text.p != NULL, .text = text };
}

void facts_int(struct facts *f, enum fact_id id, int64_t number)
{
	f->at[id] = (struct fact){ .present = true, .number = number };
}

void facts_bool(struct facts *f, enum fact_id id, bool yes)
{
	facts_int(f, id, yes);
}

void facts_list(struct facts *f, enum fact_id id, const struct slice *list, size_t count)
{
	f->at[id] = (struct fact){ .present = true, .list = list, .count = count };
}

static void say_list(const struct fact *v, struct buf *out)
{
	for (size_t i = 0; i < v->count; i++) {
		if (i > 0)
			buf_adds(out, ", ");
		buf_add(out, v->list[i]);
	}
}

void fact_say(const struct facts *f, enum fact_id id, struct buf *out)
{
	const struct fact *v = &f->at[id];

	if (!v->present)
		return;
	switch (specs[id].type) {
	case FACT_TYPE_TEXT:
	case FACT_TYPE_WORD:
		buf_add(out, v->text);
		return;
	case FACT_TYPE_LIST:
		say_list(v, out);
		return;
	case FACT_TYPE_INT:
		buf_addf(out, "%" PRId64, v->number);
		return;
	case FACT_TYPE_BOOL:
		buf_adds(out, v->number != 0 ? "yes" : "no");
		return;
	}
}

void facts_dump(const struct facts *f, struct buf *out)
{
	struct buf value;

	buf_init(&value, 4096);
	for (int i = 0; i < FACT_COUNT; i++) {
		if (!f->at[i].present)
			continue;
		buf_clear(&value);
		fact_say(f, (enum fact_id)i, &value);
		buf_addf(out, "%s: ", specs[i].name);
		for (size_t k = 0; k < value.n; k++)
			buf_addc(out, (unsigned char)value.p[k] < ' ' ? ' ' : value.p[k]);
		buf_addc(out, '\n');
	}
	buf_done(&value);
}

static json *fact_json(const struct fact *v, enum fact_type type)
{
	json *list;

	switch (type) {
	case FACT_TYPE_TEXT:
	case FACT_TYPE_WORD:
		return json_of_text(v->text);
	case FACT_TYPE_INT:
		return json_of_int(v->number);
	case FACT_TYPE_BOOL:
		return json_of_bool(v->number != 0);
	case FACT_TYPE_LIST:
		break;
	}
	list = json_list();
	for (size_t i = 0; i < v->count; i++)
		json_add(list, json_of_text(v->list[i]));
	return list;
}

json *facts_json(const struct facts *f, bool with_private)
{
	json *map = json_map();

	for (int i = 0; i < FACT_COUNT; i++)
		if (f->at[i].present && (with_private || specs[i].privacy == FACT_PRIVACY_OPEN))
			json_put(map, specs[i].name, fact_json(&f->at[i], specs[i].type));
	return map;
}

static bool read_list(struct facts *f, enum fact_id id, struct slice value, struct arena *a)
{
	size_t n = value.n == 0 ? 0 : 1, filled = 0;
	struct slice *list;

	for (size_t i = 0; i < value.n; i++)
		n += value.p[i] == ',';
	list = arena_array(a, n, sizeof *list);
	if (list == NULL)
		return false;
	while (filled < n)
		list[filled++] = slice_trim(slice_cut(&value, ','));
	facts_list(f, id, list, n);
	return true;
}

static bool read_int(struct facts *f, enum fact_id id, struct slice value)
{
	char text[24] = "";
	char *end;
	long long n;

	if (value.n == 0 || value.n >= sizeof text)
		return false;
	for (size_t i = 0; i < value.n; i++)
		text[i] = value.p[i];
	n = strtoll(text, &end, 10);
	if (*end != '\0')
		return false;
	facts_int(f, id, n);
	return true;
}

bool facts_read(struct facts *f, struct slice name, struct slice value, struct arena *a)
{
	enum fact_id id = fact_find(name);

	if (id == FACT_COUNT)
		return false;
	switch (specs[id].type) {
	case FACT_TYPE_TEXT:
	case FACT_TYPE_WORD:
		facts_text(f, id, value);
		return true;
	case FACT_TYPE_INT:
		return read_int(f, id, value);
	case FACT_TYPE_BOOL:
		facts_bool(f, id, slice_eq(value, SLICE("yes")));
		return slice_eq(value, SLICE("yes")) || slice_eq(value, SLICE("no"));
	case FACT_TYPE_LIST:
		return read_list(f, id, value, a);
	}
	return false;
}
