/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "antisales/ledger/optout.h"
#include "antisales/mail/authentication.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/list_unsubscribe.h"
#include "cli.h"
#include "mailto.h"
#include "one_click.h"
#include "store.h"
#include "stored_mail.h"

static const char usage[] =
    "Usage: antisales unsubscribe --person ADDRESS [OPTION].. [FILE | -]\n"
    "Unsubscribes one of you from whoever proved to have sent a mail, by one click or by\n"
    "mail, and notes the opt-out. Without proof nothing is sent. No link is ever followed.\n\n"
    "  --person ADDRESS  which of you\n"
    "  --dry-run         only tell what would be done\n"
    "  --mail            write a mail, even where one click would do\n"
    "  --sendmail PATH   the program that takes mails (default: /usr/sbin/sendmail)\n"
    "  --ca FILE         trust this CA alone, for testing\n"
    "  --allow-loopback  ask a server on this machine, on any port, for testing\n"
    "  --config FILE     the daemon's configuration: store, policy, how senders prove themselves\n"
    "  --policy FILE     the policy, if not the configuration's\n"
    "  --store URL       the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME         said at that time\n"
    "  --json            one JSON object\n"
    "  --help            this text\n\n"
    "Exit status: 0 done, 65 or 66 the mail could not be read, 69 the other side failed,\n"
    "77 nothing was sent because it would not be safe.\n";

/* A field that names more is no sender's who wants to be left. */
enum { URIS_MAX = 8 };

struct unsubscribe_cli {
	struct ledger_cli ledger;
	struct one_click how;
	const char *person_text, *sendmail;
	bool dry_run, by_mail;
	int64_t person;
	struct stored_mail mail;
	struct slice uris[URIS_MAX];
	size_t uris_count;
	struct slice url;               /* absent when one click is not for this mail; no_click says why */
	struct mailto mailto;           /* its address is NULL when no mail is; no_mail says why */
	struct err no_click, no_mail;
};

static int parse(struct unsubscribe_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "person", required_argument, NULL, 'P' }, { "dry-run", no_argument, NULL, 'n' }, { "mail", no_argument, NULL, 'm' },
		{ "sendmail", required_argument, NULL, 'S' }, { "ca", required_argument, NULL, 'C' },
		{ "allow-loopback", no_argument, NULL, 'L' }, LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'P': c->person_text = optarg; break;
		case 'n': c->dry_run = true; break;
		case 'm': c->by_mail = true; break;
		case 'S': c->sendmail = optarg; break;
		case 'C': c->how.ca = optarg; break;
		case 'L': c->how.loopback = true; break;
		default: rc = ledger_cli_option(&c->ledger, opt);
		}
	if (rc < 0 && c->person_text == NULL)
		rc = cli_usage(&command_unsubscribe, "say with --person which of you");
	if (rc < 0 && argc - optind > 1)
		rc = cli_usage(&command_unsubscribe, "one mail at a time");
	return rc;
}

/* Mails are written in his name, so it must be as plain as those that are written to. */
static int find_person(struct unsubscribe_cli *c)
{
	struct err err = { 0 };

	if (!mailto_is_plain(slice_of(c->person_text)))
		err_set(&err, E_SYNTAX, "--person \"%.80s\" is no plain mail address", c->person_text);
	else if (cli_person(&c->ledger, c->person_text, &c->person, &err) == E_OK)
		return -1;
	return cli_fail("unsubscribe", &err);
}

/* Whoever sent the mail or ran its machine: a third one could have put his own fields into a copy of it. */
static bool is_senders(const struct stored_mail *m, struct slice domain)
{
	const struct evidence *e = m->decision->evidence;

	if (m->history.self.kind == IDENTIFIER_DOMAIN && slice_eq(domain_registrable(domain), m->history.self.value))
		return true;
	for (size_t i = 0; i < e->platform_domains_count; i++)
		if (slice_eq(e->platform_domains[i], domain))
			return true;
	return false;
}

/* A signature of the sender's that holds covers List-Unsubscribe and, for one click, the other field (RFC 8058, section 4). */
static bool is_covered(const struct stored_mail *m, bool click)
{
	const struct authentication *a = m->decision->txn->authentication;

	for (size_t i = 0; a != NULL && i < a->dkim_count; i++)
		if (a->dkim[i].authenticates && dkim_result_covers(&a->dkim[i], "List-Unsubscribe")
		    && (!click || dkim_result_covers(&a->dkim[i], "List-Unsubscribe-Post")) && is_senders(m, a->dkim[i].domain))
			return true;
	return false;
}

static struct slice find_uri(const struct unsubscribe_cli *c, struct slice scheme)
{
	for (size_t i = 0; i < c->uris_count; i++)
		if (slice_istarts(c->uris[i], scheme))
			return c->uris[i];
	return (struct slice){ 0 };
}

static int find_click(struct unsubscribe_cli *c, struct err *reterr)
{
	const struct txn *t = c->mail.decision->txn;
	struct slice url = find_uri(c, SLICE("https:"));

	if (!slice_ieq(slice_trim(txn_value(t, "List-Unsubscribe-Post", 0)), SLICE("List-Unsubscribe=One-Click")))
		return err_set(reterr, E_ABSENT, "no List-Unsubscribe-Post offers it");
	if (url.n == 0)
		return err_set(reterr, E_ABSENT, "no HTTPS URL in its List-Unsubscribe");
	if (c->ledger.engine.dkim == NULL)
		return err_set(reterr, E_ABSENT, "what its signature covers is not known: a filter in front verified it");
	if (!is_covered(&c->mail, true))
		return err_set(reterr, E_ABSENT, "no signature of its sender holds and covers List-Unsubscribe and List-Unsubscribe-Post");
	if (one_click_check(&c->how, url, reterr) < 0)
		return E_SYNTAX;
	c->url = url;
	return E_OK;
}

static int find_mail(struct unsubscribe_cli *c, struct err *reterr)
{
	struct slice uri = find_uri(c, SLICE("mailto:"));
	struct mailto m;
	struct slice host;

	if (uri.n == 0)
		return err_set(reterr, E_ABSENT, "no address in its List-Unsubscribe");
	if (mailto_read(uri, &c->ledger.arena, &m, reterr) < 0)
		return E_SYNTAX;
	host = slice_of(m.address);
	(void)slice_cut(&host, '@');
	host = domain_normalise(host, &c->ledger.arena);
	/* else whoever passes a copy on could have put in an address of his own */
	if (!is_covered(&c->mail, false) && !is_senders(&c->mail, domain_registrable(host)))
		return err_set(reterr, E_ABSENT, "no signature covers List-Unsubscribe, and the address is not at its sender's domain");
	c->mailto = m;
	return E_OK;
}

/* What the mail offers: -1 to go on, else an exit code, after the complaint. */
static int find_ways(struct unsubscribe_cli *c)
{
	const struct txn *t = c->mail.decision->txn;
	const struct header *h = txn_find(t, "List-Unsubscribe", 0);
	const char *why = NULL;

	if (!c->mail.history.proved)
		why = "nobody proved to have sent the mail: whoever did would only learn that the address is read";
	else if (h == NULL)
		why = "the mail has no List-Unsubscribe";
	else if (txn_find(t, "List-Unsubscribe", 1) != NULL)
		why = "the mail has more than one List-Unsubscribe";
	if (why != NULL) {
		cli_complain("unsubscribe", "%s", why);
		return EX_NOPERM;
	}
	c->uris_count = list_unsubscribe(header_unfold(h->raw, &c->ledger.arena), &c->ledger.arena, c->uris, URIS_MAX);
	if (c->by_mail)
		err_set(&c->no_click, E_ABSENT, "a mail was asked for");
	else
		(void)find_click(c, &c->no_click);
	(void)find_mail(c, &c->no_mail);
	if (c->url.n > 0 || c->mailto.address != NULL)
		return -1;
	cli_complain("unsubscribe", "no one click: %s", c->no_click.text);
	cli_complain("unsubscribe", "no mail: %s", c->no_mail.text);
	return EX_NOPERM;
}

static struct slice target(const struct unsubscribe_cli *c)
{
	return c->url.n > 0 ? c->url : slice_of(c->mailto.address);
}

static void tell_json(const struct unsubscribe_cli *c, long code)
{
	json *map = json_map();

	json_put(map, "name", json_of_text(c->mail.history.self.value));
	json_put(map, "person", json_of_text(slice_of(c->person_text)));
	json_put(map, "way", json_of_text(c->url.n > 0 ? SLICE("one-click") : SLICE("mail")));
	json_put(map, "to", json_of_text(target(c)));
	if (c->mailto.address != NULL && c->url.n == 0)
		json_put(map, "no_click", json_of_text(slice_of(c->no_click.text)));
	if (code != 0)
		json_put(map, "answer", json_of_int(code));
	json_put(map, "done", json_of_bool(!c->dry_run));
	cli_print_json(map);
}

static void tell(const struct unsubscribe_cli *c, long code)
{
	if (c->ledger.json) {
		tell_json(c, code);
		return;
	}
	if (c->url.n == 0) {
		fputs("no one click: ", stdout);
		cli_print(slice_of(c->no_click.text));
		putchar('\n');
	}
	if (c->url.n > 0)
		fputs(c->dry_run ? "would unsubscribe from " : "unsubscribed from ", stdout);
	else
		fputs(c->dry_run ? "would write to " : "wrote to ", stdout);
	cli_print(c->mail.history.self.value);
	fputs(": ", stdout);
	cli_print(target(c));
	if (code != 0)
		printf(" answered %ld", code);
	putchar('\n');
}

static int record(struct unsubscribe_cli *c, struct err *reterr)
{
	const struct identifier *self = &c->mail.history.self;
	struct store_change changes[2] = {
		identifier_seen(&c->ledger.engine.site, self, c->ledger.at),
		optout_said(organisation_id(&c->mail.history.org_key), c->person, c->ledger.at),
	};

	if (cli_apply(&c->ledger.engine, changes, 2, reterr) < 0)
		return err_wrap(reterr, "unsubscribed, but the opt-out is not noted");
	cli_journal_change(&c->ledger, &(struct journal_change){ .change = "unsubscribe", .about = self->value,
	    .user = slice_of(c->person_text) });
	return E_OK;
}

/* Only once: a second way after a failure would tell the other side more, and is for a person to choose. */
static int act(struct unsubscribe_cli *c)
{
	struct one_click_answer answer = { 0 };
	struct err err = { 0 };
	int rc = E_OK;

	if (!c->dry_run) {
		rc = c->url.n > 0 ? one_click_post(&c->how, c->url, &answer, &err)
		    : mailto_send(&c->mailto, c->person_text, c->sendmail, &err);
		if (rc < 0) {
			cli_complain("unsubscribe", "not unsubscribed: %s", err.text);
			return answer.inside ? EX_NOPERM : EX_UNAVAILABLE;
		}
		rc = record(c, &err);
	}
	if (rc < 0)
		return cli_fail("unsubscribe", &err);
	tell(c, answer.code);
	return EX_OK;
}

static int run(int argc, char **argv)
{
	static struct unsubscribe_cli c;
	int rc;

	c = (struct unsubscribe_cli){ .sendmail = "/usr/sbin/sendmail" };
	ledger_cli_begin(&c.ledger, &command_unsubscribe);
	rc = parse(&c, argc, argv);
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, !c.dry_run);
	if (rc < 0)
		rc = find_person(&c);
	if (rc < 0)
		rc = stored_mail_judge(&c.ledger, argv[optind], &c.mail);
	if (rc < 0)
		rc = find_ways(&c);
	if (rc < 0)
		rc = act(&c);
	stored_mail_done(&c.mail);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_unsubscribe = {
	.name = "unsubscribe", .summary = "unsubscribe from who proved to have sent a mail", .usage = usage, .run = run,
};
