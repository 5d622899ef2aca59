/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_MESSAGE_HASH_H
#define ANTISALES_EDGE_MESSAGE_HASH_H

#include "antisales/base/arena.h"
#include "antisales/base/hash.h"

/*
 * The SHA-256 of a message as the MTA told it, while it arrives: each field as
 * "Name:", its value as received and CRLF, with CRLF at folds; an empty line;
 * the body.
 */
struct message_hash;

struct message_hash *message_hash_begin(struct arena *a);       /* NULL out of memory */
/* All accept h == NULL. A value without its leading blank gets the one that the MTA took away. */
void message_hash_header(struct message_hash *h, struct slice name, struct slice raw_value, bool leading_space);
void message_hash_body(struct message_hash *h, struct slice bytes);
/* The digits, in h; absent for NULL. */
struct slice message_hash_end(struct message_hash *h);

#endif
