/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_MAILTO_H
#define CLI_MAILTO_H

#include <stdbool.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/* What a stranger's "mailto:leave@acme.example?subject=x" asks to be written (RFC 6068), as far as that is harmless. */
struct mailto {
	const char *address;
	const char *subject, *body;     /* one line of printable ASCII each; NULL when not asked for */
};
enum { MAILTO_TEXT_MAX = 200, MAILTO_ADDRESS_MAX = 254 };

/* An address that no program takes for an option, a command, a file or a route. */
bool mailto_is_plain(struct slice address);
/* In the arena. E_SYNTAX with the reason for what is not written to. */
int mailto_read(struct slice uri, struct arena *a, struct mailto *ret, struct err *reterr);
/* Hands the mail over to sendmail(8), which is called without a shell; E_IO unless that takes it. from must be plain. */
int mailto_send(const struct mailto *m, const char *from, const char *sendmail, struct err *reterr);

#endif
