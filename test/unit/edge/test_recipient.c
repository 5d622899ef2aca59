/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/ledger/issued.h"

#define DAY INT64_C(86400)

enum turn { TURN_NONE, TURN_CANCEL, TURN_EXPIRE };

static void apply(struct house *h, struct store_change c)
{
	struct err e = { 0 };

	assert_ok(h->engine.store->ops->apply(h->engine.store, &c, 1, &e), e);
}

static int64_t id_of(struct house *h, const char *domain)
{
	return identifier_id(&h->engine.site, &(struct identifier){ IDENTIFIER_DOMAIN, slice_of(domain) });
}

/* An address for acme.example, with what is one with it, and for its affiliate friend.example. */
static void issue(struct house *h, bool lock, enum turn turn, char out[80])
{
	struct issue i = { .site = &h->engine.site, .user = { .local = SLICE("ann"), .domain = SLICE("example.com") },
		.domain = SLICE("acme.example") };
	struct issuing what = { .party = id_of(h, "acme.example"), .person = 9, .lock = lock,
		.expires = turn == TURN_EXPIRE ? HOUSE_NOW : 0 };
	char local[LOCAL_PART_MAX + 1];
	struct address a = { .domain = SLICE("example.com") };
	struct store_key key;

	assert_true(issue_local(&i, local));
	a.local = slice_of(local);
	key = issued_key(&h->engine.site, &a);
	apply(h, issued_new(&i, &what, &key, HOUSE_NOW - DAY));
	apply(h, holder_added(what.party, &key, HOUSE_NOW - DAY));
	apply(h, holder_added(id_of(h, "friend.example"), &key, HOUSE_NOW - DAY));
	apply(h, identifier_edge('e', id_of(h, "acme.example"), id_of(h, "twin.example"), HOUSE_NOW - DAY));
	if (turn == TURN_CANCEL)
		apply(h, issued_cancelled(&key, HOUSE_NOW));
	snprintf(out, 80, "<%s@example.com>", local);
}

/* What the MTA is told of that recipient; "" to go on. */
static const char *answer(struct session *s, const char *rcpt)
{
	static char text[1024];
	struct mta_record r;
	struct buf out;
	enum outcome outcome;

	buf_init(&out, sizeof text - 1);
	mta_record_init(&r, &out, "4Fq1Zx0000");
	outcome = session_answer_rcpt(s, slice_of(rcpt), &r.mta);
	snprintf(text, sizeof text, "%s", buf_cstr(&out));
	assert_int_equal(outcome, text[0] == '\0' ? OUTCOME_CONTINUE : OUTCOME_REJECT);
	buf_done(&out);
	return text;
}

static const char on[] = "issued-addresses: on\n";

static const char *ask(struct house *h, const char *sender, const char *login, const char *rcpt)
{
	struct mail m = { 0 };
	struct session *s = greet(&h->engine, &m);
	const char *ret;

	s->answers_rcpt = true;
	session_mail(s, slice_of(sender), slice_of(login));
	ret = answer(s, rcpt);
	session_free(s);
	return ret;
}

static void a_state_has_its_answer(void **state)
{
	static const char over[] = "reply 550 5.1.6 This address is no longer valid; to reach a person write to postmaster";
	static const char locked[] = "reply 550 5.7.1 This address takes mail of one organisation only; to reach a person write to postmaster";
	static const struct { bool lock; enum turn turn; const char *sender, *login, *want; } rows[] = {
		{ false, TURN_NONE, "<x@buyer.example>", NULL, "" },
		{ false, TURN_CANCEL, "<x@buyer.example>", NULL, over },
		{ false, TURN_CANCEL, "<x@acme.example>", NULL, over },
		{ false, TURN_CANCEL, "<>", NULL, over },
		{ false, TURN_CANCEL, "<ann@example.com>", "ann", "" },
		{ false, TURN_EXPIRE, "<x@buyer.example>", NULL, over },
		{ true, TURN_EXPIRE, "<x@acme.example>", NULL, over },
		{ true, TURN_NONE, "<x@buyer.example>", NULL, locked },
		{ true, TURN_NONE, "<x@buyer.example>", "ann", "" },
		{ true, TURN_NONE, "<x@acme.example>", NULL, "" },
		{ true, TURN_NONE, "<x@bounces.ACME.example>", NULL, "" },
		{ true, TURN_NONE, "<x@acme.example.buyer.example>", NULL, locked },
		{ true, TURN_NONE, "<x@friend.example>", NULL, "" },
		{ true, TURN_NONE, "<x@twin.example>", NULL, "" },
		{ true, TURN_NONE, "<x@freemail.example>", NULL, "" },
		{ true, TURN_NONE, "<>", NULL, "" },
		{ true, TURN_NONE, "<x>", NULL, locked },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct house *h = house_open(NULL, on);
		char rcpt[80];
		const char *got;

		issue(h, rows[i].lock, rows[i].turn, rcpt);
		got = ask(h, rows[i].sender, rows[i].login, rcpt);
		if (rows[i].want[0] == '\0' ? got[0] != '\0' : strncmp(got, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("row %zu: %s", i, got);
		house_close(h);
	}
}

static void who_did_not_ask_is_not_answered(void **state)
{
	static const struct { const char *config, *policy_more; bool answers, down; } rows[] = {
		{ on, "", true, false }, { "issued-addresses: off\n", "", true, false }, { on, "", false, false },
		{ on, "mode: shadow\n", true, false }, { on, "", true, true }, { on, "never-filter: ['*@example.com']\n", true, false },
		{ on, "classes: {try: {recipients: ['*@example.com'], mode: shadow}}\n", true, false },
		{ "issued-addresses: on\ntrusted-networks: [192.0.2.0/24]\n", "", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *dir = folder_make(), text[8192], rcpt[80];
		struct house *h;
		struct mail m = { 0 };
		struct session *s;

		house_platforms(dir);
		snprintf(text, sizeof text, "%s%s", small_policy, rows[i].policy_more);
		h = house_open(file_make(dir, "policy.yaml", text), rows[i].config);
		issue(h, false, TURN_CANCEL, rcpt);
		if (rows[i].down) {
			store_close(h->engine.store);
			h->engine.store = store_down("a test");
		}
		s = greet(&h->engine, &m);
		s->answers_rcpt = rows[i].answers;
		session_mail(s, SLICE("<x@buyer.example>"), (struct slice){ 0 });
		if ((answer(s, rcpt)[0] != '\0') != (i == 0))
			fail_msg("row %zu", i);
		session_free(s);
		house_close(h);
		folder_remove(dir);
	}
}

static void what_was_not_issued_goes_on(void **state)
{
	static const char *const rows[] = { "", "<>", "<ann>", "<ann@example.com>", "<postmaster@example.com>", "<ann@>", "<@>",
		"<ann+acme-bbbbb@example.com>", "\xff\xfe", "<\"\"@example.com>" };
	struct house *h = house_open(NULL, on);
	char rcpt[80];

	(void)state;
	issue(h, true, TURN_CANCEL, rcpt);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ask(h, "<x@buyer.example>", NULL, rows[i])[0] != '\0')
			fail_msg("row %zu", i);
	house_close(h);
}

static void no_message_is_no_question(void **state)
{
	struct house *h = house_open(NULL, on);
	struct mail m = { 0 };
	struct session *s = greet(&h->engine, &m);
	char rcpt[80];

	(void)state;
	issue(h, true, TURN_CANCEL, rcpt);
	s->answers_rcpt = true;
	assert_string_equal(answer(NULL, rcpt), "");
	assert_string_equal(answer(s, rcpt), "");
	assert_true(session_wants_rcpt(s) && !session_wants_rcpt(NULL));
	session_free(s);
	house_close(h);
}

/* However many a client tries, the message keeps its room. */
static void refusals_take_no_memory(void **state)
{
	struct house *h = house_open(NULL, on);
	struct mail m = { 0 };
	struct session *s = greet(&h->engine, &m);
	char rcpt[80];
	size_t before;

	(void)state;
	issue(h, true, TURN_CANCEL, rcpt);
	s->answers_rcpt = true;
	session_mail(s, SLICE("<x@buyer.example>"), (struct slice){ 0 });
	before = s->message->arena.used_bytes;
	for (int i = 0; i < 10000; i++)
		assert_string_not_equal(answer(s, rcpt), "");
	assert_int_equal(s->message->arena.used_bytes, before);
	assert_int_equal(s->message->txn->recipients_told, 0);
	session_free(s);
	house_close(h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_has_its_answer),
		cmocka_unit_test(who_did_not_ask_is_not_answered),
		cmocka_unit_test(what_was_not_issued_goes_on),
		cmocka_unit_test(no_message_is_no_question),
		cmocka_unit_test(refusals_take_no_memory),
	};

	return cmocka_run_group_tests_name("recipient", tests, NULL, NULL);
}
