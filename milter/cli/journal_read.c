/* SPDX-License-Identifier: BSD-3-Clause */
#include "journal_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "antisales/base/file.h"

enum { FILE_BYTES_MAX = 1 << 30 };

int journal_key(const struct config *c, struct site_key *ret, struct err *reterr)
{
	char path[4096];

	if (snprintf(path, sizeof path, "%s/site.key", c->state) >= (int)sizeof path)
		return err_set(reterr, E_LIMIT, "the name of the state folder is too long");
	return site_key_load(path, false, ret, reterr);
}

static void find(struct journal_reader *r, const char *text)
{
	r->findings++;
	r->find(&r->at, text, r->arg);
}

/* Whether a good line follows the one before it. */
static void check_place(struct journal_reader *r, const struct chain_link *link, const char *before)
{
	char text[120];

	if (!r->any)
		return;
	if (link->number > r->last.number + 1)
		snprintf(text, sizeof text, "%" PRIu64 " lines are missing before this one", link->number - r->last.number - 1);
	else if (link->number <= r->last.number)
		snprintf(text, sizeof text, "line number %" PRIu64 " stands behind number %" PRIu64, link->number, r->last.number);
	else if (strcmp(before, r->last.chain) != 0)
		snprintf(text, sizeof text, "it does not follow the line before it");
	else
		return;
	find(r, text);
}

/* Goes on to the next line. */
static void pass(struct journal_reader *r, struct slice line, enum chain_finding f, const struct chain_link *link)
{
	if (r->line != NULL)
		r->line(&r->at, line, f, link, r->arg);
	if (link->number > 0) {
		r->last = *link;
		r->any = true;
	}
}

static void check_line(struct journal_reader *r, struct slice line, bool ended)
{
	struct chain_link link;
	char before[CHAIN_TEXT];
	enum chain_finding f = chain_read(&r->key, line, &link, before);

	if (!ended)
		find(r, "the line is cut off");
	else if (f == CHAIN_NONE && !r->any)
		r->unchained++;         /* written before there were chains */
	else if (f == CHAIN_NONE)
		find(r, "the line is not the journal's");
	else if (f == CHAIN_BAD)
		find(r, "the line was changed");
	else
		check_place(r, &link, before);
	if (ended)
		pass(r, line, f, &link);
}

int journal_read(struct journal_reader *r, const char *path, struct err *reterr)
{
	struct arena a;
	struct slice text;
	int rc;

	arena_init(&a, 1 << 20, (size_t)FILE_BYTES_MAX + (1 << 21));
	r->at.file = path;
	r->at.line = 0;
	rc = file_read(path, FILE_BYTES_MAX, &a, &text, reterr);
	while (rc == E_OK && text.n > 0) {
		bool ended = slice_find(text, '\n', 0) < text.n;
		struct slice line = slice_cut(&text, '\n');

		r->at.line++;
		r->at.nth++;
		check_line(r, line, ended);
	}
	arena_done(&a);
	return rc;
}

void journal_read_end(struct journal_reader *r, const char *path)
{
	struct chain_link end = chain_end(path);
	char text[120];

	if (end.number <= r->last.number)
		return;
	snprintf(text, sizeof text, "the last %" PRIu64 " lines are missing", end.number - r->last.number);
	find(r, text);
}
