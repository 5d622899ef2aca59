/* SPDX-License-Identifier: BSD-3-Clause */
/* HTML to visible text and links; the first byte says how the rest is cut. */
#include <assert.h>
#include <stdint.h>

#include "antisales/mail/visible.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_cut(struct slice in, size_t cut, struct visible_out *out)
{
	struct mail_limits limits = mail_limits_default();
	struct visible *v;

	limits.html_tags = 500;
	limits.html_attributes = 8;
	limits.url_bytes = 500;
	fold_init(&out->text, 4096);
	fold_init(&out->hidden, 4096);
	found_init(&out->found, 50, limits.url_bytes);
	out->images = out->pixels = 0;
	v = visible_new(&limits, out);
	assert(v != NULL);
	visible_begin(v, false);
	for (size_t at = 0; at < in.n; at += cut)
		visible_feed(v, slice_sub(in, at, cut));
	visible_end(v);
	visible_free(v);
}

static void out_done(struct visible_out *out)
{
	fold_done(&out->text);
	fold_done(&out->hidden);
	found_done(&out->found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct visible_out a, b;

	if (size < 2)
		return 0;
	in = slice_sub(in, 1, in.n);
	read_cut(in, in.n, &a);
	read_cut(in, 1 + data[0] % 64, &b);
	assert(slice_eq(buf_slice(&a.text.out), buf_slice(&b.text.out)));
	assert(slice_eq(buf_slice(&a.hidden.out), buf_slice(&b.hidden.out)));
	assert(slice_eq(buf_slice(&a.found.bytes), buf_slice(&b.found.bytes)));
	assert(a.images == b.images && a.pixels == b.pixels && a.pixels <= a.images);
	out_done(&a);
	out_done(&b);
	return 0;
}
