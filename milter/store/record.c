/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/record.h"

#include <math.h>
#include <string.h>

#define DAY INT64_C(86400)

const struct record_type record_reputation = {
	.tag = 'r', .name = "reputation", .version = 1, .fields = 8,
	.field = {
		{ "first_seen", FIELD_MIN }, { "mails", FIELD_ADD }, { "sales", FIELD_DECAY }, { "clean", FIELD_DECAY },
		{ "neutral", FIELD_DECAY }, { "tagged", FIELD_ADD }, { "quarantined", FIELD_ADD }, { "rejected", FIELD_ADD },
	},
	.half_life = 60 * DAY, .retention = 400 * DAY,
};

static const struct record_type *const types[] = { &record_reputation };

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

static int64_t merge_number(enum field_rule rule, int64_t a, int64_t b)
{
	switch (rule) {
	case FIELD_ADD:
		return sum(a, b);
	case FIELD_MIN:
		if (a == 0 || b == 0)
			return a == 0 ? b : a;
		return a < b ? a : b;
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
	size_t n = 16 + 8 * t->fields;
	uint32_t crc;

	memset(out, 0, 8);
	out[0] = t->version;
	out[1] = (unsigned char)t->fields;
	put64(out + 8, (uint64_t)r->stamp);
	for (size_t i = 0; i < t->fields; i++) {
		uint64_t bits;

		memcpy(&bits, &r->at[i], sizeof bits);
		put64(out + 16 + 8 * i, bits);
	}
	crc = crc32c(out + 8, n - 8);
	for (int i = 0; i < 4; i++)
		out[4 + i] = (unsigned char)(crc >> (8 * i));
	return n;
}

bool record_decode(const struct record_type *t, struct slice bytes, struct record *ret)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	struct record r = { 0 };
	uint32_t crc;

	if (bytes.n != 16 + 8 * t->fields || p[0] != t->version || p[1] != t->fields || p[2] != 0 || p[3] != 0)
		return false;
	crc = (uint32_t)p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24;
	if (crc != crc32c(p + 8, bytes.n - 8))
		return false;
	r.stamp = (int64_t)get64(p + 8);
	for (size_t i = 0; i < t->fields; i++) {
		uint64_t bits = get64(p + 16 + 8 * i);

		memcpy(&r.at[i], &bits, sizeof bits);
		if (t->field[i].rule == FIELD_DECAY && !(isfinite(r.at[i].decayed) && r.at[i].decayed >= 0))
			return false;
	}
	*ret = r;
	return true;
}
