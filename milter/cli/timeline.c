/* SPDX-License-Identifier: BSD-3-Clause */
#include "timeline.h"

#include <getopt.h>
#include <sysexits.h>

#include "cli.h"

static const char usage[] =
    "Usage: antisales timeline NAME [--person ADDRESS].. [OPTION]..\n"
    "Tells what happened between an organisation and your people: its touches, and what\n"
    "ended them. A name is a domain, platform:account, or a mail address.\n\n"
    "  --person ADDRESS  only this one of you, may repeat; others appear without a name\n"
    "  --html            one HTML page with a strip and the table\n"
    "  --svg             the strip alone\n"
    "  --config FILE     the daemon's configuration\n"
    "  --policy FILE     the policy, if not the configuration's\n"
    "  --store URL       the store, such as lmdb:/var/lib/antisales\n"
    "  --at TIME         as of then\n"
    "  --json            one JSON object an event\n"
    "  --help            this text\n\n"
    "Exit status: 0 told, 66 nothing is remembered of that name.\n";

enum form { FORM_TEXT, FORM_JSON, FORM_HTML, FORM_SVG };

struct timeline_cli {
	struct ledger_cli ledger;
	enum form form;
	struct cli_persons persons;
	struct timeline timeline;
	struct org_view view;
};

const char *timeline_kind_name(enum timeline_kind k)
{
	static const char *const names[TIMELINE_KINDS] = {
		[TIMELINE_TOUCH] = "touch", [TIMELINE_WRITTEN] = "written", [TIMELINE_REPLIED] = "replied",
		[TIMELINE_INTRODUCED] = "introduced", [TIMELINE_CONSENT] = "subscription", [TIMELINE_FORM] = "form", [TIMELINE_SET] = "set",
	};

	return names[k];
}

char *timeline_words(const struct timeline_event *e, char out[TIMELINE_WORDS_MAX])
{
	static const char *const words[TIMELINE_KINDS] = {
		[TIMELINE_WRITTEN] = "you wrote to them", [TIMELINE_REPLIED] = "they replied to you",
		[TIMELINE_INTRODUCED] = "somebody introduced them", [TIMELINE_CONSENT] = "they confirmed a subscription",
		[TIMELINE_FORM] = "they confirmed a form", [TIMELINE_SET] = "an administrator said what they are",
	};

	if (e->kind == TIMELINE_TOUCH)
		snprintf(out, TIMELINE_WORDS_MAX, "touch %lld", (long long)e->touch);
	else
		snprintf(out, TIMELINE_WORDS_MAX, "%s%s%s", words[e->kind], e->document[0] == '\0' ? "" : ": ", e->document);
	return out;
}

static int take_option(struct timeline_cli *c, int opt)
{
	switch (opt) {
	case 'P': return cli_take_person(&command_timeline, &c->persons, optarg);
	case 'H': c->form = FORM_HTML; return -1;
	case 'S': c->form = FORM_SVG; return -1;
	case 'j': c->form = FORM_JSON; return -1;
	default: return ledger_cli_option(&c->ledger, opt);
	}
}

static int parse(struct timeline_cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "person", required_argument, NULL, 'P' }, { "html", no_argument, NULL, 'H' }, { "svg", no_argument, NULL, 'S' },
		LEDGER_OPTIONS,
	};
	int opt, rc = -1;

	while (rc < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(c, opt);
	if (rc < 0 && argc - optind != 1)
		rc = cli_usage(&command_timeline, "name one organisation");
	return rc;
}

static int load(struct timeline_cli *c, const char *name, struct err *reterr)
{
	struct party p = { 0 };
	int rc;

	c->timeline.name = name;
	c->timeline.persons = &c->persons;
	if ((rc = org_view_load(c->ledger.engine.store, &c->view, reterr)) < 0 || (rc = cli_party(&c->ledger, name, &p, reterr)) < 0)
		return rc;
	return timeline_load(&c->ledger, &c->view, p.id, &c->timeline, reterr);
}

static void print_text(const struct timeline *t)
{
	char at[CLOCK_TEXT], person[IDENTIFIER_TEXT_MAX], words[TIMELINE_WORDS_MAX];

	for (size_t i = 0; i < t->count; i++) {
		printf("%.10s %.5s  ", clock_text(t->events[i].at, at), at + 11);
		cli_print(slice_of(cli_person_name(t->events[i].person, t->persons, person)));
		fputs("  ", stdout);
		cli_print(slice_of(timeline_words(&t->events[i], words)));
		putchar('\n');
	}
	if (t->older > 0)
		printf("and %lld older touches\n", (long long)t->older);
}

static void print_json(const struct timeline *t)
{
	char at[CLOCK_TEXT], person[IDENTIFIER_TEXT_MAX];

	for (size_t i = 0; i < t->count; i++) {
		const struct timeline_event *e = &t->events[i];
		json *map = json_map();

		json_put(map, "at", json_of_text(slice_of(clock_text(e->at, at))));
		json_put(map, "person", json_of_text(slice_of(cli_person_name(e->person, t->persons, person))));
		json_put(map, "event", json_of_text(slice_of(timeline_kind_name(e->kind))));
		if (e->kind == TIMELINE_TOUCH)
			json_put(map, "touch", json_of_int(e->touch));
		if (e->document[0] != '\0')
			json_put(map, "document", json_of_text(slice_of(e->document)));
		cli_print_json(map);
	}
}

static int tell(struct timeline_cli *c, const char *name)
{
	struct err err = { 0 };

	if (cli_find_persons(&c->ledger, &c->persons, &err) < 0)
		return cli_fail("timeline", &err);
	if (load(c, name, &err) < 0)
		return cli_fail("timeline", &err);
	if (c->timeline.count == 0) {
		cli_complain("timeline", "nothing is remembered of %s", name);
		return EX_NOINPUT;
	}
	switch (c->form) {
	case FORM_TEXT: print_text(&c->timeline); break;
	case FORM_JSON: print_json(&c->timeline); break;
	case FORM_HTML: timeline_html(&c->timeline, stdout); break;
	case FORM_SVG: timeline_svg(&c->timeline, stdout); break;
	}
	return EX_OK;
}

static int run(int argc, char **argv)
{
	static struct timeline_cli c;
	int rc;

	c = (struct timeline_cli){ 0 };
	ledger_cli_begin(&c.ledger, &command_timeline);
	rc = parse(&c, argc, argv);
	if (rc < 0)
		rc = ledger_cli_open(&c.ledger, false);
	if (rc < 0)
		rc = tell(&c, argv[optind]);
	org_view_free(&c.view);
	timeline_free(&c.timeline);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_timeline = {
	.name = "timeline", .summary = "what happened between an organisation and your people", .usage = usage, .run = run,
};
