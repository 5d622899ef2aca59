/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_TRANSFER_H
#define ANTISALES_MAIL_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "antisales/base/slice.h"

/* Content transfer encodings (RFC 2045 section 6), decoded as leniently as mail programs do. */
enum transfer_encoding { TRANSFER_IDENTITY, TRANSFER_BASE64, TRANSFER_QUOTED };

/* Room that transfer_decode needs at least, and all that transfer_end writes at most. */
enum { TRANSFER_ROOM_MIN = 128 };

struct transfer {
	enum transfer_encoding encoding;
	uint32_t bits;                  /* base64: sextets not yet written */
	unsigned sextets;
	unsigned held;                  /* quoted-printable: bytes in hold, starting with '=' */
	char hold[72];
};

/* The encoding that a Content-Transfer-Encoding value names; unknown ones and 7bit, 8bit, binary mean identity. */
enum transfer_encoding transfer_named(struct slice value);
void transfer_begin(struct transfer *t, enum transfer_encoding encoding);
/*
 * Decodes from the front of *in, which is moved on, to out; returns the number
 * of bytes written, at most room. Stops when *in is empty or less than
 * TRANSFER_ROOM_MIN bytes are left; the outcome does not depend on how the
 * input is cut. Bytes outside the alphabet are skipped and data after padding
 * is read on (base64); escapes that are none stay as they are (quoted-printable).
 */
size_t transfer_decode(struct transfer *t, struct slice *in, char *out, size_t room);
/* What was still held back at the end of the data. */
size_t transfer_end(struct transfer *t, char *out);

#endif
