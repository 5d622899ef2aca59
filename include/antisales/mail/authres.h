/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_AUTHRES_H
#define ANTISALES_MAIL_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/slice.h"

/*
 * Authentication-Results (RFC 8601). Anybody can write such a field: it counts
 * only under a name that is ours, and only if the MTA in front removes copies
 * that come from outside.
 */
enum { AUTHRES_RESULTS_MAX = 64, AUTHRES_PROPERTIES_MAX = 32, AUTHRES_DOMAINS_MAX = 16 };

/* header.d=example.com: type "header", name "d", value "example.com". */
struct authres_property {
	struct slice type, name, value;
};

/* dkim=pass reason="good" header.d=example.com */
struct authres_result {
	struct slice method;            /* as written; compare with slice_ieq */
	struct slice result;
	struct slice reason;            /* absent when there is none */
	const struct authres_property *properties;
	size_t properties_count;
};

struct authres {
	struct slice server;            /* authserv-id */
	const struct authres_result *results;
	size_t results_count;           /* 0 for "none" */
	bool cut;                       /* more than the limits, or out of memory */
	bool malformed;                 /* some part could not be read and was left out */
};

/* Reads an unfolded, undecoded value. false without an authserv-id, or of another version than 1. Lives in the arena. */
bool authres_parse(struct slice unfolded, struct arena *a, struct authres *ret);
/* True when it was written under one of the names, ASCII case ignored. */
bool authres_trusted(const struct authres *r, const struct slice *ids, size_t count);
/* The value of type.name; absent when there is none. */
struct slice authres_property(const struct authres_result *r, const char *type, const char *name);

enum authres_word {
	AUTHRES_MISSING,                /* nobody looked */
	AUTHRES_NONE, AUTHRES_PASS, AUTHRES_FAIL, AUTHRES_SOFTFAIL, AUTHRES_NEUTRAL, AUTHRES_TEMPERROR, AUTHRES_PERMERROR,
	AUTHRES_POLICY, AUTHRES_OTHER
};
const char *authres_word_name(enum authres_word w);

/* What all trusted fields of a message say together. Domains are normalised (domain_normalise). */
struct authres_summary {
	struct slice dkim_domains[AUTHRES_DOMAINS_MAX];  /* that passed: header.d, else the domain of header.i; each once */
	size_t dkim_count;
	enum authres_word dkim;         /* pass if any passed, else the first told */
	enum authres_word spf;
	struct slice spf_domain;        /* of smtp.mailfrom; absent when not told */
	enum authres_word dmarc;
	struct slice dmarc_domain;      /* header.from */
	enum authres_word arc;
};

/* Adds one trusted field to a summary that began as { 0 }; call in the order of the header: the first word counts. */
void authres_summary(struct authres_summary *s, const struct authres *r, struct arena *a);

#endif
