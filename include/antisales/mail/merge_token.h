/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_MERGE_TOKEN_H
#define ANTISALES_MAIL_MERGE_TOKEN_H

#include "antisales/base/slice.h"

/* The placeholder of a mail machine that s begins with ("{{first_name}}", "*|FNAME|*", "[Name]"), absent when it
 * begins with none. */
struct slice merge_token_at(struct slice s);

#endif
