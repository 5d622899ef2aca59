/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include <stdint.h>

#include "store.h"

/* What happened between one organisation and one or all of your people. */
enum timeline_kind { TIMELINE_TOUCH, TIMELINE_WRITTEN, TIMELINE_REPLIED, TIMELINE_INTRODUCED, TIMELINE_CONSENT, TIMELINE_FORM,
	TIMELINE_SET, TIMELINE_KINDS };

struct timeline_event {
	int64_t at, person;
	enum timeline_kind kind;
	int64_t touch;                  /* TOUCH: its number in its sequence */
	char document[64];              /* FORM: what for, "" when unknown */
};

struct timeline {
	const char *name;               /* as it was asked for */
	const struct cli_persons *persons;
	struct timeline_event *events;  /* in order of time */
	size_t count, room;
	int64_t older;                  /* touches whose time is not kept */
	int64_t touched;                /* persons with a touch */
	int64_t first;                  /* when the first touch was; 0 for none */
	bool failed;
};

/* What is remembered of the party and all that is one with it, for t->persons: everybody when nobody is named. */
int timeline_load(struct ledger_cli *l, const struct org_view *v, int64_t party, struct timeline *t, struct err *reterr);
void timeline_free(struct timeline *t);

const char *timeline_kind_name(enum timeline_kind k);
/* "touch 3", "you wrote", ...; returns out. */
enum { TIMELINE_WORDS_MAX = 96 };
char *timeline_words(const struct timeline_event *e, char out[TIMELINE_WORDS_MAX]);
/* A strip of one line for each person, time from left to right. */
void timeline_svg(const struct timeline *t, FILE *out);
void timeline_html(const struct timeline *t, FILE *out);

#endif
