/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include "antisales/ledger/issued.h"
#include "store.h"

/* What the verbs of "antisales address" have in common. */
struct address_cli {
	struct ledger_cli ledger;
	const char *user_text;          /* --user; NULL when not given */
	const char *for_text, *purpose; /* of issue */
	enum issued_style style;
	bool lock;
	int64_t span, until;            /* --expires, as it was written; both 0: never */
};

/* One of us by the address without extension, as an issued one is made from: E_SYNTAX for what is none. */
int address_user(struct address_cli *c, const char *text, struct address *ret, int64_t *ret_person, struct err *reterr);
/* An issued address by its text: E_ABSENT when it was not. */
struct found_address {
	struct address address;
	struct store_key key;
	struct issued issued;
};
int address_find(struct address_cli *c, const char *text, struct found_address *ret, struct err *reterr);
/* Those who may write to it besides whom it was issued to; returns how many, or an error. */
struct affiliates {
	int64_t id[AFFILIATES_MAX];
	size_t count;
};
int address_affiliates(struct address_cli *c, const struct found_address *f, struct affiliates *ret, struct err *reterr);

/* address_tell.c; each returns an exit code. */
int address_tell_all(struct address_cli *c);
int address_tell(struct address_cli *c, const char *text);

#endif
