/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TEST_DNS_STUB_H
#define TEST_DNS_STUB_H

/* A name server on a loopback port, in a thread of the test: answers TXT questions over UDP from a table. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum dns_kind { DNS_TXT, DNS_NODATA, DNS_NXDOMAIN, DNS_SERVFAIL, DNS_REFUSED, DNS_SILENT };

/* What is answered for a name. Names that are in no record get the kind that the stub was opened with. */
struct dns_record {
	const char *name;
	enum dns_kind kind;
	const char *text;               /* DNS_TXT */
	const char *second;             /* a second TXT record, or NULL */
	unsigned string_bytes;          /* the text is cut into strings of that length; 0: 255 */
	unsigned ttl;
	unsigned delay_ms;
};

enum { DNS_PACKET = 16384, DNS_DELAYED = 64 };

struct dns_reply {
	unsigned char bytes[DNS_PACKET];
	size_t n;
	struct sockaddr_in to;
	int64_t at_ms;                  /* 0: this place is free */
};

struct dns_stub {
	int fd;
	char address[32];               /* "127.0.0.1@port" */
	const struct dns_record *records;
	size_t count;
	enum dns_kind otherwise;
	atomic_uint questions;
	atomic_bool stop;
	pthread_t thread;
	struct dns_reply delayed[DNS_DELAYED];
};

static inline int64_t dns_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads the name of the question into out; the bytes of the whole question section, 0 when it is damaged. */
static inline size_t dns_question(const unsigned char *q, size_t n, char *out, size_t room)
{
	size_t at = 12, o = 0;

	while (at < n && q[at] != 0) {
		size_t label = q[at++];

		if (label > 63 || at + label >= n || o + label + 2 > room)
			return 0;
		if (o > 0)
			out[o++] = '.';
		memcpy(out + o, q + at, label);
		o += label;
		at += label;
	}
	out[o] = '\0';
	return at + 5 <= n ? at + 5 - 12 : 0;
}

static inline void dns_put16(struct dns_reply *r, unsigned v)
{
	r->bytes[r->n++] = (unsigned char)(v >> 8);
	r->bytes[r->n++] = (unsigned char)v;
}

static inline void dns_put_head(struct dns_reply *r, unsigned type, unsigned ttl)
{
	dns_put16(r, 0xc00c);
	dns_put16(r, type);
	dns_put16(r, 1);
	dns_put16(r, ttl >> 16);
	dns_put16(r, ttl & 0xffff);
}

static inline void dns_put_txt(struct dns_reply *r, const struct dns_record *rec, const char *text)
{
	size_t left = strlen(text), each = rec->string_bytes == 0 ? 255 : rec->string_bytes, length_at;

	dns_put_head(r, 16, rec->ttl);
	length_at = r->n;
	r->n += 2;
	do {
		size_t n = left < each ? left : each;

		r->bytes[r->n++] = (unsigned char)n;
		memcpy(r->bytes + r->n, text, n);
		r->n += n;
		text += n;
		left -= n;
	} while (left > 0);
	r->bytes[length_at] = (unsigned char)((r->n - length_at - 2) >> 8);
	r->bytes[length_at + 1] = (unsigned char)(r->n - length_at - 2);
}

/* An SOA, without which a "no" is not remembered: names are the root, the last number is the TTL. */
static inline void dns_put_soa(struct dns_reply *r, unsigned ttl)
{
	r->bytes[r->n++] = 0;
	dns_put16(r, 6);
	dns_put16(r, 1);
	dns_put16(r, ttl >> 16);
	dns_put16(r, ttl & 0xffff);
	dns_put16(r, 22);
	memset(r->bytes + r->n, 0, 18);
	r->n += 18;
	dns_put16(r, ttl >> 16);
	dns_put16(r, ttl & 0xffff);
}

static inline void dns_write(struct dns_reply *r, const unsigned char *q, size_t question, const struct dns_record *rec)
{
	static const unsigned rcodes[] = { [DNS_TXT] = 0, [DNS_NODATA] = 0, [DNS_NXDOMAIN] = 3, [DNS_SERVFAIL] = 2,
		[DNS_REFUSED] = 5 };
	bool no = rec->kind == DNS_NODATA || rec->kind == DNS_NXDOMAIN;

	memcpy(r->bytes, q, 2);
	r->n = 2;
	dns_put16(r, 0x8180 | rcodes[rec->kind]);
	dns_put16(r, 1);
	dns_put16(r, rec->kind != DNS_TXT ? 0 : rec->second != NULL ? 2 : 1);
	dns_put16(r, no ? 1 : 0);
	dns_put16(r, 0);
	memcpy(r->bytes + r->n, q + 12, question);
	r->n += question;
	if (rec->kind == DNS_TXT)
		dns_put_txt(r, rec, rec->text);
	if (rec->kind == DNS_TXT && rec->second != NULL)
		dns_put_txt(r, rec, rec->second);
	if (no)
		dns_put_soa(r, rec->ttl);
}

static inline const struct dns_record *dns_find(const struct dns_stub *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcasecmp(s->records[i].name, name) == 0)
			return &s->records[i];
	return NULL;
}

static inline void dns_send(struct dns_stub *s, struct dns_reply *r)
{
	(void)!sendto(s->fd, r->bytes, r->n, 0, (const struct sockaddr *)&r->to, sizeof r->to);
	r->at_ms = 0;
}

static inline void dns_answer(struct dns_stub *s)
{
	unsigned char q[2048];
	char name[512];
	struct dns_reply now, *r = &now;
	struct dns_record other = { .kind = s->otherwise, .text = "", .ttl = 60 };
	const struct dns_record *rec;
	socklen_t room = sizeof now.to;
	ssize_t n = recvfrom(s->fd, q, sizeof q, 0, (struct sockaddr *)&now.to, &room);
	size_t question;

	if (n < 17 || (question = dns_question(q, (size_t)n, name, sizeof name)) == 0)
		return;
	atomic_fetch_add(&s->questions, 1);
	rec = dns_find(s, name);
	rec = rec == NULL ? &other : rec;
	if (rec->kind == DNS_SILENT)
		return;
	for (size_t i = 0; rec->delay_ms > 0 && i < DNS_DELAYED && r == &now; i++)
		if (s->delayed[i].at_ms == 0)
			r = &s->delayed[i];
	if (r != &now)
		r->to = now.to;
	dns_write(r, q, question, rec);
	if (r == &now)
		dns_send(s, r);
	else
		r->at_ms = dns_now_ms() + rec->delay_ms;
}

static inline void *dns_serve(void *arg)
{
	struct dns_stub *s = arg;

	while (!atomic_load(&s->stop)) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };

		if (poll(&p, 1, 5) > 0)
			dns_answer(s);
		for (size_t i = 0; i < DNS_DELAYED; i++)
			if (s->delayed[i].at_ms != 0 && s->delayed[i].at_ms <= dns_now_ms())
				dns_send(s, &s->delayed[i]);
	}
	return NULL;
}

/* The records must live as long as the stub. Ends the test program when there is no socket. */
static inline struct dns_stub *dns_open(const struct dns_record *records, size_t count, enum dns_kind otherwise)
{
	struct dns_stub *s = calloc(1, sizeof *s);
	struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof me;

	if (s == NULL)
		abort();
	s->records = records;
	s->count = count;
	s->otherwise = otherwise;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&me, sizeof me) < 0
	    || getsockname(s->fd, (struct sockaddr *)&me, &n) < 0)
		abort();
	snprintf(s->address, sizeof s->address, "127.0.0.1@%u", (unsigned)ntohs(me.sin_port));
	if (pthread_create(&s->thread, NULL, dns_serve, s) != 0)
		abort();
	return s;
}

static inline void dns_close(struct dns_stub *s)
{
	if (s == NULL)
		return;
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	close(s->fd);
	free(s);
}

#endif
