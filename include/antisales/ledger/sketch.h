/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_LEDGER_SKETCH_H
#define ANTISALES_LEDGER_SKETCH_H

#include <stdint.h>

#include "antisales/base/hash.h"
#include "antisales/store/record.h"

/*
 * How many different things were seen, in 64 registers of eight fields of a
 * record (HyperLogLog, Flajolet et al. 2007; linear counting while registers
 * are empty): standard error 13 %, exact enough below 20. Sketches merge.
 */
enum { SKETCH_FIELDS = 8 };

/* first: the first of the FIELD_REGISTERS fields. */
void sketch_add(struct record *r, int first, const struct hash *thing);
int64_t sketch_count(const struct record *r, int first);

#endif
