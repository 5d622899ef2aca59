/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/base/clock.h"
#include "antisales/base/log.h"
#include "antisales/edge/message_hash.h"
#include "antisales/edge/pipeline.h"
#include "antisales/ledger/outbound.h"
#include "antisales/mail/authentication.h"
#include "antisales/mail/domain.h"

enum {
	SESSION_CHUNK = 2048, SESSION_LIMIT = 64 * 1024, MESSAGE_CHUNK = 16 * 1024,
	JUDGING_MEMORY = 1024 * 1024    /* kept free of the message's own data, so that judging never lacks room */
};

struct session *session_new(struct engine *e)
{
	struct session *s = alloc_zeroed(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->engine = e;
	arena_init(&s->arena, SESSION_CHUNK, SESSION_LIMIT);
	return s;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_message_end(s);
	if (s->counted)
		atomic_fetch_sub(&s->engine->sessions, 1);
	arena_done(&s->arena);
	free(s);
}

static bool is_trusted(struct session *s)
{
	struct setup *setup = setup_get(&s->engine->setups);
	bool trusted = setup != NULL && networks_contain(&setup->config->trusted_networks, s->peer.address);

	setup_put(setup);
	return trusted;
}

static bool is_over_limit(struct session *s, int now)
{
	struct setup *setup = setup_get(&s->engine->setups);
	bool over = setup == NULL || now > setup->config->max_sessions;

	setup_put(setup);
	return over;
}

void session_connect(struct session *s, struct slice name, struct slice address)
{
	if (s == NULL)
		return;
	atomic_fetch_add(&s->engine->counters.connections, 1);
	if (!s->counted) {
		s->counted = true;
		s->shed = is_over_limit(s, atomic_fetch_add(&s->engine->sessions, 1) + 1);
	}
	if (s->shed)
		atomic_fetch_add(&s->engine->counters.connections_shed, 1);
	s->peer.name = arena_dup(&s->arena, name);
	/* local submission has no address: it is as trusted as the machine itself */
	s->peer.address = address.p == NULL ? address : arena_dup(&s->arena, address);
	s->peer.trusted = address.p == NULL || is_trusted(s);
}

void session_helo(struct session *s, struct slice helo)
{
	if (s != NULL)
		s->peer.helo = arena_dup(&s->arena, slice_sub(helo, 0, 1024));
}

/* Takes a place among the messages in work; false when there is none left. */
static bool take_place(struct session *s, struct message *m)
{
	struct engine *e = s->engine;

	m->counted = true;
	if (atomic_fetch_add(&e->messages, 1) < m->setup->config->max_messages && !s->shed
	    && !atomic_load(&e->draining))
		return true;
	atomic_fetch_sub(&e->messages, 1);
	m->counted = false;
	atomic_fetch_add(&e->counters.messages_shed, 1);
	return false;
}

static void message_free(struct engine *e, struct message *m)
{
	if (m->counted)
		atomic_fetch_sub(&e->messages, 1);
	arena_done(&m->arena);
	setup_put(m->setup);
	free(m);
}

void session_message_end(struct session *s)
{
	if (s == NULL || s->message == NULL)
		return;
	message_free(s->engine, s->message);
	s->message = NULL;
	s->peer.login = (struct slice){ 0 };
}

static struct message *message_new(struct session *s)
{
	struct message *m = alloc_zeroed(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->setup = setup_get(&s->engine->setups);
	if (m->setup == NULL) {
		free(m);
		return NULL;
	}
	arena_init(&m->arena, MESSAGE_CHUNK, (size_t)m->setup->config->message_memory);
	random_id(m->id);
	m->shed = !take_place(s, m);
	return m;
}

/* Whose mail is our own: only theirs tells to whom we write. */
static bool learns_from(const struct config *c, bool logged_in)
{
	return strcmp(c->learn_outbound, "off") != 0 && (logged_in || strcmp(c->learn_outbound, "trusted") == 0);
}

/* What looks at a mail that will be judged while it arrives. */
static void begin_streams(struct engine *e, struct message *m)
{
	const struct config *c = m->setup->config;

	if (e->dkim != NULL && engine_verifies(c))
		m->dkim = dkim_check_begin(e->dkim, &m->arena, m->txn->now);
	if (e->journal != NULL && c->journal_hashes)
		m->hash = message_hash_begin(&m->arena);
}

void session_mail(struct session *s, struct slice sender, struct slice login)
{
	struct message *m;

	if (s == NULL)
		return;
	session_message_end(s);
	m = s->message = message_new(s);
	if (m == NULL)
		return;
	s->peer.login = login.n == 0 ? (struct slice){ 0 } : arena_dup(&m->arena, login);
	m->trusted = s->peer.trusted || login.n > 0;
	m->learn = m->trusted && !m->shed && learns_from(m->setup->config, login.n > 0);
	m->txn = txn_begin(&m->arena, &m->setup->config->limits, &s->peer, sender, s->engine->now(s->engine->now_arg));
	if (m->txn == NULL)
		session_message_end(s);
	else if (!m->trusted && !m->shed)
		begin_streams(s->engine, m);
}

void session_vouch(struct session *s, struct slice domains)
{
	if (s != NULL && s->message != NULL)
		s->message->vouched = arena_dup(&s->message->arena, domains);
}

void session_rcpt(struct session *s, struct slice recipient)
{
	if (s != NULL && s->message != NULL)
		txn_recipient(s->message->txn, recipient);
}

static bool has_room(const struct message *m)
{
	return m->arena.used_bytes + JUDGING_MEMORY <= m->arena.limit_bytes;
}

void session_header(struct session *s, struct slice name, struct slice raw_value)
{
	struct message *m = s == NULL ? NULL : s->message;

	if (m == NULL || (m->trusted && !m->learn))
		return;
	dkim_check_header(m->dkim, name, raw_value, s->leading_space);
	message_hash_header(m->hash, name, raw_value, s->leading_space);
	if (!m->trusted && header_is_ours(name))
		foreign_note(&m->foreign, name);
	else if (m->shed)
		return;
	else if (has_room(m))
		txn_header(m->txn, name, raw_value);
	else
		m->txn->truncated |= TRUNCATED_MEMORY;
}

void session_body(struct session *s, struct slice bytes)
{
	struct message *m = s == NULL ? NULL : s->message;

	if (m == NULL || m->shed || (m->trusted && !m->learn))
		return;
	dkim_check_body(m->dkim, bytes);
	message_hash_body(m->hash, bytes);
	txn_body(m->txn, bytes);
}

/* "file:line" of a fingerprint that ran into a limit, so that somebody can mend it. */
static void log_slow(struct log_line *l, const struct fingerprint *fp)
{
	char where[256];

	snprintf(where, sizeof where, "%.*s:%u", SLICE_FMT(fp->platform->file), fp->line);
	log_put(l, "slow_pattern", slice_of(where));
}

static void log_decision(const struct message *m, const struct pipeline_out *o, int64_t took_us)
{
	const struct decision *d = &o->decision;
	struct log_line l;
	struct buf rules;

	buf_init(&rules, 400);
	for (size_t i = 0; i < d->score->count; i++)
		buf_addf(&rules, "%s%.*s", i == 0 ? "" : ",", SLICE_FMT(d->score->hits[i].rule->id));
	log_begin(&l);
	log_put(&l, "queue_id", m->txn->queue_id);
	log_put(&l, "id", slice_of(d->id));
	log_put(&l, "verdict", slice_of(verdict_name(d->verdict)));
	log_put(&l, "mode", d->shadow ? SLICE("shadow") : (struct slice){ 0 });
	log_put_int(&l, "score", d->score->total);
	log_put(&l, "from", m->txn->sender.spec);
	log_put(&l, "org", d->facts->at[FACT_ORG_DOMAIN].text);
	log_put(&l, "platform", d->facts->at[FACT_PLATFORM_ID].text);
	log_put(&l, "rules", buf_slice(&rules));
	log_put(&l, "client", d->facts->at[FACT_CLIENT_ADDRESS].text);
	log_put_int(&l, "recipients", (int64_t)m->txn->recipients_told);
	if (o->history_err.text[0] != '\0')
		log_put(&l, "history", slice_of(o->history_err.text));
	if (o->evidence.slow != NULL)
		log_slow(&l, o->evidence.slow);
	log_put_int(&l, "us", took_us);
	log_end(&l, LOG_LEVEL_INFO);
	buf_done(&rules);
}

static void write_journal(struct session *s, const struct pipeline_out *o, int64_t took_us)
{
	const struct message *m = s->message;
	struct journal_entry entry = {
		.decision = &o->decision, .queue_id = m->txn->queue_id, .at = m->txn->now, .took_us = took_us,
		.site = &s->engine->site, .plain_recipients = m->setup->config->journal_recipients,
		.sha256 = message_hash_end(m->hash),
	};
	struct buf line;

	buf_init(&line, JOURNAL_LINE_MAX);
	journal_line(&entry, &line);
	if (!line.cut && line.n > 0)
		journal_put(s->engine->journal, buf_slice(&line));
	buf_done(&line);
}

static void remember(struct session *s, const struct pipeline_out *o, int64_t took_us)
{
	size_t n;
	const struct store_change *changes = pipeline_changes(o, &n);

	if (s->engine->writer != NULL && n > 0)
		writer_put(s->engine->writer, changes, n);
	if (s->engine->journal != NULL)
		write_journal(s, o, took_us);
}

static void log_fault(const struct message *m, const char *what, const struct err *err)
{
	struct log_line l;

	log_begin(&l);
	log_put(&l, "queue_id", m->txn->queue_id);
	log_put(&l, "id", slice_of(m->id));
	log_put(&l, "fault", slice_of(what));
	log_put(&l, "reason", slice_of(err->text));
	log_end(&l, LOG_LEVEL_WARNING);
}

/* Mail that is not judged keeps everything but fields that claim to be ours. */
static enum outcome pass_unjudged(struct session *s, struct mta *mta)
{
	struct message *m = s->message;
	struct err err = { 0 };
	struct plan plan;

	if (plan_clean(&m->foreign, &m->arena, &plan, &err) < 0 || plan_apply(&plan, mta, &err) < 0)
		log_fault(m, "foreign fields may have stayed", &err);
	return OUTCOME_ACCEPT;
}

/* The only map from our faults to the MTA: the mail goes on, without fields that claim to be ours. */
static enum outcome on_fault(struct session *s, struct mta *mta, const struct err *err)
{
	atomic_fetch_add(&s->engine->counters.faults, 1);
	log_fault(s->message, "not judged, the mail passes", err);
	return pass_unjudged(s, mta);
}

static enum outcome carry_out(struct session *s, struct mta *mta, const struct pipeline_out *o)
{
	struct message *m = s->message;
	struct plan plan;
	struct err err = { 0 };
	int rc = plan_build(&o->decision, &m->foreign, &m->arena, &plan, &err);

	if (rc < 0)
		return on_fault(s, mta, &err);
	if (plan_apply(&plan, mta, &err) < 0) {
		atomic_fetch_add(&s->engine->counters.faults, 1);
		log_fault(m, "the mail goes on as far as it was edited", &err);
		/* without its sentence a rejection could not be explained, so the mail passes */
		return OUTCOME_ACCEPT;
	}
	return plan.reject ? OUTCOME_REJECT : OUTCOME_ACCEPT;
}

static void take_vouched(struct message *m, struct authres_summary *told)
{
	struct slice rest = m->vouched;

	while (rest.n > 0 && told->dkim_count < AUTHRES_DOMAINS_MAX) {
		struct slice domain = domain_normalise(slice_cut(&rest, ' '), &m->arena);

		if (domain.n > 0) {
			told->dkim = AUTHRES_PASS;
			told->dkim_domains[told->dkim_count++] = domain;
		}
	}
}

/* What is proved about the sender; waits for DKIM keys as long as the configuration allows, and no longer. */
static void authenticate(struct message *m)
{
	const struct config *c = m->setup->config;
	struct authentication *a = arena_alloc(&m->arena, sizeof *a);
	int64_t deadline = clock_mono_us() + c->dns_timeout * 1000000;

	if (a == NULL)
		return;
	a->dkim = dkim_check_end(m->dkim, deadline, &a->dkim_count);
	if (strcmp(c->authentication, "results") == 0 || strcmp(c->authentication, "both") == 0)
		authentication_read(m->txn, c->authserv_ids.at, c->authserv_ids.count, &a->told);
	take_vouched(m, &a->told);
	m->txn->authentication = a;
}

static enum outcome judge(struct session *s, struct mta *mta, const struct decision **ret_decision)
{
	struct message *m = s->message;
	struct pipeline_in in = { .txn = m->txn, .policy = m->setup->policy, .config = m->setup->config,
		.store = s->engine->store, .site = &s->engine->site, .id = m->id };
	struct pipeline_out *o;
	struct err err = { 0 };
	enum outcome outcome;
	int64_t took_us;

	authenticate(m);
	m->began_us = clock_mono_us();
	if (pipeline_judge(&in, &o, &err) < 0)
		return on_fault(s, mta, &err);
	took_us = clock_mono_us() - m->began_us;
	outcome = carry_out(s, mta, o);
	atomic_fetch_add(&s->engine->counters.verdicts[o->decision.verdict], 1);
	remember(s, o, took_us);
	log_decision(m, o, took_us);
	*ret_decision = &o->decision;
	return outcome;
}

/* Our own mail goes out as it came; a fault here costs a memory and no mail. */
static void learn(struct session *s)
{
	struct message *m = s->message;
	const struct config *c = m->setup->config;
	struct outbound o = { .site = &s->engine->site, .policy = m->setup->policy, .txn = m->txn, .domains = c->domains.at,
		.domains_count = c->domains.count, .delimiters = c->recipient_delimiter };
	const struct store_change *changes;
	struct err err = { 0 };
	size_t n;

	txn_seal(m->txn);
	if (outbound_learn(s->engine->store, &o, &m->arena, &changes, &n, &err) < 0)
		log_fault(m, "nothing learned from a mail of our own", &err);
	else if (s->engine->writer != NULL && n > 0 && writer_put(s->engine->writer, changes, n))
		atomic_fetch_add(&s->engine->counters.learned, 1);
}

enum outcome session_eom(struct session *s, struct mta *mta, const struct decision **ret_decision)
{
	const struct decision *none;
	const char *queue_id;

	if (ret_decision == NULL)
		ret_decision = &none;
	*ret_decision = NULL;
	if (s == NULL || s->message == NULL)
		return OUTCOME_ACCEPT;
	queue_id = mta->ops->macro(mta, "i");
	s->message->txn->queue_id = queue_id == NULL ? (struct slice){ 0 } : arena_dup(&s->message->arena, slice_of(queue_id));
	atomic_fetch_add(&s->engine->counters.messages, 1);
	if (s->message->trusted) {
		atomic_fetch_add(&s->engine->counters.trusted, 1);
		if (s->message->learn)
			learn(s);
		return OUTCOME_ACCEPT;
	}
	return s->message->shed ? pass_unjudged(s, mta) : judge(s, mta, ret_decision);
}
