/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/decide/plan.h"

/* An encoded word may have 75 characters (RFC 2047 section 2): 20 bytes at three each, and its frame. */
enum { FOLD_AT = 76, ENCODED_BYTES = 20, SENTENCES = 3, TEXT_MAX = 900 };

static const char prefix[] = "X-Anti-Sales";

bool header_is_ours(struct slice name)
{
	return slice_istarts(slice_trim(name), (struct slice){ prefix, sizeof prefix - 1 });
}

static bool is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] >= 0x7f)
			return false;
	/* "=?" would be taken for an encoded word */
	return slice_ifind(s, SLICE("=?"), 0) == s.n;
}

/* RFC 2047 section 4.2: every byte that is no letter or digit is written as =HH. */
static void encode_word(struct slice bytes, struct buf *out)
{
	buf_adds(out, "=?utf-8?Q?");
	for (size_t i = 0; i < bytes.n; i++) {
		if (ascii_alnum(bytes.p[i]))
			buf_addc(out, bytes.p[i]);
		else if (bytes.p[i] == ' ')
			buf_addc(out, '_');
		else
			buf_addf(out, "=%02X", (unsigned char)bytes.p[i]);
	}
	buf_adds(out, "?=");
}

/* Cuts at most max bytes off *s without dividing a UTF-8 character. */
static struct slice cut_characters(struct slice *s, size_t max)
{
	size_t n = s->n < max ? s->n : max;
	struct slice head;

	while (n > 0 && n < s->n && ((unsigned char)s->p[n] & 0xC0) == 0x80)
		n--;
	head = slice_sub(*s, 0, n == 0 ? (s->n < max ? s->n : max) : n);
	*s = slice_sub(*s, head.n, s->n);
	return head;
}

static void encode(struct slice text, struct buf *out)
{
	bool first = true;

	while (text.n > 0 && out->n < HEADER_VALUE_MAX / 2) {
		if (!first)
			buf_addc(out, ' ');
		encode_word(cut_characters(&text, ENCODED_BYTES), out);
		first = false;
	}
}

/* Breaks at spaces so that no line is longer than FOLD_AT where that can be had. */
static void fold(const char *name, struct slice text, struct buf *out)
{
	size_t column = strlen(name) + 2;
	bool first = true;

	while (text.n > 0) {
		struct slice word = slice_cut(&text, ' ');

		if (word.n == 0)
			continue;       /* a line of white space alone is no fold (RFC 5322 section 2.2.3) */
		if (!first && column + 1 + word.n > FOLD_AT) {
			buf_adds(out, "\n\t");
			column = 8;
		} else if (!first) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, word);
		column += word.n;
		first = false;
	}
}

const char *header_value(const char *name, struct slice text, struct arena *a)
{
	struct buf plain, folded;
	const char *ret;

	buf_init(&plain, HEADER_VALUE_MAX - 200);
	buf_init(&folded, HEADER_VALUE_MAX);
	text = slice_sub(text, 0, TEXT_MAX);     /* so that even one long word stays below 998 a line */
	if (is_printable(text))
		buf_add(&plain, text);
	else
		encode(text, &plain);
	fold(name, buf_slice(&plain), &folded);
	ret = arena_strdup(a, buf_slice(&folded));
	buf_done(&plain);
	buf_done(&folded);
	return ret;
}

const char *reply_text(struct slice text, struct arena *a)
{
	char *out = arena_strdup(a, slice_sub(text, 0, REPLY_TEXT_MAX));

	for (char *p = out; p != NULL && *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f || *p == '%')
			*p = *p == '\t' || *p == '\n' || *p == '\r' ? ' ' : '?';
	return out;
}

/* "sales (78/100); sent by Outreach, ...; touch 4 ..." */
static void put_summary(const struct decision *d, struct buf *b)
{
	size_t told = 0;

	buf_addf(b, "%s (%d/100)", d->verdict == VERDICT_PASS ? "no" : "sales", d->score->told);
	for (size_t i = 0; i < d->score->count && told < SENTENCES; i++)
		if (d->score->hits[i].shared && d->score->hits[i].points != 0 && d->score->hits[i].says.n > 0) {
			buf_addf(b, "; %.*s", SLICE_FMT(d->score->hits[i].says));
			told++;
		}
}

static void put_why(const struct decision *d, struct buf *b)
{
	for (size_t i = 0; i < d->score->count; i++)
		if (d->score->hits[i].shared)
			buf_addf(b, "%s%.*s=%d", b->n == 0 ? "" : ", ", SLICE_FMT(d->score->hits[i].rule->id), d->score->hits[i].points);
}

static void put_platform(const struct decision *d, struct buf *b)
{
	const struct recognised *r = d->evidence->platforms;

	if (d->evidence->platforms_count > 0)
		buf_addf(b, "%.*s; category=%s; proof=%s", SLICE_FMT(r->platform->name), category_name(r->platform->category),
		    proof_name(r->proof));
}

static void put_score(const struct decision *d, struct buf *b)
{
	buf_addf(b, "%d", d->score->told);
}

static void put_verdict(const struct decision *d, struct buf *b)
{
	buf_adds(b, verdict_name(d->verdict));
}

static void put_id(const struct decision *d, struct buf *b)
{
	buf_adds(b, d->id);
}

static const struct {
	const char *name;
	void (*put)(const struct decision *d, struct buf *b);
} lines[HEADER_LINES_MAX] = {
	{ "X-Anti-Sales", put_summary },
	{ "X-Anti-Sales-Score", put_score },
	{ "X-Anti-Sales-Verdict", put_verdict },
	{ "X-Anti-Sales-Platform", put_platform },
	{ "X-Anti-Sales-Why", put_why },
	{ "X-Anti-Sales-Id", put_id },
};

const char *header_our_name(size_t i)
{
	return i < HEADER_LINES_MAX ? lines[i].name : NULL;
}

size_t header_lines(const struct decision *d, struct arena *a, struct header_line ret[HEADER_LINES_MAX])
{
	size_t n = 0;
	struct buf b;

	if (d->score->count == 0) {
		ret[0] = (struct header_line){ lines[0].name, "no" };
		return d->policy->headers_for_clean ? 1 : 0;
	}
	buf_init(&b, HEADER_VALUE_MAX);
	for (size_t i = 0; i < HEADER_LINES_MAX; i++) {
		buf_clear(&b);
		lines[i].put(d, &b);
		ret[n].name = lines[i].name;
		ret[n].value = b.n == 0 ? NULL : header_value(lines[i].name, buf_slice(&b), a);
		n += ret[n].value != NULL;
	}
	buf_done(&b);
	return n;
}
