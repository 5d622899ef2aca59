/* SPDX-License-Identifier: BSD-3-Clause */
#include <opendkim/dkim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/base/hash.h"
#include "antisales/mail/dkim_verifier.h"

/*
 * Sole user of libopendkim. DELAYSIGPROC makes the library ask for keys at the
 * end of the message only; until then it hashes. Line ends are made CRLF before
 * it sees them, so FIXCRLF stays off. What is right about time is decided in
 * dkim_judge, with the time that was passed in: the library is told to allow
 * as much drift as it can subtract from the oldest time that is read.
 */
enum {
	RANDOM_BYTES = 16, OWN_FIELD_MAX = 2 + 2 * RANDOM_BYTES + 1
};

struct dkim_context {
	DKIM_LIB *lib;
	struct keys *keys;
	struct dkim_limits limits;
};

struct dkim_verifier {
	DKIM *dkim;
	dkim_key_fn *key;
	void *arg;
	char own_field[OWN_FIELD_MAX];
};

struct dkim_limits dkim_limits_default(void)
{
	return (struct dkim_limits){
#define X(name, def, min, max, unit) .name = (def),
		DKIM_LIMITS(X)
#undef X
	};
}

struct keys *dkim_context_keys(const struct dkim_context *ctx)
{
	return ctx->keys;
}

const struct dkim_limits *dkim_context_limits(const struct dkim_context *ctx)
{
	return &ctx->limits;
}

/* The only answers are CONTINUE and NOTFOUND. */
static DKIM_CBSTAT on_key(DKIM *dkim, DKIM_SIGINFO *sig, unsigned char *out, size_t room)
{
	struct dkim_verifier *v = dkim_get_user_context(dkim);
	struct slice domain = slice_of((const char *)dkim_sig_getdomain(sig));
	struct slice selector = slice_of((const char *)dkim_sig_getselector(sig));
	struct slice text = v->key(v->arg, domain, selector);

	if (text.n == 0 || text.n > KEY_TEXT_MAX || text.n >= room)
		return DKIM_CBSTAT_NOTFOUND;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return DKIM_CBSTAT_CONTINUE;
}

static bool set_up(DKIM_LIB *lib, const struct dkim_limits *limits)
{
	unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC;
	unsigned bits = (unsigned)limits->dkim_key_bits;
	uint64_t drift = DKIM_TIME_MIN;

	return dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags) == DKIM_STAT_OK
	    && dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits, sizeof bits) == DKIM_STAT_OK
	    && dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift) == DKIM_STAT_OK
	    && dkim_set_key_lookup(lib, on_key) == DKIM_STAT_OK;
}

int dkim_context_open(struct keys *keys, const struct dkim_limits *limits, struct dkim_context **ret,
    struct err *reterr)
{
	struct dkim_context *ctx = alloc_zeroed(1, sizeof *ctx);

	if (ctx == NULL)
		return err_set(reterr, E_NOMEM, "no memory for DKIM");
	ctx->keys = keys;
	ctx->limits = *limits;
	ctx->lib = dkim_init(NULL, NULL);
	if (ctx->lib == NULL || !set_up(ctx->lib, limits)) {
		dkim_context_close(ctx);
		return err_set(reterr, E_NOMEM, "libopendkim does not start");
	}
	*ret = ctx;
	return E_OK;
}

void dkim_context_close(struct dkim_context *ctx)
{
	if (ctx == NULL)
		return;
	if (ctx->lib != NULL)
		dkim_close(ctx->lib);
	free(ctx);
}

struct dkim_verifier *dkim_verifier_new(struct dkim_context *ctx, dkim_key_fn *key, void *arg)
{
	struct dkim_verifier *v = alloc_zeroed(1, sizeof *v);
	DKIM_STAT status;

	if (v == NULL)
		return NULL;
	v->key = key;
	v->arg = arg;
	v->dkim = dkim_verify(ctx->lib, (const unsigned char *)"antisales", NULL, &status);
	if (v->dkim == NULL || dkim_set_user_context(v->dkim, v) != DKIM_STAT_OK) {
		dkim_verifier_free(v);
		return NULL;
	}
	return v;
}

void dkim_verifier_free(struct dkim_verifier *v)
{
	if (v == NULL)
		return;
	if (v->dkim != NULL)
		dkim_free(v->dkim);
	free(v);
}

/* The library takes a pointer without const, but only copies. */
static unsigned char *bytes_of(struct slice s)
{
	union {
		const char *in;
		unsigned char *out;
	} u = { s.p };

	return u.out;
}

bool dkim_verifier_field(struct dkim_verifier *v, struct slice field)
{
	return field.n > 0 && dkim_header(v->dkim, bytes_of(field), field.n) == DKIM_STAT_OK;
}

/* DKIM-Signature input validation: a field of our own, new for every message, goes along with the others. */
static bool add_own_field(struct dkim_verifier *v)
{
	unsigned char chance[RANDOM_BYTES];
	char field[OWN_FIELD_MAX + sizeof ": 1"];
	size_t n;

	random_bytes(chance, sizeof chance);
	memcpy(v->own_field, "X-", 2);
	for (size_t i = 0; i < sizeof chance; i++)
		snprintf(v->own_field + 2 + 2 * i, 3, "%02x", chance[i]);
	n = (size_t)snprintf(field, sizeof field, "%s: 1", v->own_field);
	return dkim_verifier_field(v, (struct slice){ field, n });
}

struct slice dkim_verifier_own_field(const struct dkim_verifier *v)
{
	return v->own_field[0] == '\0' ? (struct slice){ 0 } : slice_of(v->own_field);
}

enum dkim_ready dkim_verifier_header_end(struct dkim_verifier *v)
{
	if (!add_own_field(v))
		return DKIM_NOT_READY;
	switch (dkim_eoh(v->dkim)) {
	case DKIM_STAT_OK:
		return DKIM_READY;
	case DKIM_STAT_SYNTAX:
		return DKIM_NO_SENDER;
	default:
		return DKIM_NOT_READY;
	}
}

void dkim_verifier_body(struct dkim_verifier *v, struct slice bytes)
{
	if (bytes.n > 0)
		dkim_body(v->dkim, bytes_of(bytes), bytes.n);
}

void dkim_verifier_end(struct dkim_verifier *v)
{
	bool testing = false;

	dkim_eom(v->dkim, &testing);
}

/* Errors that are not listed say that the signature cannot be read. */
static const struct {
	DKIM_SIGERROR error;
	enum dkim_fault fault;
} faults[] = {
	{ DKIM_SIGERROR_OK, DKIM_FAULT_NONE }, { DKIM_SIGERROR_UNKNOWN, DKIM_FAULT_UNKNOWN },
	{ DKIM_SIGERROR_BADSIG, DKIM_FAULT_MISMATCH }, { DKIM_SIGERROR_TOOLARGE_L, DKIM_FAULT_MISMATCH },
	{ DKIM_SIGERROR_EXPIRED, DKIM_FAULT_TIME }, { DKIM_SIGERROR_FUTURE, DKIM_FAULT_TIME },
	{ DKIM_SIGERROR_NOKEY, DKIM_FAULT_NO_KEY }, { DKIM_SIGERROR_KEYREVOKED, DKIM_FAULT_REVOKED },
	{ DKIM_SIGERROR_KEYTOOSMALL, DKIM_FAULT_SMALL }, { DKIM_SIGERROR_SUBDOMAIN, DKIM_FAULT_SUBDOMAIN },
	{ DKIM_SIGERROR_DNSSYNTAX, DKIM_FAULT_KEY }, { DKIM_SIGERROR_KEYFAIL, DKIM_FAULT_KEY },
	{ DKIM_SIGERROR_MULTIREPLY, DKIM_FAULT_KEY }, { DKIM_SIGERROR_KEYVERSION, DKIM_FAULT_KEY },
	{ DKIM_SIGERROR_KEYUNKNOWNHASH, DKIM_FAULT_KEY }, { DKIM_SIGERROR_KEYHASHMISMATCH, DKIM_FAULT_KEY },
	{ DKIM_SIGERROR_NOTEMAILKEY, DKIM_FAULT_KEY }, { DKIM_SIGERROR_KEYTYPEMISSING, DKIM_FAULT_KEY },
	{ DKIM_SIGERROR_KEYTYPEUNKNOWN, DKIM_FAULT_KEY }, { DKIM_SIGERROR_KEYDECODE, DKIM_FAULT_KEY }
};

static enum dkim_fault fault_of(DKIM_SIGERROR error)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i].error == error)
			return faults[i].fault;
	return DKIM_FAULT_SYNTAX;
}

static struct dkim_found found_of(DKIM_SIGINFO *sig)
{
	unsigned flags = dkim_sig_getflags(sig), bits = 0;
	int body = dkim_sig_getbh(sig);
	struct dkim_found f = {
		.domain = slice_of((const char *)dkim_sig_getdomain(sig)),
		.selector = slice_of((const char *)dkim_sig_getselector(sig)),
		.passed = (flags & DKIM_SIGFLAG_PASSED) != 0,
		.testing = (flags & DKIM_SIGFLAG_TESTKEY) != 0,
		.body = body == DKIM_SIGBH_MATCH ? DKIM_BODY_MATCH
		    : body == DKIM_SIGBH_MISMATCH ? DKIM_BODY_MISMATCH : DKIM_BODY_UNTESTED,
		.fault = fault_of(dkim_sig_geterror(sig))
	};

	if (!f.passed)
		f.body = DKIM_BODY_UNTESTED;
	if (dkim_sig_getkeysize(sig, &bits) == DKIM_STAT_OK)
		f.key_bits = bits;
	return f;
}

size_t dkim_verifier_found(struct dkim_verifier *v, struct dkim_found *ret, size_t max)
{
	DKIM_SIGINFO **sigs = NULL;
	int count = 0;
	size_t n = 0;

	if (dkim_getsiglist(v->dkim, &sigs, &count) != DKIM_STAT_OK)
		return 0;
	for (; n < max && n < (size_t)count; n++)
		ret[n] = found_of(sigs[n]);
	return n;
}
