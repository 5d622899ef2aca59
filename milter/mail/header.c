/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/header.h"

#include <string.h>

#include "antisales/base/buf.h"
#include "antisales/mail/charset.h"
#include "antisales/mail/octet.h"
#include "antisales/mail/text.h"
#include "antisales/mail/transfer.h"

enum { CHARSET_NAME_MAX = 64 };

struct slice header_unfold(struct slice raw, struct arena *a)
{
	char *out;
	size_t n = 0;

	raw = slice_trim(raw);
	if (raw.n == 0 || (memchr(raw.p, '\n', raw.n) == NULL && memchr(raw.p, '\r', raw.n) == NULL))
		return raw.p == NULL ? SLICE("") : raw;
	out = arena_alloc(a, raw.n);
	if (out == NULL)
		return (struct slice){ 0 };
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] != '\r' && raw.p[i] != '\n')
			out[n++] = raw.p[i];
	return (struct slice){ out, n };
}

/* "=?charset?B?text?=", taken apart. */
struct word {
	struct slice charset, text;
	enum transfer_encoding encoding;
	size_t bytes;                   /* all of it */
};

enum found { FOUND_WORD, FOUND_TEXT, FOUND_NO_END };

/* Reads the encoded word at s.p[0..1] == "=?". Lenient: blanks inside, any length. */
static enum found word_read(struct slice s, struct word *w)
{
	size_t sep = slice_find(slice_sub(s, 0, CHARSET_NAME_MAX), '?', 2), end;

	if (sep + 3 >= s.n || s.p[sep] != '?' || s.p[sep + 2] != '?')
		return FOUND_TEXT;
	w->charset = slice_sub(s, 2, sep - 2);
	w->charset.n = slice_find(w->charset, '*', 0);
	w->encoding = octet_lower(s.p[sep + 1]) == 'b' ? TRANSFER_BASE64 : TRANSFER_QUOTED;
	if ((octet_lower(s.p[sep + 1]) != 'b' && octet_lower(s.p[sep + 1]) != 'q') || !charset_known(w->charset))
		return FOUND_TEXT;
	end = slice_find(s, '?', sep + 3);
	while (end + 1 < s.n && s.p[end + 1] != '=')
		end = slice_find(s, '?', end + 1);
	if (end + 1 >= s.n)
		return FOUND_NO_END;
	w->text = slice_sub(s, sep + 3, end - sep - 3);
	w->bytes = end + 2;
	return FOUND_WORD;
}

/* A decoder whose words of one character set run on, so that a character may be split over two of them. */
struct decoding {
	struct buf out;
	struct charset charset;
	struct slice name;              /* of the open run; absent when none is open */
};

static void add_utf8(struct decoding *d, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(&d->out, p[i] == '\r' || p[i] == '\n' ? ' ' : p[i]);
}

static void run_end(struct decoding *d)
{
	char utf8[CHARSET_ROOM_MIN];

	if (d->name.p == NULL)
		return;
	add_utf8(d, utf8, charset_end(&d->charset, utf8));
	charset_close(&d->charset);
	d->name = (struct slice){ 0 };
}

static void run_add(struct decoding *d, struct slice bytes)
{
	char utf8[512];

	while (bytes.n > 0) {
		size_t n = charset_decode(&d->charset, &bytes, utf8, sizeof utf8);

		add_utf8(d, utf8, n);
	}
}

static void piece_add(struct decoding *d, enum transfer_encoding encoding, struct slice text)
{
	struct transfer t;
	char bytes[512];

	transfer_begin(&t, encoding);
	while (text.n > 0) {
		size_t n = transfer_decode(&t, &text, bytes, sizeof bytes);

		run_add(d, (struct slice){ bytes, n });
	}
	run_add(d, (struct slice){ bytes, transfer_end(&t, bytes) });
}

static void word_add(struct decoding *d, const struct word *w)
{
	struct slice text = w->text;

	if (d->name.p == NULL || !slice_ieq(d->name, w->charset)) {
		run_end(d);
		d->name = w->charset;
		charset_open(&d->charset, w->charset);
	}
	/* "_" is a space and "=5F" an underscore (RFC 2047 section 4.2), so spaces are found before decoding */
	while (w->encoding == TRANSFER_QUOTED && slice_find(text, '_', 0) < text.n) {
		piece_add(d, w->encoding, slice_cut(&text, '_'));
		run_add(d, SLICE(" "));
	}
	piece_add(d, w->encoding, text);
}

static void text_add(struct decoding *d, struct slice s)
{
	run_end(d);
	buf_add(&d->out, s);
}

/* Offset of the next "=?"; s.n when there is none. */
static size_t word_start(struct slice s, size_t at)
{
	for (at = slice_find(s, '=', at); at < s.n; at = slice_find(s, '=', at + 1))
		if (at + 1 < s.n && s.p[at + 1] == '?')
			break;
	return at;
}

/* Decodes all words of s into d; white space between two of them is no text (RFC 2047 section 6.2). */
static void decode_words(struct decoding *d, struct slice s)
{
	size_t at = 0;
	struct word w;

	while (at < s.n) {
		size_t hit = word_start(s, at), stop;
		enum found found = hit < s.n ? word_read(slice_sub(s, hit, s.n), &w) : FOUND_NO_END;
		struct slice between = slice_sub(s, at, hit - at);

		if (found == FOUND_WORD) {
			if (d->name.p == NULL || slice_trim(between).n > 0)
				text_add(d, between);
			word_add(d, &w);
			at = hit + w.bytes;
		} else {
			stop = found == FOUND_NO_END ? s.n : hit + 2;
			text_add(d, slice_sub(s, at, stop - at));
			at = stop;
		}
	}
	run_end(d);
}

struct slice header_decode(struct slice unfolded, struct arena *a)
{
	struct decoding d = { .name = { 0 } };
	struct slice ret;

	if (slice_ifind(unfolded, SLICE("=?"), 0) == unfolded.n)
		return text_valid(unfolded, a);
	buf_init(&d.out, 4 * unfolded.n + CHARSET_ROOM_MIN);
	decode_words(&d, unfolded);
	ret = d.out.cut ? (struct slice){ 0 } : arena_dup(a, slice_trim(buf_slice(&d.out)));
	buf_done(&d.out);
	return ret.p == NULL ? ret : text_valid(ret, a);
}
