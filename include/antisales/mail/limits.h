/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_LIMITS_H
#define ANTISALES_MAIL_LIMITS_H

#include <stddef.h>

/*
 * What is looked at of one message. Reaching a limit never costs a mail: what
 * was seen is judged, and a TRUNCATED_ bit says what was cut short. Every row
 * is a configuration key of the same name with '-' for '_'.
 */
#define MAIL_LIMITS(X) \
	/* key, default, smallest, largest, unit */ \
	X(header_fields, 1000, 50, 100000, "fields") \
	X(header_bytes, 262144, 16384, 16777216, "bytes") \
	X(header_value_bytes, 65536, 998, 1048576, "bytes") \
	X(body_bytes, 1048576, 4096, 268435456, "bytes") \
	X(mime_depth, 32, 1, 256, "levels") \
	X(mime_parts, 1000, 1, 100000, "parts") \
	X(text_part_bytes, 262144, 1024, 16777216, "bytes") \
	X(text_bytes, 524288, 1024, 33554432, "bytes") \
	X(html_tags, 8192, 64, 1000000, "tags") \
	X(html_attributes, 64, 4, 1024, "attributes a tag") \
	X(url_bytes, 8192, 128, 65536, "bytes") \
	X(urls, 1000, 1, 100000, "URLs") \
	X(recipients, 200, 1, 10000, "recipients")

struct mail_limits {
#define X(name, def, min, max, unit) size_t name;
	MAIL_LIMITS(X)
#undef X
};

struct mail_limits mail_limits_default(void);

enum truncated {
	TRUNCATED_HEADER = 1 << 0,
	TRUNCATED_BODY = 1 << 1,
	TRUNCATED_MIME = 1 << 2,
	TRUNCATED_TEXT = 1 << 3,
	TRUNCATED_HTML = 1 << 4,
	TRUNCATED_URLS = 1 << 5,
	TRUNCATED_RECIPIENTS = 1 << 6,
	TRUNCATED_MEMORY = 1 << 7
};

#endif
