/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_dkim_sign.h"

#include "../../dns/stub.h"

#include "antisales/base/alloc.h"
#include "antisales/base/arena.h"
#include "antisales/base/clock.h"
#include "antisales/base/hash.h"
#include "antisales/mail/dkim.h"

#define FROM "From: Ann <ann@mail.example.com>\r\n"
#define REST "To: bob@example.net\r\nSubject: a question\r\n about folds\r\n" \
	"Date: Thu, 01 Jan 2026 10:00:00 +0000\r\nList-Unsubscribe: <https://example.com/u>\r\nX-Spaces:  a  b \t c\r\n"
#define BODY "Hello  Bob, \r\n\r\nline\twith tab \r\n..\r\n\r\n\r\n"
#define MESSAGE FROM REST "\r\n" BODY

enum { SIGNED_AT = 1767261600, AT = SIGNED_AT + 60, WAIT_MS = 3000, ARENA_LIMIT = 8 << 20 };

static struct test_key rsa_512, rsa_1024, rsa_2048, rsa_4096, ed25519, other_2048;

/* "selector._domainkey.example.com" and its record, of which the first part is here and the rest a public key. */
static struct dns_record records[32];
static char record_names[32][128], record_texts[32][1200];
static size_t records_count;

struct fixture {
	struct dns_stub *dns;
	struct keys *keys;
	struct dkim_context *ctx;
	struct dkim_limits limits;
};

static struct dns_record *add_record(const char *selector, const char *domain, enum dns_kind kind, const char *head,
    const char *tail)
{
	struct dns_record *r = &records[records_count];

	snprintf(record_names[records_count], sizeof record_names[0], "%s._domainkey.%s", selector, domain);
	snprintf(record_texts[records_count], sizeof record_texts[0], "%s%s", head, tail);
	*r = (struct dns_record){ .name = record_names[records_count], .kind = kind, .text = record_texts[records_count],
		.ttl = 600 };
	records_count++;
	return r;
}

static void add_records(void)
{
	static const char *const rsa = "v=DKIM1; k=rsa; p=";

	add_record("r512", "example.com", DNS_TXT, rsa, rsa_512.public);
	add_record("r1024", "example.com", DNS_TXT, rsa, rsa_1024.public);
	add_record("r2048", "example.com", DNS_TXT, rsa, rsa_2048.public);
	add_record("r4096", "example.com", DNS_TXT, rsa, rsa_4096.public);
	add_record("ed", "example.com", DNS_TXT, "v=DKIM1; k=ed25519; p=", ed25519.public);
	add_record("bare", "example.com", DNS_TXT, "p=", rsa_2048.public);
	add_record("other", "example.com", DNS_TXT, rsa, other_2048.public);
	add_record("revoked", "example.com", DNS_TXT, rsa, "");
	add_record("testing", "example.com", DNS_TXT, "v=DKIM1; t=y; p=", rsa_2048.public);
	add_record("strict", "example.com", DNS_TXT, "v=DKIM1; t=s; p=", rsa_2048.public);
	add_record("sha1only", "example.com", DNS_TXT, "v=DKIM1; h=sha1; p=", rsa_2048.public);
	add_record("nomail", "example.com", DNS_TXT, "v=DKIM1; s=other; p=", rsa_2048.public);
	add_record("kind", "example.com", DNS_TXT, "v=DKIM1; k=new; p=", rsa_2048.public);
	add_record("version", "example.com", DNS_TXT, "v=DKIM2; p=", rsa_2048.public);
	add_record("garbage", "example.com", DNS_TXT, rsa, "AAAA");
	add_record("text", "example.com", DNS_TXT, "this is no key", "");
	add_record("edrsa", "example.com", DNS_TXT, rsa, ed25519.public);
	add_record("rsaed", "example.com", DNS_TXT, "v=DKIM1; k=ed25519; p=", rsa_2048.public);
	add_record("sick", "example.com", DNS_SERVFAIL, "", "");
	add_record("silent", "example.com", DNS_SILENT, "", "");
	add_record("slow", "example.com", DNS_TXT, rsa, rsa_2048.public)->delay_ms = 400;
	add_record("cut", "example.com", DNS_TXT, rsa, rsa_2048.public)->string_bytes = 100;
	add_record("r2048", "esp.example.org", DNS_TXT, rsa, other_2048.public);
	add_record("r2048", "mail.example.com", DNS_TXT, rsa, rsa_2048.public);
	assert_true(records_count <= COUNT(records));
}

static struct keys *open_keys(const struct dns_stub *dns)
{
	const char *address = dns->address;
	struct keys *k = NULL;
	struct err err = { 0 };

	if (keys_open(&(struct keys_conf){ .resolvers = &address, .resolvers_count = 1 }, &k, &err) != E_OK)
		fail_msg("%s", err.text);
	return k;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	assert_int_equal(hash_init(NULL), E_OK);
	key_make(512, &rsa_512);
	key_make(1024, &rsa_1024);
	key_make(2048, &rsa_2048);
	key_make(4096, &rsa_4096);
	key_make(0, &ed25519);
	key_make(2048, &other_2048);
	add_records();
	f->dns = dns_open(records, records_count, DNS_NXDOMAIN);
	f->keys = open_keys(f->dns);
	f->limits = dkim_limits_default();
	assert_int_equal(dkim_context_open(f->keys, &f->limits, &f->ctx, NULL), E_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	dkim_context_close(f->ctx);
	keys_close(f->keys);
	dns_close(f->dns);
	free(f);
	return 0;
}

/* ---- feeding ---- */

struct feeding {
	size_t cut;                     /* bytes of body in a chunk; 0: all at once */
	bool lf_folds;                  /* folds as libmilter tells them */
	bool eat_space;                 /* without the blank behind the colon, as without SMFIP_HDR_LEADSPC */
	int64_t at;                     /* AT when 0 */
	int64_t wait_ms;                /* WAIT_MS when 0 */
};

static void feed_field(struct dkim_check *c, const char *field, size_t n, const struct feeding *how)
{
	const char *colon = memchr(field, ':', n);
	char raw[TEXT_MAX];
	size_t bytes = 0;

	assert_non_null(colon);
	for (const char *p = colon + 1; p < field + n; p++)
		if (*p != '\r' || !how->lf_folds)
			raw[bytes++] = *p;
	if (how->eat_space && bytes > 0 && raw[0] == ' ')
		dkim_check_header(c, (struct slice){ field, (size_t)(colon - field) }, (struct slice){ raw + 1, bytes - 1 }, false);
	else
		dkim_check_header(c, (struct slice){ field, (size_t)(colon - field) }, (struct slice){ raw, bytes }, true);
}

static const char *feed_header(struct dkim_check *c, const char *message, const struct feeding *how)
{
	while (strncmp(message, "\r\n", 2) != 0) {
		const char *end = field_end(message);

		feed_field(c, message, (size_t)(end - message - 2), how);
		message = end;
	}
	return message + 2;
}

static void feed_body(struct dkim_check *c, struct slice body, size_t cut)
{
	dkim_check_body_begin(c);
	if (cut == 0)
		dkim_check_body(c, body);
	else
		for (size_t at = 0; at < body.n; at += cut)
			dkim_check_body(c, slice_sub(body, at, cut));
}

/* The results of a whole message, in the arena. */
static const struct dkim_result *check(struct dkim_context *ctx, const char *message, const struct feeding *how,
    struct arena *a, size_t *count)
{
	struct dkim_check *c = dkim_check_begin(ctx, a, how->at == 0 ? AT : how->at);
	const char *body;

	assert_non_null(c);
	body = feed_header(c, message, how);
	feed_body(c, slice_of(body), how->cut);
	return dkim_check_end(c, clock_mono_us() + (how->wait_ms == 0 ? WAIT_MS : how->wait_ms) * 1000, count);
}

/* The outcome of a message with one signature. */
static void expect(const struct fixture *f, const char *message, const struct feeding *how, enum dkim_outcome outcome,
    bool authenticates, const char *what)
{
	struct arena a;
	size_t count;
	const struct dkim_result *r;

	arena_init(&a, 4096, ARENA_LIMIT);
	r = check(f->ctx, message, how, &a, &count);
	if (count != 1)
		fail_msg("%s: %zu results", what, count);
	if (r->outcome != outcome || r->authenticates != authenticates)
		fail_msg("%s: %s (%s)%s", what, dkim_outcome_name(r->outcome), r->reason, r->authenticates ? ", authenticates" : "");
	arena_done(&a);
}

static const struct feeding plainly = { 0 };

static struct signing signing_with(const char *selector, const struct test_key *key)
{
	return (struct signing){ .domain = "example.com", .selector = selector, .key = key, .at = SIGNED_AT,
		.header = DKIM_CANON_RELAXED, .body = DKIM_CANON_RELAXED,
		.algorithm = key == &ed25519 ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256 };
}

/* ---- tests ---- */

static void test_keys_and_canonicalisations(void **state)
{
	const struct {
		const char *selector;
		const struct test_key *key;
		enum dkim_outcome outcome;
	} rows[] = {
		{ "r512", &rsa_512, DKIM_UNUSABLE }, { "r1024", &rsa_1024, DKIM_PASS }, { "r2048", &rsa_2048, DKIM_PASS },
		{ "r4096", &rsa_4096, DKIM_PASS }, { "ed", &ed25519, DKIM_PASS }, { "bare", &rsa_2048, DKIM_PASS },
		{ "cut", &rsa_2048, DKIM_PASS }
	};
	const char *text;

	for (size_t i = 0; i < COUNT(rows); i++)
		for (int canon = 0; canon < 4; canon++) {
			struct signing s = signing_with(rows[i].selector, rows[i].key);

			s.header = canon & 1 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
			s.body = canon & 2 ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
			text = sign(MESSAGE, &s);
			expect(*state, text, &plainly, rows[i].outcome, rows[i].outcome == DKIM_PASS, rows[i].selector);
			expect(*state, text, &(struct feeding){ .cut = 3, .lf_folds = true }, rows[i].outcome,
			    rows[i].outcome == DKIM_PASS, rows[i].selector);
			expect(*state, text, &(struct feeding){ .eat_space = true }, rows[i].outcome,
			    rows[i].outcome == DKIM_PASS, rows[i].selector);
		}
}

static void test_result_tells_all(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;
	struct arena a;
	size_t count;
	const struct dkim_result *r;

	s.ttl = 86400;
	s.identity = "news@eu.example.com";
	text = sign(MESSAGE, &s);
	arena_init(&a, 4096, ARENA_LIMIT);
	r = check(f->ctx, text, &plainly, &a, &count);
	assert_int_equal(count, 1);
	assert_string_equal(r->reason, "good");
	assert_true(slice_eq(r->domain, SLICE("example.com")));
	assert_true(slice_eq(r->selector, SLICE("r2048")));
	assert_true(slice_eq(r->identity, SLICE("news@eu.example.com")));
	assert_int_equal(r->key_bits, 2048);
	assert_int_equal(r->algorithm, DKIM_ALGORITHM_RSA_SHA256);
	assert_int_equal(r->signed_at, SIGNED_AT);
	assert_int_equal(r->expires, SIGNED_AT + 86400);
	assert_true(dkim_result_covers(r, "From"));
	assert_true(dkim_result_covers(r, "list-unsubscribe"));
	assert_false(dkim_result_covers(r, "List-Unsubscribe-Post"));
	arena_done(&a);
}

static void test_key_records(void **state)
{
	static const struct {
		const char *selector;
		enum dkim_outcome outcome;
		bool authenticates;
	} rows[] = {
		{ "missing", DKIM_UNUSABLE, false }, { "revoked", DKIM_UNUSABLE, false }, { "other", DKIM_FAIL, false },
		{ "testing", DKIM_PASS, false }, { "strict", DKIM_PASS, true }, { "sha1only", DKIM_UNUSABLE, false },
		{ "nomail", DKIM_UNUSABLE, false }, { "kind", DKIM_UNUSABLE, false }, { "version", DKIM_UNUSABLE, false },
		{ "garbage", DKIM_UNUSABLE, false }, { "text", DKIM_UNUSABLE, false }, { "edrsa", DKIM_UNUSABLE, false },
		{ "rsaed", DKIM_UNUSABLE, false }, { "sick", DKIM_TEMPORARY, false }, { "slow", DKIM_PASS, true }
	};
	const char *text;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signing s = signing_with(rows[i].selector, &rsa_2048);

		text = sign(MESSAGE, &s);
		expect(*state, text, &plainly, rows[i].outcome, rows[i].authenticates, rows[i].selector);
	}
}

static void test_more_key_records(void **state)
{
	struct signing s = signing_with("strict", &rsa_2048);
	const char *text;

	s.identity = "ann@mail.example.com";
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_FAIL, false, "t=s and a subdomain in i=");
	s = signing_with("r2048", &ed25519);
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_UNUSABLE, false, "Ed25519 signature, RSA key");
	s = signing_with("ed", &rsa_2048);
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_UNUSABLE, false, "RSA signature, Ed25519 key");
	s = signing_with("r2048", &rsa_2048);
	s.algorithm = 10;
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_UNUSABLE, false, "rsa-sha1");
}

static void test_silence_is_temporary(void **state)
{
	struct signing s = signing_with("silent", &rsa_2048);
	const char *text;
	int64_t began;

	text = sign(MESSAGE, &s);
	began = mono_ms();
	expect(*state, text, &(struct feeding){ .wait_ms = 300 }, DKIM_TEMPORARY, false, "silence");
	assert_in_range(mono_ms() - began, 280, 1300);
	began = mono_ms();
	expect(*state, text, &(struct feeding){ .wait_ms = -1 }, DKIM_TEMPORARY, false, "no time left");
	assert_in_range(mono_ms() - began, 0, 250);
}

static void test_changed_messages(void **state)
{
	static const struct {
		const char *what, *with;
		enum dkim_outcome outcome;
		bool authenticates;
	} rows[] = {
		{ "Hello", "Hallo", DKIM_FAIL, false }, { "a question", "an offer", DKIM_FAIL, false },
		{ "ann@mail", "eve@mail", DKIM_FAIL, false }, { "Subject: a question\r\n about folds\r\n", "", DKIM_FAIL, false },
		{ "\r\n\r\nHello", "\r\n\r\nHi!\r\nHello", DKIM_FAIL, false },
		{ "a question\r\n about", "a  question  \r\n\tabout", DKIM_PASS, true },
		{ "From: Ann", "X-Unsigned: 1\r\nFrom: Ann", DKIM_PASS, true },
		{ "From: Ann", "Subject: an offer\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "SUBJECT : an offer\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "From: Eve <eve@example.org>\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "To: x@example.org\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "Date: now\r\nFrom: Ann", DKIM_PASS, false },
		{ "From: Ann", "List-Unsubscribe: <https://example.org/>\r\nFrom: Ann", DKIM_PASS, false },
		{ "v=1;", "v=1; v=1;", DKIM_UNREADABLE, false }, { "v=1;", "", DKIM_UNREADABLE, false },
		{ "bh=", "bh=A", DKIM_FAIL, false }
	};
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;

	text = sign(MESSAGE, &s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		changed = replaced(text, rows[i].what, rows[i].with);
		expect(*state, changed, &plainly, rows[i].outcome, rows[i].authenticates, rows[i].with);
	}
}

static void test_oversigned_fields(void **state)
{
	static const char *oversigned[] = { "From", "Subject", NULL };
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;

	s.oversigned = oversigned;
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_PASS, true, "oversigned");
	changed = replaced(text, "From: Ann", "Subject: an offer\r\nFrom: Ann");
	expect(*state, changed, &plainly, DKIM_FAIL, false, "a second Subject");
}

static void test_from(void **state)
{
	static const struct {
		const char *from;
		enum dkim_outcome outcome;
		bool authenticates;
	} rows[] = {
		{ "From: ann@example.com\r\n", DKIM_PASS, true }, { "from: ann@example.com\r\n", DKIM_PASS, true },
		{ "From: \"Ann, A.\" <ann@example.com>\r\n", DKIM_PASS, true },
		{ "From: ann@example.com, eve@example.com\r\n", DKIM_PASS, false },
		{ "From: ann@example.com\r\nFrom: ann@example.com\r\n", DKIM_PASS, false }
	};
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;

	for (size_t i = 0; i < COUNT(rows); i++) {
		message = text_of("%s" REST "\r\n" BODY, rows[i].from);
		text = sign(message, &s);
		expect(*state, text, &plainly, rows[i].outcome, rows[i].authenticates, rows[i].from);
	}
	text = sign(MESSAGE, &s);
	changed = replaced(text, FROM, "");
	expect(*state, changed, &plainly, DKIM_UNREADABLE, false, "no From");
	changed = replaced(text, FROM, "From: nobody\r\n");
	expect(*state, changed, &plainly, DKIM_UNREADABLE, false, "From without an address");
	changed = replaced(text, FROM, "From:\r\n");
	expect(*state, changed, &plainly, DKIM_UNREADABLE, false, "empty From");
}

static void test_time(void **state)
{
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;

	s.ttl = 3600;
	text = sign(MESSAGE, &s);
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT }, DKIM_PASS, true, "at once");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT + 3600 + 299 }, DKIM_PASS, true, "within the drift");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT + 3600 + 300 }, DKIM_EXPIRED, false, "expired");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT - 300 }, DKIM_PASS, true, "clock behind");
	expect(*state, text, &(struct feeding){ .at = SIGNED_AT - 301 }, DKIM_EXPIRED, false, "from the future");
	/* the time that was passed in counts, not the machine's */
	s.at = 1104577200;
	text = sign(MESSAGE, &s);
	expect(*state, text, &(struct feeding){ .at = 1104577200 }, DKIM_PASS, true, "long ago, seen then");
	s.at = 2051262000;
	text = sign(MESSAGE, &s);
	expect(*state, text, &(struct feeding){ .at = 2051262000 }, DKIM_PASS, true, "far ahead, seen then");
}

static void test_length(void **state)
{
	static const struct {
		long length;
		enum dkim_outcome outcome;
	} rows[] = { { 0, DKIM_PARTIAL }, { 5, DKIM_PARTIAL }, { 25, DKIM_PARTIAL } };
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;

	s.has_length = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		s.length = rows[i].length;
		text = sign(MESSAGE, &s);
		expect(*state, text, &plainly, rows[i].outcome, false, "l= in the middle");
		expect(*state, text, &(struct feeding){ .cut = 1 }, rows[i].outcome, false, "l= in the middle, byte by byte");
	}
	s.length = (long)strlen(MESSAGE);
	text = sign(MESSAGE, &s);
	expect(*state, text, &plainly, DKIM_PASS, true, "l= is the body");
	changed = text_of("%sMore to buy\r\n", text);
	expect(*state, changed, &plainly, DKIM_PARTIAL, false, "something behind l=");
	changed = text_of("%s\r\n\r\n", text);
	expect(*state, changed, &plainly, DKIM_PASS, true, "empty lines behind l=");
	changed = replaced(text, BODY, "Hello\r\n");
	expect(*state, changed, &plainly, DKIM_FAIL, false, "shorter than l=");
}

static void test_every_cut(void **state)
{
	static const char *const bodies[] = { BODY, "", "\r\n", "a", "a\r", "\r", "\ra\r\r\n\r\n", "a\rb \r\n", "a \t\r\n\t", "\r\n\r\na\r\n\r\n" };
	const char *message, *text;

	for (size_t i = 0; i < COUNT(bodies); i++)
		for (int canon = 0; canon < 2; canon++) {
			struct signing s = signing_with("r1024", &rsa_1024);

			s.body = canon;
			message = text_of(FROM REST "\r\n%s", bodies[i]);
			text = sign(message, &s);
			for (size_t cut = 0; cut <= strlen(bodies[i]); cut++)
				expect(*state, text, &(struct feeding){ .cut = cut }, DKIM_PASS, true, bodies[i]);
		}
}

static void test_two_chunks(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text;

	text = sign(MESSAGE, &s);
	for (size_t cut = 0; cut <= sizeof BODY - 1; cut++) {
		struct arena a;
		struct dkim_check *c;
		struct slice body;
		size_t count;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		body = slice_of(feed_header(c, text, &plainly));
		dkim_check_body(c, slice_sub(body, 0, cut));
		dkim_check_body(c, slice_sub(body, cut, body.n));
		assert_int_equal(dkim_check_end(c, clock_mono_us() + 3000000, &count)->outcome, DKIM_PASS);
		arena_done(&a);
	}
}

static void test_line_feeds_become_line_ends(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;
	char body[] = BODY;
	size_t n = 0;

	text = sign(MESSAGE, &s);
	for (size_t i = 0; i < sizeof BODY - 1; i++)
		if (BODY[i] != '\r')
			body[n++] = BODY[i];
	for (size_t cut = 1; cut < 4; cut++) {
		struct arena a;
		struct dkim_check *c;
		size_t count;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		feed_header(c, text, &plainly);
		feed_body(c, (struct slice){ body, n }, cut);
		assert_int_equal(dkim_check_end(c, clock_mono_us() + 3000000, &count)->outcome, DKIM_PASS);
		arena_done(&a);
	}
}

static void test_many_signatures(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &other_2048);
	static char text[2][TEXT_MAX];
	struct dkim_counts counts;
	struct keys_counts before, after;
	struct arena a;
	struct dkim_check *c;
	const struct dkim_result *r;
	size_t count, passed = 0;
	int at = 0;

	/* from the bottom up: three of our own, then seventeen of somebody else */
	snprintf(text[0], sizeof text[0], MESSAGE);
	for (int i = 0; i < 20; i++) {
		bool mine = i < 3;

		s.key = mine ? &rsa_2048 : &other_2048;
		s.domain = mine ? "example.com" : "esp.example.org";
		sign(strstr(text[at], FROM), &s, text[1 - at]);
		strcpy(strstr(text[1 - at], FROM), text[at] + 0);
		at = 1 - at;
	}
	keys_count(f->keys, &before);
	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(f->ctx, &a, AT);
	feed_body(c, slice_of(feed_header(c, text[at], &plainly)), 0);
	r = dkim_check_end(c, clock_mono_us() + 3000000, &count);
	keys_count(f->keys, &after);
	dkim_check_count(c, &counts);
	assert_int_equal(counts.fields, 20);
	assert_int_equal(counts.surplus, 16);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++)
		passed += r[i].authenticates ? 1 : 0;
	assert_int_equal(passed, 4);
	assert_true(slice_eq(r[0].domain, SLICE("esp.example.org")));
	for (size_t i = 1; i < 4; i++)
		assert_true(slice_eq(r[i].domain, SLICE("example.com")));
	assert_true(after.asked + after.remembered - before.asked - before.remembered <= 2);
	arena_done(&a);
}

static void test_unreadable_beside_good(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed;
	struct arena a;
	size_t count;
	const struct dkim_result *r;

	text = sign(MESSAGE, &s);
	changed = text_of("DKIM-Signature: v=1; d=example.org; nonsense\r\nDkim-Signature : x\r\n%s", text);
	arena_init(&a, 4096, ARENA_LIMIT);
	r = check(f->ctx, changed, &plainly, &a, &count);
	assert_int_equal(count, 3);
	assert_int_equal(r[0].outcome, DKIM_UNREADABLE);
	assert_true(slice_eq(r[0].domain, SLICE("example.org")));
	assert_int_equal(r[1].outcome, DKIM_UNREADABLE);
	assert_null(r[1].domain.p);
	assert_int_equal(r[2].outcome, DKIM_PASS);
	assert_false(dkim_result_covers(&r[0], "From"));
	arena_done(&a);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct dkim_limits limits = f->limits;
	struct dkim_context *ctx;
	struct fixture small;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text, *changed, *many = "";

	limits.dkim_body_bytes = sizeof BODY - 1;
	limits.dkim_header_fields = 50;
	assert_int_equal(dkim_context_open(f->keys, &limits, &ctx, NULL), E_OK);
	small = (struct fixture){ .ctx = ctx };
	text = sign(MESSAGE, &s);
	expect(&small, text, &plainly, DKIM_PASS, true, "as long as may be");
	changed = text_of("%s.", text);
	expect(&small, changed, &plainly, DKIM_UNFINISHED, false, "a byte more");
	expect(&small, changed, &(struct feeding){ .cut = 1 }, DKIM_UNFINISHED, false, "a byte more, byte by byte");
	for (int i = 0; i < 60; i++)
		strcat(many, "X-Many: 1\r\n");
	changed = text_of("%s%s", many, text);
	{
		struct arena a;
		struct dkim_counts counts;
		struct dkim_check *c;
		size_t count;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(ctx, &a, AT);
		feed_body(c, slice_of(feed_header(c, changed, &plainly)), 0);
		dkim_check_end(c, clock_mono_us() + 3000000, &count);
		dkim_check_count(c, &counts);
		assert_int_equal(count, 0);
		assert_true(counts.header_cut);
		assert_true(dkim_check_has_enough(c));
		arena_done(&a);
	}
	changed = replaced(text, "X-Spaces", many);
	changed = replaced(changed, "\r\n:", "\r\nX-Spaces:");
	expect(&small, changed, &plainly, DKIM_UNFINISHED, false, "signed fields beyond the limit");
	dkim_context_close(ctx);
}

static void test_enough(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r2048", &rsa_2048);
	const char *text;
	struct arena a;
	struct dkim_check *c;
	const struct dkim_result *r;
	size_t count;

	text = sign(MESSAGE, &s);
	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(f->ctx, &a, AT);
	assert_false(dkim_check_has_enough(c));
	feed_header(c, text, &plainly);
	dkim_check_body_begin(c);
	assert_false(dkim_check_has_enough(c));
	dkim_check_body_cut(c);
	assert_true(dkim_check_has_enough(c));
	r = dkim_check_end(c, clock_mono_us(), &count);
	assert_int_equal(count, 1);
	assert_int_equal(r->outcome, DKIM_UNFINISHED);
	assert_ptr_equal(dkim_check_end(c, clock_mono_us(), &count), r);
	assert_int_equal(count, 1);
	c = dkim_check_begin(f->ctx, &a, AT);
	feed_header(c, MESSAGE, &plainly);
	dkim_check_body_begin(c);
	assert_true(dkim_check_has_enough(c));
	dkim_check_end(c, clock_mono_us(), &count);
	assert_int_equal(count, 0);
	assert_true(dkim_check_has_enough(NULL));
	assert_null(dkim_check_end(NULL, 0, &count));
	dkim_check_header(NULL, SLICE("a"), SLICE("b"), true);
	dkim_check_body_begin(NULL);
	dkim_check_body(NULL, SLICE("a"));
	assert_null(dkim_check_begin(NULL, &a, AT));
	arena_done(&a);
}

static void test_own_field_is_always_there_and_new(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text;
	char seen[50][40];

	text = sign(MESSAGE, &s);
	for (size_t i = 0; i < COUNT(seen); i++) {
		struct arena a;
		struct dkim_check *c;
		struct slice own;

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		feed_header(c, text, &plainly);
		dkim_check_body_begin(c);
		own = dkim_check_own_field(c);
		assert_int_equal(own.n, 34);
		assert_memory_equal(own.p, "X-", 2);
		snprintf(seen[i], sizeof seen[i], "%.*s", SLICE_FMT(own));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
		arena_done(&a);
	}
}

/* Ends a check after each of its steps, with and without an answer on its way. */
static void test_abandoned_anywhere(void **state)
{
	static const char *const selectors[] = { "r2048", "slow2", "silent" };
	struct fixture *f = *state;
	const char *text;

	for (size_t i = 0; i < COUNT(selectors); i++) {
		struct signing s = signing_with(selectors[i], &rsa_2048);

		text = sign(MESSAGE, &s);
		for (int step = 0; step < 6; step++) {
			struct arena a;
			struct dkim_check *c;
			const char *body = BODY;
			size_t count;

			arena_init(&a, 4096, ARENA_LIMIT);
			c = dkim_check_begin(f->ctx, &a, AT);
			if (step > 0)
				body = feed_header(c, text, &plainly);
			if (step > 1)
				dkim_check_body_begin(c);
			if (step > 2)
				dkim_check_body(c, slice_of(body));
			if (step > 3)
				dkim_check_end(c, clock_mono_us(), &count);
			if (step > 4)
				arena_reset(&a);
			arena_done(&a);
		}
	}
}

static void test_context_may_end_with_questions_open(void **state)
{
	struct fixture *f = *state;
	struct keys *keys = open_keys(f->dns);
	struct dkim_context *ctx;
	struct signing s = signing_with("silent", &rsa_2048);
	const char *text;
	struct arena a;
	size_t count;

	text = sign(MESSAGE, &s);
	assert_int_equal(dkim_context_open(keys, &f->limits, &ctx, NULL), E_OK);
	arena_init(&a, 4096, ARENA_LIMIT);
	assert_int_equal(check(ctx, text, &(struct feeding){ .wait_ms = 10 }, &a, &count)->outcome, DKIM_TEMPORARY);
	arena_done(&a);
	dkim_context_close(ctx);
	keys_close(keys);
	dkim_context_close(NULL);
}

/* Every allocation of ours fails once: whatever comes out, nothing that did not verify authenticates. */
static void test_out_of_memory(void **state)
{
	struct fixture *f = *state;
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text, *changed;

	text = sign(MESSAGE, &s);
	changed = replaced(text, "a question", "an offer");
	for (unsigned long n = 1; n < 60; n++)
		for (int good = 0; good < 2; good++) {
			struct arena a;
			struct dkim_check *c;
			const struct dkim_result *r;
			size_t count;

			arena_init(&a, 64, ARENA_LIMIT);
			alloc_fail_at(n);
			c = dkim_check_begin(f->ctx, &a, AT);
			feed_body(c, slice_of(feed_header(c, good ? text : changed, &plainly)), 7);
			r = dkim_check_end(c, clock_mono_us() + 3000000, &count);
			alloc_fail_at(0);
			for (size_t i = 0; i < count; i++) {
				assert_non_null(r[i].reason);
				assert_true(good || !r[i].authenticates);
				assert_true(!good || r[i].outcome != DKIM_FAIL);
			}
			arena_done(&a);
		}
}

/* Headers and signatures put together by chance: there is always a result, and it never authenticates. */
static void test_random_headers(void **state)
{
	static const char *const names[] = { "From", "To", "Subject", "Date", "X-A", "X-B", "Received", "DKIM-Signature", "Cc" };
	struct fixture *f = *state;
	struct rng rng = { 7 };
	char list[2048], field[4096];

	for (int round = 0; round < 3000; round++) {
		struct arena a;
		struct dkim_check *c;
		const struct dkim_result *r;
		size_t count, fields = rng_below(&rng, 12);

		arena_init(&a, 4096, ARENA_LIMIT);
		c = dkim_check_begin(f->ctx, &a, AT);
		dkim_check_header(c, SLICE("From"), SLICE(" ann@example.com"), true);
		for (size_t i = 0; i < fields; i++)
			dkim_check_header(c, slice_of(names[rng_below(&rng, 7)]), SLICE(" a\n b"), true);
		for (size_t k = rng_below(&rng, 3) + 1; k > 0; k--) {
			size_t at = (size_t)snprintf(list, sizeof list, "From");

			for (size_t i = rng_below(&rng, 14); i > 0; i--)
				at += (size_t)snprintf(list + at, sizeof list - at, ":%s", names[rng_below(&rng, COUNT(names))]);
			snprintf(field, sizeof field, " v=1; a=rsa-sha256; c=%s; d=example.com; s=r2048; h=%s; bh=%s; b=AAAA%s",
			    rng_below(&rng, 2) ? "relaxed/relaxed" : "simple", list,
			    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", rng_below(&rng, 2) ? "; l=3" : "");
			dkim_check_header(c, SLICE("DKIM-Signature"), slice_of(field), true);
		}
		dkim_check_body_begin(c);
		assert_int_equal(dkim_check_own_field(c).n, 34);
		dkim_check_body(c, SLICE("a\r\n"));
		r = dkim_check_end(c, clock_mono_us() + 3000000, &count);
		assert_true(count > 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(r[i].outcome, DKIM_FAIL);
		arena_done(&a);
	}
}

/* ---- many at once ---- */

struct worker {
	pthread_t thread;
	struct dkim_context *ctx;
	const char *text;
	unsigned messages;
	int64_t wait_ms, slowest_step_us;
	unsigned temporary, other;
};

static int64_t longest(int64_t a, int64_t began_us)
{
	int64_t took = clock_mono_us() - began_us;

	return took > a ? took : a;
}

/* Each message has a budget that begins with it; no step but the last may wait. */
static void work_one(struct worker *w)
{
	int64_t deadline = clock_mono_us() + w->wait_ms * 1000, began = clock_mono_us();
	struct arena a;
	struct dkim_check *c;
	const struct dkim_result *r;
	const char *body;
	size_t count;

	arena_init(&a, 4096, ARENA_LIMIT);
	c = dkim_check_begin(w->ctx, &a, AT);
	body = feed_header(c, w->text, &plainly);
	dkim_check_body_begin(c);
	dkim_check_body(c, slice_of(body));
	w->slowest_step_us = longest(w->slowest_step_us, began);
	r = dkim_check_end(c, deadline, &count);
	if (count == 1 && r->outcome == DKIM_TEMPORARY)
		w->temporary++;
	else
		w->other++;
	arena_done(&a);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < w->messages; i++)
		work_one(w);
	return NULL;
}

static void run_workers(struct fixture *f, const char *text, struct worker *workers, unsigned threads, unsigned messages,
    int64_t wait_ms)
{
	for (unsigned i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .ctx = f->ctx, .text = text, .wait_ms = wait_ms,
			.messages = messages / threads + (i < messages % threads ? 1 : 0) };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

enum { WORKERS = 8, PARALLEL = 50 };

static void test_parallel_with_silent_resolver(void **state)
{
	struct fixture *f = *state;
	struct worker workers[WORKERS], each[PARALLEL];
	struct signing s = signing_with("silent", &rsa_2048);
	const char *text;
	unsigned temporary = 0;
	int64_t began = mono_ms();

	text = sign(MESSAGE, &s);
	/* 50 messages on 8 threads, one after the other on each */
	run_workers(f, text, workers, WORKERS, PARALLEL, 200);
	for (unsigned i = 0; i < WORKERS; i++) {
		temporary += workers[i].temporary;
		assert_int_equal(workers[i].other, 0);
		assert_true(workers[i].slowest_step_us < 150000);
	}
	assert_int_equal(temporary, PARALLEL);
	assert_true(mono_ms() - began < (PARALLEL / WORKERS + 1) * 200 + 1000);
	/* 50 at once */
	began = mono_ms();
	run_workers(f, text, each, PARALLEL, PARALLEL, 1000);
	for (unsigned i = 0; i < PARALLEL; i++)
		assert_int_equal(each[i].temporary, 1);
	assert_true(mono_ms() - began < 1000 + 1000);
}

static void test_parallel_with_answers(void **state)
{
	struct fixture *f = *state;
	struct worker workers[WORKERS];
	struct signing s = signing_with("r1024", &rsa_1024);
	const char *text;

	text = sign(MESSAGE, &s);
	run_workers(f, text, workers, WORKERS, 400, 3000);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(workers[i].temporary, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_and_canonicalisations), cmocka_unit_test(test_result_tells_all),
		cmocka_unit_test(test_key_records), cmocka_unit_test(test_more_key_records),
		cmocka_unit_test(test_silence_is_temporary), cmocka_unit_test(test_changed_messages),
		cmocka_unit_test(test_oversigned_fields), cmocka_unit_test(test_from), cmocka_unit_test(test_time),
		cmocka_unit_test(test_length), cmocka_unit_test(test_every_cut), cmocka_unit_test(test_two_chunks),
		cmocka_unit_test(test_line_feeds_become_line_ends), cmocka_unit_test(test_many_signatures),
		cmocka_unit_test(test_unreadable_beside_good), cmocka_unit_test(test_limits), cmocka_unit_test(test_enough),
		cmocka_unit_test(test_own_field_is_always_there_and_new), cmocka_unit_test(test_abandoned_anywhere),
		cmocka_unit_test(test_context_may_end_with_questions_open), cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_random_headers), cmocka_unit_test(test_parallel_with_silent_resolver),
		cmocka_unit_test(test_parallel_with_answers)
	};

	return cmocka_run_group_tests_name("dkim", tests, set_up, tear_down);
}
