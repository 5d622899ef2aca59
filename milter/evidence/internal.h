/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EVIDENCE_INTERNAL_H
#define EVIDENCE_INTERNAL_H

#include "antisales/evidence/evidence.h"

extern const struct detector detect_authentication, detect_confirmation, detect_marks, detect_merge_token,
    detect_organisation, detect_pixel, detect_platform, detect_relationship, detect_reputation, detect_skeleton;

/* The first postal address near the end of a text, in lower case, its words parted by single blanks; absent if none. */
struct slice postal_address(struct slice text, struct arena *a);

#endif
