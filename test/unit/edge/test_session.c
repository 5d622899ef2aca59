/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/base/alloc.h"
#include "antisales/base/clock.h"

static const char sales_text[] =
	"From: Rep <rep@seller-customer.example>\nTo: ann@example.com\nSubject: Quick question\n"
	"X-Seller: seller-42\n\nHi Ann, may I have your time?\n";
static const char person_text[] = "From: Jo <jo@friend.example>\nSubject: Lunch?\n\nAt one?\n";

static int open_house(void **state)
{
	*state = house_open(NULL, NULL);
	return 0;
}

static int close_house(void **state)
{
	struct house *h = *state;

	assert_int_equal(atomic_load(&h->engine.sessions), 0);
	assert_int_equal(atomic_load(&h->engine.messages), 0);
	house_close(h);
	return 0;
}

static void a_sales_mail_is_told(void **state)
{
	struct mail m = { .text = sales_text };
	struct told t;

	deliver(*state, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_int_equal(t.verdict, VERDICT_TAG);
	assert_string_equal(t.record,
	    "insert X-Anti-Sales-Id: ID\n"
	    "insert X-Anti-Sales-Why: seller=55\n"
	    "insert X-Anti-Sales-Platform: The seller; category=sales-engagement; proof=strong\n"
	    "insert X-Anti-Sales-Verdict: tag\n"
	    "insert X-Anti-Sales-Score: 55\n"
	    "insert X-Anti-Sales: sales (55/100); sent by The seller\n");
}

static void a_persons_mail_gets_one_line(void **state)
{
	struct mail m = { .text = person_text };
	struct told t;

	deliver(*state, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_string_equal(t.record, "insert X-Anti-Sales: no\n");
}

static void a_hopeless_one_is_refused(void **state)
{
	struct mail m = { .text = "Subject: refuse me\nX-Seller: seller-1\nX-Anti-Sales: no\n\nHi\n" };
	struct told t;

	deliver(*state, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_REJECT);
	assert_true(strncmp(t.record, "reply 550 5.7.1 ", 16) == 0);
	assert_ptr_equal(strchr(t.record, '\n'), t.record + strlen(t.record) - 1);
}

static void another_is_held(void **state)
{
	struct mail m = { .text = "Subject: hold me\nX-Seller: seller-1\n\nHi\n" };
	struct told t;

	deliver(*state, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_int_equal(t.verdict, VERDICT_QUARANTINE);
	assert_contains(t.record, "\nquarantine X-Anti-Sales: score 75, id ID\n");
}

static void forged_fields_are_removed(void **state)
{
	struct mail m = { .text = "X-Anti-Sales: no\nX-ANTI-SALES : 0\nSubject: x\nx-anti-sales-score: 1\nX-Anti-Sales:\n\tfold\n\nHi\n" };
	struct told t;

	deliver(*state, &m, &t);
	assert_string_equal(t.record,
	    "delete X-Anti-Sales 3\n"
	    "delete X-Anti-Sales 2\n"
	    "delete X-Anti-Sales 1\n"
	    "delete x-anti-sales-score 1\n"
	    "insert X-Anti-Sales: no\n");
}

static void trusted_mail_is_not_touched(void **state)
{
	static const struct mail rows[] = {
		{ .address = "127.0.0.1", .text = sales_text },
		{ .address = "127.255.255.255", .text = sales_text },
		{ .address = "::1", .text = sales_text },
		{ .address = "::ffff:127.0.0.1", .text = sales_text },
		{ .login = "ann", .text = sales_text },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct told t;

		deliver(*state, &rows[i], &t);
		if (t.outcome != OUTCOME_ACCEPT || t.decided || t.record[0] != '\0')
			fail_msg("row %zu was touched: %s", i, t.record);
	}
}

static void local_submission_is_not_touched(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = sales_text };
	struct session *s = session_new(&h->engine);
	struct told t;

	session_connect(s, SLICE("localhost"), (struct slice){ 0 });
	feed_mail(s, &m);
	end_mail(s, &t);
	session_free(s);
	assert_false(t.decided);
	assert_string_equal(t.record, "");
}

static void a_login_counts_for_its_message_only(void **state)
{
	struct house *h = *state;
	struct mail in = { .login = "ann", .text = sales_text }, out = { .text = sales_text };
	struct session *s = greet(&h->engine, &in);
	struct told t;

	feed_mail(s, &in);
	end_mail(s, &t);
	assert_false(t.decided);
	feed_mail(s, &out);
	end_mail(s, &t);
	assert_int_equal(t.verdict, VERDICT_TAG);
	session_free(s);
}

/* Three messages on one connection get what they get on three. */
static void a_connection_has_no_memory(void **state)
{
	static const struct mail rows[] = {
		{ .text = sales_text }, { .text = person_text },
		{ .text = "X-Anti-Sales: 1\nSubject: hold me\nX-Seller: seller-7\n\nHi\n", .sender = "<>" },
		{ .text = "Subject: bulk\nX-Mailer: mailer-7\n\n<a href=\"http://go.mailer.example/\">x</a>\n" },
		{ .text = person_text }, { .text = sales_text, .recipients = { "<ann@example.com>", "<postmaster@example.com>" } },
		{ .text = sales_text },
	};
	struct house *h = *state;
	struct session *one = greet(&h->engine, &rows[0]);
	static struct told shared, alone;

	for (size_t i = 0; i < COUNT(rows); i++) {
		feed_mail(one, &rows[i]);
		end_mail(one, &shared);
		deliver(h, &rows[i], &alone);
		if (shared.outcome != alone.outcome || shared.verdict != alone.verdict || strcmp(shared.record, alone.record) != 0)
			fail_msg("message %zu: \"%s\" and \"%s\"", i, shared.record, alone.record);
	}
	session_free(one);
}

static void a_reset_message_leaves_nothing(void **state)
{
	struct house *h = *state;
	struct mail sales = { .text = sales_text }, person = { .text = person_text };
	struct session *s = greet(&h->engine, &sales);
	struct told t;

	feed_mail(s, &sales);
	session_message_end(s);
	session_message_end(s);
	feed_mail(s, &sales);
	feed_mail(s, &person);          /* a MAIL FROM without the end of the one before */
	end_mail(s, &t);
	assert_string_equal(t.record, "insert X-Anti-Sales: no\n");
	session_free(s);
}

static void mildest_verdict_of_the_recipients_acts(void **state)
{
	struct mail m = { .text = "Subject: refuse me\nX-Seller: seller-1\n\nHi\n",
		.recipients = { "<ann@example.com>", "<PostMaster@example.com>" } };
	struct told t;

	deliver(*state, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_int_equal(t.verdict, VERDICT_PASS);
}

static void over_the_session_limit_mail_passes_unjudged(void **state)
{
	struct house *h = house_open(NULL, "max-sessions: 2\n");
	struct mail m = { .text = sales_text };
	struct session *a = greet(&h->engine, &m), *b = greet(&h->engine, &m);
	struct told t;

	(void)state;
	deliver(h, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_false(t.decided);
	assert_string_equal(t.record, "");
	assert_int_equal(atomic_load(&h->engine.counters.connections_shed), 1);
	session_free(b);
	deliver(h, &m, &t);
	assert_true(t.decided);
	session_free(a);
	house_close(h);
}

static void unjudged_mail_loses_forged_fields(void **state)
{
	struct house *h = house_open(NULL, "max-sessions: 1\n");
	struct mail m = { .text = "X-Anti-Sales: no\nSubject: x\nx-anti-SALES-Score: 0\nX-Anti-Sales: no\n\nHi\n" };
	struct session *busy = greet(&h->engine, &m);
	struct told t;

	(void)state;
	deliver(h, &m, &t);
	assert_false(t.decided);
	assert_string_equal(t.record, "delete X-Anti-Sales 2\ndelete X-Anti-Sales 1\ndelete x-anti-SALES-Score 1\n");
	session_free(busy);
	house_close(h);
}

static void over_the_message_limit_mail_passes_unjudged(void **state)
{
	struct house *h = house_open(NULL, "max-messages: 1\n");
	struct mail m = { .text = sales_text };
	struct session *busy = greet(&h->engine, &m);
	struct told t;

	(void)state;
	feed_mail(busy, &m);
	deliver(h, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_false(t.decided);
	assert_int_equal(atomic_load(&h->engine.counters.messages_shed), 1);
	end_mail(busy, &t);
	assert_true(t.decided);
	deliver(h, &m, &t);
	assert_true(t.decided);
	session_free(busy);
	house_close(h);
}

static void while_stopping_new_mail_passes(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = sales_text };
	struct told t;

	atomic_store(&h->engine.draining, true);
	deliver(h, &m, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_false(t.decided);
}

static void without_a_setup_mail_passes(void **state)
{
	struct engine e;
	struct mail m = { .text = sales_text };
	struct session *s;
	struct told t;

	(void)state;
	engine_init(&e, house_now, NULL);
	s = greet(&e, &m);
	feed_mail(s, &m);
	end_mail(s, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	session_free(s);
	engine_close(&e);
}

static void no_session_is_a_session_too(void **state)
{
	struct mail m = { .text = sales_text };
	struct told t;

	(void)state;
	session_connect(NULL, SLICE("a"), SLICE("192.0.2.1"));
	session_helo(NULL, SLICE("a"));
	feed_mail(NULL, &m);
	end_mail(NULL, &t);
	assert_int_equal(t.outcome, OUTCOME_ACCEPT);
	assert_string_equal(t.record, "");
	session_message_end(NULL);
	session_free(NULL);
}

/* An MTA that refuses one kind of call. */
struct stubborn {
	struct mta_record record;
	struct mta_ops ops;
	struct buf out;
};

static int refuse_insert(struct mta *m, const char *name, const char *value)
{
	(void)m;
	(void)name;
	(void)value;
	return -1;
}

static int refuse_reply(struct mta *m, int code, const char *enhanced, const char *text)
{
	(void)m;
	(void)code;
	(void)enhanced;
	(void)text;
	return -1;
}

static enum outcome outcome_of_refusal(struct house *h, const char *text, bool insert, bool reply)
{
	struct mail m = { .text = text };
	struct session *s = greet(&h->engine, &m);
	struct stubborn mta;
	enum outcome o;

	buf_init(&mta.out, 4096);
	mta_record_init(&mta.record, &mta.out, NULL);
	mta.ops = *mta.record.mta.ops;
	if (insert)
		mta.ops.insert_header = refuse_insert;
	if (reply)
		mta.ops.reply = refuse_reply;
	mta.record.mta.ops = &mta.ops;
	feed_mail(s, &m);
	o = session_eom(s, &mta.record.mta, NULL);
	session_free(s);
	buf_done(&mta.out);
	return o;
}

static void a_refused_edit_does_not_cost_the_mail(void **state)
{
	struct house *h = *state;

	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(outcome_of_refusal(h, sales_text, true, false), OUTCOME_ACCEPT);
	assert_int_equal(outcome_of_refusal(h, "Subject: refuse me\nX-Seller: seller-1\n\nHi\n", false, true), OUTCOME_ACCEPT);
	assert_int_equal(atomic_load(&h->engine.counters.faults), 2);
}

static void a_dead_store_changes_no_verdict(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = sales_text };
	static struct told alive, dead;

	deliver(h, &m, &alive);
	store_close(h->engine.store);
	h->engine.store = store_down("it is dead");
	deliver(h, &m, &dead);
	assert_string_equal(alive.record, dead.record);
	assert_int_equal(dead.verdict, VERDICT_TAG);
}

static void what_was_seen_is_remembered(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = sales_text };
	struct err e = { 0 };
	struct told t;

	assert_ok(writer_start(h->engine.store, clock_wall, &h->engine.writer, &e), e);
	for (int i = 0; i < 6; i++)
		deliver(h, &m, &t);
	assert_true(writer_flush(h->engine.writer, 5000));
	deliver(h, &m, &t);
	assert_contains(t.record, "bad-history=");
	assert_true(t.score > 55 && t.score <= 75);
}

static void a_message_keeps_its_policy(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = sales_text };
	struct session *s = greet(&h->engine, &m);
	struct told t;
	struct err e = { 0 };

	feed_mail(s, &m);
	file_make(h->dir, "small.yaml", "policy: nothing matters\nplatforms: platforms\nheader-for-clean-mail: no\n");
	assert_ok(engine_load(&h->engine, path_in(h->dir, "house.yaml"), &e), e);
	end_mail(s, &t);
	assert_int_equal(t.verdict, VERDICT_TAG);
	feed_mail(s, &m);
	end_mail(s, &t);
	assert_true(t.decided);
	assert_string_equal(t.record, "");
	session_free(s);
}

static void the_least_memory_is_enough_to_recognise(void **state)
{
	int64_t least = 0;
	char line[64];
	struct mail m = { .text = sales_text };
	struct told t;
	struct house *h;

	(void)state;
#define CONFIG(member, key, type, def, min, max, when, meaning) \
	if (strcmp(key, "message-memory") == 0) \
		least = min;
#include "antisales/policy/config.def"
#undef CONFIG
	snprintf(line, sizeof line, "message-memory: %lld\n", (long long)least);
	h = house_open(NULL, line);
	deliver(h, &m, &t);
	assert_int_equal(t.verdict, VERDICT_TAG);
	house_close(h);
}

static void huge_and_odd_fields_are_bounded(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = sales_text };
	struct session *s = greet(&h->engine, &m);
	static char line[1 << 20];
	struct told t;

	memset(line, 'x', sizeof line);
	session_mail(s, SLICE("<a@b.example>"), (struct slice){ 0 });
	session_rcpt(s, SLICE("<ann@example.com>"));
	session_header(s, SLICE("X-Seller"), SLICE("seller-42"));
	session_header(s, SLICE("X-Long"), (struct slice){ line, sizeof line });
	session_header(s, SLICE("X-\xff\x80"), SLICE("caf\xe9 \0 x"));
	session_header(s, SLICE(""), SLICE(""));
	session_header(s, (struct slice){ line, 70000 }, SLICE("v"));
	for (size_t i = 0; i < 3000; i++)
		session_header(s, SLICE("X-Many"), SLICE("v"));
	session_body(s, SLICE("a\0b\r\n\xff\xfe"));
	end_mail(s, &t);
	assert_int_equal(t.verdict, VERDICT_TAG);
	session_free(s);
}

static void many_forged_fields_are_all_removed(void **state)
{
	struct house *h = *state;
	struct mail m = { .text = person_text };
	struct session *s = greet(&h->engine, &m);
	static struct told t;
	size_t deletes = 0;

	session_mail(s, SLICE("<a@b.example>"), (struct slice){ 0 });
	session_rcpt(s, SLICE("<ann@example.com>"));
	for (size_t i = 0; i < 300; i++)
		session_header(s, SLICE("X-Anti-Sales"), SLICE("v"));
	end_mail(s, &t);
	for (const char *p = t.record; (p = strstr(p, "delete X-Anti-Sales ")) != NULL; p++)
		deletes++;
	assert_int_equal(deletes, 300);
	assert_true(strncmp(t.record, "delete X-Anti-Sales 300\n", 24) == 0);
	session_free(s);
}

/* Any callback in any order, as an MTA, a port scan or a libmilter that closes without warning may send them. */
struct model {
	struct house *house;
	struct session *session;
	struct rng rng;
};

static void step_header(struct model *m)
{
	static const char *const names[] = { "Subject", "From", "X-Seller", "X-Anti-Sales", "x-anti-SALES-Score", "Content-Type",
		"Content-Type", "Content-Transfer-Encoding", "", "Received" };
	static const char *const values[] = { "refuse me", "Rep <rep@x.example>", "seller-9", "multipart/mixed; boundary=b", "base64",
		"text/html", "", "=?utf-8?q?a?=", "from a (b [192.0.2.1])" };

	session_header(m->session, slice_of(names[rng_below(&m->rng, COUNT(names))]),
	    slice_of(values[rng_below(&m->rng, COUNT(values))]));
}

static void step_body(struct model *m)
{
	static const char *const parts[] = { "--b\r\n\r\nhi", "<a href=http://go.seller.example/x>", "SGVsbG8=", "\r\n--b--\r\n", "" };

	session_body(m->session, slice_of(parts[rng_below(&m->rng, COUNT(parts))]));
}

static void step_eom(struct model *m)
{
	const struct decision *d;
	struct mta_record r;
	struct buf out;
	enum outcome o;

	buf_init(&out, 65536);
	mta_record_init(&r, &out, rng_below(&m->rng, 2) == 0 ? NULL : "Q1");
	o = session_eom(m->session, &r.mta, &d);
	if (o == OUTCOME_REJECT && (d == NULL || d->verdict != VERDICT_REJECT || !contains(buf_cstr(&out), "reply 550")))
		fail_msg("refused without a reason");
	buf_done(&out);
}

static void step_connection(struct model *m)
{
	static const char *const clients[] = { "192.0.2.1", "2001:db8::1", "127.0.0.1", "nonsense" };

	switch (rng_below(&m->rng, 4)) {
	case 0:
		session_connect(m->session, SLICE("c.example"), slice_of(clients[rng_below(&m->rng, COUNT(clients))]));
		break;
	case 1:
		session_helo(m->session, SLICE("c.example"));
		break;
	case 2:
		session_free(m->session);
		m->session = rng_below(&m->rng, 8) == 0 ? NULL : session_new(&m->house->engine);
		break;
	default:
		session_message_end(m->session);
		break;
	}
}

static void step_envelope(struct model *m)
{
	static const char *const addresses[] = { "<a@b.example>", "<>", "", "junk", "<postmaster@x.example>", "<\"a b\"@c.example>" };
	struct slice address = slice_of(addresses[rng_below(&m->rng, COUNT(addresses))]);

	if (rng_below(&m->rng, 2) == 0)
		session_rcpt(m->session, address);
	else
		session_mail(m->session, address, rng_below(&m->rng, 5) == 0 ? SLICE("login") : (struct slice){ 0 });
}

static void ten_thousand_orders_of_callbacks(void **state)
{
	static void (*const steps[])(struct model *) = { step_header, step_header, step_body, step_eom, step_connection, step_envelope,
		step_envelope };
	struct model m = { .house = *state, .rng = { 20260309 } };

	for (size_t i = 0; i < 10000; i++) {
		size_t n = 1 + rng_below(&m.rng, 20);

		m.session = session_new(&m.house->engine);
		while (n-- > 0)
			steps[rng_below(&m.rng, COUNT(steps))](&m);
		session_free(m.session);
	}
}

/* The n-th allocation fails, for every n there is. */
static void torture(const char *text, bool may_refuse)
{
	struct mail m = { .text = text };
	unsigned long n = 1;
	bool reached = true;

	for (; reached && n < 2000; n++) {
		struct house *h = house_open(NULL, NULL);
		static struct told t;

		alloc_fail_at(n);
		deliver(h, &m, &t);
		reached = alloc_count() >= n;
		alloc_fail_at(0);
		if (t.outcome != OUTCOME_ACCEPT && !(may_refuse && t.outcome == OUTCOME_REJECT && contains(t.record, "reply 550")))
			fail_msg("allocation %lu: outcome %d", n, (int)t.outcome);
		if (!reached && !t.decided)
			fail_msg("not decided though nothing failed");
		assert_int_equal(atomic_load(&h->engine.sessions), 0);
		assert_int_equal(atomic_load(&h->engine.messages), 0);
		house_close(h);
	}
	assert_true(n > 10 && n < 2000);
}

static void no_memory_never_costs_a_mail(void **state)
{
	(void)state;
	torture("From: Rep <rep@seller-customer.example>\nSubject: =?utf-8?q?Caf=C3=A9?=\nX-Seller: seller-42\n"
	    "X-Anti-Sales: forged\nContent-Type: text/html\n\n<p>Hi</p><a href=\"http://go.mailer.example/\">x</a>\n", false);
}

static void no_memory_never_refuses_without_reply(void **state)
{
	(void)state;
	torture("Subject: refuse me\nX-Seller: seller-1\n\nHi\n", true);
}

static void what_is_done_is_counted(void **state)
{
	struct house *h = *state;
	struct mail sales = { .text = sales_text }, inside = { .login = "x", .text = sales_text };
	struct told t;

	deliver(h, &sales, &t);
	deliver(h, &inside, &t);
	assert_int_equal(atomic_load(&h->engine.counters.connections), 2);
	assert_int_equal(atomic_load(&h->engine.counters.messages), 2);
	assert_int_equal(atomic_load(&h->engine.counters.trusted), 1);
	assert_int_equal(atomic_load(&h->engine.counters.verdicts[VERDICT_TAG]), 1);
	assert_int_equal(atomic_load(&h->engine.counters.faults), 0);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_HOUSE(a_sales_mail_is_told),
		IN_HOUSE(a_persons_mail_gets_one_line),
		IN_HOUSE(a_hopeless_one_is_refused),
		IN_HOUSE(another_is_held),
		IN_HOUSE(forged_fields_are_removed),
		IN_HOUSE(trusted_mail_is_not_touched),
		IN_HOUSE(local_submission_is_not_touched),
		IN_HOUSE(a_login_counts_for_its_message_only),
		IN_HOUSE(a_connection_has_no_memory),
		IN_HOUSE(a_reset_message_leaves_nothing),
		IN_HOUSE(mildest_verdict_of_the_recipients_acts),
		cmocka_unit_test(over_the_session_limit_mail_passes_unjudged),
		cmocka_unit_test(unjudged_mail_loses_forged_fields), cmocka_unit_test(over_the_message_limit_mail_passes_unjudged),
		IN_HOUSE(while_stopping_new_mail_passes),
		cmocka_unit_test(without_a_setup_mail_passes),
		cmocka_unit_test(no_session_is_a_session_too),
		IN_HOUSE(a_refused_edit_does_not_cost_the_mail),
		IN_HOUSE(a_dead_store_changes_no_verdict),
		IN_HOUSE(what_was_seen_is_remembered),
		IN_HOUSE(a_message_keeps_its_policy),
		cmocka_unit_test(the_least_memory_is_enough_to_recognise),
		IN_HOUSE(huge_and_odd_fields_are_bounded),
		IN_HOUSE(many_forged_fields_are_all_removed),
		IN_HOUSE(ten_thousand_orders_of_callbacks),
		cmocka_unit_test(no_memory_never_costs_a_mail),
		cmocka_unit_test(no_memory_never_refuses_without_reply),
		IN_HOUSE(what_is_done_is_counted),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
