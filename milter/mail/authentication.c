/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/authentication.h"

#include "antisales/mail/txn.h"

void authentication_read(const struct txn *t, const struct slice *trusted_ids, size_t count, struct authres_summary *ret)
{
	const struct header *h;

	for (size_t nth = 0; count > 0 && (h = txn_find(t, "Authentication-Results", nth)) != NULL; nth++) {
		struct authres one;

		authres_parse(header_unfold(h->raw, t->arena), t->arena, &one);
		if (authres_trusted(&one, trusted_ids, count))
			authres_summary(ret, &one, t->arena);
	}
}

static bool is_among(struct slice domain, const struct slice *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(list[i], domain))
			return true;
	return false;
}

size_t authentication_domains(const struct authentication *a, struct slice *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < a->dkim_count && n < max; i++)
		if (a->dkim[i].authenticates && !is_among(a->dkim[i].domain, ret, n))
			ret[n++] = a->dkim[i].domain;
	for (size_t i = 0; i < a->told.dkim_count && n < max; i++)
		if (!is_among(a->told.dkim_domains[i], ret, n))
			ret[n++] = a->told.dkim_domains[i];
	return n;
}
