/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/catalogue/catalogue.h"

#include "internal.h"

static const char *const place_names[PLACE_COUNT] = {
	"header", "x-mailer", "dkim-d", "return-path", "message-id", "received-host", "list-unsubscribe",
	"url-host", "url-path", "url",
};

static const char *const category_names[CATEGORY_COUNT] = {
	"marketing-automation", "sales-engagement", "esp-bulk", "esp-transactional", "newsletter", "mail-tracker",
	"crm", "webinar-event", "abm", "data-vendor", "pr-distribution", "infrastructure",
};

const char *place_name(enum place p)
{
	return place_names[p];
}

const char *category_name(enum category c)
{
	return category_names[c];
}

const char *proof_name(enum proof p)
{
	static const char *const names[] = { "none", "hint", "strong", "certain" };

	return names[p];
}

const char *stream_name(enum stream s)
{
	static const char *const names[] = { "", "transactional", "marketing", "one-to-one" };

	return names[s];
}

size_t catalogue_count(const struct catalogue *c)
{
	return c->platforms_count;
}

size_t catalogue_fingerprints(const struct catalogue *c)
{
	return c->fingerprints_count;
}

const struct platform *catalogue_at(const struct catalogue *c, size_t i)
{
	return c->platforms[i];
}

const struct platform *catalogue_find(const struct catalogue *c, struct slice id)
{
	size_t low = 0, high = c->platforms_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = slice_cmp(id, c->platforms[mid]->id);

		if (d == 0)
			return c->platforms[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const char *catalogue_engine(const struct catalogue *c)
{
	return c->engine;
}

bool header_fits(struct slice wanted, struct slice name)
{
	if (wanted.n > 0 && wanted.p[0] == '*')
		return slice_iends(name, slice_sub(wanted, 1, wanted.n));
	return slice_ieq(wanted, name);
}

bool catalogue_reads_header(const struct catalogue *c, struct slice name)
{
	size_t low = 0, high = c->headers_count;
	char lower[128];

	if (name.n > sizeof lower)
		return false;
	for (size_t i = 0; i < c->endings_count; i++)
		if (slice_iends(name, c->endings[i]))
			return true;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = slice_cmp((struct slice){ lower, name.n }, c->headers[mid]);

		if (d == 0)
			return true;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}
