/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/dkim_signature.h"

#include "antisales/mail/domain.h"
#include "antisales/mail/keys.h"
#include "antisales/mail/octet.h"

enum { TAG_NAME_MAX = 32, LENGTH_DIGITS_MAX = 15, TIME_DIGITS_MAX = 12 };

/* Printable ASCII, SP, TAB, and line ends that a blank follows. */
static const char *check_bytes(struct slice raw)
{
	if (raw.n > DKIM_SIGNATURE_BYTES_MAX)
		return "longer than 8 KiB";
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i], next = i + 1 < raw.n ? raw.p[i + 1] : '\0';

		if ((c >= ' ' && c <= '~') || c == '\t')
			continue;
		if ((c == '\r' && next == '\n') || (c == '\n' && (next == ' ' || next == '\t')))
			continue;
		return "bytes that may not stand there";
	}
	return NULL;
}

static bool read_number(struct slice v, size_t digits_max, uint64_t *ret)
{
	uint64_t n = 0;

	if (v.n == 0 || v.n > digits_max)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (!octet_is(v.p[i], OCTET_DIGIT))
			return false;
		n = n * 10 + (uint64_t)(v.p[i] - '0');
	}
	*ret = n;
	return true;
}

static bool is_base64(struct slice v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (octet_is(c, OCTET_SPACE))
			continue;
		if (!octet_alnum(c) && c != '+' && c != '/' && c != '=')
			return false;
		n++;
	}
	return n > 0;
}

/* ---- one reader for each tag; NULL when all is well ---- */

static const char *read_version(struct slice v, struct dkim_signature *s)
{
	(void)s;
	return slice_eq(v, SLICE("1")) ? NULL : "v= is not 1";
}

static const char *read_algorithm(struct slice v, struct dkim_signature *s)
{
	s->algorithm = slice_ieq(v, SLICE("rsa-sha256")) ? DKIM_ALGORITHM_RSA_SHA256
	    : slice_ieq(v, SLICE("ed25519-sha256")) ? DKIM_ALGORITHM_ED25519_SHA256
	    : slice_ieq(v, SLICE("rsa-sha1")) ? DKIM_ALGORITHM_RSA_SHA1 : DKIM_ALGORITHM_OTHER;
	return v.n > 0 ? NULL : "a= is empty";
}

static const char *read_signature(struct slice v, struct dkim_signature *s)
{
	(void)s;
	return is_base64(v) ? NULL : "b= is no base64";
}

static const char *read_body_hash(struct slice v, struct dkim_signature *s)
{
	(void)s;
	return v.n <= DKIM_TAG_BYTES_MAX && is_base64(v) ? NULL : "bh= is no base64";
}

static bool is_canonicalisation(struct slice v)
{
	return slice_ieq(v, SLICE("simple")) || slice_ieq(v, SLICE("relaxed"));
}

static const char *read_canonicalisation(struct slice v, struct dkim_signature *s)
{
	struct slice body = v, head = slice_cut(&body, '/');

	if (!is_canonicalisation(head) || (head.n < v.n && !is_canonicalisation(body)))
		return "c= is unknown";
	s->canonicalisation = v;
	return NULL;
}

static const char *read_domain(struct slice v, struct dkim_signature *s)
{
	if (!key_name_ok(v))
		return "d= is no domain name";
	s->domain = v;
	return NULL;
}

static const char *read_selector(struct slice v, struct dkim_signature *s)
{
	if (!key_name_ok(v))
		return "s= is no domain name";
	s->selector = v;
	return NULL;
}

static bool is_field_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return name.n > 0 && name.n <= DKIM_TAG_BYTES_MAX;
}

static const char *read_names(struct slice v, struct dkim_signature *s)
{
	bool more = true;

	while (more) {
		size_t colon = slice_find(v, ':', 0);
		struct slice name = slice_trim(slice_sub(v, 0, colon));

		more = colon < v.n;
		v = slice_sub(v, colon + 1, v.n);
		if (s->names_count == DKIM_SIGNATURE_NAMES_MAX)
			return "too many names in h=";
		if (!is_field_name(name))
			return "h= holds no field name";
		s->names[s->names_count++] = name;
	}
	return dkim_signature_lists(s, SLICE("From")) > 0 ? NULL : "h= leaves out From";
}

static const char *read_identity(struct slice v, struct dkim_signature *s)
{
	size_t at = slice_find(v, '@', 0);

	if (v.n > DKIM_TAG_BYTES_MAX || slice_find(v, '=', 0) < v.n)
		return "i= cannot be read";
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ')
			return "i= cannot be read";
	if (at == v.n || !key_name_ok(slice_sub(v, at + 1, v.n)))
		return "i= is no address";
	s->identity = v;
	return NULL;
}

static const char *read_length(struct slice v, struct dkim_signature *s)
{
	s->has_length = read_number(v, LENGTH_DIGITS_MAX, &s->length);
	return s->has_length ? NULL : "l= is no number";
}

static bool read_time(struct slice v, int64_t *ret)
{
	uint64_t n;

	if (!read_number(v, TIME_DIGITS_MAX, &n) || n < DKIM_TIME_MIN)
		return false;
	*ret = (int64_t)n;
	return true;
}

static const char *read_signed_at(struct slice v, struct dkim_signature *s)
{
	return read_time(v, &s->signed_at) ? NULL : "t= is no time";
}

static const char *read_expires(struct slice v, struct dkim_signature *s)
{
	return read_time(v, &s->expires) ? NULL : "x= is no time";
}

static const char *read_query(struct slice v, struct dkim_signature *s)
{
	bool more = true;

	(void)s;
	while (more) {
		size_t colon = slice_find(v, ':', 0);
		struct slice method = slice_trim(slice_sub(v, 0, colon));

		if (slice_ieq(method, SLICE("dns/txt")) || slice_ieq(method, SLICE("dns")))
			return NULL;
		more = colon < v.n;
		v = slice_sub(v, colon + 1, v.n);
	}
	return "q= is unknown";
}

static const char *refuse_copies(struct slice v, struct dkim_signature *s)
{
	(void)v;
	(void)s;
	return "z= is not taken";
}

static const struct tag {
	struct slice name;
	bool required;
	bool is_short;                  /* at most DKIM_TAG_BYTES_MAX */
	const char *(*read)(struct slice v, struct dkim_signature *s);
} tags[] = {
	{ { "v", 1 }, true, true, read_version }, { { "a", 1 }, true, true, read_algorithm },
	{ { "b", 1 }, true, false, read_signature }, { { "bh", 2 }, true, true, read_body_hash },
	{ { "d", 1 }, true, false, read_domain }, { { "h", 1 }, true, false, read_names },
	{ { "s", 1 }, true, false, read_selector }, { { "c", 1 }, false, true, read_canonicalisation },
	{ { "i", 1 }, false, true, read_identity }, { { "l", 1 }, false, true, read_length },
	{ { "q", 1 }, false, true, read_query }, { { "t", 1 }, false, true, read_signed_at },
	{ { "x", 1 }, false, true, read_expires }, { { "z", 1 }, false, false, refuse_copies }
};

enum { TAGS = sizeof tags / sizeof tags[0] };

/* ---- the list ---- */

struct list {
	struct slice names[DKIM_SIGNATURE_TAGS_MAX];
	size_t count;
};

static bool is_tag_name(struct slice name)
{
	if (name.n == 0 || name.n > TAG_NAME_MAX || !octet_alpha(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!octet_alnum(name.p[i]) && name.p[i] != '_')
			return false;
	return true;
}

static bool holds(const struct list *l, struct slice name)
{
	for (size_t i = 0; i < l->count; i++)
		if (slice_ieq(l->names[i], name))
			return true;
	return false;
}

static const char *read_tag(struct slice text, struct list *seen, struct dkim_signature *s)
{
	size_t equals = slice_find(text, '=', 0);
	struct slice name = slice_trim(slice_sub(text, 0, equals)), value;

	if (equals == text.n || !is_tag_name(name))
		return "a tag without a name";
	value = slice_trim(slice_sub(text, equals + 1, text.n));
	if (holds(seen, name))
		return "a tag stands there twice";
	if (seen->count == DKIM_SIGNATURE_TAGS_MAX)
		return "too many tags";
	seen->names[seen->count++] = name;
	for (size_t i = 0; i < TAGS; i++) {
		if (!slice_ieq(tags[i].name, name))
			continue;
		if (!slice_eq(tags[i].name, name))
			return "a tag in upper case";
		if (tags[i].is_short && value.n > DKIM_TAG_BYTES_MAX)
			return "a tag is too long";
		return tags[i].read(value, s);
	}
	return NULL;    /* unknown tags are to be ignored */
}

static const char *check_whole(const struct list *seen, const struct dkim_signature *s)
{
	for (size_t i = 0; i < TAGS; i++)
		if (tags[i].required && !holds(seen, tags[i].name))
			return "a required tag is missing";
	if (s->signed_at != 0 && s->expires != 0 && s->expires <= s->signed_at)
		return "x= is not after t=";
	if (s->identity.p != NULL &&
	    !domain_is_under(slice_sub(s->identity, slice_find(s->identity, '@', 0) + 1, s->identity.n), s->domain))
		return "i= is not under d=";
	return NULL;
}

const char *dkim_signature_read(struct slice raw, struct dkim_signature *ret)
{
	struct slice rest = slice_trim(raw);
	struct list seen = { .count = 0 };
	const char *why = check_bytes(raw);

	*ret = (struct dkim_signature){ .algorithm = DKIM_ALGORITHM_OTHER };
	while (why == NULL && rest.n > 0)
		why = read_tag(slice_cut(&rest, ';'), &seen, ret);
	return why != NULL ? why : check_whole(&seen, ret);
}

size_t dkim_signature_lists(const struct dkim_signature *s, struct slice name)
{
	size_t n = 0;

	for (size_t i = 0; i < s->names_count; i++)
		n += slice_ieq(s->names[i], name) ? 1 : 0;
	return n;
}
