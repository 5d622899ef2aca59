/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_REDACT_H
#define CLI_REDACT_H

#include "dossier.h"

/*
 * Takes addresses of ours out of a text that goes to somebody else, but those
 * of the persons whom the dossier is about: "redacted@" and the domain stay.
 */
enum { REDACT_DOMAINS_MAX = CLI_PERSONS_MAX };
struct redaction {
	struct dossier *dossier;
	const struct text_list *domains;        /* the configuration's */
	struct slice also[REDACT_DOMAINS_MAX];  /* those of the persons */
	size_t also_count;
};

void redaction_init(struct redaction *r, struct dossier *d, const struct config *c);
bool redaction_is_ours(const struct redaction *r, struct slice domain);
/* Every address in the text, in brackets, in links and in return paths ("bob=example.com@sender.example") too. */
void redact(const struct redaction *r, struct slice text, struct buf *out);
/* A header field's value, with encoded words undone where they hide an address; of recipients the addresses alone. */
void redact_field(const struct redaction *r, const struct eml_field *f, struct buf *out);

#endif
