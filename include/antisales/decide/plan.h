/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_DECIDE_PLAN_H
#define ANTISALES_DECIDE_PLAN_H

#include <stddef.h>

#include "antisales/decide/verdict.h"

enum action_kind { ACTION_DELETE_HEADER, ACTION_INSERT_HEADER, ACTION_QUARANTINE, ACTION_REPLY };

/* One call to the MTA. */
struct action {
	enum action_kind kind;
	const char *name;               /* header field */
	const char *value;              /* header value, quarantine reason, reply text */
	size_t count;                   /* DELETE: how many of that name there are; all go, the last first */
	int code;                       /* REPLY */
	const char *enhanced;           /* REPLY */
};

/* The ordered list of replies that carries a decision out. */
struct plan {
	const struct action *actions;
	size_t count;
	bool reject;                    /* the message is refused with the REPLY */
};

/*
 * Our own fields that came in with the mail, forged or from a relay of ours:
 * they are removed whatever is decided. Counted by name, so that a mail with
 * a hundred thousand of them costs no more memory than one.
 */
enum { FOREIGN_NAMES = 64, FOREIGN_NAME_BYTES = 64 };
struct foreign_headers {
	struct {
		char name[FOREIGN_NAME_BYTES];
		size_t count;
	} at[FOREIGN_NAMES];
	size_t names;
	size_t lost;                    /* fields of ever new names that found no room; never those that we write */
};
void foreign_note(struct foreign_headers *f, struct slice name);

enum { REPLY_TEXT_MAX = 400, HEADER_VALUE_MAX = 2000 };

/* Deletes come first, then inserts, each at the top, last field first. In shadow mode the plan is empty. */
int plan_build(const struct decision *d, const struct foreign_headers *foreign, struct arena *a, struct plan *ret,
    struct err *reterr);
/* Only the deletes, for mail that could not be judged. */
int plan_clean(const struct foreign_headers *foreign, struct arena *a, struct plan *ret, struct err *reterr);

/* The fields that describe a decision, in their order, as "Name" and folded value. */
struct header_line {
	const char *name;
	const char *value;
};
enum { HEADER_LINES_MAX = 6 };
size_t header_lines(const struct decision *d, struct arena *a, struct header_line ret[HEADER_LINES_MAX]);

/* The i-th name that we write, NULL behind the last. */
const char *header_our_name(size_t i);
/* True for the names of antisales-headers(7): X-Anti-Sales and everything that begins so, case and white space
 * around it ignored. */
bool header_is_ours(struct slice name);
/*
 * The only way to a header value: any bytes in, printable ASCII out (foreign
 * text as RFC 2047 encoded words), folded at 78 columns with LF TAB, at most
 * HEADER_VALUE_MAX bytes. NULL out of memory.
 */
const char *header_value(const char *name, struct slice text, struct arena *a);
/* The only way to a reply text: printable ASCII without '%', one line, at most REPLY_TEXT_MAX bytes. */
const char *reply_text(struct slice text, struct arena *a);

#endif
