/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/callbacks.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "antisales/edge/session.h"
#include "mta_smfi.h"

/* A callback copies in, calls one function, maps one result. It never computes. */

static struct engine *engine;           /* libmilter hands no argument to its callbacks: set once before it runs */

static struct session *session_of(SMFICTX *ctx)
{
	return smfi_getpriv(ctx);
}

/* Counts the callbacks in flight, so that a stop can wait for them. */
static void enter(void)
{
	atomic_fetch_add(&engine->callbacks, 1);
}

/* A step whose reply was waived is silent; all other steps say "go on". */
static sfsistat leave(SMFICTX *ctx, unsigned long waived)
{
	const struct session *s = session_of(ctx);
	bool silent = s != NULL && (s->agreed & waived) != 0;

	atomic_fetch_sub(&engine->callbacks, 1);
	return silent ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/*
 * What was agreed holds for a connection, but its session may end before: an
 * MTA that keeps the connection for another client (QUIT_NC) closes and
 * connects without agreeing anew. A slot that another connection took over is
 * no harm: it is asked for by the same context only.
 */
enum { AGREEMENTS = 4096 };
static struct {
	pthread_mutex_t lock;
	struct {
		const SMFICTX *ctx;
		unsigned long steps;
	} at[AGREEMENTS];
} agreements = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t agreement_slot(const SMFICTX *ctx)
{
	return (size_t)(((uintptr_t)ctx >> 4) * UINT32_C(2654435761) % AGREEMENTS);
}

static void agreement_note(const SMFICTX *ctx, unsigned long steps)
{
	size_t i = agreement_slot(ctx);

	pthread_mutex_lock(&agreements.lock);
	agreements.at[i].ctx = ctx;
	agreements.at[i].steps = steps;
	pthread_mutex_unlock(&agreements.lock);
}

static unsigned long agreement_of(const SMFICTX *ctx)
{
	size_t i = agreement_slot(ctx);
	unsigned long steps;

	pthread_mutex_lock(&agreements.lock);
	steps = agreements.at[i].ctx == ctx ? agreements.at[i].steps : 0;
	pthread_mutex_unlock(&agreements.lock);
	return steps;
}

static void session_agree(struct session *s, unsigned long steps)
{
	s->agreed = steps;
	s->leading_space = (steps & SMFIP_HDR_LEADSPC) != 0;
	s->answers_rcpt = (steps & SMFIP_NR_RCPT) == 0;
}

static struct session *session_make(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);

	if (s != NULL)
		return s;
	s = session_new(engine);
	if (s != NULL && smfi_setpriv(ctx, s) != MI_SUCCESS) {
		session_free(s);
		return NULL;
	}
	if (s != NULL)
		session_agree(s, agreement_of(ctx));
	return s;
}

enum {
	ACTIONS = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE,
	STEPS = SMFIP_NODATA | SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL
	    | SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY
	    | SMFIP_HDR_LEADSPC
};

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2,
    unsigned long f3, unsigned long *want_actions, unsigned long *want_steps, unsigned long *pf2, unsigned long *pf3)
{
	struct session *s;

	(void)f2;
	(void)f3;
	enter();
	s = session_make(ctx);
	*want_actions = actions & ACTIONS;
	*want_steps = s == NULL ? 0 : steps & STEPS;
	if (session_wants_rcpt(s))
		*want_steps &= ~(unsigned long)SMFIP_NR_RCPT;
	*pf2 = *pf3 = 0;
	agreement_note(ctx, *want_steps);
	if (s != NULL)
		session_agree(s, *want_steps);
	atomic_fetch_sub(&engine->callbacks, 1);
	return SMFIS_CONTINUE;
}

/* The client's address as text; absent for a local submission. */
static struct slice address_text(const _SOCK_ADDR *sa, char out[INET6_ADDRSTRLEN])
{
	const void *raw = NULL;

	if (sa != NULL && sa->sa_family == AF_INET)
		raw = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	else if (sa != NULL && sa->sa_family == AF_INET6)
		raw = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	if (raw == NULL || inet_ntop(sa->sa_family, raw, out, INET6_ADDRSTRLEN) == NULL)
		return (struct slice){ 0 };
	return slice_of(out);
}

static sfsistat on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *sa)
{
	char address[INET6_ADDRSTRLEN];

	enter();
	session_connect(session_make(ctx), slice_of(name), address_text(sa, address));
	return leave(ctx, SMFIP_NR_CONN);
}

static sfsistat on_helo(SMFICTX *ctx, char *helo)
{
	enter();
	session_helo(session_of(ctx), slice_of(helo));
	return leave(ctx, SMFIP_NR_HELO);
}

static sfsistat on_mail(SMFICTX *ctx, char **args)
{
	static char login_macro[] = "{auth_authen}";

	enter();
	session_mail(session_of(ctx), slice_of(args[0]), slice_of(smfi_getsymval(ctx, login_macro)));
	return leave(ctx, SMFIP_NR_MAIL);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **args)
{
	struct session *s = session_of(ctx);
	struct mta_smfi mta;
	enum outcome outcome;
	sfsistat go_on;

	enter();
	mta_smfi_init(&mta, ctx, s != NULL && s->leading_space);
	outcome = session_answer_rcpt(s, slice_of(args[0]), &mta.mta);
	if (outcome != OUTCOME_REJECT)
		session_rcpt(s, slice_of(args[0]));
	go_on = leave(ctx, SMFIP_NR_RCPT);
	return outcome == OUTCOME_REJECT ? SMFIS_REJECT : go_on;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	enter();
	session_header(session_of(ctx), slice_of(name), slice_of(value));
	return leave(ctx, SMFIP_NR_HDR);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *bytes, size_t n)
{
	enter();
	session_body(session_of(ctx), (struct slice){ (const char *)bytes, n });
	return leave(ctx, SMFIP_NR_BODY);
}

static sfsistat on_eom(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);
	struct mta_smfi mta;
	enum outcome outcome;

	enter();
	mta_smfi_init(&mta, ctx, s != NULL && s->leading_space);
	outcome = session_eom(s, &mta.mta, NULL);
	session_message_end(s);
	atomic_fetch_sub(&engine->callbacks, 1);
	return outcome == OUTCOME_REJECT ? SMFIS_REJECT : SMFIS_CONTINUE;
}

static sfsistat on_abort(SMFICTX *ctx)
{
	enter();
	session_message_end(session_of(ctx));
	atomic_fetch_sub(&engine->callbacks, 1);
	return SMFIS_CONTINUE;
}

/* May be the only callback, may come twice, and may run under a lock of libmilter's: frees memory, nothing else. */
static sfsistat on_close(SMFICTX *ctx)
{
	enter();
	session_free(session_of(ctx));
	smfi_setpriv(ctx, NULL);
	atomic_fetch_sub(&engine->callbacks, 1);
	return SMFIS_CONTINUE;
}

int milter_register(struct engine *e, int listening_fd, unsigned timeout_seconds, struct err *reterr)
{
	static char name[] = "antisales";
	static char socket[24];         /* libmilter keeps the pointer */
	struct smfiDesc desc = {
		.xxfi_name = name, .xxfi_version = SMFI_VERSION, .xxfi_flags = ACTIONS,
		.xxfi_connect = on_connect, .xxfi_helo = on_helo, .xxfi_envfrom = on_mail, .xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header, .xxfi_body = on_body, .xxfi_eom = on_eom, .xxfi_abort = on_abort,
		.xxfi_close = on_close, .xxfi_negotiate = on_negotiate,
	};

	engine = e;
	snprintf(socket, sizeof socket, "fd:%d", listening_fd);
	if (smfi_register(desc) != MI_SUCCESS)
		return err_set(reterr, E_NOMEM, "libmilter refuses to register the filter");
	smfi_settimeout((int)timeout_seconds);
	if (smfi_setconn(socket) != MI_SUCCESS || smfi_opensocket(0) != MI_SUCCESS)
		return err_set(reterr, E_IO, "this libmilter does not take a socket that is open already (\"%s\")", socket);
	return E_OK;
}

int milter_run(void)
{
	return smfi_main() == MI_SUCCESS ? 0 : -1;
}

void milter_stop(void)
{
	smfi_stop();
}
