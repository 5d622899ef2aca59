/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/letter.h"

#include <string.h>

#include "antisales/mail/octet.h"

enum {
	GREETING_BYTES_MAX = 64,
	GREETING_WORDS_MAX = 6,
	CLOSING_WORDS_MAX = 12,         /* "Best regards, Ann Lee, Head of Sales, Example Ltd" */
	BARE_WORDS_MAX = 4,             /* "Best regards Ann Lee" */
	RULE_MIN = 5,
	OPTOUT_BYTES_MAX = 400
};

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define WORDS(s) { s, sizeof s - 1 }

/* The longest that fits is what counts, so their order is free. */
static const struct slice greetings[] = {
	WORDS("hi"), WORDS("hello"), WORDS("hey"), WORDS("dear"), WORDS("greetings"), WORDS("good morning"),
	WORDS("good afternoon"), WORDS("good evening"), WORDS("good day"), WORDS("hallo"), WORDS("liebe"),
	WORDS("lieber"), WORDS("guten tag"), WORDS("guten morgen"), WORDS("sehr geehrte"),
	WORDS("sehr geehrter"), WORDS("moin"), WORDS("bonjour"), WORDS("bonsoir"), WORDS("cher"),
	WORDS("ch\xC3\xA8re"), WORDS("salut"), WORDS("hola"), WORDS("buenos d\xC3\xAD" "as"),
	WORDS("buenas tardes"), WORDS("estimado"), WORDS("estimada"), WORDS("ol\xC3\xA1"), WORDS("ola"),
	WORDS("oi"), WORDS("bom dia"), WORDS("boa tarde"), WORDS("prezado"), WORDS("prezada"), WORDS("caro"),
	WORDS("cara"), WORDS("beste"), WORDS("geachte"), WORDS("hoi"), WORDS("goedemorgen"),
	WORDS("goedemiddag"), WORDS("goedendag"),
};

static const struct slice closings[] = {
	WORDS("best"), WORDS("best regards"), WORDS("best wishes"), WORDS("kind regards"),
	WORDS("kindest regards"), WORDS("warm regards"), WORDS("warmest regards"), WORDS("warmly"),
	WORDS("regards"), WORDS("with regards"), WORDS("with best regards"), WORDS("with kind regards"),
	WORDS("many thanks"), WORDS("thanks"), WORDS("thank you"), WORDS("thanks and regards"),
	WORDS("thanks & regards"), WORDS("thanks in advance"), WORDS("cheers"), WORDS("sincerely"),
	WORDS("sincerely yours"), WORDS("yours"), WORDS("yours sincerely"), WORDS("yours truly"),
	WORDS("yours faithfully"), WORDS("all the best"), WORDS("talk soon"), WORDS("respectfully"),
	WORDS("mit freundlichen gr\xC3\xBC\xC3\x9F" "en"), WORDS("mit freundlichen gruessen"),
	WORDS("mit freundlichen gr\xC3\xBCssen"), WORDS("mit freundlichem gru\xC3\x9F"),
	WORDS("mit besten gr\xC3\xBC\xC3\x9F" "en"), WORDS("mit besten gr\xC3\xBCssen"),
	WORDS("mit herzlichen gr\xC3\xBC\xC3\x9F" "en"), WORDS("viele gr\xC3\xBC\xC3\x9F" "e"),
	WORDS("beste gr\xC3\xBC\xC3\x9F" "e"), WORDS("liebe gr\xC3\xBC\xC3\x9F" "e"),
	WORDS("sch\xC3\xB6ne gr\xC3\xBC\xC3\x9F" "e"), WORDS("herzliche gr\xC3\xBC\xC3\x9F" "e"),
	WORDS("freundliche gr\xC3\xBC\xC3\x9F" "e"), WORDS("freundliche gr\xC3\xBCsse"), WORDS("gru\xC3\x9F"),
	WORDS("mfg"), WORDS("vg"), WORDS("lg"), WORDS("cordialement"), WORDS("bien cordialement"),
	WORDS("tr\xC3\xA8s cordialement"), WORDS("bien \xC3\xA0 vous"), WORDS("sinc\xC3\xA8rement"),
	WORDS("\xC3\xA0 bient\xC3\xB4t"), WORDS("bien \xC3\xA0 toi"), WORDS("saludos"), WORDS("un saludo"),
	WORDS("saludos cordiales"), WORDS("un cordial saludo"), WORDS("atentamente"), WORDS("cordialmente"),
	WORDS("gracias"), WORDS("atenciosamente"), WORDS("cumprimentos"), WORDS("os melhores cumprimentos"),
	WORDS("com os melhores cumprimentos"), WORDS("abra\xC3\xA7os"), WORDS("um abra\xC3\xA7o"),
	WORDS("abs"), WORDS("obrigado"), WORDS("obrigada"), WORDS("met vriendelijke groet"),
	WORDS("met vriendelijke groeten"), WORDS("vriendelijke groet"), WORDS("vriendelijke groeten"),
	WORDS("hartelijke groet"), WORDS("hartelijke groeten"), WORDS("groet"), WORDS("groeten"),
	WORDS("groetjes"), WORDS("mvg"), WORDS("pozdrawiam"), WORDS("pozdrawiam serdecznie"),
	WORDS("z powa\xC5\xBC" "aniem"), WORDS("pozdravy"), WORDS("s pozdravem"), WORDS("cordiali saluti"),
	WORDS("distinti saluti"), WORDS("med venlig hilsen"), WORDS("med v\xC3\xA4nliga h\xC3\xA4lsningar"),
};

static const struct slice optouts[] = {
	WORDS("unsubscribe"), WORDS("opt out"), WORDS("opt-out"), WORDS("stop receiving"),
	WORDS("future emails"), WORDS("abmelden"), WORDS("abbestellen"), WORDS("austragen"),
	WORDS("d\xC3\xA9sabonner"), WORDS("d\xC3\xA9sinscrire"), WORDS("d\xC3\xA9sabonnement"),
	WORDS("d\xC3\xA9sinscription"), WORDS("de baja"), WORDS("cancelar la suscripci"), WORDS("descadastr"),
	WORDS("cancelar a inscri"), WORDS("cancelar a assinatura"), WORDS("n\xC3\xA3o deseja receber"),
	WORDS("afmelden"), WORDS("uitschrijven"),
};

/* Whether the word or words end where the line goes on with something else, or ends. */
static bool is_end(struct slice line, size_t at)
{
	return at == line.n || (!octet_alnum(line.p[at]) && (unsigned char)line.p[at] < 0x80);
}

static size_t longest(struct slice line, const struct slice *words, size_t n)
{
	size_t best = 0;

	for (size_t i = 0; line.n > 0 && i < n; i++)
		if (words[i].n > best && octet_lower(line.p[0]) == words[i].p[0] && slice_istarts(line, words[i])
		    && is_end(line, words[i].n))
			best = words[i].n;
	return best;
}

static size_t count_blanks(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == ' ';
	return n;
}

size_t letter_greeting(struct slice line)
{
	return longest(line, greetings, COUNT(greetings));
}

struct slice letter_after_greeting(struct slice line)
{
	size_t end = letter_greeting(line);

	if (end == 0)
		return line;
	while (end < line.n && end < GREETING_BYTES_MAX && strchr(",!:.", line.p[end]) == NULL)
		end++;
	if (end == GREETING_BYTES_MAX || count_blanks(slice_sub(line, 0, end)) >= GREETING_WORDS_MAX)
		return line;
	while (end < line.n && !octet_alnum(line.p[end]) && (unsigned char)line.p[end] < 0x80)
		end++;
	return slice_sub(line, end, line.n);
}

static bool is_rule(struct slice line)
{
	for (size_t i = 1; i < line.n; i++)
		if (line.p[i] != line.p[0])
			return false;
	return (line.n >= RULE_MIN || slice_eq(line, SLICE("--"))) && octet_is(line.p[0], OCTET_WORD) && !octet_alnum(line.p[0]);
}

/* "Thanks for the offer you made" closes nothing, "Thanks, Ann" and "Best regards Ann Lee" do. */
bool letter_closes(struct slice line)
{
	size_t n = longest(line, closings, COUNT(closings)), more;

	if (n == 0)
		return is_rule(line);
	more = count_blanks(slice_sub(line, n, line.n));
	return n == line.n || more < (line.p[n] == ' ' ? BARE_WORDS_MAX : CLOSING_WORDS_MAX);
}

static bool starts_with_optout(struct slice s)
{
	char first = octet_lower(s.p[0]);

	for (size_t i = 0; i < COUNT(optouts); i++)
		if (first == optouts[i].p[0] && slice_istarts(s, optouts[i]))
			return true;
	return false;
}

/* Looks at the beginnings of words only, since it is asked of every line. */
bool letter_is_optout(struct slice line)
{
	bool begins = true;

	for (size_t i = 0; line.n <= OPTOUT_BYTES_MAX && i < line.n; i++) {
		if (begins && starts_with_optout(slice_sub(line, i, line.n)))
			return true;
		begins = !octet_alpha(line.p[i]);
	}
	return false;
}
