/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_STORE_RECORD_H
#define ANTISALES_STORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/hash.h"
#include "antisales/base/slice.h"

/*
 * A record is a stamp and a fixed list of numbers whose changes commute: to
 * change one is to merge a delta into it, and merging two hosts' records is
 * the same operation. Merging is associative and commutative (decayed sums up
 * to rounding), so order, retries of whole stores and replays converge.
 */
enum field_rule {
	FIELD_ADD,                      /* sums */
	FIELD_MIN,                      /* the smaller of those that are not 0 */
	FIELD_MAX,
	FIELD_OR,                       /* a set of up to 63 marks: together */
	FIELD_DECAY,                    /* sums that halve every half_life seconds, as of the stamp */
	FIELD_REGISTERS,                /* eight bytes, of each the larger: a piece of a sketch */
	FIELD_WEEK,                     /* a week's number and its marks: the later week, marks of one week together */
	FIELD_LATEST,                   /* such fields in a row are one set of times with marks, see below */
	FIELD_YOUNGEST,                 /* a time; those WITH it behind it are what was true then: the later wins as a whole */
	FIELD_WITH
};

enum { RECORD_FIELDS_MAX = 48, RECORD_BYTES_MAX = 24 + 8 * RECORD_FIELDS_MAX };
/* FIELD_WEEK: the week's number stands above this many marks. */
enum { WEEK_MARKS = 42 };
/*
 * FIELD_LATEST: an entry is a time in seconds above this many bits of mark, 0
 * is none. The set keeps the latest time of each mark, in falling order, and
 * when it is full its latest times. The field before the row, an ADD, counts
 * those that found no room; a mark that left and comes again counts anew.
 */
enum { MARK_BITS = 30 };
static inline int64_t latest_entry(int64_t time, uint64_t mark)
{
	return time <= 0 ? 0 : (int64_t)((uint64_t)time << MARK_BITS | (mark & ((UINT64_C(1) << MARK_BITS) - 1)));
}
static inline int64_t latest_time(int64_t entry)
{
	return entry >> MARK_BITS;
}
static inline uint64_t latest_mark(int64_t entry)
{
	return (uint64_t)entry & ((UINT64_C(1) << MARK_BITS) - 1);
}

struct record_type {
	char tag;                       /* first byte of its keys */
	const char *name;               /* ledger name for stats and messages */
	unsigned char version;
	size_t fields;
	struct record_field { const char *name; enum field_rule rule; } field[RECORD_FIELDS_MAX];
	int64_t half_life;              /* seconds, for FIELD_DECAY */
	int64_t retention;              /* seconds after the stamp until it expires */
};

struct record {
	int64_t stamp;                  /* seconds: time of the youngest change */
	union {
		int64_t number;         /* all but DECAY */
		double decayed;         /* DECAY */
	} at[RECORD_FIELDS_MAX];
};

/* NULL when no ledger has that tag. */
const struct record_type *record_type_of(char tag);
/* What a proven identifier, a claimed name, a platform account and a whole organisation did: one layout. */
extern const struct record_type record_reputation, record_claimed, record_account, record_whole;
/* See organisation.h; who said what about which mail, see antisales/ledger/feedback.h. */
extern const struct record_type record_node, record_edge, record_weak_edge, record_back, record_said, record_voice;
/* What one of us and an organisation are to each other and how often it wrote; see the headers in antisales/ledger. */
extern const struct record_type record_relation, record_sequence, record_fanout, record_template, record_pressure,
    record_sent, record_message, record_network, record_optout, record_exit, record_issued, record_holder, record_decoy,
    record_contacts, record_consent;

/* A text of up to 8 bytes a field, in so many fields from first on; what is longer is cut at a character. */
void record_put_text(struct record *r, size_t first, size_t fields, struct slice text);
/* out has 8 * fields + 1 bytes; it ends in NUL. Returns out. */
char *record_get_text(const struct record *r, size_t first, size_t fields, char *out);

/* Merges delta into into. */
void record_merge(const struct record_type *t, struct record *into, const struct record *delta);
/* The value of a decayed sum at a later time. */
double record_decay(const struct record_type *t, double value, int64_t from, int64_t to);

/*
 * Fixed layout, little-endian: version, fields, 0, 0, CRC-32C of the rest,
 * stamp, a bit for each field that is not 0, those fields. Returns the bytes
 * used: most fields of most records are 0.
 */
size_t record_encode(const struct record_type *t, const struct record *r, unsigned char out[RECORD_BYTES_MAX]);
/* false when the bytes are no intact record of this type and version; *ret is then not touched. */
bool record_decode(const struct record_type *t, struct slice bytes, struct record *ret);

#endif
