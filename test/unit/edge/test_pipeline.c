/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/edge/pipeline.h"
#include "antisales/mail/authentication.h"

/* Judging is a function of mail, history and policy; and what of it is remembered. */

struct fixture {
	struct house *house;
	struct setup *setup;
	struct arena arena;
	struct peer peer;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->house = house_open(NULL, NULL);
	f->setup = setup_get(&f->house->engine.setups);
	f->peer = (struct peer){ .address = SLICE("192.0.2.25"), .name = SLICE("mail.example.net"), .helo = SLICE("mail.example.net") };
	arena_init(&f->arena, 16384, 8 << 20);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	setup_put(f->setup);
	house_close(f->house);
	free(f);
	return 0;
}

/* Judges a mail with these fields; piece is how many bytes of body come at a time. */
static struct pipeline_out *judge(struct fixture *f, const char *const (*fields)[2], const char *body, size_t piece)
{
	struct txn *t = txn_begin(&f->arena, &f->setup->config->limits, &f->peer, SLICE("<rep@seller-customer.example>"), HOUSE_NOW);
	struct pipeline_in in = { .txn = t, .policy = f->setup->policy, .config = f->setup->config, .store = f->house->engine.store,
		.site = &f->house->engine.site, .id = "sameid" };
	struct pipeline_out *o = NULL;
	struct err e = { 0 };

	txn_recipient(t, SLICE("<ann@example.com>"));
	for (; (*fields)[0] != NULL; fields++)
		txn_header(t, slice_of((*fields)[0]), slice_of((*fields)[1]));
	for (size_t at = 0; at < strlen(body); at += piece)
		txn_body(t, slice_sub(slice_of(body), at, piece));
	assert_ok(pipeline_judge(&in, &o, &e), e);
	return o;
}

static const char *const sales[][2] = {
	{ "From", "Rep <rep@seller-customer.example>" }, { "Subject", "Quick question" }, { "X-Seller", "seller-42" },
	{ "Content-Type", "text/html" }, { NULL, NULL },
};
static const char body[] = "<p>Hi {{first_name}},</p><p>see <a href=\"https://go.mailer.example/a?b=1\">this</a></p>\r\n";

/* All that leaves the pipeline, as text. */
static void write_down(const struct pipeline_out *o, struct arena *a, struct buf *out)
{
	struct header_line lines[HEADER_LINES_MAX];
	struct journal_entry entry = { .decision = &o->decision, .at = HOUSE_NOW, .site = &(struct site_key){ { 0 } } };
	size_t n = header_lines(&o->decision, a, lines);

	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s: %s\n", lines[i].name, lines[i].value);
	facts_dump(&o->facts, out);
	journal_line(&entry, out);
}

static void same_input_same_bytes_out(void **state)
{
	static const size_t pieces[] = { 65536, 1, 2, 7, 50 };
	struct fixture *f = *state;
	struct buf first, again;

	buf_init(&first, 65536);
	buf_init(&again, 65536);
	write_down(judge(f, sales, body, 65536), &f->arena, &first);
	assert_contains(buf_cstr(&first), "X-Anti-Sales: sales");
	for (size_t i = 0; i < COUNT(pieces); i++) {
		buf_clear(&again);
		write_down(judge(f, sales, body, pieces[i]), &f->arena, &again);
		assert_string_equal(buf_cstr(&first), buf_cstr(&again));
	}
	buf_done(&first);
	buf_done(&again);
}

static struct record delta_of(struct fixture *f, const char *const (*fields)[2])
{
	struct pipeline_out *o = judge(f, fields, "Hi\r\n", 100);
	size_t n;
	const struct store_change *c = pipeline_changes(o, &n);

	assert_true(n > 0);
	assert_memory_equal(&c[0].key, &o->history.org_key, sizeof c[0].key);
	return c[0].delta;
}

enum { FIRST_SEEN, MAILS, SALES, CLEAN, NEUTRAL, TAGGED, QUARANTINED, REJECTED };

static void conduct_and_fate_are_remembered(void **state)
{
	static const char *const clean[][2] = { { "From", "a@friend.example" }, { NULL, NULL } };
	static const char *const bulk[][2] = { { "From", "a@friend.example" }, { "X-Mailer", "mailer-1" }, { NULL, NULL } };
	static const char *const held[][2] = { { "From", "a@friend.example" }, { "X-Seller", "seller-1" }, { "Subject", "hold me" },
		{ NULL, NULL } };
	static const char *const refused[][2] = { { "From", "a@friend.example" }, { "X-Seller", "seller-1" },
		{ "Subject", "refuse me" }, { NULL, NULL } };
	static const struct { const char *const (*fields)[2]; size_t conduct; size_t fate; } rows[] = {
		{ clean, CLEAN, 0 }, { bulk, NEUTRAL, 0 }, { sales, SALES, TAGGED }, { held, SALES, QUARANTINED }, { refused, SALES, REJECTED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = delta_of(*state, rows[i].fields);

		for (size_t k = SALES; k <= NEUTRAL; k++)
			if ((r.at[k].decayed > 0.5) != (k == rows[i].conduct))
				fail_msg("row %zu: field %zu is %g", i, k, r.at[k].decayed);
		for (size_t k = TAGGED; k <= REJECTED; k++)
			if (r.at[k].number != (k == rows[i].fate))
				fail_msg("row %zu: field %zu is %lld", i, k, (long long)r.at[k].number);
		assert_int_equal(r.at[MAILS].number, 1);
	}
}

static void nobody_is_remembered_without_an_organisation(void **state)
{
	static const char *const nobody[][2] = { { "From", "a@freemail.example" }, { "X-Seller", "seller-1" }, { NULL, NULL } };
	size_t n;
	const struct store_change *c = pipeline_changes(judge(*state, nobody, "Hi\r\n", 100), &n);

	for (size_t i = 0; i < n; i++)
		if (strchr("rcto", c[i].key.bytes[0]) != NULL)
			fail_msg("a record '%c'", c[i].key.bytes[0]);
}

/* A mail that friend.example signed so many days ago, to so many of us. */
static struct pipeline_out *judge_signed(struct fixture *f, int64_t signed_days_ago, size_t recipients)
{
	struct txn *t = txn_begin(&f->arena, &f->setup->config->limits, &f->peer, SLICE("<a@friend.example>"), HOUSE_NOW);
	struct pipeline_in in = { .txn = t, .policy = f->setup->policy, .config = f->setup->config, .store = f->house->engine.store,
		.site = &f->house->engine.site, .id = "sameid" };
	struct dkim_result *result = arena_alloc(&f->arena, sizeof *result);
	struct authentication *a = arena_alloc(&f->arena, sizeof *a);
	struct pipeline_out *o = NULL;
	struct err e = { 0 };

	*result = (struct dkim_result){ .domain = SLICE("friend.example"), .outcome = DKIM_PASS, .reason = "", .authenticates = true,
		.signed_at = HOUSE_NOW - signed_days_ago * 86400 };
	*a = (struct authentication){ .dkim = result, .dkim_count = 1 };
	for (size_t i = 0; i < recipients; i++)
		txn_recipient(t, arena_printf(&f->arena, "<reader%zu@example.com>", i));
	txn_header(t, SLICE("From"), SLICE("a@friend.example"));
	txn_header(t, SLICE("Message-ID"), arena_printf(&f->arena, "<%lld-%zu@friend.example>", (long long)signed_days_ago, recipients));
	txn_body(t, SLICE("Hi\r\n"));
	t->authentication = a;
	assert_ok(pipeline_judge(&in, &o, &e), e);
	return o;
}

static const struct store_change *change_of(const struct pipeline_out *o, char tag)
{
	size_t n;
	const struct store_change *c = pipeline_changes(o, &n);

	for (size_t i = 0; i < n; i++)
		if (c[i].key.bytes[0] == (unsigned char)tag)
			return &c[i];
	return NULL;
}

/* An old signature, or a new network that writes to many at once, may be somebody who sends a mail again. */
static void what_may_be_a_copy_earns_no_name(void **state)
{
	static const struct { int64_t days; size_t recipients; bool clean, fanout; } rows[] = {
		{ 0, 1, true, true }, { 7, 1, true, true }, { 8, 1, false, false }, { 0, 10, true, true }, { 0, 11, false, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pipeline_out *o = judge_signed(*state, rows[i].days, rows[i].recipients);
		const struct store_change *r = change_of(o, 'r');

		assert_int_equal(o->facts.at[FACT_AUTH_SIGNATURE_DAYS].number, rows[i].days);
		if ((r->delta.at[CLEAN].decayed > 0.5) != rows[i].clean || (r->delta.at[NEUTRAL].decayed > 0.5) == rows[i].clean
		    || (change_of(o, 'h') != NULL) != rows[i].fanout || change_of(o, 'q') == NULL)
			fail_msg("row %zu", i);
	}
}

static void history_raises_the_score_but_not_the_base(void **state)
{
	struct fixture *f = *state;
	struct store *s = f->house->engine.store;
	struct pipeline_out *o = NULL;
	struct err e = { 0 };

	for (int i = 0; i < 30; i++) {
		size_t n;
		const struct store_change *c = pipeline_changes(o = judge(f, sales, "Hi\r\n", 100), &n);

		assert_ok(s->ops->apply(s, c, n, &e), e);
	}
	assert_int_equal(o->decision.score->base, 55);
	/* thirty mails to one person on one day are one mark */
	assert_int_equal(o->decision.score->total, 60);
}

static void a_dead_store_is_told_and_judged_without(void **state)
{
	struct fixture *f = *state;
	struct pipeline_out *o;

	store_close(f->house->engine.store);
	f->house->engine.store = store_down("no disk today");
	o = judge(f, sales, body, 100);
	assert_contains(o->history_err.text, "no disk today");
	assert_false(o->history.available);
	assert_true(o->facts.at[FACT_HISTORY_AVAILABLE].present && o->facts.at[FACT_HISTORY_AVAILABLE].number == 0);
	assert_int_equal(o->decision.verdict, VERDICT_TAG);
}

static void without_memory_it_fails_and_says_so(void **state)
{
	struct fixture *f = *state;
	struct arena small;
	struct err e = { 0 };
	size_t limit = 2048, failed = 0;
	int rc;

	do {
		struct txn *t;
		struct pipeline_out *o;

		arena_init(&small, 512, limit);
		t = txn_begin(&small, &f->setup->config->limits, &f->peer, SLICE("<a@b.example>"), HOUSE_NOW);
		assert_non_null(t);
		txn_recipient(t, SLICE("<ann@example.com>"));
		for (size_t i = 0; sales[i][0] != NULL; i++)
			txn_header(t, slice_of(sales[i][0]), slice_of(sales[i][1]));
		rc = pipeline_judge(&(struct pipeline_in){ .txn = t, .policy = f->setup->policy, .config = f->setup->config, .store = f->house->engine.store,
			.site = &f->house->engine.site, .id = "x" }, &o, &e);
		if (rc < 0 && e.text[0] == '\0')
			fail_msg("no reason at %zu bytes", limit);
		failed += rc < 0;
		arena_done(&small);
		limit += 1024;
	} while (rc < 0 && limit < 4 << 20);
	assert_true(failed > 0);
	assert_int_equal(rc, E_OK);
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN(same_input_same_bytes_out),
		IN(conduct_and_fate_are_remembered),
		IN(nobody_is_remembered_without_an_organisation),
		IN(what_may_be_a_copy_earns_no_name),
		IN(history_raises_the_score_but_not_the_base),
		IN(a_dead_store_is_told_and_judged_without),
		IN(without_memory_it_fails_and_says_so),
	};

	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
