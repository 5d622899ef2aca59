/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>

#include "mta_smfi.h"

/* libmilter takes char * where it means const char *: it copies and never writes. */
static char *unconst(const char *s)
{
	return (char *)(uintptr_t)s;
}

static SMFICTX *ctx_of(struct mta *m)
{
	return ((struct mta_smfi *)m)->ctx;
}

static int done(int rc)
{
	return rc == MI_SUCCESS ? 0 : -1;
}

static const char *smfi_macro(struct mta *m, const char *name)
{
	return smfi_getsymval(ctx_of(m), unconst(name));
}

static int smfi_insert(struct mta *m, const char *name, const char *value)
{
	char spaced[HEADER_VALUE_MAX + 2];

	snprintf(spaced, sizeof spaced, "%s%s", ((struct mta_smfi *)m)->leading_space ? " " : "", value);
	return done(smfi_insheader(ctx_of(m), 0, unconst(name), spaced));
}

static int smfi_delete(struct mta *m, const char *name, size_t nth)
{
	return done(smfi_chgheader(ctx_of(m), unconst(name), (int)nth, NULL));
}

static int smfi_reply(struct mta *m, int code, const char *enhanced, const char *text)
{
	char digits[12];

	snprintf(digits, sizeof digits, "%d", code);
	return done(smfi_setreply(ctx_of(m), digits, unconst(enhanced), unconst(text)));
}

static int smfi_hold(struct mta *m, const char *reason)
{
	return done(smfi_quarantine(ctx_of(m), unconst(reason)));
}

static const struct mta_ops smfi_ops = {
	.macro = smfi_macro, .insert_header = smfi_insert, .delete_header = smfi_delete,
	.reply = smfi_reply, .quarantine = smfi_hold,
};

void mta_smfi_init(struct mta_smfi *m, SMFICTX *ctx, bool leading_space)
{
	*m = (struct mta_smfi){ .mta = { &smfi_ops }, .ctx = ctx, .leading_space = leading_space };
}
