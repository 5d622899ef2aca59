/* SPDX-License-Identifier: BSD-3-Clause */
#include "dossier.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli.h"

static const char usage[] =
    "Usage: antisales dossier NAME [--person ADDRESS].. [--journal FILE].. [OPTION]..\n"
    "Tells what an organisation did, with all that proves it, from store and journal.\n"
    "A name is a domain, platform:account, or a mail address.\n\n"
    "  --person ADDRESS  what it did to this one of you, may repeat; others never appear\n"
    "  --format FORMAT   text (default), html, json, arf: an abuse report (RFC 5965) to send,\n"
    "                    or letter: a draft for that person to send\n"
    "  --mail FILE       arf: the mail that is reported, - for standard input\n"
    "  --client ADDRESS  arf: the IP address that it came from\n"
    "  --journal FILE    instead of the configuration's journal, may repeat: rotated files\n"
    "                    first\n"
    "  --language WORD   letter: en (default), de, or another in policies/letters\n"
    "  --config FILE     the daemon's configuration\n"
    "  --policy FILE     the policy, if not the configuration's\n"
    "  --store URL       the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME         as of then\n"
    "  --json            the same as --format json\n"
    "  --help            this text\n\n"
    "Exit status: 0 told, 66 nothing is remembered of that name, or a file cannot be read.\n";

/* How to tell it. */
struct format {
	const char *name;
	int (*tell)(struct dossier *d);
	bool reports;                   /* a mail, so that nothing else need be known */
	bool writes;                    /* for one person */
};
static const struct format formats[] = {
	{ "text", dossier_text, false, false }, { "html", dossier_html, false, false }, { "json", dossier_json, false, false },
	{ "arf", dossier_arf, true, false }, { "letter", dossier_letter, false, true },
};
enum { FORMATS = sizeof formats / sizeof formats[0], FORMAT_TEXT = 0, FORMAT_JSON = 2 };

struct dossier_cli {
	struct dossier dossier;
	const struct format *format;
};

static int take_format(struct dossier_cli *c, const char *text)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(text, formats[i].name) == 0) {
			c->format = &formats[i];
			return -1;
		}
	return cli_usage(&command_dossier, "--format is text, html, json, arf or letter");
}

static int take_option(struct dossier_cli *c, int opt)
{
	struct dossier *d = &c->dossier;

	switch (opt) {
	case 'P': return cli_take_person(&command_dossier, &d->named, optarg);
	case 'J':
		if (d->journals_count == JOURNAL_FILES_MAX)
			return cli_usage(&command_dossier, "too many --journal");
		d->journals[d->journals_count++] = optarg;
		return -1;
	case 'F': return take_format(c, optarg);
	case 'm': d->mail = optarg; return -1;
	case 'i': d->client = optarg; return -1;
	case 'l': d->language = optarg; return -1;
	case 'j': c->format = &formats[FORMAT_JSON]; return -1;
	default: return ledger_cli_option(&d->ledger, opt);
	}
}

static int parse(struct dossier_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "person", required_argument, NULL, 'P' }, { "format", required_argument, NULL, 'F' },
		{ "journal", required_argument, NULL, 'J' }, { "mail", required_argument, NULL, 'm' },
		{ "client", required_argument, NULL, 'i' }, { "language", required_argument, NULL, 'l' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(c, opt);
	if (rc < 0 && argc - optind != 1)
		rc = cli_usage(&command_dossier, "name one organisation");
	if (rc < 0 && c->format->reports != (c->dossier.mail != NULL))
		rc = cli_usage(&command_dossier, "--format arf needs --mail FILE, and no other format takes it");
	if (rc < 0 && c->format->writes && c->dossier.named.count != 1)
		rc = cli_usage(&command_dossier, "a letter is for one --person");
	return rc;
}

/* Whoever is named twice counts once. */
static void add_person(struct cli_persons *each, const char *name, int64_t id)
{
	if (each->count > 0 && cli_is_person(each, id))
		return;
	each->id[each->count] = id;
	each->name[each->count++] = name;
}

/* Something was done to those who were named. */
static bool is_known(const struct dossier *d)
{
	bool about = false;

	for (size_t i = 0; i < d->addresses_count; i++)
		about = about || d->addresses[i].about;
	return about || d->timeline.count > 0 || d->optouts_count > 0 || d->decisions_count > 0;
}

static int tell(struct dossier_cli *c)
{
	struct dossier *d = &c->dossier;
	struct err err = { 0 };

	if (cli_find_persons(&d->ledger, &d->named, &err) < 0)
		return cli_fail("dossier", &err);
	for (size_t i = 0; i < d->named.count; i++)
		add_person(&d->persons, d->named.name[i], d->named.id[i]);
	if (dossier_read_store(d, &err) < 0)
		return cli_fail("dossier", &err);
	if (dossier_read_journal(d, &err) < 0) {
		cli_fail("dossier", &err);
		return EX_NOINPUT;
	}
	if (c->format->reports || is_known(d)
	    || (!c->format->writes && (d->touched > 0 || org_view_find(&d->view, d->party) != NULL)))
		return c->format->tell(d);
	cli_complain("dossier", "nothing is remembered of %s%s%s", d->name, c->format->writes ? " and " : "",
	    c->format->writes ? d->persons.name[0] : "");
	return EX_NOINPUT;
}

static int run(int argc, char **argv)
{
	static struct dossier_cli c;
	struct dossier *d = &c.dossier;
	int rc;

	c = (struct dossier_cli){ .format = &formats[FORMAT_TEXT], .dossier.language = "en" };
	ledger_cli_begin(&d->ledger, &command_dossier);
	rc = parse(&c, argc, argv);
	if (rc < 0) {
		d->name = argv[optind];
		rc = ledger_cli_open(&d->ledger, false);
	}
	if (rc < 0)
		rc = tell(&c);
	org_view_free(&d->view);
	timeline_free(&d->timeline);
	free(d->optouts);
	free(d->addresses);
	free(d->decisions);
	free(d->breaks);
	ledger_cli_end(&d->ledger);
	return rc;
}

const struct command command_dossier = {
	.name = "dossier", .summary = "what an organisation did, with all that proves it", .usage = usage, .run = run,
};
