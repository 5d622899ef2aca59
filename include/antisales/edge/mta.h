/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_MTA_H
#define ANTISALES_EDGE_MTA_H

#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/buf.h"
#include "antisales/base/err.h"
#include "antisales/decide/plan.h"

/*
 * What a plan needs of an MTA. Two implementations: libmilter (mta_smfi.c) and
 * a recorder that writes a line per call (mta_record.c). All return 0, or -1
 * when the MTA refused.
 */
struct mta;
struct mta_ops {
	/* The value of a macro such as "i"; NULL when the MTA did not tell it. */
	const char *(*macro)(struct mta *m, const char *name);
	int (*insert_header)(struct mta *m, const char *name, const char *value);       /* at the top */
	int (*delete_header)(struct mta *m, const char *name, size_t nth);
	int (*reply)(struct mta *m, int code, const char *enhanced, const char *text);
	int (*quarantine)(struct mta *m, const char *reason);
};
struct mta {
	const struct mta_ops *ops;
};

/* Carries the plan out in order. A refused edit does not stop the rest; the first is returned as E_IO. */
int plan_apply(const struct plan *p, struct mta *m, struct err *reterr);

/* Writes every call into out: "delete X-Anti-Sales 2", "insert X-Anti-Sales: no", "quarantine REASON",
 * "reply 550 5.7.1 TEXT". Folds are written as "\n\t". */
struct mta_record {
	struct mta mta;
	struct buf *out;
	const char *queue_id;           /* what macro "i" tells; may be NULL */
};
void mta_record_init(struct mta_record *r, struct buf *out, const char *queue_id);

#endif
