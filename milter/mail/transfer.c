/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/transfer.h"

#include <stdbool.h>
#include <string.h>

#include "antisales/mail/octet.h"
#include "antisales/mail/put.h"

#define SKIP 0x80
#define PAD 0x40

/* Sextet of each byte, PAD for '=', SKIP for what is not in the alphabet. */
static const unsigned char sextet[256] = {
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x3e, 0x80, 0x80, 0x80, 0x3f,
	0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x80, 0x80, 0x80, 0x40, 0x80, 0x80,
	0x80, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
	0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
	0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
};

enum transfer_encoding transfer_named(struct slice value)
{
	size_t n = 0;

	value = slice_trim(value);
	if (value.n > 0 && value.p[0] == '"')
		value = slice_sub(value, 1, value.n);
	while (n < value.n && (octet_alnum(value.p[n]) || value.p[n] == '-'))
		n++;
	value.n = n;
	if (slice_ieq(value, SLICE("base64")))
		return TRANSFER_BASE64;
	return slice_ieq(value, SLICE("quoted-printable")) ? TRANSFER_QUOTED : TRANSFER_IDENTITY;
}

void transfer_begin(struct transfer *t, enum transfer_encoding encoding)
{
	*t = (struct transfer){ .encoding = encoding };
}

/* Writes the whole bytes among the sextets held, as at padding or at the end. */
static size_t base64_flush(struct transfer *t, char *out)
{
	size_t n = t->sextets < 2 ? 0 : t->sextets - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)(t->bits >> (6 * t->sextets - 8 * (i + 1)));
	t->bits = 0;
	t->sextets = 0;
	return n;
}

static size_t base64_one(struct transfer *t, unsigned char c, char *out)
{
	unsigned char v = sextet[c];

	if (v == SKIP)
		return 0;
	if (v == PAD)
		return base64_flush(t, out);
	t->bits = t->bits << 6 | v;
	if (++t->sextets < 4)
		return 0;
	return base64_flush(t, out);
}

/* Whole groups of four letters, as long as there are any. */
static size_t base64_groups(struct slice *in, char *out, size_t room)
{
	size_t n = 0;
	const unsigned char *p = (const unsigned char *)in->p;
	const unsigned char *end = p + in->n;

	while (end - p >= 4 && room - n >= TRANSFER_ROOM_MIN) {
		unsigned char a = sextet[p[0]], b = sextet[p[1]], c = sextet[p[2]], d = sextet[p[3]];

		if (((a | b | c | d) & (SKIP | PAD)) != 0)
			break;
		out[n] = (char)(a << 2 | b >> 4);
		out[n + 1] = (char)(b << 4 | c >> 2);
		out[n + 2] = (char)(c << 6 | d);
		n += 3;
		p += 4;
	}
	put_skip(in, (size_t)(p - (const unsigned char *)in->p));
	return n;
}

static size_t base64_decode(struct transfer *t, struct slice *in, char *out, size_t room)
{
	size_t n = 0;

	while (in->n > 0 && room - n >= TRANSFER_ROOM_MIN) {
		if (t->sextets == 0)
			n += base64_groups(in, out + n, room - n);
		if (in->n == 0 || room - n < TRANSFER_ROOM_MIN)
			break;
		n += base64_one(t, (unsigned char)in->p[0], out + n);
		put_skip(in, 1);
	}
	return n;
}

/* What was held turned out to be no escape: it is text. */
static size_t quoted_literal(struct transfer *t, char *out)
{
	size_t n = t->held;

	memcpy(out, t->hold, n);
	t->held = 0;
	return n;
}

/* White space that may stand between '=' and a soft line break. */
static bool is_padding(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Whether c goes on with what is held: the first hexadecimal digit, or white space. */
static bool goes_on(const struct transfer *t, char c)
{
	if (t->held == 1 && octet_hex(c) >= 0)
		return true;
	return is_padding(c) && octet_hex(t->hold[t->held - 1]) < 0 && t->held < sizeof t->hold;
}

/*
 * One byte after '='. Held are "=", "=X" with a hexadecimal digit X, or "=" and
 * white space that may lead up to a soft line break. Sets *again when c has
 * still to be read as ordinary text.
 */
static size_t quoted_escape(struct transfer *t, char c, char *out, bool *again)
{
	char last = t->hold[t->held - 1];

	if (c == '\n' && (t->held == 1 || is_padding(last)))
		return t->held = 0, 0;
	if (last == '\r') {
		t->held = 0;
		*again = true;
		return 0;
	}
	if (t->held == 2 && octet_hex(last) >= 0 && octet_hex(c) >= 0) {
		out[0] = (char)(octet_hex(last) << 4 | octet_hex(c));
		t->held = 0;
		return 1;
	}
	if (goes_on(t, c)) {
		t->hold[t->held++] = c;
		return 0;
	}
	*again = true;
	return quoted_literal(t, out);
}

/* Copies up to the next '='; eight bytes at a time, of which those beyond it do not count. */
static size_t copy_plain(const char *p, size_t n, char *out)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t hit = octet_zeros(octet_load(p + i) ^ OCTET_EACH('='));

		memcpy(out + i, p + i, 8);
		if (hit != 0)
			return i + octet_first(hit);
	}
	for (; i < n && p[i] != '='; i++)
		out[i] = p[i];
	return i;
}

/* Text and whole escapes, up to what needs the state: an '=' that is cut off or no escape. */
static size_t quoted_run(struct slice *in, char *out, size_t room)
{
	size_t i = 0, n = 0, end = in->n < room ? in->n : room;

	while (i < end) {
		size_t run = copy_plain(in->p + i, end - i, out + n);
		int high, low;

		n += run;
		i += run;
		if (in->n - i < 3 || i == end)
			break;
		high = octet_hex(in->p[i + 1]);
		low = octet_hex(in->p[i + 2]);
		if (high < 0 || low < 0)
			break;
		out[n++] = (char)(high << 4 | low);
		i += 3;
	}
	put_skip(in, i);
	return n;
}

static size_t quoted_decode(struct transfer *t, struct slice *in, char *out, size_t room)
{
	size_t n = 0;

	while (in->n > 0 && room - n >= TRANSFER_ROOM_MIN) {
		bool again = false;

		if (t->held > 0) {
			n += quoted_escape(t, in->p[0], out + n, &again);
			put_skip(in, again ? 0 : 1);
			continue;
		}
		n += quoted_run(in, out + n, room - n);
		if (in->n > 0 && in->p[0] == '=') {
			t->hold[t->held++] = '=';
			put_skip(in, 1);
		}
	}
	return n;
}

static size_t identity_decode(struct slice *in, char *out, size_t room)
{
	size_t n = in->n < room ? in->n : room;

	memcpy(out, in->p, n);
	put_skip(in, n);
	return n;
}

size_t transfer_decode(struct transfer *t, struct slice *in, char *out, size_t room)
{
	if (in->n == 0)
		return 0;
	switch (t->encoding) {
	case TRANSFER_BASE64:
		return base64_decode(t, in, out, room);
	case TRANSFER_QUOTED:
		return quoted_decode(t, in, out, room);
	case TRANSFER_IDENTITY:
		break;
	}
	return identity_decode(in, out, room);
}

size_t transfer_end(struct transfer *t, char *out)
{
	if (t->encoding == TRANSFER_BASE64)
		return base64_flush(t, out);
	if (t->held == 1 || (t->held > 1 && octet_hex(t->hold[1]) < 0))
		t->held = 0;                    /* a soft break that the end cut short */
	return quoted_literal(t, out);
}
