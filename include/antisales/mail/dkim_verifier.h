/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DKIM_VERIFIER_H
#define ANTISALES_MAIL_DKIM_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/mail/dkim_judge.h"

/*
 * What dkim_check asks of the library, one message each. The library never asks
 * DNS: keys come from the function given, and only while dkim_verifier_end
 * runs. Header and body are hashed before any key is there.
 */
struct dkim_verifier;

/* The key record of selector._domainkey.domain; absent when there is none. */
typedef struct slice dkim_key_fn(void *arg, struct slice domain, struct slice selector);

/* NULL out of memory. */
struct dkim_verifier *dkim_verifier_new(struct dkim_context *ctx, dkim_key_fn *key, void *arg);
void dkim_verifier_free(struct dkim_verifier *v);       /* NULL-safe, at any point */
/* "Name: value" with folds as CRLF and no line end behind. false when the library does not take it. */
bool dkim_verifier_field(struct dkim_verifier *v, struct slice field);

enum dkim_ready {
	DKIM_READY,
	DKIM_NO_SENDER,                 /* the library finds no address in From */
	DKIM_NOT_READY                  /* out of memory, or no signature that it can use */
};
/* After this, body and end make sense for DKIM_READY only. */
enum dkim_ready dkim_verifier_header_end(struct dkim_verifier *v);
/* Line ends are CRLF, also the last one; no piece ends with a CR. */
void dkim_verifier_body(struct dkim_verifier *v, struct slice bytes);
void dkim_verifier_end(struct dkim_verifier *v);

/* What the library found about one signature; the slices live as long as the verifier. */
struct dkim_found {
	struct slice domain, selector;
	bool passed, testing;
	enum dkim_body_hash body;
	enum dkim_fault fault;
	unsigned key_bits;
};
/* In the order in which the signatures were given. Returns how many there are, at most max. */
size_t dkim_verifier_found(struct dkim_verifier *v, struct dkim_found *ret, size_t max);

/* The name of the field of our own that goes along, new for every message; absent before the header's end. */
struct slice dkim_verifier_own_field(const struct dkim_verifier *v);

struct keys *dkim_context_keys(const struct dkim_context *ctx);
const struct dkim_limits *dkim_context_limits(const struct dkim_context *ctx);

#endif
