/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/clock.h"
#include "antisales/base/log.h"
#include "antisales/edge/callbacks.h"
#include "antisales/edge/engine.h"
#include "antisales/edge/listen.h"
#include "background.h"
#include "privileges.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#define notify(text) ((void)sd_notify(0, text))
#else
#define notify(text) ((void)0)
#endif

static const char usage[] =
    "Usage: antisalesd [-c FILE] [-n] [-f]\n"
    "A milter that recognises machine-made sales mail.\n\n"
    "  -c FILE  configuration (default " SYSCONFDIR "/antisales/antisales.yaml)\n"
    "  -n       check configuration, policy and catalogue, touch nothing, exit 0 or 78\n"
    "  -f       stay in the foreground, log to standard error\n"
    "  -V       print the version\n"
    "  -h       print this help\n\n"
    "SIGHUP or SIGUSR1 reload configuration and policy; SIGTERM ends after the mail in work.\n"
    "Manual: antisalesd(8), antisales.yaml(5), antisales-policy(5).\n";

struct options {
	const char *config;
	bool check, foreground;
};

/* Everything a running daemon is; reachable until the process ends, because libmilter may call back late. */
static struct engine engine;
static sem_t wake;
static atomic_bool want_stop, want_reload;      /* lock-free, so that a signal handler may set them */

static void on_signal(int sig)
{
	if (sig == SIGTERM || sig == SIGINT)
		atomic_store(&want_stop, true);
	else
		atomic_store(&want_reload, true);
	sem_post(&wake);
}

static int64_t wall(void *arg)
{
	(void)arg;
	return clock_wall();
}

/* Blocked before the first thread is made: none but those below ever sees a signal. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/*
 * libmilter's own thread waits for HUP and TERM, too, and ends on either. The
 * kernel prefers the main thread as long as that does not block the signal (so
 * not even in its own handler) and has no other one pending: hence SIGUSR1 has
 * a thread of its own.
 */
static void receive_signals(void)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT };
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		sigaction(signals[i], &act, NULL);
		sigaddset(&set, signals[i]);
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *receive_usr1(void *arg)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	while (sigwait(&set, &sig) == 0)
		on_signal(sig);
	return arg;
}

static void raise_descriptors(const struct config *c)
{
	rlim_t need = (rlim_t)(2 * c->max_sessions + 256);
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < need)
		log_text(LOG_LEVEL_WARNING, "only %llu file descriptors are allowed, %llu are needed for %lld sessions: "
		    "raise LimitNOFILE or lower max-sessions", (unsigned long long)r.rlim_max, (unsigned long long)need,
		    (long long)c->max_sessions);
}

static int parse_mode(const char *text, unsigned *ret, struct err *reterr)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] == '\0' || *end != '\0' || mode > 0777 || (mode & 0600) != 0600)
		return err_set(reterr, E_SYNTAX, "socket-mode \"%s\" is no octal mode such as 0660", text);
	*ret = (unsigned)mode;
	return E_OK;
}

static int check_store(const char *url, struct err *reterr)
{
	if (strncmp(url, "lmdb:/", 6) == 0 || strcmp(url, "memory:") == 0 || strncmp(url, "down:", 5) == 0)
		return E_OK;
	return err_set(reterr, E_SYNTAX, "unknown store \"%s\": write lmdb:/FOLDER or memory:", url);
}

/* All that can be known to be wrong before anything is touched. */
static int check_config(const struct config *c, struct endpoint *endpoint, struct listen_conf *lc, struct identity *id,
    struct err *reterr)
{
	if (endpoint_parse(c->socket, endpoint, reterr) < 0)
		return config_err(c, "socket", reterr);
	if (parse_mode(c->socket_mode, &lc->mode, reterr) < 0)
		return config_err(c, "socket-mode", reterr);
	if (group_find(c->socket_group, &lc->group, reterr) < 0)
		return config_err(c, "socket-group", reterr);
	if (check_store(c->store, reterr) < 0)
		return config_err(c, "store", reterr);
	return identity_find(c->user, id, reterr) < 0 ? config_err(c, "user", reterr) : E_OK;
}

/* Held until the process ends. */
static int lock_state(const struct config *c, struct err *reterr)
{
	char path[4096], pid[24] = "";
	int fd;

	snprintf(path, sizeof path, "%s/" ENGINE_LOCK, c->state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return err_set(reterr, E_IO, "cannot open %s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		close(fd);
		return err_set(reterr, E_BUSY, "another antisalesd (pid %s) uses %s; stop it first", pid, c->state);
	}
	snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		return err_set(reterr, E_IO, "cannot write %s: %s", path, strerror(errno));
	return E_OK;
}

/* Lock, socket, privileges, store, threads: in this order, so that what fails has harmed nothing. */
static int start(const struct config *c, struct endpoint *endpoint, struct err *reterr)
{
	struct listen_conf lc;
	struct identity id;
	int fd = listen_inherited(), rc;

	if ((rc = check_config(c, endpoint, &lc, &id, reterr)) < 0
	    || (rc = folder_prepare(c->state, &id, reterr)) < 0
	    || (strncmp(c->store, "lmdb:", 5) == 0 && (rc = folder_prepare(c->store + 5, &id, reterr)) < 0)
	    || (rc = lock_state(c, reterr)) < 0
	    || (fd < 0 && (rc = endpoint_listen(endpoint, &lc, &fd, reterr)) < 0)
	    || (rc = identity_take(&id, reterr)) < 0
	    || (rc = engine_open(&engine, reterr)) < 0)
		return rc;
	if (engine.store->ops == &store_down_ops)
		log_text(LOG_LEVEL_ERROR, "%s; mail passes without history", reterr->text);
	return milter_register(&engine, fd, (unsigned)c->milter_timeout, reterr);
}

static void reload(const char *path)
{
	const char *restart = NULL;
	struct err err = { 0 };
	struct setup *s;

	if (engine_reload(&engine, path, &restart, &err) < 0) {
		log_text(LOG_LEVEL_ERROR, "reload failed, the old policy stays: %s", err.text);
		return;
	}
	s = setup_get(&engine.setups);
	log_set_level((enum log_level)log_level_of(slice_of(s->config->log_level)));
	log_text(LOG_LEVEL_INFO, "reloaded: policy %s (%zu rules, %zu platforms)%s%s", s->policy->path.p,
	    s->policy->rules_count, catalogue_count(s->policy->catalogue),
	    restart == NULL ? "" : "; needs a restart to take effect: ", restart == NULL ? "" : restart);
	setup_put(s);
}

static void *serve(void *arg)
{
	int *rc = arg;

	*rc = milter_run();
	atomic_store(&want_stop, true);
	sem_post(&wake);
	return NULL;
}

static void wait_for_zero(atomic_int *n, int64_t until_us)
{
	while (atomic_load(n) > 0 && clock_mono_us() < until_us)
		clock_sleep_ms(10);
}

/* New messages pass unjudged while those in work are finished; then libmilter stops, then the store is written. */
static void stop(pthread_t milter, int64_t timeout)
{
	int64_t until = clock_mono_us() + timeout * 1000000;

	atomic_store(&engine.draining, true);
	notify("STOPPING=1");
	wait_for_zero(&engine.messages, until);
	milter_stop();
	pthread_join(milter, NULL);
	wait_for_zero(&engine.callbacks, until);
	if (!writer_flush(engine.writer, 10000))
		log_text(LOG_LEVEL_ERROR, "the store did not take the last changes in time");
	if (engine.journal != NULL)
		journal_flush(engine.journal, 5000);
}

static int run(const struct options *o, int64_t stop_timeout)
{
	pthread_t milter, usr1;
	int served = 0;

	if (pthread_create(&usr1, NULL, receive_usr1, NULL) != 0 || pthread_create(&milter, NULL, serve, &served) != 0)
		return EX_OSERR;
	pthread_detach(usr1);
	receive_signals();
	while (!atomic_load(&want_stop)) {
		while (sem_wait(&wake) < 0 && errno == EINTR)
			;
		if (atomic_exchange(&want_reload, false) && !atomic_load(&want_stop))
			reload(o->config);
	}
	log_text(LOG_LEVEL_INFO, "stopping");
	stop(milter, stop_timeout);
	log_text(LOG_LEVEL_INFO, "stopped after %llu messages (%llu from trusted clients, %llu learned from), %llu faults",
	    (unsigned long long)engine.counters.messages, (unsigned long long)engine.counters.trusted,
	    (unsigned long long)engine.counters.learned, (unsigned long long)engine.counters.faults);
	return served == 0 ? EX_OK : EX_SOFTWARE;
}

static int fail(const struct err *err)
{
	log_text(LOG_LEVEL_ERROR, "%s", err->text);
	return err->code == E_SYNTAX || err->code == E_ABSENT ? EX_CONFIG : status_exit(err->code);
}

/* Without privileges, and without touching anything. */
static int check_only(const struct options *o)
{
	struct endpoint endpoint;
	struct listen_conf lc;
	struct identity id;
	struct err err = { 0 };
	struct setup *s;
	int rc = engine_load(&engine, o->config, &err);

	s = setup_get(&engine.setups);
	if (rc == E_OK)
		rc = check_config(s->config, &endpoint, &lc, &id, &err);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.text);
	else
		printf("%s: good; policy %s: %zu rules, %zu platforms, %zu fingerprints\n", o->config, s->policy->path.p,
		    s->policy->rules_count, catalogue_count(s->policy->catalogue), catalogue_fingerprints(s->policy->catalogue));
	setup_put(s);
	setup_slot_done(&engine.setups);
	return rc < 0 ? EX_CONFIG : EX_OK;
}

static int run_daemon(struct options *o)
{
	struct endpoint endpoint;
	struct err err = { 0 };
	struct setup *s;
	int64_t stop_timeout;
	int rc;

	if (o->config[0] != '/' && (o->config = realpath(o->config, NULL)) == NULL)
		return fail((err_set(&err, E_ABSENT, "cannot find the configuration: %s", strerror(errno)), &err));
	if (engine_load(&engine, o->config, &err) < 0)
		return fail(&err);
	if (!o->foreground && (rc = background_begin()) != 0)
		return rc < 0 ? EX_OSERR : background_result();
	s = setup_get(&engine.setups);
	log_open("antisalesd", o->foreground || strcmp(s->config->log, "stderr") == 0 ? LOG_SINK_STDERR : LOG_SINK_SYSLOG,
	    (enum log_level)log_level_of(slice_of(s->config->log_level)));
	raise_descriptors(s->config);
	stop_timeout = s->config->stop_timeout;
	if (start(s->config, &endpoint, &err) < 0) {
		setup_put(s);
		return fail(&err);
	}
	log_text(LOG_LEVEL_INFO, "ready on %s; policy %s (%s, %zu rules), %zu platforms by %s, store %s", endpoint.text,
	    s->policy->path.p, mode_name(s->policy->mode), s->policy->rules_count, catalogue_count(s->policy->catalogue),
	    catalogue_engine(s->policy->catalogue), engine.store->ops->name);
	setup_put(s);
	background_ready();
	notify("READY=1");
	return run(o, stop_timeout);
}

static int parse_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "c:nfVh")) != -1) {
		switch (c) {
		case 'c': o->config = optarg; break;
		case 'n': o->check = true; break;
		case 'f': o->foreground = true; break;
		case 'V': puts("antisalesd " PACKAGE_VERSION); return EX_OK;
		case 'h': fputs(usage, stdout); return EX_OK;
		default: fputs(usage, stderr); return EX_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "antisalesd: unexpected argument \"%s\"\n%s", argv[optind], usage);
		return EX_USAGE;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct options o = { .config = SYSCONFDIR "/antisales/antisales.yaml" };
	struct err err = { 0 };
	int rc = parse_options(argc, argv, &o);

	if (rc >= 0)
		return rc;
	setlocale(LC_ALL, "C");
	umask(027);
	block_signals();
	sem_init(&wake, 0, 0);
	log_open("antisalesd", LOG_SINK_STDERR, LOG_LEVEL_INFO);
	engine_init(&engine, wall, NULL);
	if (hash_init(&err) < 0)
		return fail(&err);
	return o.check ? check_only(&o) : run_daemon(&o);
}
