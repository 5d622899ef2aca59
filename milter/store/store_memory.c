/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/store/organisation.h"

/* A sorted array: the simplest thing that can be right, the oracle that other backends are compared with. */
struct row {
	struct store_key key;
	struct record record;
};

struct memory {
	struct store store;
	pthread_rwlock_t lock;
	struct row *rows;
	size_t count, room;
	bool read_only;
};

static int memory_open(const struct store_conf *c, struct store **ret, struct err *reterr)
{
	struct memory *m = alloc_zeroed(1, sizeof *m);

	if (m == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the store");
	m->store.ops = &store_memory;
	m->read_only = c->read_only;
	pthread_rwlock_init(&m->lock, NULL);
	*ret = &m->store;
	return E_OK;
}

static void memory_close(struct store *s)
{
	struct memory *m = (struct memory *)s;

	pthread_rwlock_destroy(&m->lock);
	free(m->rows);
	free(m);
}

/* The index of key, or of the row it would stand before. */
static size_t find(const struct memory *m, const struct store_key *key, bool *found)
{
	size_t low = 0, high = m->count;

	*found = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = memcmp(key, &m->rows[mid].key, sizeof *key);

		if (d == 0) {
			*found = true;
			return mid;
		}
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int row_get(void *in, const struct store_key *k, struct record *ret, bool *found)
{
	const struct memory *m = in;
	size_t at = find(m, k, found);

	if (*found)
		*ret = m->rows[at].record;
	return 0;
}

/* There is room: whoever begins a change sees to it. */
static int row_put(void *in, const struct store_key *k, const struct record *r)
{
	struct memory *m = in;
	bool found;
	size_t at = find(m, k, &found);

	if (!found) {
		memmove(&m->rows[at + 1], &m->rows[at], (m->count - at) * sizeof *m->rows);
		m->rows[at].key = *k;
		m->count++;
	}
	m->rows[at].record = *r;
	return 0;
}

static int row_remove(void *in, const struct store_key *k)
{
	struct memory *m = in;
	bool found;
	size_t at = find(m, k, &found);

	if (found) {
		m->count--;
		memmove(&m->rows[at], &m->rows[at + 1], (m->count - at) * sizeof *m->rows);
	}
	return 0;
}

static int row_next(void *in, const struct store_key *from, struct store_key *ret, bool *found)
{
	const struct memory *m = in;
	size_t at = find(m, from, found);

	*found = at < m->count;
	if (*found)
		*ret = m->rows[at].key;
	return 0;
}

static struct record_access access_to(struct memory *m)
{
	return (struct record_access){ .in = m, .get = row_get, .put = row_put, .remove = row_remove, .next = row_next };
}

static int memory_get(struct store *s, const struct store_key *keys, size_t n, struct record *ret, bool *found,
    struct err *reterr)
{
	struct memory *m = (struct memory *)s;
	struct record_access a = access_to(m);
	struct organisation_members memo;

	(void)reterr;
	memo.count = 0;
	pthread_rwlock_rdlock(&m->lock);
	for (size_t i = 0; i < n; i++)
		organisation_get(&a, &memo, &keys[i], &ret[i], &found[i]);
	pthread_rwlock_unlock(&m->lock);
	return E_OK;
}

static int make_room(struct memory *m, size_t more, struct err *reterr)
{
	struct row *rows;

	if (m->count + more <= m->room)
		return E_OK;
	rows = alloc_resize(m->rows, (m->room * 2 + more) * sizeof *rows);
	if (rows == NULL)
		return err_set(reterr, E_NOMEM, "no memory for %zu records", m->count + more);
	m->rows = rows;
	m->room = m->room * 2 + more;
	return E_OK;
}

static int memory_apply(struct store *s, const struct store_change *changes, size_t n, struct err *reterr)
{
	struct memory *m = (struct memory *)s;
	struct record_access a = access_to(m);
	int rc;

	if (m->read_only)
		return err_set(reterr, E_IO, "the store was opened for reading only");
	pthread_rwlock_wrlock(&m->lock);
	rc = make_room(m, n * ORGANISATION_ADDS_MAX, reterr);
	for (size_t i = 0; rc == E_OK && i < n; i++)
		organisation_apply(&a, &changes[i]);
	pthread_rwlock_unlock(&m->lock);
	return rc;
}

static int memory_scan(struct store *s, char tag, store_visit *fn, void *arg, struct err *reterr)
{
	struct memory *m = (struct memory *)s;
	bool more = true;

	(void)reterr;
	pthread_rwlock_rdlock(&m->lock);
	for (size_t i = 0; more && i < m->count; i++)
		if (tag == '\0' || m->rows[i].key.bytes[0] == (unsigned char)tag)
			more = fn(&m->rows[i].key, &m->rows[i].record, arg);
	pthread_rwlock_unlock(&m->lock);
	return E_OK;
}

/* Removing one may take others with it, so each step looks anew behind the last key. */
static size_t expire_rows(struct memory *m, int64_t now, size_t max)
{
	struct record_access a = access_to(m);
	struct store_key at = { { 0 } };
	size_t removed = 0;
	bool found;

	while (removed < max && row_next(m, &at, &at, &found) == 0 && found) {
		const struct record_type *t = record_type_of((char)at.bytes[0]);
		struct record r = { 0 };
		bool due = row_get(m, &at, &r, &found) == 0 && r.stamp + t->retention < now;

		if (due)
			organisation_remove(&a, &at);
		removed += due;
		for (size_t i = sizeof at.bytes; i > 0 && ++at.bytes[i - 1] == 0; i--)
			continue;
	}
	return removed;
}

static int memory_expire(struct store *s, int64_t now, size_t max, size_t *ret_removed, struct err *reterr)
{
	struct memory *m = (struct memory *)s;
	int rc;

	*ret_removed = 0;
	if (m->read_only)
		return err_set(reterr, E_IO, "the store was opened for reading only");
	pthread_rwlock_wrlock(&m->lock);
	/* what is left of an organisation may need a sum of its own */
	rc = make_room(m, 2, reterr);
	if (rc == E_OK)
		*ret_removed = expire_rows(m, now, max);
	pthread_rwlock_unlock(&m->lock);
	return rc;
}

static int memory_stats(struct store *s, struct store_stats *ret, struct err *reterr)
{
	struct memory *m = (struct memory *)s;

	(void)reterr;
	pthread_rwlock_rdlock(&m->lock);
	*ret = (struct store_stats){ .records = (int64_t)m->count, .bytes_used = (int64_t)(m->room * sizeof *m->rows) };
	pthread_rwlock_unlock(&m->lock);
	return E_OK;
}

const struct store_ops store_memory = {
	.name = "memory", .open = memory_open, .close = memory_close, .get = memory_get, .apply = memory_apply,
	.scan = memory_scan, .expire = memory_expire, .stats = memory_stats,
};
