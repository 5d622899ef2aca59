/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "antisales/base/alloc.h"
#include "antisales/store/organisation.h"

/*
 * Two tables: "records" maps keys to records, "times" maps (day of expiry,
 * key) to nothing, so that expiry finds what is due first. Both change in one
 * transaction. Flags are the safe ones only: a power cut must not lose a
 * committed change. Values are copied out before a transaction ends.
 */
enum { READERS = 1024, SCAN_STEP = 1000, SCHEMA = 1, DAY = 86400, FILE_MODE = 0640 };

static const char schema_name[] = "schema";
static const char flock_note[] = "LMDB needs memory maps and locks of a local file system";

struct lmdb {
	struct store store;
	MDB_env *env;
	MDB_dbi records, times, meta;
	pthread_rwlock_t gate;          /* readers pass it; growing the map waits for all of them */
	int64_t map_bytes, map_max;
	bool read_only;
	dev_t dev;
	ino_t ino;
	atomic_llong damaged;
	struct lmdb *next_open;
};

/* One environment per path and process: a second one would drop the locks of the first when closed. */
static pthread_mutex_t opened_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lmdb *opened;

static int fault(int code, const char *doing, struct err *reterr)
{
	enum status status = code == MDB_MAP_FULL ? E_LIMIT : code == MDB_READERS_FULL ? E_BUSY
	    : code == ENOMEM ? E_NOMEM : E_IO;

	return err_set(reterr, status, "store: %s: %s", doing, mdb_strerror(code));
}

static bool claim_path(struct lmdb *l)
{
	struct lmdb *o;

	pthread_mutex_lock(&opened_lock);
	for (o = opened; o != NULL; o = o->next_open)
		if (o->dev == l->dev && o->ino == l->ino)
			break;
	if (o == NULL) {
		l->next_open = opened;
		opened = l;
	}
	pthread_mutex_unlock(&opened_lock);
	return o == NULL;
}

static void give_up_path(struct lmdb *l)
{
	pthread_mutex_lock(&opened_lock);
	for (struct lmdb **p = &opened; *p != NULL; p = &(*p)->next_open)
		if (*p == l) {
			*p = l->next_open;
			break;
		}
	pthread_mutex_unlock(&opened_lock);
}

/* The magic numbers of file systems where mmap and locks between hosts do not hold. */
static bool is_network_file_system(const char *dir)
{
	static const unsigned long remote[] = { 0x6969 /* NFS */, 0xFF534D42 /* CIFS */, 0xFE534D42 /* SMB2 */,
		0x01021997 /* 9p */, 0x517B /* SMB */, 0x65735546 /* FUSE */ };
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof remote / sizeof remote[0]; i++)
		if (((unsigned long)fs.f_type & 0xFFFFFFFF) == remote[i])
			return true;
	return false;
}

/* Begins a transaction; another process may have grown the file in between. */
static int begin(struct lmdb *l, unsigned flags, MDB_txn **ret)
{
	int rc = mdb_txn_begin(l->env, NULL, flags, ret);

	if (rc != MDB_MAP_RESIZED)
		return rc;
	pthread_rwlock_unlock(&l->gate);
	pthread_rwlock_wrlock(&l->gate);
	rc = mdb_env_set_mapsize(l->env, 0);
	pthread_rwlock_unlock(&l->gate);
	pthread_rwlock_rdlock(&l->gate);
	return rc != 0 ? rc : mdb_txn_begin(l->env, NULL, flags, ret);
}

static int check_schema(struct lmdb *l, MDB_txn *txn, struct err *reterr)
{
	MDB_val key = { sizeof schema_name - 1, (void *)(uintptr_t)schema_name }, val;
	unsigned char version = SCHEMA;
	int rc = mdb_get(txn, l->meta, &key, &val);

	if (rc == 0 && val.mv_size == 1) {
		memcpy(&version, val.mv_data, 1);
		return version <= SCHEMA ? E_OK : err_set(reterr, E_SYNTAX, "store was made by a newer version "
		    "(schema %u, this program knows %u): upgrade antisales, or name another folder", version, SCHEMA);
	}
	if (rc != MDB_NOTFOUND || l->read_only)
		return rc == MDB_NOTFOUND ? E_OK : fault(rc, "read its schema", reterr);
	val = (MDB_val){ 1, &version };
	rc = mdb_put(txn, l->meta, &key, &val, 0);
	return rc == 0 ? E_OK : fault(rc, "write its schema", reterr);
}

static int open_tables(struct lmdb *l, struct err *reterr)
{
	unsigned create = l->read_only ? 0 : MDB_CREATE;
	MDB_txn *txn;
	int rc = mdb_txn_begin(l->env, NULL, l->read_only ? MDB_RDONLY : 0, &txn);

	if (rc != 0)
		return fault(rc, "begin", reterr);
	if ((rc = mdb_dbi_open(txn, "records", create, &l->records)) != 0
	    || (rc = mdb_dbi_open(txn, "times", create, &l->times)) != 0
	    || (rc = mdb_dbi_open(txn, "meta", create, &l->meta)) != 0)
		rc = fault(rc, "open its tables", reterr);
	else
		rc = check_schema(l, txn, reterr);
	if (rc < 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	return rc == 0 ? E_OK : fault(rc, "commit", reterr);
}

static int open_env(struct lmdb *l, const char *dir, struct err *reterr)
{
	unsigned flags = MDB_NOTLS | (l->read_only ? MDB_RDONLY : 0);
	int dead, rc;

	if ((rc = mdb_env_create(&l->env)) != 0
	    || (rc = mdb_env_set_maxreaders(l->env, READERS)) != 0
	    || (rc = mdb_env_set_maxdbs(l->env, 4)) != 0
	    || (rc = mdb_env_set_mapsize(l->env, (size_t)l->map_bytes)) != 0
	    || (rc = mdb_env_open(l->env, dir, flags, FILE_MODE)) != 0) {
		return err_set(reterr, E_IO, "cannot open store lmdb:%s: %s", dir, mdb_strerror(rc));
	}
	mdb_reader_check(l->env, &dead);
	return open_tables(l, reterr);
}

static void take_real_size(struct lmdb *l)
{
	MDB_envinfo info;

	if (mdb_env_info(l->env, &info) == 0)
		l->map_bytes = (int64_t)info.me_mapsize;
}

static void lmdb_close(struct store *s)
{
	struct lmdb *l = (struct lmdb *)s;

	give_up_path(l);
	if (l->env != NULL)
		mdb_env_close(l->env);
	pthread_rwlock_destroy(&l->gate);
	free(l);
}

static int check_folder(struct lmdb *l, const char *dir, struct err *reterr)
{
	struct stat st;

	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(reterr, E_IO, "store folder %s: %s", dir, errno == 0 ? "is no folder" : strerror(errno));
	if (is_network_file_system(dir))
		return err_set(reterr, E_IO, "store folder %s is on a network file system; %s", dir, flock_note);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return E_OK;
}

static int lmdb_open(const struct store_conf *c, struct store **ret, struct err *reterr)
{
	const char *colon = strchr(c->url, ':');
	const char *dir = colon == NULL ? "" : colon + 1;
	struct lmdb *l = alloc_zeroed(1, sizeof *l);
	int rc;

	if (l == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the store");
	l->store.ops = &store_lmdb;
	l->map_bytes = c->map_bytes;
	l->map_max = c->map_max_bytes;
	l->read_only = c->read_only;
	errno = 0;
	if ((rc = check_folder(l, dir, reterr)) < 0) {
		free(l);
		return rc;
	}
	if (!claim_path(l)) {
		free(l);
		return err_set(reterr, E_BUSY, "store lmdb:%s is already open in this process", dir);
	}
	pthread_rwlock_init(&l->gate, NULL);
	if ((rc = open_env(l, dir, reterr)) < 0) {
		lmdb_close(&l->store);
		return rc;
	}
	take_real_size(l);
	*ret = &l->store;
	return E_OK;
}

/* A record that fails its checksum is as good as absent; the next change overwrites it. */
static bool take_record(struct lmdb *l, const unsigned char *key, const MDB_val *val, struct record *ret)
{
	const struct record_type *t = record_type_of((char)key[0]);

	if (t != NULL && record_decode(t, (struct slice){ val->mv_data, val->mv_size }, ret))
		return true;
	atomic_fetch_add(&l->damaged, 1);
	return false;
}

enum { TIME_KEY = 4 + sizeof(struct store_key) };

static int64_t expiry_day(const struct store_key *k, const struct record *r)
{
	const struct record_type *t = record_type_of((char)k->bytes[0]);

	return (r->stamp + t->retention) / DAY + 1;
}

static void time_key(unsigned char out[TIME_KEY], int64_t day, const unsigned char *key)
{
	uint32_t d = day < 0 ? 0 : day > UINT32_MAX ? UINT32_MAX : (uint32_t)day;

	out[0] = (unsigned char)(d >> 24);
	out[1] = (unsigned char)(d >> 16);
	out[2] = (unsigned char)(d >> 8);
	out[3] = (unsigned char)d;
	memcpy(out + 4, key, sizeof(struct store_key));
}

static int delete_time(struct lmdb *l, MDB_txn *txn, const struct store_key *k, const struct record *old)
{
	unsigned char raw[TIME_KEY];
	MDB_val key = { sizeof raw, raw };
	int rc;

	time_key(raw, expiry_day(k, old), k->bytes);
	rc = mdb_del(txn, l->times, &key, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int put_time(struct lmdb *l, MDB_txn *txn, const struct store_key *k, const struct record *old,
    const struct record *new)
{
	unsigned char raw[TIME_KEY];
	MDB_val key = { sizeof raw, raw }, nothing = { 0, raw };
	int rc;

	if (old != NULL && expiry_day(k, old) == expiry_day(k, new))
		return 0;
	if (old != NULL && (rc = delete_time(l, txn, k, old)) != 0)
		return rc;
	time_key(raw, expiry_day(k, new), k->bytes);
	return mdb_put(txn, l->times, &key, &nothing, 0);
}

/* One transaction, as the code that all backends share sees it. */
struct lmdb_txn {
	struct lmdb *l;
	MDB_txn *txn;
};

static int row_get(void *in, const struct store_key *k, struct record *ret, bool *found)
{
	const struct lmdb_txn *t = in;
	MDB_val key = { sizeof k->bytes, (void *)(uintptr_t)k->bytes }, val;
	int rc = mdb_get(t->txn, t->l->records, &key, &val);

	*found = rc == 0 && take_record(t->l, k->bytes, &val, ret);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int row_put(void *in, const struct store_key *k, const struct record *r)
{
	const struct lmdb_txn *t = in;
	MDB_val key = { sizeof k->bytes, (void *)(uintptr_t)k->bytes }, val;
	unsigned char raw[RECORD_BYTES_MAX];
	struct record old;
	bool had;
	int rc = row_get(in, k, &old, &had);

	if (rc == 0)
		rc = put_time(t->l, t->txn, k, had ? &old : NULL, r);
	val = (MDB_val){ record_encode(record_type_of((char)k->bytes[0]), r, raw), raw };
	return rc == 0 ? mdb_put(t->txn, t->l->records, &key, &val, 0) : rc;
}

static int row_remove(void *in, const struct store_key *k)
{
	const struct lmdb_txn *t = in;
	MDB_val key = { sizeof k->bytes, (void *)(uintptr_t)k->bytes };
	struct record old;
	bool had;
	int rc = row_get(in, k, &old, &had);

	if (rc == 0 && had)
		rc = delete_time(t->l, t->txn, k, &old);
	if (rc == 0)
		rc = mdb_del(t->txn, t->l->records, &key, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int row_next(void *in, const struct store_key *from, struct store_key *ret, bool *found)
{
	const struct lmdb_txn *t = in;
	struct store_key copy = *from;
	MDB_val key = { sizeof copy.bytes, copy.bytes }, val;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(t->txn, t->l->records, &cursor);

	*found = false;
	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &key, &val, MDB_SET_RANGE);
	if (rc == 0 && key.mv_size == sizeof *ret) {
		memcpy(ret, key.mv_data, sizeof *ret);
		*found = true;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static struct record_access access_to(struct lmdb_txn *t)
{
	return (struct record_access){ .in = t, .get = row_get, .put = row_put, .remove = row_remove, .next = row_next };
}

static int lmdb_get(struct store *s, const struct store_key *keys, size_t n, struct record *ret, bool *found,
    struct err *reterr)
{
	struct lmdb_txn t = { .l = (struct lmdb *)s };
	struct record_access a = access_to(&t);
	struct organisation_members memo;
	int rc;

	memo.count = 0;
	pthread_rwlock_rdlock(&t.l->gate);
	rc = begin(t.l, MDB_RDONLY, &t.txn);
	if (rc == 0) {
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = organisation_get(&a, &memo, &keys[i], &ret[i], &found[i]);
		mdb_txn_abort(t.txn);
	}
	pthread_rwlock_unlock(&t.l->gate);
	return rc == 0 ? E_OK : fault(rc, "read", reterr);
}

static int apply_all(struct lmdb *l, const struct store_change *changes, size_t n)
{
	struct lmdb_txn t = { .l = l };
	struct record_access a = access_to(&t);
	int rc = begin(l, 0, &t.txn);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		rc = organisation_apply(&a, &changes[i]);
		if (rc != 0) {
			mdb_txn_abort(t.txn);
			return rc;
		}
	}
	return mdb_txn_commit(t.txn);
}

/* Doubles the map, with no transaction of ours alive. false when it may not grow. */
static bool grow(struct lmdb *l)
{
	int64_t want = l->map_bytes > l->map_max / 2 ? l->map_max : l->map_bytes * 2;
	bool done = false;

	pthread_rwlock_wrlock(&l->gate);
	if (want > l->map_bytes && mdb_env_set_mapsize(l->env, (size_t)want) == 0) {
		take_real_size(l);
		done = true;
	}
	pthread_rwlock_unlock(&l->gate);
	return done;
}

static int lmdb_apply(struct store *s, const struct store_change *changes, size_t n, struct err *reterr)
{
	struct lmdb *l = (struct lmdb *)s;
	int rc;

	if (l->read_only)
		return err_set(reterr, E_IO, "the store was opened for reading only");
	do {
		pthread_rwlock_rdlock(&l->gate);
		rc = apply_all(l, changes, n);
		pthread_rwlock_unlock(&l->gate);
	} while (rc == MDB_MAP_FULL && grow(l));
	return rc == 0 ? E_OK : fault(rc, "write", reterr);
}

struct scan_step {
	struct store_key key;
	struct record record;
};

/* Copies up to SCAN_STEP records behind *from; the snapshot is given up before anybody looks at them. */
static int read_step(struct lmdb *l, char tag, struct store_key *from, bool *started, struct scan_step *rows,
    size_t *count)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	MDB_val key = { sizeof from->bytes, from->bytes }, val;
	int rc = begin(l, MDB_RDONLY, &txn);

	*count = 0;
	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(txn, l->records, &cursor);
	if (rc == 0) {
		rc = mdb_cursor_get(cursor, &key, &val, MDB_SET_RANGE);
		if (rc == 0 && *started && key.mv_size == sizeof *from && memcmp(key.mv_data, from, sizeof *from) == 0)
			rc = mdb_cursor_get(cursor, &key, &val, MDB_NEXT);
		while (rc == 0 && *count < SCAN_STEP && key.mv_size == sizeof *from) {
			memcpy(&rows[*count].key, key.mv_data, sizeof *from);
			if (tag != '\0' && rows[*count].key.bytes[0] != (unsigned char)tag)
				break;
			*from = rows[*count].key;
			*started = true;
			*count += take_record(l, from->bytes, &val, &rows[*count].record);
			rc = mdb_cursor_get(cursor, &key, &val, MDB_NEXT);
		}
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int lmdb_scan(struct store *s, char tag, store_visit *fn, void *arg, struct err *reterr)
{
	struct lmdb *l = (struct lmdb *)s;
	struct scan_step *rows = alloc_zeroed(SCAN_STEP, sizeof *rows);
	struct store_key from = { { (unsigned char)tag } };
	bool started = false, more = true;
	size_t count = 1;
	int rc = 0;

	if (rows == NULL)
		return err_set(reterr, E_NOMEM, "no memory to read the store");
	while (more && rc == 0 && count > 0) {
		pthread_rwlock_rdlock(&l->gate);
		rc = read_step(l, tag, &from, &started, rows, &count);
		pthread_rwlock_unlock(&l->gate);
		for (size_t i = 0; rc == 0 && more && i < count; i++)
			more = fn(&rows[i].key, &rows[i].record, arg);
	}
	free(rows);
	return rc == 0 ? E_OK : fault(rc, "scan", reterr);
}

/* The oldest row of the table of times; *over when it is not due yet or there is none. */
static int first_due(struct lmdb_txn *t, int64_t now, unsigned char raw[TIME_KEY], int64_t *day, bool *over)
{
	MDB_cursor *cursor;
	MDB_val key, val;
	int rc = mdb_cursor_open(t->txn, t->l->times, &cursor);

	if (rc != 0)
		return rc;
	rc = mdb_cursor_get(cursor, &key, &val, MDB_FIRST);
	*over = rc != 0 || key.mv_size != TIME_KEY;
	if (!*over) {
		memcpy(raw, key.mv_data, TIME_KEY);
		*day = (int64_t)raw[0] << 24 | raw[1] << 16 | raw[2] << 8 | raw[3];
		*over = *day * DAY > now;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/*
 * Removes one expired record and its index row. A row may be left over from a
 * damaged record that was written anew: then the record's own day counts.
 */
static int expire_one(struct lmdb_txn *t, int64_t now, size_t *removed, bool *over)
{
	struct record_access a = access_to(t);
	unsigned char raw[TIME_KEY];
	MDB_val row = { sizeof raw, raw };
	struct store_key k;
	struct record r;
	int64_t day = 0;
	bool found;
	int rc = first_due(t, now, raw, &day, over);

	if (rc != 0 || *over)
		return rc;
	memcpy(&k, raw + 4, sizeof k);
	rc = row_get(t, &k, &r, &found);
	if (rc == 0 && !(found && expiry_day(&k, &r) > day)) {
		MDB_val key = { sizeof k.bytes, k.bytes }, val;

		*removed += mdb_get(t->txn, t->l->records, &key, &val) == 0;
		rc = organisation_remove(&a, &k);
	}
	if (rc == 0)
		rc = mdb_del(t->txn, t->l->times, &row, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int expire_some(struct lmdb *l, int64_t now, size_t max, size_t *removed)
{
	struct lmdb_txn t = { .l = l };
	bool over = false;
	int rc = begin(l, 0, &t.txn);

	if (rc != 0)
		return rc;
	while (rc == 0 && !over && *removed < max)
		rc = expire_one(&t, now, removed, &over);
	if (rc != 0) {
		mdb_txn_abort(t.txn);
		*removed = 0;
		return rc;
	}
	return mdb_txn_commit(t.txn);
}

static int lmdb_expire(struct store *s, int64_t now, size_t max, size_t *ret_removed, struct err *reterr)
{
	struct lmdb *l = (struct lmdb *)s;
	int rc, dead;

	*ret_removed = 0;
	if (l->read_only)
		return err_set(reterr, E_IO, "the store was opened for reading only");
	mdb_reader_check(l->env, &dead);
	pthread_rwlock_rdlock(&l->gate);
	rc = expire_some(l, now, max, ret_removed);
	pthread_rwlock_unlock(&l->gate);
	return rc == 0 ? E_OK : fault(rc, "expire", reterr);
}

static int lmdb_stats(struct store *s, struct store_stats *ret, struct err *reterr)
{
	struct lmdb *l = (struct lmdb *)s;
	MDB_envinfo info;
	MDB_stat st = { 0 };
	MDB_txn *txn;
	int rc;

	pthread_rwlock_rdlock(&l->gate);
	rc = begin(l, MDB_RDONLY, &txn);
	if (rc == 0) {
		rc = mdb_stat(txn, l->records, &st);
		mdb_txn_abort(txn);
	}
	if (rc == 0)
		rc = mdb_env_info(l->env, &info);
	pthread_rwlock_unlock(&l->gate);
	if (rc != 0)
		return fault(rc, "stat", reterr);
	*ret = (struct store_stats){
		.records = (int64_t)st.ms_entries,
		.bytes_used = (int64_t)(info.me_last_pgno + 1) * st.ms_psize,
		.bytes_max = l->map_max, .damaged = atomic_load(&l->damaged),
	};
	return E_OK;
}

const struct store_ops store_lmdb = {
	.name = "lmdb", .open = lmdb_open, .close = lmdb_close, .get = lmdb_get, .apply = lmdb_apply,
	.scan = lmdb_scan, .expire = lmdb_expire, .stats = lmdb_stats,
};
