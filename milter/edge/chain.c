/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/edge/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "antisales/base/alloc.h"

enum { END_TEXT = 96, TAIL = 128 * 1024, LINK_MAX = 160 };

static const char mark[] = ",\"chain\":\"";

static void hash_text(const struct site_key *key, struct slice line, char out[CHAIN_TEXT])
{
	struct slice parts[2] = { SLICE("journal-chain"), line };
	struct hash h = hash_keyed(key, parts, 2);

	for (size_t i = 0; i < sizeof h.bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", h.bytes[i]);
}

void chain_line(const struct site_key *key, const struct chain_link *before, struct slice line, struct buf *out,
    struct chain_link *ret)
{
	ret->number = before->number + 1;
	buf_add(out, slice_sub(line, 0, line.n == 0 ? 0 : line.n - 1));
	buf_addf(out, "%s\"n\":%" PRIu64 ",\"prev\":\"%s\"", line.n > 2 ? "," : "", ret->number, before->chain);
	hash_text(key, buf_slice(out), ret->chain);
	buf_addf(out, "%s%s\"}", mark, ret->chain);
}

/* Copies the hexadecimal digits behind a word that stands at the given place. */
static bool take_digits(struct slice line, size_t at, const char *word, char out[CHAIN_TEXT])
{
	size_t from = at + strlen(word), n = 0;

	while (from + n < line.n && n < CHAIN_TEXT - 1 && ascii_hex(line.p[from + n]) >= 0)
		n++;
	memcpy(out, line.p + (from < line.n ? from : line.n), from < line.n ? n : 0);
	out[from < line.n ? n : 0] = '\0';
	return from + n < line.n && line.p[from + n] == '"' && (n == CHAIN_TEXT - 1 || n == 0);
}

static size_t find_last(struct slice s, const char *word)
{
	size_t at = s.n, from = s.n > LINK_MAX ? s.n - LINK_MAX : 0;

	for (size_t i = slice_ifind(s, slice_of(word), from); i < s.n; i = slice_ifind(s, slice_of(word), i + 1))
		at = i;
	return at;
}

enum chain_finding chain_read(const struct site_key *key, struct slice line, struct chain_link *ret,
    char ret_before[CHAIN_TEXT])
{
	size_t chain = find_last(line, mark), number = find_last(slice_sub(line, 0, chain), "\"n\":");
	size_t prev = find_last(slice_sub(line, 0, chain), ",\"prev\":\"");
	char digits[24] = "", want[CHAIN_TEXT];
	size_t n = 0;

	*ret = (struct chain_link){ 0 };
	ret_before[0] = '\0';
	if (chain == line.n || number >= chain || prev >= chain)
		return CHAIN_NONE;
	for (size_t i = number + 4; i < prev && n + 1 < sizeof digits; i++)
		digits[n++] = line.p[i];
	ret->number = strtoull(digits, NULL, 10);
	if (!take_digits(line, prev, ",\"prev\":\"", ret_before) || !take_digits(line, chain, mark, ret->chain))
		return CHAIN_BAD;
	hash_text(key, slice_sub(line, 0, chain), want);
	return strcmp(want, ret->chain) == 0 && chain + strlen(mark) + CHAIN_TEXT + 1 == line.n ? CHAIN_GOOD : CHAIN_BAD;
}

/* *size gets how long the journal was then. */
static void read_end(int fd, struct chain_link *ret, int64_t *size)
{
	char text[END_TEXT] = "", chain[CHAIN_TEXT] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	*ret = (struct chain_link){ 0 };
	*size = -1;
	if (n > 0 && sscanf(text, "%" SCNu64 " %32[0-9a-f] %" SCNd64, &ret->number, chain, size) >= 2 && strlen(chain) == CHAIN_TEXT - 1)
		memcpy(ret->chain, chain, sizeof chain);
	else
		*ret = (struct chain_link){ 0 };
}

/* Who was killed between the line and the note left a line that follows what is noted: it counts. */
static void catch_up(const char *journal, const struct site_key *key, struct chain_link *last)
{
	int fd = open(journal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *tail = fd < 0 ? NULL : alloc_bytes(TAIL), before[CHAIN_TEXT];
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n = tail == NULL ? 0 : pread(fd, tail, TAIL, end > TAIL ? end - TAIL : 0);
	struct slice text = { tail, n > 0 ? (size_t)n : 0 };
	struct chain_link found;

	if (text.n > 1 && text.p[text.n - 1] == '\n') {
		text.n--;
		text = slice_sub(text, slice_rfind(text, '\n') == text.n ? 0 : slice_rfind(text, '\n') + 1, text.n);
		if (chain_read(key, text, &found, before) == CHAIN_GOOD && found.number == last->number + 1
		    && strcmp(before, last->chain) == 0)
			*last = found;
	}
	free(tail);
	if (fd >= 0)
		close(fd);
}

static bool end_path(const char *journal, char out[4096])
{
	return snprintf(out, 4096, "%s.chain", journal) < 4096;
}

static int64_t size_of(const char *journal)
{
	struct stat st;

	return stat(journal, &st) < 0 ? 0 : (int64_t)st.st_size;
}

int chain_lock(const char *journal, const struct site_key *key, int *ret_fd, struct chain_link *ret, struct err *reterr)
{
	char path[4096];
	int64_t size;
	int fd = end_path(journal, path) ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640) : -1;

	if (fd < 0)
		return err_set(reterr, E_IO, "cannot open %s.chain: %s", journal, strerror(errno));
	while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	read_end(fd, ret, &size);
	if (size != size_of(journal))
		catch_up(journal, key, ret);
	*ret_fd = fd;
	return E_OK;
}

void chain_unlock(const char *journal, int fd, const struct chain_link *last)
{
	char text[END_TEXT];
	int n;

	if (last != NULL) {
		n = snprintf(text, sizeof text, "%020" PRIu64 " %s %020" PRId64 "\n", last->number, last->chain, size_of(journal));
		/* one short write at one place; what it lacks after a power cut is caught up */
		(void)!pwrite(fd, text, (size_t)n, 0);
	}
	close(fd);
}

struct chain_link chain_end(const char *journal)
{
	struct chain_link ret = { 0 };
	char path[4096];
	int64_t size;
	int fd = end_path(journal, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd >= 0) {
		read_end(fd, &ret, &size);
		close(fd);
	}
	return ret;
}
