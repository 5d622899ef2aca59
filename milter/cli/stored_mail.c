/* SPDX-License-Identifier: BSD-3-Clause */
#include "stored_mail.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/file.h"
#include "antisales/edge/session.h"
#include "report.h"

enum { FILE_MAX = 64 * 1024 * 1024 };

static int read_mail(struct ledger_cli *l, const char *name, struct slice *ret, struct err *reterr)
{
	if (name == NULL || strcmp(name, "-") == 0)
		return file_read_fd(STDIN_FILENO, "standard input", FILE_MAX, &l->arena, ret, reterr);
	return file_read(name, FILE_MAX, &l->arena, ret, reterr);
}

/* Only a daemon's configuration says that names are to be looked up. */
static int open_dkim(struct ledger_cli *l, struct err *reterr)
{
	struct setup *s = setup_get(&l->engine.setups);
	int rc = s->config->path != NULL && engine_verifies(s->config) ? engine_open_dkim(&l->engine, s->config, reterr) : E_OK;

	setup_put(s);
	return rc;
}

static int judge(struct ledger_cli *l, struct stored_mail *m, struct err *reterr)
{
	struct history_ask ask = { .site = &l->engine.site, .now = l->at };
	struct eml_envelope env = { 0 };
	struct outbox out;

	m->session = session_new(&l->engine);
	outbox_init(&out, &l->arena);
	if (m->session != NULL) {
		eml_feed(m->session, m->text, &env, &l->arena);
		(void)session_eom(m->session, &out.mta, &m->decision);
	}
	if (m->decision == NULL)
		return err_set(reterr, E_NOMEM, "the mail could not be judged");
	ask.facts = m->decision->facts;
	ask.policy = m->decision->policy;
	return history_load(l->engine.store, &ask, &l->arena, &m->history, reterr);
}

int stored_mail_judge(struct ledger_cli *l, const char *name, struct stored_mail *ret)
{
	struct err err = { 0 };

	*ret = (struct stored_mail){ 0 };
	if (open_dkim(l, &err) < 0)
		return cli_fail(l->command->name, &err);
	if (read_mail(l, name, &ret->text, &err) < 0)
		return (cli_fail(l->command->name, &err), err.code == E_ABSENT || err.code == E_IO ? EX_NOINPUT : EX_DATAERR);
	if (ret->text.n == 0) {
		cli_complain(l->command->name, "the mail is empty");
		return EX_DATAERR;
	}
	return judge(l, ret, &err) < 0 ? cli_fail(l->command->name, &err) : -1;
}

void stored_mail_done(struct stored_mail *m)
{
	session_free(m->session);
	m->session = NULL;
	m->decision = NULL;
}
