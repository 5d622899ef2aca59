/* SPDX-License-Identifier: BSD-3-Clause */
#include "redact.h"

#include <string.h>

#include "antisales/ledger/outbound.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/header.h"

enum { VALUE_BYTES_MAX = 4 * 1024 * 1024, LOCAL_BYTES_MAX = 128 };

void redaction_init(struct redaction *r, struct dossier *d, const struct config *c)
{
	*r = (struct redaction){ .dossier = d, .domains = &c->domains };
	for (size_t i = 0; i < d->persons.count; i++) {
		struct slice domain = d->users[i].domain, above = domain_registrable(domain);

		r->also[r->also_count++] = above.n > 0 ? above : domain;
	}
}

bool redaction_is_ours(const struct redaction *r, struct slice domain)
{
	char text[DOMAIN_BYTES_MAX + 1];
	struct slice host = { text, domain_write(domain, text) };

	return host.n > 0 && (is_our_domain(r->domains->at, r->domains->count, (struct slice){ 0 }, host)
	    || is_our_domain(r->also, r->also_count, (struct slice){ 0 }, host));
}

static bool is_named(const struct redaction *r, struct slice local, struct slice domain)
{
	struct dossier *d = r->dossier;
	struct setup *s;
	struct address a;
	struct arena scratch;
	bool named = false;

	arena_init(&scratch, 1024, 1 << 20);
	if (address_envelope(arena_printf(&scratch, "%.*s@%.*s", SLICE_FMT(local), SLICE_FMT(domain)), &scratch, &a) == 0) {
		s = setup_get(&d->ledger.engine.setups);
		named = d->persons.count > 0
		    && cli_is_person(&d->persons, person_id(&d->ledger.engine.site, &a, s->config->recipient_delimiter));
		setup_put(s);
		for (size_t i = 0; i < d->addresses_count; i++)
			named = named || slice_ieq(d->addresses[i].text, a.spec);
	}
	arena_done(&scratch);
	return named;
}

static bool is_host(char c)
{
	return ascii_alnum(c) || c == '.' || c == '-' || c == '_' || (c & 0x80) != 0;
}

static bool is_local(char c)
{
	return ascii_alnum(c) || (c & 0x80) != 0 || (c != '\0' && strchr("._+-=!#$&'*^`{|}~", c) != NULL);
}

/* What stands for '@': in links "%40", in return paths '=' or '%'. Its length; 0 for none. */
static size_t separator(struct slice text, size_t i)
{
	if (slice_istarts(slice_sub(text, i, 3), SLICE("%40")))
		return 3;
	return text.p[i] == '@' || text.p[i] == '=' || text.p[i] == '%' ? 1 : 0;
}

static struct slice host_at(struct slice text, size_t from)
{
	size_t end = from;

	while (end < text.n && is_host(text.p[end]))
		end++;
	while (end > from && (text.p[end - 1] == '.' || text.p[end - 1] == '-'))
		end--;
	return slice_sub(text, from, end - from);
}

/* Where the local part before i begins, not before from. */
static size_t local_before(struct slice text, size_t i, size_t from)
{
	size_t begin = i;

	if (i > from && text.p[i - 1] == '"') {
		begin--;
		while (begin > from && text.p[begin - 1] != '"')
			begin--;
		return begin > from ? begin - 1 : from;
	}
	while (begin > from && is_local(text.p[begin - 1]))
		begin--;
	return begin;
}

/* "ann" alone, behind a name and '=' in a link, or behind '+' or '-' in a return path. */
static bool names_somebody(const struct redaction *r, struct slice local, struct slice domain)
{
	static const char before[] = "=+-";

	if (local.n > LOCAL_BYTES_MAX)
		return false;
	if (is_named(r, local, domain))
		return true;
	for (size_t i = 0; i < local.n; i++)
		if (strchr(before, local.p[i]) != NULL && local.p[i] != '\0'
		    && is_named(r, slice_sub(local, i + 1, local.n), domain))
			return true;
	return false;
}

void redact(const struct redaction *r, struct slice text, struct buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < text.n; i++) {
		size_t n = separator(text, i), begin;
		struct slice host = n == 0 ? (struct slice){ 0 } : host_at(text, i + n);

		if (host.n == 0 || !redaction_is_ours(r, host))
			continue;
		begin = local_before(text, i, done);
		if (begin == i)
			continue;
		buf_add(out, slice_sub(text, done, begin - done));
		if (names_somebody(r, slice_sub(text, begin, i - begin), host))
			buf_add(out, slice_sub(text, begin, i - begin));
		else
			buf_adds(out, "redacted");
		done = i;
	}
	buf_add(out, slice_sub(text, done, text.n));
}

/* Names of recipients are theirs, too, so that of each the address is all that stays. */
static bool redact_recipients(const struct redaction *r, struct slice unfolded, struct arena *a, struct buf *out)
{
	const struct address *list;
	size_t n = address_list(unfolded, a, &list);

	for (size_t i = 0; i < n; i++) {
		buf_adds(out, i == 0 ? " " : ", ");
		if (redaction_is_ours(r, list[i].domain) && !is_named(r, list[i].local, list[i].domain))
			buf_addf(out, "redacted@%.*s", SLICE_FMT(list[i].domain));
		else
			redact(r, list[i].spec, out);
	}
	return n > 0;
}

static bool names_recipients(struct slice name)
{
	static const char *const names[] = { "To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (slice_ieq(name, slice_of(names[i])))
			return true;
	return false;
}

void redact_field(const struct redaction *r, const struct eml_field *f, struct buf *out)
{
	struct arena a;
	struct slice unfolded, decoded;
	struct buf plain;

	arena_init(&a, 4096, VALUE_BYTES_MAX * 4);
	unfolded = header_unfold(f->value, &a);
	decoded = header_decode(unfolded, &a);
	buf_init(&plain, VALUE_BYTES_MAX);
	redact(r, decoded, &plain);
	if (!names_recipients(f->name) || !redact_recipients(r, unfolded, &a, out)) {
		/* an encoded word that hides nothing stays as it came */
		if (slice_eq(decoded, unfolded) || slice_eq(buf_slice(&plain), decoded)) {
			redact(r, f->value, out);
		} else {
			buf_addc(out, ' ');
			buf_add(out, buf_slice(&plain));
		}
	}
	buf_done(&plain);
	arena_done(&a);
}
