/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/mime.h"

#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/base/arena.h"
#include "antisales/base/buf.h"
#include "antisales/mail/header.h"
#include "antisales/mail/mime_head.h"
#include "antisales/mail/octet.h"

enum {
	BOUNDARIES_MAX = 2,             /* of one multipart: two values given, or one guessed */
	BOUNDARY_BYTES_MAX = 998,
	DELIMITER_BYTES_MAX = BOUNDARY_BYTES_MAX + 64,
	SCRATCH_CHUNK = 4096
};

enum state {
	STATE_HEADER,                   /* of a part or of an attached message */
	STATE_LEAF,                     /* bytes go to ops->bytes */
	STATE_SKIP                      /* epilogue, or beyond a limit */
};

enum level_kind { LEVEL_MULTIPART, LEVEL_MESSAGE };

struct level {
	enum level_kind kind;
	size_t at[BOUNDARIES_MAX], n[BOUNDARIES_MAX];   /* boundaries, in m->boundaries */
	size_t boundaries;
	size_t bytes_before;            /* m->boundaries.n when the level was opened */
	bool digest;                    /* parts are messages unless they say otherwise */
	bool guess;                     /* none was given: the first line that looks like one is taken */
};

struct mime {
	const struct mail_limits *limits;
	const struct mime_ops *ops;
	void *arg;
	enum state state;
	bool leaf_open, preamble;       /* preamble: the open leaf is one */
	struct level *levels;
	size_t depth, bounded;          /* levels open; how many of them have boundaries or guess */
	size_t messages_open;           /* of the levels, those that are messages */
	bool attached;                  /* the whole reader is inside a message */
	struct buf boundaries;
	struct mime_head head;          /* of the part whose header is being read */
	struct buf line;                /* header line */
	struct buf held;                /* body line that may be a delimiter */
	bool line_start;                /* the next body byte starts a line */
	bool holding;                   /* held is the start of a body line beginning with '-' */
	bool first_line;                /* no header line of this block was read yet */
	char eol[2];                    /* line end held back: it belongs to a delimiter that may follow */
	size_t eol_n;
	struct arena scratch;           /* for one header block */
	struct mime_counts counts;
};

struct mime *mime_new(const struct mail_limits *limits, const struct mime_ops *ops, void *arg)
{
	struct mime *m = alloc_zeroed(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->limits = limits;
	m->ops = ops;
	m->arg = arg;
	buf_init(&m->boundaries, (limits->mime_depth + 1) * BOUNDARIES_MAX * BOUNDARY_BYTES_MAX);
	buf_init(&m->line, limits->header_value_bytes);
	buf_init(&m->held, DELIMITER_BYTES_MAX);
	mime_head_init(&m->head, limits->header_value_bytes);
	arena_init(&m->scratch, SCRATCH_CHUNK, 16 * limits->header_value_bytes + (1 << 20));
	m->levels = alloc_zeroed(limits->mime_depth, sizeof *m->levels);
	if (m->levels != NULL)
		return m;
	mime_free(m);
	return NULL;
}

void mime_free(struct mime *m)
{
	if (m == NULL)
		return;
	buf_done(&m->boundaries);
	buf_done(&m->line);
	buf_done(&m->held);
	mime_head_done(&m->head);
	arena_done(&m->scratch);
	free(m->levels);
	free(m);
}

struct mime_counts mime_counts(const struct mime *m)
{
	return m->counts;
}

static void start(struct mime *m, bool attached)
{
	m->state = STATE_SKIP;
	m->leaf_open = m->preamble = m->holding = false;
	m->depth = m->bounded = m->messages_open = 0;
	m->attached = attached;
	m->eol_n = 0;
	m->line_start = true;
	m->counts = (struct mime_counts){ 0 };
	buf_clear(&m->boundaries);
	buf_clear(&m->line);
	buf_clear(&m->held);
}

static bool is_attached(const struct mime *m)
{
	return m->attached || m->messages_open > 0;
}

static void leaf_begin(struct mime *m, const struct mime_part *part)
{
	m->state = STATE_LEAF;
	m->leaf_open = true;
	m->preamble = part->kind == MIME_PREAMBLE;
	m->ops->begin(m->arg, part);
}

static void leaf_end(struct mime *m, bool used)
{
	if (m->leaf_open)
		m->ops->end(m->arg, used);
	m->leaf_open = m->preamble = false;
	m->state = STATE_SKIP;
}

static void emit(struct mime *m, const char *p, size_t n)
{
	if (n > 0 && m->leaf_open && m->state == STATE_LEAF)
		m->ops->bytes(m->arg, (struct slice){ p, n });
}

static struct level *level_push(struct mime *m, enum level_kind kind)
{
	struct level *l = &m->levels[m->depth++];

	*l = (struct level){ .kind = kind, .bytes_before = m->boundaries.n };
	m->messages_open += kind == LEVEL_MESSAGE;
	return l;
}

static void pop_to(struct mime *m, size_t depth)
{
	while (m->depth > depth) {
		struct level *l = &m->levels[--m->depth];

		m->boundaries.n = l->bytes_before;
		m->bounded -= l->kind == LEVEL_MULTIPART;
		m->messages_open -= l->kind == LEVEL_MESSAGE;
	}
}

static void header_begin(struct mime *m)
{
	m->state = STATE_HEADER;
	m->first_line = true;
	mime_head_clear(&m->head);
}

static void add_boundary(struct mime *m, struct level *l, struct slice b)
{
	size_t at = m->boundaries.n;

	while (b.n > 0 && octet_is(b.p[b.n - 1], OCTET_SPACE))
		b.n--;
	if (b.n == 0 || b.n > BOUNDARY_BYTES_MAX || l->boundaries == BOUNDARIES_MAX)
		return;
	buf_add(&m->boundaries, b);
	if (m->boundaries.n - at < b.n) {
		m->boundaries.n = at;           /* out of memory: as if it had not been given */
		m->counts.cut = true;
		return;
	}
	l->at[l->boundaries] = at;
	l->n[l->boundaries++] = b.n;
}

static void multipart_begin(struct mime *m, const struct mime_info *info)
{
	struct mime_part preamble = info->part;
	struct level *l = level_push(m, LEVEL_MULTIPART);

	for (size_t i = 0; i < info->boundaries_count; i++)
		add_boundary(m, l, info->boundaries[i]);
	l->guess = l->boundaries == 0;
	l->digest = info->is_digest;
	m->bounded++;
	preamble.kind = MIME_PREAMBLE;
	leaf_begin(m, &preamble);
}

/* A header block is complete: opens what it announces. */
static void part_begin(struct mime *m, const struct content_head *head)
{
	bool digest = m->depth > 0 && m->levels[m->depth - 1].digest;
	struct mime_info info;

	m->state = STATE_SKIP;
	if (m->counts.parts >= m->limits->mime_parts) {
		m->counts.cut = true;
		return;
	}
	m->counts.parts++;
	mime_info_read(head, digest, &m->scratch, &info);
	info.part.attached = is_attached(m);
	info.part.depth = m->depth + 1;
	if (m->counts.depth < m->depth + 1)
		m->counts.depth = m->depth + 1;
	if (info.is_message)
		m->counts.messages++;
	if ((info.is_multipart || info.is_message) && m->depth >= m->limits->mime_depth) {
		m->counts.cut = true;
		leaf_begin(m, &info.part);
	} else if (info.is_multipart) {
		multipart_begin(m, &info);
	} else if (info.is_message && info.part.encoding == TRANSFER_IDENTITY) {
		level_push(m, LEVEL_MESSAGE);
		header_begin(m);
	} else {
		info.part.kind = info.is_message ? MIME_MESSAGE : MIME_LEAF;
		leaf_begin(m, &info.part);
	}
}

static void header_end(struct mime *m)
{
	struct content_head head;

	mime_head_end(&m->head, &m->scratch, &head);
	m->line_start = true;
	part_begin(m, &head);
	arena_reset(&m->scratch);
}

static struct slice without_eol(struct slice line)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r' ||
	    line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	return line;
}

static bool is_boundary(const struct mime *m, const struct level *l, struct slice text)
{
	for (size_t i = 0; i < l->boundaries; i++)
		if (l->n[i] == text.n && memcmp(m->boundaries.p + l->at[i], text.p, text.n) == 0)
			return true;
	return false;
}

/* The innermost level whose delimiter this line is, plus one; 0 for none. *closing: it is the last one. */
static size_t delimited(struct mime *m, struct slice line, bool *closing)
{
	struct slice text = slice_sub(without_eol(line), 2, line.n), shorter = text;

	if (text.n == 0)
		return 0;
	if (slice_iends(text, SLICE("--")))
		shorter.n -= 2;
	for (size_t i = m->depth; i > 0; i--) {
		struct level *l = &m->levels[i - 1];

		*closing = false;
		if (is_boundary(m, l, text))
			return i;
		*closing = shorter.n < text.n;
		if (*closing && is_boundary(m, l, shorter))
			return i;
	}
	return 0;
}

/* No boundary was given: a line "--word" right inside that multipart is taken for its first delimiter. */
static size_t guessed(struct mime *m, struct slice line)
{
	struct slice text = slice_sub(without_eol(line), 2, line.n);
	struct level *l = m->depth > 0 ? &m->levels[m->depth - 1] : NULL;
	size_t words = 0;

	if (l == NULL || !l->guess || !m->preamble || text.n == 0 || text.n > 70)
		return 0;
	for (size_t i = 0; i < text.n; i++) {
		words += octet_alnum(text.p[i]);
		if (octet_is(text.p[i], OCTET_SPACE))
			return 0;
	}
	if (words == 0)
		return 0;
	add_boundary(m, l, text);
	l->guess = false;
	return m->depth;
}

/* Acts on a line that starts with "--" if it is a delimiter. */
static bool delimiter(struct mime *m, struct slice line)
{
	bool closing = false, own_preamble;
	size_t level = m->bounded == 0 ? 0 : delimited(m, line, &closing);
	bool guess = level == 0 && (level = guessed(m, line)) > 0;

	if (level == 0)
		return false;
	if (m->state == STATE_HEADER)
		header_end(m);                  /* a part of which only the header came */
	own_preamble = m->preamble && level == m->depth && !guess;
	leaf_end(m, !own_preamble);
	pop_to(m, level);
	m->eol_n = 0;
	m->line_start = true;
	if (closing)
		m->state = STATE_SKIP;
	else
		header_begin(m);
	return true;
}

static void flush_eol(struct mime *m)
{
	emit(m, m->eol, m->eol_n);
	m->eol_n = 0;
}

/* Sends on body bytes but holds a line end at their very end back. */
static void emit_lines(struct mime *m, struct slice s)
{
	size_t keep = 0;

	if (s.n == 0)
		return;
	flush_eol(m);
	if (s.p[s.n - 1] == '\n')
		keep = s.n > 1 && s.p[s.n - 2] == '\r' ? 2 : 1;
	else if (s.p[s.n - 1] == '\r')
		keep = 1;
	emit(m, s.p, s.n - keep);
	memcpy(m->eol, s.p + s.n - keep, keep);
	m->eol_n = keep;
	m->line_start = s.p[s.n - 1] == '\n';
}

/* A line end whose CR came with the last piece. */
static void join_eol(struct mime *m, struct slice *in)
{
	if (m->eol_n != 1 || m->eol[0] != '\r' || in->n == 0 || m->line_start)
		return;
	if (in->p[0] == '\n') {
		m->eol[m->eol_n++] = '\n';
		m->line_start = true;
		*in = slice_sub(*in, 1, in->n);
	} else {
		flush_eol(m);
	}
}

/* Collects a body line that began with '-'; it is looked at when it is complete or too long for a delimiter. */
static void hold_line(struct mime *m, struct slice *in)
{
	size_t end = slice_find(*in, '\n', 0);
	bool ended = end < in->n;
	struct slice piece = slice_sub(*in, 0, ended ? end + 1 : end);

	if (piece.n > DELIMITER_BYTES_MAX - m->held.n) {
		piece.n = DELIMITER_BYTES_MAX - m->held.n;
		ended = false;
	}
	buf_add(&m->held, piece);
	*in = slice_sub(*in, piece.n, in->n);
	m->holding = !ended && m->held.n < DELIMITER_BYTES_MAX && (m->held.n < 2 || m->held.p[1] == '-');
	if (m->holding)
		return;
	if (!ended || m->held.n < 2 || m->held.p[1] != '-' || !delimiter(m, buf_slice(&m->held)))
		emit_lines(m, buf_slice(&m->held));
	buf_clear(&m->held);
}

/* Offset of the next line that starts with '-', or the end. */
static size_t next_dash_line(struct slice s)
{
	size_t at = slice_find(s, '\n', 0);

	while (at < s.n && (at + 1 == s.n || s.p[at + 1] != '-'))
		at = slice_find(s, '\n', at + 1);
	return at < s.n ? at + 1 : s.n;
}

static void feed_body(struct mime *m, struct slice *in)
{
	size_t run;

	if (m->bounded == 0) {
		flush_eol(m);
		emit(m, in->p, in->n);
		*in = slice_sub(*in, in->n, 0);
		return;
	}
	if (!m->holding)
		join_eol(m, in);
	if (in->n == 0)
		return;
	if (m->holding || (m->line_start && in->p[0] == '-')) {
		hold_line(m, in);
		return;
	}
	run = next_dash_line(*in);
	emit_lines(m, slice_sub(*in, 0, run));
	*in = slice_sub(*in, run, in->n);
}

/* Not a header line: the body starts with it. A message without any header is text. */
static void body_line(struct mime *m)
{
	struct slice line = buf_slice(&m->line);

	while (m->state == STATE_HEADER)
		header_end(m);
	while (line.n > 0)
		feed_body(m, &line);
}

/* The line in m->line is complete, or it is already clear that it is none of a header. */
static void header_line(struct mime *m)
{
	struct slice line = buf_slice(&m->line);
	bool dashes = line.n <= DELIMITER_BYTES_MAX && slice_istarts(line, SLICE("--"));

	if (dashes && delimiter(m, line))
		;
	else if (line.p[0] == '\n' || (line.p[0] == '\r' && without_eol(line).n == 0))
		header_end(m);
	else if (mime_head_line(&m->head, line) || (m->first_line && mime_head_is_mbox(line)))
		m->first_line = false;
	else
		body_line(m);
	buf_clear(&m->line);
}

static void feed_header(struct mime *m, struct slice *in)
{
	size_t end = slice_find(*in, '\n', 0);
	bool ended = end < in->n;

	buf_add(&m->line, slice_sub(*in, 0, ended ? end + 1 : end));
	*in = slice_sub(*in, ended ? end + 1 : end, in->n);
	if (m->line.cut)
		m->counts.cut = true;
	if (ended || (m->line.n > DELIMITER_BYTES_MAX && !mime_head_is_line(buf_slice(&m->line))))
		header_line(m);
}

void mime_feed(struct mime *m, struct slice bytes)
{
	while (bytes.n > 0) {
		if (m->state == STATE_HEADER)
			feed_header(m, &bytes);
		else
			feed_body(m, &bytes);
	}
}

void mime_begin_body(struct mime *m, const struct content_head *head, bool attached)
{
	start(m, attached);
	part_begin(m, head);
	arena_reset(&m->scratch);
}

void mime_begin_message(struct mime *m, bool attached)
{
	start(m, attached);
	header_begin(m);
}

void mime_end(struct mime *m)
{
	if (m->state == STATE_HEADER) {
		if (m->line.n > 0)
			header_line(m);
		if (m->state == STATE_HEADER)
			header_end(m);
	}
	if (m->holding && (m->held.n < 2 || !delimiter(m, buf_slice(&m->held))))
		emit_lines(m, buf_slice(&m->held));
	m->holding = false;
	flush_eol(m);
	leaf_end(m, true);
	pop_to(m, 0);
}
