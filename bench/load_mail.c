/* SPDX-License-Identifier: BSD-3-Clause */
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { READ_CHUNK = 65536 };

_Noreturn void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("milter-load: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EX_SOFTWARE);
}

static void bytes_room(struct bytes *b, size_t more)
{
	size_t room = b->room == 0 ? 4096 : b->room;

	while (room - b->n < more)
		room *= 2;
	if (room == b->room)
		return;
	b->p = realloc(b->p, room);
	if (b->p == NULL)
		die("out of memory");
	b->room = room;
}

void bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	bytes_room(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void read_file(const char *path, struct bytes *ret)
{
	FILE *f = fopen(path, "rb");
	size_t got;

	if (f == NULL)
		die("%s: %s", path, strerror(errno));
	do {
		bytes_room(ret, READ_CHUNK);
		got = fread(ret->p + ret->n, 1, READ_CHUNK, f);
		ret->n += got;
	} while (got > 0);
	if (ferror(f))
		die("%s: cannot be read", path);
	fclose(f);
	bytes_add(ret, "", 1);
}

static void body_with_crlf(const char *p, struct bytes *ret)
{
	for (; *p != '\0'; p++) {
		if (*p == '\n')
			bytes_add(ret, "\r\n", 2);
		else if (*p != '\r')
			bytes_add(ret, p, 1);
	}
}

static void add_field(struct mail *m, char *line)
{
	char *colon = strchr(line, ':');

	if (colon == NULL)
		die("a header line has no colon: %.60s", line);
	*colon = '\0';
	m->fields = realloc(m->fields, (m->fields_count + 1) * sizeof *m->fields);
	if (m->fields == NULL)
		die("out of memory");
	m->fields[m->fields_count++] = (struct field){ line, colon + 1 };
}

/* Line ends within a folded field stay LF, as MTAs pass them. */
static void mail_read(const char *path, struct mail *ret)
{
	struct bytes raw = { 0 };
	char *at, *end;

	read_file(path, &raw);
	ret->text = (char *)raw.p;
	for (at = ret->text; *at != '\0' && *at != '\n'; at = end + 1) {
		end = strchr(at, '\n');
		while (end != NULL && (end[1] == ' ' || end[1] == '\t'))
			end = strchr(end + 1, '\n');
		if (end == NULL)
			die("%s: the header does not end", path);
		*end = '\0';
		add_field(ret, at);
	}
	if (*at == '\n')
		body_with_crlf(at + 1, &ret->body);
}

static int is_mail(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && strcmp(d->d_name + n - 4, ".eml") == 0;
}

struct mail *mails_read(const char *folder, size_t *ret_count)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_mail, alphasort);
	struct mail *mails;

	if (n <= 0)
		die("%s: no .eml files", folder);
	mails = calloc((size_t)n, sizeof *mails);
	if (mails == NULL)
		die("out of memory");
	for (int i = 0; i < n; i++) {
		char path[4096];
		int len = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);

		if (len < 0 || (size_t)len >= sizeof path)
			die("%s: path too long", folder);
		mail_read(path, &mails[i]);
		free(names[i]);
	}
	free(names);
	*ret_count = (size_t)n;
	return mails;
}

void mails_free(struct mail *mails, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(mails[i].text);
		free(mails[i].fields);
		free(mails[i].body.p);
	}
	free(mails);
}
