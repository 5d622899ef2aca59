/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What remembering costs in a large store: antisales-bench-memory FOLDER
 * [RECORDS] fills stores below an empty folder and leaves them there; filled
 * ones it goes on with. Every record is what an organisation did to one of us,
 * one to seven touches; every fifth pair has a relationship, too. The same
 * changes go into raw LMDB, in turn, so that the ratio holds whatever the
 * machine's speed is. First it kills processes that fill; at last it reads
 * messages' histories, and expires a tenth of the records while it reads.
 */
#include <errno.h>
#include <inttypes.h>
#include <lmdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/ledger/history.h"
#include "antisales/store/store.h"
#include "antisales/store/writer.h"
#include "times.h"

#define DAY INT64_C(86400)
#define MAP_FIRST (INT64_C(1) << 28)
#define MAP_MOST (INT64_C(16) << 30)

enum {
	NOW = 1767225600, DAYS = 400,           /* ages are spread over as long as a sequence is kept */
	SLICE_RECORDS = 50000,                  /* so many go into one store, then into the other */
	A_PARTY = 20, A_PERSON = 50,            /* records that one of them has */
	READS = 200000, PERSONS_MAX = 5, MESSAGE_KEYS_MAX = 64,
	EXPIRE_STEP = 500, READS_BESIDE_MAX = 20000000,
	KILLS = 5, KILL_RECORDS = 2000000
};

static const struct site_key site = { { 42 } };
static const struct policy policy = {
	.feedback = { .weight = 3, .at_most = 5 },
	.memory = { .answered = 180 * DAY, .introduced = 180 * DAY, .correspondent = 730 * DAY, .silence = 90 * DAY },
};

/* Record n is what party n % parties did to a person of chance. */
struct world {
	uint64_t records, parties, persons;
	const char *folder;
	int64_t *times;
};

static uint64_t mixed(uint64_t n)
{
	uint64_t state = (n + 1) * UINT64_C(0x9E3779B97F4A7C15);

	return chance(&state);
}

static char *path_in(const struct world *w, const char *name, char out[4096])
{
	snprintf(out, 4096, "%s/%s", w->folder, name);
	return out;
}

static struct slice domain_of(const struct world *w, uint64_t n, char out[40])
{
	snprintf(out, 40, "org%" PRIu64 ".example", n % w->parties);
	return slice_of(out);
}

static struct address person_of(const struct world *w, uint64_t n, char out[40])
{
	snprintf(out, 40, "user%" PRIu64, mixed(n) % w->persons);
	return (struct address){ .local = slice_of(out), .domain = SLICE("example.com") };
}

/* One touch most often, seven rarely, three days apart; the last one is up to DAYS old. */
static struct store_change touches(int64_t party, int64_t person, uint64_t luck)
{
	static const char *const channels[] = { "outreach", "salesloft", "hubspot", "apollo", "marketo-engage", "lemlist" };
	uint64_t a = luck % 7, b = luck / 7 % 7, count = 1 + (a < b ? a : b);
	struct slice channel = slice_of(channels[luck / 49 % 6]);
	int64_t last = NOW - (int64_t)(luck / 294 % (DAYS * DAY));
	struct store_change c = sequence_touched(party, person, luck, channel, last);

	for (uint64_t i = 1; i < count; i++) {
		struct store_change more = sequence_touched(party, person, luck + i, channel, last - (int64_t)i * 3 * DAY);

		record_merge(&record_sequence, &c.delta, &more.delta);
	}
	return c;
}

/* The changes of record n; returns how many. */
static size_t changes_of(const struct world *w, uint64_t n, struct store_change ret[2])
{
	char domain[40], local[40];
	struct identifier i = { IDENTIFIER_DOMAIN, domain_of(w, n, domain) };
	struct address a = person_of(w, n, local);
	int64_t party = identifier_id(&site, &i), person = person_id(&site, &a, "+");
	uint64_t luck = mixed(n + w->records);

	ret[0] = touches(party, person, luck);
	if (n % 5 != 0)
		return 1;
	ret[1] = relation_written(party, person, NOW - (int64_t)(luck / 294 % (DAYS * DAY)));
	return 2;
}

/* Where groups of changes go. */
struct side {
	struct store *store;            /* NULL: the raw one */
	MDB_env *env;
	MDB_dbi dbi;
	int64_t spent;                  /* nanoseconds inside it */
	atomic_uint_fast64_t *told;     /* counts the groups that it has taken; NULL: nobody asks */
};

static int raw_put(struct side *raw, const struct store_change *group, size_t n)
{
	static unsigned char bytes[WRITER_GROUP][RECORD_BYTES_MAX];
	static size_t sizes[WRITER_GROUP];
	int64_t begun;
	MDB_txn *txn;
	int rc;

	for (size_t i = 0; i < n; i++)
		sizes[i] = record_encode(record_type_of((char)group[i].key.bytes[0]), &group[i].delta, bytes[i]);
	begun = nanoseconds();
	rc = mdb_txn_begin(raw->env, NULL, 0, &txn);
	if (rc != 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct store_key copy = group[i].key;
		MDB_val key = { sizeof copy.bytes, copy.bytes }, val = { sizes[i], bytes[i] };

		rc = mdb_put(txn, raw->dbi, &key, &val, 0);
	}
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	raw->spent += nanoseconds() - begun;
	return rc;
}

static int put_group(struct side *to, const struct store_change *group, size_t n, struct err *e)
{
	int64_t begun = nanoseconds();
	int rc;

	if (to->store == NULL) {
		rc = raw_put(to, group, n);
		return rc == 0 ? E_OK : err_set(e, E_IO, "raw: %s", mdb_strerror(rc));
	}
	rc = to->store->ops->apply(to->store, group, n, e);
	to->spent += nanoseconds() - begun;
	if (rc == E_OK && to->told != NULL)
		atomic_fetch_add(to->told, 1);
	return rc;
}

static int fill(const struct world *w, struct side *to, uint64_t from, uint64_t until, struct err *e)
{
	static struct store_change group[WRITER_GROUP + 1];
	size_t n = 0;
	int rc = E_OK;

	for (uint64_t i = from; rc == E_OK && i < until; i++) {
		n += changes_of(w, i, group + n);
		if (n >= WRITER_GROUP) {
			rc = put_group(to, group, WRITER_GROUP, e);
			n -= WRITER_GROUP;
			group[0] = group[WRITER_GROUP];
		}
	}
	return rc == E_OK && n > 0 ? put_group(to, group, n, e) : rc;
}

static int open_in(const struct world *w, const char *name, struct store **ret, struct err *e)
{
	char path[4096], url[4200];
	struct store_conf c = { .url = url, .map_bytes = MAP_FIRST, .map_max_bytes = MAP_MOST };

	if (mkdir(path_in(w, name, path), 0700) < 0 && errno != EEXIST)
		return err_set(e, E_IO, "%s: %s", path, strerror(errno));
	snprintf(url, sizeof url, "lmdb:%s", path);
	return store_open(&c, ret, e);
}

static int open_raw(const struct world *w, const char *name, const char *table, unsigned flags, struct side *ret)
{
	char path[4096];
	MDB_txn *txn;
	int rc;

	(void)mkdir(path_in(w, name, path), 0700);
	*ret = (struct side){ 0 };
	if ((rc = mdb_env_create(&ret->env)) == 0 && (rc = mdb_env_set_maxdbs(ret->env, 4)) == 0
	    && (rc = mdb_env_set_mapsize(ret->env, MAP_MOST)) == 0
	    && (rc = mdb_env_open(ret->env, path, MDB_NOTLS | flags, 0640)) == 0
	    && (rc = mdb_txn_begin(ret->env, NULL, flags, &txn)) == 0
	    && (rc = mdb_dbi_open(txn, table, flags == 0 ? MDB_CREATE : 0, &ret->dbi)) == 0)
		rc = mdb_txn_commit(txn);
	return rc;
}

static int64_t file_bytes(MDB_env *env)
{
	MDB_envinfo info;

	return mdb_env_info(env, &info) == 0 ? (int64_t)(info.me_last_pgno + 1) * 4096 : 0;
}

static int fill_both(const struct world *w, struct store *s, struct err *e)
{
	struct side ours = { .store = s }, raw;
	struct store_stats st;
	int rc = open_raw(w, "raw", "records", 0, &raw);

	if (rc != 0)
		return err_set(e, E_IO, "raw: %s", mdb_strerror(rc));
	for (uint64_t i = 0; rc == E_OK && i < w->records; i += SLICE_RECORDS) {
		uint64_t until = i + SLICE_RECORDS < w->records ? i + SLICE_RECORDS : w->records;

		rc = fill(w, &ours, i, until, e);
		if (rc == E_OK)
			rc = fill(w, &raw, i, until, e);
	}
	if (rc == E_OK && (rc = s->ops->stats(s, &st, e)) == E_OK) {
		printf("%" PRId64 " records, %" PRId64 " MiB, %.0f bytes each; raw values alone %.0f bytes each\n", st.records,
		    st.bytes_used >> 20, (double)st.bytes_used / (double)st.records,
		    (double)file_bytes(raw.env) / (double)st.records);
		printf("filled in groups of %d: %.0f records/s, raw mdb_put %.0f records/s, ratio %.2f\n", WRITER_GROUP,
		    (double)st.records * 1e9 / (double)ours.spent, (double)st.records * 1e9 / (double)raw.spent,
		    (double)ours.spent / (double)raw.spent);
	}
	mdb_env_close(raw.env);
	return rc;
}

/* A store that finds nothing and keeps the keys that it was asked for. */
struct listener {
	struct store store;
	struct store_key keys[MESSAGE_KEYS_MAX];
	size_t count;
};

static int listen_get(struct store *s, const struct store_key *keys, size_t n, struct record *ret, bool *found,
    struct err *reterr)
{
	struct listener *l = (struct listener *)s;

	(void)ret;
	if (n > MESSAGE_KEYS_MAX)
		return err_set(reterr, E_LIMIT, "too many keys for one message");
	memcpy(l->keys, keys, n * sizeof *keys);
	memset(found, 0, n * sizeof *found);
	l->count = n;
	return E_OK;
}

/* Keys that ask for a whole organisation are in upper case; what they find first is the record of the same letter. */
static void listen_lower(struct listener *l)
{
	for (size_t i = 0; i < l->count; i++)
		l->keys[i].bytes[0] |= 0x20;
}

static const struct store_ops listen_ops = { .name = "listener", .get = listen_get };

/* A mail of one of the parties to some of those that it knows. */
struct message {
	char domain[40], local[PERSONS_MAX][40];
	struct address to[PERSONS_MAX];
	struct content content;
	struct facts facts;
	struct txn txn;
};

static void message_make(const struct world *w, struct message *m, size_t persons, uint64_t luck)
{
	uint64_t party = luck % w->parties, first = luck >> 32;

	*m = (struct message){ .txn = { .recipients = m->to, .recipients_count = persons, .content = &m->content } };
	facts_text(&m->facts, FACT_ORG_DOMAIN, domain_of(w, party, m->domain));
	facts_text(&m->facts, FACT_ORG_AUTHENTICATED, SLICE("dkim"));
	facts_text(&m->facts, FACT_CLIENT_ADDRESS, SLICE("192.0.2.25"));
	for (size_t i = 0; i < persons; i++)
		m->to[i] = person_of(w, party + (first + i) % A_PARTY * w->parties, m->local[i]);
}

static int read_one(struct store *s, const struct message *m, struct arena *a, struct err *e)
{
	struct history_ask ask = { .site = &site, .facts = &m->facts, .policy = &policy, .txn = &m->txn, .delimiters = "+",
		.now = NOW };
	struct history h;

	arena_reset(a);
	return history_load(s, &ask, a, &h, e);
}

static int read_histories(const struct world *w, struct store *s, size_t persons, struct err *e)
{
	struct message m;
	struct arena a;
	uint64_t state = 7;
	int rc = E_OK;

	arena_init(&a, 256 * 1024, 1 << 20);
	for (size_t i = 0; rc == E_OK && i < READS; i++) {
		int64_t begun;

		message_make(w, &m, persons, chance(&state));
		begun = nanoseconds();
		rc = read_one(s, &m, &a, e);
		w->times[i] = nanoseconds() - begun;
	}
	arena_done(&a);
	return rc;
}

static int raw_get(const struct side *raw, struct listener *l, size_t *hits)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(raw->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < l->count && (rc == 0 || rc == MDB_NOTFOUND); i++) {
		MDB_val key = { sizeof l->keys[i].bytes, l->keys[i].bytes }, val;

		rc = mdb_get(txn, raw->dbi, &key, &val);
		*hits += rc == 0;
	}
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* The same keys of the same messages, from the same file. */
static int read_raw(const struct world *w, const struct side *raw, size_t persons, struct err *e)
{
	struct listener l = { .store = { &listen_ops } };
	struct message m;
	struct arena a;
	uint64_t state = 7;
	size_t hits = 0;
	char what[64];
	int rc = E_OK;

	arena_init(&a, 256 * 1024, 1 << 20);
	for (size_t i = 0; rc == E_OK && i < READS; i++) {
		int64_t begun;

		message_make(w, &m, persons, chance(&state));
		if ((rc = read_one(&l.store, &m, &a, e)) < 0)
			break;
		listen_lower(&l);
		begun = nanoseconds();
		rc = raw_get(raw, &l, &hits);
		w->times[i] = nanoseconds() - begun;
		if (rc != 0)
			rc = err_set(e, E_IO, "raw: %s", mdb_strerror(rc));
	}
	arena_done(&a);
	snprintf(what, sizeof what, "%zu raw mdb_get, %.1f hits", l.count, (double)hits / READS);
	times_report(what, w->times, READS);
	return rc;
}

static int read_both(const struct world *w, struct err *e)
{
	static const size_t persons[] = { 1, PERSONS_MAX };
	struct store *s;
	struct side raw;
	char what[64];
	int rc = open_in(w, "store", &s, e);

	for (size_t i = 0; rc == E_OK && i < 4; i++) {
		rc = read_histories(w, s, persons[i / 2], e);
		snprintf(what, sizeof what, "history, %zu of us%s", persons[i / 2], i % 2 == 0 ? ", first" : "");
		times_report(what, w->times, READS);
	}
	if (rc < 0)
		return rc;
	store_close(s);
	rc = open_raw(w, "store", "records", MDB_RDONLY, &raw);
	if (rc != 0)
		return err_set(e, E_IO, "raw: %s", mdb_strerror(rc));
	for (size_t i = 0; rc == E_OK && i < 2; i++)
		rc = read_raw(w, &raw, persons[i], e);
	mdb_env_close(raw.env);
	return rc;
}

/* The writer's part while somebody reads. */
struct expiry {
	struct store *store;
	size_t wanted, removed, steps;
	int64_t spent, longest;
	atomic_bool over;
	struct err err;
};

static void *expire(void *arg)
{
	struct expiry *x = arg;
	size_t removed = 1;
	int rc = E_OK;

	while (rc == E_OK && removed > 0 && x->removed < x->wanted) {
		int64_t begun = nanoseconds(), took;

		rc = x->store->ops->expire(x->store, NOW + DAYS / 8 * DAY, EXPIRE_STEP, &removed, &x->err);
		took = nanoseconds() - begun;
		x->removed += removed;
		x->spent += took;
		x->steps++;
		if (took > x->longest)
			x->longest = took;
	}
	atomic_store(&x->over, true);
	return NULL;
}

static int read_beside(const struct world *w, struct expiry *x, struct err *e)
{
	struct rusage before, after;
	struct message m;
	struct arena a;
	uint64_t state = 11;
	size_t n = 0;
	int rc = E_OK;

	arena_init(&a, 256 * 1024, 1 << 20);
	getrusage(RUSAGE_THREAD, &before);
	while (rc == E_OK && n < READS_BESIDE_MAX && !atomic_load(&x->over)) {
		int64_t begun;

		message_make(w, &m, 1, chance(&state));
		begun = nanoseconds();
		rc = read_one(x->store, &m, &a, e);
		w->times[n++] = nanoseconds() - begun;
	}
	getrusage(RUSAGE_THREAD, &after);
	arena_done(&a);
	if (n > 0)
		times_report("history while it expires", w->times, n);
	/* whoever waits for a lock gives the processor away; so does who waits for the disk */
	printf("in %zu reads it lost the processor %ld times, waited for the disk %ld times and in all %ld times\n", n,
	    after.ru_nivcsw - before.ru_nivcsw, after.ru_majflt - before.ru_majflt, after.ru_nvcsw - before.ru_nvcsw);
	return rc;
}

static int expire_and_read(const struct world *w, struct err *e)
{
	struct expiry x = { .wanted = w->records / 10 };
	pthread_t thread;
	int rc = open_in(w, "store", &x.store, e);

	if (rc < 0)
		return rc;
	if (pthread_create(&thread, NULL, expire, &x) != 0)
		return err_set(e, E_NOMEM, "no thread to expire in");
	rc = read_beside(w, &x, e);
	pthread_join(thread, NULL);
	printf("expired %zu records in %zu steps, %.1f s, %.0f a second; longest step %.1f ms%s%s\n", x.removed, x.steps,
	    (double)x.spent / 1e9, (double)x.removed * 1e9 / (double)x.spent, (double)x.longest / 1e6,
	    x.err.text[0] == '\0' ? "" : ": ", x.err.text);
	store_close(x.store);
	return rc;
}

static _Noreturn void fill_until_killed(const struct world *w, uint64_t from, atomic_uint_fast64_t *told)
{
	struct side to = { .told = told };
	struct err e = { 0 };

	if (open_in(w, "killed", &to.store, &e) == E_OK)
		(void)fill(w, &to, from, from + KILL_RECORDS, &e);
	fprintf(stderr, "was not killed: %s\n", e.text);
	_exit(EX_SOFTWARE);
}

static bool count_record(const struct store_key *key, const struct record *r, void *arg)
{
	(void)key;
	(void)r;
	++*(int64_t *)arg;
	return true;
}

/* How many of the first changes are not there. */
static int count_lost(const struct world *w, struct store *s, uint64_t from, uint64_t count, uint64_t *lost, struct err *e)
{
	struct store_change c[2];
	int rc = E_OK;

	*lost = 0;
	for (uint64_t i = from, done = 0; rc == E_OK && done < count; i++) {
		size_t n = changes_of(w, i, c);

		for (size_t k = 0; rc == E_OK && k < n && done < count; k++, done++) {
			struct record r;
			bool found;

			rc = s->ops->get(s, &c[k].key, 1, &r, &found, e);
			*lost += !found;
		}
	}
	return rc;
}

static int look_after(const struct world *w, uint64_t from, uint64_t told, struct err *e)
{
	struct store_stats st = { 0 };
	struct store *s;
	uint64_t lost = 0;
	int64_t seen = 0;
	int rc = open_in(w, "killed", &s, e);

	if (rc < 0)
		return rc;
	if ((rc = s->ops->scan(s, '\0', count_record, &seen, e)) == E_OK
	    && (rc = count_lost(w, s, from, told * WRITER_GROUP, &lost, e)) == E_OK && (rc = s->ops->stats(s, &st, e)) == E_OK)
		printf("killed after %6" PRIu64 " changes told as kept: %" PRIu64 " lost; %" PRId64 " of %" PRId64
		    " records read, %" PRId64 " damaged\n", told * WRITER_GROUP, lost, seen, st.records, st.damaged);
	store_close(s);
	return rc == E_OK && (lost > 0 || st.damaged > 0 || seen != st.records) ? err_set(e, E_IO, "records are lost") : rc;
}

static int kill_and_look(const struct world *w, struct err *e)
{
	atomic_uint_fast64_t *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t state = 3;
	int rc = E_OK;

	if (told == MAP_FAILED)
		return err_set(e, E_NOMEM, "no memory to share");
	for (uint64_t i = 0; rc == E_OK && i < KILLS; i++) {
		pid_t child;
		int status = 0;

		atomic_store(told, 0);
		child = fork();
		if (child < 0)
			return err_set(e, E_NOMEM, "no process to kill");
		if (child == 0)
			fill_until_killed(w, i * KILL_RECORDS, told);
		while (atomic_load(told) == 0 && waitpid(child, &status, WNOHANG) == 0)
			usleep(1000);
		usleep((useconds_t)(300000 + chance(&state) % 2000000));
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		rc = look_after(w, i * KILL_RECORDS, atomic_load(told), e);
	}
	munmap(told, sizeof *told);
	return rc;
}

static int make(const struct world *w, struct err *e)
{
	struct store *s;
	char path[4096];
	int rc;

	if (access(path_in(w, "store", path), F_OK) == 0)
		return E_OK;
	/* first, for no store of this process may be open when it forks */
	if ((rc = kill_and_look(w, e)) < 0 || (rc = open_in(w, "store", &s, e)) < 0)
		return rc;
	rc = fill_both(w, s, e);
	store_close(s);
	return rc;
}

static int measure(const struct world *w, struct err *e)
{
	int rc = make(w, e);

	if (rc == E_OK)
		rc = read_both(w, e);
	return rc == E_OK ? expire_and_read(w, e) : rc;
}

int main(int argc, char **argv)
{
	uint64_t records = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
	struct world w = { .records = records, .parties = records / A_PARTY, .persons = records / A_PERSON };
	struct err e = { 0 };

	if (argc < 2 || w.persons == 0 || hash_init(&e) < 0) {
		fputs("usage: antisales-bench-memory FOLDER [RECORDS]\n", stderr);
		return EX_USAGE;
	}
	w.folder = argv[1];
	w.times = malloc(READS_BESIDE_MAX * sizeof *w.times);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (w.times == NULL || measure(&w, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return EX_SOFTWARE;
	}
	free(w.times);
	return EX_OK;
}
