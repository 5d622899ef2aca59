/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_BASE_FILE_H
#define ANTISALES_BASE_FILE_H

#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/* The whole file, terminated by NUL, in the arena. E_ABSENT, E_IO, E_LIMIT over max_bytes, E_NOMEM; the text
 * names the file. */
int file_read(const char *path, size_t max_bytes, struct arena *a, struct slice *ret, struct err *reterr);
/* The same from an open descriptor, which stays open; name is for messages. */
int file_read_fd(int fd, const char *name, size_t max_bytes, struct arena *a, struct slice *ret, struct err *reterr);
/* Names in a folder that end in suffix, sorted by bytes. */
int file_list(const char *dir, const char *suffix, struct arena *a, const struct slice **ret, size_t *ret_count,
    struct err *reterr);
/* "dir/name" in the arena; name itself when it is absolute. NULL out of memory. */
char *file_join(struct arena *a, const char *dir, struct slice name);
/* The folder part of path ("." when it has none). NULL out of memory. */
char *file_dir(struct arena *a, const char *path);

#endif
