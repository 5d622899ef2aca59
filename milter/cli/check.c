/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/clock.h"
#include "antisales/base/file.h"
#include "antisales/base/json.h"
#include "antisales/base/log.h"
#include "antisales/edge/session.h"
#include "cli.h"
#include "report.h"
#include "store.h"

enum { RCPTS_MAX = 200, FILE_MAX = 256 * 1024 * 1024 };

static const char usage[] =
    "Usage: antisales check [OPTION].. FILE.. | -\n"
    "Judges mails in files as the daemon would judge them.\n\n"
    "  --policy FILE    the policy (default: the configuration's)\n"
    "  --config FILE    the daemon's configuration: policy, store, limits\n"
    "  --store URL      history, such as lmdb:/var/lib/antisales (default: none)\n"
    "  --from ADDRESS   envelope sender (default: Return-Path, else From)\n"
    "  --rcpt ADDRESS   envelope recipient, may repeat\n"
    "  --client CLIENT  \"192.0.2.1\" or \"mail.example.com [192.0.2.1]\"\n"
    "  --helo NAME      what the client said in HELO\n"
    "  --authenticated DOMAIN  take it as proved that this domain signed the mail\n"
    "  --at TIME        judge as of then: 2026-03-01 or 2026-03-01T10:00:00Z\n"
    "  --record         remember the mails in the store, in the order given\n"
    "  --facts          print every fact, too\n"
    "  --json           one JSON object a line\n"
    "  --help           this text\n\n"
    "Exit status: 0 all files were read, 65 or 66 one could not be, 78 bad policy.\n";

struct check {
	struct engine engine;
	struct eml_envelope env;
	const char *rcpts[RCPTS_MAX];
	const char *policy, *config, *store;
	int64_t at;
	bool json, facts, record, colour;
};

static int64_t told_time(void *arg)
{
	const struct check *c = arg;

	return c->at;
}

static int set_time(struct check *c, const char *text)
{
	if (clock_parse(slice_of(text), &c->at))
		return -1;
	cli_complain("check", "--at \"%s\" is no time; write 2026-03-01 or 2026-03-01T10:00:00Z", text);
	return EX_USAGE;
}

static int add_rcpt(struct check *c, const char *text)
{
	if (c->env.rcpts_count == RCPTS_MAX)
		return cli_usage(&command_check, "too many --rcpt");
	c->rcpts[c->env.rcpts_count++] = text;
	return -1;
}

/* -1 to go on, else an exit code. */
static int take_option(struct check *c, int opt)
{
	switch (opt) {
	case 'p': c->policy = optarg; return -1;
	case 'c': c->config = optarg; return -1;
	case 's': c->store = optarg; return -1;
	case 'f': c->env.from = optarg; return -1;
	case 'r': return add_rcpt(c, optarg);
	case 'i': c->env.client = optarg; return -1;
	case 'e': c->env.helo = optarg; return -1;
	case 'A': c->env.authenticated = slice_of(optarg); return -1;
	case 't': return set_time(c, optarg);
	case 'j': c->json = true; return -1;
	case 'a': c->facts = true; return -1;
	case 'R': c->record = true; return -1;
	case 'h': fputs(usage, stdout); return EX_OK;
	default: return cli_usage(&command_check, NULL);
	}
}

static int parse(struct check *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' }, { "config", required_argument, NULL, 'c' },
		{ "store", required_argument, NULL, 's' }, { "from", required_argument, NULL, 'f' },
		{ "rcpt", required_argument, NULL, 'r' }, { "client", required_argument, NULL, 'i' },
		{ "helo", required_argument, NULL, 'e' }, { "at", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' }, { "facts", no_argument, NULL, 'a' },
		{ "authenticated", required_argument, NULL, 'A' }, { "record", no_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' }, { 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int rc = take_option(c, opt);

		if (rc >= 0)
			return rc;
	}
	if (optind == argc)
		return cli_usage(&command_check, "name the files to check, or - for standard input");
	if (c->record && c->store == NULL && c->config == NULL)
		return cli_usage(&command_check, "--record needs --store or --config");
	return -1;
}

static int open_history(struct check *c, struct err *reterr)
{
	struct cli_store how = { .command = "check", .config = c->config, .store = c->store, .write = c->record };
	int rc = cli_open_store(&c->engine, &how, reterr);

	return rc == E_OK && c->record ? writer_start(c->engine.store, clock_wall, &c->engine.writer, reterr) : rc;
}

static int read_input(const char *name, struct arena *a, struct slice *ret, struct err *reterr)
{
	if (strcmp(name, "-") == 0)
		return file_read_fd(STDIN_FILENO, "standard input", FILE_MAX, a, ret, reterr);
	return file_read(name, FILE_MAX, a, ret, reterr);
}

static int judge_text(struct check *c, const char *name, struct slice text, struct arena *a)
{
	struct session *s = session_new(&c->engine);
	const struct decision *d;
	struct outbox out;

	if (s == NULL)
		return EX_OSERR;
	outbox_init(&out, a);
	eml_feed(s, text, &c->env, a);
	(void)session_eom(s, &out.mta, &d);
	if (c->json)
		report_json(name, d, &out, c->facts);
	else
		report_text(name, d, &out, c->colour, c->facts);
	session_free(s);
	if (c->record)
		writer_flush(c->engine.writer, 10000);
	return EX_OK;
}

static int check_file(struct check *c, const char *name)
{
	struct err err = { 0 };
	struct slice text;
	struct arena a;
	int rc;

	arena_init(&a, 64 * 1024, (size_t)2 * FILE_MAX);
	rc = read_input(name, &a, &text, &err);
	if (rc < 0)
		rc = (cli_fail("check", &err), err.code == E_ABSENT || err.code == E_IO ? EX_NOINPUT : EX_DATAERR);
	else if (text.n == 0)
		rc = (cli_complain("check", "%s is empty, a mail is expected", name), EX_DATAERR);
	else
		rc = judge_text(c, name, text, &a);
	arena_done(&a);
	return rc;
}

static int check_files(struct check *c, int argc, char **argv)
{
	int worst = EX_OK;

	for (int i = optind; i < argc; i++) {
		int rc = check_file(c, argv[i]);

		if (rc != EX_OK)
			worst = rc;
	}
	return worst;
}

static int run(int argc, char **argv)
{
	static struct check c;          /* too large for comfort on a stack */
	struct err err = { 0 };
	int rc;

	c = (struct check){ .at = clock_wall(), .colour = cli_colour() };
	c.env.rcpts = c.rcpts;
	rc = parse(&c, argc, argv);
	if (rc >= 0)
		return rc;
	log_set_level(LOG_LEVEL_WARNING);
	engine_init(&c.engine, told_time, &c);
	if (cli_load(&c.engine, c.config, c.policy, &err) < 0)
		rc = (cli_fail("check", &err), EX_CONFIG);
	else if (open_history(&c, &err) < 0)
		rc = cli_fail("check", &err);
	else
		rc = check_files(&c, argc, argv);
	engine_close(&c.engine);
	return rc;
}

const struct command command_check = {
	.name = "check", .summary = "judge mails in files as the daemon would", .usage = usage, .run = run,
};
