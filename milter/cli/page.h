/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdio.h>

#include "antisales/base/slice.h"

/* An HTML page of one file: light and dark, no script, nothing loaded from outside. */
void page_begin(FILE *out, const char *title);
void page_end(FILE *out);
/* The only way into the page for anything that is not ours. */
void page_text(struct slice s, FILE *out);

#endif
