/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/json.h"

#include <jansson.h>
#include <math.h>

#include "antisales/base/utf8.h"

json *json_map(void)
{
	return json_object();
}

json *json_list(void)
{
	return json_array();
}

json *json_of_text(struct slice s)
{
	json_t *v;
	struct buf b;

	if (s.p == NULL)
		return json_null();
	v = json_stringn(s.p, s.n);
	if (v != NULL)
		return v;
	buf_init(&b, s.n * 3 + 1);
	while (s.n > 0) {
		size_t n = utf8_length(s);

		if (n == 0)
			buf_adds(&b, "\xEF\xBF\xBD");
		else
			buf_add(&b, slice_sub(s, 0, n));
		s = slice_sub(s, n == 0 ? 1 : n, s.n);
	}
	v = json_stringn(buf_slice(&b).p, b.n);
	buf_done(&b);
	return v;
}

json *json_of_int(int64_t n)
{
	return json_integer(n);
}

json *json_of_bool(bool yes)
{
	return json_boolean(yes);
}

json *json_of_real(double n)
{
	return isfinite(n) ? json_real(n) : json_null();
}

void json_put(json *map, const char *key, json *value)
{
	(void)json_object_set_new(map, key, value);
}

void json_add(json *list, json *value)
{
	(void)json_array_append_new(list, value);
}

static int append(const char *p, size_t n, void *arg)
{
	struct buf *out = arg;

	buf_add(out, (struct slice){ p, n });
	return out->cut ? -1 : 0;
}

bool json_print(const json *value, struct buf *out)
{
	return value != NULL
	    && json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) == 0;
}

void json_free(json *value)
{
	json_decref(value);
}

json *json_parse(struct slice s)
{
	return json_loadb(s.p == NULL ? "" : s.p, s.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

const json *json_get(const json *map, const char *key)
{
	return json_object_get(map, key);
}

const json *json_at(const json *list, size_t i)
{
	return json_array_get(list, i);
}

size_t json_count(const json *list)
{
	return json_array_size(list);
}

struct slice json_text(const json *value)
{
	return json_is_string(value) ? (struct slice){ json_string_value(value), json_string_length(value) } : (struct slice){ 0 };
}

int64_t json_int(const json *value)
{
	return json_integer_value(value);
}
