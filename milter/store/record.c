/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/record.h"

#include <math.h>
#include <string.h>

#define MARK_MASK ((INT64_C(1) << MARK_BITS) - 1)

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
	default:                        /* FIELD_MAX: the others have a merging of their own */
		return a > b ? a : b;
	}
}

/* As many fields from i on as make one run: those of the rule that follows the first. */
static size_t run_length(const struct record_type *t, size_t i, enum field_rule follows)
{
	size_t n = 1;

	while (i + n < t->fields && t->field[i + n].rule == follows)
		n++;
	return n;
}

static bool has_mark(const int64_t *entries, size_t n, int64_t entry)
{
	for (size_t i = 0; i < n; i++)
		if (((entries[i] ^ entry) & MARK_MASK) == 0)
			return true;
	return false;
}

/* Both sets stand in falling order, so the latest entry of a mark is met first. Returns how many found no room. */
static int64_t merge_latest(struct record *into, const struct record *delta, size_t first, size_t n)
{
	int64_t set[RECORD_FIELDS_MAX], lost = 0;
	size_t a = 0, b = 0, count = 0;

	while ((a < n && into->at[first + a].number > 0) || (b < n && delta->at[first + b].number > 0)) {
		int64_t x = a < n ? into->at[first + a].number : 0, y = b < n ? delta->at[first + b].number : 0;
		int64_t entry = x > y ? x : y;

		if (x > y)
			a++;
		else
			b++;
		if (has_mark(set, count, entry))
			continue;
		if (count < n)
			set[count++] = entry;
		else
			lost++;
	}
	for (size_t i = 0; i < n; i++)
		into->at[first + i].number = i < count ? set[i] : 0;
	return lost;
}

/* The run whose time is later, as a whole; of two of one time the larger one. */
static void merge_youngest(struct record *into, const struct record *delta, size_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t a = into->at[first + i].number, b = delta->at[first + i].number;

		if (a == b)
			continue;
		if (b > a)
			memcpy(&into->at[first], &delta->at[first], n * sizeof into->at[0]);
		return;
	}
}

/* Merges the run that begins at i; returns its length, 0 when none does. */
static size_t merge_run(const struct record_type *t, struct record *into, const struct record *delta, size_t i)
{
	size_t n;

	switch (t->field[i].rule) {
	case FIELD_LATEST:
		n = run_length(t, i, FIELD_LATEST);
		into->at[i - 1].number = sum(into->at[i - 1].number, merge_latest(into, delta, i, n));
		return n;
	case FIELD_YOUNGEST:
		n = run_length(t, i, FIELD_WITH);
		merge_youngest(into, delta, i, n);
		return n;
	default:
		return 0;
	}
}

void record_merge(const struct record_type *t, struct record *into, const struct record *delta)
{
	int64_t stamp = into->stamp > delta->stamp ? into->stamp : delta->stamp;

	for (size_t i = 0, run; i < t->fields; i += run == 0 ? 1 : run) {
		run = merge_run(t, into, delta, i);
		if (run > 0)
			continue;
		if (t->field[i].rule == FIELD_DECAY)
			into->at[i].decayed = record_decay(t, into->at[i].decayed, into->stamp, stamp)
			    + record_decay(t, delta->at[i].decayed, delta->stamp, stamp);
		else
			into->at[i].number = merge_number(t->field[i].rule, into->at[i].number, delta->at[i].number);
	}
	into->stamp = stamp;
}

void record_put_text(struct record *r, size_t first, size_t fields, struct slice text)
{
	size_t n = text.n < 8 * fields ? text.n : 8 * fields;

	/* a UTF-8 character is kept whole or not at all */
	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	for (size_t i = 0; i < 8 * fields; i++) {
		uint64_t byte = i < n ? (unsigned char)text.p[i] : 0;
		uint64_t rest = i % 8 == 0 ? 0 : (uint64_t)r->at[first + i / 8].number;

		r->at[first + i / 8].number = (int64_t)(rest | byte << (56 - 8 * (i % 8)));
	}
}

char *record_get_text(const struct record *r, size_t first, size_t fields, char *out)
{
	for (size_t i = 0; i < 8 * fields; i++)
		out[i] = (char)((uint64_t)r->at[first + i / 8].number >> (56 - 8 * (i % 8)) & 0xFF);
	out[8 * fields] = '\0';
	return out;
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
