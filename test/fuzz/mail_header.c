/* SPDX-License-Identifier: BSD-3-Clause */
/* Header values: unfolding, encoded words, parameters, normalising. */
#include <assert.h>
#include <stdint.h>
#include <unistr.h>

#include "antisales/mail/header.h"
#include "antisales/mail/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = { (const char *)data, size }, value, out;
	struct arena a;

	arena_init(&a, 4096, 16 << 20);
	value = header_unfold(raw, &a);
	out = header_decode(value, &a);
	assert(out.p != NULL);
	assert(u8_check((const uint8_t *)out.p, out.n) == NULL);
	out = text_normalise(out, &a);
	assert(out.p != NULL && u8_check((const uint8_t *)out.p, out.n) == NULL);
	(void)header_param(value, "name", &a);
	(void)header_param(value, "boundary", &a);
	arena_done(&a);
	return 0;
}
