/* SPDX-License-Identifier: BSD-3-Clause */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal_read.h"
#include "store.h"

/* Who gave the command: behind sudo, who called that. */
static struct slice login_name(struct arena *a)
{
	const char *sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *me = sudo == NULL ? getpwuid(getuid()) : NULL;

	if (sudo != NULL)
		return slice_of(sudo);
	return me != NULL ? arena_dup(a, slice_of(me->pw_name)) : arena_printf(a, "%lu", (unsigned long)getuid());
}

/* Chained by the daemon's key, whichever store was named. */
static int append(const struct config *c, struct slice line, struct err *reterr)
{
	struct site_key key;
	int rc = journal_key(c, &key, reterr);

	return rc < 0 ? rc : journal_append(c->journal, &key, line, reterr);
}

void cli_journal_change(struct ledger_cli *l, const struct journal_change *what)
{
	struct setup *s = setup_get(&l->engine.setups);
	const char *path = s->config->journal;
	struct journal_change c = *what;
	struct err err = { 0 };
	struct buf line;

	buf_init(&line, JOURNAL_LINE_MAX);
	c.by = login_name(&l->arena);
	c.at = clock_wall();
	c.as_of = l->at_told ? l->at : 0;
	c.store = slice_of(l->store);
	c.site = &l->engine.site;
	c.plain_users = s->config->journal_recipients;
	if (path[0] != '\0') {
		journal_change_line(&c, &line);
		cli_become_owner(l->command->name, path);
		if (line.cut)
			err_set(&err, E_NOMEM, "no memory for the line");
		if (line.cut || append(s->config, buf_slice(&line), &err) < 0)
			cli_complain(l->command->name, "done, but not in the journal: %s", err.text);
	}
	buf_done(&line);
	setup_put(s);
}
