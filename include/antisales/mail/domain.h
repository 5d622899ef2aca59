/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_DOMAIN_H
#define ANTISALES_MAIL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"

/* Sole user of libpsl and libidn2. All functions may be called by any thread at any time. */

/* Lower-case A-labels without a final dot; absent when it is no valid host name (RFC 5890, RFC 1123;
 * underscores are let pass, as DNS does). Literal IP addresses are returned as they are. */
struct slice domain_normalise(struct slice host, struct arena *a);
/* The same without an arena: writes at most DOMAIN_BYTES_MAX bytes and a NUL to out; the length, 0 for none. */
enum { DOMAIN_BYTES_MAX = 253 };
size_t domain_write(struct slice host, char out[DOMAIN_BYTES_MAX + 1]);
/* The registrable domain ("acme.co.uk" of "mail.acme.co.uk") by the public suffix list (ICANN section and
 * private section); a part of host, which must be normalised. Absent for a public suffix or an IP address. */
struct slice domain_registrable(struct slice host);
/* True when host equals parent or lies below it. */
bool domain_is_under(struct slice host, struct slice parent);

#endif
