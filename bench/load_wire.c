/* SPDX-License-Identifier: BSD-3-Clause */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

enum {
	PROTOCOL_VERSION = 6,
	OFFERED_ACTIONS = 0x1ff,
	OFFERED_STEPS = 0x1fffff,
	BODY_CHUNK = 65535,
	PACKET_LIMIT = 1024 * 1024,
	REPLY_TIMEOUT_S = 60
};

struct wire {
	const struct envelope *envelope;
	struct wire_counts *counts;
	int fd;
	uint32_t steps;                 /* what the milter asked for */
	struct bytes out;
	unsigned char in[BODY_CHUNK];
	size_t in_at, in_n;
};

/* Replies sorted by what the MTA does next. */
enum answer { ANSWER_GO_ON, ANSWER_SKIP, ANSWER_FINAL, ANSWER_BROKEN };

static void bytes_text(struct bytes *b, const char *s)
{
	bytes_add(b, s, strlen(s) + 1);
}

static void bytes_u32(struct bytes *b, uint32_t v)
{
	v = htonl(v);
	bytes_add(b, &v, sizeof v);
}

/* ---- sockets ---- */

static int connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof a.sun_path)
		die("%s: path too long", path);
	strcpy(a.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

/* "PORT@HOST" as libmilter writes it or "HOST:PORT" as Postfix does. */
static int connect_inet(const char *where)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	const char *at = strchr(where, '@'), *colon = strrchr(where, ':');
	char host[256] = "", port[16] = "";
	int fd, on = 1;

	if (at != NULL) {
		snprintf(port, sizeof port, "%.*s", (int)(at - where), where);
		snprintf(host, sizeof host, "%s", at + 1);
	} else if (colon != NULL) {
		snprintf(port, sizeof port, "%s", colon + 1);
		snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
	}
	if (getaddrinfo(host, port, &hints, &found) != 0)
		die("inet:%s is no address", where);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		die("inet:%s: %s", where, strerror(errno));
	freeaddrinfo(found);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static int connect_to(const char *where)
{
	struct timeval t = { .tv_sec = REPLY_TIMEOUT_S };
	int fd;

	if (strncmp(where, "unix:", 5) == 0)
		fd = connect_unix(where + 5);
	else if (strncmp(where, "inet:", 5) == 0)
		fd = connect_inet(where + 5);
	else
		die("%s: neither unix: nor inet:", where);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
	return fd;
}

static bool flush(struct wire *w)
{
	size_t at = 0;

	while (at < w->out.n) {
		ssize_t n = send(w->fd, w->out.p + at, w->out.n - at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	w->out.n = 0;
	return true;
}

static bool take(struct wire *w, void *p, size_t n)
{
	unsigned char *to = p;

	while (n > 0) {
		size_t some = w->in_n - w->in_at;
		ssize_t got;

		if (some > 0) {
			some = some < n ? some : n;
			if (to != NULL) {
				memcpy(to, w->in + w->in_at, some);
				to += some;
			}
			w->in_at += some;
			n -= some;
			continue;
		}
		got = recv(w->fd, w->in, sizeof w->in, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		w->in_at = 0;
		w->in_n = (size_t)got;
	}
	return true;
}

/* ---- packets ---- */

static size_t packet_begin(struct bytes *b, int command)
{
	unsigned char letter = (unsigned char)command;
	size_t start = b->n;

	bytes_u32(b, 0);
	bytes_add(b, &letter, 1);
	return start;
}

static void packet_end(struct bytes *b, size_t start)
{
	uint32_t n = htonl((uint32_t)(b->n - start - 4));

	memcpy(b->p + start, &n, sizeof n);
}

static void packet(struct bytes *b, int command, const char *text)
{
	size_t start = packet_begin(b, command);

	if (text != NULL)
		bytes_text(b, text);
	packet_end(b, start);
}

struct macro {
	const char *name, *value;
};

static void macros(struct bytes *b, int command, const struct macro *m, size_t n)
{
	size_t start = packet_begin(b, SMFIC_MACRO);
	unsigned char letter = (unsigned char)command;

	bytes_add(b, &letter, 1);
	for (size_t i = 0; i < n; i++) {
		bytes_text(b, m[i].name);
		bytes_text(b, m[i].value);
	}
	packet_end(b, start);
}

static bool read_head(struct wire *w, size_t *ret_n, int *ret_letter)
{
	unsigned char head[5];
	uint32_t n;

	if (!take(w, head, sizeof head))
		return false;
	memcpy(&n, head, sizeof n);
	n = ntohl(n);
	if (n == 0 || n > PACKET_LIMIT)
		return false;
	*ret_n = n - 1;
	*ret_letter = head[4];
	return true;
}

static enum answer sort_answer(struct wire_counts *counts, int letter)
{
	switch (letter) {
	case SMFIR_CONTINUE:
		return ANSWER_GO_ON;
	case SMFIR_SKIP:
		return ANSWER_SKIP;
	case SMFIR_REJECT:
	case SMFIR_TEMPFAIL:
	case SMFIR_REPLYCODE:
		atomic_fetch_add(&counts->refused, 1);
		return ANSWER_FINAL;
	case SMFIR_ACCEPT:
	case SMFIR_DISCARD:
		return ANSWER_FINAL;
	default:
		return ANSWER_BROKEN;
	}
}

static bool is_edit(int letter)
{
	return letter != '\0' && strchr("+2-behimlq", letter) != NULL;
}

/* Sends what is queued and waits for the reply; edits and progress come before it. */
static enum answer await(struct wire *w)
{
	size_t n;
	int letter;

	if (!flush(w))
		return ANSWER_BROKEN;
	while (read_head(w, &n, &letter) && take(w, NULL, n)) {
		if (is_edit(letter))
			atomic_fetch_add(&w->counts->edits, 1);
		else if (letter != SMFIR_PROGRESS)
			return sort_answer(w->counts, letter);
	}
	return ANSWER_BROKEN;
}

static enum answer await_unless(struct wire *w, uint32_t no_reply)
{
	return (w->steps & no_reply) != 0 ? ANSWER_GO_ON : await(w);
}

/* ---- one connection ---- */

static bool negotiate(struct wire *w)
{
	uint32_t told[3];
	size_t n, start = packet_begin(&w->out, SMFIC_OPTNEG);
	int letter;

	bytes_u32(&w->out, PROTOCOL_VERSION);
	bytes_u32(&w->out, OFFERED_ACTIONS);
	bytes_u32(&w->out, OFFERED_STEPS);
	packet_end(&w->out, start);
	if (!flush(w) || !read_head(w, &n, &letter) || letter != SMFIC_OPTNEG || n < sizeof told
	    || !take(w, told, sizeof told) || !take(w, NULL, n - sizeof told))
		return false;
	w->steps = ntohl(told[2]);
	return true;
}

static enum answer greet(struct wire *w)
{
	static const struct macro known[] = {
		{ "j", "mx.example.com" }, { "{daemon_name}", "mx.example.com" }, { "v", "milter-load" },
	};
	const struct envelope *o = w->envelope;
	bool v6 = strchr(o->client, ':') != NULL;
	uint16_t port = htons(25);
	enum answer a = ANSWER_GO_ON;
	size_t start;

	if ((w->steps & SMFIP_NOCONNECT) == 0) {
		macros(&w->out, SMFIC_CONNECT, known, sizeof known / sizeof known[0]);
		start = packet_begin(&w->out, SMFIC_CONNECT);
		bytes_text(&w->out, o->helo);
		bytes_add(&w->out, v6 ? "6" : "4", 1);
		bytes_add(&w->out, &port, sizeof port);
		bytes_text(&w->out, o->client);
		packet_end(&w->out, start);
		a = await_unless(w, SMFIP_NR_CONN);
	}
	if (a == ANSWER_GO_ON && (w->steps & SMFIP_NOHELO) == 0) {
		packet(&w->out, SMFIC_HELO, o->helo);
		a = await_unless(w, SMFIP_NR_HELO);
	}
	return a;
}

static enum answer send_envelope(struct wire *w, const char *id)
{
	const struct envelope *o = w->envelope;
	struct macro mail[] = { { "{mail_addr}", o->from } };
	struct macro rcpt[] = { { "i", id }, { "{rcpt_addr}", o->rcpt } };
	char path[320];
	enum answer a = ANSWER_GO_ON;

	if ((w->steps & SMFIP_NOMAIL) == 0) {
		macros(&w->out, SMFIC_MAIL, mail, 1);
		snprintf(path, sizeof path, "<%s>", o->from);
		packet(&w->out, SMFIC_MAIL, path);
		a = await_unless(w, SMFIP_NR_MAIL);
	}
	if (a == ANSWER_GO_ON && (w->steps & SMFIP_NORCPT) == 0) {
		macros(&w->out, SMFIC_RCPT, rcpt, 2);
		snprintf(path, sizeof path, "<%s>", o->rcpt);
		packet(&w->out, SMFIC_RCPT, path);
		a = await_unless(w, SMFIP_NR_RCPT);
	}
	if (a == ANSWER_GO_ON && (w->steps & SMFIP_NODATA) == 0) {
		macros(&w->out, SMFIC_DATA, rcpt, 1);
		packet(&w->out, SMFIC_DATA, NULL);
		a = await_unless(w, SMFIP_NR_DATA);
	}
	return a;
}

static enum answer send_header(struct wire *w, const struct mail *m)
{
	bool keep_space = (w->steps & SMFIP_HDR_LEADSPC) != 0;
	enum answer a = ANSWER_GO_ON;

	if ((w->steps & SMFIP_NOHDRS) != 0)
		return a;
	for (size_t i = 0; i < m->fields_count && a == ANSWER_GO_ON; i++) {
		const char *value = m->fields[i].value;
		size_t start = packet_begin(&w->out, SMFIC_HEADER);

		bytes_text(&w->out, m->fields[i].name);
		bytes_text(&w->out, !keep_space && *value == ' ' ? value + 1 : value);
		packet_end(&w->out, start);
		a = await_unless(w, SMFIP_NR_HDR);
	}
	return a;
}

static enum answer send_body(struct wire *w, const struct mail *m)
{
	enum answer a = ANSWER_GO_ON;

	if ((w->steps & SMFIP_NOEOH) == 0) {
		packet(&w->out, SMFIC_EOH, NULL);
		a = await_unless(w, SMFIP_NR_EOH);
	}
	if ((w->steps & SMFIP_NOBODY) != 0)
		return a;
	for (size_t at = 0; at < m->body.n && a == ANSWER_GO_ON; at += BODY_CHUNK) {
		size_t left = m->body.n - at, start = packet_begin(&w->out, SMFIC_BODY);

		bytes_add(&w->out, m->body.p + at, left < BODY_CHUNK ? left : BODY_CHUNK);
		packet_end(&w->out, start);
		a = await_unless(w, SMFIP_NR_BODY);
	}
	return a == ANSWER_SKIP ? ANSWER_GO_ON : a;
}

bool wire_send(struct wire *w, const struct mail *m, unsigned long number)
{
	char id[32];
	struct macro known[] = { { "i", id } };
	enum answer a;

	snprintf(id, sizeof id, "4LOAD%08lX", number);
	a = send_envelope(w, id);
	if (a == ANSWER_GO_ON)
		a = send_header(w, m);
	if (a == ANSWER_GO_ON)
		a = send_body(w, m);
	if (a != ANSWER_GO_ON)
		return a == ANSWER_FINAL;
	macros(&w->out, SMFIC_BODYEOB, known, 1);
	packet(&w->out, SMFIC_BODYEOB, NULL);
	return await(w) != ANSWER_BROKEN;
}

struct wire *wire_open(const char *where, const struct envelope *e, struct wire_counts *counts)
{
	struct wire *w = calloc(1, sizeof *w);

	if (w == NULL)
		die("out of memory");
	w->envelope = e;
	w->counts = counts;
	w->fd = connect_to(where);
	if (!negotiate(w) || greet(w) != ANSWER_GO_ON)
		die("the milter ended a connection at its start");
	return w;
}

void wire_close(struct wire *w)
{
	if (w == NULL)
		return;
	w->out.n = 0;
	packet(&w->out, SMFIC_QUIT, NULL);
	flush(w);
	close(w->fd);
	free(w->out.p);
	free(w);
}
