/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/skeleton.h"

#include <string.h>

#include "antisales/mail/letter.h"
#include "antisales/mail/merge_token.h"
#include "antisales/mail/octet.h"
#include "antisales/mail/text.h"

enum {
	TEXT_BYTES_MAX = 1536,          /* pitches are short, and the beginning of what is long tells it apart */
	LINES_MAX = 4000,
	WORDS_MAX = 150,
	NAMES_MAX = 64,
	NAME_LETTERS_MIN = 2,
	OPENING_LINES = 5,              /* among these a name alone may greet */
	OPENING_WORDS_MAX = 3,
	TAIL_BYTES = 1500               /* a signature with a disclaimer behind it */
};

struct lines {
	struct slice *at;
	size_t count;
	size_t bytes;
};

/* What is left so far. */
struct sieve {
	struct minhash hash;
	uint64_t names[NAMES_MAX];
	size_t names_count;
	bool begins;                    /* the next word begins a sentence */
};

static size_t count_lines(struct slice text)
{
	size_t n = 0;

	for (size_t at = 0; at < text.n && n < LINES_MAX; at = slice_find(text, '\n', at) + 1)
		n++;
	return n;
}

static bool read_lines(struct slice text, struct arena *a, struct lines *ret)
{
	text = text_valid(slice_sub(text, 0, TEXT_BYTES_MAX), a);
	ret->at = arena_array(a, count_lines(text) + 1, sizeof *ret->at);
	if (ret->at == NULL || text.p == NULL)
		return false;
	while (text.n > 0 && ret->count < LINES_MAX) {
		struct slice line = text_normalise(slice_cut(&text, '\n'), a);

		if (line.p == NULL)
			return false;
		ret->bytes += line.n;
		if (line.n > 0)
			ret->at[ret->count++] = line;
	}
	return true;
}

/* A mail told twice, as plain text and as HTML, begins anew where its first line comes again. */
static void keep_one_telling(struct lines *l)
{
	size_t bytes = 0;

	for (size_t i = 0; i < l->count; bytes += l->at[i++].n)
		if (i > 0 && bytes >= l->bytes / 3 && slice_eq(l->at[i], l->at[0])) {
			l->count = i;
			l->bytes = bytes;
		}
}

/* The signature and what stands below it go, if they are the last part of the text. */
static void cut_signature(struct lines *l)
{
	size_t bytes = l->bytes;

	for (size_t i = 0; i < l->count; bytes -= l->at[i++].n)
		if ((bytes <= l->bytes / 2 || bytes <= TAIL_BYTES) && i > 0 && letter_closes(l->at[i]))
			l->count = i;
}

static void add_name(struct sieve *s, struct slice word)
{
	char letters[TEXT_LETTERS_MAX];
	size_t n = text_letters(word, letters);

	if (n >= NAME_LETTERS_MIN && s->names_count < NAMES_MAX)
		s->names[s->names_count++] = minhash_word((struct slice){ letters, n });
}

/* "Ann Lee", "ann.lee", "acme-tools": each part is a name. */
static void add_names(struct sieve *s, struct slice name)
{
	size_t start = 0;

	for (size_t i = 0; i <= name.n; i++)
		if (i == name.n || strchr(" ._-+,", name.p[i]) != NULL) {
			add_name(s, slice_sub(name, start, i - start));
			start = i + 1;
		}
}

static void read_names(struct sieve *s, const struct skeleton_in *in, struct arena *a)
{
	for (size_t i = 0; i < in->names_count && s->names_count < NAMES_MAX; i++) {
		struct slice name = text_valid(slice_sub(in->names[i], 0, 256), a);

		name = name.p == NULL ? name : text_normalise(name, a);
		add_names(s, name);
	}
}

static bool is_name(const struct sieve *s, uint64_t word)
{
	for (size_t i = 0; i < s->names_count; i++)
		if (s->names[i] == word)
			return true;
	return false;
}

/* A number, an address, a link: whatever a copy may have of its own. */
static bool is_own(struct slice word)
{
	for (size_t i = 0; i < word.n; i++) {
		if (octet_is(word.p[i], OCTET_DIGIT) || word.p[i] == '@' || word.p[i] == '/' || word.p[i] == '\\')
			return true;
		if (word.p[i] == '.' && i > 0 && i + 1 < word.n && octet_alpha(word.p[i - 1]) && octet_alpha(word.p[i + 1]))
			return true;
	}
	return false;
}

/* Quotes and brackets may stand behind the full stop. */
static bool ends_sentence(struct slice word)
{
	size_t n = word.n;

	while (n > 0 && ((unsigned char)word.p[n - 1] >= 0x80 || strchr("\"')]*", word.p[n - 1]) != NULL))
		n--;
	return n > 0 && strchr(".!?:", word.p[n - 1]) != NULL;
}

static void take_word(struct sieve *s, struct slice word)
{
	char letters[TEXT_LETTERS_MAX];
	bool begins = s->begins;
	size_t n = is_own(word) ? 0 : text_letters(word, letters);
	uint64_t hash;

	s->begins = ends_sentence(word);
	if (n == 0) {
		s->begins = s->begins || begins;
		return;
	}
	hash = minhash_word((struct slice){ letters, n });
	if (is_name(s, hash))
		s->begins = s->begins || begins;
	else if (begins || !text_is_capital(word))
		minhash_add(&s->hash, hash);
}

static void take_line(struct sieve *s, struct slice line)
{
	while (line.n > 0) {
		struct slice token = merge_token_at(line);

		if (token.n > 0)
			line = slice_sub(line, token.n, line.n);
		else
			take_word(s, slice_cut(&line, ' '));
	}
}

/* "Ann," alone at the top. */
static bool calls_by_name(struct slice line)
{
	size_t words = 1;

	for (size_t i = 0; i < line.n; i++)
		words += line.p[i] == ' ';
	return words <= OPENING_WORDS_MAX && line.p[line.n - 1] == ',';
}

static void take_lines(struct sieve *s, const struct lines *l)
{
	for (size_t i = 0; i < l->count && s->hash.words < WORDS_MAX; i++) {
		struct slice rest = letter_after_greeting(l->at[i]);

		if ((i < OPENING_LINES && calls_by_name(l->at[i])) || (i >= l->count / 2 && letter_is_optout(l->at[i])))
			rest.n = 0;
		s->begins = s->begins || rest.n < l->at[i].n;
		take_line(s, rest);
	}
}

struct skeleton skeleton_of(const struct skeleton_in *in, struct arena *a)
{
	struct skeleton ret = { 0 };
	struct sieve s = { .begins = true };
	struct lines l = { 0 };

	if (!read_lines(in->text, a, &l))
		return ret;
	keep_one_telling(&l);
	cut_signature(&l);
	minhash_begin(&s.hash);
	read_names(&s, in, a);
	take_lines(&s, &l);
	ret.words = s.hash.words;
	ret.present = ret.words >= SKELETON_WORDS_MIN;
	if (ret.present)
		minhash_end(&s.hash, ret.bands);
	return ret;
}

uint64_t skeleton_id(const struct skeleton *s)
{
	uint64_t id = 0;

	for (size_t i = 0; i < SKELETON_BANDS; i++)
		id = minhash_mix(id * 3 + s->bands[i]);
	return id;
}
