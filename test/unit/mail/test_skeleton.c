/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/skeleton.h"

enum { ARENA_MAX = 64 << 20, CHANCES = 400 };

static const char pitch[] =
	"Hi Ann,\n"
	"I noticed that Example Works is hiring four developers in Bristol, so I guess your calendar is full.\n"
	"We help teams like yours to find the people who decide, without any manual research, and to reach them before\n"
	"the others do. Our customers book 30% more meetings within the first 90 days.\n"
	"Would you be open to a short call next Tuesday? You can pick a time at https://calls.example/bob or just answer.\n"
	"Best regards,\n"
	"Bob Miller\n"
	"Account Executive, Sender Labs\n"
	"+44 20 7946 0000\n"
	"If this is not for you, unsubscribe here.\n";

static struct skeleton skeleton(const char *text, const char *names)
{
	struct slice list[8], rest = slice_of(names);
	struct skeleton_in in = { .text = slice_of(text), .names = list };
	struct arena a;
	struct skeleton s;

	while (rest.n > 0)
		list[in.names_count++] = slice_cut(&rest, ';');
	arena_init(&a, 16384, ARENA_MAX);
	s = skeleton_of(&in, &a);
	arena_done(&a);
	return s;
}

static bool meet(const struct skeleton *a, const struct skeleton *b)
{
	for (size_t i = 0; a->present && b->present && i < SKELETON_BANDS; i++)
		if (a->bands[i] == b->bands[i])
			return true;
	return false;
}

static const struct {
	const char *name, *text, *names;
} copies[] = {
	{ "names, firm, numbers, day and link",
	  "Hi Carla,\n"
	  "I noticed that Sample Foods is hiring two developers in Leeds, so I guess your calendar is full.\n"
	  "We help teams like yours to find the people who decide, without any manual research, and to reach them before\n"
	  "the others do. Our customers book 45% more meetings within the first 60 days.\n"
	  "Would you be open to a short call next Friday? You can pick a time at https://meet.example/eve?x=1 or just answer.\n"
	  "Best regards,\nEve Stone\nHead of Growth, Try Sender\n", "carla;eve.stone" },
	{ "wrapped elsewhere, other greeting, signature and footer",
	  "Dear Dr. Lopez,\nI noticed that Test is hiring\nsix developers in New York, so I guess\nyour calendar is full. We help teams like yours to\n"
	  "find the people who decide, without any\nmanual research, and to reach them before the others do.\nOur customers book 30% more meetings within the first\n"
	  "90 days. Would you be open to a short call next\nMonday? You can pick a time at www.calls.example or just answer.\n"
	  "Cheers\nMallory\nSender GmbH, Musterweg 1, 10115 Berlin\nThe content of this mail is confidential and for its recipient alone.\n", "" },
	{ "a name at the beginning of sentences",
	  "Ann,\nAnn, I noticed that Example Works is hiring four developers in Bristol, so I guess your calendar is full.\n"
	  "We help teams like yours to find the people who decide, without any manual research, and to reach them before "
	  "the others do. Our customers book 30% more meetings within the first 90 days. "
	  "Ann, would you be open to a short call next Tuesday? You can pick a time at calls.example or just answer.\n-- \nBob\n", "Ann Lee;b.miller" },
	{ "other letters that look the same, zero width, capitals of a sentence",
	  "Hello!\n"
	  "I noti\xE2\x80\x8B" "ced that X is hiring four developers in Bristol, so I guess your calen\xC2\xAD" "dar is full.\n"
	  "We help teams like yours to \xEF\xBD\x86\xEF\xBD\x89\xEF\xBD\x8E\xEF\xBD\x84 the people who decide, without any manual research, and to reach them before\n"
	  "the others do. Our customers book more meetings within the first days.\n"
	  "Would you be open to a short call next week? You can pick a time at {{calendar_link}} or just answer.\n", "" },
};

static void copies_of_a_pitch_meet(void **state)
{
	struct skeleton first = skeleton(pitch, "Ann Lee;bob.miller;sender-labs");

	(void)state;
	assert_true(first.present);
	for (size_t i = 0; i < COUNT(copies); i++) {
		struct skeleton s = skeleton(copies[i].text, copies[i].names);

		if (!meet(&first, &s))
			fail_msg("\"%s\" does not meet: %zu and %zu words", copies[i].name, first.words, s.words);
	}
}

/* A template in each language, # being the name, the firm and the signature. */
static const char *const templates[] = {
	"Hallo #,\nich habe gesehen, dass # gerade neue Mitarbeiter sucht, und wollte deshalb kurz fragen, wie ihr heute eure Termine "
	"vereinbart. Wir nehmen euch genau das ab, ohne dass ihr dafür etwas umstellen müsst. Hättest du nächste Woche kurz Zeit, "
	"damit ich dir zeigen kann, wie das bei anderen läuft?\nMit freundlichen Grüßen\n#\n",
	"Bonjour #,\nj'ai vu que # cherche de nouveaux clients et je me demandais comment vous trouvez aujourd'hui les personnes "
	"qui décident. Nous le faisons pour vous, sans rien changer à vos outils, et vous ne payez que ce qui marche. Auriez-vous "
	"un quart d'heure la semaine prochaine pour en parler ensemble ?\nBien cordialement,\n#\n",
	"Hola #,\nhe visto que # está creciendo y quería preguntar cómo encontráis hoy a las personas que deciden. Nosotros lo hacemos "
	"por vosotros, sin cambiar nada de lo que ya usáis, y solo se paga lo que funciona. ¿Tendrías un cuarto de hora la semana "
	"que viene para hablarlo?\nUn saludo\n#\n",
	"Olá #,\nvi que a # está a crescer e queria perguntar como encontram hoje as pessoas que decidem. Nós fazemos isso por vocês, "
	"sem mudar nada do que já usam, e só se paga o que funciona. Teria um quarto de hora na próxima semana para falarmos sobre "
	"isso?\nAtenciosamente,\n#\n",
	"Beste #,\nik zag dat # nieuwe mensen zoekt en vroeg me af hoe jullie vandaag de mensen vinden die beslissen. Wij doen dat voor "
	"jullie, zonder iets te veranderen aan wat jullie al gebruiken, en je betaalt alleen voor wat werkt. Heb je volgende week "
	"een kwartier om er over te praten?\nMet vriendelijke groet,\n#\n",
};

static struct skeleton filled(const char *template, const char *const *slots)
{
	struct skeleton s;
	struct buf text;

	buf_init(&text, 4096);
	for (; *template != '\0'; template++)
		if (*template == '#')
			buf_adds(&text, *slots++);
		else
			buf_addc(&text, *template);
	s = skeleton(buf_cstr(&text), "");
	buf_done(&text);
	return s;
}

static void every_language_has_its_greetings_and_closings(void **state)
{
	static const char *const bob[] = { "Ann", "Example", "Bob Miller\nSender Labs" };
	static const char *const eve[] = { "Carla Lopez", "Sample Foods", "Eve\nvertrieb verkauf angebot ventas ventes verkoop vendas" };

	(void)state;
	for (size_t i = 0; i < COUNT(templates); i++) {
		struct skeleton a = filled(templates[i], bob), b = filled(templates[i], eve);

		if (!a.present || a.words != b.words || skeleton_id(&a) != skeleton_id(&b))
			fail_msg("row %zu: %zu and %zu words", i, a.words, b.words);
		for (size_t k = 0; k < i; k++) {
			b = filled(templates[k], bob);
			assert_false(meet(&a, &b));
		}
	}
}

static const struct {
	const char *name, *text;
} others[] = {
	{ "a reply, its quotes already left out",
	  "Hello Bob,\nthank you for writing, but we have looked at this kind of service twice before and it never was worth the\n"
	  "money, so please do not call me on Tuesday either. Should that change one day I will get in touch with you.\nAnn\n" },
	{ "another pitch",
	  "Hi Ann,\nI came across your site and saw that it could load a lot faster. Slow pages cost you visitors every day, and\n"
	  "that is what we fix for shops like yours. May I send you a free report that shows what I found so far?\n"
	  "Best regards,\nBob Miller\n" },
	{ "the same subject in other words",
	  "Hi Ann,\nSaw the job ads. With four new people to train there is surely no time left for looking up whom to talk to.\n"
	  "That is the part we take over: a list of those who sign, every Monday, checked by hand. Shall we talk for ten\n"
	  "minutes, or is somebody else the right person to ask about it?\nBob\n" },
	{ "too short", "Hi Ann,\njust checking whether you had a chance to look at my last message?\nBest,\nBob\n" },
	{ "nothing but what is taken out", "Hi Ann,\n1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\nwww.example.com a@example.com\nBest,\n"
	  "one two three four five six seven eight nine ten eleven twelve one two three four five six seven eight nine\n" },
	{ "empty", "" },
};

static void other_mail_does_not_meet_it(void **state)
{
	struct skeleton first = skeleton(pitch, "Ann Lee;bob.miller");

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct skeleton s = skeleton(others[i].text, "Ann Lee;bob.miller");

		if (meet(&first, &s) || s.present != (i < 3))
			fail_msg("\"%s\": %zu words", others[i].name, s.words);
	}
}

static void a_text_told_twice_counts_once(void **state)
{
	struct skeleton once = skeleton(pitch, "bob miller"), twice;
	char text[sizeof pitch * 2];

	(void)state;
	snprintf(text, sizeof text, "%s%s", pitch, pitch);
	twice = skeleton(text, "bob miller");
	assert_int_equal(once.words, twice.words);
	assert_true(skeleton_id(&once) == skeleton_id(&twice));
}

/* Words of four letters, made up; every one of them is another with the chance of one in `change`. */
static struct slice made_up(struct buf *out, uint64_t seed, uint64_t *chance, uint64_t change)
{
	buf_clear(out);
	for (size_t i = 0; i < 120; i++) {
		uint64_t word = noise(&seed);

		if (change > 0 && noise(chance) % change == 0)
			word = noise(chance);
		for (size_t k = 0; k < 4; k++, word >>= 5)
			buf_addc(out, (char)('a' + word % 26));
		buf_addc(out, i % 12 == 11 ? '\n' : ' ');
	}
	return buf_slice(out);
}

static double share_that_meets(uint64_t change)
{
	uint64_t chance = 7;
	size_t met = 0;
	struct buf text;

	buf_init(&text, 4096);
	for (uint64_t i = 1; i <= CHANCES; i++) {
		struct skeleton a, b;

		made_up(&text, i * 7919, &chance, 0);
		a = skeleton(buf_cstr(&text), "");
		made_up(&text, i * 7919, &chance, change);
		b = skeleton(buf_cstr(&text), "");
		met += meet(&a, &b);
	}
	buf_done(&text);
	return (double)met / CHANCES;
}

/* One word in n lies in three runs, so the similarity is (n - 3) / (n + 3) and the rest follows. */
static void few_changed_words_do_not_hide_a_template(void **state)
{
	(void)state;
	assert_true(share_that_meets(100) > 0.98);
	assert_true(share_that_meets(50) > 0.95);
	assert_true(share_that_meets(20) > 0.70);
	assert_true(share_that_meets(2) < 0.02);
}

static void a_cut_anywhere_is_no_accident(void **state)
{
	size_t last = 0;

	(void)state;
	for (size_t n = 0; n <= strlen(copies[3].text); n++) {
		struct skeleton_in in = { .text = { copies[3].text, n } };
		struct skeleton s;
		struct arena a;

		/* its own memory, so that a sanitizer sees who reads beyond the end */
		in.text.p = n == 0 ? "" : memcpy(malloc(n), copies[3].text, n);
		arena_init(&a, 4096, ARENA_MAX);
		s = skeleton_of(&in, &a);
		assert_true(s.words + 3 >= last);
		assert_true(s.present == (s.words >= SKELETON_WORDS_MIN));
		last = s.words;
		arena_done(&a);
		if (n > 0)
			free((char *)in.text.p);
	}
}

static void hostile_texts_are_bounded(void **state)
{
	static const char *const pieces[] = { "a", "a\n", "a ", "A ", "\xC3\xA9", "\xFF", "\xC3", "\xEF\xB7\xBA ", "{{a ", "[[", "%a%", "Hi ",
		"-- \n", "Best,\n", "unsubscribe ", "unsubscrib\n", "a.b", "\xF0\x9D\x90\xAC", "\xCC\x88", "\"", "\xE2\x80\x8B", "1" };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		double begun = cpu_seconds();
		struct skeleton s;
		struct buf text;

		buf_init(&text, 1 << 20);
		repeat(&text, pieces[i], (256 * 1024) / strlen(pieces[i]));
		s = skeleton(buf_cstr(&text), "a;hi;b");
		if (s.words > 2000 || cpu_seconds() - begun > 1)
			fail_msg("row %zu: %zu words, %.3f seconds", i, s.words, cpu_seconds() - begun);
		buf_done(&text);
	}
}

static void soup_is_no_accident(void **state)
{
	static const char *const vocabulary[] = { "Hi ", "Ann", ",", "\n", " ", "we ", "help ", "{{", "}}", "[", "]", "-- \n", "Best regards,\n",
		"unsubscribe", "@", "://", "\xC3\xBC", "\xC3", "\xE2\x80\x8B", "\xEF\xB7\xBA", ".", "0", "word ", "\xF0\x9D\x90\xAC" };
	uint64_t seed = 3;

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		struct skeleton s;
		struct buf text, names;

		buf_init(&text, 1 << 18);
		buf_init(&names, 1 << 10);
		soup(&seed, &text, vocabulary, COUNT(vocabulary), 1 + noise(&seed) % 5000);
		soup(&seed, &names, vocabulary, COUNT(vocabulary) / 2, 40);
		for (size_t k = 0; k < names.n; k++)
			names.p[k] = names.p[k] == ';' ? ' ' : names.p[k];
		s = skeleton(buf_cstr(&text), buf_cstr(&names));
		assert_true(s.words <= 2000);
		buf_done(&names);
		buf_done(&text);
	}
}

static void without_memory_there_is_none(void **state)
{
	struct arena a;

	(void)state;
	for (size_t limit = 0; limit < 8192; limit += 64) {
		struct skeleton s;

		arena_init(&a, 64, limit);
		s = skeleton_of(&(struct skeleton_in){ .text = slice_of(pitch) }, &a);
		assert_true(s.present || s.words == 0);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_of_a_pitch_meet),
		cmocka_unit_test(every_language_has_its_greetings_and_closings),
		cmocka_unit_test(other_mail_does_not_meet_it),
		cmocka_unit_test(a_text_told_twice_counts_once),
		cmocka_unit_test(few_changed_words_do_not_hide_a_template),
		cmocka_unit_test(a_cut_anywhere_is_no_accident),
		cmocka_unit_test(hostile_texts_are_bounded),
		cmocka_unit_test(soup_is_no_accident),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests_name("skeleton", tests, NULL, NULL);
}
