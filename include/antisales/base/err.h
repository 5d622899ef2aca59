/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_ERR_H
#define ANTISALES_BASE_ERR_H

#include <stdbool.h>

/* Every function that can fail returns one of these; 0 is success, failures are negative. */
enum status {
	E_OK = 0,
	E_NOMEM = -1,           /* the system has no memory */
	E_LIMIT = -2,           /* a limit of ours was reached */
	E_SYNTAX = -3,          /* input that cannot be understood */
	E_IO = -4,              /* a file, a device, a socket */
	E_BUSY = -5,            /* try again later */
	E_UNSURE = -6,          /* may or may not have been done */
	E_ABSENT = -7           /* what was asked for does not exist */
};

/*
 * What went wrong, complete enough to print as it is. Fixed size, so that it
 * works without memory. Untouched when all is well.
 */
struct err {
	enum status code;
	unsigned line, column;          /* 1-based place in the input, 0 = none */
	bool placed;                    /* the text names file and line already */
	char text[400];
};

/* Both accept e == NULL and return the code, so a failing call can end in "return err_set(...)". */
int err_set(struct err *e, enum status code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts the outer step in front: "outer: inner". Returns the code that e holds (E_IO if e is NULL). */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As err_set, with a place in the input. */
int err_at(struct err *e, unsigned line, unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *status_name(enum status code);
/* sysexits(3) code for a program that ends because of this. */
int status_exit(enum status code);

#endif
