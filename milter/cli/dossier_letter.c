/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/file.h"
#include "antisales/base/word.h"
#include "dossier.h"

/*
 * A letter for the person to read, correct and send, from a template. What
 * stands in braces is filled in; a paragraph that begins with a line such as
 * "[optout]" is there only when there is something to say.
 */
enum { TEMPLATE_BYTES_MAX = 256 * 1024, LETTER_BYTES_MAX = 1024 * 1024, VALUE_MAX = 512 };
enum value { VALUE_ORG, VALUE_PERSON, VALUE_SINCE, VALUE_TOUCHES, VALUE_OPTOUT_SINCE, VALUE_DEADLINE, VALUE_AFTER, VALUE_ISSUED_TO,
	VALUES };
enum section { SECTION_TOUCHES, SECTION_OPTOUT, SECTION_SOLD, SECTIONS };

static const char *const value_names[VALUES] = {
	[VALUE_ORG] = "org", [VALUE_PERSON] = "person", [VALUE_SINCE] = "since", [VALUE_TOUCHES] = "touches",
	[VALUE_OPTOUT_SINCE] = "optout_since", [VALUE_DEADLINE] = "deadline", [VALUE_AFTER] = "after", [VALUE_ISSUED_TO] = "issued_to",
};
static const char *const section_names[SECTIONS] = {
	[SECTION_TOUCHES] = "touches", [SECTION_OPTOUT] = "optout", [SECTION_SOLD] = "sold",
};

struct letter {
	const char *path;
	char values[VALUES][VALUE_MAX];
	bool sections[SECTIONS];        /* there is something to say */
	struct buf out;
	unsigned line;
	bool within;                    /* in a paragraph that was begun */
	bool shown;                     /* and that is there */
};

static void put_value(struct letter *l, enum value v, const char *text)
{
	snprintf(l->values[v], VALUE_MAX, "%s", text);
}

static void put_number(struct letter *l, enum value v, int64_t n)
{
	snprintf(l->values[v], VALUE_MAX, "%lld", (long long)n);
}

/* The opt-out that was ignored most. */
static void put_optout(struct letter *l, const struct dossier *d)
{
	const struct dossier_optout *worst = NULL;
	char day[CLOCK_TEXT];

	for (size_t i = 0; i < d->optouts_count; i++)
		if (worst == NULL || d->optouts[i].after_count > worst->after_count)
			worst = &d->optouts[i];
	l->sections[SECTION_OPTOUT] = worst != NULL;
	if (worst == NULL)
		return;
	put_value(l, VALUE_OPTOUT_SINCE, cli_day(worst->since, day));
	put_value(l, VALUE_DEADLINE, cli_day(worst->deadline, day));
	put_number(l, VALUE_AFTER, (int64_t)worst->after_count);
}

static void fill_values(struct letter *l, const struct dossier *d)
{
	int64_t since, touches = dossier_touches(d, d->persons.id[0], &since);
	char day[CLOCK_TEXT];

	put_value(l, VALUE_ORG, d->face);
	put_value(l, VALUE_PERSON, d->persons.name[0]);
	put_value(l, VALUE_SINCE, touches > 0 ? cli_day(since, day) : "");
	put_number(l, VALUE_TOUCHES, touches);
	l->sections[SECTION_TOUCHES] = touches > 0;
	put_optout(l, d);
	for (size_t i = 0; !l->sections[SECTION_SOLD] && i < d->addresses_count; i++) {
		l->sections[SECTION_SOLD] = d->addresses[i].about && d->addresses[i].sold;
		put_value(l, VALUE_ISSUED_TO, l->sections[SECTION_SOLD] ? d->addresses[i].issued.to : "");
	}
}

static int complain(const struct letter *l, const char *what, struct slice word, const char *const *words, size_t count,
    struct err *reterr)
{
	const char *near = word_nearest_in(word, words, count);

	return err_set(reterr, E_SYNTAX, "%.200s:%u: unknown %s \"%.40s\"%s%s%s", l->path, l->line, what, word.p,
	    near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

/* A word, so that it ends in NUL for messages. */
static struct slice copy_word(struct slice s, char room[64])
{
	snprintf(room, 64, "%.*s", (int)(s.n < 63 ? s.n : 63), s.p);
	return slice_of(room);
}

static int fill_line(struct letter *l, struct slice line, struct err *reterr)
{
	char room[64];

	while (line.n > 0) {
		size_t open = slice_find(line, '{', 0), close = slice_find(line, '}', open), v;
		struct slice word = copy_word(slice_sub(line, open + 1, close - open - 1), room);

		if (l->shown)
			buf_add(&l->out, slice_sub(line, 0, open));
		if (close == line.n)
			return open == line.n ? E_OK : err_set(reterr, E_SYNTAX, "%.200s:%u: '{' is not closed", l->path, l->line);
		v = slice_among(word, value_names, VALUES);
		if (v == VALUES)
			return complain(l, "placeholder", word, value_names, VALUES, reterr);
		if (l->shown)
			buf_adds(&l->out, l->values[v]);
		line = slice_sub(line, close + 1, line.n);
	}
	return E_OK;
}

/* The first line of a paragraph may say when the paragraph is there; *line then loses that. */
static int begin_paragraph(struct letter *l, struct slice *line, struct err *reterr)
{
	size_t close = slice_find(*line, ']', 0), s;
	char room[64];
	struct slice word;

	l->within = l->shown = true;
	if (line->p[0] != '[' || close == line->n)
		return E_OK;
	word = copy_word(slice_sub(*line, 1, close - 1), room);
	s = slice_among(word, section_names, SECTIONS);
	if (s == SECTIONS)
		return complain(l, "condition", word, section_names, SECTIONS, reterr);
	l->shown = l->sections[s];
	*line = slice_trim(slice_sub(*line, close + 1, line->n));
	return E_OK;
}

static int fill(struct letter *l, struct slice text, struct err *reterr)
{
	while (text.n > 0) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));
		bool mark = false;
		int rc = E_OK;

		l->line++;
		if (line.n == 0) {
			if (l->shown)
				buf_addc(&l->out, '\n');
			l->within = l->shown = false;
			continue;
		}
		if (!l->within) {
			rc = begin_paragraph(l, &line, reterr);
			mark = line.n == 0;
		}
		if (rc < 0 || (rc = fill_line(l, line, reterr)) < 0)
			return rc;
		if (l->shown && !mark)
			buf_addc(&l->out, '\n');
	}
	return l->out.cut ? err_set(reterr, E_LIMIT, "%.200s: the letter is too long", l->path) : E_OK;
}

static bool is_word(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if (!ascii_alnum(*p) && *p != '-')
			return false;
	return s[0] != '\0';
}

/* Beside the policy, else where the policies are installed. */
static const char *find_template(struct dossier *d)
{
	struct setup *s = setup_get(&d->ledger.engine.setups);
	struct arena *a = &d->ledger.arena;
	const char *const dirs[] = { file_dir(a, s->policy->path.p), SYSCONFDIR "/antisales/policies", PKGDATADIR "/policies", "policies" };
	const char *ret = NULL;

	setup_put(s);
	for (size_t i = 0; ret == NULL && i < sizeof dirs / sizeof dirs[0]; i++) {
		struct slice path = dirs[i] == NULL ? (struct slice){ 0 } : arena_printf(a, "%s/letters/%s.txt", dirs[i], d->language);

		if (path.p != NULL && access(path.p, R_OK) == 0)
			ret = path.p;
	}
	return ret;
}

static void print_letter(struct slice text)
{
	while (text.n > 0) {
		cli_print(slice_cut(&text, '\n'));
		putchar('\n');
	}
}

int dossier_letter(struct dossier *d)
{
	static struct letter l;
	struct err err = { 0 };
	struct slice text;
	int rc = EX_OK;

	l = (struct letter){ .path = is_word(d->language) ? find_template(d) : NULL };
	if (l.path == NULL) {
		cli_complain("dossier", "there is no policies/letters/%s.txt", d->language);
		return EX_NOINPUT;
	}
	fill_values(&l, d);
	buf_init(&l.out, LETTER_BYTES_MAX);
	if (file_read(l.path, TEMPLATE_BYTES_MAX, &d->ledger.arena, &text, &err) < 0 || fill(&l, text, &err) < 0)
		rc = cli_fail("dossier", &err);
	else
		print_letter(buf_slice(&l.out));
	buf_done(&l.out);
	return rc;
}
