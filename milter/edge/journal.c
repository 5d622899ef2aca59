/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "antisales/base/alloc.h"
#include "antisales/base/clock.h"
#include "antisales/base/log.h"
#include "antisales/edge/chain.h"

struct journal {
	char *path;
	int fd;
	bool chained;
	struct site_key key;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	char *queue[JOURNAL_QUEUE];     /* a ring of lines */
	size_t head, count;
	bool stopping, reopen, failing, busy;
	bool torn;                      /* the file ends within a line */
	struct journal_stats stats;
};

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* True when the path no longer names the open file. */
static bool is_rotated(const struct journal *j)
{
	struct stat now, open_one;

	if (stat(j->path, &now) < 0)
		return true;
	return fstat(j->fd, &open_one) < 0 || now.st_ino != open_one.st_ino || now.st_dev != open_one.st_dev;
}

static void open_again(struct journal *j)
{
	int fd = open_file(j->path);

	if (fd < 0) {
		log_text(LOG_LEVEL_WARNING, "journal %s cannot be opened anew: %s", j->path, strerror(errno));
		return;
	}
	close(j->fd);
	j->fd = fd;
}

/* One warning per outage. */
static void complain(struct journal *j, const char *why)
{
	if (!j->failing)
		log_text(LOG_LEVEL_WARNING, "journal %s: %s; decisions go on unwritten", j->path, why);
	j->failing = true;
}

/* false when the line was not written whole. */
static bool write_all(struct journal *j, struct slice line)
{
	size_t done = 0;

	/* what a full disk cut off must not spoil the next line */
	if (j->torn && write(j->fd, "\n", 1) == 1)
		j->torn = false;
	while (done < line.n) {
		ssize_t w = write(j->fd, line.p + done, line.n - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			complain(j, strerror(errno));
			j->torn = j->torn || done > 0;
			return false;
		}
		done += (size_t)w;
	}
	j->failing = false;
	return true;
}

static bool write_chained(struct journal *j, struct slice line, struct buf *b)
{
	struct chain_link before, link;
	struct err err = { 0 };
	int fd;
	bool done;

	if (chain_lock(j->path, &j->key, &fd, &before, &err) < 0) {
		complain(j, err.text);
		return false;
	}
	chain_line(&j->key, &before, line, b, &link);
	buf_addc(b, '\n');
	done = !b->cut && write_all(j, buf_slice(b));
	chain_unlock(j->path, fd, done ? &link : NULL);
	return done;
}

static bool write_line(struct journal *j, const char *line)
{
	struct buf b;
	bool done;

	buf_init(&b, 2 * JOURNAL_LINE_MAX);
	if (j->chained) {
		done = write_chained(j, slice_of(line), &b);
	} else {
		buf_adds(&b, line);
		buf_addc(&b, '\n');
		done = !b.cut && write_all(j, buf_slice(&b));
	}
	buf_done(&b);
	return done;
}

static void *run(void *arg)
{
	struct journal *j = arg;

	pthread_mutex_lock(&j->lock);
	while (j->count > 0 || !j->stopping) {
		char *line;
		bool reopen, written;

		if (j->count == 0) {
			pthread_cond_wait(&j->work, &j->lock);
			continue;
		}
		line = j->queue[j->head];
		j->head = (j->head + 1) % JOURNAL_QUEUE;
		j->count--;
		reopen = j->reopen;
		j->reopen = false;
		j->busy = true;
		pthread_mutex_unlock(&j->lock);
		if (reopen || is_rotated(j))
			open_again(j);
		written = write_line(j, line);
		free(line);
		pthread_mutex_lock(&j->lock);
		j->busy = false;
		j->stats.written += written;
		j->stats.dropped += !written;
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

static void release(struct journal *j)
{
	pthread_cond_destroy(&j->work);
	pthread_mutex_destroy(&j->lock);
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	free(j);
}

int journal_open(const char *path, const struct site_key *key, struct journal **ret, struct err *reterr)
{
	struct journal *j = alloc_zeroed(1, sizeof *j);
	int rc;

	if (j == NULL || (j->path = alloc_strdup(path)) == NULL) {
		free(j);
		return err_set(reterr, E_NOMEM, "no memory for the journal");
	}
	j->chained = key != NULL;
	if (key != NULL)
		j->key = *key;
	j->fd = open_file(path);
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->work, NULL);
	if (j->fd < 0) {
		rc = err_set(reterr, E_IO, "cannot open journal %s: %s", path, strerror(errno));
	} else if (pthread_create(&j->thread, NULL, run, j) != 0) {
		rc = err_set(reterr, E_BUSY, "cannot start the journal's thread");
	} else {
		*ret = j;
		return E_OK;
	}
	release(j);
	return rc;
}

void journal_put(struct journal *j, struct slice line)
{
	char *copy = alloc_bytes(line.n + 1);
	bool fits;

	if (copy != NULL) {
		memcpy(copy, line.p, line.n);
		copy[line.n] = '\0';
	}
	pthread_mutex_lock(&j->lock);
	fits = copy != NULL && j->count < JOURNAL_QUEUE;
	if (fits) {
		j->queue[(j->head + j->count) % JOURNAL_QUEUE] = copy;
		j->count++;
		pthread_cond_signal(&j->work);
	} else {
		j->stats.dropped++;
	}
	pthread_mutex_unlock(&j->lock);
	if (!fits)
		free(copy);
}

void journal_stats(struct journal *j, struct journal_stats *ret)
{
	pthread_mutex_lock(&j->lock);
	*ret = j->stats;
	pthread_mutex_unlock(&j->lock);
}

void journal_flush(struct journal *j, unsigned timeout_ms)
{
	bool idle = false;

	for (unsigned waited = 0; !idle && waited < timeout_ms; waited += 10) {
		pthread_mutex_lock(&j->lock);
		idle = j->count == 0 && !j->busy;
		pthread_mutex_unlock(&j->lock);
		if (!idle)
			clock_sleep_ms(10);
	}
}

void journal_reopen(struct journal *j)
{
	pthread_mutex_lock(&j->lock);
	j->reopen = true;
	pthread_mutex_unlock(&j->lock);
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	pthread_cond_signal(&j->work);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	release(j);
}

int journal_append(const char *path, const struct site_key *key, struct slice line, struct err *reterr)
{
	int fd = open_file(path), end, rc;
	struct chain_link before, link;
	struct buf b;
	ssize_t n;

	if (fd < 0)
		return err_set(reterr, E_IO, "cannot open journal %s: %s", path, strerror(errno));
	rc = chain_lock(path, key, &end, &before, reterr);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	buf_init(&b, 2 * JOURNAL_LINE_MAX);
	chain_line(key, &before, line, &b, &link);
	buf_addc(&b, '\n');
	n = b.cut ? -1 : write(fd, b.p, b.n);
	if (n < 0 || (size_t)n < b.n)
		rc = err_set(reterr, E_IO, "journal %s: %s", path, n < 0 ? strerror(errno) : "no room for the whole line");
	chain_unlock(path, end, rc == E_OK ? &link : NULL);
	buf_done(&b);
	close(fd);
	return rc;
}
