/* SPDX-License-Identifier: BSD-3-Clause */
#include "replay.h"

#include <stdlib.h>

#include "antisales/base/buf.h"
#include "antisales/base/clock.h"
#include "antisales/base/file.h"

enum { FILE_MAX = 16 * 1024 * 1024, FILLED_MAX = 1024 * 1024, REPEAT_MAX = 10000 };

struct reader {
	struct arena *arena;
	struct replay *replay;
	struct slice rest;
	unsigned line;
	struct err *err;
};

static int wrong(const struct reader *r, const char *why, struct slice what)
{
	return err_set(r->err, E_SYNTAX, "%s:%u: %s \"%.*s\"", r->replay->path, r->line, why, SLICE_FMT(slice_sub(what, 0, 80)));
}

static bool is_section(struct slice line)
{
	return slice_istarts(line, SLICE("-- "));
}

/* The line at the front; false at the end. It is taken off unless it only should be looked at. */
static bool next_line(struct reader *r, struct slice *ret, bool take)
{
	struct slice rest = r->rest;

	if (rest.n == 0)
		return false;
	*ret = slice_cut(&rest, '\n');
	if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
		ret->n--;
	if (take) {
		r->rest = rest;
		r->line++;
	}
	return true;
}

static int read_head(struct reader *r, struct slice key, struct slice value)
{
	struct replay *p = r->replay;

	if (slice_eq(key, SLICE("policy"))) {
		p->policy = file_join(r->arena, file_dir(r->arena, p->path), value);
		return p->policy == NULL ? err_set(r->err, E_NOMEM, "no memory for %s", p->path) : E_OK;
	}
	if (slice_eq(key, SLICE("start")))
		return clock_parse(value, &p->start) ? E_OK : wrong(r, "no time; write 2026-03-01T10:00:00Z instead of", value);
	return wrong(r, "before the first section stand policy: and start:, not", key);
}

static int read_number(const struct reader *r, struct slice value, int64_t *ret)
{
	char text[16] = "", *end;

	for (size_t i = 0; i < value.n && i + 1 < sizeof text; i++)
		text[i] = value.p[i];
	*ret = strtoll(text, &end, 10);
	return value.n > 0 && *end == '\0' && *ret >= 1 && *ret <= REPEAT_MAX ? E_OK
	    : wrong(r, "a number from 1 to 10000 is expected instead of", value);
}

static int read_span(const struct reader *r, struct slice value, int64_t *ret)
{
	struct slice span = value.n > 0 && (value.p[0] == '+' || value.p[0] == '-') ? slice_sub(value, 1, value.n) : value;

	if (!clock_parse_span(span, ret))
		return wrong(r, "no span such as +3d, +90m or -2h:", value);
	if (value.p[0] == '-')
		*ret = -*ret;
	return E_OK;
}

static int add_rcpt(const struct reader *r, struct replay_step *s, struct slice value)
{
	if (s->rcpts_count == REPLAY_RCPTS_MAX)
		return wrong(r, "too many recipients:", value);
	s->rcpts[s->rcpts_count++] = value;
	return E_OK;
}

static int add_expect(const struct reader *r, struct replay_step *s, struct slice value)
{
	if (s->expects_count == REPLAY_EXPECTS_MAX)
		return wrong(r, "too many expectations:", value);
	s->expects[s->expects_count++] = (struct replay_expect){ value, r->line };
	return E_OK;
}

static int read_key(const struct reader *r, struct replay_step *s, struct slice key, struct slice value)
{
	const struct { const char *key; struct slice *at; } texts[] = {
		{ "from", &s->from }, { "login", &s->login }, { "client", &s->client }, { "authenticated", &s->authenticated },
		{ "mail", &s->mail }, { "with", &s->with },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (slice_eq(key, slice_of(texts[i].key))) {
			*texts[i].at = value;
			return E_OK;
		}
	if (slice_eq(key, SLICE("at")))
		return read_span(r, value, &s->after);
	if (slice_eq(key, SLICE("every")))
		return read_span(r, value, &s->every);
	if (slice_eq(key, SLICE("repeat")))
		return read_number(r, value, &s->repeat);
	if (slice_eq(key, SLICE("to")))
		return add_rcpt(r, s, value);
	if (slice_eq(key, SLICE("expect")))
		return add_expect(r, s, value);
	return wrong(r, "a step has at, from, to, login, client, authenticated, mail, with, repeat, every and expect, not", key);
}

/* "key: value" lines up to the next section; # begins a comment. */
static int read_lines(struct reader *r, struct replay_step *s)
{
	struct slice line;
	int rc = E_OK;

	while (rc == E_OK && next_line(r, &line, false) && !is_section(line)) {
		struct slice value = line, key = slice_trim(slice_cut(&value, ':'));

		(void)next_line(r, &line, true);
		if (key.n == 0 || key.p[0] == '#')
			continue;
		value = slice_trim(value);
		rc = s == NULL ? read_head(r, key, value) : read_key(r, s, key, value);
	}
	return rc;
}

static int read_mail(struct reader *r, struct slice name)
{
	struct replay *p = r->replay;
	struct replay_mail *m = &p->mails[p->mails_count++];
	struct slice line;
	const char *from = r->rest.p;

	if (name.n == 0)
		return wrong(r, "a mail needs a name:", SLICE("-- mail NAME"));
	while (next_line(r, &line, false) && !is_section(line))
		(void)next_line(r, &line, true);
	*m = (struct replay_mail){ name, { from, (size_t)(r->rest.p - from) } };
	return E_OK;
}

static int read_step(struct reader *r)
{
	struct replay *p = r->replay;
	struct replay_step *s = &p->steps[p->steps_count++];
	int rc;

	*s = (struct replay_step){ .line = r->line, .repeat = 1 };
	rc = read_lines(r, s);
	if (rc == E_OK && (s->mail.n == 0 || s->from.p == NULL || s->rcpts_count == 0))
		return err_set(r->err, E_SYNTAX, "%s:%u: a step needs from:, to: and mail:", p->path, s->line);
	if (rc == E_OK && replay_mail(p, s->mail) == NULL)
		return err_set(r->err, E_SYNTAX, "%s:%u: there is no \"-- mail %.*s\" before this step", p->path, s->line,
		    SLICE_FMT(slice_sub(s->mail, 0, 80)));
	return rc;
}

static int read_sections(struct reader *r)
{
	struct slice line;
	int rc = read_lines(r, NULL);

	while (rc == E_OK && next_line(r, &line, true)) {
		struct slice name = slice_trim(slice_sub(line, 3, line.n)), word = slice_cut(&name, ' ');

		if (r->replay->steps_count == REPLAY_STEPS_MAX || r->replay->mails_count == REPLAY_STEPS_MAX)
			return wrong(r, "too many sections:", line);
		if (slice_eq(word, SLICE("mail")))
			rc = read_mail(r, slice_trim(name));
		else if (slice_eq(word, SLICE("step")))
			rc = read_step(r);
		else
			rc = wrong(r, "a section is \"-- mail NAME\" or \"-- step\", not", line);
	}
	return rc;
}

int replay_read(const char *path, struct arena *a, struct replay *ret, struct err *reterr)
{
	struct reader r = { .arena = a, .replay = ret, .err = reterr };
	int rc = file_read(path, FILE_MAX, a, &r.rest, reterr);

	if (rc < 0)
		return rc;
	*ret = (struct replay){ .path = path, .start = INT64_C(1772323200) };
	ret->mails = arena_array(a, REPLAY_STEPS_MAX, sizeof *ret->mails);
	ret->steps = arena_array(a, REPLAY_STEPS_MAX, sizeof *ret->steps);
	if (ret->mails == NULL || ret->steps == NULL)
		return err_set(reterr, E_NOMEM, "no memory for %s", path);
	rc = read_sections(&r);
	if (rc == E_OK && ret->steps_count == 0)
		return err_set(reterr, E_SYNTAX, "%s: there is no \"-- step\" in it", path);
	return rc;
}

const struct replay_mail *replay_mail(const struct replay *r, struct slice name)
{
	for (size_t i = 0; i < r->mails_count; i++)
		if (slice_eq(r->mails[i].name, name))
			return &r->mails[i];
	return NULL;
}

/* The value of a variable in "a=1 b=two"; absent when it is not there. */
static struct slice value_of(struct slice with, struct slice name)
{
	while (with.n > 0) {
		struct slice value = slice_cut(&with, ' '), key = slice_cut(&value, '=');

		if (slice_eq(key, name))
			return value.p == NULL ? SLICE("") : value;
	}
	return (struct slice){ 0 };
}

struct slice replay_fill(struct slice text, struct slice with, int64_t n, struct arena *a)
{
	struct slice ret;
	struct buf b;

	buf_init(&b, FILLED_MAX);
	while (text.n > 0) {
		bool more = slice_find(text, '$', 0) < text.n;
		size_t end = 0;
		struct slice name, value;

		buf_add(&b, slice_cut(&text, '$'));
		while (more && end < text.n && (ascii_alnum(text.p[end]) || text.p[end] == '_'))
			end++;
		name = slice_sub(text, 0, end);
		value = value_of(with, name);
		if (!more)
			break;
		if (value.p != NULL)
			buf_add(&b, value);
		else if (slice_eq(name, SLICE("n")))
			buf_addf(&b, "%lld", (long long)n);
		else
			buf_addf(&b, "$%.*s", SLICE_FMT(name));
		text = slice_sub(text, end, text.n);
	}
	ret = arena_dup(a, buf_slice(&b));
	buf_done(&b);
	return ret;
}
