/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/ledger/feedback.h"
#include "cli.h"
#include "store.h"
#include "stored_mail.h"

#define COMMON_OPTIONS \
    "  --user USER      whose word it is (default: who runs this)\n" \
    "  --config FILE    the daemon's configuration: store, policy, how senders prove themselves\n" \
    "  --policy FILE    the policy, if not the configuration's\n" \
    "  --store URL      the store, such as lmdb:/var/lib/antisales\n" \
    "  --at TIME        said at that time\n" \
    "  --json           one JSON object\n" \
    "  --help           this text\n\n" \
    "Exit status: 0 noted, or said before; 65 or 66 the mail could not be read.\n"

static const char usage[] =
    "Usage: antisales feedback --sales | --wanted [OPTION].. [FILE | -]\n"
    "Notes what a user says about a mail. The last word about a mail counts.\n\n"
    "  --sales          it is sales mail, and was not asked for\n"
    "  --wanted         it is wanted\n"
    COMMON_OPTIONS;

static const char forgive_usage[] =
    "Usage: antisales forgive [OPTION].. [FILE | -]\n"
    "Takes back what a user said about a mail with \"antisales feedback\".\n\n"
    COMMON_OPTIONS;

struct feedback_cli {
	struct ledger_cli ledger;
	struct feedback word;
	const char *user;
};

static int parse(struct feedback_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "sales", no_argument, NULL, 'S' }, { "wanted", no_argument, NULL, 'W' }, { "user", required_argument, NULL, 'u' },
		LEDGER_OPTIONS,
	};
	bool forgive = c->ledger.command == &command_forgive;
	int opt, words = 0, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'S' || opt == 'W') {
			c->word.said = opt == 'S' ? SAID_SALES : SAID_WANTED;
			words++;
		} else if (opt == 'u') {
			c->user = optarg;
		} else {
			rc = ledger_cli_option(&c->ledger, opt);
		}
	}
	if (rc < 0 && words != (forgive ? 0 : 1))
		rc = cli_usage(c->ledger.command, forgive ? "forgive takes back, it says nothing" : "say --sales or --wanted");
	if (rc < 0 && argc - optind > 1)
		rc = cli_usage(c->ledger.command, "one mail at a time");
	return rc;
}

static struct slice user_name(struct feedback_cli *c)
{
	const struct passwd *me = c->user == NULL ? getpwuid(getuid()) : NULL;
	struct slice given = slice_of(c->user != NULL ? c->user : me == NULL ? "" : me->pw_name);
	char *lower = arena_strdup(&c->ledger.arena, given);

	for (size_t i = 0; lower != NULL && i < given.n; i++)
		lower[i] = ascii_lower(lower[i]);
	return slice_of(lower);
}

/* What the mail is called, who is proved to be behind it, and how that is named; about stays 0 when nobody is. */
static void recognise(struct feedback_cli *c, const struct stored_mail *m, struct slice *ret_who)
{
	struct slice id = txn_value(m->decision->txn, "Message-ID", 0);

	/* without a Message-ID the mail itself is its name */
	c->word.mail = id.n > 0 ? id : m->text;
	if (m->history.proved) {
		c->word.about = organisation_id(&m->history.org_key);
		*ret_who = m->history.self.value;
	}
}

static const char *const words[] = { [SAID_NOTHING] = "nothing", [SAID_SALES] = "sales", [SAID_WANTED] = "wanted" };

static void tell(struct feedback_cli *c, struct slice who, bool changed)
{
	json *map;

	if (c->ledger.json) {
		map = json_map();
		json_put(map, "said", json_of_text(slice_of(words[c->word.said])));
		json_put(map, "about", json_of_text(who));
		json_put(map, "new", json_of_bool(changed));
		json_put(map, "counts", json_of_bool(changed && c->word.about != 0));
		cli_print_json(map);
		return;
	}
	if (!changed)
		puts("said before, nothing changes");
	else if (c->word.about == 0)
		puts("noted; nobody proved to be behind the mail, so it counts for no organisation");
	else {
		fputs(c->word.said == SAID_NOTHING ? "taken back, about " : "noted, about ", stdout);
		cli_print(who);
		putchar('\n');
	}
}

/* One word at a time, so that what was read still holds when it is changed. */
static int note(struct feedback_cli *c, bool *ret_changed, struct err *reterr)
{
	struct setup *s = setup_get(&c->ledger.engine.setups);
	const char *url = c->ledger.store != NULL ? c->ledger.store : s->config->store;
	int lock = strncmp(url, "lmdb:", 5) == 0 ? open(url + 5, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct store_change changes[FEEDBACK_CHANGES_MAX];
	size_t n = 0;
	int rc;

	setup_put(s);
	if (lock >= 0)
		(void)flock(lock, LOCK_EX);
	rc = feedback_changes(c->ledger.engine.store, &c->ledger.engine.site, &c->word, changes, &n, reterr);
	if (rc == E_OK && n > 0)
		rc = cli_apply(&c->ledger.engine, changes, n, reterr);
	if (lock >= 0)
		close(lock);
	*ret_changed = n > 0;
	return rc;
}

static int judge(struct feedback_cli *c, const char *name)
{
	struct stored_mail m;
	struct slice who = { 0 };
	struct err err = { 0 };
	bool changed = false;
	int rc = stored_mail_judge(&c->ledger, name, &m);

	if (rc < 0) {
		recognise(c, &m, &who);
		rc = note(c, &changed, &err) < 0 ? cli_fail(c->ledger.command->name, &err) : EX_OK;
		if (changed && rc == EX_OK)
			cli_journal_change(&c->ledger, &(struct journal_change){ .change = c->ledger.command->name, .about = who,
			    .said = slice_of(words[c->word.said]), .user = c->word.user });
		if (rc == EX_OK)
			tell(c, who, changed);
	}
	stored_mail_done(&m);
	return rc;
}

static int with_user(struct feedback_cli *c, const char *name)
{
	c->word.user = user_name(c);
	c->word.now = c->ledger.at;
	if (c->word.user.n > 0)
		return judge(c, name);
	cli_complain(c->ledger.command->name, "nobody knows who says so: name --user USER");
	return EX_USAGE;
}

static int run_as(const struct command *command, int argc, char **argv)
{
	static struct feedback_cli c;
	int rc;

	c = (struct feedback_cli){ 0 };
	ledger_cli_begin(&c.ledger, command);
	rc = parse(&c, argc, argv);
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, true);
	if (rc < 0)
		rc = with_user(&c, argv[optind]);
	ledger_cli_end(&c.ledger);
	return rc;
}

static int run(int argc, char **argv)
{
	return run_as(&command_feedback, argc, argv);
}

static int run_forgive(int argc, char **argv)
{
	return run_as(&command_forgive, argc, argv);
}

const struct command command_feedback = {
	.name = "feedback", .summary = "note that a user calls a mail sales mail, or wanted", .usage = usage, .run = run,
};
const struct command command_forgive = {
	.name = "forgive", .summary = "take back what a user said about a mail", .usage = forgive_usage, .run = run_forgive,
};
