/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one message's read costs in a large store: antisales-bench-store FOLDER
 * [ORGANISATIONS] fills an empty folder (every third organisation has two
 * domains and an account), reads it warm and prints percentiles of the batch
 * beside as many raw mdb_get in one transaction.
 */
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/ledger/history.h"
#include "antisales/store/store.h"
#include "times.h"

enum { READS = 200000, GROUP = 20000, NOW = 1767225600, RAW_KEYS = 3 };

static const struct site_key site = { { 42 } };
static const struct policy policy = { .feedback = { .weight = 3, .at_most = 5 } };

/* The facts of a mail of organisation n: one of its domains, and its account if it has one. */
struct sender {
	char domain[40], account[40];
	struct facts facts;
};

static void sender_of(struct sender *s, uint64_t n, unsigned which)
{
	bool has_account = n % 3 == 0;

	memset(&s->facts, 0, sizeof s->facts);
	snprintf(s->domain, sizeof s->domain, "org%" PRIu64 "%s.example", n, has_account && which % 2 == 1 ? "-mail" : "");
	snprintf(s->account, sizeof s->account, "seller:%" PRIu64, n);
	facts_text(&s->facts, FACT_ORG_DOMAIN, slice_of(s->domain));
	facts_text(&s->facts, FACT_ORG_AUTHENTICATED, SLICE("dkim"));
	if (has_account)
		facts_text(&s->facts, FACT_ORG_ACCOUNT, slice_of(s->account));
}

static int fill(struct store *s, uint64_t organisations, struct err *e)
{
	static struct store_change group[GROUP + HISTORY_CHANGES_MAX];
	struct slice to = SLICE("ann@example.com");
	struct history_mail mail = { .conduct = CONDUCT_SALES, .recipients = &to, .recipients_count = 1, .now = NOW };
	size_t n = 0;
	int rc = E_OK;

	for (uint64_t i = 0; rc == E_OK && i < organisations; i++)
		for (unsigned which = 0; rc == E_OK && which < (i % 3 == 0 ? 2 : 1); which++) {
			struct sender from;
			struct history h = { 0 };

			sender_of(&from, i, which);
			h = (struct history){ .has_org = true, .proved = true, .has_account = from.facts.at[FACT_ORG_ACCOUNT].present,
				.self = { IDENTIFIER_DOMAIN, slice_of(from.domain) } };
			h.org_key = organisation_key('r', identifier_id(&site, &h.self), 0);
			n += history_changes(&h, &site, &from.facts, &mail, group + n);
			if (n >= GROUP) {
				rc = s->ops->apply(s, group, n, e);
				n = 0;
			}
		}
	return rc == E_OK ? s->ops->apply(s, group, n, e) : rc;
}

static int read_batches(struct store *s, uint64_t organisations, int64_t *times, struct err *e)
{
	struct history_ask ask = { .site = &site, .policy = &policy, .now = NOW };
	struct arena arena;
	uint64_t state = 7;
	int rc = E_OK;

	arena_init(&arena, 256 * 1024, 1 << 20);
	for (int i = 0; rc == E_OK && i < READS; i++) {
		struct sender from;
		struct history h;
		uint64_t n = chance(&state);
		int64_t begun;

		sender_of(&from, n % organisations, (unsigned)(n >> 40));
		ask.facts = &from.facts;
		begun = nanoseconds();
		rc = history_load(s, &ask, &arena, &h, e);
		times[i] = nanoseconds() - begun;
		arena_reset(&arena);
		if (rc == E_OK && !h.reputation.known)
			return err_set(e, E_ABSENT, "an organisation is missing");
	}
	arena_done(&arena);
	return rc;
}

static int raw_batch(MDB_env *env, MDB_dbi dbi, uint64_t organisations, uint64_t *state)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	for (int k = 0; rc == 0 && k < RAW_KEYS; k++) {
		struct sender from;
		struct identifier id;
		struct store_key key;
		MDB_val mk = { sizeof key.bytes, key.bytes }, val;

		sender_of(&from, chance(state) % organisations, 0);
		id = (struct identifier){ IDENTIFIER_DOMAIN, slice_of(from.domain) };
		key = organisation_key('r', identifier_id(&site, &id), 0);
		rc = mdb_get(txn, dbi, &mk, &val);
	}
	mdb_txn_abort(txn);
	return rc;
}

static int read_raw(const char *dir, uint64_t organisations, int64_t *times)
{
	char table[] = "records";
	uint64_t state = 7;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi = 0;
	int rc;

	if ((rc = mdb_env_create(&env)) != 0)
		return rc;
	if ((rc = mdb_env_set_maxdbs(env, 4)) == 0 && (rc = mdb_env_set_mapsize(env, (size_t)8 << 30)) == 0
	    && (rc = mdb_env_open(env, dir, MDB_RDONLY | MDB_NOTLS, 0640)) == 0
	    && (rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn)) == 0 && (rc = mdb_dbi_open(txn, table, 0, &dbi)) == 0)
		rc = mdb_txn_commit(txn);
	for (int i = 0; rc == 0 && i < READS; i++) {
		int64_t begun = nanoseconds();

		rc = raw_batch(env, dbi, organisations, &state);
		times[i] = nanoseconds() - begun;
	}
	mdb_env_close(env);
	return rc;
}

static int measure(const char *dir, uint64_t organisations, int64_t *times, struct err *e)
{
	char url[4096];
	struct store_conf c = { .url = url, .map_bytes = INT64_C(1) << 30, .map_max_bytes = INT64_C(8) << 30 };
	struct store_stats st;
	struct store *s;
	int64_t begun = nanoseconds();
	int rc;

	snprintf(url, sizeof url, "lmdb:%s", dir);
	if ((rc = store_open(&c, &s, e)) < 0)
		return rc;
	if ((rc = s->ops->stats(s, &st, e)) == E_OK && st.records == 0) {
		rc = fill(s, organisations, e);
		printf("filled in %.1f s\n", (double)(nanoseconds() - begun) / 1e9);
	}
	if (rc == E_OK && (rc = s->ops->stats(s, &st, e)) == E_OK)
		printf("%" PRIu64 " organisations, %" PRId64 " records, %" PRId64 " MiB\n", organisations, st.records,
		    st.bytes_used >> 20);
	for (int round = 0; rc == E_OK && round < 2; round++) {
		rc = read_batches(s, organisations, times, e);
		if (rc == E_OK)
			times_report(round == 0 ? "batch, first time" : "batch, warm", times, READS);
	}
	store_close(s);
	return rc;
}

int main(int argc, char **argv)
{
	static int64_t times[READS];
	uint64_t organisations = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	struct err e = { 0 };
	int rc;

	if (argc < 2 || organisations == 0 || hash_init(&e) < 0) {
		fputs("usage: antisales-bench-store FOLDER [ORGANISATIONS]\n", stderr);
		return EX_USAGE;
	}
	if (measure(argv[1], organisations, times, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return EX_SOFTWARE;
	}
	rc = read_raw(argv[1], organisations, times);
	if (rc != 0) {
		fprintf(stderr, "raw: %s\n", mdb_strerror(rc));
		return EX_SOFTWARE;
	}
	times_report("3 raw mdb_get (and hashing)", times, READS);
	return EX_OK;
}
