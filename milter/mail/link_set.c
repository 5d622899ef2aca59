/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/link_set.h"

#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"

enum { ROOM_FIRST = 32 };

void link_set_init(struct link_set *s, struct arena *a, size_t max)
{
	*s = (struct link_set){ .arena = a, .max = max };
}

void link_set_done(struct link_set *s)
{
	free(s->links);
	free(s->slots);
	s->links = NULL;
	s->slots = NULL;
	s->count = s->room = s->slots_count = 0;
}

static uint32_t hash(struct slice url, unsigned places)
{
	uint64_t h = places + url.n, word = 0;
	size_t i = 0;

	for (; i + 8 <= url.n; i += 8) {
		memcpy(&word, url.p + i, 8);
		h = (h ^ word) * 0x9E3779B97F4A7C15u;
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, url.p + i, url.n - i);
	h = (h ^ word) * 0x9E3779B97F4A7C15u;
	return (uint32_t)(h >> 32);
}

/* The slot that holds this link, or the free one where it belongs. */
static uint32_t *slot_of(const struct link_set *s, struct slice url, unsigned places)
{
	size_t i = hash(url, places) & (s->slots_count - 1);

	for (;; i = (i + 1) & (s->slots_count - 1)) {
		const struct link *l = s->slots[i] == 0 ? NULL : &s->links[s->slots[i] - 1];

		if (l == NULL || (l->places == places && slice_eq(l->url, url)))
			return &s->slots[i];
	}
}

static bool grow(struct link_set *s)
{
	size_t room = s->room == 0 ? ROOM_FIRST : 2 * s->room;
	struct link *links = alloc_resize(s->links, room * sizeof *links);
	uint32_t *slots;

	if (links == NULL)
		return false;
	s->links = links;
	slots = alloc_zeroed(2 * room, sizeof *slots);
	if (slots == NULL)
		return false;
	free(s->slots);
	s->slots = slots;
	s->slots_count = 2 * room;
	s->room = room;
	for (size_t i = 0; i < s->count; i++)
		*slot_of(s, s->links[i].url, s->links[i].places) = (uint32_t)i + 1;
	return true;
}

void link_set_add(struct link_set *s, struct slice url, size_t host_n, unsigned places)
{
	uint32_t *slot;
	struct slice copy;

	if (s->count == s->room && (s->count >= s->max || !grow(s))) {
		s->cut = s->cut || s->count == 0 || *slot_of(s, url, places) == 0;
		return;
	}
	slot = slot_of(s, url, places);
	if (*slot != 0)
		return;
	copy = s->count < s->max ? arena_dup(s->arena, url) : (struct slice){ 0 };
	if (copy.p == NULL) {
		s->cut = true;
		return;
	}
	s->links[s->count++] = (struct link){ .url = copy, .host = slice_sub(copy, 0, host_n),
		.path = slice_sub(copy, host_n, copy.n), .places = places };
	*slot = (uint32_t)s->count;
}
