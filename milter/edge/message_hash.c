/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/message_hash.h"

struct message_hash {
	struct sha256 state;
	bool in_body;
	char text[SHA256_TEXT];
};

struct message_hash *message_hash_begin(struct arena *a)
{
	struct message_hash *h = arena_alloc(a, sizeof *h);

	if (h != NULL)
		sha256_begin(&h->state);
	return h;
}

/* MTAs tell folds as LF or as CRLF. */
static void add_value(struct sha256 *h, struct slice raw)
{
	while (raw.n > 0) {
		bool folded = slice_find(raw, '\n', 0) < raw.n;
		struct slice line = slice_cut(&raw, '\n');

		if (folded && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		sha256_add(h, line);
		if (folded)
			sha256_add(h, SLICE("\r\n"));
	}
}

void message_hash_header(struct message_hash *h, struct slice name, struct slice raw_value, bool leading_space)
{
	if (h == NULL)
		return;
	sha256_add(&h->state, name);
	sha256_add(&h->state, leading_space ? SLICE(":") : SLICE(": "));
	add_value(&h->state, raw_value);
	sha256_add(&h->state, SLICE("\r\n"));
}

void message_hash_body(struct message_hash *h, struct slice bytes)
{
	if (h == NULL)
		return;
	if (!h->in_body)
		sha256_add(&h->state, SLICE("\r\n"));
	h->in_body = true;
	sha256_add(&h->state, bytes);
}

struct slice message_hash_end(struct message_hash *h)
{
	if (h == NULL)
		return (struct slice){ 0 };
	message_hash_body(h, SLICE(""));
	return slice_of(sha256_end(&h->state, h->text));
}
