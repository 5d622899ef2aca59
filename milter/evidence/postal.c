/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/mail/octet.h"
#include "internal.h"

/*
 * A postal address in the footer: a postcode and, not far before it, a street
 * with its number. It is read word by word, so that commas, line ends and the
 * case make no difference, and in bounded steps.
 */
enum { FOOTER = 1500, WORDS_MAX = 300, LOOK_BACK = 12, REACH = 5, POSTAL_MAX = 200 };

/* How a country writes its street; a postcode says which of them may stand before it. */
enum { ENGLISH = 1 << 0, FRENCH = 1 << 1, GERMAN = 1 << 2, ROMANCE = 1 << 3, DUTCH = 1 << 4 };

struct word {
	struct slice text;              /* lower case */
	bool capital;                   /* it began with none */
	size_t raised;                  /* how many letters were none */
};

struct words {
	struct word at[WORDS_MAX];
	size_t count;
	char *room;
};

/* Bytes of the sign that begins with c when it is no letter: in ASCII, U+0080 to U+00BF, U+2000 to U+2FFF, and pictures. */
static size_t gap(char c)
{
	switch ((unsigned char)c) {
	case 0xC2: return 2;
	case 0xE2: return 3;
	case 0xF0: return 4;
	default: return (unsigned char)c < 0x80 && !octet_alnum(c);
	}
}

/* In ASCII and U+00C0 to U+00DE, which covers the languages below. */
static char lower_of(struct slice s, size_t i)
{
	bool latin = i > 0 && (unsigned char)s.p[i - 1] == 0xC3 && (unsigned char)s.p[i] >= 0x80 && (unsigned char)s.p[i] <= 0x9E;

	return latin ? (char)(s.p[i] + 0x20) : octet_lower(s.p[i]);
}

static void split(struct slice s, struct words *w)
{
	size_t i = 0;

	while (i < s.n && ((unsigned char)s.p[i] & 0xC0) == 0x80)
		i++;
	while (i < s.n && w->count < WORDS_MAX) {
		size_t skip = gap(s.p[i]), from = i, raised = 0;

		if (skip > 0) {
			i += skip;
			continue;
		}
		for (; i < s.n && gap(s.p[i]) == 0; i++) {
			w->room[i] = lower_of(s, i);
			raised += w->room[i] != s.p[i];
		}
		w->at[w->count++] = (struct word){ .text = { w->room + from, i - from }, .raised = raised,
			.capital = w->room[from] != s.p[from] || (unsigned char)s.p[from] >= 0x80 };
	}
}

/* "9" stands for a digit, "a" for a letter of ASCII. */
static bool looks(const struct words *w, size_t i, const char *shape)
{
	struct slice s = i < w->count ? w->at[i].text : (struct slice){ 0 };

	if (s.n == 0 || s.n != strlen(shape))
		return false;
	for (size_t k = 0; k < s.n; k++)
		if (!ascii_alnum(s.p[k]) || ascii_digit(s.p[k]) != (shape[k] == '9'))
			return false;
	return true;
}

static bool is_one_of(struct slice word, const char *list)
{
	struct slice rest = slice_of(list);

	while (rest.n > 0)
		if (slice_eq(word, slice_cut(&rest, ' ')))
			return true;
	return false;
}

static bool ends_in_one_of(struct slice word, const char *list)
{
	struct slice rest = slice_of(list);

	while (rest.n > 0)
		if (slice_iends(word, slice_cut(&rest, ' ')))
			return true;
	return false;
}

/* "12", "221b"; the number of a flat is none. */
static bool is_house(const struct words *w, size_t i)
{
	static const char units[] = "suite ste apt unit floor room box etage bte";
	struct slice s = w->at[i].text;
	size_t n = 0;

	while (n < s.n && ascii_digit(s.p[n]))
		n++;
	return n > 0 && n <= 5 && s.n - n <= 1 && (i == 0 || !is_one_of(w->at[i - 1].text, units));
}

/* A house within reach of word k, before or behind it; -1 when there is none. */
static long house_before(const struct words *w, size_t k)
{
	for (size_t i = k; i > 0 && k - i < REACH; i--)
		if (is_house(w, i - 1))
			return (long)i - 1;
	return -1;
}

static bool house_behind(const struct words *w, size_t k, size_t reach, size_t end)
{
	for (size_t i = k + 1; i <= k + reach && i < end; i++)
		if (is_house(w, i))
			return true;
	return false;
}

/* A word that ends the street of a language which writes the number first. */
static bool ends_street(const struct words *w, size_t k, unsigned kinds)
{
	static const char english[] = "street st avenue ave road rd boulevard blvd drive dr lane ln way court ct place pl parkway "
	    "pkwy highway hwy square sq plaza broadway terrace green close crescent row mews quay circle loop";
	static const char french[] = "rue avenue boulevard quai", also[] = "av bd place chemin allee all\xc3\xa9" "e cours impasse route square";
	struct slice s = w->at[k].text;

	if ((kinds & ENGLISH) != 0)
		return is_one_of(s, english);
	return (kinds & FRENCH) != 0 && (is_one_of(s, french) || (w->at[k].capital && is_one_of(s, also)));
}

/* Where the address begins whose street's word is k; -1 when that is no street. */
static long street_at(const struct words *w, size_t k, size_t end, unsigned kinds)
{
	static const char romance[] = "calle c avenida avda av paseo plaza carrer ronda rua pra\xc3\xa7" "a praca largo travessa estrada";
	static const char german[] = "strasse stra\xc3\x9f" "e str weg platz allee gasse damm ufer markt";
	static const char dutch[] = "straat gracht weg laan plein kade dijk singel dreef steeg";
	const char *endings = (kinds & DUTCH) != 0 ? dutch : german;
	struct slice s = w->at[k].text;
	long house = ends_street(w, k, kinds) ? house_before(w, k) : -1;

	if (house >= 0 || !w->at[k].capital)
		return house;
	if ((kinds & ROMANCE) != 0 && is_one_of(s, romance) && house_behind(w, k, REACH, end))
		return (long)k;
	if ((kinds & (GERMAN | DUTCH)) != 0 && ends_in_one_of(s, endings) && house_behind(w, k, 1, end))
		return (long)k - (k > 0 && is_one_of(s, endings));
	return -1;
}

static bool is_name(const struct words *w, size_t i)
{
	return i < w->count && w->at[i].capital && w->at[i].text.n > 1 && !ascii_digit(w->at[i].text.p[0]);
}

static bool is_state(const struct words *w, size_t i)
{
	static const char states[] = "al ak az ar ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj "
	    "nm nv ny oh ok or pa pr ri sc sd tn tx ut va vt wa wi wv wy";

	return w->at[i].raised == 2 && is_one_of(w->at[i].text, states);
}

static bool is_british(const struct words *w, size_t i)
{
	static const char *const shapes[] = { "a9", "a99", "a9a", "aa9", "aa99", "aa9a" };

	for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++)
		if (looks(w, i, shapes[k]) && w->at[i].capital && looks(w, i + 1, "9aa"))
			return true;
	return false;
}

/* All postcodes have a digit in front, or in front of their second word. */
static bool may_be_postcode(const struct words *w, size_t i)
{
	return octet_is(w->at[i].text.p[0], OCTET_DIGIT) || (i + 1 < w->count && octet_is(w->at[i + 1].text.p[0], OCTET_DIGIT));
}

/* How many words the postcode at i has, its state or town with it; 0 for none. Sets the kinds of street that may precede. */
static size_t postcode_at(const struct words *w, size_t i, unsigned *kinds)
{
	*kinds = ENGLISH;
	if (is_british(w, i) || (is_state(w, i) && looks(w, i + 1, "99999")))
		return 2;
	*kinds = FRENCH | GERMAN | ROMANCE;
	if (looks(w, i, "99999") && is_name(w, i + 1))
		return 2;
	*kinds = ROMANCE;
	if (looks(w, i, "9999") && looks(w, i + 1, "999") && is_name(w, i + 2))
		return 3;
	*kinds = DUTCH;
	if (looks(w, i, "9999") && looks(w, i + 1, "aa") && w->at[i + 1].raised == 2 && is_name(w, i + 2))
		return 3;
	return looks(w, i, "9999aa") && is_name(w, i + 1) ? 2 : 0;
}

static struct slice join(const struct words *w, size_t from, size_t to, struct arena *a)
{
	struct slice text = w->at[from].text;

	for (size_t i = from + 1; i < to; i++)
		text = arena_printf(a, "%.*s %.*s", SLICE_FMT(text), SLICE_FMT(w->at[i].text));
	return slice_sub(text, 0, POSTAL_MAX);
}

struct slice postal_address(struct slice text, struct arena *a)
{
	struct slice footer = text.n > FOOTER ? slice_sub(text, text.n - FOOTER, FOOTER) : text;
	struct words w = { .room = arena_alloc(a, FOOTER) };

	if (w.room == NULL)
		return (struct slice){ 0 };
	split(footer, &w);
	for (size_t i = 1; i < w.count; i++) {
		unsigned kinds;
		size_t n = may_be_postcode(&w, i) ? postcode_at(&w, i, &kinds) : 0;

		for (size_t k = i; n > 0 && k > 0 && i - k < LOOK_BACK; k--) {
			long from = street_at(&w, k - 1, i, kinds);

			if (from >= 0)
				return join(&w, (size_t)from, i + n, a);
		}
	}
	return (struct slice){ 0 };
}
