/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_CATALOGUE_CATALOGUE_H
#define ANTISALES_CATALOGUE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/regex.h"
#include "antisales/base/slice.h"

/* Where a fingerprint looks. The names are those of antisales-fingerprint(5). */
enum place {
	PLACE_HEADER,                   /* "header:NAME": the decoded value of each such field */
	PLACE_X_MAILER,
	PLACE_DKIM_D,                   /* d= of each DKIM-Signature */
	PLACE_RETURN_PATH,              /* the envelope sender */
	PLACE_MESSAGE_ID,
	PLACE_RECEIVED_HOST,            /* HELO and reverse name of the client and of trusted Received fields */
	PLACE_LIST_UNSUBSCRIBE,
	PLACE_URL_HOST,
	PLACE_URL_PATH,                 /* path and query, starts with "/" */
	PLACE_URL,                      /* host, path and query joined */
	PLACE_COUNT
};

enum category {
	CATEGORY_MARKETING_AUTOMATION,
	CATEGORY_SALES_ENGAGEMENT,
	CATEGORY_ESP_BULK,
	CATEGORY_ESP_TRANSACTIONAL,
	CATEGORY_NEWSLETTER,
	CATEGORY_MAIL_TRACKER,
	CATEGORY_CRM,
	CATEGORY_WEBINAR_EVENT,
	CATEGORY_ABM,
	CATEGORY_DATA_VENDOR,
	CATEGORY_PR_DISTRIBUTION,
	CATEGORY_INFRASTRUCTURE,
	CATEGORY_COUNT
};

enum proof { PROOF_NONE, PROOF_HINT, PROOF_STRONG, PROOF_CERTAIN };
enum stream { STREAM_UNKNOWN, STREAM_TRANSACTIONAL, STREAM_MARKETING, STREAM_ONE_TO_ONE };

struct platform;

struct fingerprint {
	const struct platform *platform;
	enum place place;
	struct slice header;            /* PLACE_HEADER: the field's name */
	struct slice pattern;
	struct regex *regex;
	enum proof proof;               /* PROOF_HINT or PROOF_STRONG; only the sum of places makes CERTAIN */
	enum stream stream;
	struct slice source;
	const struct slice *matches, *misses;   /* subjects it must and must not match */
	size_t matches_count, misses_count;
	unsigned tenant_group, lead_group;      /* captures of that name, 0 = none */
	unsigned line;
};

struct platform {
	struct slice id, name;
	enum category category;
	struct slice also;              /* wanted mail it carries too; may be absent */
	const struct fingerprint *fingerprints;
	size_t fingerprints_count;
	struct slice file;              /* path it was read from */
	size_t index;                   /* in the catalogue, sorted by id */
};

/* Immutable once loaded; may be used by all threads. */
struct catalogue;

/* Reads every *.yaml in the folder. E_SYNTAX with "file:line:column: message", E_IO, E_NOMEM. The catalogue
 * lives in the arena and gives its patterns back when the arena is reset. */
int catalogue_load(const char *dir, struct arena *a, struct catalogue **ret, struct err *reterr);
size_t catalogue_count(const struct catalogue *c);
size_t catalogue_fingerprints(const struct catalogue *c);
const struct platform *catalogue_at(const struct catalogue *c, size_t i);
const struct platform *catalogue_find(const struct catalogue *c, struct slice id);     /* NULL if unknown */
/* True when some fingerprint looks at fields of that name. */
bool catalogue_reads_header(const struct catalogue *c, struct slice name);
/* "Hyperscan, PCRE2 with JIT" or the like, for logs and doctor. */
const char *catalogue_engine(const struct catalogue *c);

/* One text to look at. */
struct subject {
	enum place place;
	struct slice header;            /* PLACE_HEADER: the field's name */
	struct slice text;
	bool weak;                      /* only quoted or attached: no evidence about the sender */
};

/* A fingerprint seen in a subject. */
struct sighting {
	const struct fingerprint *fingerprint;
	const struct subject *subject;
	struct slice quote;             /* what matched, part of the subject */
	struct slice tenant, lead;      /* absent when not captured */
};

/* One scan: what to look at, and what was seen. */
struct scan {
	const struct subject *subjects;
	size_t subjects_count;
	int64_t budget_us;              /* what may be spent on long subjects; lowered by what was */
	const struct sighting *sightings;       /* at most one per fingerprint and subject and a few per
	                                   fingerprint, in the catalogue's order */
	size_t sightings_count;
	size_t limits_hit;
	const struct fingerprint *slow; /* the last one that ran into a limit, NULL if none */
};

/* Looks for all fingerprints in all subjects in one pass. Any thread. The sightings lie in the arena. */
int catalogue_scan(const struct catalogue *c, struct scan *scan, struct arena *a, struct err *reterr);

const char *place_name(enum place p);           /* "header" stands for "header:NAME" */
const char *category_name(enum category c);
const char *proof_name(enum proof p);
const char *stream_name(enum stream s);         /* "" for STREAM_UNKNOWN */

#endif
