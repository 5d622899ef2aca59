/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_OPTOUT_H
#define ANTISALES_LEDGER_OPTOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/ledger/party.h"

/*
 * Who of us told whom to stop, record 'x' (party, person), and which mails came
 * after it. An opt-out concerns an organisation with all that is one with it,
 * or a sending agency with all of its clients, or one list.
 */
enum optout_field {
	OPTOUT_FIRST, OPTOUT_SAID_AT, OPTOUT_WITHDRAWN_AT, OPTOUT_OLDER, OPTOUT_AFTER, OPTOUT_AFTER_MAX = 16,
	OPTOUT_FIELDS = OPTOUT_AFTER + OPTOUT_AFTER_MAX
};
enum optout_scope { OPTOUT_ORGANISATION, OPTOUT_AGENCY, OPTOUT_LIST, OPTOUT_SCOPES };

struct optout {
	bool said;                      /* and not withdrawn */
	enum optout_scope scope;
	int64_t since;
	int64_t last_at;                /* when it was last said */
	bool counted;                   /* the mail asked about is among those that came after it */
	int64_t after;                  /* mails that came after it, the one asked about left out; 16 stands for more */
};

const char *optout_scope_name(enum optout_scope s);
/* OPTOUT_SCOPES for a word that is none. */
enum optout_scope optout_scope_read(struct slice word);

struct store_key optout_key(int64_t party, int64_t person);
/* What stands for an agency in the party's place, of its account's id: not the account itself, for that is one with all
 * of the agency's clients. */
int64_t optout_agency(const struct site_key *site, int64_t account);
/* What stands for a list in the party's place: its List-Id. 0 for none. */
int64_t optout_list(const struct site_key *site, struct slice list_id);
/* r may be NULL; mark is that of the mail asked about. */
struct optout optout_read(const struct record *r, enum optout_scope scope, uint64_t mark);

struct store_change optout_said(int64_t party, int64_t person, int64_t now);
struct store_change optout_withdrawn(int64_t party, int64_t person, int64_t now);
struct store_change optout_mail_after(int64_t party, int64_t person, uint64_t mark, int64_t now);

/* An address of theirs that takes opt-outs: whoever writes there says no to that party. */
enum exit_field { EXIT_AT, EXIT_PARTY };
struct store_key exit_key(const struct site_key *site, struct slice address);
struct store_change exit_seen(const struct site_key *site, struct slice address, int64_t party, int64_t now);

#endif
