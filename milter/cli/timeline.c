/* SPDX-License-Identifier: BSD-3-Clause */
#include "timeline.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/alloc.h"
#include "antisales/ledger/relation.h"
#include "antisales/ledger/sequence.h"
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
	const char *person_texts[CLI_PERSONS_MAX];
	size_t person_texts_count;
	struct cli_persons persons;
	struct timeline timeline;
	struct org_view view;
	int64_t party, root;
	int64_t *ids;                   /* persons with a record */
	size_t ids_count, ids_room;
};

static const char *const kind_names[TIMELINE_KINDS] = {
	[TIMELINE_TOUCH] = "touch", [TIMELINE_WRITTEN] = "written", [TIMELINE_REPLIED] = "replied",
	[TIMELINE_INTRODUCED] = "introduced", [TIMELINE_CONSENT] = "subscription", [TIMELINE_FORM] = "form", [TIMELINE_SET] = "set",
};

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
	case 'P':
		if (c->person_texts_count == CLI_PERSONS_MAX)
			return cli_usage(&command_timeline, "too many --person");
		c->person_texts[c->person_texts_count++] = optarg;
		return -1;
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

static bool note_person(const struct store_key *k, const struct record *r, void *arg)
{
	struct timeline_cli *c = arg;
	int64_t party = organisation_id(k), person = organisation_other(k), *grown;
	const struct org_node *n = org_view_find(&c->view, party);

	(void)r;
	if (person == 0 || (n == NULL ? party : n->root) != c->root || !cli_is_person(&c->persons, person))
		return true;
	for (size_t i = 0; i < c->ids_count; i++)
		if (c->ids[i] == person)
			return true;
	if (c->ids_count == c->ids_room) {
		c->ids_room = c->ids_room * 2 + 64;
		grown = alloc_resize(c->ids, c->ids_room * sizeof *grown);
		c->timeline.failed = grown == NULL;
		if (c->timeline.failed)
			return false;
		c->ids = grown;
	}
	c->ids[c->ids_count++] = person;
	return true;
}

static struct timeline_event *add(struct timeline *t, int64_t person, enum timeline_kind kind, int64_t at)
{
	struct timeline_event *grown;

	if (at <= 0)
		return NULL;
	if (t->count == t->room) {
		t->room = t->room * 2 + 256;
		grown = alloc_resize(t->events, t->room * sizeof *grown);
		t->failed = t->failed || grown == NULL;
		if (grown == NULL)
			return NULL;
		t->events = grown;
	}
	t->events[t->count] = (struct timeline_event){ .at = at, .person = person, .kind = kind };
	return &t->events[t->count++];
}

/* The same walk that the daemon makes at each touch, from the first one on. */
static void add_touches(struct timeline *t, int64_t person, const struct record *r, int64_t answered_at, int64_t silence)
{
	int64_t before = 0, touch = 0;

	t->older += r->at[SEQUENCE_OLDER].number;
	for (int i = SEQUENCE_TOUCHES_MAX - 1; i >= 0; i--) {
		int64_t at = latest_time(r->at[SEQUENCE_TOUCHES + i].number);
		struct timeline_event *e = add(t, person, TIMELINE_TOUCH, at);

		if (e == NULL)
			continue;
		if (before == 0 || at - before > silence || (before <= answered_at && at > answered_at))
			touch = before == 0 ? r->at[SEQUENCE_OLDER].number : 0;
		e->touch = ++touch;
		before = at;
	}
}

static void add_signs(struct timeline *t, int64_t person, const struct record *r, const struct relation *rel)
{
	struct timeline_event *e;

	add(t, person, TIMELINE_WRITTEN, r->at[RELATION_WRITTEN_AT].number);
	add(t, person, TIMELINE_REPLIED, r->at[RELATION_REPLIED_AT].number);
	add(t, person, TIMELINE_INTRODUCED, r->at[RELATION_INTRODUCED_AT].number);
	add(t, person, TIMELINE_CONSENT, r->at[RELATION_CONSENT_AT].number);
	add(t, person, TIMELINE_SET, r->at[RELATION_SET_AT].number);
	e = add(t, person, TIMELINE_FORM, r->at[RELATION_TRIGGER_AT].number);
	if (e != NULL)
		snprintf(e->document, sizeof e->document, "%s", rel->document);
}

static int read_person(struct timeline_cli *c, const struct memory_policy *m, int64_t person, struct err *reterr)
{
	struct store *s = c->ledger.engine.store;
	struct store_key keys[2] = { organisation_pair(ORGANISATION_SEQUENCE, c->party, person),
		organisation_pair(ORGANISATION_RELATION, c->party, person) };
	struct record r[2];
	bool found[2];
	struct relation rel;
	int rc = s->ops->get(s, keys, 2, r, found, reterr);

	if (rc < 0)
		return rc;
	rel = relation_read(found[1] ? &r[1] : NULL, NULL, m, c->ledger.at);
	if (found[0])
		add_touches(&c->timeline, person, &r[0], rel.written_at, m->silence);
	if (found[1])
		add_signs(&c->timeline, person, &r[1], &rel);
	return E_OK;
}

static int by_time(const void *x, const void *y)
{
	const struct timeline_event *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

static int load(struct timeline_cli *c, const char *name, struct err *reterr)
{
	struct store *s = c->ledger.engine.store;
	struct setup *setup = setup_get(&c->ledger.engine.setups);
	struct party p = { 0 };
	const struct org_node *n;
	int rc;

	c->timeline.name = name;
	c->timeline.persons = &c->persons;
	if ((rc = org_view_load(s, &c->view, reterr)) == E_OK && (rc = cli_party(&c->ledger, name, &p, reterr)) == E_OK) {
		n = org_view_find(&c->view, p.id);
		c->party = p.id;
		c->root = n == NULL ? p.id : n->root;
		rc = s->ops->scan(s, 'q', note_person, c, reterr);
	}
	if (rc == E_OK)
		rc = s->ops->scan(s, 'l', note_person, c, reterr);
	for (size_t i = 0; rc == E_OK && i < c->ids_count; i++)
		rc = read_person(c, &setup->policy->memory, c->ids[i], reterr);
	setup_put(setup);
	if (rc == E_OK && c->timeline.failed)
		return err_set(reterr, E_NOMEM, "no memory for the timeline");
	if (c->timeline.count > 0)
		qsort(c->timeline.events, c->timeline.count, sizeof *c->timeline.events, by_time);
	return rc;
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
		json_put(map, "event", json_of_text(slice_of(kind_names[e->kind])));
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

	for (size_t i = 0; i < c->person_texts_count; i++)
		if (cli_add_person(&c->ledger, c->person_texts[i], &c->persons, &err) < 0)
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
	free(c.timeline.events);
	free(c.ids);
	ledger_cli_end(&c.ledger);
	return rc;
}

const struct command command_timeline = {
	.name = "timeline", .summary = "what happened between an organisation and your people", .usage = usage, .run = run,
};
