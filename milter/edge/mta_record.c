/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "antisales/edge/mta.h"

static struct buf *out_of(struct mta *m)
{
	return ((struct mta_record *)m)->out;
}

static const char *record_macro(struct mta *m, const char *name)
{
	return strcmp(name, "i") == 0 ? ((struct mta_record *)m)->queue_id : NULL;
}

static void put_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_adds(out, "\\n");
		else if (*s == '\t')
			buf_adds(out, "\\t");
		else
			buf_addc(out, *s);
	}
	buf_addc(out, '\n');
}

static int record_insert(struct mta *m, const char *name, const char *value)
{
	buf_addf(out_of(m), "insert %s: ", name);
	put_escaped(out_of(m), value);
	return 0;
}

static int record_delete(struct mta *m, const char *name, size_t nth)
{
	buf_addf(out_of(m), "delete %s %zu\n", name, nth);
	return 0;
}

static int record_reply(struct mta *m, int code, const char *enhanced, const char *text)
{
	buf_addf(out_of(m), "reply %d %s %s\n", code, enhanced, text);
	return 0;
}

static int record_quarantine(struct mta *m, const char *reason)
{
	buf_addf(out_of(m), "quarantine %s\n", reason);
	return 0;
}

static const struct mta_ops record_ops = {
	.macro = record_macro, .insert_header = record_insert, .delete_header = record_delete,
	.reply = record_reply, .quarantine = record_quarantine,
};

void mta_record_init(struct mta_record *r, struct buf *out, const char *queue_id)
{
	*r = (struct mta_record){ .mta = { &record_ops }, .out = out, .queue_id = queue_id };
}
