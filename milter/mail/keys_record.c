/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/keys_record.h"

#include <string.h>

#include "antisales/mail/octet.h"

enum { LABEL_MAX = 63 };

bool key_name_ok(struct slice name)
{
	size_t label = 0;

	if (name.n == 0 || name.n > KEY_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!octet_is(name.p[i], OCTET_HOST) || (name.p[i] == '.' && label == 0))
			return false;
		label = name.p[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0;
}

/* Joins the strings of one record; -1 when it is damaged or too long. */
static int join_strings(const char *data, int bytes, char *out)
{
	int n = 0, at = 0;

	while (at < bytes) {
		int string = (unsigned char)data[at++];

		if (string > bytes - at || string > KEY_TEXT_MAX - n)
			return -1;
		memcpy(out + n, data + at, (size_t)string);
		n += string;
		at += string;
	}
	return n;
}

static bool is_printable(const char *p, int n)
{
	for (int i = 0; i < n; i++)
		if ((p[i] < ' ' || p[i] > '~') && p[i] != '\t')
			return false;
	return n > 0;
}

static bool looks_like_key(const char *data, int bytes, char *text)
{
	int n = join_strings(data, bytes, text);
	struct slice s = { text, n < 0 ? 0 : (size_t)n };

	return slice_ifind(s, SLICE("p="), 0) < s.n;
}

/* The number of the record to read, -1 when several could be meant or none is. */
static int choose_record(struct key_records r, char *text)
{
	int found = -1;

	if (r.data[0] != NULL && r.data[1] == NULL)
		return 0;
	for (int i = 0; r.data[i] != NULL; i++) {
		if (!looks_like_key(r.data[i], r.bytes[i], text))
			continue;
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

const char *key_record_read(struct key_records r, char text[KEY_TEXT_MAX + 1], size_t *ret_bytes)
{
	int i = choose_record(r, text), n;

	if (i < 0)
		return "several records";
	n = join_strings(r.data[i], r.bytes[i], text);
	if (n < 0)
		return "key record too long";
	if (!is_printable(text, n))
		return "key record empty or not printable";
	text[n] = '\0';
	*ret_bytes = (size_t)n;
	return NULL;
}
