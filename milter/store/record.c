/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/record.h"

#include <math.h>
#include <string.h>

#define DAY INT64_C(86400)

#define TWO(name, rule) { name, rule }, { name, rule }
#define EIGHT(name, rule) TWO(name, rule), TWO(name, rule), TWO(name, rule), TWO(name, rule)

/* The order is that of enum reputation_field in antisales/ledger/reputation.h. */
#define REPUTATION \
	.version = 2, .fields = 48, \
	.field = { \
		{ "first_seen", FIELD_MIN }, { "mails", FIELD_ADD }, { "sales", FIELD_DECAY }, { "clean", FIELD_DECAY }, \
		{ "neutral", FIELD_DECAY }, { "tagged", FIELD_ADD }, { "quarantined", FIELD_ADD }, { "rejected", FIELD_ADD }, \
		{ "answers", FIELD_DECAY }, { "optouts_ignored", FIELD_DECAY }, { "decoys", FIELD_DECAY }, \
		{ "said_sales", FIELD_ADD }, { "said_wanted", FIELD_ADD }, { "set", FIELD_MAX }, \
		{ "sales_to", FIELD_OR }, { "clean_to", FIELD_OR }, \
		EIGHT("recipients", FIELD_REGISTERS), \
		EIGHT("week", FIELD_WEEK), EIGHT("week", FIELD_WEEK), EIGHT("week", FIELD_WEEK), \
	}, \
	.half_life = 60 * DAY, .retention = 400 * DAY

const struct record_type record_reputation = { .tag = 'r', .name = "reputation", REPUTATION };
const struct record_type record_claimed = { .tag = 'c', .name = "claimed", REPUTATION };
const struct record_type record_account = { .tag = 't', .name = "account", REPUTATION };
const struct record_type record_whole = { .tag = 'g', .name = "organisation", REPUTATION };

/* The order is that of enum node_field in antisales/store/organisation.h. */
const struct record_type record_node = {
	.tag = 'o', .name = "identifier", .version = 1, .fields = 12,
	.field = { { "parent", FIELD_MIN }, { "members", FIELD_MAX }, { "kind", FIELD_MAX }, { "first_seen", FIELD_MIN },
		EIGHT("name", FIELD_MAX) },
	.retention = 400 * DAY,
};
#define EDGE .version = 1, .fields = 4, \
	.field = { { "first_seen", FIELD_MIN }, { "mails", FIELD_ADD }, { "joined", FIELD_MAX }, { "split", FIELD_MAX } }
const struct record_type record_edge = { .tag = 'e', .name = "join", EDGE, .retention = 400 * DAY };
const struct record_type record_weak_edge = { .tag = 'w', .name = "likeness", EDGE, .retention = 60 * DAY };
const struct record_type record_back = { .tag = 'b', .name = "join-index", .version = 1, .retention = 400 * DAY };

const struct record_type record_said = {
	.tag = 'f', .name = "feedback", .version = 1, .fields = 4,
	.field = { { "sales", FIELD_MAX }, { "wanted", FIELD_MAX }, { "undone", FIELD_MAX }, { "about", FIELD_MAX } },
	.retention = 400 * DAY,
};
const struct record_type record_voice = {
	.tag = 'u', .name = "voice", .version = 1, .fields = 2,
	.field = { { "sales", FIELD_ADD }, { "wanted", FIELD_ADD } }, .retention = 400 * DAY,
};

static const struct record_type *const types[] = {
	&record_reputation, &record_claimed, &record_account, &record_whole, &record_node, &record_edge, &record_weak_edge,
	&record_back, &record_said, &record_voice,
};

const struct record_type *record_type_of(char tag)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i]->tag == tag)
			return types[i];
	return NULL;
}

double record_decay(const struct record_type *t, double value, int64_t from, int64_t to)
{
	return to <= from ? value : value * exp2(-(double)(to - from) / (double)t->half_life);
}

static int64_t sum(int64_t a, int64_t b)
{
	int64_t s;

	return __builtin_add_overflow(a, b, &s) ? (b > 0 ? INT64_MAX : INT64_MIN) : s;
}

static int64_t larger_bytes(int64_t a, int64_t b)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b, ret = 0;

	for (int shift = 0; shift < 64; shift += 8) {
		uint64_t p = x >> shift & 0xFF, q = y >> shift & 0xFF;

		ret |= (p > q ? p : q) << shift;
	}
	return (int64_t)ret;
}

static int64_t later_week(int64_t a, int64_t b)
{
	if (a >> WEEK_MARKS == b >> WEEK_MARKS)
		return a | b;
	return a > b ? a : b;
}

static int64_t merge_number(enum field_rule rule, int64_t a, int64_t b)
{
	switch (rule) {
	case FIELD_ADD:
		return sum(a, b);
	case FIELD_MIN:
		if (a == 0 || b == 0)
			return a == 0 ? b : a;
		return a < b ? a : b;
	case FIELD_OR:
		return a | b;
	case FIELD_REGISTERS:
		return larger_bytes(a, b);
	case FIELD_WEEK:
		return later_week(a, b);
	case FIELD_MAX:
	case FIELD_DECAY:
		break;
	}
	return a > b ? a : b;
}

void record_merge(const struct record_type *t, struct record *into, const struct record *delta)
{
	int64_t stamp = into->stamp > delta->stamp ? into->stamp : delta->stamp;

	for (size_t i = 0; i < t->fields; i++) {
		if (t->field[i].rule == FIELD_DECAY)
			into->at[i].decayed = record_decay(t, into->at[i].decayed, into->stamp, stamp)
			    + record_decay(t, delta->at[i].decayed, delta->stamp, stamp);
		else
			into->at[i].number = merge_number(t->field[i].rule, into->at[i].number, delta->at[i].number);
	}
	into->stamp = stamp;
}

static void put64(unsigned char *p, uint64_t n)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(n >> (8 * i));
}

static uint64_t get64(const unsigned char *p)
{
	uint64_t n = 0;

	for (int i = 7; i >= 0; i--)
		n = n << 8 | p[i];
	return n;
}

size_t record_encode(const struct record_type *t, const struct record *r, unsigned char out[RECORD_BYTES_MAX])
{
	uint64_t present = 0;
	size_t n = 24;
	uint32_t crc;

	memset(out, 0, 8);
	out[0] = t->version;
	out[1] = (unsigned char)t->fields;
	put64(out + 8, (uint64_t)r->stamp);
	for (size_t i = 0; i < t->fields; i++) {
		uint64_t bits;

		memcpy(&bits, &r->at[i], sizeof bits);
		if (bits == 0)
			continue;
		present |= UINT64_C(1) << i;
		put64(out + n, bits);
		n += 8;
	}
	put64(out + 16, present);
	crc = crc32c(out + 8, n - 8);
	for (int i = 0; i < 4; i++)
		out[4 + i] = (unsigned char)(crc >> (8 * i));
	return n;
}

/* Header, length, checksum; *present gets the bits of the fields that follow. */
static bool is_intact(const struct record_type *t, struct slice bytes, uint64_t *present)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	uint32_t crc;

	if (bytes.n < 24 || bytes.n > 24 + 8 * t->fields || p[0] != t->version || p[1] != t->fields || p[2] != 0 || p[3] != 0)
		return false;
	crc = (uint32_t)p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24;
	*present = get64(p + 16);
	return *present >> t->fields == 0 && bytes.n == 24 + 8 * (size_t)__builtin_popcountll(*present)
	    && crc == crc32c(p + 8, bytes.n - 8);
}

bool record_decode(const struct record_type *t, struct slice bytes, struct record *ret)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	struct record r = { 0 };
	uint64_t present;
	size_t at = 24;

	if (!is_intact(t, bytes, &present))
		return false;
	r.stamp = (int64_t)get64(p + 8);
	for (size_t i = 0; i < t->fields; i++) {
		uint64_t bits;

		if ((present >> i & 1) == 0)
			continue;
		bits = get64(p + at);
		at += 8;
		memcpy(&r.at[i], &bits, sizeof bits);
		if (t->field[i].rule == FIELD_DECAY && !(isfinite(r.at[i].decayed) && r.at[i].decayed >= 0))
			return false;
	}
	*ret = r;
	return true;
}
