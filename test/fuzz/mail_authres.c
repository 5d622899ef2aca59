/* SPDX-License-Identifier: BSD-3-Clause */
/* Authentication-Results. */
#include <assert.h>
#include <stdint.h>

#include "antisales/mail/authres.h"
#include "antisales/mail/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_results(const struct authres *r)
{
	assert(r->server.n > 0 && r->results_count <= AUTHRES_RESULTS_MAX);
	for (size_t i = 0; i < r->results_count; i++) {
		assert(r->results[i].method.n > 0 && r->results[i].result.n > 0);
		assert(r->results[i].properties_count <= AUTHRES_PROPERTIES_MAX);
		for (size_t k = 0; k < r->results[i].properties_count; k++)
			assert(r->results[i].properties[k].value.p != NULL && r->results[i].properties[k].name.n > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct authres_summary sum = { .dkim_count = 0 };
	struct authres r;
	struct arena a;

	arena_init(&a, 4096, 16 << 20);
	if (authres_parse(in, &a, &r)) {
		check_results(&r);
		authres_summary(&sum, &r, &a);
		assert(sum.dkim_count <= AUTHRES_DOMAINS_MAX && (sum.dkim_count == 0 || sum.dkim == AUTHRES_PASS));
		for (size_t i = 0; i < sum.dkim_count; i++)
			assert(sum.dkim_domains[i].n > 0 && sum.dkim_domains[i].n <= DOMAIN_BYTES_MAX);
	}
	arena_done(&a);
	return 0;
}
