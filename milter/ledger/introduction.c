/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/outbound.h"
#include "antisales/mail/domain.h"

bool is_our_domain(const struct slice *domains, size_t count, struct slice also, struct slice domain)
{
	if (also.n > 0 && domain_is_under(domain, also))
		return true;
	for (size_t i = 0; i < count; i++)
		if (domain_is_under(domain, domains[i]))
			return true;
	return false;
}

static bool is_known(const int64_t *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == id)
			return true;
	return false;
}

size_t introduction_parties(const struct introduction *in, int64_t ret[INTRODUCED_MAX])
{
	static const char *const fields[] = { "To", "Cc" };
	size_t n = 0, told = 0;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const struct header *h = txn_find(in->txn, fields[i], 0);
		const struct address *list;
		size_t count = h == NULL ? 0 : address_list(header_unfold(h->raw, in->txn->arena), in->txn->arena, &list);

		told += count;
		if (told > INTRODUCED_MAX)
			return 0;
		for (size_t k = 0; k < count; k++) {
			struct party p = { 0 };

			if (!is_our_domain(in->domains, in->domains_count, in->also, list[k].domain))
				p = party_of(in->site, in->policy, &list[k]);
			if (p.id != 0 && p.id != in->except && !is_known(ret, n, p.id))
				ret[n++] = p.id;
		}
	}
	return n;
}
