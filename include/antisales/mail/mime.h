/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_MIME_H
#define ANTISALES_MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"
#include "antisales/mail/content.h"
#include "antisales/mail/limits.h"
#include "antisales/mail/transfer.h"

/*
 * A streaming MIME reader (RFC 2045, 2046): bytes in, leaf parts out. Lenient
 * like mail programs: an outer boundary closes what is open inside, closing
 * delimiters may be missing, a header block ends where a line is no header
 * line, two values for one thing are both told. Nothing of a body is kept.
 */
enum mime_kind {
	MIME_LEAF,
	MIME_PREAMBLE,                  /* what stands before the first delimiter of a multipart */
	MIME_MESSAGE                    /* message/rfc822 in an encoding: its decoded bytes are a message */
};

/* A leaf part; slices are valid during begin() only. */
struct mime_part {
	enum mime_kind kind;
	struct slice type, type_2;      /* "text/html" in lower case; type_2 absent unless a second field differs */
	struct slice charset;           /* absent when missing */
	struct slice name;              /* file name, decoded; absent when missing */
	enum transfer_encoding encoding, encoding_2;    /* equal unless a second field differs */
	bool attachment;                /* Content-Disposition: attachment */
	bool delsp;                     /* format=flowed; delsp=yes */
	bool attached;                  /* inside a message/rfc822 part */
	size_t depth;                   /* 1 for a body that is no multipart */
};

struct mime_ops {
	void (*begin)(void *arg, const struct mime_part *part);
	void (*bytes)(void *arg, struct slice bytes);           /* still in their transfer encoding */
	void (*end)(void *arg, bool used);      /* used: false for a preamble whose multipart turned out whole */
};

struct mime;

/* limits and ops must outlive the reader. NULL out of memory; mime_free() it. */
struct mime *mime_new(const struct mail_limits *limits, const struct mime_ops *ops, void *arg);
void mime_free(struct mime *m);                 /* NULL-safe */
/* Starts with the body of a message whose header fields are known. attached: it is itself inside another one. */
void mime_begin_body(struct mime *m, const struct content_head *head, bool attached);
/* Starts with a whole message, header first. */
void mime_begin_message(struct mime *m, bool attached);
void mime_feed(struct mime *m, struct slice bytes);
void mime_end(struct mime *m);

/* Counters since the beginning. */
struct mime_counts {
	size_t parts;                   /* of any type, containers too */
	size_t depth;                   /* deepest level */
	size_t messages;                /* message/rfc822 parts */
	bool cut;                       /* a limit was reached */
};
struct mime_counts mime_counts(const struct mime *m);

#endif
