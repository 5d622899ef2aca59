/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/catalogue/multiscan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"

#ifdef HAVE_HYPERSCAN
#include <hs/hs.h>
#endif

enum { GRAM_BITS = 16, GRAM_BUCKETS = 1 << GRAM_BITS, GRAM = 3 };

/* The gram engine: literals are chained by a hash of their last three bytes. */
struct multiscan {
	const struct slice *literals;
	size_t count;
	uint32_t *head;                 /* 1 + index of the first literal in the bucket, 0 = none */
	uint32_t *next;
	uint8_t *at;                    /* where in the literal its gram begins */
	uint64_t present[GRAM_BUCKETS / 64];    /* small enough to stay near the processor */
#ifdef HAVE_HYPERSCAN
	hs_database_t *db;
#endif
};

struct multiscan_scratch {
#ifdef HAVE_HYPERSCAN
	hs_scratch_t *hs;
#endif
	char nothing;
};

static uint32_t gram_hash(const char *p)
{
	uint32_t g = (uint32_t)(unsigned char)ascii_lower(p[0]) << 16
	    | (uint32_t)(unsigned char)ascii_lower(p[1]) << 8 | (unsigned char)ascii_lower(p[2]);

	return (g * UINT32_C(2654435761)) >> (32 - GRAM_BITS);
}

/* The gram of the literal that the fewest literals hold. */
static uint8_t rarest(struct slice l, const uint32_t *held)
{
	uint8_t best = 0;

	for (size_t i = 1; i + GRAM <= l.n; i++)
		if (held[gram_hash(l.p + i)] <= held[gram_hash(l.p + best)])
			best = (uint8_t)i;
	return best;
}

static int build_grams(struct multiscan *m, struct err *reterr)
{
	uint32_t *held = alloc_zeroed(GRAM_BUCKETS, sizeof *held);

	m->head = alloc_zeroed(GRAM_BUCKETS, sizeof *m->head);
	m->next = alloc_zeroed(m->count, sizeof *m->next);
	m->at = alloc_zeroed(m->count, sizeof *m->at);
	if (m->head == NULL || m->next == NULL || m->at == NULL || held == NULL) {
		free(held);
		return err_set(reterr, E_NOMEM, "no memory to index %zu literals", m->count);
	}
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k + GRAM <= m->literals[i].n; k++)
			held[gram_hash(m->literals[i].p + k)]++;
	for (size_t i = m->count; i > 0; i--) {
		struct slice l = m->literals[i - 1];
		uint32_t h;

		m->at[i - 1] = rarest(l, held);
		h = gram_hash(l.p + m->at[i - 1]);
		m->next[i - 1] = m->head[h];
		m->head[h] = (uint32_t)i;
		m->present[h / 64] |= UINT64_C(1) << (h % 64);
	}
	free(held);
	return E_OK;
}

static void try_literals(const struct multiscan *m, struct slice text, size_t gram, uint32_t h, multiscan_hit *hit, void *arg)
{
	for (uint32_t i = m->head[h]; i != 0; i = m->next[i - 1]) {
		struct slice l = m->literals[i - 1];
		size_t at = m->at[i - 1];

		if (at <= gram && l.n - at <= text.n - gram && slice_istarts((struct slice){ text.p + gram - at, l.n }, l))
			hit(i - 1, gram - at + l.n, arg);
	}
}

static void run_grams(const struct multiscan *m, struct slice text, multiscan_hit *hit, void *arg)
{
	for (size_t i = 0; i + GRAM <= text.n; i++) {
		uint32_t h = gram_hash(text.p + i);

		if ((m->present[h / 64] >> (h % 64) & 1) != 0)
			try_literals(m, text, i, h, hit, arg);
	}
}

#ifdef HAVE_HYPERSCAN
static int build_hyperscan(struct multiscan *m, struct err *reterr)
{
	const char **expr = alloc_zeroed(m->count, sizeof *expr);
	size_t *len = alloc_zeroed(m->count, sizeof *len);
	unsigned *flags = alloc_zeroed(m->count, sizeof *flags);
	unsigned *ids = alloc_zeroed(m->count, sizeof *ids);
	hs_compile_error_t *why = NULL;
	int rc = E_OK;

	if (expr == NULL || len == NULL || flags == NULL || ids == NULL) {
		rc = err_set(reterr, E_NOMEM, "no memory to compile %zu literals", m->count);
	} else {
		for (size_t i = 0; i < m->count; i++) {
			expr[i] = m->literals[i].p;
			len[i] = m->literals[i].n;
			flags[i] = HS_FLAG_CASELESS;
			ids[i] = (unsigned)i;
		}
		if (hs_compile_lit_multi(expr, flags, ids, len, (unsigned)m->count, HS_MODE_BLOCK, NULL,
		    &m->db, &why) != HS_SUCCESS)
			rc = err_set(reterr, E_NOMEM, "Hyperscan: %s", why == NULL ? "no memory" : why->message);
		hs_free_compile_error(why);
	}
	free(expr);
	free(len);
	free(flags);
	free(ids);
	return rc;
}

struct hs_target {
	multiscan_hit *hit;
	void *arg;
};

static int on_hs(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	const struct hs_target *t = arg;

	(void)from;
	(void)flags;
	t->hit(id, (size_t)to, t->arg);
	return 0;
}
#endif

int multiscan_build(const struct slice *literals, size_t count, enum multiscan_engine engine,
    struct multiscan **ret, struct err *reterr)
{
	struct multiscan *m = alloc_zeroed(1, sizeof *m);
	int rc;

	if (m == NULL)
		return err_set(reterr, E_NOMEM, "no memory for the scanner");
	m->literals = literals;
	m->count = count;
#ifdef HAVE_HYPERSCAN
	if (engine == MULTISCAN_BEST && count > 0 && hs_valid_platform() == HS_SUCCESS)
		rc = build_hyperscan(m, reterr);
	else
#endif
		rc = build_grams(m, reterr);
	(void)engine;
	if (rc < 0) {
		multiscan_free(m);
		return rc;
	}
	*ret = m;
	return E_OK;
}

void multiscan_free(struct multiscan *m)
{
	if (m == NULL)
		return;
#ifdef HAVE_HYPERSCAN
	hs_free_database(m->db);
#endif
	free(m->head);
	free(m->next);
	free(m->at);
	free(m);
}

const char *multiscan_engine_name(const struct multiscan *m)
{
	return m->head == NULL ? "Hyperscan" : "gram table";
}

struct multiscan_scratch *multiscan_scratch_new(const struct multiscan *m)
{
	struct multiscan_scratch *s = alloc_zeroed(1, sizeof *s);

	(void)m;
#ifdef HAVE_HYPERSCAN
	if (s != NULL && m->db != NULL && hs_alloc_scratch(m->db, &s->hs) != HS_SUCCESS) {
		free(s);
		return NULL;
	}
#endif
	return s;
}

void multiscan_scratch_free(struct multiscan_scratch *s)
{
	if (s == NULL)
		return;
#ifdef HAVE_HYPERSCAN
	hs_free_scratch(s->hs);
#endif
	free(s);
}

int multiscan_run(const struct multiscan *m, struct multiscan_scratch *s, struct slice text,
    multiscan_hit *hit, void *arg, struct err *reterr)
{
	if (m->head != NULL) {
		run_grams(m, text, hit, arg);
		return E_OK;
	}
#ifdef HAVE_HYPERSCAN
	struct hs_target target = { hit, arg };

	if (hs_scan(m->db, text.p, (unsigned)text.n, 0, s->hs, on_hs, &target) != HS_SUCCESS)
		return err_set(reterr, E_IO, "Hyperscan refused to scan");
#endif
	(void)s;
	(void)reterr;
	return E_OK;
}
