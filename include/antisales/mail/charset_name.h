/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_CHARSET_NAME_H
#define ANTISALES_MAIL_CHARSET_NAME_H

#include "antisales/base/slice.h"

/* The names of character sets that we know; used by charset.c and by nothing else. */
enum charset_kind {
	CHARSET_UTF8,
	CHARSET_LENIENT,                /* UTF-8 where it is valid, other bytes as windows-1252 */
	CHARSET_WESTERN,                /* windows-1252 */
	CHARSET_ICONV
};

/* label: lower case, letters and digits only. unit: bytes to skip after an error. */
struct charset_name {
	const char *label;
	const char *iconv;
	enum charset_kind kind;
	unsigned char unit;
};

/* NULL when the name is none of ours. Case, punctuation and an RFC 2231 language ("utf-8*en") do not matter. */
const struct charset_name *charset_name_find(struct slice name);

#endif
