/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EVIDENCE_INTERNAL_H
#define EVIDENCE_INTERNAL_H

#include "antisales/evidence/evidence.h"

extern const struct detector detect_authentication, detect_confirmation, detect_marks, detect_merge_token,
    detect_organisation, detect_pixel, detect_platform, detect_relationship, detect_reputation, detect_skeleton;

/* A day such as "2026-03-01"; nothing for 0. */
void evidence_date(struct facts *f, enum fact_id id, int64_t when, struct arena *a);
/* address.c: what the address tells that the mail came to; true when it was issued to somebody else. */
bool evidence_address(const struct detect_in *in, size_t recipient, struct facts *f, struct arena *a);

/* Whether a touch shows that the plain address was passed on. */
void evidence_leak(const struct detect_in *in, size_t recipient, struct facts *f, struct arena *a);

/* The first postal address near the end of a text, in lower case, its words parted by single blanks; absent if none. */
struct slice postal_address(struct slice text, struct arena *a);

#endif
