/* SPDX-License-Identifier: BSD-3-Clause */

#include "antisales/edge/session.h"
#include "antisales/mail/address.h"
#include "cli.h"

/* The line at *rest, without its line end; *rest moves behind it. */
static struct slice take_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* A field name is printable ASCII without colon (RFC 5322 section 2.2), blanks before the colon let pass. */
static size_t name_length(struct slice line)
{
	size_t colon = slice_find(line, ':', 0), n = colon;

	while (n > 0 && (line.p[n - 1] == ' ' || line.p[n - 1] == '\t'))
		n--;
	for (size_t i = 0; i < n; i++)
		if (line.p[i] <= ' ' || line.p[i] >= 0x7f)
			return 0;
	return colon == line.n ? 0 : n;
}

/* MTAs cut a value at a NUL. */
static struct slice until_nul(struct slice s)
{
	return slice_sub(s, 0, slice_find(s, '\0', 0));
}

bool eml_field(struct slice *rest, struct arena *a, struct eml_field *ret)
{
	struct slice before = *rest;
	struct slice line = take_line(rest);
	size_t n = name_length(line);
	struct buf value;

	if (n == 0) {
		if (line.n > 0)
			*rest = before;         /* what is no field belongs to the body */
		return false;
	}
	ret->name = slice_sub(line, 0, n);
	buf_init(&value, 8 * 1024 * 1024);
	buf_add(&value, slice_sub(line, slice_find(line, ':', 0) + 1, line.n));
	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
		buf_addc(&value, '\n');
		buf_add(&value, take_line(rest));
	}
	ret->value = until_nul(arena_dup(a, buf_slice(&value)));
	buf_done(&value);
	return true;
}

/* In chunks with CRLF line ends, as they come over the wire. */
static void feed_body(struct session *s, struct slice body)
{
	struct buf chunk;

	buf_init(&chunk, 128 * 1024);
	while (body.n > 0) {
		bool ended = slice_find(body, '\n', 0) < body.n;
		struct slice line = take_line(&body);

		while (line.n > 0 || ended) {
			struct slice part = slice_sub(line, 0, 60000);

			buf_add(&chunk, part);
			line = slice_sub(line, part.n, line.n);
			if (line.n == 0 && ended) {
				buf_adds(&chunk, "\r\n");
				ended = false;
			}
			if (chunk.n >= 60000) {
				session_body(s, buf_slice(&chunk));
				buf_clear(&chunk);
			}
		}
	}
	if (chunk.n > 0)
		session_body(s, buf_slice(&chunk));
	buf_done(&chunk);
}

static struct slice address_of_field(const struct eml_field *f, struct arena *a)
{
	const struct address *list;

	return address_list(slice_trim(f->value), a, &list) > 0 ? list[0].spec : (struct slice){ 0 };
}

/* A stored mail tells its envelope sender in Return-Path; failing that, From is the best guess. */
static struct slice guess_sender(struct slice text, struct arena *a)
{
	struct slice from = SLICE("");
	struct eml_field f;

	while (eml_field(&text, a, &f)) {
		if (slice_ieq(f.name, SLICE("Return-Path")))
			return slice_trim(f.value);
		if (slice_ieq(f.name, SLICE("From")) && from.n == 0)
			from = address_of_field(&f, a);
	}
	return from;
}

static void feed_client(struct session *s, const char *client, const char *helo)
{
	struct slice text = slice_of(client), name = { 0 }, address = text;
	size_t open = slice_find(text, '[', 0);

	if (client == NULL) {
		session_connect(s, SLICE("unknown"), SLICE("unknown"));
		s->peer.address = s->peer.name = (struct slice){ 0 };
	} else {
		if (open < text.n) {
			name = slice_trim(slice_sub(text, 0, open));
			address = slice_sub(text, open + 1, text.n);
			address = slice_cut(&address, ']');
		}
		session_connect(s, name.n > 0 ? name : address, address);
	}
	if (helo != NULL)
		session_helo(s, slice_of(helo));
}

void eml_feed(struct session *s, struct slice text, const struct eml_envelope *env, struct arena *a)
{
	struct eml_field f;

	if (slice_istarts(text, SLICE("From ")))       /* the separator line of an mbox */
		(void)take_line(&text);
	feed_client(s, env->client, env->helo);
	s->leading_space = true;
	session_mail(s, env->from != NULL ? slice_of(env->from) : guess_sender(text, a), env->login);
	session_vouch(s, env->authenticated);
	for (size_t i = 0; i < env->rcpts_count; i++)
		session_rcpt(s, slice_of(env->rcpts[i]));
	while (eml_field(&text, a, &f))
		session_header(s, f.name, f.value);
	feed_body(s, text);
}
