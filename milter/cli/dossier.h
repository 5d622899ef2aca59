/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_DOSSIER_H
#define CLI_DOSSIER_H

#include "antisales/ledger/issued.h"
#include "antisales/ledger/optout.h"
#include "journal_read.h"
#include "timeline.h"

/*
 * What an organisation did to those of us who were named, from store and
 * journal. Nobody else's data gets in here, but for how many were touched.
 */
enum { JOURNAL_FILES_MAX = 64, ADDRESS_TEXT_MAX = 400 };

struct dossier_mail {
	int64_t at;
	bool late;                      /* after the deadline */
};
struct dossier_optout {
	int64_t party, person, since, deadline, late;
	struct dossier_mail after[OPTOUT_AFTER_MAX];    /* the oldest first */
	size_t after_count;
};

struct dossier_address {
	int64_t person;
	struct issued issued;
	struct slice text;
	bool about;                     /* issued to the organisation, or used by it */
	bool sold;                      /* another one than whom it was issued to used it */
};

struct dossier_finding {
	struct slice id;
	int64_t points;
};
/* One line of the journal, as it concerns one person. */
struct dossier_decision {
	int64_t person, score, number;
	struct slice at, id, verdict, mode, domain, proof, platform, chain, sha256, issued_to, sold_by;
	bool intact;                    /* the line is as it was written, and has a chain */
	bool alone;                     /* the person was the only recipient: only then findings are the person's for sure */
	struct dossier_finding *findings;
	size_t findings_count;
	uint64_t nth;                   /* line of all files */
};
/* Something is wrong with the journal there. */
struct dossier_break {
	const char *file, *text;
	uint64_t line, nth;
};

struct dossier {
	struct ledger_cli ledger;
	const char *name;               /* as it was asked for */
	const char *face;               /* as it is known best */
	struct cli_persons named;       /* as they were named: one person may be by several addresses */
	struct cli_persons persons;     /* each of them once */
	struct address users[CLI_PERSONS_MAX];  /* without extension */
	struct org_view view;
	int64_t party, root;
	int64_t touched;                /* of all of us */
	struct timeline timeline;       /* of those named */
	struct dossier_optout *optouts;
	size_t optouts_count, optouts_room;
	struct dossier_address *addresses;      /* all that were issued to those named */
	size_t addresses_count, addresses_room;
	const char *journals[JOURNAL_FILES_MAX];
	size_t journals_count;
	bool journal_read;
	struct journal_reader reader;
	struct dossier_decision *decisions;
	size_t decisions_count, decisions_room;
	struct dossier_break *breaks;
	size_t breaks_count, breaks_room;
	bool failed;                    /* out of memory */
	const char *mail, *client;      /* of a report; NULL when not given */
	const char *language;           /* of a letter */
};

/* dossier_store.c, dossier_journal.c: fill it in. */
int dossier_read_store(struct dossier *d, struct err *reterr);
int dossier_read_journal(struct dossier *d, struct err *reterr);
/* The identifier is one with the organisation. */
bool dossier_is_of(const struct dossier *d, int64_t id);
bool dossier_has_domain(const struct dossier *d, struct slice domain);
/* How often the person was touched, and since when; of more than one person only the touches whose time is known. */
int64_t dossier_touches(const struct dossier *d, int64_t person, int64_t *ret_since);
/* Room for one more in an array; NULL out of memory, which is noted. */
void *dossier_grow(struct dossier *d, void *array, size_t *count, size_t *room, size_t each);
/* The breaks among the lines that are told: those from the first to the last decision, all without any. */
bool dossier_break_counts(const struct dossier *d, const struct dossier_break *b);
size_t dossier_breaks(const struct dossier *d);

/* dossier_json.c, dossier_tell.c, dossier_arf.c, dossier_letter.c: each tells it, and returns an exit code. */
int dossier_json(struct dossier *d);
int dossier_text(struct dossier *d);
int dossier_html(struct dossier *d);
int dossier_arf(struct dossier *d);
int dossier_letter(struct dossier *d);

#endif
