/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_PUBLIC_ADDRESS_H
#define CLI_PUBLIC_ADDRESS_H

#include <stdbool.h>

#include "antisales/base/slice.h"

/* True for an IP address that can only be a stranger's on the Internet: none of this machine, of this network or kept
 * for a purpose of its own, and none that wraps an IPv4 address. */
bool public_address(struct slice address);
bool public_address_is_loopback(struct slice address);

#endif
