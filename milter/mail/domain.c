/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/domain.h"

#include <idn2.h>
#include <libpsl.h>
#include <string.h>

#include "antisales/mail/octet.h"

enum { LABEL_BYTES_MAX = 63, UNICODE_BYTES_MAX = 1000 };

/* [1.2.3.4], [IPv6:2001:db8::1], [::1] */
static size_t write_literal(struct slice host, char *out)
{
	if (host.n < 3 || host.n > 64 || host.p[host.n - 1] != ']')
		return 0;
	for (size_t i = 1; i + 1 < host.n; i++)
		if (!octet_is(host.p[i], OCTET_HOST) && host.p[i] != ':' && host.p[i] != '%')
			return 0;
	for (size_t i = 0; i < host.n; i++)
		out[i] = octet_lower(host.p[i]);
	out[host.n] = '\0';
	return host.n;
}

/* Checks labels and lowers the case of a name that is all ASCII. */
static size_t write_ascii(struct slice host, char *out)
{
	size_t label = 0;

	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > DOMAIN_BYTES_MAX || host.p[host.n - 1] == '.')
		return 0;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (!octet_is(c, OCTET_HOST))
			return 0;
		label = c == '.' ? 0 : label + 1;
		if ((c == '.' && (i == 0 || host.p[i - 1] == '.')) || label > LABEL_BYTES_MAX)
			return 0;
		out[i] = octet_lower(c);
	}
	out[host.n] = '\0';
	return host.n;
}

/* UTS 46 to A-labels. Names with joiners that IDNA 2008 forbids get the mapping of IDNA 2003, as browsers do. */
static size_t write_unicode(struct slice host, char *out)
{
	char in[UNICODE_BYTES_MAX + 1];
	uint8_t *ace = NULL;
	size_t n = 0;

	if (host.n > UNICODE_BYTES_MAX || memchr(host.p, '\0', host.n) != NULL)
		return 0;
	memcpy(in, host.p, host.n);
	in[host.n] = '\0';
	if (idn2_lookup_u8((const uint8_t *)in, &ace, IDN2_NONTRANSITIONAL) != IDN2_OK &&
	    idn2_lookup_u8((const uint8_t *)in, &ace, IDN2_TRANSITIONAL) != IDN2_OK)
		return 0;
	n = write_ascii(slice_of((const char *)ace), out);
	idn2_free(ace);
	return n;
}

size_t domain_write(struct slice host, char out[DOMAIN_BYTES_MAX + 1])
{
	if (host.n == 0)
		return 0;
	if (host.p[0] == '[')
		return write_literal(host, out);
	for (size_t i = 0; i < host.n; i++)
		if ((unsigned char)host.p[i] >= 0x80)
			return write_unicode(host, out);
	return write_ascii(host, out);
}

struct slice domain_normalise(struct slice host, struct arena *a)
{
	char out[DOMAIN_BYTES_MAX + 1];
	size_t n = domain_write(slice_trim(host), out);

	return n == 0 ? (struct slice){ 0 } : arena_dup(a, (struct slice){ out, n });
}

static bool is_ip(struct slice host)
{
	size_t dot = slice_rfind(host, '.');

	if (host.n == 0 || host.p[0] == '[' || slice_find(host, ':', 0) < host.n)
		return true;
	for (size_t i = dot == host.n ? 0 : dot + 1; i < host.n; i++)
		if (!octet_is(host.p[i], OCTET_DIGIT))
			return false;
	return true;
}

struct slice domain_registrable(struct slice host)
{
	char name[DOMAIN_BYTES_MAX + 1];
	const char *hit;

	if (host.n > DOMAIN_BYTES_MAX || is_ip(host))
		return (struct slice){ 0 };
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	hit = psl_registrable_domain(psl_builtin(), name);
	return hit == NULL ? (struct slice){ 0 } : slice_sub(host, (size_t)(hit - name), host.n);
}

bool domain_is_under(struct slice host, struct slice parent)
{
	if (parent.n == 0 || !slice_iends(host, parent))
		return false;
	return host.n == parent.n || host.p[host.n - parent.n - 1] == '.';
}
