/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antisales/base/alloc.h"
#include "antisales/catalogue/literal.h"
#include "internal.h"

/* A mark that is seen a few times is proven as well as it ever will be: a thousand links hide no other mark. */
enum { JOINED_MAX = 1024 * 1024, SIGHTINGS_MAX = 1024, SEEN_MAX = 4 };

/* A pattern that ran into its limits so often sleeps until the catalogue is loaded anew. */
enum { LIMITS_MAX = 10 };

static int compare_slices(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;

	return slice_cmp(*a, *b);
}

static int index_headers(struct catalogue *c, struct arena *a, struct err *reterr)
{
	size_t n = 0, distinct = 0;

	c->headers = arena_array(a, c->fingerprints_count, sizeof *c->headers);
	c->endings = arena_array(a, c->fingerprints_count, sizeof *c->endings);
	if (c->headers == NULL || c->endings == NULL)
		return err_set(reterr, E_NOMEM, "no memory for header names");
	for (size_t i = 0; i < c->fingerprints_count; i++) {
		const struct fingerprint *fp = c->fingerprints[i];
		char *lower;

		if (fp->place != PLACE_HEADER)
			continue;
		if (fp->header.p[0] == '*') {
			c->endings[c->endings_count++] = slice_sub(fp->header, 1, fp->header.n);
			continue;
		}
		lower = arena_strdup(a, fp->header);
		if (lower == NULL)
			return err_set(reterr, E_NOMEM, "no memory for header names");
		for (size_t k = 0; k < fp->header.n; k++)
			lower[k] = ascii_lower(lower[k]);
		c->headers[n++] = (struct slice){ lower, fp->header.n };
	}
	if (n > 0)
		qsort(c->headers, n, sizeof *c->headers, compare_slices);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !slice_eq(c->headers[i], c->headers[distinct - 1]))
			c->headers[distinct++] = c->headers[i];
	c->headers_count = distinct;
	return E_OK;
}

static int index_literals(struct catalogue *c, struct arena *a, struct err *reterr)
{
	size_t n = c->fingerprints_count;

	c->literals = arena_array(a, n, sizeof *c->literals);
	c->owners = arena_array(a, n, sizeof *c->owners);
	c->always = arena_array(a, n, sizeof *c->always);
	if (c->literals == NULL || c->owners == NULL || c->always == NULL)
		return err_set(reterr, E_NOMEM, "no memory to index %zu fingerprints", n);
	for (size_t i = 0; i < n; i++) {
		char literal[LITERAL_MAX];
		size_t len = literal_required(c->fingerprints[i]->pattern, literal);

		if (len == 0) {
			c->always[c->always_count++] = (uint32_t)i;
			continue;
		}
		c->literals[c->literals_count] = arena_dup(a, (struct slice){ literal, len });
		if (c->literals[c->literals_count].p == NULL)
			return err_set(reterr, E_NOMEM, "no memory to index %zu fingerprints", n);
		c->owners[c->literals_count++] = (uint32_t)i;
	}
	return E_OK;
}

static int slice_icmp(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)ascii_lower(a.p[i]) - (unsigned char)ascii_lower(b.p[i]);

		if (d != 0)
			return d;
	}
	return (a.n > b.n) - (a.n < b.n);
}

/* By place, then by field name, endings first: a subject then meets only what could fit it. */
static int compare_always(const void *x, const void *y, void *arg)
{
	const struct catalogue *c = arg;
	const struct fingerprint *a = c->fingerprints[*(const uint32_t *)x], *b = c->fingerprints[*(const uint32_t *)y];
	int d;

	if (a->place != b->place)
		return (int)a->place - (int)b->place;
	d = a->place == PLACE_HEADER ? slice_icmp(a->header, b->header) : 0;
	return d != 0 ? d : (a > b) - (a < b);
}

static void sort_always(struct catalogue *c)
{
	if (c->always_count > 0)
		qsort_r(c->always, c->always_count, sizeof *c->always, compare_always, c);
}

int catalogue_index(struct catalogue *c, struct arena *a, struct err *reterr)
{
	enum multiscan_engine engine = getenv("ANTISALES_NO_HYPERSCAN") != NULL ? MULTISCAN_GRAMS : MULTISCAN_BEST;
	struct slice name;
	bool jit;
	int rc;

	if ((rc = index_headers(c, a, reterr)) < 0 || (rc = index_literals(c, a, reterr)) < 0)
		return rc;
	sort_always(c);
	c->limits_hit = arena_array(a, c->fingerprints_count, sizeof *c->limits_hit);
	if (c->limits_hit == NULL)
		return err_set(reterr, E_NOMEM, "no memory to index %zu fingerprints", c->fingerprints_count);
	rc = multiscan_build(c->literals, c->literals_count, engine, &c->multiscan, reterr);
	if (rc < 0)
		return rc;
	jit = c->fingerprints_count > 0 && regex_has_jit(c->fingerprints[0]->regex);
	name = arena_printf(a, "%s, PCRE2 %s JIT", multiscan_engine_name(c->multiscan), jit ? "with" : "without");
	c->engine = name.p == NULL ? "unknown" : name.p;
	return E_OK;
}

void scratch_free(struct scratch *s)
{
	if (s == NULL)
		return;
	regex_scratch_free(s->regex);
	multiscan_scratch_free(s->multiscan);
	buf_done(&s->joined);
	free(s->tried);
	free(s);
}

static struct scratch *scratch_new(const struct catalogue *c)
{
	struct scratch *s = alloc_zeroed(1, sizeof *s);

	if (s == NULL)
		return NULL;
	buf_init(&s->joined, JOINED_MAX);
	s->regex = regex_scratch_new();
	s->multiscan = multiscan_scratch_new(c->multiscan);
	s->tried = alloc_zeroed(c->fingerprints_count, sizeof *s->tried);
	if (s->regex == NULL || s->multiscan == NULL || s->tried == NULL) {
		scratch_free(s);
		return NULL;
	}
	return s;
}

static struct scratch *scratch_borrow(struct catalogue *c)
{
	struct scratch *s;

	pthread_mutex_lock(&c->pool_lock);
	s = c->pool;
	if (s != NULL)
		c->pool = s->next;
	pthread_mutex_unlock(&c->pool_lock);
	return s != NULL ? s : scratch_new(c);
}

static void scratch_return(struct catalogue *c, struct scratch *s)
{
	pthread_mutex_lock(&c->pool_lock);
	s->next = c->pool;
	c->pool = s;
	pthread_mutex_unlock(&c->pool_lock);
}

/* One scan in work. */
struct work {
	const struct catalogue *catalogue;
	struct scratch *scratch;
	struct scan *scan;
	size_t *starts;                 /* offset of each subject in the joined text */
	size_t current;                 /* the subject that the last hit lay in */
	struct arena *arena;
	struct sighting *found;
	size_t found_count, found_room;
};

/* False when there is no more room, by limit or memory: what was found stays. */
static bool is_room(struct work *s)
{
	size_t room = s->found_room == 0 ? 32 : s->found_room * 2;
	struct sighting *grown;

	if (s->found_count < s->found_room)
		return true;
	grown = room > SIGHTINGS_MAX ? NULL : arena_array(s->arena, room, sizeof *grown);
	if (grown == NULL)
		return false;
	if (s->found_count > 0)
		memcpy(grown, s->found, s->found_count * sizeof *grown);
	s->found = grown;
	s->found_room = room;
	return true;
}

/* Group 0 stands for "the pattern has none of that name". */
static struct slice capture(const struct slice caps[REGEX_CAPTURES], unsigned group)
{
	return group > 0 && group < REGEX_CAPTURES ? caps[group] : (struct slice){ 0 };
}

static void note_limit(struct work *s, uint32_t i)
{
	s->scan->limits_hit++;
	s->scan->slow = s->catalogue->fingerprints[i];
	atomic_fetch_add_explicit(&s->catalogue->limits_hit[i], 1, memory_order_relaxed);
}

static bool is_asleep(const struct work *s, uint32_t i)
{
	return atomic_load_explicit(&s->catalogue->limits_hit[i], memory_order_relaxed) >= LIMITS_MAX;
}

static void try_fingerprint(struct work *s, uint32_t i, size_t subject_index)
{
	const struct fingerprint *fp = s->catalogue->fingerprints[i];
	const struct subject *subject = &s->scan->subjects[subject_index];
	struct slice caps[REGEX_CAPTURES];
	struct tried *tried = &s->scratch->tried[i];
	uint8_t *seen = subject->weak ? &tried->seen_weak : &tried->seen;
	enum regex_result r;

	if (fp->place != subject->place || tried->subject == subject_index + 1 || *seen == SEEN_MAX
	    || (fp->place == PLACE_HEADER && !header_fits(fp->header, subject->header)) || is_asleep(s, i))
		return;
	tried->subject = (uint32_t)subject_index + 1;
	r = regex_match(fp->regex, s->scratch->regex, subject->text, caps, &s->scan->budget_us);
	if (r == REGEX_YES && is_room(s)) {
		(*seen)++;
		s->found[s->found_count++] = (struct sighting){ .fingerprint = fp, .subject = subject, .quote = caps[0],
			.tenant = capture(caps, fp->tenant_group), .lead = capture(caps, fp->lead_group) };
	} else if (r == REGEX_LIMIT || r == REGEX_FAULT) {
		note_limit(s, i);
	}
}

/* Host and path stand right before the URL that they are cut from: one pass over that finds their marks, too. */
static bool is_part_of(const struct scan *s, size_t i, size_t distance)
{
	const struct subject *part = &s->subjects[i], *whole = &s->subjects[i + distance];

	return whole->place == PLACE_URL && distance <= 2 && part->text.p >= whole->text.p
	    && part->text.p + part->text.n <= whole->text.p + whole->text.n;
}

static bool is_part(const struct scan *s, size_t i)
{
	for (size_t d = 1; d <= 2 && i + d < s->subjects_count; d++)
		if (is_part_of(s, i, d))
			return true;
	return false;
}

static void on_literal(size_t literal, size_t end, void *arg)
{
	struct work *s = arg;

	while (s->current + 1 < s->scan->subjects_count && end > s->starts[s->current + 1])
		s->current++;
	while (s->current > 0 && end <= s->starts[s->current])
		s->current--;
	try_fingerprint(s, s->catalogue->owners[literal], s->current);
	for (size_t d = 1; d <= s->current && is_part_of(s->scan, s->current - d, d); d++)
		try_fingerprint(s, s->catalogue->owners[literal], s->current - d);
}

static int order_of(const struct fingerprint *fp, enum place place, struct slice header)
{
	if (fp->place != place)
		return (int)fp->place - (int)place;
	return place == PLACE_HEADER ? slice_icmp(fp->header, header) : 0;
}

/* All that stand in the order where a fingerprint of that place and field would. */
static void try_range(struct work *s, size_t subject_index, struct slice header)
{
	const struct catalogue *c = s->catalogue;
	enum place place = s->scan->subjects[subject_index].place;
	size_t low = 0, high = c->always_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (order_of(c->fingerprints[c->always[mid]], place, header) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < c->always_count && order_of(c->fingerprints[c->always[low]], place, header) == 0; low++)
		try_fingerprint(s, c->always[low], subject_index);
}

static void try_endings(struct work *s, size_t subject_index)
{
	const struct catalogue *c = s->catalogue;

	/* '*' sorts before letters, so they stand first */
	for (size_t k = 0; k < c->always_count; k++) {
		const struct fingerprint *fp = c->fingerprints[c->always[k]];

		if (fp->place != PLACE_HEADER || fp->header.p[0] != '*')
			return;
		try_fingerprint(s, c->always[k], subject_index);
	}
}

static void try_always(struct work *s)
{
	for (size_t i = 0; i < s->scan->subjects_count; i++) {
		if (s->scan->subjects[i].place == PLACE_HEADER)
			try_endings(s, i);
		try_range(s, i, s->scan->subjects[i].header);
	}
}

static void join_subjects(struct work *s)
{
	struct buf *joined = &s->scratch->joined;

	buf_clear(joined);
	for (size_t i = 0; i < s->scan->subjects_count; i++) {
		s->starts[i] = joined->n;
		if (is_part(s->scan, i))
			continue;
		buf_add(joined, s->scan->subjects[i].text);
		buf_addc(joined, '\n');
	}
}

/* In the order of the catalogue, then of the mail, so that results do not depend on the engine. */
static int compare_sightings(const void *x, const void *y)
{
	const struct sighting *a = x, *b = y;
	size_t i = a->fingerprint->platform->index, k = b->fingerprint->platform->index;

	if (i != k)
		return i < k ? -1 : 1;
	if (a->fingerprint != b->fingerprint)
		return a->fingerprint < b->fingerprint ? -1 : 1;
	return (a->subject > b->subject) - (a->subject < b->subject);
}

static int run(struct work *s, struct arena *a, struct err *reterr)
{
	const struct catalogue *c = s->catalogue;
	int rc;

	s->starts = arena_array(a, s->scan->subjects_count, sizeof *s->starts);
	s->arena = a;
	if (s->starts == NULL)
		return err_set(reterr, E_LIMIT, "no memory to scan %zu subjects", s->scan->subjects_count);
	memset(s->scratch->tried, 0, c->fingerprints_count * sizeof *s->scratch->tried);
	join_subjects(s);
	rc = multiscan_run(c->multiscan, s->scratch->multiscan, buf_slice(&s->scratch->joined), on_literal, s, reterr);
	if (rc < 0)
		return rc;
	try_always(s);
	if (s->found_count > 0)
		qsort(s->found, s->found_count, sizeof *s->found, compare_sightings);
	return E_OK;
}

int catalogue_scan(const struct catalogue *c, struct scan *scan, struct arena *a, struct err *reterr)
{
	/* the pool behind its lock is the one part of a catalogue that changes */
	struct catalogue *owner = (struct catalogue *)(uintptr_t)c;
	struct work w = { .catalogue = c, .scan = scan };
	int rc;

	scan->sightings_count = 0;
	if (scan->subjects_count == 0)
		return E_OK;
	w.scratch = scratch_borrow(owner);
	if (w.scratch == NULL)
		return err_set(reterr, E_NOMEM, "no memory to scan for platforms");
	rc = run(&w, a, reterr);
	scratch_return(owner, w.scratch);
	scan->sightings = w.found;
	scan->sightings_count = rc < 0 ? 0 : w.found_count;
	return rc;
}
