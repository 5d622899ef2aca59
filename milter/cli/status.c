/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/ledger/feedback.h"
#include "cli.h"
#include "store.h"

static const char usage[] =
    "Usage: antisales status [OPTION]..\n"
    "Tells whether the daemon runs and how its store is; the first line is made for monitoring.\n\n"
    "  --config FILE    the daemon's configuration\n"
    "  --store URL      the store, if not the configuration's\n"
    "  --json           one JSON object\n"
    "  --help           this text\n\n"
    "Exit status: 0 all is well, 1 warning, 2 critical.\n";

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL };
enum { TAGS = 128, FULL_PERCENT = 80, PROBLEMS_MAX = 4096 };

static const char *const level_names[] = { "OK", "WARNING", "CRITICAL" };

/* What was found. */
struct health {
	enum level level;
	struct buf problems;            /* "; " between them */
	bool running;
	long pid;                       /* 0 when nothing tells */
	const char *url;
	bool open;                      /* what follows was read */
	struct store_stats stats;
	int64_t records[TAGS];          /* by the tag of their type */
	int64_t words[SAID_WANTED + 1]; /* users' words by what they say at last */
};

static void problem(struct health *s, enum level level, const char *what, const char *why)
{
	s->level = level > s->level ? level : s->level;
	buf_addf(&s->problems, "%s%s%s%s", s->problems.n == 0 ? "" : "; ", what, why == NULL ? "" : ": ", why == NULL ? "" : why);
}

/* Whether a process holds the lock. It is tried only while the process that wrote its id lives, since a trial could
 * get in the way of a daemon that is just starting. */
static bool is_held(int fd, long *ret_pid)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	if (pid <= 0 || (kill((pid_t)pid, 0) < 0 && errno == ESRCH) || flock(fd, LOCK_SH | LOCK_NB) == 0)
		return false;
	*ret_pid = pid;
	return true;
}

static void look_at_daemon(struct health *s, const char *state)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/" ENGINE_LOCK, state);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		s->running = is_held(fd, &s->pid);
		close(fd);
	}
	if (!s->running)
		problem(s, LEVEL_CRITICAL, "daemon not running", fd < 0 && errno != ENOENT ? strerror(errno) : NULL);
}

static bool count(const struct store_key *k, const struct record *r, void *arg)
{
	struct health *s = arg;
	int64_t when;

	s->records[k->bytes[0] % TAGS]++;
	if (k->bytes[0] == (unsigned char)record_said.tag)
		s->words[feedback_last_word(r, &when)]++;
	return true;
}

static int read_store(struct health *s, const struct config *c, struct err *reterr)
{
	struct store_conf how = { .url = s->url, .map_bytes = c->store_size, .map_max_bytes = c->store_max_size, .read_only = true };
	struct store *store = NULL;
	int rc;

	if (strncmp(s->url, "lmdb:", 5) == 0)
		cli_become_owner("status", s->url + 5);
	rc = store_open(&how, &store, reterr);
	if (rc == E_OK)
		rc = store->ops->scan(store, '\0', count, s, reterr);
	if (rc == E_OK)
		rc = store->ops->stats(store, &s->stats, reterr);
	store_close(store);
	return rc;
}

static int percent(const struct store_stats *st)
{
	return st->bytes_max <= 0 ? 0 : (int)((double)st->bytes_used * 100 / (double)st->bytes_max);
}

static int64_t full_bytes(const struct store_stats *st)
{
	return st->bytes_max / 100 * FULL_PERCENT;
}

static void look_at_store(struct health *s, const struct config *c)
{
	struct err err = { 0 };
	char text[64];

	if (strcmp(s->url, "memory:") == 0)
		return;                 /* the daemon's alone */
	s->open = read_store(s, c, &err) == E_OK;
	if (!s->open) {
		problem(s, LEVEL_CRITICAL, "store does not open", err.text);
		return;
	}
	snprintf(text, sizeof text, "store %d %% full", percent(&s->stats));
	if (s->stats.bytes_used > full_bytes(&s->stats))
		problem(s, LEVEL_WARNING, text, NULL);
	snprintf(text, sizeof text, "%" PRId64 " damaged records", s->stats.damaged);
	if (s->stats.damaged > 0)
		problem(s, LEVEL_WARNING, text, NULL);
}

static json *records_json(const struct health *s)
{
	json *map = json_map();

	for (int tag = 0; tag < TAGS; tag++)
		if (s->records[tag] > 0 && record_type_of((char)tag) != NULL)
			json_put(map, record_type_of((char)tag)->name, json_of_int(s->records[tag]));
	return map;
}

static json *feedback_json(const struct health *s)
{
	json *map = json_map();

	json_put(map, "noted", json_of_int(s->records[(int)record_said.tag]));
	json_put(map, "sales", json_of_int(s->words[SAID_SALES]));
	json_put(map, "wanted", json_of_int(s->words[SAID_WANTED]));
	json_put(map, "taken_back", json_of_int(s->words[SAID_NOTHING]));
	return map;
}

static void print_json(struct health *s)
{
	json *map = json_map();

	json_put(map, "status", json_of_text(slice_of(level_names[s->level])));
	json_put(map, "problems", json_of_text(slice_of(buf_cstr(&s->problems))));
	json_put(map, "running", json_of_bool(s->running));
	if (s->pid != 0)
		json_put(map, "pid", json_of_int(s->pid));
	json_put(map, "store", json_of_text(slice_of(s->url)));
	if (s->open) {
		json_put(map, "bytes_used", json_of_int(s->stats.bytes_used));
		json_put(map, "bytes_max", json_of_int(s->stats.bytes_max));
		json_put(map, "percent", json_of_int(percent(&s->stats)));
		json_put(map, "damaged", json_of_int(s->stats.damaged));
		json_put(map, "records", records_json(s));
		json_put(map, "feedback", feedback_json(s));
	}
	cli_print_json(map);
}

/* What a monitor reads: a word, a sentence, and figures behind a bar. */
static void print_summary(struct health *s)
{
	printf("%s - ", level_names[s->level]);
	if (s->problems.n > 0)
		cli_print(buf_slice(&s->problems));
	else if (s->open)
		printf("daemon running, store %d %% full", percent(&s->stats));
	else
		fputs("daemon running", stdout);
	if (s->open)
		printf(" | used=%" PRId64 "B;%" PRId64 ";;0;%" PRId64 " records=%" PRId64 " damaged=%" PRId64, s->stats.bytes_used,
		    full_bytes(&s->stats), s->stats.bytes_max, s->stats.records, s->stats.damaged);
	putchar('\n');
}

static void print_text(struct health *s)
{
	print_summary(s);
	if (s->running)
		printf("daemon: running, process %ld\n", s->pid);
	else
		puts("daemon: not running");
	fputs("store: ", stdout);
	cli_print(slice_of(s->url));
	putchar('\n');
	if (!s->open)
		return;
	printf("used: %" PRId64 " of %" PRId64 " bytes (%d %%)\n", s->stats.bytes_used, s->stats.bytes_max, percent(&s->stats));
	printf("damaged: %" PRId64 " records\n", s->stats.damaged);
	for (int tag = 0; tag < TAGS; tag++)
		if (s->records[tag] > 0 && record_type_of((char)tag) != NULL)
			printf("%s: %" PRId64 " records\n", record_type_of((char)tag)->name, s->records[tag]);
	printf("users' words: %" PRId64 " noted, %" PRId64 " for sales, %" PRId64 " for wanted, %" PRId64 " taken back\n",
	    s->records[(int)record_said.tag], s->words[SAID_SALES], s->words[SAID_WANTED], s->words[SAID_NOTHING]);
}

struct status_cli {
	const char *config, *store;
	bool json;
};

static int look(const struct status_cli *o)
{
	static struct health s;
	struct config *c = NULL;
	struct err err = { 0 };

	if (config_load(o->config != NULL ? o->config : cli_installed_config(), &c, &err) < 0) {
		cli_fail("status", &err);
		return EX_CONFIG;
	}
	s = (struct health){ .url = o->store != NULL ? o->store : c->store };
	buf_init(&s.problems, PROBLEMS_MAX);
	look_at_daemon(&s, c->state);
	look_at_store(&s, c);
	if (o->json)
		print_json(&s);
	else
		print_text(&s);
	buf_done(&s.problems);
	config_free(c);
	return (int)s.level;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "store", required_argument, NULL, 's' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 },
	};
	struct status_cli o = { 0 };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'c': o.config = optarg; break;
		case 's': o.store = optarg; break;
		case 'j': o.json = true; break;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: return cli_usage(&command_status, NULL);
		}
	}
	return optind < argc ? cli_usage(&command_status, "unexpected argument") : look(&o);
}

const struct command command_status = {
	.name = "status", .summary = "whether the daemon runs and how its store is", .usage = usage, .run = run,
};
