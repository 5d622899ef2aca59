/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { VALUE_MAX = 256 };

static enum log_sink log_to = LOG_SINK_STDERR;
static const char *log_ident = "antisales";
static atomic_int log_at = LOG_LEVEL_INFO;

static const char *const level_names[] = { "error", "warning", "info", "debug" };
static const int level_priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_open(const char *ident, enum log_sink sink, enum log_level level)
{
	log_ident = ident;
	log_to = sink;
	log_set_level(level);
	if (sink == LOG_SINK_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_at, (int)level, memory_order_relaxed);
}

int log_level_of(struct slice word)
{
	for (int i = 0; i < (int)(sizeof level_names / sizeof level_names[0]); i++)
		if (slice_ieq(word, slice_of(level_names[i])))
			return i;
	return -1;
}

static void emit(enum log_level level, const char *text)
{
	char line[2300];
	int n;

	if ((int)level > atomic_load_explicit(&log_at, memory_order_relaxed))
		return;
	if (log_to == LOG_SINK_SYSLOG) {
		syslog(level_priorities[level], "%s", text);
		return;
	}
	n = snprintf(line, sizeof line, "%s: %s: %s\n", log_ident, level_names[level], text);
	if (n >= (int)sizeof line) {
		n = (int)sizeof line - 1;
		line[n - 1] = '\n';
	}
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;                 /* nobody is left to tell */
}

void log_text(enum log_level level, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	emit(level, text);
}

static bool is_plain(struct slice v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] >= 0x7f || strchr("\"\\=", v.p[i]) != NULL)
			return false;
	return v.n > 0;
}

void log_escape(struct buf *out, struct slice v)
{
	if (is_plain(v)) {
		buf_add(out, v);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c == '"' || c == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, (char)c);
		} else if (c >= ' ' && c < 0x7f) {
			buf_addc(out, (char)c);
		} else {
			buf_addf(out, "\\x%02X", c);
		}
	}
	buf_addc(out, '"');
}

void log_begin(struct log_line *l)
{
	l->n = 0;
	l->text[0] = '\0';
}

/* A field that does not fit whole is left out, so that the line always parses. */
static void put_raw(struct log_line *l, const char *key, struct slice value)
{
	size_t key_n = strlen(key);
	size_t need = key_n + 1 + value.n + (l->n > 0);

	if (need >= sizeof l->text - l->n)
		return;
	if (l->n > 0)
		l->text[l->n++] = ' ';
	memcpy(l->text + l->n, key, key_n);
	l->n += key_n;
	l->text[l->n++] = '=';
	memcpy(l->text + l->n, value.p, value.n);
	l->n += value.n;
	l->text[l->n] = '\0';
}

void log_put(struct log_line *l, const char *key, struct slice value)
{
	struct buf b;

	if (value.n == 0)
		return;
	buf_init(&b, VALUE_MAX * 4 + 2);
	log_escape(&b, slice_sub(value, 0, VALUE_MAX));
	put_raw(l, key, buf_slice(&b));
	buf_done(&b);
}

void log_put_int(struct log_line *l, const char *key, int64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%" PRId64, value);

	put_raw(l, key, (struct slice){ text, (size_t)n });
}

void log_end(struct log_line *l, enum log_level level)
{
	emit(level, l->text);
}
