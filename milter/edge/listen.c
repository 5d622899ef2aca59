/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 512, FIRST_INHERITED = 3 };

static int bad(const char *text, const char *why, struct err *reterr)
{
	return err_set(reterr, E_SYNTAX, "socket \"%s\": %s; write unix:/path or inet:host:port", text, why);
}

static int take_port(const char *digits, size_t n, int *ret)
{
	long port = 0;

	if (n == 0 || n > 5)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -1;
		port = port * 10 + (digits[i] - '0');
	}
	*ret = (int)port;
	return port <= 65535 ? 0 : -1;
}

static int parse_unix(const char *text, const char *path, struct endpoint *ret, struct err *reterr)
{
	if (path[0] != '/')
		return bad(text, "the path must begin with /", reterr);
	if (strlen(path) >= sizeof ret->path)
		return bad(text, "the path must be shorter than 108 bytes", reterr);
	ret->is_unix = true;
	snprintf(ret->path, sizeof ret->path, "%s", path);
	snprintf(ret->text, sizeof ret->text, "unix:%s", path);
	return E_OK;
}

/* "PORT@HOST" as libmilter writes it, "HOST:PORT" or "[HOST]:PORT" as Postfix does. */
static int parse_inet(const char *text, const char *rest, struct endpoint *ret, struct err *reterr)
{
	const char *at = strchr(rest, '@'), *colon = strrchr(rest, ':');
	const char *host = at != NULL ? at + 1 : rest;
	size_t host_n = at != NULL ? strlen(host) : colon == NULL ? 0 : (size_t)(colon - rest);
	int rc = at != NULL ? take_port(rest, (size_t)(at - rest), &ret->port)
	    : colon == NULL ? -1 : take_port(colon + 1, strlen(colon + 1), &ret->port);

	if (at == NULL && colon == NULL)
		return bad(text, "the host is missing, and without one every address of this machine would listen", reterr);
	if (rc < 0)
		return bad(text, "the port must be a number up to 65535", reterr);
	if (host_n > 1 && host[0] == '[' && host[host_n - 1] == ']') {
		host++;
		host_n -= 2;
	}
	if (host_n == 0 || host_n >= sizeof ret->host)
		return bad(text, "the host is missing, and without one every address of this machine would listen", reterr);
	snprintf(ret->host, sizeof ret->host, "%.*s", (int)host_n, host);
	snprintf(ret->text, sizeof ret->text, "inet:%s:%d", ret->host, ret->port);
	return E_OK;
}

int endpoint_parse(const char *text, struct endpoint *ret, struct err *reterr)
{
	static const struct { const char *prefix; bool is_unix; } forms[] = {
		{ "unix:", true }, { "local:", true }, { "inet:", false }, { "inet6:", false },
	};

	*ret = (struct endpoint){ 0 };
	if (text[0] == '/')
		return parse_unix(text, text, ret, reterr);
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		size_t n = strlen(forms[i].prefix);

		if (strncmp(text, forms[i].prefix, n) == 0)
			return forms[i].is_unix ? parse_unix(text, text + n, ret, reterr) : parse_inet(text, text + n, ret, reterr);
	}
	return bad(text, "unknown kind", reterr);
}

static struct sockaddr_un unix_address(const struct endpoint *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, e->path, sizeof sa.sun_path);
	return sa;
}

/* Removes a socket that nobody answers on. */
static int clear_path(const struct endpoint *e, struct err *reterr)
{
	struct sockaddr_un sa = unix_address(e);
	struct stat st;
	int fd, rc;

	if (lstat(e->path, &st) < 0)
		return errno == ENOENT ? E_OK : err_set(reterr, E_IO, "%s: %s", e->text, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(reterr, E_IO, "%s: there is a file that is no socket; remove it or name another path", e->text);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(reterr, E_IO, "%s: %s", e->text, strerror(errno));
	rc = connect(fd, (const struct sockaddr *)&sa, sizeof sa);
	close(fd);
	if (rc == 0)
		return err_set(reterr, E_BUSY, "%s: another daemon answers there; stop it first", e->text);
	if (unlink(e->path) < 0)
		return err_set(reterr, E_IO, "%s: cannot remove the dead socket: %s", e->text, strerror(errno));
	return E_OK;
}

static int listen_unix(const struct endpoint *e, const struct listen_conf *c, int *ret_fd, struct err *reterr)
{
	struct sockaddr_un sa = unix_address(e);
	mode_t old;
	int fd, rc = clear_path(e, reterr);

	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	old = umask(0177);
	rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&sa, sizeof sa);
	umask(old);
	if (rc < 0 || (c->group != (gid_t)-1 && chown(e->path, (uid_t)-1, c->group) < 0)
	    || chmod(e->path, c->mode) < 0 || listen(fd, BACKLOG) < 0) {
		err_set(reterr, E_IO, "cannot listen on %s: %s", e->text, strerror(errno));
		if (fd >= 0)
			close(fd);
		return E_IO;
	}
	*ret_fd = fd;
	return E_OK;
}

static int listen_at(const struct addrinfo *ai)
{
	int one = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* libmilter answers in small pieces: without this every message waits for a delayed acknowledgement */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0
	    || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0
	    || bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int listen_inet(const struct endpoint *e, int *ret_fd, struct err *reterr)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list;
	char port[12];
	int rc;

	snprintf(port, sizeof port, "%d", e->port);
	rc = getaddrinfo(e->host, port, &hints, &list);
	if (rc != 0)
		return err_set(reterr, E_IO, "cannot listen on %s: %s", e->text, gai_strerror(rc));
	*ret_fd = listen_at(list);
	freeaddrinfo(list);
	if (*ret_fd < 0)
		return err_set(reterr, errno == EADDRINUSE ? E_BUSY : E_IO, "cannot listen on %s: %s", e->text, strerror(errno));
	return E_OK;
}

int endpoint_listen(const struct endpoint *e, const struct listen_conf *c, int *ret_fd, struct err *reterr)
{
	return e->is_unix ? listen_unix(e, c, ret_fd, reterr) : listen_inet(e, ret_fd, reterr);
}

int listen_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	if (pid == NULL || fds == NULL || strtol(pid, NULL, 10) != (long)getpid() || strtol(fds, NULL, 10) < 1)
		return -1;
	return FIRST_INHERITED;
}
