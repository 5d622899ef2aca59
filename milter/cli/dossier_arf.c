/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/file.h"
#include "antisales/decide/plan.h"
#include "antisales/mail/authres.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/header.h"
#include "redact.h"

/* An abuse report by RFC 5965, for somebody to send. */
struct arf {
	struct dossier *dossier;
	const struct config *config;
	struct redaction redaction;
	struct arena arena;
	struct slice mail;
	char boundary[ID_TEXT + 16];
};
enum { MAIL_BYTES_MAX = 256 * 1024 * 1024, FIELD_BYTES_MAX = 4 * 1024 * 1024 };

static int read_mail(struct arf *r, struct err *reterr)
{
	const char *path = r->dossier->mail;
	int rc = strcmp(path, "-") == 0 ? file_read_fd(STDIN_FILENO, "standard input", MAIL_BYTES_MAX, &r->arena, &r->mail, reterr)
	    : file_read(path, MAIL_BYTES_MAX, &r->arena, &r->mail, reterr);
	struct slice rest;
	struct eml_field f;

	if (rc == E_OK && slice_istarts(r->mail, SLICE("From ")))       /* the separator line of an mbox */
		(void)slice_cut(&r->mail, '\n');
	rest = r->mail;
	return rc < 0 || eml_field(&rest, &r->arena, &f) ? rc : err_set(reterr, E_SYNTAX, "%.200s is no mail", path);
}

/* The unfolded value of the first field of that name; absent when there is none. */
static struct slice value_of(struct arf *r, const char *name)
{
	struct slice rest = r->mail;
	struct eml_field f;

	while (eml_field(&rest, &r->arena, &f))
		if (slice_ieq(f.name, slice_of(name)))
			return header_unfold(f.value, &r->arena);
	return (struct slice){ 0 };
}

static void put_field(struct arf *r, const char *name, struct slice value)
{
	struct buf b;

	if (value.n == 0)
		return;
	buf_init(&b, FIELD_BYTES_MAX);
	redact(&r->redaction, value, &b);
	printf("%s: ", name);
	cli_print(buf_slice(&b));
	putchar('\n');
	buf_done(&b);
}

static struct slice from_address(struct arf *r)
{
	const struct address *list;

	return address_list(value_of(r, "From"), &r->arena, &list) > 0 ? list[0].spec : (struct slice){ 0 };
}

/* A stored mail tells its envelope sender in Return-Path; failing that, From is the best guess. */
static void put_sender(struct arf *r)
{
	struct slice path = value_of(r, "Return-Path"), from = from_address(r);

	put_field(r, "Original-Mail-From", path.n > 0 ? path : from.n == 0 ? from
	    : arena_printf(&r->arena, "<%.*s>", SLICE_FMT(from)));
}

/* When the last host took it: behind the last ';' of the topmost Received field. */
static void put_arrival(struct arf *r)
{
	struct slice received = value_of(r, "Received");
	size_t at = slice_rfind(received, ';');

	put_field(r, "Arrival-Date", at < received.n ? slice_trim(slice_sub(received, at + 1, received.n)) : value_of(r, "Date"));
}

static void put_domain(struct arf *r)
{
	struct identifier i;
	struct slice from = from_address(r), domain = domain_registrable(slice_sub(from, slice_rfind(from, '@') + 1, from.n));

	if (identifier_read(slice_of(r->dossier->face), &i) && i.kind == IDENTIFIER_DOMAIN)
		domain = i.value;
	put_field(r, "Reported-Domain", domain);
}

/* What the filter in front, whose name the configuration trusts, said. */
static void put_authentication(struct arf *r)
{
	struct slice rest = r->mail;
	struct eml_field f;
	struct authres told;

	while (eml_field(&rest, &r->arena, &f)) {
		struct slice value = slice_ieq(f.name, SLICE("Authentication-Results")) ? header_unfold(f.value, &r->arena)
		    : (struct slice){ 0 };

		if (value.n == 0 || !authres_parse(value, &r->arena, &told)
		    || !authres_trusted(&told, r->config->authserv_ids.at, r->config->authserv_ids.count))
			continue;
		put_field(r, "Authentication-Results", value);
		return;
	}
}

static void put_report(struct arf *r)
{
	printf("\n--%s\nContent-Type: message/feedback-report\n\n", r->boundary);
	puts("Feedback-Type: abuse\nUser-Agent: Anti-Sales/" PACKAGE_VERSION "\nVersion: 1");
	put_sender(r);
	put_arrival(r);
	put_field(r, "Source-IP", slice_of(r->dossier->client));
	put_domain(r);
	put_authentication(r);
}

/* The host behind "by", outside of comments. */
static struct slice received_by(struct slice value)
{
	int depth = 0;
	struct slice rest;

	for (size_t i = 0; i < value.n; i++) {
		depth += (value.p[i] == '(') - (value.p[i] == ')');
		if (depth != 0 || (i > 0 && value.p[i - 1] != ' ' && value.p[i - 1] != '\t')
		    || !slice_istarts(slice_sub(value, i, 3), SLICE("by ")))
			continue;
		rest = slice_trim(slice_sub(value, i + 3, value.n));
		return slice_cut(&rest, ' ');
	}
	return (struct slice){ 0 };
}

/* A name without a dot is a host's own, such as "localhost". */
static bool is_local_name(struct slice host)
{
	return host.n > 0 && slice_find(host, '.', 0) == host.n;
}

static void put_value(struct slice value)
{
	for (size_t i = 0; i < value.n;) {
		size_t end = i;

		while (end < value.n && value.p[end] != '\n' && value.p[end] != '\t')
			end++;
		cli_print(slice_sub(value, i, end - i));
		if (end < value.n)
			fputs(value.p[end] == '\t' ? " " : "\n", stdout);
		i = end + 1;
	}
	putchar('\n');
}

/* Fields of ours, and Received fields of our own hosts, tell nothing about the sender. */
static void put_headers(struct arf *r)
{
	struct slice rest = r->mail;
	struct eml_field f;
	struct buf b;
	bool inside = true;             /* still on the way through our own hosts */

	printf("\n--%s\nContent-Type: text/rfc822-headers; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n", r->boundary);
	while (eml_field(&rest, &r->arena, &f)) {
		bool received = slice_ieq(f.name, SLICE("Received"));
		struct slice by = received ? received_by(header_unfold(f.value, &r->arena)) : (struct slice){ 0 };
		bool own = received && (redaction_is_ours(&r->redaction, by) || (inside && is_local_name(by)));

		inside = inside && (!received || own);
		if (own || header_is_ours(f.name))
			continue;
		buf_init(&b, FIELD_BYTES_MAX);
		redact_field(&r->redaction, &f, &b);
		cli_print(f.name);
		putchar(':');
		put_value(buf_slice(&b));
		buf_done(&b);
	}
}

static void put_person(const struct dossier *d, size_t person)
{
	char first[CLOCK_TEXT], since[CLOCK_TEXT], until[CLOCK_TEXT];
	int64_t began, touches = dossier_touches(d, d->persons.id[person], &began);

	cli_print(slice_of(d->persons.name[person]));
	if (touches > 0)
		printf(": %lld mails that nobody asked for, since %s\n", (long long)touches, cli_day(began, first));
	else
		puts(": no other mail is remembered");
	for (size_t i = 0; i < d->optouts_count; i++)
		if (d->optouts[i].person == d->persons.id[person])
			printf("  told them to stop on %s; %zu mails came after it, %lld of them after %s\n",
			    cli_day(d->optouts[i].since, since), d->optouts[i].after_count, (long long)d->optouts[i].late,
			    cli_day(d->optouts[i].deadline, until));
}

static void put_top(struct arf *r)
{
	const struct dossier *d = r->dossier;

	fputs("Subject: Report about mail of ", stdout);
	cli_print(slice_of(d->face));
	printf("\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report;\n boundary=\"%s\"\n\n--%s\n"
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
	    "This is a report about a mail that was not wanted, sent by ", r->boundary, r->boundary);
	cli_print(slice_of(d->face));
	puts(".\nThe header of that mail is below; addresses of other recipients were taken out.\n");
	for (size_t i = 0; i < d->persons.count; i++)
		put_person(d, i);
}

int dossier_arf(struct dossier *d)
{
	struct setup *s = setup_get(&d->ledger.engine.setups);
	struct arf r = { .dossier = d, .config = s->config, .boundary = "=_antisales_" };
	struct err err = { 0 };
	int rc = EX_OK;

	arena_init(&r.arena, 64 * 1024, (size_t)2 * MAIL_BYTES_MAX);
	random_id(r.boundary + strlen(r.boundary));
	redaction_init(&r.redaction, d, s->config);
	if (r.redaction.also_count + s->config->domains.count == 0)
		rc = cli_usage(d->ledger.command, "name with --person to whom it was sent, or your domains in the configuration");
	else if (read_mail(&r, &err) < 0)
		rc = (cli_fail("dossier", &err), err.code == E_SYNTAX ? EX_DATAERR : EX_NOINPUT);
	if (rc == EX_OK) {
		put_top(&r);
		put_report(&r);
		put_headers(&r);
		printf("\n--%s--\n", r.boundary);
	}
	arena_done(&r.arena);
	setup_put(s);
	return rc;
}
