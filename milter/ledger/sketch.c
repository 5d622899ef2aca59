/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/sketch.h"

#include <math.h>

enum { REGISTERS = 8 * SKETCH_FIELDS };

int64_t sketch_count(const struct record *r, int first)
{
	double sum = 0, empty = 0, raw;

	for (int i = 0; i < REGISTERS; i++) {
		int rank = (int)((uint64_t)r->at[first + i / 8].number >> 8 * (i % 8) & 0xFF);

		sum += exp2(-rank);
		empty += rank == 0;
	}
	raw = 0.709 * REGISTERS * REGISTERS / sum;
	if (raw <= 2.5 * REGISTERS && empty > 0)
		raw = REGISTERS * log(REGISTERS / empty);
	return raw > 1e15 ? INT64_C(1000000000000000) : llround(raw);
}

/* Bytes 1 to 9 of the hash say place and rank. */
void sketch_add(struct record *r, int first, const struct hash *thing)
{
	int place = thing->bytes[1] % REGISTERS, shift = 8 * (place % 8);
	uint64_t rest = 0, rank, fields = (uint64_t)r->at[first + place / 8].number;

	for (int i = 2; i < 10; i++)
		rest = rest << 8 | thing->bytes[i];
	rank = 1 + (rest == 0 ? UINT64_C(64) : (uint64_t)__builtin_clzll(rest));
	if ((fields >> shift & 0xFF) < rank)
		fields = (fields & ~(UINT64_C(0xFF) << shift)) | rank << shift;
	r->at[first + place / 8].number = (int64_t)fields;
}
