/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/dkim_length.h"

enum { CRLF_BYTES = 2 };

static void end_line(struct dkim_length *l)
{
	if (l->in_line)
		l->bytes += CRLF_BYTES;
	else
		l->empty_lines++;
	l->in_line = false;
	l->blank = false;
}

static void add_byte(struct dkim_length *l, char c)
{
	if (l->relaxed && (c == ' ' || c == '\t')) {
		l->blank = true;
		return;
	}
	l->bytes += l->empty_lines * CRLF_BYTES + (l->blank ? 1 : 0) + 1;
	l->empty_lines = 0;
	l->blank = false;
	l->in_line = true;
}

void dkim_length_add(struct dkim_length *l, struct slice body)
{
	for (size_t i = 0; i < body.n; i++) {
		if (body.p[i] == '\r' && i + 1 < body.n && body.p[i + 1] == '\n') {
			end_line(l);
			i++;
		} else {
			add_byte(l, body.p[i]);
		}
	}
}

uint64_t dkim_length_end(const struct dkim_length *l)
{
	uint64_t n = l->bytes + (l->in_line ? CRLF_BYTES : 0);

	return n == 0 && !l->relaxed ? CRLF_BYTES : n;
}
