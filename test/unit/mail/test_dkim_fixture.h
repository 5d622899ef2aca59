/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_MAIL_DKIM_FIXTURE_H
#define TEST_UNIT_MAIL_DKIM_FIXTURE_H

/* Keys in a name server of our own, a signed message, and ways to feed it, for the tests of mail/dkim. */
#include "test_dkim_sign.h"

#include "../../dns/stub.h"

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

static inline struct dns_record *add_record(const char *selector, const char *domain, enum dns_kind kind, const char *head,
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

static inline void add_records(void)
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
	add_record("sick", "example.com", DNS_SERVFAIL, "", "");
	add_record("silent", "example.com", DNS_SILENT, "", "");
	add_record("slow", "example.com", DNS_TXT, rsa, rsa_2048.public)->delay_ms = 400;
	add_record("cut", "example.com", DNS_TXT, rsa, rsa_2048.public)->string_bytes = 100;
	add_record("r2048", "esp.example.org", DNS_TXT, rsa, other_2048.public);
	add_record("r2048", "mail.example.com", DNS_TXT, rsa, rsa_2048.public);
	assert_true(records_count <= COUNT(records));
}

static inline struct keys *open_keys(const struct dns_stub *dns)
{
	const char *address = dns->address;
	struct keys *k = NULL;
	struct err err = { 0 };

	if (keys_open(&(struct keys_conf){ .resolvers = &address, .resolvers_count = 1 }, &k, &err) != E_OK)
		fail_msg("%s", err.text);
	return k;
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline void feed_field(struct dkim_check *c, const char *field, size_t n, const struct feeding *how)
{
	const char *colon = memchr(field, ':', n);
	char *raw = malloc(n);
	size_t bytes = 0;

	assert_true(colon != NULL && raw != NULL);
	for (const char *p = colon + 1; p < field + n; p++)
		if (*p != '\r' || !how->lf_folds)
			raw[bytes++] = *p;
	if (how->eat_space && bytes > 0 && raw[0] == ' ')
		dkim_check_header(c, (struct slice){ field, (size_t)(colon - field) }, (struct slice){ raw + 1, bytes - 1 }, false);
	else
		dkim_check_header(c, (struct slice){ field, (size_t)(colon - field) }, (struct slice){ raw, bytes }, true);
	free(raw);
}

static inline const char *feed_header(struct dkim_check *c, const char *message, const struct feeding *how)
{
	while (strncmp(message, "\r\n", 2) != 0) {
		const char *end = field_end(message);

		feed_field(c, message, (size_t)(end - message - 2), how);
		message = end;
	}
	return message + 2;
}

static inline void feed_body(struct dkim_check *c, struct slice body, size_t cut)
{
	dkim_check_body_begin(c);
	if (cut == 0)
		dkim_check_body(c, body);
	else
		for (size_t at = 0; at < body.n; at += cut)
			dkim_check_body(c, slice_sub(body, at, cut));
}

/* The results of a whole message, in the arena. */
static inline const struct dkim_result *check(struct dkim_context *ctx, const char *message, const struct feeding *how,
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
static inline void expect(const struct fixture *f, const char *message, const struct feeding *how, enum dkim_outcome outcome,
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

static inline struct signing signing_with(const char *selector, const struct test_key *key)
{
	return (struct signing){ .domain = "example.com", .selector = selector, .key = key, .at = SIGNED_AT,
		.header = DKIM_CANON_RELAXED, .body = DKIM_CANON_RELAXED,
		.algorithm = key == &ed25519 ? DKIM_SIGN_ED25519SHA256 : DKIM_SIGN_RSASHA256 };
}

#endif
