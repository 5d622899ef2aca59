/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EDGE_MTA_SMFI_H
#define EDGE_MTA_SMFI_H

#include <libmilter/mfapi.h>

#include "antisales/edge/mta.h"

struct mta_smfi {
	struct mta mta;
	SMFICTX *ctx;
	bool leading_space;             /* the MTA leaves the blank behind the colon to us */
};
void mta_smfi_init(struct mta_smfi *m, SMFICTX *ctx, bool leading_space);

#endif
