/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "antisales/base/buf.h"

int file_read_fd(int fd, const char *name, size_t max_bytes, struct arena *a, struct slice *ret, struct err *reterr)
{
	struct buf b;
	char chunk[16384];
	ssize_t n;
	int rc = E_OK;

	buf_init(&b, max_bytes);
	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = err_set(reterr, E_IO, "cannot read %s: %s", name, strerror(errno));
			break;
		}
		buf_add(&b, (struct slice){ chunk, (size_t)n });
		if (b.cut) {
			rc = err_set(reterr, E_LIMIT, "%s is larger than %zu bytes", name, max_bytes);
			break;
		}
	}
	if (rc == E_OK) {
		*ret = arena_dup(a, buf_slice(&b));
		if (ret->p == NULL)
			rc = err_set(reterr, E_NOMEM, "no memory for %s", name);
	}
	buf_done(&b);
	return rc;
}

int file_read(const char *path, size_t max_bytes, struct arena *a, struct slice *ret, struct err *reterr)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_set(reterr, errno == ENOENT ? E_ABSENT : E_IO, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(reterr, E_IO, "%s is a folder, a file is expected", path);
	}
	rc = file_read_fd(fd, path, max_bytes, a, ret, reterr);
	close(fd);
	return rc;
}

static int compare(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;

	return slice_cmp(*a, *b);
}

int file_list(const char *dir, const char *suffix, struct arena *a, const struct slice **ret, size_t *ret_count,
    struct err *reterr)
{
	DIR *d = opendir(dir);
	struct slice *list = NULL;
	struct dirent *ent;
	size_t n = 0, room = 0;

	if (d == NULL)
		return err_set(reterr, errno == ENOENT ? E_ABSENT : E_IO, "cannot open folder %s: %s", dir, strerror(errno));
	while ((ent = readdir(d)) != NULL) {
		if (ent->d_name[0] == '.' || !slice_iends(slice_of(ent->d_name), slice_of(suffix)))
			continue;
		if (n == room) {
			struct slice *grown = arena_array(a, room = room == 0 ? 64 : room * 2, sizeof *grown);

			if (grown == NULL)
				break;
			if (n > 0)
				memcpy(grown, list, n * sizeof *grown);
			list = grown;
		}
		list[n] = arena_dup(a, slice_of(ent->d_name));
		if (list[n].p == NULL)
			break;
		n++;
	}
	closedir(d);
	if (ent != NULL)
		return err_set(reterr, E_NOMEM, "no memory to list folder %s", dir);
	if (n > 0)
		qsort(list, n, sizeof *list, compare);
	*ret = list;
	*ret_count = n;
	return E_OK;
}

char *file_join(struct arena *a, const char *dir, struct slice name)
{
	if (name.n > 0 && name.p[0] == '/')
		return arena_strdup(a, name);
	/* printed text is NUL-terminated and ours alone */
	return (char *)(uintptr_t)arena_printf(a, "%s/%.*s", dir, SLICE_FMT(name)).p;
}

char *file_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return arena_strdup(a, SLICE("."));
	return arena_strdup(a, (struct slice){ path, slash == path ? 1 : (size_t)(slash - path) });
}
