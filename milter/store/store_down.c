/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "antisales/base/alloc.h"
#include "antisales/store/store.h"

struct down {
	struct store store;
	char *reason;
};

static int fail(struct store *s, struct err *reterr)
{
	return err_set(reterr, E_BUSY, "store is down: %s", ((struct down *)s)->reason);
}

struct store *store_down(const char *reason)
{
	struct down *d = alloc_zeroed(1, sizeof *d);

	if (d == NULL || (d->reason = alloc_strdup(reason)) == NULL) {
		free(d);
		return NULL;
	}
	d->store.ops = &store_down_ops;
	return &d->store;
}

static int down_open(const struct store_conf *c, struct store **ret, struct err *reterr)
{
	struct slice rest = slice_of(c->url);

	slice_cut(&rest, ':');
	*ret = store_down(rest.n > 0 ? rest.p : "switched off in the configuration");
	return *ret == NULL ? err_set(reterr, E_NOMEM, "no memory for the store") : E_OK;
}

static void down_close(struct store *s)
{
	struct down *d = (struct down *)s;

	free(d->reason);
	free(d);
}

static int down_get(struct store *s, const struct store_key *keys, size_t n, struct record *ret, bool *found,
    struct err *reterr)
{
	(void)keys;
	(void)n;
	(void)ret;
	(void)found;
	return fail(s, reterr);
}

static int down_apply(struct store *s, const struct store_change *changes, size_t n, struct err *reterr)
{
	(void)changes;
	(void)n;
	return fail(s, reterr);
}

static int down_scan(struct store *s, char tag, store_visit *fn, void *arg, struct err *reterr)
{
	(void)tag;
	(void)fn;
	(void)arg;
	return fail(s, reterr);
}

static int down_expire(struct store *s, int64_t now, size_t max, size_t *ret_removed, struct err *reterr)
{
	(void)now;
	(void)max;
	*ret_removed = 0;
	return fail(s, reterr);
}

static int down_stats(struct store *s, struct store_stats *ret, struct err *reterr)
{
	*ret = (struct store_stats){ 0 };
	return fail(s, reterr);
}

const struct store_ops store_down_ops = {
	.name = "down", .open = down_open, .close = down_close, .get = down_get, .apply = down_apply,
	.scan = down_scan, .expire = down_expire, .stats = down_stats,
};
