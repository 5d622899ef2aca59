/* SPDX-License-Identifier: BSD-3-Clause */
/* Every evasion vector of test/mail/vectors yields its host, and the same content however it is cut. */
#include "message.h"

enum { FILE_BYTES_MAX = 1 << 20, VECTORS_MIN = 69, EVERY_BYTE_MAX = 4096 };

static void load(const char *name, struct buf *out)
{
	const char *dir = getenv("top_srcdir") != NULL ? getenv("top_srcdir") : getenv("srcdir");
	char path[4096], block[16384];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/test/mail/vectors/%s", dir == NULL ? "." : dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("cannot open %s: set top_srcdir", path);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_add(out, (struct slice){ block, n });
	fclose(f);
}

/* Reads with one cut at that offset of the body, or with pieces of one byte when at is 0. */
static void read_cut(struct slice message, size_t at, struct buf *out, struct slice host, bool *hit)
{
	struct mail_limits limits = mail_limits_default();
	struct content_head head;
	struct arena a;
	struct slice body;
	struct content_reader *r;
	const struct content *c;

	arena_init(&a, 4096, 16 << 20);
	body = take_head(message, &a, &head);
	r = content_begin(&a, &limits, &head);
	assert_non_null(r);
	for (size_t i = 0; at == 0 && i < body.n; i++)
		content_feed(r, slice_sub(body, i, 1));
	if (at > 0) {
		content_feed(r, slice_sub(body, 0, at));
		content_feed(r, slice_sub(body, at, body.n));
	}
	c = content_end(r);
	print_content(c, out);
	*hit = has_host(c, host);
	arena_done(&a);
}

static void check(const char *file, struct slice host)
{
	struct buf message, want, got;
	bool hit;
	size_t step;

	buf_init(&message, FILE_BYTES_MAX);
	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	load(file, &message);
	step = message.n > EVERY_BYTE_MAX ? 97 : 1;
	read_cut(buf_slice(&message), message.n, &want, host, &hit);
	if (!hit && !slice_eq(host, SLICE("-")))
		fail_msg("%s: host %.*s not found", file, SLICE_FMT(host));
	for (size_t at = 0; at < message.n; at += step) {
		buf_clear(&got);
		read_cut(buf_slice(&message), at, &got, host, &hit);
		if (!slice_eq(buf_slice(&got), buf_slice(&want)))
			fail_msg("%s: cut at %zu: %.*s\nnot %.*s", file, at, SLICE_FMT(buf_slice(&got)),
			    SLICE_FMT(buf_slice(&want)));
	}
	buf_done(&message);
	buf_done(&want);
	buf_done(&got);
}

static void test_vectors(void **state)
{
	struct buf manifest;
	struct slice rest;
	size_t vectors = 0;

	(void)state;
	buf_init(&manifest, FILE_BYTES_MAX);
	load("manifest.tsv", &manifest);
	rest = buf_slice(&manifest);
	while (rest.n > 0) {
		struct slice line = slice_cut(&rest, '\n'), file = slice_cut(&line, '\t');
		char name[256];

		if (file.n == 0 || file.p[0] == '#')
			continue;
		snprintf(name, sizeof name, "%.*s", SLICE_FMT(file));
		check(name, slice_cut(&line, '\t'));
		vectors++;
	}
	buf_done(&manifest);
	print_message("# %zu vectors\n", vectors);
	assert_true(vectors >= VECTORS_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
