/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/keys.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include "antisales/base/alloc.h"
#include "antisales/base/clock.h"
#include "antisales/base/hash.h"
#include "antisales/mail/keys_record.h"
#include "antisales/mail/octet.h"

enum {
	QUESTIONS_MAX = 256, ENTRIES_MAX = 2048, QUESTION_SECONDS = 10, FOUND_SECONDS_MAX = 3600,
	NOT_FOUND_SECONDS_MAX = 300, FAILURE_SECONDS = 5,
	BUCKETS = 1024, TYPE_TXT = 16, CLASS_IN = 1, RCODE_NOERROR = 0,
	TICK_MS = 250, GIVE_UP_AT_ONCE = 32
};

/*
 * A question and its answer. While it is found in the table, the table holds
 * one reference; while it is outstanding, the resolver holds one; everybody who
 * asked holds one. Everything but refs and name is guarded by the lock until
 * the answer is there; then nothing changes any more.
 */
struct key_ticket {
	struct keys *keys;
	struct key_ticket *next;        /* of the same bucket */
	struct key_ticket *older, *younger;
	atomic_uint refs;
	bool pending;
	bool has_id;
	int id;                         /* of the question, for ub_cancel */
	int64_t until_us;               /* pending: given up then; else: forgotten then */
	enum key_state state;
	const char *why;
	char *text;
	size_t text_bytes;
	char name[KEY_NAME_MAX + 1];
};

struct keys {
	struct ub_ctx *ub;
	struct keys_conf conf;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	pthread_t poller;
	int wake_fd;
	bool stop;
	bool broken;                    /* libunbound's worker is gone */
	uint32_t seed;
	struct key_ticket *buckets[BUCKETS];
	struct key_ticket *oldest, *youngest;
	struct keys_counts counts;
};

/* ---- tickets ---- */

void key_done(struct key_ticket *t)
{
	if (t == NULL || atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	free(t->text);
	free(t);
}

static struct key_ticket *ticket_new(struct keys *k, struct slice name, unsigned refs)
{
	struct key_ticket *t = alloc_zeroed(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->keys = k;
	atomic_init(&t->refs, refs);
	t->why = "no answer yet";
	t->state = KEY_TEMPORARY;
	for (size_t i = 0; i < name.n && i < KEY_NAME_MAX; i++)
		t->name[i] = octet_lower(name.p[i]);
	return t;
}

/* One that was never asked. */
static struct key_ticket *ticket_settled(struct keys *k, enum key_state state, const char *why)
{
	struct key_ticket *t = ticket_new(k, SLICE(""), 1);

	if (t != NULL) {
		t->state = state;
		t->why = why;
	}
	return t;
}

/* ---- the table; all with the lock held ---- */

static struct key_ticket **bucket_of(struct keys *k, const char *name)
{
	uint32_t h = k->seed;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return &k->buckets[(h ^ h >> 16) % BUCKETS];
}

static void table_remove(struct keys *k, struct key_ticket *t)
{
	struct key_ticket **at = bucket_of(k, t->name);

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	*(t->older == NULL ? &k->oldest : &t->older->younger) = t->younger;
	*(t->younger == NULL ? &k->youngest : &t->younger->older) = t->older;
	k->counts.entries--;
	key_done(t);
}

static void table_add(struct keys *k, struct key_ticket *t)
{
	struct key_ticket **at = bucket_of(k, t->name), *old = k->oldest;

	while (k->counts.entries >= k->conf.entries_max && old != NULL) {
		struct key_ticket *younger = old->younger;

		if (!old->pending)
			table_remove(k, old);
		old = younger;
	}
	t->next = *at;
	*at = t;
	t->older = k->youngest;
	*(k->youngest == NULL ? &k->oldest : &k->youngest->younger) = t;
	k->youngest = t;
	k->counts.entries++;
}

/* The entry of that name, in lower case; one that has had its time is forgotten. */
static struct key_ticket *table_find(struct keys *k, const char *name, int64_t now_us)
{
	struct key_ticket *t = *bucket_of(k, name);

	while (t != NULL && strcmp(t->name, name) != 0)
		t = t->next;
	if (t == NULL || t->pending || t->until_us > now_us)
		return t;
	table_remove(k, t);
	return NULL;
}

/* ---- answers ---- */

struct answer {
	enum key_state state;
	const char *why;
	char *text;                     /* taken over */
	size_t text_bytes;
	int64_t seconds;                /* remembered for */
};

static void settle(struct key_ticket *t, const struct answer *a)
{
	struct keys *k = t->keys;

	t->pending = false;
	t->state = a->state;
	t->why = a->why;
	t->text = a->text;
	t->text_bytes = a->text_bytes;
	t->until_us = clock_mono_us() + a->seconds * 1000000;
	k->counts.outstanding--;
	pthread_cond_broadcast(&k->answered);
	key_done(t);
}

static struct answer no_answer(const struct keys *k, const char *why)
{
	return (struct answer){ .state = KEY_TEMPORARY, .why = why, .seconds = k->conf.failure_seconds };
}

static struct answer read_records(const struct ub_result *r, int64_t seconds)
{
	char text[KEY_TEXT_MAX + 1];
	struct answer a = { .state = KEY_UNUSABLE, .seconds = seconds };

	a.why = key_record_read((struct key_records){ r->data, r->len }, text, &a.text_bytes);
	if (a.why != NULL)
		return a;
	a.text = alloc_strdup(text);
	if (a.text == NULL)
		return (struct answer){ .state = KEY_TEMPORARY, .why = "out of memory" };
	a.state = KEY_FOUND;
	a.why = "key found";
	return a;
}

static int64_t bounded(int ttl, unsigned max)
{
	return ttl < 0 ? 0 : ttl < (int64_t)max ? ttl : (int64_t)max;
}

static struct answer read_answer(const struct keys *k, int error, const struct ub_result *r)
{
	if (error != 0 || r == NULL)
		return no_answer(k, "the resolver failed");
	if (r->havedata)
		return read_records(r, bounded(r->ttl, k->conf.found_seconds_max));
	if (r->nxdomain || r->rcode == RCODE_NOERROR)
		return (struct answer){ .state = KEY_NOT_FOUND, .why = "there is no key record",
			.seconds = bounded(r->ttl, k->conf.not_found_seconds_max) };
	return no_answer(k, "the name servers failed");
}

/* Called by libunbound from ub_process, in the poller. */
static void on_answer(void *arg, int error, struct ub_result *r)
{
	struct key_ticket *t = arg;
	struct keys *k = t->keys;
	struct answer a = read_answer(k, error, r);

	ub_resolve_free(r);
	pthread_mutex_lock(&k->lock);
	settle(t, &a);
	pthread_mutex_unlock(&k->lock);
}

/* ---- the poller ---- */

/* Settles what has waited too long; the ids of these are to be cancelled without the lock. */
static size_t give_up(struct keys *k, int64_t now_us, int ids[GIVE_UP_AT_ONCE])
{
	struct answer a = no_answer(k, "the name servers are silent");
	struct key_ticket *t = k->oldest;
	size_t n = 0;

	while (t != NULL && n < GIVE_UP_AT_ONCE) {
		struct key_ticket *younger = t->younger;

		if (t->pending && t->has_id && (k->broken || t->until_us <= now_us)) {
			ids[n++] = t->id;
			k->counts.unanswered++;
			settle(t, &a);
		}
		t = younger;
	}
	return n;
}

static void tick(struct keys *k)
{
	int ids[GIVE_UP_AT_ONCE];
	size_t n;

	do {
		pthread_mutex_lock(&k->lock);
		n = k->counts.outstanding == 0 ? 0 : give_up(k, clock_mono_us(), ids);
		pthread_mutex_unlock(&k->lock);
		for (size_t i = 0; i < n; i++)
			ub_cancel(k->ub, ids[i]);
	} while (n == GIVE_UP_AT_ONCE);
}

/* How long to sleep: while nothing is asked, until somebody wakes us. false to stop. */
static bool poller_goes_on(struct keys *k, int *ret_ms, bool *ret_broken)
{
	bool go;

	pthread_mutex_lock(&k->lock);
	*ret_ms = k->counts.outstanding > 0 ? TICK_MS : -1;
	*ret_broken = k->broken;
	go = !k->stop;
	pthread_mutex_unlock(&k->lock);
	return go;
}

static void *poller(void *arg)
{
	struct keys *k = arg;
	bool broken;
	int ms;

	while (poller_goes_on(k, &ms, &broken)) {
		struct pollfd fds[2] = { { .fd = k->wake_fd, .events = POLLIN }, { .fd = ub_fd(k->ub), .events = POLLIN } };
		uint64_t woken;

		if (poll(fds, broken ? 1 : 2, ms) < 0)
			continue;
		if (fds[0].revents != 0 && read(k->wake_fd, &woken, sizeof woken) < 0)
			continue;
		if (!broken && fds[1].revents != 0 && (ub_process(k->ub) != 0 || (fds[1].revents & POLLIN) == 0)) {
			pthread_mutex_lock(&k->lock);
			k->broken = true;
			pthread_mutex_unlock(&k->lock);
		}
		tick(k);
	}
	return NULL;
}

static void wake(struct keys *k)
{
	const uint64_t one = 1;

	if (write(k->wake_fd, &one, sizeof one) < 0)
		return;         /* full: then it is awake */
}

/* ---- opening ---- */

static unsigned or_default(unsigned n, unsigned def)
{
	return n == 0 ? def : n;
}

static struct keys_conf conf_filled(const struct keys_conf *c)
{
	struct keys_conf f = *c;

	f.questions_max = c->questions_max == 0 ? QUESTIONS_MAX : c->questions_max;
	f.entries_max = c->entries_max == 0 ? ENTRIES_MAX : c->entries_max;
	f.question_seconds = or_default(c->question_seconds, QUESTION_SECONDS);
	f.found_seconds_max = or_default(c->found_seconds_max, FOUND_SECONDS_MAX);
	f.not_found_seconds_max = or_default(c->not_found_seconds_max, NOT_FOUND_SECONDS_MAX);
	f.failure_seconds = or_default(c->failure_seconds, FAILURE_SECONDS);
	return f;
}

static int set_options(struct ub_ctx *ub, struct err *reterr)
{
	/* answers are remembered here, so libunbound's own memory can be small */
	static const char *const options[][2] = {
		{ "use-syslog:", "no" }, { "verbosity:", "0" }, { "do-not-query-localhost:", "no" },
		{ "module-config:", "iterator" }, { "edns-buffer-size:", "1232" },
		{ "msg-cache-size:", "256k" }, { "rrset-cache-size:", "512k" }, { "key-cache-size:", "64k" },
		{ "cache-max-ttl:", "3600" }, { "cache-max-negative-ttl:", "300" },
		{ "outgoing-range:", "512" }, { "num-queries-per-thread:", "512" }
	};

	ub_ctx_debugout(ub, NULL);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		int rc = ub_ctx_set_option(ub, options[i][0], options[i][1]);

		if (rc != 0)
			return err_set(reterr, E_IO, "the resolver refuses %s %s: %s", options[i][0], options[i][1],
			    ub_strerror(rc));
	}
	return E_OK;
}

static int set_resolvers(struct ub_ctx *ub, const struct keys_conf *c, struct err *reterr)
{
	int rc;

	for (size_t i = 0; i < c->resolvers_count; i++)
		if ((rc = ub_ctx_set_fwd(ub, c->resolvers[i])) != 0)
			return err_set(reterr, E_SYNTAX, "resolver \"%s\": %s", c->resolvers[i], ub_strerror(rc));
	if (c->resolvers_count == 0 && (rc = ub_ctx_resolvconf(ub, NULL)) != 0)
		return err_set(reterr, E_IO, "/etc/resolv.conf: %s", ub_strerror(rc));
	return E_OK;
}

static void on_first_answer(void *arg, int error, struct ub_result *r)
{
	(void)arg;
	(void)error;
	ub_resolve_free(r);
}

/* Configures, and starts libunbound's thread by a question that it answers itself. */
static int ub_start(const struct keys_conf *c, struct ub_ctx **ret, struct err *reterr)
{
	struct ub_ctx *ub = ub_ctx_create();
	int rc;

	if (ub == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the resolver");
	rc = set_options(ub, reterr);
	if (rc == E_OK)
		rc = set_resolvers(ub, c, reterr);
	if (rc == E_OK && (ub_ctx_async(ub, 1) != 0 ||
	    ub_resolve_async(ub, "localhost", TYPE_TXT, CLASS_IN, NULL, on_first_answer, NULL) != 0))
		rc = err_set(reterr, E_IO, "the resolver does not start");
	if (rc != E_OK) {
		ub_ctx_delete(ub);
		return rc;
	}
	*ret = ub;
	return E_OK;
}

static void sync_init(struct keys *k)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->answered, &attr);
	pthread_condattr_destroy(&attr);
}

static void keys_free(struct keys *k)
{
	if (k->ub != NULL)
		ub_ctx_delete(k->ub);
	if (k->wake_fd >= 0)
		close(k->wake_fd);
	pthread_cond_destroy(&k->answered);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static int start(struct keys *k, struct err *reterr)
{
	int rc = ub_start(&k->conf, &k->ub, reterr);

	if (rc != E_OK)
		return rc;
	k->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (k->wake_fd < 0)
		return err_set(reterr, E_IO, "no descriptor for the resolver: %s", strerror(errno));
	rc = pthread_create(&k->poller, NULL, poller, k);
	return rc == 0 ? E_OK : err_set(reterr, E_NOMEM, "no thread for the resolver: %s", strerror(rc));
}

int keys_open(const struct keys_conf *conf, struct keys **ret, struct err *reterr)
{
	struct keys *k = alloc_zeroed(1, sizeof *k);
	sigset_t all, before;
	int rc;

	if (k == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the resolver");
	k->conf = conf_filled(conf);
	k->wake_fd = -1;
	random_bytes(&k->seed, sizeof k->seed);
	sync_init(k);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = start(k, reterr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	k->conf.resolvers = NULL;
	k->conf.resolvers_count = 0;
	if (rc != E_OK) {
		keys_free(k);
		return rc;
	}
	*ret = k;
	return E_OK;
}

void keys_close(struct keys *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_mutex_unlock(&k->lock);
	wake(k);
	pthread_join(k->poller, NULL);
	/* from here on no callback comes */
	ub_ctx_delete(k->ub);
	k->ub = NULL;
	while (k->oldest != NULL) {
		struct answer a = no_answer(k, "stopped");

		if (k->oldest->pending)
			settle(k->oldest, &a);
		table_remove(k, k->oldest);
	}
	keys_free(k);
}

/* ---- asking ---- */

/* Sends the question of a ticket that is new in the table. */
static void send_question(struct keys *k, struct key_ticket *t, bool first)
{
	int id = 0, rc = ub_resolve_async(k->ub, t->name, TYPE_TXT, CLASS_IN, t, on_answer, &id);
	struct answer a = no_answer(k, "the resolver takes no question");

	pthread_mutex_lock(&k->lock);
	if (rc != 0) {
		settle(t, &a);
	} else if (t->pending) {
		t->id = id;
		t->has_id = true;
	}
	pthread_mutex_unlock(&k->lock);
	if (first)
		wake(k);
}

/* With the lock held: a ticket that waits for an answer, in the table. NULL out of memory. */
static struct key_ticket *add_question(struct keys *k, const char *name, int64_t now_us)
{
	struct key_ticket *t = ticket_new(k, slice_of(name), 3);

	if (t == NULL)
		return NULL;
	t->pending = true;
	t->until_us = now_us + (int64_t)k->conf.question_seconds * 1000000;
	table_add(k, t);
	k->counts.outstanding++;
	k->counts.asked++;
	return t;
}

struct key_ticket *keys_ask(struct keys *k, struct slice name)
{
	char lower[KEY_NAME_MAX + 1];
	int64_t now_us = clock_mono_us();
	struct key_ticket *t;
	bool refused = false, ask = false, first;

	if (!key_name_ok(name))
		return ticket_settled(k, KEY_UNUSABLE, "the key's name is no domain name");
	for (size_t i = 0; i < name.n; i++)
		lower[i] = octet_lower(name.p[i]);
	lower[name.n] = '\0';
	pthread_mutex_lock(&k->lock);
	first = k->counts.outstanding == 0;
	t = table_find(k, lower, now_us);
	if (t != NULL) {
		atomic_fetch_add(&t->refs, 1);
		k->counts.remembered++;
	} else if (k->broken || k->counts.outstanding >= k->conf.questions_max) {
		refused = true;
		k->counts.refused++;
	} else {
		t = add_question(k, lower, now_us);
		ask = t != NULL;
	}
	pthread_mutex_unlock(&k->lock);
	if (refused)
		return ticket_settled(k, KEY_TEMPORARY, "too many questions at once");
	if (ask)
		send_question(k, t, first);
	return t;
}

struct key keys_wait(struct keys *k, struct key_ticket *t, int64_t deadline_us)
{
	const struct timespec until = { deadline_us / 1000000, deadline_us % 1000000 * 1000 };
	struct key ret = { .state = KEY_TEMPORARY, .why = "out of memory" };

	if (t == NULL)
		return ret;
	pthread_mutex_lock(&k->lock);
	while (t->pending && pthread_cond_timedwait(&k->answered, &k->lock, &until) == 0)
		continue;
	ret.why = "no answer in time";
	if (!t->pending)
		ret = (struct key){ t->state, { t->text, t->text_bytes }, t->why };
	pthread_mutex_unlock(&k->lock);
	return ret;
}

void keys_count(struct keys *k, struct keys_counts *ret)
{
	pthread_mutex_lock(&k->lock);
	*ret = k->counts;
	pthread_mutex_unlock(&k->lock);
}
