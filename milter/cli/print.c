/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "antisales/base/utf8.h"
#include "cli.h"

bool cli_colour(void)
{
	return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
}

/* C0 and C1 controls, DEL, and what is no UTF-8 (a terminal may take it for a control). */
static bool is_harmless(struct slice s, size_t n)
{
	unsigned char c = (unsigned char)s.p[0];

	if (n == 0 || c < ' ' || c == 0x7f)
		return false;
	return !(n == 2 && c == 0xC2 && (unsigned char)s.p[1] < 0xA0);
}

void cli_put(FILE *out, struct slice s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s);

		if (is_harmless(s, n))
			fwrite(s.p, 1, n, out);
		else
			fputc('?', out);
		s = slice_sub(s, n == 0 ? 1 : n, s.n);
	}
}

void cli_print(struct slice s)
{
	cli_put(stdout, s);
}

void cli_complain(const char *command, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fprintf(stderr, "antisales%s%s: ", command == NULL ? "" : " ", command == NULL ? "" : command);
	cli_put(stderr, slice_of(text));
	fputc('\n', stderr);
}

int cli_fail(const char *command, const struct err *err)
{
	cli_complain(command, "%s", err->text);
	return status_exit(err->code);
}
