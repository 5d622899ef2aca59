/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_SCENE_H
#define TEST_UNIT_SCENE_H

/* A policy with a small catalogue, and mails that detectors look at. */
#include "unit.h"

#include "antisales/evidence/evidence.h"
#include "antisales/mail/mail_facts.h"

struct scene {
	char *dir;
	struct policy *policy;
	struct arena arena;
	struct mail_limits limits;
	struct peer peer;
};

#define SCENE_MARK(where, pattern, proof, more) \
	"  - {where: '" where "', pattern: '" pattern "', proof: " proof ", source: s, match: x, miss: y" more "}\n"

static const char scene_seller[] =
	"platform: seller\nname: The Seller\ncategory: sales-engagement\nfingerprints:\n"
	SCENE_MARK("header:X-Seller", "^seller-(?<tenant>\\d+)(?:-(?<lead>\\d+))?", "strong", "")
	SCENE_MARK("header:X-Seller-Too", "^seller", "strong", "")
	SCENE_MARK("header:X-Hint", "seller", "hint", "")
	SCENE_MARK("url-host", "(?:^|\\.)seller\\.example$", "strong", "")
	SCENE_MARK("url-host", "^sell\\.", "hint", "")
	SCENE_MARK("url-path", "^/seller/", "hint", "")
	SCENE_MARK("url-path", "[?&]seller_id=", "hint", "")
	SCENE_MARK("return-path", "@bounce\\.seller\\.example$", "strong", "")
	SCENE_MARK("received-host", "\\.out\\.seller\\.example$", "strong", "")
	SCENE_MARK("dkim-d", "^seller\\.example$", "strong", "")
	SCENE_MARK("message-id", "@mid\\.seller\\.example>", "strong", "")
	SCENE_MARK("list-unsubscribe", "//unsub\\.seller\\.example/", "hint", "")
	SCENE_MARK("x-mailer", "^SellerMail", "strong", "");

static const char scene_carrier[] =
	"platform: carrier\nname: Carrier\ncategory: esp-transactional\nfingerprints:\n"
	SCENE_MARK("header:X-Carrier", "^receipt", "strong", ", stream: transactional")
	SCENE_MARK("header:X-Carrier", "^offer", "strong", ", stream: marketing")
	SCENE_MARK("received-host", "\\.carrier\\.example$", "strong", "");

static const char scene_policy[] = "platforms: platforms\nfreemail: [freemail.example]\n"
	"esp-domains: [esp.example]\n";

static inline int scene_open(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	struct err e = { 0 };

	s->dir = folder_make();
	mkdir(path_in(s->dir, "platforms"), 0700);
	file_make(s->dir, "platforms/seller.yaml", scene_seller);
	file_make(s->dir, "platforms/carrier.yaml", scene_carrier);
	assert_ok(policy_compile(file_make(s->dir, "p.yaml", scene_policy), &s->policy, &e), e);
	arena_init(&s->arena, 16384, 64 << 20);
	s->limits = mail_limits_default();
	*state = s;
	return 0;
}

static inline int scene_close(void **state)
{
	struct scene *s = *state;

	arena_done(&s->arena);
	policy_free(s->policy);
	folder_remove(s->dir);
	free(s);
	return 0;
}

/* NULL members take plain defaults. */
struct letter {
	const char *sender, *client, *helo;
	const char *headers;            /* "Name: value" lines; no folds */
	const char *body;
};

struct observed {
	struct txn *txn;
	struct facts facts;
	struct evidence evidence;
};

static inline void letter_headers(struct txn *t, const char *headers)
{
	struct slice rest = slice_of(headers);

	while (rest.n > 0) {
		struct slice line = slice_cut(&rest, '\n');
		struct slice name = slice_cut(&line, ':');

		txn_header(t, name, slice_trim(line));
	}
}

/* What the detectors of the first round make of the letter. */
static inline struct observed *observe(struct scene *s, const struct letter *l)
{
	struct observed *o = arena_alloc(&s->arena, sizeof *o);
	struct detect_in in = { .policy = s->policy };
	struct err e = { 0 };

	s->peer = (struct peer){ .address = SLICE("192.0.2.25"), .name = slice_of(l->client == NULL ? "mail.example.net" : l->client),
		.helo = slice_of(l->helo == NULL ? "mail.example.net" : l->helo) };
	o->txn = txn_begin(&s->arena, &s->limits, &s->peer, slice_of(l->sender == NULL ? "<a@sender.example>" : l->sender), 1773057600);
	txn_recipient(o->txn, SLICE("<ann@example.com>"));
	letter_headers(o->txn, l->headers);
	txn_body(o->txn, slice_of(l->body == NULL ? "Hi\r\n" : l->body));
	txn_seal(o->txn);
	mail_facts(o->txn, &o->facts);
	in.txn = o->txn;
	in.facts = &o->facts;
	evidence_init(&o->evidence, &s->arena);
	assert_ok(evidence_collect(DETECT_MAIL, &in, &o->evidence, &e), e);
	return o;
}

static inline bool fact_reads(const struct observed *o, enum fact_id id, const char *want)
{
	return want == NULL ? !o->facts.at[id].present : o->facts.at[id].present && slice_eq(o->facts.at[id].text, slice_of(want));
}

static inline const struct finding *finding_of(const struct observed *o, const char *detector)
{
	for (size_t i = 0; i < o->evidence.count; i++)
		if (strcmp(o->evidence.findings[i].detector, detector) == 0)
			return &o->evidence.findings[i];
	return NULL;
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)

#endif
