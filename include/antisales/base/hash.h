/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_HASH_H
#define ANTISALES_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/* Sole user of libsodium. */

/* The secret under which a site's store keeps its keys; without it the store tells no address. */
struct site_key {
	unsigned char bytes[32];
};

struct hash {
	unsigned char bytes[16];
};

int hash_init(struct err *reterr);              /* once, before threads; may be repeated */
/* BLAKE2b-128 under the key over the parts, each preceded by its length: ("a","bc") is not ("ab","c"). */
struct hash hash_keyed(const struct site_key *key, const struct slice *parts, size_t count);

/* SHA-256 of what comes in pieces, for people to compute the same with other tools. */
struct sha256 {
	_Alignas(16) unsigned char room[128];   /* libsodium's own state */
};
enum { SHA256_TEXT = 65 };
void sha256_begin(struct sha256 *h);
void sha256_add(struct sha256 *h, struct slice s);
/* Lower-case hexadecimal digits into out[SHA256_TEXT]; returns out. */
char *sha256_end(struct sha256 *h, char *out);

/* Reads the key file (32 bytes, not readable by group or others). When it is absent, make it (mode 0600) or E_ABSENT. */
int site_key_load(const char *path, bool make, struct site_key *ret, struct err *reterr);
void random_bytes(void *out, size_t n);
uint32_t crc32c(const void *data, size_t n);    /* Castagnoli, as in RFC 3720 */
uint32_t crc32c_plain(const void *data, size_t n);      /* the same without the processor's help, for comparison */

enum { ID_TEXT = 17 };
/* A random id of 16 letters and digits without look-alikes, for headers and logs, into out[ID_TEXT]. */
char *random_id(char *out);

#endif
