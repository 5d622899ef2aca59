/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_MAIL_DKIM_SIGN_H
#define TEST_UNIT_MAIL_DKIM_SIGN_H

/* Keys made by libcrypto and messages signed by libopendkim, for the tests of mail/dkim. */
#include "../unit.h"

#include <opendkim/dkim.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

enum { TEXT_MAX = 32768, TEXTS = 64 };

/* Room for a text, good until 64 more were asked for. */
static inline char *text_room(void)
{
	static char ring[TEXTS][TEXT_MAX];
	static unsigned at;

	return ring[at++ % TEXTS];
}

static inline const char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline const char *text_of(const char *fmt, ...)
{
	char *out = text_room();
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, TEXT_MAX, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && n < TEXT_MAX);
	return out;
}

/* text with the first what replaced by with. */
static inline const char *replaced(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);

	if (at == NULL)
		fail_msg("nowhere: %s", what);
	return text_of("%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
}

struct test_key {
	char secret[8192];              /* PEM */
	char public[1024];              /* base64, as in p= */
};

static inline void base64_of(const unsigned char *bytes, size_t n, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)n);
}

/* bits 0: Ed25519 */
static inline void key_make(unsigned bits, struct test_key *k)
{
	EVP_PKEY *pkey = bits == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_RSA_gen(bits);
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char raw[32], *der = NULL;
	size_t n = sizeof raw;
	int got;

	assert_non_null(pkey);
	assert_non_null(bio);
	assert_int_equal(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
	got = BIO_read(bio, k->secret, sizeof k->secret - 1);
	assert_true(got > 0);
	k->secret[got] = '\0';
	if (bits == 0) {
		assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, raw, &n), 1);
		base64_of(raw, n, k->public);
	} else {
		got = i2d_PUBKEY(pkey, &der);
		assert_true(got > 0 && got * 4 / 3 + 4 < (int)sizeof k->public);
		base64_of(der, (size_t)got, k->public);
		OPENSSL_free(der);
	}
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

/* How to sign; what is left out has its usual value. */
struct signing {
	const char *domain, *selector;
	const struct test_key *key;
	int algorithm;                  /* DKIM_SIGN_RSASHA256 when 0, as DKIM_SIGN_RSASHA1 + 10 for that one */
	int header, body;               /* DKIM_CANON_SIMPLE, DKIM_CANON_RELAXED */
	bool has_length;
	long length;
	uint64_t at, ttl;
	const char *identity;
	const char **only, **oversigned;        /* NULL-terminated; all fields and none when absent */
};

static inline void option_set(DKIM_LIB *lib, int option, void *data, size_t n)
{
	assert_int_equal(dkim_options(lib, DKIM_OP_SETOPT, option, data, n), DKIM_STAT_OK);
}

static inline DKIM_LIB *signer_open(const struct signing *s)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);
	unsigned bits = 512;
	uint64_t at = s->at, ttl = s->ttl;

	assert_non_null(lib);
	option_set(lib, DKIM_OPTS_MINKEYBITS, &bits, sizeof bits);
	if (at != 0)
		option_set(lib, DKIM_OPTS_FIXEDTIME, &at, sizeof at);
	if (ttl != 0)
		option_set(lib, DKIM_OPTS_SIGNATURETTL, &ttl, sizeof ttl);
	if (s->only != NULL)
		option_set(lib, DKIM_OPTS_SIGNHDRS, s->only, sizeof s->only);
	if (s->oversigned != NULL)
		option_set(lib, DKIM_OPTS_OVERSIGNHDRS, s->oversigned, sizeof s->oversigned);
	return lib;
}

/* The end of the field that begins at p: behind its CRLF. */
static inline const char *field_end(const char *p)
{
	do {
		p = strstr(p, "\r\n");
		assert_non_null(p);
		p += 2;
	} while (*p == ' ' || *p == '\t');
	return p;
}

static inline unsigned char *unsigned_of(const char *p)
{
	union {
		const char *in;
		unsigned char *out;
	} u = { p };

	return u.out;
}

static inline void signer_feed(DKIM *d, const char *message)
{
	while (strncmp(message, "\r\n", 2) != 0) {
		const char *end = field_end(message);

		assert_int_equal(dkim_header(d, unsigned_of(message), (size_t)(end - message - 2)), DKIM_STAT_OK);
		message = end;
	}
	message += 2;
	assert_int_equal(dkim_eoh(d), DKIM_STAT_OK);
	if (*message != '\0')
		assert_int_equal(dkim_body(d, unsigned_of(message), strlen(message)), DKIM_STAT_OK);
	assert_int_equal(dkim_eom(d, NULL), DKIM_STAT_OK);
}

/* The message (CRLF) with its signature in front. */
static inline const char *sign(const char *message, const struct signing *s)
{
	char *out = text_room();
	DKIM_LIB *lib = signer_open(s);
	DKIM_STAT status;
	int algorithm = s->algorithm == 0 ? DKIM_SIGN_RSASHA256 : s->algorithm == 10 ? DKIM_SIGN_RSASHA1 : s->algorithm;
	DKIM *d = dkim_sign(lib, unsigned_of("test"), NULL, unsigned_of(s->key->secret), unsigned_of(s->selector),
	    unsigned_of(s->domain), s->header, s->body, algorithm, s->has_length ? s->length : -1, &status);
	unsigned char *field;
	size_t n, at;

	assert_non_null(d);
	__lsan_disable();       /* the library's signer does not free its key; the verifier is watched */
	if (s->identity != NULL)
		assert_int_equal(dkim_set_signer(d, unsigned_of(s->identity)), DKIM_STAT_OK);
	signer_feed(d, message);
	assert_int_equal(dkim_getsighdr_d(d, 16, &field, &n), DKIM_STAT_OK);
	assert_true(2 * n + strlen(message) + 32 < TEXT_MAX);
	at = (size_t)sprintf(out, "DKIM-Signature: ");
	for (size_t i = 0; i < n; i++) {
		if (field[i] == '\n' && (i == 0 || field[i - 1] != '\r'))
			out[at++] = '\r';
		out[at++] = (char)field[i];
	}
	sprintf(out + at, "\r\n%s", message);
	dkim_free(d);
	__lsan_enable();
	dkim_close(lib);
	return out;
}

#endif
