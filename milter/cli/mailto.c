/* SPDX-License-Identifier: BSD-3-Clause */
#include "mailto.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "antisales/base/buf.h"
#include "antisales/mail/domain.h"
#include "antisales/mail/url.h"

/* Far less than RFC 5322 allows: no quotes, routes, pipes or percent hacks. */
static bool is_local_part(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || (!ascii_alnum(s.p[i]) && strchr("._+=-~#'", s.p[i]) == NULL))
			return false;
	return s.n > 0 && s.n <= 64 && s.p[0] != '-';
}

static bool is_domain(struct slice s)
{
	char name[DOMAIN_BYTES_MAX + 1];

	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != '-')
			return false;
	return s.n > 0 && domain_registrable((struct slice){ name, domain_write(s, name) }).n > 0;
}

bool mailto_is_plain(struct slice address)
{
	struct slice domain = address, local = slice_cut(&domain, '@');

	return address.n <= MAILTO_ADDRESS_MAX && is_local_part(local) && is_domain(domain);
}

/* The text without its percent signs; NULL when it is more than one short line of printable ASCII. */
static const char *decode(struct slice text, struct arena *a)
{
	struct buf b;
	bool plain;
	char *ret;

	buf_init(&b, MAILTO_TEXT_MAX);
	url_unescape(text, &b);
	plain = !b.cut;
	for (size_t i = 0; i < b.n; i++)
		plain = plain && b.p[i] >= ' ' && b.p[i] <= '~';
	ret = plain ? arena_strdup(a, buf_slice(&b)) : NULL;
	buf_done(&b);
	return ret;
}

/* "subject=stop": each at most once, and no other field. */
static int read_field(struct slice text, struct arena *a, struct mailto *ret, struct err *reterr)
{
	struct slice value = text, name = slice_cut(&value, '=');
	const char **at = slice_ieq(name, SLICE("subject")) ? &ret->subject : slice_ieq(name, SLICE("body")) ? &ret->body : NULL;

	if (at == NULL || *at != NULL)
		return err_set(reterr, E_SYNTAX, "its mailto: asks for more than one subject and one body: \"%.*s\"",
		    SLICE_FMT(slice_sub(text, 0, 60)));
	*at = decode(value.p == NULL ? SLICE("") : value, a);
	return *at != NULL ? E_OK : err_set(reterr, E_SYNTAX, "the %.*s that its mailto: asks for is no short line of plain text",
	    SLICE_FMT(name));
}

int mailto_read(struct slice uri, struct arena *a, struct mailto *ret, struct err *reterr)
{
	struct slice fields = uri, address;
	int rc = E_OK;

	(void)slice_cut(&fields, ':');
	address = slice_cut(&fields, '?');
	*ret = (struct mailto){ .address = decode(address, a) };
	if (ret->address == NULL || !mailto_is_plain(slice_of(ret->address)))
		return err_set(reterr, E_SYNTAX, "its mailto: names no plain address: \"%.*s\"", SLICE_FMT(slice_sub(address, 0, 60)));
	while (rc == E_OK && fields.n > 0)
		rc = read_field(slice_cut(&fields, '&'), a, ret, reterr);
	return rc;
}

static void write_mail(const struct mailto *m, const char *from, struct buf *out)
{
	buf_addf(out, "From: %s\nTo: %s\n", from, m->address);
	if (m->subject != NULL)
		buf_addf(out, "Subject: %s\n", m->subject);
	buf_addf(out, "\n%s\n", m->body == NULL ? "" : m->body);
}

/* A file in memory, so that a program that does not read it keeps nobody waiting. */
static int open_mail(const struct mailto *m, const char *from)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);
	struct buf text;
	bool done;

	buf_init(&text, 4096);
	write_mail(m, from, &text);
	done = fd >= 0 && !text.cut && write(fd, text.p, text.n) == (ssize_t)text.n && lseek(fd, 0, SEEK_SET) == 0;
	buf_done(&text);
	if (!done && fd >= 0)
		close(fd);
	return done ? fd : -1;
}

/* With the identity of who runs this, even where the store's owner is acted for; what it says goes to standard error. */
static int spawn(const char *path, char *const argv[], int input, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	int rc = posix_spawn_file_actions_init(&files);

	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&how);
	if (rc == 0) {
		posix_spawnattr_setflags(&how, POSIX_SPAWN_RESETIDS);
		rc = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
		if (rc == 0)
			rc = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
		if (rc == 0)
			rc = posix_spawn(ret, path, &files, &how, argv, environ);
		posix_spawnattr_destroy(&how);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static int wait_for(pid_t pid, const char *sendmail, struct err *reterr)
{
	int status = 0;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return E_OK;
	if (got == pid && WIFEXITED(status))
		return err_set(reterr, E_IO, "%.80s ended with status %d", sendmail, WEXITSTATUS(status));
	return err_set(reterr, E_IO, "%.80s did not end by itself", sendmail);
}

int mailto_send(const struct mailto *m, const char *from, const char *sendmail, struct err *reterr)
{
	char *const argv[] = { (char *)sendmail, "-oi", "-f", (char *)from, "--", (char *)m->address, NULL };
	int input = open_mail(m, from), rc;
	pid_t pid;

	if (input < 0)
		return err_set(reterr, E_IO, "the mail cannot be written: %s", strerror(errno));
	rc = spawn(sendmail, argv, input, &pid);
	close(input);
	return rc == 0 ? wait_for(pid, sendmail, reterr) : err_set(reterr, E_IO, "cannot run %.80s: %s", sendmail, strerror(rc));
}
