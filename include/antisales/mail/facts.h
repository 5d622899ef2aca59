/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_FACTS_H
#define ANTISALES_MAIL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/buf.h"
#include "antisales/base/json.h"
#include "antisales/base/slice.h"

enum fact_type { FACT_TYPE_TEXT, FACT_TYPE_WORD, FACT_TYPE_LIST, FACT_TYPE_INT, FACT_TYPE_BOOL };
enum fact_privacy { FACT_PRIVACY_OPEN, FACT_PRIVACY_PRIVATE };

enum fact_id {
#define FACT(id, name, type, words, privacy, meaning) FACT_##id,
#include "antisales/mail/facts.def"
#undef FACT
	FACT_COUNT
};

struct fact_spec {
	const char *name;
	enum fact_type type;
	const char *words;              /* WORD: the words, separated by spaces; else the unit */
	enum fact_privacy privacy;
	const char *meaning;
};

/* A fact that is not present was not found; that differs from 0, no and "". */
struct fact {
	bool present;
	int64_t number;                 /* INT; BOOL as 0 or 1 */
	struct slice text;              /* TEXT, WORD */
	const struct slice *list;       /* LIST */
	size_t count;
};

/* What is known of one message for one recipient. Plain data: copying it is a copy of the facts. */
struct facts {
	struct fact at[FACT_COUNT];
};

const struct fact_spec *fact_spec(enum fact_id id);
/* FACT_COUNT when there is no fact of that name. */
enum fact_id fact_find(struct slice name);
const char *fact_nearest(struct slice name);            /* NULL when none is near */

void facts_text(struct facts *f, enum fact_id id, struct slice text);      /* absent text: not present */
void facts_int(struct facts *f, enum fact_id id, int64_t number);
void facts_bool(struct facts *f, enum fact_id id, bool yes);
void facts_list(struct facts *f, enum fact_id id, const struct slice *list, size_t count);
static inline bool facts_is(const struct facts *f, enum fact_id id)         /* present and true */
{
	return f->at[id].present && f->at[id].number != 0;
}

/* How the fact reads in a sentence: the text, the number, yes or no, the list with commas; "" if not present. */
void fact_say(const struct facts *f, enum fact_id id, struct buf *out);
/* One "name: value" line for each present fact, in the table's order; the text form that tests compare. */
void facts_dump(const struct facts *f, struct buf *out);
/* Present facts as a JSON map; private ones only when asked for. */
json *facts_json(const struct facts *f, bool with_private);
/* Sets one fact from its text form ("name", "value"); false when the name or value fits no fact. The slices are
 * kept, not copied; list values are split on ", " into the arena. */
struct arena;
bool facts_read(struct facts *f, struct slice name, struct slice value, struct arena *a);

#endif
