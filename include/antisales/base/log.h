/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_LOG_H
#define ANTISALES_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_sink { LOG_SINK_STDERR, LOG_SINK_SYSLOG };

/* Process-wide, set once before threads start; ident must live as long as the process. */
void log_open(const char *ident, enum log_sink sink, enum log_level level);
void log_set_level(enum log_level level);               /* any thread */
void log_text(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * One event, one line of key=value. Values may be any bytes: what goes out is
 * printable ASCII, everything else \xHH, in double quotes when it holds a space,
 * a quote, a backslash or '=', at most 256 bytes of the value.
 */
struct log_line {
	char text[2048];
	size_t n;
};
void log_begin(struct log_line *l);
void log_put(struct log_line *l, const char *key, struct slice value);   /* empty values are left out */
void log_put_int(struct log_line *l, const char *key, int64_t value);
void log_end(struct log_line *l, enum log_level level);                  /* writes the line */

/* Appends value to out as described above, whatever its length. */
void log_escape(struct buf *out, struct slice value);
/* -1 when the word is none of error, warning, info, debug. */
int log_level_of(struct slice word);

#endif
