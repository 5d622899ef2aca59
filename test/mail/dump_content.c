/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints what the reader makes of each message file, as JSON lines: one "part"
 * line per leaf part (type, decoded bytes, CRC-32), one "link" line per
 * link, one "content" line. Usage: dump_content [--cut N] FILE..
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "antisales/base/alloc.h"
#include "antisales/base/buf.h"
#include "antisales/mail/content.h"
#include "antisales/mail/header.h"
#include "antisales/mail/mime.h"

enum { FILE_BYTES_MAX = 256 << 20, LAYERS_MAX = 3 };

static void print_string(struct slice s)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static int read_file(const char *name, struct buf *out)
{
	char block[16384];
	FILE *f = fopen(name, "rb");
	size_t n;

	if (f == NULL)
		return -1;
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_add(out, (struct slice){ block, n });
	return fclose(f);
}

/* One MIME reader of the part list; the next one reads an encoded message in it. */
struct lister {
	struct mime *mime;
	struct transfer transfer;
	enum mime_kind kind;
	struct buf type;
	uint64_t bytes;
	uint32_t crc;
	const struct mail_limits *limits;
};

static const struct mime_ops list_ops;

static void list_begin(void *arg, const struct mime_part *p)
{
	struct lister *l = arg;

	l->kind = p->kind;
	buf_clear(&l->type);
	buf_add(&l->type, p->type);
	l->crc = 0;
	l->bytes = 0;
	transfer_begin(&l->transfer, p->encoding);
	if (p->kind != MIME_MESSAGE || l->limits->mime_parts == 0)
		return;
	l[1].limits = l->limits;
	l[1].mime = l[1].mime == NULL ? mime_new(l->limits, &list_ops, l + 1) : l[1].mime;
	mime_begin_message(l[1].mime, true);
}

static uint32_t crc32(uint32_t crc, struct slice s)
{
	crc = ~crc;
	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
	}
	return ~crc;
}

static void list_decoded(struct lister *l, struct slice s)
{
	if (l->kind == MIME_MESSAGE)
		mime_feed(l[1].mime, s);
	l->bytes += s.n;
	l->crc = crc32(l->crc, s);
}

static void list_bytes(void *arg, struct slice bytes)
{
	struct lister *l = arg;
	char out[4096];

	while (bytes.n > 0) {
		size_t n = transfer_decode(&l->transfer, &bytes, out, sizeof out);

		list_decoded(l, (struct slice){ out, n });
	}
}

static void list_end(void *arg, bool used)
{
	struct lister *l = arg;
	char out[TRANSFER_ROOM_MIN];

	list_decoded(l, (struct slice){ out, transfer_end(&l->transfer, out) });
	if (l->kind == MIME_MESSAGE) {
		mime_end(l[1].mime);
		return;
	}
	if (!used)
		return;
	printf("{\"part\": \"%s\", \"type\": ", l->kind == MIME_PREAMBLE ? "unused multipart" : "leaf");
	print_string(buf_slice(&l->type));
	printf(", \"bytes\": %" PRIu64 ", \"crc\": \"%08" PRIx32 "\"}\n", l->bytes, l->crc);
}

static const struct mime_ops list_ops = { list_begin, list_bytes, list_end };

static void list_parts(struct slice message, const struct mail_limits *limits)
{
	struct lister l[LAYERS_MAX + 1] = { { .limits = limits } };

	for (size_t i = 0; i <= LAYERS_MAX; i++)
		buf_init(&l[i].type, 1024);
	l[0].mime = mime_new(limits, &list_ops, l);
	mime_begin_message(l[0].mime, false);
	mime_feed(l[0].mime, message);
	mime_end(l[0].mime);
	for (size_t i = 0; i <= LAYERS_MAX; i++) {
		mime_free(l[i].mime);
		buf_done(&l[i].type);
	}
}

/* Parts a message into its first header block, of which the body fields are read, and its body. */
static struct slice read_head(struct slice message, struct arena *a, struct content_head *head)
{
	struct slice *open = NULL, name, line;

	*head = (struct content_head){ 0 };
	while (message.n > 0) {
		size_t end = slice_find(message, '\n', 0);

		line = slice_sub(message, 0, end + 1);
		if (slice_trim(line).n == 0)
			return slice_sub(message, end + 1, message.n);
		if ((line.p[0] == ' ' || line.p[0] == '\t') && open != NULL) {
			open->n = (size_t)(line.p + line.n - open->p);
		} else if (line.p[0] != ' ' && line.p[0] != '\t') {
			name = slice_trim(slice_sub(line, 0, slice_find(line, ':', 0)));
			if (name.n + 1 >= line.n && !slice_istarts(line, SLICE("From ")))
				break;
			open = slice_ieq(name, SLICE("content-type")) ?
			    (head->content_type.p == NULL ? &head->content_type : &head->content_type_2) :
			    slice_ieq(name, SLICE("content-transfer-encoding")) ?
			    (head->transfer_encoding.p == NULL ? &head->transfer_encoding : &head->transfer_encoding_2) :
			    slice_ieq(name, SLICE("content-disposition")) ? &head->disposition : NULL;
			if (open != NULL)
				*open = slice_sub(line, slice_find(line, ':', 0) + 1, line.n);
		}
		message = slice_sub(message, end + 1, message.n);
	}
	(void)a;
	return message;
}

static void print_content(const struct content *c)
{
	for (size_t i = 0; i < c->links_count; i++) {
		printf("{\"link\": ");
		print_string(c->links[i].url);
		printf(", \"host\": ");
		print_string(c->links[i].host);
		printf(", \"places\": %u}\n", c->links[i].places);
	}
	printf("{\"content\": {\"parts\": %zu, \"depth\": %zu, \"images\": %zu, \"pixels\": %zu, \"attachments\": %zu, "
	    "\"attached_messages\": %zu, \"truncated\": %u,\n \"text\": ", c->parts, c->depth, c->images, c->pixels,
	    c->attachments, c->attached_messages, c->truncated);
	print_string(c->text);
	printf(",\n \"quoted\": ");
	print_string(c->quoted);
	printf(",\n \"hidden\": ");
	print_string(c->hidden);
	printf("}}\n");
}

static void dump(struct slice message, size_t cut)
{
	struct mail_limits limits = mail_limits_default();
	struct content_head head;
	struct arena a;
	struct slice body;
	struct content_reader *r;

	list_parts(message, &limits);
	arena_init(&a, 65536, 64 << 20);
	body = read_head(message, &a, &head);
	head.content_type = header_unfold(head.content_type, &a);
	head.content_type_2 = head.content_type_2.p == NULL ? head.content_type_2 : header_unfold(head.content_type_2, &a);
	head.transfer_encoding = header_unfold(head.transfer_encoding, &a);
	head.transfer_encoding_2 = head.transfer_encoding_2.p == NULL ? head.transfer_encoding_2 :
	    header_unfold(head.transfer_encoding_2, &a);
	head.disposition = header_unfold(head.disposition, &a);
	r = content_begin(&a, &limits, &head);
	for (size_t at = 0; r != NULL && at < body.n; at += cut)
		content_feed(r, slice_sub(body, at, cut));
	if (r != NULL)
		print_content(content_end(r));
	arena_done(&a);
}

int main(int argc, char **argv)
{
	size_t cut = 65536;
	int first = 1, failed = 0;

	if (argc > 2 && strcmp(argv[1], "--cut") == 0) {
		cut = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	for (int i = first; i < argc && cut > 0; i++) {
		struct buf message;

		buf_init(&message, FILE_BYTES_MAX);
		if (read_file(argv[i], &message) == 0) {
			printf("{\"file\": ");
			print_string(slice_of(argv[i]));
			printf("}\n");
			dump(buf_slice(&message), cut);
		} else {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			failed = 1;
		}
		buf_done(&message);
	}
	return failed ? EX_NOINPUT : EX_OK;
}
