/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int err_set(struct err *e, enum status code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	*e = (struct err){ .code = code };
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return code;
}

int err_at(struct err *e, unsigned line, unsigned column, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return E_SYNTAX;
	*e = (struct err){ .code = E_SYNTAX, .line = line, .column = column };
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return E_SYNTAX;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof e->text];
	size_t used;
	va_list ap;

	if (e == NULL)
		return E_IO;
	memcpy(inner, e->text, sizeof inner);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	used = strlen(e->text);
	snprintf(e->text + used, sizeof e->text - used, ": %s", inner);
	return e->code;
}

const char *status_name(enum status code)
{
	switch (code) {
	case E_OK: return "ok";
	case E_NOMEM: return "out of memory";
	case E_LIMIT: return "limit reached";
	case E_SYNTAX: return "syntax error";
	case E_IO: return "input/output error";
	case E_BUSY: return "busy";
	case E_UNSURE: return "unknown outcome";
	case E_ABSENT: return "not found";
	}
	return "unknown status";
}

int status_exit(enum status code)
{
	switch (code) {
	case E_OK: return EX_OK;
	case E_SYNTAX: return EX_DATAERR;
	case E_ABSENT: return EX_NOINPUT;
	case E_IO: return EX_IOERR;
	case E_BUSY: return EX_TEMPFAIL;
	case E_NOMEM:
	case E_LIMIT:
	case E_UNSURE: break;
	}
	return EX_SOFTWARE;
}
