/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BENCH_LOAD_H
#define ANTISALES_BENCH_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says what is wrong and ends the program: a measurement with a fault in it is none. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct bytes {
	unsigned char *p;
	size_t n, room;
};
void bytes_add(struct bytes *b, const void *p, size_t n);

struct field {
	const char *name, *value;       /* the value begins with its leading space */
};
struct mail {
	char *text;                     /* owns the fields */
	struct field *fields;
	size_t fields_count;
	struct bytes body;              /* CRLF line ends */
};
/* All .eml files of a folder, sorted by name; never none. */
struct mail *mails_read(const char *folder, size_t *ret_count);
void mails_free(struct mail *mails, size_t n);

/* Whom the MTA pretends to serve. */
struct envelope {
	const char *client, *helo, *from, *rcpt;
};
struct wire_counts {
	atomic_ulong edits, refused;
};
struct wire;
/* Connects, negotiates as a new Postfix does and greets. */
struct wire *wire_open(const char *where, const struct envelope *e, struct wire_counts *counts);
/* False when the connection broke. The number becomes the queue id. */
bool wire_send(struct wire *w, const struct mail *m, unsigned long number);
void wire_close(struct wire *w);        /* NULL-safe */

#endif
