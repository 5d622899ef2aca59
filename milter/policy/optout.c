/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "antisales/base/clock.h"
#include "internal.h"

#define DAY INT64_C(86400)

enum { BUSINESS_DAYS_MAX = 366, PHRASES_MAX = 1000 };

struct optout_policy optout_default(void)
{
	return (struct optout_policy){ .within = 2 * DAY };
}

/* "10 business days", else a span. */
static int read_within(struct policy_reader *r, const struct yaml_node *node, struct optout_policy *o)
{
	static const char unit[] = " business days";
	struct slice text = { 0 }, number;
	int64_t n = 0;
	int rc = yaml_text(node, &text, r->err);

	if (rc < 0 || text.n == 0)
		return rc;
	if (!slice_iends(text, slice_of(unit))) {
		o->business_days = 0;
		return yaml_span(node, &o->within, r->err);
	}
	number = slice_trim(slice_sub(text, 0, text.n - (sizeof unit - 1)));
	for (size_t i = 0; i < number.n && n <= BUSINESS_DAYS_MAX; i++)
		n = ascii_digit(number.p[i]) ? n * 10 + (number.p[i] - '0') : BUSINESS_DAYS_MAX + 1;
	if (number.n == 0 || n < 1 || n > BUSINESS_DAYS_MAX)
		return err_at(r->err, node->line, node->column, "1 to %d business days, or a span such as 2d", BUSINESS_DAYS_MAX);
	o->business_days = (int)n;
	return E_OK;
}

static int compare(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static int read_holidays(struct policy_reader *r, const struct yaml_node *node, const struct policy *p, struct optout_policy *o)
{
	const struct yaml_node *list = node;
	const struct slice *days = NULL;
	const char *path = NULL;
	int64_t *sorted, when;
	size_t n = 0;
	int rc = node == NULL ? E_OK : beside_policy(r, node, p, &list, &path);

	if (rc < 0 || node == NULL || (rc = yaml_texts(list, r->arena, &days, &n, r->err)) < 0)
		return rc;
	sorted = arena_array(r->arena, n, sizeof *sorted);
	if (sorted == NULL)
		return err_set(r->err, E_NOMEM, "no memory for the holidays");
	for (size_t i = 0; i < n; i++) {
		if (days[i].n != 10 || !clock_parse(days[i], &when)) {
			rc = err_at(r->err, list->line, list->column, "\"%.*s\" is no day such as 2026-12-25",
			    SLICE_FMT(slice_sub(days[i], 0, 40)));
			return path == NULL ? rc : yaml_err_place(r->err, path);
		}
		sorted[i] = when / DAY;
	}
	qsort(sorted, n, sizeof *sorted, compare);
	o->holidays = sorted;
	o->holidays_count = n;
	return E_OK;
}

static int read_phrases(struct policy_reader *r, const struct yaml_node *map, struct refusals *f)
{
	static const char *const keys[] = { "addresses", "subjects", "texts" };
	int rc = yaml_check_keys(map, keys, 3, "refusals", r->err);

	if (rc < 0 || (rc = yaml_texts(yaml_get(map, "addresses"), r->arena, &f->addresses, &f->addresses_count, r->err)) < 0
	    || (rc = yaml_texts(yaml_get(map, "subjects"), r->arena, &f->subjects, &f->subjects_count, r->err)) < 0
	    || (rc = yaml_texts(yaml_get(map, "texts"), r->arena, &f->texts, &f->texts_count, r->err)) < 0)
		return rc;
	if (f->addresses_count + f->subjects_count + f->texts_count > PHRASES_MAX)
		return err_at(r->err, map->line, map->column, "at most %d phrases are allowed", PHRASES_MAX);
	return E_OK;
}

static int read_refusals(struct policy_reader *r, const struct yaml_node *node, const struct policy *p, struct refusals *f)
{
	const struct yaml_node *map = node;
	const char *path = NULL;
	int rc = node == NULL ? E_OK : beside_policy(r, node, p, &map, &path);

	if (rc < 0 || node == NULL)
		return rc;
	rc = read_phrases(r, map, f);
	return rc < 0 && path != NULL ? yaml_err_place(r->err, path) : rc;
}

int optout_read_policy(struct policy_reader *r, const struct yaml_node *root, struct policy *p)
{
	static const char *const keys[] = { "within", "holidays", "when" };
	const struct yaml_node *map = yaml_get(root, "optout"), *when = yaml_get(map, "when");
	int rc = map == NULL ? E_OK : yaml_check_keys(map, keys, 3, "optout", r->err);

	if (rc < 0 || (rc = read_within(r, yaml_get(map, "within"), &p->optout)) < 0
	    || (rc = read_holidays(r, yaml_get(map, "holidays"), p, &p->optout)) < 0
	    || (when != NULL && (rc = condition_compile(when, r->arena, &p->optout.when, r->err)) < 0))
		return rc;
	return read_refusals(r, yaml_get(root, "refusals"), p, &p->refusals);
}

static bool is_holiday(const struct optout_policy *o, int64_t day)
{
	return o->holidays_count > 0 && bsearch(&day, o->holidays, o->holidays_count, sizeof day, compare) != NULL;
}

/* The first of January 1970 was a Thursday. */
static bool is_weekend(int64_t day)
{
	return (day + 3) % 7 >= 5;
}

int64_t optout_deadline(const struct optout_policy *o, int64_t since)
{
	int64_t day;
	int left = o->business_days;

	if (o->business_days == 0)
		return since + o->within;
	for (day = clock_local_day(since); left > 0;) {
		day++;
		left -= !is_weekend(day) && !is_holiday(o, day);
	}
	return clock_local_midnight(day + 1);
}
