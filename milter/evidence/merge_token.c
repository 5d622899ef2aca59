/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "internal.h"

enum { TOKEN_MAX = 48, LOOK_AT = 600 };

static const char *const greetings[] = { "hi", "hello", "hey", "dear", "hallo", "liebe", "lieber", "guten tag", "bonjour",
	"cher", "hola", "ola", "beste", "good morning" };

/* Brackets that mail machines put around a field's name. Longer ones first. */
static const struct { const char *open, *close; } brackets[] = {
	{ "{{", "}}" }, { "[[", "]]" }, { "${", "}" }, { "*|", "|*" }, { "<<", ">>" }, { "%%", "%%" }, { "##", "##" },
	{ "{", "}" }, { "[", "]" }, { "%", "%" },
};

/* "first_name", "Contact.FirstName", "FIRSTNAME | there": what stands between the brackets. */
static bool is_field_name(struct slice s)
{
	size_t letters = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_alnum(s.p[i]) && strchr(" _.-|:\"'", s.p[i]) == NULL)
			return false;
		letters += ascii_alnum(s.p[i]) && !ascii_digit(s.p[i]);
	}
	return letters >= 2 && s.n <= TOKEN_MAX;
}

/* The token that s begins with, absent when it begins with none. */
static struct slice token_at(struct slice s)
{
	for (size_t i = 0; i < sizeof brackets / sizeof brackets[0]; i++) {
		struct slice open = slice_of(brackets[i].open), close = slice_of(brackets[i].close);
		size_t end;

		if (!slice_istarts(s, open))
			continue;
		end = slice_ifind(slice_sub(s, 0, TOKEN_MAX + 8), close, open.n);
		if (end < s.n && end < TOKEN_MAX + 8 && is_field_name(slice_sub(s, open.n, end - open.n)))
			return slice_sub(s, 0, end + close.n);
	}
	return (struct slice){ 0 };
}

/* A token counts only where a name is due: right behind a greeting that opens a line. Code is full of braces. */
static struct slice token_in_greeting(struct slice line)
{
	line = slice_trim(line);
	for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
		struct slice word = slice_of(greetings[i]);

		if (slice_istarts(line, word) && line.n > word.n && line.p[word.n] == ' ')
			return token_at(slice_trim(slice_sub(line, word.n, line.n)));
	}
	return (struct slice){ 0 };
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct slice rest = slice_sub(in->txn->content->text, 0, LOOK_AT);
	struct slice where = SLICE("text"), token = { 0 };

	(void)reterr;
	while (token.p == NULL && rest.n > 0)
		token = token_in_greeting(slice_cut(&rest, '\n'));
	if (token.p == NULL) {
		token = token_at(in->facts->at[FACT_HEADER_SUBJECT].text);
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
