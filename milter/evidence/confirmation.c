/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/policy/confirmation.h"

#include "antisales/base/utf8.h"
#include "antisales/mail/mail_facts.h"
#include "antisales/mail/text.h"
#include "internal.h"

enum { NAME_BYTES_MAX = 48, NAME_BYTES_MIN = 2 };

/* Pairs of quotes, as names of documents stand in them. */
static const struct { struct slice open, close; } quotes[] = {
	{ { "\xE2\x80\x9C", 3 }, { "\xE2\x80\x9D", 3 } }, { { "\xE2\x80\x9E", 3 }, { "\xE2\x80\x9C", 3 } },
	{ { "\xC2\xAB", 2 }, { "\xC2\xBB", 2 } }, { { "\"", 1 }, { "\"", 1 } },
};

static bool ends_name(char c)
{
	return (unsigned char)c >= 0x80 || ascii_alnum(c) || c == ')';
}

/* Without blanks and punctuation at its ends, and not longer than a sentence has room for. */
static struct slice tidy(struct slice name)
{
	while (name.n > 0 && (ascii_space(name.p[0]) || name.p[0] == ':' || name.p[0] == '"'))
		name = slice_sub(name, 1, name.n);
	name = slice_sub(name, 0, utf8_clip(name, NAME_BYTES_MAX));
	while (name.n > 0 && !ends_name(name.p[name.n - 1]))
		name.n--;
	return name.n < NAME_BYTES_MIN ? (struct slice){ 0 } : name;
}

static struct slice quoted(struct slice subject)
{
	for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
		size_t open = slice_ifind(subject, quotes[i].open, 0), start = open + quotes[i].open.n;
		size_t end = open < subject.n ? slice_ifind(subject, quotes[i].close, start) : subject.n;

		if (end < subject.n)
			return slice_sub(subject, start, end - start);
	}
	return (struct slice){ 0 };
}

static struct slice normalised(struct slice s, struct arena *a)
{
	/* normalising shrinks more often than not, so more than is looked at goes in */
	struct slice valid = text_valid(slice_sub(s, 0, (size_t)2 * CONFIRMATION_BYTES), a);

	return valid.p == NULL ? valid : text_normalise(valid, a);
}

static struct slice name_of(const struct confirmation *c, struct slice subject, const struct slice *caps)
{
	struct slice name = quoted(subject);

	if (name.n == 0 && c->document_group > 0)
		name = caps[c->document_group];
	return tidy(name);
}

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	struct slice subject = normalised(in->facts->at[FACT_HEADER_SUBJECT].text, out->arena);
	struct slice text = normalised(in->txn->content->text, out->arena), caps[REGEX_CAPTURES];
	static const char *const kinds[] = { [CONFIRMATION_SUBSCRIPTION] = "subscription", [CONFIRMATION_DOCUMENT] = "document",
		[CONFIRMATION_RECEIPT] = "receipt" };
	bool in_subject;
	const struct confirmation *c;

	(void)reterr;
	/* an answer confirms nothing, whatever its subject repeats */
	if (subject_answers(subject))
		return E_OK;
	c = confirmation_find(&in->policy->confirmations, subject, text, caps);
	if (c == NULL || c->kind == CONFIRMATION_OTHER)
		return E_OK;
	in_subject = caps[0].p != NULL;
	facts_text(in->facts, FACT_CONFIRMATION_KIND, slice_of(kinds[c->kind]));
	if (c->kind == CONFIRMATION_DOCUMENT)
		facts_text(in->facts, FACT_CONFIRMATION_DOCUMENT, name_of(c, subject, caps));
	evidence_add(out, &(struct finding){ .detector = detect_confirmation.id, .fact = FACT_CONFIRMATION_KIND,
		.where = in_subject ? SLICE("header:Subject") : SLICE("text"),
		.quote = in_subject ? subject : slice_sub(text, 0, utf8_clip(text, CONFIRMATION_BYTES)) });
	return E_OK;
}

const struct detector detect_confirmation = {
	.id = "confirmation", .summary = "that the mail confirms what its recipient did", .round = DETECT_MAIL, .run = run,
};
