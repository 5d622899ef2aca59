/* SPDX-License-Identifier: BSD-3-Clause */
/* Address lists and envelope addresses. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "antisales/mail/address.h"
#include "antisales/mail/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	const struct address *all;
	struct address one;
	struct arena a;
	size_t n;

	arena_init(&a, 4096, 16 << 20);
	n = address_list(in, &a, &all);
	assert(n <= ADDRESS_MAX);
	for (size_t i = 0; i < n; i++) {
		assert(all[i].spec.n > all[i].local.n && all[i].display.p != NULL);
		if (all[i].domain.n > 0) {
			char again[DOMAIN_BYTES_MAX + 1];

			assert(domain_write(all[i].domain, again) == all[i].domain.n);
			assert(memcmp(again, all[i].domain.p, all[i].domain.n) == 0);
		}
		(void)domain_registrable(all[i].domain);
	}
	if (address_envelope(in, &a, &one) == 0)
		assert(one.spec.p != NULL);
	arena_done(&a);
	return 0;
}
