/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_UNIT_STORE_DATA_H
#define TEST_UNIT_STORE_DATA_H

/* Keys and changes for tests of stores. */
#include "unit.h"

#include "antisales/store/store.h"

#define DAY INT64_C(86400)
#define MIB INT64_C(1048576)

enum { FIELD_FIRST_SEEN, FIELD_MAILS, FIELD_SALES, FIELD_CLEAN };

static inline struct store_key key_number(uint64_t n)
{
	struct store_key k = { { (unsigned char)record_reputation.tag } };
	uint64_t mixed = (n + 1) * UINT64_C(0x9E3779B97F4A7C15);

	memcpy(k.bytes + 1, &mixed, sizeof mixed);
	memcpy(k.bytes + 9, &n, sizeof n);
	return k;
}

/* One mail of sender n. */
static inline struct store_change change_number(uint64_t n, int64_t now)
{
	struct store_change c = { .key = key_number(n), .delta = { .stamp = now } };

	c.delta.at[FIELD_FIRST_SEEN].number = now;
	c.delta.at[FIELD_MAILS].number = 1;
	c.delta.at[FIELD_SALES].decayed = 1;
	return c;
}

/* How many mails of sender n are stored, 0 when it is unknown. */
static inline int64_t mails_of(struct store *s, uint64_t n)
{
	struct store_key k = key_number(n);
	struct record r;
	struct err e = { 0 };
	bool found = false;

	assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
	return found ? r.at[FIELD_MAILS].number : 0;
}

static inline void apply_one_of(struct store *s, uint64_t n, int64_t now)
{
	struct store_change c = change_number(n, now);
	struct err e = { 0 };

	assert_ok(s->ops->apply(s, &c, 1, &e), e);
}

static inline struct store_stats stats_of(struct store *s)
{
	struct store_stats st;
	struct err e = { 0 };

	assert_ok(s->ops->stats(s, &st, &e), e);
	return st;
}

static inline struct store *open_lmdb_at(const char *dir, int64_t map_bytes, int64_t max_bytes)
{
	char url[4200];
	struct store_conf c = { .url = url, .map_bytes = map_bytes, .map_max_bytes = max_bytes };
	struct store *s = NULL;
	struct err e = { 0 };

	snprintf(url, sizeof url, "lmdb:%s", dir);
	assert_ok(store_open(&c, &s, &e), e);
	return s;
}

#endif
