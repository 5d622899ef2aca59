/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_JSON_H
#define ANTISALES_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "antisales/base/buf.h"
#include "antisales/base/slice.h"

/*
 * Sole user of jansson. A value is built, printed once and freed. The setters
 * take over the value given; all accept NULL anywhere, so that only the result
 * of json_print needs a check for memory. Bytes that are no UTF-8 become U+FFFD.
 * A value that was read belongs to the one json_parse gave; the getters accept
 * NULL and values of another kind, so that a chain of them needs one check.
 */
typedef struct json_t json;

json *json_map(void);
json *json_list(void);
json *json_of_text(struct slice s);                     /* absent slice: null */
json *json_of_int(int64_t n);
json *json_of_bool(bool yes);
json *json_of_real(double n);                           /* not a number: null */
void json_put(json *map, const char *key, json *value);
void json_add(json *list, json *value);
/* Appends one line without line breaks, keys in the order they were put. false out of memory or room. */
bool json_print(const json *value, struct buf *out);
void json_free(json *value);

/* Reads one value and nothing behind it, with no key twice; NULL for what is none, or out of memory. */
json *json_parse(struct slice s);
const json *json_get(const json *map, const char *key);         /* NULL when it is missing */
const json *json_at(const json *list, size_t i);
size_t json_count(const json *list);
struct slice json_text(const json *value);                      /* absent when it is no text */
int64_t json_int(const json *value);                            /* 0 when it is no integer */

#endif
