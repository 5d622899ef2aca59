/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_LETTER_H
#define ANTISALES_MAIL_LETTER_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"

/* What every letter has around what it says, told by single lines, in the usual languages. */

/* Bytes of the words of greeting that the line begins with ("Guten Tag" of "Guten Tag Ann,"), 0 for none. */
size_t letter_greeting(struct slice line);
/* What a line says behind its greeting and the name that follows: "how are you?" of "Hi Ann, how are you?". All of
 * it when no short greeting opens it. */
struct slice letter_after_greeting(struct slice line);
/* "Best regards,", "Mit freundlichen Grüßen", "-- " or a rule of dashes: a signature or footer follows. */
bool letter_closes(struct slice line);
/* "To unsubscribe from this list ...": a short line that says how to get rid of the sender. */
bool letter_is_optout(struct slice line);

#endif
