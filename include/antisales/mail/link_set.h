/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_MAIL_LINK_SET_H
#define ANTISALES_MAIL_LINK_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antisales/base/arena.h"
#include "antisales/mail/content.h"

/* The distinct links of a message in order of appearance; URLs are copied to the arena. */
struct link_set {
	struct link *links;
	size_t count, room, max;
	uint32_t *slots;                /* index + 1 into links, 0 free; a power of two of them */
	size_t slots_count;
	struct arena *arena;
	bool cut;                       /* more than max, or memory ran out */
};

void link_set_init(struct link_set *s, struct arena *a, size_t max);
void link_set_done(struct link_set *s);
/* host_n bytes at the start of url are its host. */
void link_set_add(struct link_set *s, struct slice url, size_t host_n, unsigned places);

#endif
