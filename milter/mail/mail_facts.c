/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/mail_facts.h"

#include "antisales/mail/octet.h"

static void envelope_facts(const struct txn *t, struct facts *f)
{
	facts_text(f, FACT_ENVELOPE_SENDER, t->sender.spec);
	if (t->sender.domain.n > 0)
		facts_text(f, FACT_ENVELOPE_SENDER_DOMAIN, t->sender.domain);
	facts_int(f, FACT_ENVELOPE_RECIPIENTS, (int64_t)t->recipients_told);
	facts_text(f, FACT_CLIENT_ADDRESS, t->peer->address);
	facts_text(f, FACT_CLIENT_NAME, t->peer->name);
	facts_text(f, FACT_CLIENT_HELO, t->peer->helo);
	facts_bool(f, FACT_CLIENT_TRUSTED, t->peer->trusted || t->peer->login.n > 0);
}

static void from_facts(const struct txn *t, struct facts *f)
{
	const struct header *from = txn_find(t, "From", 0);
	const struct address *list;

	if (from == NULL || address_list(header_unfold(from->raw, t->arena), t->arena, &list) == 0)
		return;
	facts_text(f, FACT_HEADER_FROM, list[0].spec);
	if (list[0].domain.n > 0)
		facts_text(f, FACT_HEADER_FROM_DOMAIN, list[0].domain);
}

static bool is_list_post(const struct txn *t)
{
	struct slice post = txn_value(t, "List-Post", 0);

	return post.n > 0 && !slice_ieq(post, SLICE("NO"));
}

static void list_facts(const struct txn *t, struct facts *f)
{
	struct slice one_click = txn_value(t, "List-Unsubscribe-Post", 0);

	facts_text(f, FACT_LIST_ID, txn_value(t, "List-Id", 0));
	facts_bool(f, FACT_LIST_UNSUBSCRIBE, txn_value(t, "List-Unsubscribe", 0).n > 0);
	facts_bool(f, FACT_LIST_ONE_CLICK, slice_ieq(one_click, SLICE("List-Unsubscribe=One-Click")));
	facts_bool(f, FACT_LIST_POST, is_list_post(t));
}

static void bulk_facts(const struct txn *t, struct facts *f)
{
	static const char *const words[] = { "bulk", "list", "junk" };
	struct slice precedence = txn_value(t, "Precedence", 0);
	struct slice automatic = txn_value(t, "Auto-Submitted", 0);
	struct slice mailer = txn_value(t, "X-Mailer", 0);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_ieq(precedence, slice_of(words[i])))
			facts_text(f, FACT_BULK_PRECEDENCE, slice_of(words[i]));
	facts_text(f, FACT_BULK_FEEDBACK_ID, txn_value(t, "Feedback-ID", 0));
	facts_bool(f, FACT_AUTO_SUBMITTED, automatic.n > 0 && !slice_istarts(automatic, SLICE("no")));
	facts_text(f, FACT_HEADER_MAILER, mailer.p != NULL ? mailer : txn_value(t, "User-Agent", 0));
}

bool subject_answers(struct slice subject)
{
	static const char *const words[] = { "re", "aw", "fw", "fwd", "wg", "sv", "vs", "antw", "rif", "res", "tr", "rv", "enc" };
	struct slice rest = slice_trim(subject);
	struct slice word = slice_trim(slice_cut(&rest, ':'));

	if (rest.p == NULL || rest.n == 0)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_ieq(word, slice_of(words[i])))
			return true;
	return false;
}

static void thread_facts(const struct txn *t, struct facts *f)
{
	struct slice subject = txn_value(t, "Subject", 0);
	bool reply = txn_value(t, "In-Reply-To", 0).n > 0 || txn_value(t, "References", 0).n > 0;

	facts_text(f, FACT_HEADER_SUBJECT, subject);
	facts_bool(f, FACT_THREAD_REPLY, reply);
	facts_bool(f, FACT_THREAD_FAKE_REPLY,
	    !reply && subject_answers(subject) && t->content->quoted.n == 0 && t->content->attached_messages == 0);
}

/* The reader folds white space to single SP and LF, so a word begins behind each of them. */
static int64_t count_words(struct slice text)
{
	int64_t n = 0;
	uint64_t before = 0x80;         /* flags the gap behind which the next byte stands */
	size_t i = 0;

	for (; i + 8 <= text.n; i += 8) {
		uint64_t w = octet_load(text.p + i);
		uint64_t gaps = octet_exact_zeros(w ^ OCTET_EACH(' ')) | octet_exact_zeros(w ^ OCTET_EACH('\n'));

		n += octet_count((gaps << 8 | before) & ~gaps);
		before = gaps >> 56;
	}
	for (; i < text.n; i++) {
		bool gap = text.p[i] == ' ' || text.p[i] == '\n';

		n += before != 0 && !gap;
		before = gap;
	}
	return n;
}

static size_t count_hosts(const struct content *c, size_t *links)
{
	size_t hosts = 0;

	*links = 0;
	for (size_t i = 0; i < c->links_count; i++) {
		const struct link *l = &c->links[i];
		size_t k = 0;

		if ((l->places & (LINK_QUOTED | LINK_ATTACHED | LINK_NESTED)) != 0)
			continue;
		(*links)++;
		while (k < i && !slice_eq(c->links[k].host, l->host))
			k++;
		hosts += k == i;
	}
	return hosts;
}

static void content_facts(const struct txn *t, struct facts *f)
{
	const struct content *c = t->content;
	size_t links;

	facts_int(f, FACT_LINK_HOSTS, (int64_t)count_hosts(c, &links));
	facts_int(f, FACT_LINK_COUNT, (int64_t)links);
	facts_int(f, FACT_TEXT_WORDS, count_words(c->text));
	facts_int(f, FACT_TEXT_HIDDEN_WORDS, count_words(c->hidden));
	facts_bool(f, FACT_TEXT_HTML, c->has_html_part);
	facts_int(f, FACT_MAIL_BYTES, (int64_t)t->body_bytes);
	facts_int(f, FACT_MAIL_PARTS, (int64_t)c->parts);
	facts_int(f, FACT_MAIL_ATTACHMENTS, (int64_t)c->attachments);
	facts_int(f, FACT_MAIL_FORWARDED, (int64_t)c->attached_messages);
	facts_int(f, FACT_MAIL_IMAGES, (int64_t)c->images);
	facts_bool(f, FACT_MAIL_CALENDAR, c->has_calendar_part);
}

static void truncated_facts(const struct txn *t, struct facts *f)
{
	static const char *const names[] = { "header", "body", "mime", "text", "html", "urls", "recipients", "memory" };
	enum { NAMES = sizeof names / sizeof names[0] };
	struct slice *list;
	size_t n = 0;

	if (t->truncated == 0 || (list = arena_array(t->arena, NAMES, sizeof *list)) == NULL)
		return;
	for (size_t i = 0; i < NAMES; i++)
		if ((t->truncated & (1U << i)) != 0)
			list[n++] = slice_of(names[i]);
	facts_list(f, FACT_MAIL_TRUNCATED, list, n);
}

void mail_facts(const struct txn *t, struct facts *f)
{
	envelope_facts(t, f);
	from_facts(t, f);
	list_facts(t, f);
	bulk_facts(t, f);
	thread_facts(t, f);
	content_facts(t, f);
	truncated_facts(t, f);
}
