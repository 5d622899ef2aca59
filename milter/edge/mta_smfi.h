/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EDGE_MTA_SMFI_H
#define EDGE_MTA_SMFI_H

#include <libmilter/mfapi.h>

#include "antisales/edge/mta.h"

struct mta_smfi {
	struct mta mta;
	SMFICTX *ctx;
};
void mta_smfi_init(struct mta_smfi *m, SMFICTX *ctx);

#endif
