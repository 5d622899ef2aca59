/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_HOUSE_H
#define TEST_UNIT_HOUSE_H

/* A whole engine in a folder of its own, with a clock that stands still and an MTA that writes down what it is told. */
#include "unit.h"

#include "antisales/base/log.h"
#include "antisales/edge/session.h"

enum { HOUSE_NOW = 1773057600 };                /* 2026-03-09T12:00:00Z */

struct house {
	char *dir;
	int64_t now;
	struct engine engine;
};

static inline int64_t house_now(void *arg)
{
	return *(const int64_t *)arg;
}

#define SMALL_PLATFORM(id, category) "platform: " id "\nname: The " id "\ncategory: " category "\nfingerprints:\n" \
	"  - where: header:X-" id "\n    pattern: '^" id "-(?<tenant>\\d+)'\n    proof: strong\n    source: 'a test'\n" \
	"    match: '" id "-1'\n    miss: 'x" id "-1'\n" \
	"  - where: url-host\n    pattern: '(?:^|\\.)" id "\\.example$'\n    proof: strong\n    source: 'a test'\n" \
	"    match: 'go." id ".example'\n    miss: 'not" id ".example'\n"

/* Two platforms, enough for most tests and quick to load: policies/platforms/{seller,mailer}.yaml below dir. */
static inline void house_platforms(const char *dir)
{
	mkdir(path_in(dir, "platforms"), 0700);
	file_make(dir, "platforms/seller.yaml", SMALL_PLATFORM("seller", "sales-engagement"));
	file_make(dir, "platforms/mailer.yaml", SMALL_PLATFORM("mailer", "esp-bulk"));
}

static const char small_policy[] =
	"policy: small\n"
	"platforms: platforms\n"
	"verdicts: {tag: 50, quarantine: 70, reject: 90}\n"
	"freemail: [freemail.example]\n"
	"rules:\n"
	"  - id: seller\n"
	"    when: {platform.category: sales-engagement, platform.proof: [strong, certain], relationship.level: stranger}\n"
	"    points: 55\n"
	"    says: \"sent by {platform.name}\"\n"
	"  - id: mailer\n"
	"    when: {platform.category: esp-bulk}\n"
	"    points: 20\n"
	"    says: \"sent in bulk by {platform.name}\"\n"
	"  - id: hold-word\n"
	"    when: {header.subject: {matches: 'hold me'}}\n"
	"    points: 20\n"
	"    says: \"asks to be held\"\n"
	"  - id: refuse-word\n"
	"    when: {header.subject: {matches: 'refuse me'}}\n"
	"    points: 40\n"
	"    says: \"asks to be refused\"\n"
	"  - id: bad-history\n"
	"    when: {reputation.sales: {at-least: 65}}\n"
	"    points: {per: reputation.confidence, each: 0.25, at-most: 20}\n"
	"    says: \"{reputation.mails} mails like this\"\n";

/* Writes house.yaml naming the policy, with more lines of configuration. */
static inline const char *house_config(const char *dir, const char *policy, const char *more)
{
	char text[8192];

	if (snprintf(text, sizeof text, "policy: %s\nstore: 'memory:'\nstate: %s\n%s", policy, dir, more) >= (int)sizeof text)
		fail_msg("a configuration is too long");
	return file_make(dir, "house.yaml", text);
}

/* An engine that runs that policy over a store in memory, without writer and journal. */
static inline struct house *house_open(const char *policy, const char *more)
{
	struct house *h = calloc(1, sizeof *h);
	struct store_conf c = { .url = "memory:" };
	struct err e = { 0 };

	assert_non_null(h);
	h->dir = folder_make();
	h->now = HOUSE_NOW;
	assert_ok(hash_init(&e), e);
	log_open("test", LOG_SINK_STDERR, LOG_LEVEL_ERROR);
	engine_init(&h->engine, house_now, &h->now);
	if (policy == NULL) {
		house_platforms(h->dir);
		policy = file_make(h->dir, "small.yaml", small_policy);
	}
	assert_ok(engine_load(&h->engine, house_config(h->dir, policy, more == NULL ? "" : more), &e), e);
	assert_ok(store_open(&c, &h->engine.store, &e), e);
	return h;
}

static inline void house_close(struct house *h)
{
	engine_close(&h->engine);
	folder_remove(h->dir);
	free(h);
}

/* One mail with its envelope; NULL members take these defaults. */
struct mail {
	const char *name, *address, *helo, *login, *sender, *recipients[8], *text;
};

static inline const char *or_else(const char *s, const char *other)
{
	return s == NULL ? other : s;
}

/* Header and body as an MTA hands them over: name, value with its folds, body with LF as in the file. */
static inline void feed_text(struct session *s, struct slice text)
{
	while (text.n > 0 && text.p[0] != '\n') {
		size_t end = slice_find(text, '\n', 0), colon = slice_find(text, ':', 0);

		while (end + 1 < text.n && (text.p[end + 1] == ' ' || text.p[end + 1] == '\t'))
			end = slice_find(text, '\n', end + 1);
		if (colon < end) {
			struct slice value = slice_sub(text, colon + 1, end - colon - 1);

			if (value.n > 0 && value.p[0] == ' ')
				value = slice_sub(value, 1, value.n);
			session_header(s, slice_sub(text, 0, colon), value);
		}
		text = slice_sub(text, end + 1, text.n);
	}
	text = slice_sub(text, 1, text.n);
	for (size_t at = 0; at < text.n; at += 1000)
		session_body(s, slice_sub(text, at, 1000));
}

static inline void feed_mail(struct session *s, const struct mail *m)
{
	session_mail(s, slice_of(or_else(m->sender, "<rep@seller-customer.example>")), slice_of(m->login));
	session_rcpt(s, slice_of(or_else(m->recipients[0], "<ann@example.com>")));
	for (size_t i = 1; i < 8 && m->recipients[i] != NULL; i++)
		session_rcpt(s, slice_of(m->recipients[i]));
	feed_text(s, slice_of(m->text));
}

static inline struct session *greet(struct engine *e, const struct mail *m)
{
	struct session *s = session_new(e);

	session_connect(s, slice_of(or_else(m->name, "mail.example.net")), slice_of(or_else(m->address, "192.0.2.25")));
	session_helo(s, slice_of(or_else(m->helo, "mail.example.net")));
	return s;
}

/* What became of a mail. */
struct told {
	enum outcome outcome;
	bool decided;
	enum verdict_kind verdict;
	int score;
	char id[ID_TEXT];
	char record[16384];             /* the recorder's lines, the id as "ID" */
};

static inline void mask_id(char *text, const char *id)
{
	char *at;

	while (id[0] != '\0' && (at = strstr(text, id)) != NULL) {
		memcpy(at, "ID", 2);
		memmove(at + 2, at + strlen(id), strlen(at + strlen(id)) + 1);
	}
}

static inline void end_mail(struct session *s, struct told *ret)
{
	const struct decision *d = NULL;
	struct mta_record r;
	struct buf out;

	/* taken before, so that a test may make any allocation of the engine fail */
	out = (struct buf){ .p = malloc(sizeof ret->record), .room = sizeof ret->record, .max = sizeof ret->record - 1 };
	mta_record_init(&r, &out, "4Fq1Zx0000");
	*ret = (struct told){ 0 };
	ret->outcome = session_eom(s, &r.mta, &d);
	ret->decided = d != NULL;
	if (d != NULL) {
		ret->verdict = d->verdict;
		ret->score = d->score->total;
		snprintf(ret->id, sizeof ret->id, "%s", d->id);
	}
	snprintf(ret->record, sizeof ret->record, "%s", buf_cstr(&out));
	mask_id(ret->record, ret->id);
	buf_done(&out);
	session_message_end(s);
}

/* A connection for this mail alone. */
static inline void deliver(struct house *h, const struct mail *m, struct told *ret)
{
	struct session *s = greet(&h->engine, m);

	feed_mail(s, m);
	end_mail(s, ret);
	session_free(s);
}

#endif
