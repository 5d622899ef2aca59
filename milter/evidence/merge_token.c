/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/letter.h"
#include "antisales/mail/merge_token.h"
#include "internal.h"

enum { LOOK_AT = 600 };

/* A token counts only where a name is due: right behind a greeting that opens a line. Code is full of braces. */
static struct slice token_in_greeting(struct slice line)
{
	size_t n;

	line = slice_trim(line);
	n = letter_greeting(line);
	if (n == 0 || n == line.n || line.p[n] != ' ')
		return (struct slice){ 0 };
	return merge_token_at(slice_trim(slice_sub(line, n, line.n)));
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct slice rest = slice_sub(in->txn->content->text, 0, LOOK_AT);
	struct slice where = SLICE("text"), token = { 0 };

	(void)reterr;
	while (token.p == NULL && rest.n > 0)
		token = token_in_greeting(slice_cut(&rest, '\n'));
	if (token.p == NULL) {
		token = merge_token_at(in->facts->at[FACT_HEADER_SUBJECT].text);
		where = SLICE("header:Subject");
		/* "[list name] subject" and "[URGENT]" are no tokens: a subject needs doubled brackets */
		if (token.n < 4 || token.p[0] != token.p[1])
			return E_OK;
	}
	facts_text(in->facts, FACT_TEXT_MERGE_TOKEN, token);
	evidence_add(out, &(struct finding){ .detector = detect_merge_token.id, .fact = FACT_TEXT_MERGE_TOKEN,
		.where = where, .quote = token });
	return E_OK;
}

const struct detector detect_merge_token = {
	.id = "merge-token", .summary = "a placeholder that the machine failed to fill in", .round = DETECT_MAIL, .run = run,
};
