/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole content reader: the first byte says how the rest is cut; the cut reading must equal the whole one. */
#include <assert.h>
#include <stdint.h>
#include <unistr.h>

#include "antisales/mail/content.h"
#include "antisales/mail/mime_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fields up to the first empty line, as the MTA would hand them over. */
static struct slice take_head(struct slice message, struct mime_head *h)
{
	while (message.n > 0) {
		size_t end = slice_find(message, '\n', 0);

		if (!mime_head_line(h, slice_sub(message, 0, end + 1)))
			return slice_trim(slice_sub(message, 0, end)).n == 0 ? slice_sub(message, end + 1, message.n) : message;
		message = slice_sub(message, end + 1, message.n);
	}
	return message;
}

static const struct content *read_cut(struct slice message, size_t cut, struct arena *a)
{
	struct mail_limits limits = mail_limits_default();
	struct content_head head;
	struct content_reader *r;
	struct mime_head h;
	struct slice body;

	limits.mime_depth = 6;
	limits.mime_parts = 50;
	limits.text_part_bytes = 2048;
	limits.text_bytes = 4096;
	limits.html_tags = 500;
	limits.urls = 50;
	mime_head_init(&h, limits.header_value_bytes);
	body = take_head(message, &h);
	mime_head_end(&h, a, &head);
	mime_head_done(&h);
	r = content_begin(a, &limits, &head);
	assert(r != NULL);
	for (size_t at = 0; at < body.n; at += cut)
		content_feed(r, slice_sub(body, at, cut));
	return content_end(r);
}

static void check_same(const struct content *a, const struct content *b)
{
	assert(a->links_count == b->links_count && a->truncated == b->truncated && a->parts == b->parts);
	assert(slice_eq(a->text, b->text) && slice_eq(a->quoted, b->quoted) && slice_eq(a->hidden, b->hidden));
	for (size_t i = 0; i < a->links_count; i++)
		assert(slice_eq(a->links[i].url, b->links[i].url) && a->links[i].places == b->links[i].places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice message = { (const char *)data, size };
	const struct content *whole;
	struct arena a;

	if (size < 2)
		return 0;
	arena_init(&a, 4096, 64 << 20);
	message = slice_sub(message, 1, message.n);
	whole = read_cut(message, message.n, &a);
	if (whole->truncated == 0)
		assert(u8_check((const uint8_t *)whole->text.p, whole->text.n) == NULL);
	check_same(whole, read_cut(message, 1 + data[0] % 64, &a));
	arena_done(&a);
	return 0;
}
