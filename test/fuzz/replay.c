/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Runs the stored inputs of a fuzz target through it, without a fuzzer: what
 * was found once is a test for ever. The target is named by the program:
 * "replay_X" runs SRC/test/fuzz/corpus/X. A sanitizer or a crash ends it.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1024 * 1024 };

static size_t read_input(const char *path, unsigned char *room)
{
	FILE *f = fopen(path, "rb");
	size_t n = f == NULL ? 0 : fread(room, 1, INPUT_MAX, f);

	if (f != NULL)
		fclose(f);
	return n;
}

/* An exact copy on the heap, so that a read past the end is seen. */
static void run(const unsigned char *input, size_t n)
{
	unsigned char *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		exit(1);
	if (n > 0)
		memcpy(copy, input, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static size_t run_folder(const char *dir)
{
	static unsigned char room[INPUT_MAX];
	DIR *d = opendir(dir);
	struct dirent *ent;
	size_t count = 0;

	while (d != NULL && (ent = readdir(d)) != NULL) {
		char path[PATH_MAX];

		if (ent->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof path, "%s/%s", dir, ent->d_name) >= (int)sizeof path)
			continue;
		run(room, read_input(path, room));
		count++;
	}
	if (d != NULL)
		closedir(d);
	return count;
}

int main(int argc, char **argv)
{
	const char *src = getenv("SRC"), *name = strstr(argv[0], "replay_");
	char dir[PATH_MAX];
	size_t count;

	(void)argc;
	if (src == NULL || name == NULL)
		return 1;
	snprintf(dir, sizeof dir, "%s/test/fuzz/corpus/%s", src, name + strlen("replay_"));
	count = run_folder(dir);
	printf("1..1\n%s 1 - %zu stored inputs of %s\n", count > 0 ? "ok" : "not ok", count, name + strlen("replay_"));
	return 0;
}
