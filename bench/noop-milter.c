/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * noop-milter is the floor for any filter on libmilter that reads the whole
 * mail: it agrees to every no-reply flag the MTA offers, copies headers and
 * body, adds one header and decides nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <libmilter/mfapi.h>

enum {
	FIRST_ROOM = 4096,
	NO_REPLIES = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA | SMFIP_NR_HDR
	    | SMFIP_NR_EOH | SMFIP_NR_BODY
};

struct session {
	unsigned long steps;            /* what was agreed with the MTA */
	char *mail;
	size_t n, room;
};

/* Answering where silence was agreed would be an error, and so would the reverse. */
static sfsistat silent_if(SMFICTX *ctx, unsigned long step)
{
	const struct session *s = smfi_getpriv(ctx);

	return s != NULL && (s->steps & step) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static void collect(struct session *s, const void *p, size_t n)
{
	size_t room = s->room == 0 ? FIRST_ROOM : s->room;
	char *more;

	while (room - s->n < n)
		room *= 2;
	if (room != s->room) {
		more = realloc(s->mail, room);
		if (more == NULL)
			return;
		s->mail = more;
		s->room = room;
	}
	memcpy(s->mail + s->n, p, n);
	s->n += n;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
    unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	struct session *s = calloc(1, sizeof *s);

	(void)f2;
	(void)f3;
	if (s == NULL)
		return SMFIS_REJECT;
	s->steps = f1 & NO_REPLIES;
	*pf0 = f0 & SMFIF_ADDHDRS;
	*pf1 = s->steps;
	*pf2 = *pf3 = 0;
	smfi_setpriv(ctx, s);
	return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	(void)name;
	(void)address;
	return silent_if(ctx, SMFIP_NR_CONN);
}

static sfsistat on_helo(SMFICTX *ctx, char *name)
{
	(void)name;
	return silent_if(ctx, SMFIP_NR_HELO);
}

static sfsistat on_mail(SMFICTX *ctx, char **args)
{
	struct session *s = smfi_getpriv(ctx);

	(void)args;
	if (s != NULL)
		s->n = 0;
	return silent_if(ctx, SMFIP_NR_MAIL);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **args)
{
	(void)args;
	return silent_if(ctx, SMFIP_NR_RCPT);
}

static sfsistat on_data(SMFICTX *ctx)
{
	return silent_if(ctx, SMFIP_NR_DATA);
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL) {
		collect(s, name, strlen(name) + 1);
		collect(s, value, strlen(value) + 1);
	}
	return silent_if(ctx, SMFIP_NR_HDR);
}

static sfsistat on_eoh(SMFICTX *ctx)
{
	return silent_if(ctx, SMFIP_NR_EOH);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *p, size_t n)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL)
		collect(s, p, n);
	return silent_if(ctx, SMFIP_NR_BODY);
}

static sfsistat on_eom(SMFICTX *ctx)
{
	char name[] = "X-Noop", value[] = "seen";

	smfi_insheader(ctx, 0, name, value);
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_CONTINUE;
	free(s->mail);
	free(s);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

int main(int argc, char **argv)
{
	char name[] = "noop-milter";
	struct smfiDesc callbacks = {
		.xxfi_name = name, .xxfi_version = SMFI_VERSION, .xxfi_flags = SMFIF_ADDHDRS,
		.xxfi_negotiate = on_negotiate, .xxfi_connect = on_connect, .xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail, .xxfi_envrcpt = on_rcpt, .xxfi_data = on_data, .xxfi_header = on_header,
		.xxfi_eoh = on_eoh, .xxfi_body = on_body, .xxfi_eom = on_eom, .xxfi_close = on_close,
	};

	if (argc != 2 || argv[1][0] == '-') {
		fputs("usage: noop-milter unix:PATH | inet:PORT@HOST\n", stderr);
		return EX_USAGE;
	}
	umask(0117);
	if (smfi_register(callbacks) != MI_SUCCESS || smfi_setconn(argv[1]) != MI_SUCCESS
	    || smfi_opensocket(1) != MI_SUCCESS) {
		fprintf(stderr, "noop-milter: cannot listen on %s\n", argv[1]);
		return EX_UNAVAILABLE;
	}
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}
