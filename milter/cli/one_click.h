/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_ONE_CLICK_H
#define CLI_ONE_CLICK_H

#include <stdbool.h>

#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/* Sole user of libcurl: the one POST of RFC 8058, to an address that a stranger wrote. */
struct one_click {
	const char *ca;                 /* file of the only CA to trust; NULL: those of the system */
	bool loopback;                  /* a server on this machine will do, on any port */
};

enum { ONE_CLICK_URL_MAX = 2000, ONE_CLICK_ANSWER_MAX = 64 * 1024, ONE_CLICK_MS = 5000 };

/* Whether the URL may be asked at all, as far as it tells itself: E_SYNTAX with the reason if not. */
int one_click_check(const struct one_click *how, struct slice url, struct err *reterr);

struct one_click_answer {
	long code;                      /* of HTTP; 0 when there was none */
	bool inside;                    /* nothing was sent: the host's address is none that may be asked */
};
/* Checks and asks. E_OK only for an answer that says yes. */
int one_click_post(const struct one_click *how, struct slice url, struct one_click_answer *ret, struct err *reterr);

#endif
