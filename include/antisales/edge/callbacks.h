/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_CALLBACKS_H
#define ANTISALES_EDGE_CALLBACKS_H

#include "antisales/base/err.h"
#include "antisales/edge/engine.h"

/* The milter side of the house: mfapi.h is included by callbacks.c and mta_smfi.c only. */

/* Registers the callbacks over a socket that is listening already. The engine must live until the process ends:
 * libmilter may call back after milter_run returned. */
int milter_register(struct engine *e, int listening_fd, unsigned timeout_seconds, struct err *reterr);
/* Serves until milter_stop; 0 or -1. */
int milter_run(void);
/* Any thread. Ends milter_run soon. */
void milter_stop(void);

#endif
