/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_STORED_MAIL_H
#define CLI_STORED_MAIL_H

#include "antisales/base/slice.h"
#include "antisales/decide/verdict.h"
#include "antisales/ledger/history.h"
#include "store.h"

/* A mail out of a file, judged as the daemon would, and who proved to be behind it. */
struct stored_mail {
	struct session *session;
	struct slice text;
	const struct decision *decision;        /* until stored_mail_done */
	struct history history;                 /* of the organisation alone */
};
/* After ledger_cli_open: reads the file (NULL or "-": standard input) and judges. -1 to go on, else an exit code, after
 * the complaint. */
int stored_mail_judge(struct ledger_cli *l, const char *name, struct stored_mail *ret);
/* At any point. */
void stored_mail_done(struct stored_mail *m);

#endif
