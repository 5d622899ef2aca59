/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "antisales/ledger/issued.h"

/* Without vowels, so that no word is taken for a check, and without look-alikes. */
static const char alphabet[] = "bcdfghjkmnpqrstvwxz23456789";
static const char separators[ISSUED_STYLES] = { '+', '.', '-', '\0' };

enum { CHECK_BYTES = 5, SLUG_MAX = 20, LOCAL_MAX = 256 };

/* What user, slug and serial are hashed to, for one purpose. */
static struct hash hash_of(const struct site_key *site, struct slice purpose, const struct address *user, struct slice slug,
    int64_t serial)
{
	char room[LOCAL_MAX];
	struct slice local = slice_sub(user->local, 0, LOCAL_MAX);
	struct slice parts[5] = { purpose, { room, local.n }, user->domain, slug, { (const char *)&serial, sizeof serial } };

	for (size_t i = 0; i < local.n; i++)
		room[i] = ascii_lower(local.p[i]);
	return hash_keyed(site, parts, 5);
}

static uint64_t number_of(const struct hash *h)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | h->bytes[i];
	return n;
}

/* Takes one of n off the number, evenly as far as its bits go. */
static unsigned take(uint64_t *number, unsigned n)
{
	unsigned ret = (unsigned)(*number % n);

	*number /= n;
	return ret;
}

/* An address of one style tells none of another. */
static void write_check(const struct site_key *site, const struct address *user, const struct issued_shape *shape, int64_t serial,
    char out[CHECK_BYTES + 1])
{
	char purpose[] = { 'c', 'h', 'e', 'c', 'k', shape->separator };
	struct hash h = hash_of(site, (struct slice){ purpose, sizeof purpose }, user, shape->slug, serial);
	uint64_t n = number_of(&h);

	for (int i = 0; i < CHECK_BYTES; i++)
		out[i] = alphabet[take(&n, sizeof alphabet - 1)];
	out[CHECK_BYTES] = '\0';
}

/* The first label of the domain, letters and digits only, so that a tag is taken apart in one way. */
static struct slice slug_of(struct slice domain, char room[SLUG_MAX])
{
	struct slice label = slice_cut(&domain, '.');
	size_t n = 0;

	for (size_t i = 0; i < label.n && n < SLUG_MAX; i++)
		if (ascii_alnum(label.p[i]))
			room[n++] = ascii_lower(label.p[i]);
	return (struct slice){ room, n };
}

/* Syllables that could be somebody's name, such as "kalemo.rotisa47". */
static void write_name(const struct hash *h, char out[LOCAL_PART_MAX + 1])
{
	static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
	uint64_t n = number_of(h);
	size_t at = 0;

	for (int i = 0; i < 6; i++) {
		if (i == 3)
			out[at++] = '.';
		out[at++] = consonants[take(&n, sizeof consonants - 1)];
		out[at++] = vowels[take(&n, sizeof vowels - 1)];
	}
	snprintf(out + at, LOCAL_PART_MAX + 1 - at, "%u", 10 + take(&n, 90));
}

bool issue_local(const struct issue *i, char out[LOCAL_PART_MAX + 1])
{
	char room[SLUG_MAX], check[CHECK_BYTES + 1], user[LOCAL_PART_MAX + 1];
	struct issued_shape shape = { .slug = slug_of(i->domain, room), .separator = separators[i->style] };
	struct hash h;
	int n;

	if (i->style == ISSUED_RANDOM) {
		/* the whole domain: a name shows no slug that would have to be the same */
		h = hash_of(i->site, SLICE("issued-name"), &i->user, i->domain, i->serial);
		write_name(&h, out);
		return true;
	}
	if (i->user.local.n > LOCAL_PART_MAX)
		return false;
	for (size_t k = 0; k < i->user.local.n; k++)
		user[k] = ascii_lower(i->user.local.p[k]);
	write_check(i->site, &i->user, &shape, i->serial, check);
	n = snprintf(out, LOCAL_PART_MAX + 1, "%.*s%c%.*s-%s", (int)i->user.local.n, user, shape.separator, SLICE_FMT(shape.slug), check);
	return n > 0 && n <= LOCAL_PART_MAX;
}

static bool is_check(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || strchr(alphabet, ascii_lower(s.p[i])) == NULL)
			return false;
	return s.n == CHECK_BYTES;
}

bool issued_shape_read(struct slice local, struct issued_shape *ret)
{
	size_t dash = slice_rfind(local, '-'), from = dash;

	if (dash == local.n || !is_check(slice_sub(local, dash + 1, local.n)))
		return false;
	while (from > 0 && ascii_alnum(local.p[from - 1]))
		from--;
	if (from < 2 || dash - from == 0 || dash - from > SLUG_MAX || memchr(separators, local.p[from - 1], ISSUED_RANDOM) == NULL)
		return false;
	*ret = (struct issued_shape){ .user = slice_sub(local, 0, from - 1), .slug = slice_sub(local, from, dash - from),
		.check = slice_sub(local, dash + 1, CHECK_BYTES), .separator = local.p[from - 1] };
	return true;
}

bool issued_shape_fits(const struct site_key *site, const struct issued_shape *s, struct slice domain)
{
	struct address user = { .local = s->user, .domain = domain };
	char room[SLUG_MAX], check[CHECK_BYTES + 1];
	struct issued_shape shape = { .slug = slug_of(s->slug, room), .separator = s->separator };
	bool fits = false;

	for (int64_t serial = 0; serial < ISSUED_SERIALS_MAX && !fits; serial++) {
		write_check(site, &user, &shape, serial, check);
		fits = slice_ieq(s->check, slice_of(check));
	}
	return fits;
}
