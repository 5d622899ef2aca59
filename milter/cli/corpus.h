/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLI_CORPUS_H
#define CLI_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

#include "antisales/base/arena.h"
#include "antisales/base/err.h"
#include "antisales/base/slice.h"

/*
 * Finds the mails below some paths: files (one mail, or an mbox), and folders
 * with *.eml, *.mbox, *.mbx, files without an ending, and Maildir's cur and
 * new. Other files in a folder are passed over.
 */
struct corpus_visitor {
	/* One mail; name is the path, with "#N" behind it for the N-th of an mbox. */
	void (*mail)(const char *name, struct slice text, void *arg);
	/* A file or folder that could not be read, or is no mail. */
	void (*bad)(const char *name, const char *why, void *arg);
	void *arg;
};

struct corpus_counts {
	size_t files, passed_over;
};
/* Walks in the order of names. Never fails: what cannot be read is told to bad. */
void corpus_walk(const char *path, const struct corpus_visitor *v, struct corpus_counts *counts);

#endif
