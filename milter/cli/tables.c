/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/json.h"
#include "antisales/mail/facts.h"
#include "antisales/policy/config.h"
#include "cli.h"
#include "store.h"

/* "antisales facts" and "antisales config" print the tables that the program itself is made from. */

static const char facts_usage[] =
    "Usage: antisales facts [--json | --man]\n"
    "Lists every fact that a policy can ask for.\n\n"
    "  --json  one JSON object a fact\n"
    "  --man   the manual page antisales-facts(5)\n"
    "  --help  this text\n";

static const char config_usage[] =
    "Usage: antisales config [--json | --man]\n"
    "Lists every key of the daemon's configuration with its default.\n\n"
    "  --json  one JSON object a key\n"
    "  --man   the manual page antisales.yaml(5)\n"
    "  --help  this text\n";

enum form { FORM_TEXT, FORM_JSON, FORM_MAN };

/* One line of either table. */
struct entry {
	const char *name, *type, *unit, *meaning;
};

static void print_json(const struct entry *e, const char *unit_key)
{
	json *map = json_map();

	json_put(map, "name", json_of_text(slice_of(e->name)));
	json_put(map, "type", json_of_text(slice_of(e->type)));
	json_put(map, unit_key, json_of_text(slice_of(e->unit)));
	json_put(map, "meaning", json_of_text(slice_of(e->meaning)));
	cli_print_json(map);
}

static const char *fact_type_name(enum fact_type t)
{
	static const char *const names[] = { "text", "word", "list", "number", "yes or no" };

	return names[t];
}

static void print_fact(enum fact_id id, enum form form)
{
	const struct fact_spec *s = fact_spec(id);
	struct entry e = { s->name, fact_type_name(s->type), s->words, s->meaning };

	if (form == FORM_JSON) {
		print_json(&e, "unit");
	} else if (form == FORM_TEXT) {
		printf("%-26s %-10s %s%s%s%s\n", e.name, e.type, e.meaning, e.unit[0] == '\0' ? "" : " (", e.unit,
		    e.unit[0] == '\0' ? "" : ")");
	} else {
		printf(".It Ic %s\n%s", e.name, e.type);
		if (e.unit[0] != '\0')
			printf(s->type == FACT_TYPE_WORD ? ": %s" : " (%s)", e.unit);
		printf(".\n%c%s.%s\n", toupper((unsigned char)e.meaning[0]), e.meaning + 1,
		    s->privacy == FACT_PRIVACY_PRIVATE ? "\nNever leaves the message's memory." : "");
	}
}

static int print_facts(enum form form)
{
	if (form == FORM_MAN)
		fputs(".\\\" made by \"antisales facts --man\"\n.Dd November 23, 2026\n.Dt ANTISALES-FACTS 5\n.Os\n"
		    ".Sh NAME\n.Nm antisales-facts\n.Nd what a policy can ask about a mail\n.Sh DESCRIPTION\n"
		    "A fact is what was found about one mail for one recipient.\n"
		    "A policy asks for facts by these names, see\n.Xr antisales-policy 5 .\n"
		    "A fact that was not found is not present, which differs from 0, no and the empty text;\n"
		    "a yes-or-no fact that is not present reads no.\n.Bl -tag -width Ds\n", stdout);
	for (int i = 0; i < FACT_COUNT; i++)
		print_fact((enum fact_id)i, form);
	if (form == FORM_MAN)
		fputs(".El\n.Sh SEE ALSO\n.Xr antisales 1 ,\n.Xr antisales-policy 5\n", stdout);
	return EX_OK;
}

static const char *config_type_name(const char *type)
{
	static const struct { const char *type, *name; } names[] = {
		{ "TEXT", "text" }, { "WORD", "word" }, { "BYTES", "size" }, { "INT", "number" }, { "SPAN", "span" },
		{ "BOOL", "yes or no" }, { "LIST", "list" }, { "NETWORKS", "networks" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i].type, type) == 0)
			return names[i].name;
	return type;
}

static void print_key(const struct config_spec *s, enum form form)
{
	struct entry e = { s->key, config_type_name(s->type), s->def, s->meaning };
	bool word = strcmp(s->type, "WORD") == 0;

	if (form == FORM_JSON) {
		print_json(&e, word ? "words" : "default");
		return;
	}
	if (form == FORM_TEXT) {
		printf("%-20s %-10s %s (%s%s)\n", e.name, e.type, e.meaning, word ? "one of: " : "default: ",
		    e.unit[0] == '\0' ? "none" : e.unit);
		return;
	}
	printf(".It Ic %s\n%c%s.\nType: %s; %s: %s; %s.\n", e.name, toupper((unsigned char)e.meaning[0]), e.meaning + 1,
	    e.type, word ? "words, the first is the default" : "default", e.unit[0] == '\0' ? "none" : e.unit,
	    s->when == CONFIG_WHEN_RELOAD ? "a reload is enough" : "needs a restart");
}

static void print_limit_json(const struct limit_spec *l, const char *key)
{
	char full[64], text[24];
	struct entry e = { full, l->unit, text, l->meaning };

	snprintf(full, sizeof full, "limits.%s", key);
	snprintf(text, sizeof text, "%lld", (long long)l->def);
	print_json(&e, "default");
}

static void print_limits(enum form form)
{
	size_t n;
	const struct limit_spec *specs = limit_specs(&n);

	for (size_t i = 0; i < n; i++) {
		const struct limit_spec *l = &specs[i];
		long long def = l->def, min = l->min, max = l->max;
		char key[LIMIT_KEY_MAX];

		limit_key(l, key);
		if (form == FORM_MAN)
			printf(".It Ic %s\n%lld to %lld %s, default %lld%s.\n", key, min, max, l->unit, def,
			    l->when == CONFIG_WHEN_RELOAD ? "" : "; needs a restart");
		else if (form == FORM_JSON)
			print_limit_json(l, key);
		else
			printf("limits.%-20s %lld to %lld %s, default %lld\n", key, min, max, l->unit, def);
	}
}

static const char config_head[] =
    ".\\\" made by \"antisales config --man\"\n.Dd November 23, 2026\n.Dt ANTISALES.YAML 5\n.Os\n.Sh NAME\n"
    ".Nm antisales.yaml\n.Nd configuration of antisalesd\n.Sh DESCRIPTION\n"
    "A YAML map of the keys below; all may be left out.\n"
    "Unknown keys, wrong types and impossible values are errors with file, line and column.\n"
    "Check a change with\n.Ql antisalesd -n -c FILE ,\n"
    "then send the daemon SIGHUP: it takes configuration and policy together or, when either is bad, keeps both.\n"
    "Sizes may end in k, M or G; spans in s, m, h, d or w.\n.Bl -tag -width Ds\n";

static const char config_limits[] =
    ".El\n.Sh LIMITS\nThe map\n.Ic limits\nsays how much of one mail is looked at.\n"
    "Reaching a limit never costs a mail: what was seen is judged, and the fact mail.truncated tells.\n"
    "Those of DKIM say how much of it is verified, and how many bits an RSA key must have.\n"
    "A signature beyond them proves nothing and is held against nobody.\n"
    ".Bl -tag -width Ds\n";

static const char config_tail[] =
    ".El\n.Sh EXAMPLES\n.Bd -literal -offset indent\nsocket: unix:/var/spool/postfix/antisales/antisales.sock\n"
    "socket-group: postfix\nuser: antisales\npolicy: /etc/antisales/policies/default.yaml\n"
    "store: lmdb:/var/lib/antisales\nstate: /var/lib/antisales\ntrusted-networks: [127.0.0.0/8, 192.0.2.0/24]\n"
    "limits: {body-bytes: 2097152}\n.Ed\n.Sh SEE ALSO\n.Xr antisales-policy 5 ,\n.Xr antisalesd 8\n";

static int print_config(enum form form)
{
	size_t n;
	const struct config_spec *specs = config_specs(&n);

	if (form == FORM_MAN)
		fputs(config_head, stdout);
	for (size_t i = 0; i < n; i++)
		print_key(&specs[i], form);
	if (form == FORM_MAN)
		fputs(config_limits, stdout);
	print_limits(form);
	if (form == FORM_MAN)
		fputs(config_tail, stdout);
	return EX_OK;
}

static int run_table(const struct command *c, int (*print)(enum form), int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, { "man", no_argument, NULL, 'm' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	enum form form = FORM_TEXT;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'j': form = FORM_JSON; break;
		case 'm': form = FORM_MAN; break;
		case 'h': fputs(c->usage, stdout); return EX_OK;
		default: return cli_usage(c, NULL);
		}
	}
	return optind < argc ? cli_usage(c, "unexpected argument") : print(form);
}

static int run_facts(int argc, char **argv)
{
	return run_table(&command_facts, print_facts, argc, argv);
}

static int run_config(int argc, char **argv)
{
	return run_table(&command_config, print_config, argc, argv);
}

const struct command command_facts = {
	.name = "facts", .summary = "list every fact a policy can ask for", .usage = facts_usage, .run = run_facts,
};
const struct command command_config = {
	.name = "config", .summary = "list the keys of the daemon's configuration", .usage = config_usage, .run = run_config,
};
