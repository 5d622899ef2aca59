/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

static int run(const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	const struct content *c = in->txn->content;

	(void)reterr;
	facts_bool(in->facts, FACT_PIXEL_PRESENT, false);
	for (size_t i = 0; i < c->links_count; i++)
		if ((c->links[i].places & LINK_PIXEL) != 0 && (c->links[i].places & (LINK_QUOTED | LINK_ATTACHED)) == 0) {
			facts_bool(in->facts, FACT_PIXEL_PRESENT, true);
			evidence_add(out, &(struct finding){ .detector = detect_pixel.id, .fact = FACT_PIXEL_PRESENT,
				.where = SLICE("url"), .quote = c->links[i].url });
			break;
		}
	return E_OK;
}

const struct detector detect_pixel = {
	.id = "pixel", .summary = "an invisible image that reports when the mail is opened", .round = DETECT_MAIL, .run = run,
};
