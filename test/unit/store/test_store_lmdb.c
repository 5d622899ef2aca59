/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include <lmdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

/* What only LMDB can do wrong. Children are forked before this process opens a store. */

enum { NOW = 1767225600 };

static int refused(const char *url, int want, const char *part)
{
	struct store_conf c = { .url = url, .map_bytes = MIB, .map_max_bytes = MIB };
	struct store *s = NULL;
	struct err e = { 0 };
	int rc = store_open(&c, &s, &e);

	if (rc != want)
		fail_msg("%s: %d instead of %d: %s", url, rc, want, e.text);
	assert_contains(e.text, part);
	return rc;
}

static const char *lmdb_url(const char *dir)
{
	static char url[4200];

	snprintf(url, sizeof url, "lmdb:%s", dir);
	return url;
}

static void a_missing_folder_is_an_error(void **state)
{
	const char *file = file_make(*state, "file", "text");

	refused(lmdb_url(path_in(*state, "nothing")), E_IO, "nothing: No such file");
	refused(lmdb_url(file), E_IO, "is no folder");
}

static void a_second_open_in_one_process_is_refused(void **state)
{
	struct store *s = open_lmdb_at(*state, MIB, MIB);
	const char *linked = path_in(*state, "link");

	assert_int_equal(symlink(*state, linked), 0);
	refused(lmdb_url(*state), E_BUSY, "already open");
	refused(lmdb_url(linked), E_BUSY, "already open");
	store_close(s);
	store_close(open_lmdb_at(*state, MIB, MIB));
	store_close(open_lmdb_at(linked, MIB, MIB));
}

static void two_folders_may_be_open(void **state)
{
	const char *other = path_in(*state, "other");
	struct store *a = open_lmdb_at(*state, MIB, MIB), *b;

	assert_int_equal(mkdir(other, 0700), 0);
	b = open_lmdb_at(other, MIB, MIB);
	apply_one_of(a, 1, NOW);
	assert_int_equal(mails_of(b, 1), 0);
	store_close(b);
	assert_int_equal(mails_of(a, 1), 1);
	store_close(a);
}

static void reading_only_makes_no_store(void **state)
{
	struct store_conf c = { .url = lmdb_url(*state), .map_bytes = MIB, .map_max_bytes = MIB, .read_only = true };
	struct store *s;
	struct err e = { 0 };

	assert_int_equal(store_open(&c, &s, &e), E_IO);
	assert_int_not_equal(access(path_in(*state, "data.mdb"), F_OK), 0);
}

static void files_are_not_for_everybody(void **state)
{
	struct store *s = open_lmdb_at(*state, MIB, MIB);
	struct stat st;

	assert_int_equal(stat(path_in(*state, "data.mdb"), &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
	store_close(s);
}

/* The file as LMDB sees it, for changes that the store would never make. */
struct raw {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi records, meta;
};

static void raw_open(struct raw *r, const char *dir)
{
	assert_int_equal(mdb_env_create(&r->env), 0);
	assert_int_equal(mdb_env_set_maxdbs(r->env, 4), 0);
	assert_int_equal(mdb_env_open(r->env, dir, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(r->env, NULL, 0, &r->txn), 0);
	assert_int_equal(mdb_dbi_open(r->txn, "records", 0, &r->records), 0);
	assert_int_equal(mdb_dbi_open(r->txn, "meta", 0, &r->meta), 0);
}

static void raw_close(struct raw *r)
{
	assert_int_equal(mdb_txn_commit(r->txn), 0);
	mdb_env_close(r->env);
}

/* Flips one bit of the record of sender n. */
static void damage(const char *dir, uint64_t n)
{
	struct store_key k = key_number(n);
	MDB_val key = { sizeof k.bytes, k.bytes }, val, changed;
	unsigned char bytes[RECORD_BYTES_MAX];
	struct raw r;

	raw_open(&r, dir);
	assert_int_equal(mdb_get(r.txn, r.records, &key, &val), 0);
	assert_true(val.mv_size <= sizeof bytes);
	memcpy(bytes, val.mv_data, val.mv_size);
	bytes[val.mv_size / 2] ^= 4;
	changed = (MDB_val){ val.mv_size, bytes };
	assert_int_equal(mdb_put(r.txn, r.records, &key, &changed, 0), 0);
	raw_close(&r);
}

static void a_newer_schema_is_refused(void **state)
{
	unsigned char newer = 2;
	char name[] = "schema";
	MDB_val key = { 6, name }, val = { 1, &newer };
	struct raw r;

	store_close(open_lmdb_at(*state, MIB, MIB));
	raw_open(&r, *state);
	assert_int_equal(mdb_put(r.txn, r.meta, &key, &val, 0), 0);
	raw_close(&r);
	refused(lmdb_url(*state), E_SYNTAX, "made by a newer version");
}

static struct store *with_damaged(const char *dir)
{
	struct store *s = open_lmdb_at(dir, MIB, MIB);

	for (uint64_t i = 0; i < 5; i++)
		apply_one_of(s, i, NOW);
	store_close(s);
	damage(dir, 3);
	return open_lmdb_at(dir, MIB, MIB);
}

static bool count_one(const struct store_key *key, const struct record *r, void *arg)
{
	(void)key;
	(void)r;
	++*(size_t *)arg;
	return true;
}

static void a_damaged_record_is_skipped_and_counted(void **state)
{
	struct store *s = with_damaged(*state);
	struct err e = { 0 };
	size_t seen = 0;

	assert_int_equal(stats_of(s).damaged, 0);
	assert_int_equal(mails_of(s, 3), 0);
	assert_int_equal(stats_of(s).damaged, 1);
	assert_int_equal(mails_of(s, 2), 1);
	assert_ok(s->ops->scan(s, '\0', count_one, &seen, &e), e);
	assert_int_equal(seen, 4);
	store_close(s);
}

static void the_next_change_repairs_it(void **state)
{
	struct store *s = with_damaged(*state);

	apply_one_of(s, 3, NOW);
	assert_int_equal(mails_of(s, 3), 1);
	store_close(s);
}

static void a_repaired_record_lives_as_long_as_any_other(void **state)
{
	struct store *s = with_damaged(*state);
	struct err e = { 0 };
	size_t removed;

	apply_one_of(s, 3, NOW + 200 * DAY);
	assert_ok(s->ops->expire(s, NOW + record_reputation.retention + 2 * DAY, 100, &removed, &e), e);
	assert_int_equal(mails_of(s, 3), 1);
	assert_int_equal(mails_of(s, 2), 0);
	store_close(s);
}

static int put_group(struct store *s, uint64_t from, size_t n, struct err *e)
{
	static struct store_change group[500];

	for (size_t i = 0; i < n; i++)
		group[i] = change_number(from + i, NOW);
	return s->ops->apply(s, group, n, e);
}

static void a_full_map_is_an_error_and_reading_goes_on(void **state)
{
	struct store *s = open_lmdb_at(*state, MIB, 2 * MIB);
	uint64_t n = 0;
	struct err e = { 0 };
	size_t removed;
	int rc;

	while ((rc = put_group(s, n, 500, &e)) == E_OK && n < 100000)
		n += 500;
	assert_int_equal(rc, E_LIMIT);
	assert_true(n >= 2000);
	assert_int_equal(stats_of(s).records, n);
	assert_int_equal(mails_of(s, n), 0);
	assert_int_equal(mails_of(s, n - 1), 1);
	assert_true(stats_of(s).bytes_max == 2 * MIB);
	assert_int_equal(put_group(s, n, 500, &e), E_LIMIT);
	assert_ok(s->ops->expire(s, NOW + record_reputation.retention + 2 * DAY, 500, &removed, &e), e);
	assert_int_equal(removed, 500);
	assert_ok(put_group(s, n, 100, &e), e);
	store_close(s);
}

struct reader {
	pthread_t thread;
	struct store *store;
	atomic_ulong *written;
	atomic_bool *stop;
	uint64_t reads, wrong;
};

static void *read_along(void *arg)
{
	struct reader *r = arg;
	struct rng rng = { (uint64_t)(uintptr_t)r | 1 };

	while (!atomic_load(r->stop)) {
		uint64_t n = rng_below(&rng, atomic_load(r->written));
		struct store_key k[4] = { key_number(n), key_number(n / 2), key_number(0), key_number(n + 100000000) };
		struct record got[4];
		bool found[4];
		struct err e;

		if (r->store->ops->get(r->store, k, 4, got, found, &e) < 0 || !found[0] || !found[1] || !found[2] || found[3]
		    || got[0].at[FIELD_MAILS].number != 1 || got[0].stamp != NOW)
			r->wrong++;
		r->reads++;
	}
	return NULL;
}

/* From 64 records to 131,072, while others read: the map grows again and again under them. */
static void the_map_grows_under_readers(void **state)
{
	struct store *s = open_lmdb_at(*state, MIB, 256 * MIB);
	atomic_ulong written = 64;
	atomic_bool stop = false;
	struct reader readers[2];
	struct err e = { 0 };
	struct stat st;

	assert_ok(put_group(s, 0, 64, &e), e);
	for (size_t i = 0; i < COUNT(readers); i++) {
		readers[i] = (struct reader){ .store = s, .written = &written, .stop = &stop };
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_along, &readers[i]), 0);
	}
	for (uint64_t n = 64; n < 131072; n += 500) {
		assert_ok(put_group(s, n, 500, &e), e);
		atomic_store(&written, (unsigned long)n + 500);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < COUNT(readers); i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].wrong, 0);
		assert_true(readers[i].reads > 0);
	}
	assert_int_equal(stat(path_in(*state, "data.mdb"), &st), 0);
	assert_true(st.st_size > 8 * MIB);
	store_close(s);
}

/* A child that does one thing when told, so that it is forked before this process opens a store. */
struct child {
	pid_t pid;
	int go, done;
};

static struct child child_start(int (*work)(const char *dir, int report), const char *dir)
{
	int go[2], done[2];
	struct child c;
	char byte;

	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(done), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		close(go[1]);
		close(done[0]);
		if (read(go[0], &byte, 1) != 1)
			_exit(99);
		_exit(work(dir, done[1]));
	}
	close(go[0]);
	close(done[1]);
	c.go = go[1];
	c.done = done[0];
	return c;
}

static void child_go(const struct child *c)
{
	assert_int_equal(write(c->go, "x", 1), 1);
}

static int child_end(struct child *c)
{
	int status = 0;

	close(c->go);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	close(c->done);
	return status;
}

static struct store *open_quietly(const char *dir, int64_t map, int64_t max)
{
	char url[4200];
	struct store_conf c = { .url = url, .map_bytes = map, .map_max_bytes = max };
	struct store *s = NULL;
	struct err e;

	snprintf(url, sizeof url, "lmdb:%s", dir);
	return store_open(&c, &s, &e) < 0 ? NULL : s;
}

static int grow_the_file(const char *dir, int report)
{
	struct store *s = open_quietly(dir, MIB, 64 * MIB);
	struct err e;

	(void)report;
	for (uint64_t n = 1000; s != NULL && n < 41000; n += 500)
		if (put_group(s, n, 500, &e) < 0)
			return 1;
	store_close(s);
	return s == NULL;
}

static void another_process_may_grow_the_file(void **state)
{
	struct child c = child_start(grow_the_file, *state);
	struct store *s = open_lmdb_at(*state, MIB, 64 * MIB);
	struct err e = { 0 };
	size_t seen = 0;

	apply_one_of(s, 1, NOW);
	child_go(&c);
	assert_int_equal(child_end(&c), 0);
	assert_int_equal(mails_of(s, 1), 1);
	assert_int_equal(mails_of(s, 40999), 1);
	apply_one_of(s, 1, NOW);
	assert_int_equal(mails_of(s, 1), 2);
	assert_ok(s->ops->scan(s, '\0', count_one, &seen, &e), e);
	assert_int_equal(seen, 40001);
	store_close(s);
}

static void the_first_call_after_that_may_be_a_change(void **state)
{
	struct child c = child_start(grow_the_file, *state);
	struct store *s = open_lmdb_at(*state, MIB, 64 * MIB);

	apply_one_of(s, 1, NOW);
	child_go(&c);
	assert_int_equal(child_end(&c), 0);
	apply_one_of(s, 1, NOW);
	assert_int_equal(mails_of(s, 1), 2);
	store_close(s);
}

static int use_it(const char *dir, int report)
{
	struct store *s = open_quietly(dir, MIB, 2 * MIB);
	size_t seen = 0;
	struct err e;
	int rc = s == NULL ? 2 : s->ops->scan(s, '\0', count_one, &seen, &e) < 0 ? 3 : 0;

	(void)report;
	store_close(s);
	return rc;
}

static void garbage_is_refused(void **state)
{
	static const struct { const char *what; size_t bytes; } rows[] = {
		{ "a few bytes", 10 }, { "less than a page", 4000 }, { "a page", 4096 }, { "many pages", 65536 },
	};
	static char bytes[65536];
	struct rng r = { 9 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct child c;
		int status;

		rng_bytes(&r, bytes, rows[i].bytes);
		file_write(path_in(*state, "data.mdb"), bytes, rows[i].bytes);
		unlink(path_in(*state, "lock.mdb"));
		c = child_start(use_it, *state);
		child_go(&c);
		status = child_end(&c);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 2)
			fail_msg("%s: status %x", rows[i].what, (unsigned)status);
	}
}

static void a_file_of_no_bytes_becomes_a_store(void **state)
{
	struct child c;

	file_write(path_in(*state, "data.mdb"), "", 0);
	c = child_start(use_it, *state);
	child_go(&c);
	assert_int_equal(child_end(&c), 0);
}

enum { GROUP = 20, KILLS = 200 };

/* Writes groups of one round until it is killed, and tells of each that the store took. */
static uint64_t round_base;

static int write_groups(const char *dir, int report)
{
	struct store *s = open_quietly(dir, 4 * MIB, 256 * MIB);
	struct err e;

	for (uint64_t g = 0; s != NULL && g < 1000; g++)
		if (put_group(s, round_base + g * GROUP, GROUP, &e) < 0 || write(report, "g", 1) != 1)
			return 1;
	return s == NULL ? 2 : 0;
}

static size_t acknowledged(int fd)
{
	char bytes[256];
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, bytes, sizeof bytes)) > 0)
		n += (size_t)got;
	return n;
}

/* How many of a group's records are there. */
static size_t present(struct store *s, uint64_t first)
{
	struct store_key keys[GROUP];
	struct record got[GROUP];
	bool found[GROUP];
	size_t n = 0;
	struct err e = { 0 };

	for (uint64_t i = 0; i < GROUP; i++)
		keys[i] = key_number(first + i);
	assert_ok(s->ops->get(s, keys, GROUP, got, found, &e), e);
	for (size_t i = 0; i < GROUP; i++)
		n += found[i];
	return n;
}

/* Most children are killed between or within commits, some before the first. */
static size_t kill_once(const char *dir, struct rng *r)
{
	struct child c = child_start(write_groups, dir);
	struct store *s;
	size_t told = 0;
	char byte;

	child_go(&c);
	if (rng_below(r, 5) > 0 && read(c.done, &byte, 1) == 1)
		told = 1;
	usleep((useconds_t)rng_below(r, 20000));
	kill(c.pid, SIGKILL);
	told += acknowledged(c.done);
	(void)child_end(&c);
	s = open_lmdb_at(dir, 4 * MIB, 256 * MIB);
	for (size_t g = 0; g < told; g++)
		if (present(s, round_base + g * GROUP) != GROUP)
			fail_msg("group %zu of %zu was acknowledged and is not there", g, told);
	if (present(s, round_base + told * GROUP) % GROUP != 0)
		fail_msg("a group is there in part");
	assert_int_equal(present(s, round_base + (told + 1) * GROUP), 0);
	assert_int_equal(stats_of(s).damaged, 0);
	store_close(s);
	return told;
}

static void kill_9_loses_no_acknowledged_group(void **state)
{
	struct rng r = { 11 };
	int64_t begun = mono_ms();
	size_t kills = 0, groups = 0;

	while (kills < KILLS && mono_ms() - begun < 20000) {
		round_base = 1000000 * (uint64_t)++kills;
		groups += kill_once(*state, &r);
	}
	print_message("# %zu kills, %zu groups acknowledged\n", kills, groups);
	assert_true(kills >= 10 && groups >= kills / 2);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(a_missing_folder_is_an_error),
		IN_FOLDER(a_second_open_in_one_process_is_refused),
		IN_FOLDER(two_folders_may_be_open),
		IN_FOLDER(reading_only_makes_no_store),
		IN_FOLDER(files_are_not_for_everybody),
		IN_FOLDER(a_newer_schema_is_refused),
		IN_FOLDER(a_damaged_record_is_skipped_and_counted),
		IN_FOLDER(the_next_change_repairs_it),
		IN_FOLDER(a_repaired_record_lives_as_long_as_any_other),
		IN_FOLDER(a_full_map_is_an_error_and_reading_goes_on),
		IN_FOLDER(another_process_may_grow_the_file),
		IN_FOLDER(the_first_call_after_that_may_be_a_change),
		IN_FOLDER(garbage_is_refused),
		IN_FOLDER(a_file_of_no_bytes_becomes_a_store),
		IN_FOLDER(kill_9_loses_no_acknowledged_group),
		IN_FOLDER(the_map_grows_under_readers),
	};

	return cmocka_run_group_tests_name("store_lmdb", tests, NULL, NULL);
}
