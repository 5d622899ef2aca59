/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

/* The shipped phrases on whole mails; each of them has examples of its own besides, which lint runs. */

static int shipped_open(void **state)
{
	char text[8192], *shipped = realpath(source("policies/confirmations.yaml"), NULL);
	struct scene *s;
	struct err e = { 0 };

	scene_open(state);
	s = *state;
	policy_free(s->policy);
	snprintf(text, sizeof text, "%sconfirmations: %s\n", scene_policy, shipped == NULL ? "" : shipped);
	free(shipped);
	assert_ok(policy_compile(file_make(s->dir, "p.yaml", text), &s->policy, &e), e);
	return 0;
}

#define SHIPPED(test) cmocka_unit_test_setup_teardown(test, shipped_open, scene_close)

struct row {
	const char *subject, *body, *kind, *document;
};

static void check(void **state, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char headers[400];
		struct letter l = { .headers = headers, .body = rows[i].body };
		struct observed *o;

		snprintf(headers, sizeof headers, "Subject: %s\n", rows[i].subject);
		o = observe(*state, &l);
		if (!fact_reads(o, FACT_CONFIRMATION_KIND, rows[i].kind))
			fail_msg("\"%s\" is \"%.*s\"", rows[i].subject, SLICE_FMT(o->facts.at[FACT_CONFIRMATION_KIND].text));
		if (!fact_reads(o, FACT_CONFIRMATION_DOCUMENT, rows[i].document))
			fail_msg("\"%s\" names \"%.*s\"", rows[i].subject, SLICE_FMT(o->facts.at[FACT_CONFIRMATION_DOCUMENT].text));
		if ((finding_of(o, "confirmation") != NULL) != (rows[i].kind != NULL))
			fail_msg("\"%s\": finding", rows[i].subject);
	}
}

static void subscriptions_of_every_language(void **state)
{
	static const struct row rows[] = {
		{ "Please confirm your subscription", NULL, "subscription", NULL },
		{ "Please confirm your email", NULL, "subscription", NULL },
		{ "You are subscribed to Garden Notes", NULL, "subscription", NULL },
		{ "Welcome to the Garden Notes newsletter", NULL, "subscription", NULL },
		{ "Bitte bestätigen Sie Ihre Anmeldung", NULL, "subscription", NULL },
		{ "Bitte bestätigen Sie Ihre Newsletter-Anmeldung", NULL, "subscription", NULL },
		{ "Confirmez votre inscription", NULL, "subscription", NULL },
		{ "Confirma tu suscripción", NULL, "subscription", NULL },
		{ "Confirme a sua inscrição", NULL, "subscription", NULL },
		{ "Confirme a sua assinatura", NULL, "subscription", NULL },
		{ "Bevestig je inschrijving", NULL, "subscription", NULL },
		{ "Bevestig uw aanmelding", NULL, "subscription", NULL },
		{ "=?utf-8?Q?Bitte_best=C3=A4tigen_Sie_Ihre_Anmeldung?=", NULL, "subscription", NULL },
		{ "Garden Notes", "Hello Ann,\r\nyou are now subscribed to Garden Notes.\r\n", "subscription", NULL },
		{ "Nur noch ein Klick", "Guten Tag,\r\nbitte best\xC3\xA4tigen Sie\r\nIhre Anmeldung.\r\n", "subscription", NULL },
	};

	check(state, rows, COUNT(rows));
}

static void documents_of_every_language(void **state)
{
	static const struct row rows[] = {
		{ "Your copy of The State of Outbound 2026", NULL, "document", "The State of Outbound 2026" },
		{ "Your copy of \"The State of Outbound 2026\" is ready", NULL, "document", "The State of Outbound 2026" },
		{ "Your download", NULL, "document", NULL },
		{ "Here is the white paper you requested", NULL, "document", NULL },
		{ "Thank you for downloading Selling Less!", NULL, "document", "Selling Less" },
		{ "Thank you for registering for our webinar \xE2\x80\x9CSelling Less\xE2\x80\x9D", NULL, "document", "Selling Less" },
		{ "Your registration for the webinar Selling Less", NULL, "document", "Selling Less" },
		{ "Thank you for registering for our webinar", NULL, "document", NULL },
		{ "Thank you for downloading our guide", NULL, "document", NULL },
		{ "You're registered!", NULL, "document", NULL },
		{ "Ihr Whitepaper", NULL, "document", NULL },
		{ "Ihr Download: Weniger verkaufen", NULL, "document", "Weniger verkaufen" },
		{ "Danke für Ihre Anmeldung zum Webinar", NULL, "document", NULL },
		{ "Ihr Whitepaper \xE2\x80\x9EWeniger verkaufen\xE2\x80\x9C", NULL, "document", "Weniger verkaufen" },
		{ "Votre livre blanc", NULL, "document", NULL },
		{ "Votre téléchargement : \xC2\xAB Vendre moins \xC2\xBB", NULL, "document", "Vendre moins" },
		{ "Su guía", NULL, "document", NULL },
		{ "Su descarga: Vender menos", NULL, "document", "Vender menos" },
		{ "O seu e-book", NULL, "document", NULL },
		{ "O seu download: Vender menos", NULL, "document", "Vender menos" },
		{ "Uw whitepaper", NULL, "document", NULL },
		{ "Je download: Minder verkopen", NULL, "document", "Minder verkopen" },
		{ "Hello Ann", "Thank you for downloading our guide.\r\n", "document", NULL },
		{ "Selling Less", "Vielen Dank f\xC3\xBCr Ihre Anmeldung zu unserem Webinar.\r\n", "document", NULL },
	};

	check(state, rows, COUNT(rows));
}

static void what_only_reads_alike_is_none(void **state)
{
	static const struct row rows[] = {
		{ "Your order: thank you for downloading Example", NULL, NULL, NULL },
		{ "Order", "Thank you for downloading Example. Your receipt is attached.\r\n", NULL, NULL },
		{ "Your order processing", "We could make it cheaper.\r\n", NULL, NULL },
		{ "Accepted: Webinar planning", "Your registration for the webinar\r\n", NULL, NULL },
		{ "Einladung: Webinar", "Danke f\xC3\xBCr Ihre Anmeldung zum Webinar\r\n", NULL, NULL },
		{ "The domain", "Thanks for registering the domain, I will set up the name servers.\r\n", NULL, NULL },
		{ "Thanks for registering the domain", NULL, NULL, NULL },
		{ "Minutes of Monday", "Hi Ann, here is the report for Monday.\r\n", NULL, NULL },
		{ "A question", "Did you get your copy of the minutes? I can send you the guide.\r\n", NULL, NULL },
		{ "Weekly news", "You receive this mail because you are subscribed to Garden Notes.\r\n", NULL, NULL },
		{ "Ihr Termin", "Bitte best\xC3\xA4tigen Sie den Termin.\r\n", NULL, NULL },
		{ "Neue Anmeldung", "Bitte best\xC3\xA4tigen Sie Ihre Anmeldung an einem neuen Ger\xC3\xA4t.\r\n", NULL, NULL },
		{ "Votre rendez-vous", "Merci pour votre r\xC3\xA9ponse.\r\n", NULL, NULL },
		{ "Su cita", "Gracias por su respuesta.\r\n", NULL, NULL },
		{ "O seu voo", "Obrigado por responder.\r\n", NULL, NULL },
		{ "Uw afspraak", "Bedankt voor uw antwoord.\r\n", NULL, NULL },
		{ "Re: Your copy of The State of Outbound 2026", NULL, NULL, NULL },
		{ "AW: Ihr Whitepaper", "Danke!\r\n", NULL, NULL },
		{ "Fwd: Please confirm your subscription", NULL, NULL, NULL },
		{ "", "Hi\r\n", NULL, NULL },
	};

	check(state, rows, COUNT(rows));
}

static void receipts_are_known_by_their_subject(void **state)
{
	static const struct row rows[] = {
		{ "Your order confirmation", "Thank you for your order.\r\n", "receipt", NULL },
		{ "Reset your password", "Please confirm your email address to reset your password.\r\n", "receipt", NULL },
		{ "Votre facture du mois", NULL, "receipt", NULL },
		{ "Order 4711", NULL, "receipt", NULL },
		{ "Re: Your order confirmation", NULL, NULL, NULL },
		{ "A question", "Your order confirmation is attached.\r\n", NULL, NULL },
	};

	check(state, rows, COUNT(rows));
}

static void the_name_is_short_and_tidy(void **state)
{
	static const struct row rows[] = {
		{ "Your copy of: - ", NULL, NULL, NULL },
		{ "Your copy of Tea (2026)", NULL, "document", "Tea (2026)" },
		{ "Your copy of Tea...", NULL, "document", "Tea" },
		{ "Your copy of Tea | Example Ltd", NULL, "document", "Tea" },
		{ "Your copy of 12345678 12345678 12345678 12345678 12345678 12345678", NULL, "document",
		  "12345678 12345678 12345678 12345678 12345678 123" },
		{ "Your copy of xääääääääääääääääääääääääääää", NULL, "document", "xäääääääääääääääääääääää" },
		{ "Your download \"\"", NULL, "document", NULL },
		{ "Your download \"unclosed", NULL, "document", NULL },
	};

	check(state, rows, COUNT(rows));
}

static void a_policy_without_phrases_finds_none(void **state)
{
	static const struct letter l = { .headers = "Subject: Please confirm your subscription\n" };

	assert_true(fact_reads(observe(*state, &l), FACT_CONFIRMATION_KIND, NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SHIPPED(subscriptions_of_every_language),
		SHIPPED(documents_of_every_language),
		SHIPPED(what_only_reads_alike_is_none),
		SHIPPED(receipts_are_known_by_their_subject),
		SHIPPED(the_name_is_short_and_tidy),
		IN_SCENE(a_policy_without_phrases_finds_none),
	};

	return cmocka_run_group_tests_name("confirmation", tests, NULL, NULL);
}
