/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_KEYS_RECORD_H
#define ANTISALES_MAIL_KEYS_RECORD_H

#include <stddef.h>

#include "antisales/mail/keys.h"

/* The TXT records of one name as DNS carries them: each a row of strings with their lengths. */
struct key_records {
	char *const *data;              /* ends with NULL */
	const int *bytes;
};

/*
 * Joins the strings of the record that is a key; of several only one may look
 * like one. Writes to text and *ret_bytes. NULL when all is well, else why it
 * cannot be used, in a few static words.
 */
const char *key_record_read(struct key_records r, char text[KEY_TEXT_MAX + 1], size_t *ret_bytes);

#endif
