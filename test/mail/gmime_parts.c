/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the leaf parts that GMime sees, in the notation of dump_content. Usage: gmime_parts FILE.. */
#include <gmime/gmime.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

static uint32_t crc32(const unsigned char *p, size_t n)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
	}
	return ~crc;
}

static void print_part(GMimeObject *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
	GMimeStream *mem = g_mime_stream_mem_new();
	char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
	char *lower = g_ascii_strdown(type, -1);
	GByteArray *bytes;

	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, mem);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
	printf("{\"part\": \"leaf\", \"type\": \"%s\", \"bytes\": %u, \"crc\": \"%08" PRIx32 "\"}\n", lower, bytes->len,
	    crc32(bytes->data, bytes->len));
	g_free(lower);
	g_free(type);
	g_object_unref(mem);
}

static void visit(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	(void)parent;
	(void)arg;
	if (GMIME_IS_MESSAGE_PART(part)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));

		if (inner != NULL)
			g_mime_message_foreach(inner, visit, NULL);
	} else if (GMIME_IS_PART(part)) {
		print_part(part);
	}
}

static void print_file(const char *name)
{
	GMimeStream *stream = g_mime_stream_file_open(name, "r", NULL);
	GMimeParser *parser;
	GMimeMessage *message;

	printf("{\"file\": \"%s\"}\n", name);
	if (stream == NULL)
		return;
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		g_mime_message_foreach(message, visit, NULL);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

int main(int argc, char **argv)
{
	g_mime_init();
	for (int i = 1; i < argc; i++)
		print_file(argv[i]);
	g_mime_shutdown();
	return 0;
}
