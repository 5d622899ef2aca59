/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/quote.h"

#include <string.h>

#include "antisales/mail/content.h"
#include "antisales/mail/octet.h"

enum { LOOK_AHEAD = 4, ATTRIBUTION_BYTES_MAX = 400 };

/* Where the split stands. */
struct split {
	struct slice in;
	size_t at;                      /* start of the line to be read */
	bool marked;                    /* between QUOTE_BEGIN and QUOTE_END */
	bool rest;                      /* everything from here on is quoted */
	size_t until;                   /* lines starting before this offset are quoted: an attribution */
};

/* "On Monday, Ann wrote:": how it starts and the verb before its colon. */
static const struct {
	struct slice start, verb;
} attributions[] = {
	{ { "On ", 3 }, { "wrote", 5 } }, { { "Am ", 3 }, { "schrieb", 7 } },
	{ { "Le ", 3 }, { "a \xC3\xA9" "crit", 7 } }, { { "El ", 3 }, { "escribi\xC3\xB3", 9 } },
	{ { "Il ", 3 }, { "ha scritto", 10 } }, { { "Op ", 3 }, { "schreef", 7 } },
	{ { "Em ", 3 }, { "escreveu", 8 } }, { { "Den ", 4 }, { "skrev", 5 } },
	{ { "W dniu ", 7 }, { "napisa", 6 } }, { { "Dne ", 4 }, { "napsal", 6 } },
};

/* First words of the lines of a copied message header. */
static const struct slice from_words[] = {
	{ "From:", 5 }, { "From :", 6 }, { "Von:", 4 }, { "De:", 3 }, { "De :", 4 }, { "Da:", 3 }, { "Van:", 4 },
	{ "Od:", 3 }, { "Fra:", 4 }, { "Fr\xC3\xA5n:", 6 },
};
static const struct slice date_words[] = {
	{ "Sent:", 5 }, { "Date:", 5 }, { "Date :", 6 }, { "Gesendet:", 9 }, { "Datum:", 6 },
	{ "Envoy\xC3\xA9", 7 }, { "Enviado", 7 }, { "Fecha:", 6 }, { "Inviato:", 8 }, { "Data:", 5 },
	{ "Verzonden:", 10 }, { "Skickat:", 8 }, { "Sendt:", 6 }, { "Wys\xC5\x82" "ano:", 9 },
};
static const struct slice rest_words[] = {
	{ "original message", 16 }, { "forwarded message", 17 }, { "original appointment", 20 },
	{ "urspr\xC3\xBCngliche nachricht", 23 }, { "weitergeleitete nachricht", 25 },
	{ "message d'origine", 17 }, { "mensaje original", 16 }, { "mensaje reenviado", 17 },
	{ "messaggio originale", 19 }, { "messaggio inoltrato", 19 }, { "oorspronkelijk bericht", 22 },
	{ "doorgestuurd bericht", 20 }, { "mensagem original", 17 }, { "mensagem encaminhada", 20 },
};

#define COUNT(a) (sizeof (a) / sizeof *(a))

static bool starts_with_any(struct slice line, const struct slice *words, size_t n)
{
	while (line.n > 0 && (line.p[0] == '*' || line.p[0] == ' '))
		line = slice_sub(line, 1, line.n);
	for (size_t i = 0; line.n > 0 && i < n; i++)
		if (octet_lower(line.p[0]) == octet_lower(words[i].p[0]) && slice_istarts(line, words[i]))
			return true;
	return false;
}

static struct slice line_at(const struct split *s, size_t at)
{
	return slice_sub(s->in, at, slice_find(s->in, '\n', at) - at);
}

static bool has_any(struct slice s, const char *chars)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(chars, s.p[i]) != NULL && s.p[i] != '\0')
			return true;
	return false;
}

/* One of "On <date>, <who> wrote:" on one line. */
static bool is_attribution(struct slice text)
{
	if (text.n < 12 || text.n > ATTRIBUTION_BYTES_MAX || text.p[text.n - 1] != ':' || !has_any(text, "0123456789@"))
		return false;
	for (size_t i = 0; i < COUNT(attributions); i++)
		if (slice_istarts(text, attributions[i].start) && slice_ifind(text, attributions[i].verb, 3) < text.n)
			return true;
	return false;
}

/* Could the line start an attribution? Cheap, since it is asked of every line. */
static bool may_attribute(struct slice line)
{
	for (size_t i = 0; line.n > 0 && i < COUNT(attributions); i++)
		if (line.p[0] == attributions[i].start.p[0] && slice_istarts(line, attributions[i].start))
			return true;
	return false;
}

/* End of an attribution that starts at s->at and may run over three lines; 0 when there is none. */
static size_t attribution_end(const struct split *s)
{
	size_t end = s->at;

	if (!may_attribute(line_at(s, s->at)))
		return 0;
	for (unsigned lines = 0; lines < 3 && end < s->in.n; lines++) {
		end = slice_find(s->in, '\n', end);
		if (is_attribution(slice_trim(slice_sub(s->in, s->at, end - s->at))))
			return end + 1;
		end++;
	}
	return 0;
}

/* A From: line with Sent: or Date: among the next lines and one of To: or Subject: or their like. */
static bool is_header_block(const struct split *s)
{
	size_t at = s->at;
	bool date = false;
	unsigned fields = 0;

	if (!starts_with_any(line_at(s, at), from_words, COUNT(from_words)))
		return false;
	for (unsigned i = 0; i < LOOK_AHEAD && at < s->in.n; i++) {
		struct slice line;

		at = slice_find(s->in, '\n', at) + 1;
		line = line_at(s, at);
		date = date || starts_with_any(line, date_words, COUNT(date_words));
		fields += slice_find(slice_sub(line, 0, 16), ':', 0) < line.n;
	}
	return date && fields >= 2;
}

/* "-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:" */
static bool is_rest_line(struct slice line)
{
	struct slice first = slice_sub(line, 0, 80);
	char c = line.n < 4 ? ' ' : line.p[0];

	if (c == 'B')
		return slice_istarts(line, SLICE("Begin forwarded message:"));
	if (c != '\xE2' && ((c != '-' && c != '_' && c != '*') || line.p[1] != c || line.p[2] != c))
		return false;
	for (size_t i = 0; i < COUNT(rest_words); i++)
		if (slice_ifind(first, rest_words[i], 0) < first.n)
			return true;
	return false;
}

/* Takes markers off the front of a line and acts on them. */
static struct slice read_markers(struct split *s, struct slice line)
{
	while (line.n > 0 && line.p[0] >= QUOTE_BEGIN && line.p[0] <= QUOTE_REST) {
		s->marked = line.p[0] == QUOTE_BEGIN || (s->marked && line.p[0] != QUOTE_END);
		s->rest = s->rest || line.p[0] == QUOTE_REST;
		line = slice_sub(line, 1, line.n);
	}
	return line;
}

/* After an attribution: does what follows show its quoting by itself? */
static bool quotes_itself(const struct split *s, size_t at)
{
	return at < s->in.n && (s->in.p[at] == '>' || s->in.p[at] == QUOTE_BEGIN);
}

/* Can a line that starts so be one of the cues above? Asked of every line, so it has to be cheap. */
static bool may_be_cue(struct slice line)
{
	static const bool first[256] = {
		['O'] = true, ['A'] = true, ['L'] = true, ['E'] = true, ['I'] = true, ['D'] = true, ['W'] = true,
		['F'] = true, ['V'] = true, ['B'] = true, ['f'] = true, ['v'] = true, ['d'] = true, ['o'] = true,
		['-'] = true, ['_'] = true, ['*'] = true, [0xE2] = true,
	};

	return line.n > 2 && first[(unsigned char)line.p[0]];
}

static bool is_quoted(struct split *s, struct slice line)
{
	size_t end;

	if (line.n > 0 && line.p[0] == '>')
		return true;
	if (s->rest || s->marked || s->at < s->until)
		return true;
	if (!may_be_cue(line))
		return false;
	if ((end = attribution_end(s)) > 0) {
		s->until = end;
		s->rest = !quotes_itself(s, end);
		return true;
	}
	s->rest = is_rest_line(line) || is_header_block(s);
	return s->rest;
}

static void add_line(struct buf *out, struct slice line)
{
	while (line.n > 0 && (line.p[0] == '>' || line.p[0] == ' '))
		line = slice_sub(line, 1, line.n);
	if (line.n == 0)
		return;
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_addc(out, '\n');
	buf_add(out, line);
}

void quote_split(struct slice visible, struct buf *text, struct buf *quoted, struct found *links)
{
	struct split s = { .in = visible };
	size_t link = 0;
	bool in_quote = false;

	while (s.at < visible.n) {
		size_t end = slice_find(visible, '\n', s.at);
		struct slice line = read_markers(&s, slice_sub(visible, s.at, end - s.at));

		in_quote = is_quoted(&s, line);
		add_line(in_quote ? quoted : text, line);
		for (; link < links->count && links->links[link].offset <= end; link++)
			links->links[link].places |= in_quote ? LINK_QUOTED : 0;
		s.at = end + 1;
	}
	for (in_quote = s.rest || s.marked; link < links->count; link++)
		if (links->links[link].offset != FOUND_NOWHERE)
			links->links[link].places |= in_quote ? LINK_QUOTED : 0;
}
