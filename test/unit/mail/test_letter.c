/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/letter.h"

static void greetings_end_with_the_name(void **state)
{
	static const struct {
		const char *line;
		size_t greeting;
		const char *rest;
	} rows[] = {
		{ "Hi Ann,", 2, "" }, { "hi", 2, "" }, { "Hello!", 5, "" }, { "HELLO ANN", 5, "" },
		{ "Hi Ann, how are you?", 2, "how are you?" }, { "Good morning Ann - all well?", 12, "" },
		{ "Dear Sir or Madam:", 4, "" }, { "Hi-Nice to meet you!!", 2, "" },
		{ "Guten Tag Frau Muster,", 9, "" }, { "Sehr geehrter Herr Muster,", 13, "" }, { "Bonjour Anne,", 7, "" },
		{ "Estimada Ana:", 8, "" }, { "Prezado Jo\xC3\xA3o,", 7, "" }, { "Beste Anna,", 5, "" },
		/* near misses */
		{ "His name is Ann", 0, "His name is Ann" }, { "Highly recommended", 0, "Highly recommended" }, { "", 0, "" },
		{ "Hi\xC3\xA9", 0, "Hi\xC3\xA9" },
		{ "Hi to everybody who reads this very long line of words", 2, "Hi to everybody who reads this very long line of words" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(letter_greeting(slice_of(rows[i].line)), rows[i].greeting);
		EXPECT(i, "rest", letter_after_greeting(slice_of(rows[i].line)), slice_of(rows[i].rest));
	}
}

static void a_closing_is_short(void **state)
{
	static const char *const yes[] = { "Best,", "Best regards", "Best regards Ann Lee", "Kind regards, Ann Lee, Head of Sales, Sender Labs",
		"Thanks!", "Thanks, Ann", "--", "_____________", "-----", "Mit freundlichen Gr\xC3\xBC\xC3\x9F" "en", "Viele Gr\xC3\xBC\xC3\x9F" "e, Ann",
		"Cordialement", "Saludos,", "Met vriendelijke groet,", "Atenciosamente,", "BEST REGARDS" };
	static const char *const no[] = { "", "Best practices for growing teams of all sizes", "Thanks for the offer you made last week",
		"Bestellung", "-", "---x---", "aaaaaaa", "We send our regards",
		"Thanks, and I look forward to hearing from you about this very soon, or rather as soon as you can" };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		if (!letter_closes(slice_of(yes[i])))
			fail_msg("\"%s\" closes", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		if (letter_closes(slice_of(no[i])))
			fail_msg("\"%s\" does not close", no[i]);
}

static void an_optout_is_a_line_with_its_word(void **state)
{
	static const char *const yes[] = { "Unsubscribe", "Click here to unsubscribe.", "To opt-out, answer with stop", "Newsletter abbestellen",
		"Pour vous d\xC3\xA9sabonner, cliquez ici", "Darse de baja", "Clique para descadastrar-se", "Afmelden" };
	static const char *const no[] = { "", "We subscribe to that view", "The adoption of it", "Abmeldung" };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		if (!letter_is_optout(slice_of(yes[i])))
			fail_msg("\"%s\" is one", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		if (letter_is_optout(slice_of(no[i])))
			fail_msg("\"%s\" is none", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greetings_end_with_the_name),
		cmocka_unit_test(a_closing_is_short),
		cmocka_unit_test(an_optout_is_a_line_with_its_word),
	};

	return cmocka_run_group_tests_name("letter", tests, NULL, NULL);
}
