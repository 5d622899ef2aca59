/* SPDX-License-Identifier: BSD-3-Clause */
#include "store_data.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>

#include "antisales/store/organisation.h"

/* What edges connect is one organisation, whatever the order, the backend or the store it was seen by. */

enum { NOW = 1767225600, IDS = 14, STEPS = 60 };

struct fixture {
	char *dir;
	struct store *store;
};

static struct store *open_in(const char *dir, bool lmdb)
{
	struct store_conf c = { .url = "memory:" };
	struct store *s = NULL;
	struct err e = { 0 };

	if (lmdb)
		return open_lmdb_at(dir, 4 * MIB, 64 * MIB);
	assert_ok(store_open(&c, &s, &e), e);
	return s;
}

static int open_any(void **state, bool lmdb)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->dir = folder_make();
	f->store = open_in(f->dir, lmdb);
	*state = f;
	return 0;
}

static int open_memory(void **state)
{
	return open_any(state, false);
}

static int open_lmdb(void **state)
{
	return open_any(state, true);
}

static int close_any(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	folder_remove(f->dir);
	free(f);
	return 0;
}

static int64_t id_of(size_t i)
{
	return 1 + (int64_t)((i + 3) * UINT64_C(0x9E3779B97F4A7C15) >> 1 & 0xFFFFFFFFFFFF);
}

static void apply(struct store *s, const struct store_change *c, size_t n)
{
	struct err e = { 0 };

	assert_ok(s->ops->apply(s, c, n, &e), e);
}

static struct store_change edge(char tag, size_t a, size_t b, enum edge_field field, int64_t number, int64_t now)
{
	struct store_change c = { .key = organisation_key(tag, id_of(a), id_of(b)), .delta = { .stamp = now } };

	c.delta.at[EDGE_FIRST_SEEN].number = now;
	c.delta.at[field].number = number;
	return c;
}

static struct store_change mail_of(size_t i, int64_t now)
{
	struct store_change c = { .key = organisation_key('r', id_of(i), 0), .delta = { .stamp = now } };

	c.delta.at[FIELD_FIRST_SEEN].number = now;
	c.delta.at[FIELD_MAILS].number = 1;
	c.delta.at[FIELD_SALES].decayed = 1;
	return c;
}

static bool get(struct store *s, char tag, int64_t id, struct record *ret)
{
	struct store_key k = organisation_key(tag, id, 0);
	struct err e = { 0 };
	bool found = false;

	assert_ok(s->ops->get(s, &k, 1, ret, &found, &e), e);
	return found;
}

static int64_t root_of(struct store *s, size_t i)
{
	struct record r;

	return get(s, ORGANISATION_ROOT, id_of(i), &r) ? r.at[NODE_PARENT].number : id_of(i);
}

static int64_t mails_at(struct store *s, char tag, size_t i)
{
	struct record r;

	return get(s, tag, id_of(i), &r) ? r.at[FIELD_MAILS].number : 0;
}

/* Roots and sums as they follow from edges and reputations, worked out in the plainest way. */
struct model {
	int64_t root[IDS];
	struct record sum[IDS];
	bool any[IDS];
	size_t members[IDS];
};

static void spread_roots(struct store *s, struct model *m)
{
	for (size_t round = 0; round < IDS; round++)
		for (size_t a = 0; a < IDS; a++)
			for (size_t b = 0; b < IDS; b++) {
				struct store_key k = organisation_key('e', id_of(a), id_of(b));
				struct err e = { 0 };
				struct record r;
				bool found = false;

				if (a == b)
					continue;
				assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
				if (found && organisation_edge_active(&r) && m->root[b] < m->root[a])
					m->root[a] = m->root[b];
			}
}

static void work_out(struct store *s, struct model *m)
{
	*m = (struct model){ 0 };
	for (size_t i = 0; i < IDS; i++)
		m->root[i] = id_of(i);
	spread_roots(s, m);
	for (size_t i = 0; i < IDS; i++)
		for (size_t k = 0; k < IDS; k++) {
			struct record r;

			if (m->root[i] != m->root[k])
				continue;
			m->members[i]++;
			if (!get(s, 'r', id_of(k), &r))
				continue;
			record_merge(&record_whole, &m->sum[i], &r);
			m->any[i] = true;
		}
}

static bool near(const struct record *a, const struct record *b)
{
	bool same = a->stamp == b->stamp;

	for (size_t i = 0; i < record_whole.fields; i++)
		same = same && (record_whole.field[i].rule == FIELD_DECAY
		    ? fabs(a->at[i].decayed - b->at[i].decayed) <= 1e-9 * (1 + fabs(a->at[i].decayed))
		    : a->at[i].number == b->at[i].number);
	return same;
}

static void check_store(struct store *s)
{
	struct model m;

	work_out(s, &m);
	for (size_t i = 0; i < IDS; i++) {
		struct record r;
		bool found = get(s, ORGANISATION_SUM, id_of(i), &r);

		if (root_of(s, i) != m.root[i])
			fail_msg("%zu has another root", i);
		if (found != m.any[i] || (found && !near(&r, &m.sum[i])))
			fail_msg("%zu: the sum is another", i);
		if (get(s, ORGANISATION_ROOT, id_of(i), &r) && r.at[NODE_MEMBERS].number != (int64_t)m.members[i])
			fail_msg("%zu: %lld members instead of %zu", i, (long long)r.at[NODE_MEMBERS].number, m.members[i]);
	}
}

static void check_same(struct store *a, struct store *b)
{
	for (size_t i = 0; i < IDS; i++) {
		struct record x, y;
		bool found = get(a, ORGANISATION_SUM, id_of(i), &x);

		assert_true(root_of(a, i) == root_of(b, i));
		assert_true(found == get(b, ORGANISATION_SUM, id_of(i), &y));
		assert_true(!found || near(&x, &y));
	}
}

static struct store_change some_change(struct rng *r)
{
	size_t a = rng_below(r, IDS), b = (a + 1 + rng_below(r, IDS - 1)) % IDS;
	int64_t now = NOW + (int64_t)rng_below(r, 1000);

	switch (rng_below(r, 10)) {
	case 0:
		return edge('e', a, b, EDGE_SPLIT, now, now);
	case 1:
		return edge('e', a, b, EDGE_JOINED, now, now);
	case 2:
		return edge('w', a, b, EDGE_MAILS, 1, now);
	case 3:
	case 4:
	case 5:
		return edge('e', a, b, EDGE_MAILS, 1, now);
	default:
		return mail_of(a, now);
	}
}

static void apply_shuffled(struct store *s, struct rng *r, const struct store_change *steps, size_t n)
{
	struct store_change order[STEPS];
	size_t at = 0;

	memcpy(order, steps, n * sizeof *steps);
	for (size_t i = n; i > 1; i--) {
		size_t k = rng_below(r, i);
		struct store_change c = order[i - 1];

		order[i - 1] = order[k];
		order[k] = c;
	}
	while (at < n) {
		size_t group = 1 + rng_below(r, 7);

		group = group < n - at ? group : n - at;
		apply(s, order + at, group);
		at += group;
	}
}

static void the_order_of_mails_and_joins_changes_nothing(void **state)
{
	struct fixture *f = *state;
	bool lmdb = strcmp(f->store->ops->name, "lmdb") == 0;
	struct rng r = { 11 };

	for (int round = 0; round < (lmdb ? 8 : 150); round++) {
		struct store_change steps[STEPS];
		char *one_dir = folder_make(), *other_dir = folder_make();
		struct store *one = open_in(one_dir, lmdb), *other = open_in(other_dir, lmdb);

		for (size_t i = 0; i < STEPS; i++)
			steps[i] = some_change(&r);
		apply_shuffled(one, &r, steps, STEPS);
		apply_shuffled(other, &r, steps, STEPS);
		check_store(one);
		check_same(one, other);
		store_close(one);
		store_close(other);
		folder_remove(one_dir);
		folder_remove(other_dir);
	}
}

static bool carry_over(const struct store_key *key, const struct record *r, void *arg)
{
	apply(arg, &(struct store_change){ .key = *key, .delta = *r }, 1);
	return true;
}

static void a_merged_store_has_seen_both(void **state)
{
	struct fixture *f = *state;
	bool lmdb = strcmp(f->store->ops->name, "lmdb") == 0;
	struct rng r = { 12 };

	for (int round = 0; round < (lmdb ? 5 : 100); round++) {
		struct store_change steps[STEPS];
		char *dirs[3] = { folder_make(), folder_make(), folder_make() };
		struct store *here = open_in(dirs[0], lmdb), *there = open_in(dirs[1], lmdb), *both = open_in(dirs[2], lmdb);
		struct err e = { 0 };

		for (size_t i = 0; i < STEPS; i++)
			steps[i] = some_change(&r);
		apply_shuffled(here, &r, steps, STEPS / 2);
		apply_shuffled(there, &r, steps + STEPS / 2, STEPS - STEPS / 2);
		apply_shuffled(both, &r, steps, STEPS);
		assert_ok(here->ops->scan(here, '\0', carry_over, there, &e), e);
		check_store(there);
		check_same(there, both);
		store_close(here);
		store_close(there);
		store_close(both);
		for (size_t i = 0; i < COUNT(dirs); i++)
			folder_remove(dirs[i]);
	}
}

static void a_join_adds_up_what_both_did(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct store_change c[] = { mail_of(0, NOW), mail_of(0, NOW), mail_of(1, NOW), edge('e', 0, 1, EDGE_MAILS, 1, NOW),
		mail_of(1, NOW) };

	apply(s, c, COUNT(c));
	assert_true(root_of(s, 0) == root_of(s, 1));
	assert_true(mails_at(s, ORGANISATION_SUM, 0) == 4 && mails_at(s, ORGANISATION_SUM, 1) == 4);
	assert_true(mails_at(s, 'r', 0) == 2 && mails_at(s, 'r', 1) == 2);
}

static void a_split_gives_each_its_own_back(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct store_change join[] = { mail_of(0, NOW), mail_of(1, NOW), mail_of(1, NOW), mail_of(2, NOW),
		edge('e', 0, 1, EDGE_MAILS, 1, NOW), edge('e', 1, 2, EDGE_MAILS, 1, NOW) };
	struct store_change split = edge('e', 0, 1, EDGE_SPLIT, NOW + 5, NOW + 5);
	struct store_change again = edge('e', 0, 1, EDGE_MAILS, 1, NOW + 9);
	struct store_change rejoin = edge('e', 0, 1, EDGE_JOINED, NOW + 10, NOW + 10);

	apply(s, join, COUNT(join));
	assert_true(mails_at(s, ORGANISATION_SUM, 0) == 4);
	apply(s, &split, 1);
	assert_true(mails_at(s, ORGANISATION_SUM, 0) == 1 && mails_at(s, ORGANISATION_SUM, 1) == 3
	    && mails_at(s, ORGANISATION_SUM, 2) == 3);
	apply(s, &again, 1);
	assert_true(root_of(s, 0) != root_of(s, 1));
	apply(s, &rejoin, 1);
	assert_true(mails_at(s, ORGANISATION_SUM, 2) == 4);
	check_store(s);
}

static void a_weak_fact_is_written_down_and_joins_nothing(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct store_change c[] = { mail_of(0, NOW), mail_of(1, NOW), edge('w', 0, 1, EDGE_MAILS, 1, NOW) };
	struct store_key k = organisation_key('w', id_of(0), id_of(1));
	struct record r;
	struct err e = { 0 };
	bool found = false;

	apply(s, c, COUNT(c));
	assert_true(root_of(s, 0) != root_of(s, 1));
	assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
	assert_true(found && r.at[EDGE_MAILS].number == 1);
}

static size_t expire_all(struct store *s, int64_t now)
{
	size_t removed = 0, all = 0;
	struct err e = { 0 };

	do {
		assert_ok(s->ops->expire(s, now, 3, &removed, &e), e);
		all += removed;
	} while (removed > 0);
	return all;
}

static void a_join_ends_with_its_time(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	int64_t later = NOW + record_edge.retention - 10 * DAY;
	struct store_change join[] = { mail_of(0, NOW), mail_of(1, NOW), edge('e', 0, 1, EDGE_MAILS, 1, NOW), mail_of(0, later),
		mail_of(1, later) };

	apply(s, join, COUNT(join));
	assert_true(root_of(s, 0) == root_of(s, 1));
	assert_true(expire_all(s, NOW + record_edge.retention + 2 * DAY) > 0);
	assert_true(root_of(s, 0) != root_of(s, 1));
	assert_true(mails_at(s, ORGANISATION_SUM, 0) == 2 && mails_at(s, ORGANISATION_SUM, 1) == 2);
	check_store(s);
	expire_all(s, later + record_edge.retention + 2 * DAY);
	assert_true(stats_of(s).records == 0);
}

static void what_is_forgotten_leaves_the_sum(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct store_change c[] = { mail_of(0, NOW), mail_of(1, NOW), edge('e', 0, 1, EDGE_MAILS, 1, NOW),
		{ .key = organisation_key('r', id_of(0), 0), .forget = true } };

	apply(s, c, COUNT(c));
	assert_true(mails_at(s, ORGANISATION_SUM, 0) == 1 && mails_at(s, 'r', 0) == 0);
	c[3].key = organisation_key('o', id_of(0), 0);
	apply(s, &c[3], 1);
	assert_true(root_of(s, 0) != root_of(s, 1));
	check_store(s);
}

static void an_organisation_never_grows_without_end(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct record r;

	for (size_t i = 1; i < ORGANISATION_MEMBERS_MAX + 20; i++) {
		struct store_change c = edge('e', 0, i, EDGE_MAILS, 1, NOW);

		apply(s, &c, 1);
	}
	assert_true(get(s, ORGANISATION_ROOT, id_of(0), &r));
	assert_true(r.at[NODE_MEMBERS].number <= ORGANISATION_MEMBERS_MAX);
}

static void keys_that_make_no_sense_are_ignored(void **state)
{
	struct store *s = ((struct fixture *)*state)->store;
	struct store_change c[] = {
		{ .key = organisation_key('e', 0, 5) }, { .key = organisation_key('e', 5, 5) }, { .key = organisation_key('e', -3, 5) },
		{ .key = organisation_key('g', 5, 0) }, { .key = organisation_key('b', 5, 6) }, { .key = organisation_key('G', 5, 0) },
		{ .key = organisation_key('O', 5, 0) }, { .key = organisation_key('?', 5, 0) }, { .key = organisation_key('o', 0, 0) },
	};

	apply(s, c, COUNT(c));
	assert_int_equal(stats_of(s).records, 0);
}

/* A child joins and splits without end; its groups are whole, so what it leaves is consistent. */
static void join_until_killed(const char *dir, unsigned seed)
{
	struct store *s = open_lmdb_at(dir, 4 * MIB, 64 * MIB);
	struct rng r = { seed + 1 };

	for (;;) {
		struct store_change c[5];

		for (size_t i = 0; i < COUNT(c); i++)
			c[i] = some_change(&r);
		apply(s, c, COUNT(c));
	}
}

static void kill_9_amid_joins_leaves_whole_organisations(void **state)
{
	struct fixture *f = *state;
	struct rng r = { 99 };

	store_close(f->store);
	f->store = NULL;
	for (unsigned round = 0; round < 40; round++) {
		struct timespec pause = { 0, (long)(5 + rng_below(&r, 40)) * 1000000 };
		pid_t child = fork();
		struct store *s;

		assert_true(child >= 0);
		if (child == 0) {
			join_until_killed(f->dir, round);
			_exit(1);
		}
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		assert_true(waitpid(child, NULL, 0) == child);
		s = open_lmdb_at(f->dir, 4 * MIB, 64 * MIB);
		check_store(s);
		store_close(s);
	}
}

static int64_t touches_of(struct store *s, size_t i, int64_t person)
{
	struct store_key k = organisation_pair(ORGANISATION_SEQUENCE, id_of(i), person);
	struct err e = { 0 };
	struct record r;
	bool found = false;
	int64_t n = 0;

	assert_ok(s->ops->get(s, &k, 1, &r, &found, &e), e);
	for (size_t t = 2; found && t < 26; t++)
		n += r.at[t].number != 0;
	return n;
}

static struct store_change touch_by(size_t i, int64_t person, unsigned mark)
{
	struct store_change c = { .key = organisation_pair('q', id_of(i), person), .delta = { .stamp = NOW } };

	c.delta.at[2].number = latest_entry(NOW + mark, mark);
	return c;
}

/* Each person's history is one over all identifiers, and nobody's answers for another's. */
static void histories_follow_joins_and_splits(void **state)
{
	enum { ANN = 1000, BOB = 2000 };
	struct store *s = ((struct fixture *)*state)->store;
	struct store_change touches[] = { touch_by(1, ANN, 1), touch_by(1, ANN, 2), touch_by(2, ANN, 2), touch_by(2, ANN, 3),
		touch_by(3, ANN, 4), touch_by(3, BOB, 5) };
	struct store_change joins[] = { edge('e', 1, 2, EDGE_MAILS, 1, NOW), edge('e', 2, 3, EDGE_MAILS, 1, NOW) };
	struct store_change split = edge('e', 2, 3, EDGE_SPLIT, NOW + 10, NOW + 10);

	apply(s, touches, COUNT(touches));
	assert_int_equal(touches_of(s, 1, ANN), 2);
	apply(s, joins, COUNT(joins));
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(touches_of(s, i, ANN), 4);
		assert_int_equal(touches_of(s, i, BOB), 1);
	}
	apply(s, &split, 1);
	assert_int_equal(touches_of(s, 1, ANN), 3);
	assert_int_equal(touches_of(s, 3, ANN), 1);
	assert_int_equal(touches_of(s, 1, BOB), 0);
	assert_int_equal(touches_of(s, 7, ANN), 0);
}

#define ON(backend, test) { #backend ": " #test, test, open_##backend, close_any, NULL }
#define BOTH(test) ON(memory, test), ON(lmdb, test)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BOTH(the_order_of_mails_and_joins_changes_nothing),
		BOTH(a_merged_store_has_seen_both),
		BOTH(a_join_adds_up_what_both_did),
		BOTH(a_split_gives_each_its_own_back),
		BOTH(a_weak_fact_is_written_down_and_joins_nothing),
		BOTH(a_join_ends_with_its_time),
		BOTH(what_is_forgotten_leaves_the_sum),
		BOTH(an_organisation_never_grows_without_end),
		BOTH(keys_that_make_no_sense_are_ignored),
		BOTH(histories_follow_joins_and_splits),
		ON(lmdb, kill_9_amid_joins_leaves_whole_organisations),
	};

	return cmocka_run_group_tests_name("organisation", tests, NULL, NULL);
}
