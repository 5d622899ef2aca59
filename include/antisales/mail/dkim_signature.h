/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DKIM_SIGNATURE_H
#define ANTISALES_MAIL_DKIM_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/slice.h"

enum {
	DKIM_SIGNATURE_BYTES_MAX = 8192, DKIM_SIGNATURE_NAMES_MAX = 64, DKIM_SIGNATURE_TAGS_MAX = 64,
	DKIM_TAG_BYTES_MAX = 250,       /* tags that hold one short value */
	DKIM_TIME_MIN = 1072915200      /* 2004, when there was no DKIM yet: t= and x= are later */
};

enum dkim_algorithm {
	DKIM_ALGORITHM_RSA_SHA256, DKIM_ALGORITHM_ED25519_SHA256, DKIM_ALGORITHM_RSA_SHA1, DKIM_ALGORITHM_OTHER
};

/* A DKIM-Signature (RFC 6376 section 3.5). All slices are parts of the value that was read. */
struct dkim_signature {
	struct slice domain;            /* d= */
	struct slice selector;          /* s= */
	struct slice identity;          /* i=; absent when there is none */
	struct slice canonicalisation;  /* c=; absent when there is none */
	enum dkim_algorithm algorithm;  /* a= */
	struct slice names[DKIM_SIGNATURE_NAMES_MAX];   /* h= */
	size_t names_count;
	bool has_length;                /* l= */
	uint64_t length;
	int64_t signed_at;              /* t=; 0 when there is none */
	int64_t expires;                /* x=; 0 when there is none */
};

/*
 * DKIM-Signature input validation: takes less than the RFC would allow. Only
 * printable ASCII, blanks and folds (CRLF or LF); bounded; every tag once; what
 * is required is there; no z=. raw is the value as received, folds and all.
 * NULL when all is well, else why not in a few static words; *ret is then
 * filled as far as it was read.
 */
const char *dkim_signature_read(struct slice raw, struct dkim_signature *ret);
/* How often the name stands in h=, ASCII case ignored. */
size_t dkim_signature_lists(const struct dkim_signature *s, struct slice name);

#endif
