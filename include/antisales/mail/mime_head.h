/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_MIME_HEAD_H
#define ANTISALES_MAIL_MIME_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/buf.h"
#include "antisales/mail/content.h"
#include "antisales/mail/mime.h"

/* The header block of a part: collected line by line, only the fields that say how to read the body are kept. */
enum { MIME_FIELD_TYPE, MIME_FIELD_TYPE_2, MIME_FIELD_ENCODING, MIME_FIELD_ENCODING_2, MIME_FIELD_DISPOSITION,
	MIME_FIELDS };

struct mime_head {
	struct buf fields[MIME_FIELDS];
	bool has[MIME_FIELDS];
	int open;                       /* field that a continuation line belongs to; -1 none, -2 one of no interest */
};

void mime_head_init(struct mime_head *h, size_t value_bytes_max);
void mime_head_done(struct mime_head *h);
void mime_head_clear(struct mime_head *h);
/* Takes a header line with its line end; false when it is none (then the body has begun). */
bool mime_head_line(struct mime_head *h, struct slice line);
/* Could this beginning of a line be one of a header field? */
bool mime_head_is_line(struct slice line);
/* "From " line of an mbox, quoted or not. */
bool mime_head_is_mbox(struct slice line);
/* The fields, unfolded; they live in the arena. */
void mime_head_end(const struct mime_head *h, struct arena *a, struct content_head *ret);

/* What a header block announces. */
struct mime_info {
	struct mime_part part;
	bool is_multipart, is_message, is_digest;
	struct slice boundaries[2];
	size_t boundaries_count;
};

/* digest: in a multipart/digest, where a part without type is a message. Slices live in head or in the arena. */
void mime_info_read(const struct content_head *head, bool digest, struct arena *a, struct mime_info *ret);

#endif
