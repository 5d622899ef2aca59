/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/store.h"

#include <string.h>

static const struct store_ops *const backends[] = { &store_lmdb, &store_memory, &store_down_ops };

int store_open(const struct store_conf *c, struct store **ret, struct err *reterr)
{
	struct slice rest = slice_of(c->url);
	struct slice scheme = slice_cut(&rest, ':');

	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if (slice_eq(scheme, slice_of(backends[i]->name)))
			return backends[i]->open(c, ret, reterr);
	return err_set(reterr, E_SYNTAX, "unknown store \"%s\": write lmdb:FOLDER or memory:", c->url);
}

void store_close(struct store *s)
{
	if (s != NULL)
		s->ops->close(s);
}

struct store_key store_key_of(const struct record_type *t, const struct site_key *site,
    const struct slice *parts, size_t count)
{
	struct hash h = hash_keyed(site, parts, count);
	struct store_key k;

	k.bytes[0] = (unsigned char)t->tag;
	memcpy(k.bytes + 1, h.bytes, sizeof h.bytes);
	return k;
}
