/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * milter-load plays the MTA's side of the milter protocol: it sends the mails
 * of a folder to a milter over several connections at once and prints how fast
 * it was answered and what that cost the milter. One thread per connection.
 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sysexits.h>
#include <time.h>

enum { CONNECTIONS_LIMIT = 4096, THREAD_STACK = 256 * 1024 };

struct options {
	struct envelope envelope;
	const char *socket, *folder;
	unsigned long connections, messages, per_connection, warm_up;
	pid_t pid;
	bool json;
};

/* What all connections of one phase share. */
struct phase {
	const struct options *opt;
	const struct mail *mails;
	size_t mails_count;
	unsigned long messages;
	atomic_ulong next, failed;
	struct wire_counts counts;
	double *latency_ms;             /* one for each message */
	pthread_barrier_t finished, sampled;
};

struct cost {
	double cpu_s;
	long rss_kib, own_kib;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Sends up to a connection's share. False when there is nothing left to send. */
static bool use_connection(struct phase *p, struct wire *w)
{
	for (unsigned long sent = 0; sent < p->opt->per_connection; sent++) {
		unsigned long i = atomic_fetch_add(&p->next, 1);
		double begin = now_ms();

		if (i >= p->messages)
			return false;
		if (!wire_send(w, &p->mails[i % p->mails_count], i)) {
			atomic_fetch_add(&p->failed, 1);
			return true;
		}
		p->latency_ms[i] = now_ms() - begin;
	}
	return true;
}

/* The last connection stays open until its memory has been looked at. */
static void *work(void *arg)
{
	struct phase *p = arg;
	struct wire *w = wire_open(p->opt->socket, &p->opt->envelope, &p->counts);

	while (use_connection(p, w)) {
		wire_close(w);
		w = wire_open(p->opt->socket, &p->opt->envelope, &p->counts);
	}
	pthread_barrier_wait(&p->finished);
	pthread_barrier_wait(&p->sampled);
	wire_close(w);
	return NULL;
}

/* ---- the milter's cost ---- */

static void cost_cpu(pid_t pid, struct cost *ret)
{
	struct timespec t;
	clockid_t clock;

	if (pid == 0)
		return;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		die("process %d is not there", (int)pid);
	ret->cpu_s = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void cost_memory(pid_t pid, struct cost *ret)
{
	char path[64], line[256];
	FILE *f;

	if (pid == 0)
		return;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			ret->rss_kib = strtol(line + 6, NULL, 10);
		if (strncmp(line, "RssAnon:", 8) == 0)
			ret->own_kib = strtol(line + 8, NULL, 10);
	}
	fclose(f);
}

/* ---- phases ---- */

static void start_workers(struct phase *p, pthread_t *threads)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	for (unsigned long i = 0; i < p->opt->connections; i++)
		if (pthread_create(&threads[i], &attr, work, p) != 0)
			die("no thread for connection %lu", i + 1);
	pthread_attr_destroy(&attr);
}

/* Returns the seconds it took; *ret is what it cost, the memory with all connections still open. */
static double run_phase(struct phase *p, struct cost *ret)
{
	unsigned parties = (unsigned)p->opt->connections + 1;
	pthread_t *threads = calloc(p->opt->connections, sizeof *threads);
	struct cost before = { 0 };
	double begin, took;

	p->latency_ms = calloc(p->messages + 1, sizeof *p->latency_ms);
	if (threads == NULL || p->latency_ms == NULL)
		die("out of memory");
	pthread_barrier_init(&p->finished, NULL, parties);
	pthread_barrier_init(&p->sampled, NULL, parties);
	cost_cpu(p->opt->pid, &before);
	begin = now_ms();
	start_workers(p, threads);
	pthread_barrier_wait(&p->finished);
	took = (now_ms() - begin) / 1e3;
	cost_cpu(p->opt->pid, ret);
	cost_memory(p->opt->pid, ret);
	ret->cpu_s -= before.cpu_s;
	pthread_barrier_wait(&p->sampled);
	for (unsigned long i = 0; i < p->opt->connections; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&p->finished);
	pthread_barrier_destroy(&p->sampled);
	free(threads);
	return took;
}

static int compare_ms(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static void report(struct phase *p, double took, const struct cost *cost)
{
	unsigned long n = p->messages;
	double rate = (double)n / took, per_1000 = cost->cpu_s * 1e3 / (double)n;
	double p50, p99;

	qsort(p->latency_ms, n, sizeof *p->latency_ms, compare_ms);
	p50 = p->latency_ms[n / 2];
	p99 = p->latency_ms[n - 1 - n / 100];
	if (p->opt->json)
		printf("{\"connections\": %lu, \"messages\": %lu, \"failed\": %lu, \"refused\": %lu, \"edits\": %lu, "
		    "\"rate\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"cpu_s_per_1000\": %.4f, "
		    "\"rss_kib\": %ld, \"own_kib\": %ld}\n", p->opt->connections, n, p->failed, p->counts.refused,
		    p->counts.edits, rate, p50, p99, per_1000, cost->rss_kib, cost->own_kib);
	else
		printf("connections     %lu\nmessages        %lu (%lu failed, %lu refused, %lu edits)\n"
		    "messages/s      %.1f\nlatency p50     %.3f ms\nlatency p99     %.3f ms\n"
		    "CPU per 1,000   %.4f s\nresident memory %ld KiB (%ld KiB of its own)\n", p->opt->connections,
		    n, p->failed, p->counts.refused, p->counts.edits, rate, p50, p99, per_1000, cost->rss_kib, cost->own_kib);
}

/* ---- command line ---- */

static void usage(FILE *to)
{
	fputs("usage: milter-load -s SOCKET [options] FOLDER\n"
	    "  -s, --socket unix:PATH | inet:PORT@HOST | inet:HOST:PORT\n"
	    "  -c, --connections N      at once (1)\n"
	    "  -n, --messages N         in all (1000); the folder is gone through again and again\n"
	    "  -m, --per-connection N   before it is closed and opened anew (20)\n"
	    "  -w, --warm-up N          messages before measuring starts (0)\n"
	    "  -p, --pid PID            the milter's, to tell its CPU time and memory\n"
	    "  -i, --client IP          the SMTP client to present (192.0.2.25)\n"
	    "  -e, --helo NAME          its name (mail.example.net)\n"
	    "  -f, --from ADDRESS       envelope sender (rep@acme.example)\n"
	    "  -r, --rcpt ADDRESS       envelope recipient (ann@example.com)\n"
	    "  -j, --json               one line of JSON\n", to);
}

static unsigned long number(const char *s, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno != 0 || *s == '-' || *end != '\0' || v < least || v > most)
		die("%s is not a number from %lu to %lu", s, least, most);
	return v;
}

static void set_option(struct options *o, int letter, const char *value)
{
	switch (letter) {
	case 's': o->socket = value; break;
	case 'c': o->connections = number(value, 1, CONNECTIONS_LIMIT); break;
	case 'n': o->messages = number(value, 1, 100000000); break;
	case 'm': o->per_connection = number(value, 1, 100000000); break;
	case 'w': o->warm_up = number(value, 0, 100000000); break;
	case 'p': o->pid = (pid_t)number(value, 1, INT_MAX); break;
	case 'i': o->envelope.client = value; break;
	case 'e': o->envelope.helo = value; break;
	case 'f': o->envelope.from = value; break;
	case 'r': o->envelope.rcpt = value; break;
	case 'j': o->json = true; break;
	case 'h': usage(stdout); exit(EX_OK);
	default: usage(stderr); exit(EX_USAGE);
	}
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "socket", required_argument, NULL, 's' }, { "connections", required_argument, NULL, 'c' },
		{ "messages", required_argument, NULL, 'n' }, { "per-connection", required_argument, NULL, 'm' },
		{ "warm-up", required_argument, NULL, 'w' }, { "pid", required_argument, NULL, 'p' },
		{ "client", required_argument, NULL, 'i' }, { "helo", required_argument, NULL, 'e' },
		{ "from", required_argument, NULL, 'f' }, { "rcpt", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "s:c:n:m:w:p:i:e:f:r:jh", longs, NULL)) != -1)
		set_option(o, letter, optarg);
	if (o->socket == NULL || optind + 1 != argc)
		set_option(o, '?', NULL);
	o->folder = argv[optind];
}

int main(int argc, char **argv)
{
	struct options o = {
		.envelope = { "192.0.2.25", "mail.example.net", "rep@acme.example", "ann@example.com" },
		.connections = 1, .messages = 1000, .per_connection = 20,
	};
	struct phase warm = { .opt = &o }, measured = { .opt = &o };
	struct cost cost = { 0 };
	unsigned long failed;
	double took;

	parse(argc, argv, &o);
	warm.mails = measured.mails = mails_read(o.folder, &measured.mails_count);
	warm.mails_count = measured.mails_count;
	warm.messages = o.warm_up;
	measured.messages = o.messages;
	if (o.warm_up > 0)
		run_phase(&warm, &cost);
	took = run_phase(&measured, &cost);
	report(&measured, took, &cost);
	failed = warm.failed + measured.failed;
	mails_free((struct mail *)measured.mails, measured.mails_count);
	free(warm.latency_ms);
	free(measured.latency_ms);
	return failed == 0 ? EX_OK : EX_SOFTWARE;
}
