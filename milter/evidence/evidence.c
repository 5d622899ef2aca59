/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/evidence/evidence.h"

#include <string.h>

#include "internal.h"

enum { FINDINGS_MAX = 200 };

/* What is proved comes first, for the platforms; the organisation after them: a platform's own domain is nobody's organisation. */
const struct detector *const detectors[] = {
	&detect_authentication, &detect_platform, &detect_organisation, &detect_marks, &detect_merge_token, &detect_pixel,
	&detect_confirmation, &detect_skeleton, &detect_relationship, &detect_reputation,
};
const size_t detectors_count = sizeof detectors / sizeof detectors[0];

void evidence_init(struct evidence *e, struct arena *a)
{
	*e = (struct evidence){ .arena = a };
}

void evidence_add(struct evidence *e, const struct finding *f)
{
	if (e->count == e->room) {
		size_t room = e->room == 0 ? 16 : e->room * 2;
		struct finding *grown = room > FINDINGS_MAX * 2 ? NULL : arena_array(e->arena, room, sizeof *grown);

		if (grown == NULL)
			return;
		if (e->count > 0)
			memcpy(grown, e->findings, e->count * sizeof *grown);
		e->findings = grown;
		e->room = room;
	}
	e->findings[e->count++] = *f;
}

int evidence_collect(enum detector_round round, const struct detect_in *in, struct evidence *out, struct err *reterr)
{
	int first = E_OK;

	for (size_t i = 0; i < detectors_count; i++) {
		struct err err;
		int rc = detectors[i]->round == round ? detectors[i]->run(in, out, &err) : E_OK;

		if (rc < 0 && first == E_OK) {
			first = err_set(reterr, rc, "detector %s: %s", detectors[i]->id, err.text);
		}
	}
	return first;
}
