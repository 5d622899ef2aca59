/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/thread.h"

static bool is_new(struct slice id, const struct slice *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(list[i], id))
			return false;
	return id.n > 2;
}

/* The id that begins at or behind from; absent when there is none. */
static struct slice next_id(struct slice text, size_t from)
{
	size_t open = slice_find(text, '<', from), close = slice_find(text, '>', open);

	return close < text.n ? slice_sub(text, open, close + 1 - open) : (struct slice){ 0 };
}

/* The last id of *text, which is cut off it. */
static struct slice last_id(struct slice *text)
{
	size_t close = slice_rfind(*text, '>');
	struct slice inside = slice_sub(*text, 0, close), id;
	size_t open = slice_rfind(inside, '<');

	if (close == text->n || open == inside.n)
		return (struct slice){ 0 };
	id = slice_sub(*text, open, close + 1 - open);
	*text = slice_sub(*text, 0, open);
	return id;
}

size_t thread_ids(const struct txn *t, struct slice *ret, size_t max)
{
	struct slice replied = txn_value(t, "In-Reply-To", 0), references = txn_value(t, "References", 0), id;
	size_t n = 0;

	for (id = next_id(replied, 0); id.p != NULL && n < max / 2; id = next_id(replied, (size_t)(id.p - replied.p) + id.n))
		if (is_new(id, ret, n))
			ret[n++] = id;
	while (n < max && (id = last_id(&references)).p != NULL)
		if (is_new(id, ret, n))
			ret[n++] = id;
	return n;
}
