/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_IDENTIFIER_H
#define ANTISALES_LEDGER_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/hash.h"
#include "antisales/base/slice.h"
#include "antisales/store/organisation.h"

/*
 * By what an organisation is known. The first two can be proved: a domain by
 * DKIM or SPF, an account by a signature of its platform's own. The others can
 * be copied by anybody: they are told to people and join nothing.
 */
enum identifier_kind {
	IDENTIFIER_DOMAIN = 1, IDENTIFIER_ACCOUNT, IDENTIFIER_CLAIMED_ACCOUNT, IDENTIFIER_REPLY_TO, IDENTIFIER_LIST,
	IDENTIFIER_CALENDAR, IDENTIFIER_PHONE, IDENTIFIER_TRACKING_HOST, IDENTIFIER_POSTAL, IDENTIFIER_MAILBOX,
	IDENTIFIER_KINDS
};

struct identifier {
	enum identifier_kind kind;
	struct slice value;             /* an account is "platform:tenant" */
};

enum { IDENTIFIER_TEXT_MAX = 96, IDENTIFIER_NAME_BYTES = 64 };

/* "domain", "account", "reply-to", ... */
const char *identifier_kind_name(enum identifier_kind k);
/* Reads "acme.example", "marketo:123-ABC-456", "reply-to:acme.example". false for what is none. */
bool identifier_read(struct slice text, struct identifier *ret);
/* A positive number that only the site's key can tell; an account's letter case counts only where it is mixed. */
int64_t identifier_id(const struct site_key *site, const struct identifier *i);
/* The change that makes a store know the identifier. Its name is kept unless it may be a person's. */
struct store_change identifier_seen(const struct site_key *site, const struct identifier *i, int64_t now);
/* The name kept in such a record, with its kind as identifier_read takes it; "" when none is kept. Returns out. */
char *identifier_name(const struct record *node, char out[IDENTIFIER_TEXT_MAX]);
/* A mail says that both are one: tag 'e' when that is proved, else 'w'. */
struct store_change identifier_edge(char tag, int64_t a, int64_t b, int64_t now);

#endif
