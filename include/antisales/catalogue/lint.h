/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_CATALOGUE_LINT_H
#define ANTISALES_CATALOGUE_LINT_H

#include "antisales/catalogue/catalogue.h"

/* Called for each problem: "file:line" and what is wrong, both for people. */
typedef void lint_report(const char *file, unsigned line, const char *text, void *arg);

/*
 * Checks every fingerprint: that it finds its matches and not its misses, both
 * alone and through the scanner that mail goes through; that no two are the
 * same; that none is slow. Returns the number of problems, or a negative status.
 */
int catalogue_lint(const struct catalogue *c, lint_report *report, void *arg, struct err *reterr);

#endif
