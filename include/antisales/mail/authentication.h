/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_AUTHENTICATION_H
#define ANTISALES_MAIL_AUTHENTICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/mail/authres.h"
#include "antisales/mail/dkim.h"

/* What proves who is behind a message, by our own checks and by those of a filter in front that we trust. */
struct authentication {
	const struct dkim_result *dkim;         /* our own */
	size_t dkim_count;
	struct authres_summary told;            /* all { 0 } when nobody trusted told anything */
};

struct txn;
/* Reads the trusted Authentication-Results fields of the message into the summary. */
void authentication_read(const struct txn *t, const struct slice *trusted_ids, size_t count, struct authres_summary *ret);
/* Domains whose DKIM signature counts, normalised, each once; at most max. Returns how many. */
size_t authentication_domains(const struct authentication *a, struct slice *ret, size_t max);

#endif
