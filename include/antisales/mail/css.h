/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_CSS_H
#define ANTISALES_MAIL_CSS_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/slice.h"

/* As much CSS as it takes to see what a mail hides and what it loads. */

/* A size on screen; CSS_UNSET when nothing is said. */
enum css_size { CSS_UNSET, CSS_ZERO, CSS_ONE, CSS_MORE };        /* CSS_ONE: above zero, at most one pixel */

struct css {
	unsigned effects;               /* enum effect of element.h that hide text or undo it */
	enum css_size width, height;
	bool hides_box;                 /* display: none and its like: an image in it is not seen */
};

/* Reads the declarations of a style attribute or of a rule; later ones win. Comments and escapes are undone. */
void css_read(struct slice declarations, struct css *ret);
/* A number with or without unit, as in a width attribute. */
enum css_size css_size(struct slice value);
/* The next url(...) or @import at or after *at, quotes taken off; false at the end. *at moves behind it. */
bool css_next_url(struct slice text, size_t *at, struct slice *url);

#endif
