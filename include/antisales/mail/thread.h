/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_THREAD_H
#define ANTISALES_MAIL_THREAD_H

#include <stddef.h>

#include "antisales/mail/txn.h"

/*
 * The message ids that a mail says it answers (RFC 5322 section 3.6.4), each
 * with its angle brackets: those of In-Reply-To from the front, then those of
 * References from the end, which is the nearest. At most max; returns how many.
 */
size_t thread_ids(const struct txn *t, struct slice *ret, size_t max);

#endif
