/* SPDX-License-Identifier: BSD-3-Clause */
#include "public_address.h"

#include <stddef.h>

#include "antisales/policy/config.h"

/* RFC 6890 and the registries of special-purpose addresses that it began; multicast and reserved ones at the end. */
static const struct network special_v4[] = {
	{ .bytes = { 0 }, .bits = 8 }, { .bytes = { 10 }, .bits = 8 }, { .bytes = { 100, 64 }, .bits = 10 },
	{ .bytes = { 127 }, .bits = 8 }, { .bytes = { 169, 254 }, .bits = 16 }, { .bytes = { 172, 16 }, .bits = 12 },
	{ .bytes = { 192, 0, 0 }, .bits = 24 }, { .bytes = { 192, 0, 2 }, .bits = 24 }, { .bytes = { 192, 88, 99 }, .bits = 24 },
	{ .bytes = { 192, 168 }, .bits = 16 }, { .bytes = { 198, 18 }, .bits = 15 }, { .bytes = { 198, 51, 100 }, .bits = 24 },
	{ .bytes = { 203, 0, 113 }, .bits = 24 }, { .bytes = { 224 }, .bits = 3 },
};
/* The only IPv6 addresses that were ever given out, and what of them is kept: protocols such as Teredo, documentation
 * and 6to4. */
static const struct network global_v6[] = { { true, { 0x20 }, 3 } };
static const struct network special_v6[] = {
	{ true, { 0x20, 0x01, 0x00 }, 23 }, { true, { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, { true, { 0x20, 0x02 }, 16 },
	{ true, { 0x3f, 0xff, 0x00 }, 20 },
};
static const struct network loopback[] = { { .bytes = { 127 }, .bits = 8 }, { true, { [15] = 1 }, 128 } };

#define IS_IN(table, address) networks_contain(&(struct networks){ table, sizeof table / sizeof table[0] }, address)

static bool is_v6(struct slice address)
{
	return slice_find(address, ':', 0) < address.n;
}

/* What is no address at all is in no table, and public only if a table says so. */
static bool is_v4(struct slice address)
{
	static const struct network all[] = { { .bits = 0 } };

	return !is_v6(address) && IS_IN(all, address);
}

bool public_address(struct slice address)
{
	if (is_v6(address))
		return IS_IN(global_v6, address) && !IS_IN(special_v6, address);
	return is_v4(address) && !IS_IN(special_v4, address);
}

bool public_address_is_loopback(struct slice address)
{
	return IS_IN(loopback, address);
}
