/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_ORG_TELL_H
#define CLI_ORG_TELL_H

#include "store.h"

/* How the commands tell of what an organisation consists. */
bool org_is_of(const struct org_view *v, int64_t id, int64_t root);
/* "joined by hand", "alike, joins nothing", ... */
const char *org_edge_state(const struct org_edge *e);
json *org_members_json(const struct org_view *v, int64_t root);
/* The edges at members of an organisation: strong or weak ones. */
json *org_edges_json(const struct org_view *v, int64_t root, bool weak);

#endif
