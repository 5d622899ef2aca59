/* SPDX-License-Identifier: BSD-3-Clause */
/* DKIM-Signature input validation, and a whole check behind it: "key record\n===\nheader CRLF CRLF body". */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/hash.h"
#include "antisales/mail/dkim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1767261660 };

/* Instead of mail/keys.c: the key is part of the input. A check has one input, and a process one thread. */
static struct slice key_record;

struct key_ticket *keys_ask(struct keys *k, struct slice name)
{
	(void)k;
	assert(key_name_ok(name) || name.n > KEY_NAME_MAX);
	return NULL;
}

struct key keys_wait(struct keys *k, struct key_ticket *ticket, int64_t deadline_us)
{
	(void)k;
	(void)ticket;
	(void)deadline_us;
	if (key_record.n == 0 || key_record.n > KEY_TEXT_MAX)
		return (struct key){ .state = KEY_NOT_FOUND, .why = "there is no key record" };
	return (struct key){ .state = KEY_FOUND, .text = key_record, .why = "key found" };
}

void key_done(struct key_ticket *ticket)
{
	(void)ticket;
}

static bool is_part(struct slice part, struct slice whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void read_alone(struct slice in)
{
	struct dkim_signature s;

	if (dkim_signature_read(in, &s) != NULL)
		return;
	assert(key_name_ok(s.domain) && key_name_ok(s.selector) && s.names_count <= DKIM_SIGNATURE_NAMES_MAX);
	assert(is_part(s.domain, in) && is_part(s.identity, in) && is_part(s.canonicalisation, in));
	assert(s.identity.n <= DKIM_TAG_BYTES_MAX && dkim_signature_lists(&s, SLICE("From")) > 0);
	for (size_t i = 0; i < s.names_count; i++)
		assert(is_part(s.names[i], in) && s.names[i].n > 0);
}

/* Cuts the next field off; its folds stay. */
static struct slice next_field(struct slice *rest)
{
	size_t end = 0;
	struct slice field;

	do
		end = slice_find(*rest, '\n', end) + 1;
	while (end < rest->n && (rest->p[end] == ' ' || rest->p[end] == '\t'));
	field = slice_sub(*rest, 0, end);
	*rest = slice_sub(*rest, end, rest->n);
	return field;
}

static void feed(struct dkim_check *c, struct slice message)
{
	while (message.n > 0) {
		struct slice field = next_field(&message), name;

		if (slice_trim(field).n == 0)
			break;
		name = slice_cut(&field, ':');
		read_alone(slice_trim(field));
		dkim_check_header(c, name, field, true);
	}
	dkim_check_body_begin(c);
	dkim_check_body(c, slice_sub(message, 0, message.n / 2));
	dkim_check_body(c, slice_sub(message, message.n / 2, message.n));
}

static void check_results(struct dkim_check *c)
{
	struct dkim_counts counts;
	size_t count, verified = 0;
	const struct dkim_result *r = dkim_check_end(c, 0, &count);

	dkim_check_count(c, &counts);
	for (size_t i = 0; i < count; i++) {
		assert(r[i].reason != NULL && dkim_outcome_name(r[i].outcome) != NULL);
		assert(!r[i].authenticates || (r[i].outcome == DKIM_PASS && !r[i].ambiguous && !r[i].testing));
		assert(!r[i].authenticates || dkim_result_covers(&r[i], "From"));
		verified += r[i].outcome == DKIM_PASS || r[i].outcome == DKIM_FAIL ? 1 : 0;
	}
	assert(verified <= 4 && count <= counts.fields);
	assert(verified == 0 || dkim_check_own_field(c).n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dkim_context *ctx;
	struct slice message = { (const char *)data, size };
	struct dkim_limits limits = dkim_limits_default();
	const char *mark = memmem(data, size, "\n===\n", 5);
	struct arena a;

	if (ctx == NULL && (hash_init(NULL) != E_OK || dkim_context_open(NULL, &limits, &ctx, NULL) != E_OK))
		abort();
	read_alone(message);
	if (mark == NULL)
		return 0;
	key_record = slice_sub(message, 0, (size_t)(mark - message.p));
	message = slice_sub(message, key_record.n + 5, size);
	arena_init(&a, 4096, 16 << 20);
	{
		struct dkim_check *c = dkim_check_begin(ctx, &a, NOW);

		assert(c != NULL);
		feed(c, message);
		check_results(c);
	}
	arena_done(&a);
	return 0;
}
