/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/log.h"

static void values_are_escaped_when_they_must_be(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "plain", "plain" }, { "a@b.example", "a@b.example" }, { "", "\"\"" }, { "two words", "\"two words\"" }, { "a=b", "\"a=b\"" },
		{ "say \"x\"", "\"say \\\"x\\\"\"" }, { "a\\b", "\"a\\\\b\"" }, { "a\nb", "\"a\\x0Ab\"" }, { "\x7f", "\"\\x7F\"" }, { "caf\xc3\xa9", "\"caf\\xC3\\xA9\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, 1000);
		log_escape(&b, slice_of(rows[i].in));
		if (strcmp(buf_cstr(&b), rows[i].out) != 0)
			fail_msg("row %zu: %s", i, buf_cstr(&b));
		buf_done(&b);
	}
}

/* Reads one "key=value" off the line into value; false when there is none. */
static bool read_field(const char **p, char *key, char *value)
{
	while (**p == ' ')
		(*p)++;
	if (**p == '\0' || **p == '\n')
		return false;
	while (**p != '=')
		*key++ = *(*p)++;
	*key = '\0';
	(*p)++;
	if (**p != '"') {
		while (**p != ' ' && **p != '\0' && **p != '\n')
			*value++ = *(*p)++;
		*value = '\0';
		return true;
	}
	for ((*p)++; **p != '"'; (*p)++) {
		assert_true(**p != '\0');
		if (**p == '\\' && (*p)[1] == 'x') {
			*value++ = (char)(ascii_hex((*p)[2]) * 16 + ascii_hex((*p)[3]));
			*p += 3;
		} else {
			*p += **p == '\\';
			*value++ = **p;
		}
	}
	(*p)++;
	*value = '\0';
	return true;
}

static void any_bytes_make_one_line_that_reads_back(void **state)
{
	struct rng r = { 99 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		char bytes[300], key[64], value[300];
		size_t n = 1 + rng_below(&r, sizeof bytes - 1), kept = n > 256 ? 256 : n;
		struct log_line l;
		const char *p = l.text;

		rng_bytes(&r, bytes, n);
		log_begin(&l);
		log_put(&l, "first", SLICE("1"));
		log_put(&l, "value", (struct slice){ bytes, n });
		log_put_int(&l, "last", -5);
		for (size_t k = 0; k < l.n; k++)
			if (l.text[k] < ' ' || l.text[k] >= 0x7f)
				fail_msg("text %zu: byte %02x", i, (unsigned char)l.text[k]);
		assert_true(read_field(&p, key, value) && strcmp(key, "first") == 0 && strcmp(value, "1") == 0);
		assert_true(read_field(&p, key, value) && strcmp(key, "value") == 0);
		if (memcmp(value, bytes, kept) != 0)
			fail_msg("text %zu: %s", i, l.text);
		assert_true(read_field(&p, key, value) && strcmp(key, "last") == 0 && strcmp(value, "-5") == 0);
		assert_false(read_field(&p, key, value));
	}
}

static void empty_values_are_left_out(void **state)
{
	struct log_line l;

	(void)state;
	log_begin(&l);
	log_put(&l, "a", SLICE(""));
	log_put(&l, "b", (struct slice){ 0 });
	log_put(&l, "c", SLICE("x"));
	assert_string_equal(l.text, "c=x");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	static char value[256];
	struct log_line l;
	size_t fields = 0;

	(void)state;
	memset(value, 'x', sizeof value);
	log_begin(&l);
	for (int i = 0; i < 30; i++)
		log_put(&l, "key", (struct slice){ value, sizeof value });
	log_put(&l, "tail", SLICE("t"));
	for (const char *p = l.text; (p = strstr(p, "key=")) != NULL; p++)
		fields++;
	assert_int_equal(fields, 7);
	assert_string_equal(l.text + l.n - 7, " tail=t");
	assert_true(l.n < sizeof l.text);
	assert_int_equal(strlen(l.text), l.n);
}

/* What goes to standard error while fn runs. */
static char *caught(const char *dir, void (*fn)(void))
{
	const char *path = path_in(dir, "err");
	int kept = dup(STDERR_FILENO), fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(fd, STDERR_FILENO);
	fn();
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(fd);
	return file_text(path, NULL);
}

static void say_all(void)
{
	log_text(LOG_LEVEL_ERROR, "an %s\nwith\ttabs \xff", "error");
	log_text(LOG_LEVEL_INFO, "an info");
	log_text(LOG_LEVEL_DEBUG, "a debug");
}

static void levels_are_kept_to(void **state)
{
	static const struct { enum log_level level; const char *text; } rows[] = {
		{ LOG_LEVEL_ERROR, "unit: error: an error?with?tabs ?\n" },
		{ LOG_LEVEL_INFO, "unit: error: an error?with?tabs ?\nunit: info: an info\n" },
		{ LOG_LEVEL_DEBUG, "unit: error: an error?with?tabs ?\nunit: info: an info\nunit: debug: a debug\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text;

		log_open("unit", LOG_SINK_STDERR, LOG_LEVEL_INFO);
		log_set_level(rows[i].level);
		text = caught(*state, say_all);
		if (strcmp(text, rows[i].text) != 0)
			fail_msg("row %zu: %s", i, text);
		free(text);
	}
}

static void say_much(void)
{
	static char text[5000];
	struct log_line l;

	memset(text, 'x', sizeof text - 1);
	log_text(LOG_LEVEL_ERROR, "%s", text);
	log_begin(&l);
	while (l.n + 10 < sizeof l.text)
		log_put(&l, "k", SLICE("vvvvv"));
	log_end(&l, LOG_LEVEL_ERROR);
}

static void long_lines_are_two_lines_only(void **state)
{
	char *text;
	size_t lines = 0;

	log_open("unit", LOG_SINK_STDERR, LOG_LEVEL_INFO);
	text = caught(*state, say_much);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 2);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

static void level_words_are_known(void **state)
{
	static const struct { const char *word; int level; } rows[] = {
		{ "error", LOG_LEVEL_ERROR }, { "WARNING", LOG_LEVEL_WARNING }, { "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG }, { "", -1 },
		{ "warn", -1 }, { "debugs", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (log_level_of(slice_of(rows[i].word)) != rows[i].level)
			fail_msg("row %zu", i);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped_when_they_must_be),
		cmocka_unit_test(any_bytes_make_one_line_that_reads_back),
		cmocka_unit_test(empty_values_are_left_out),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
		IN_FOLDER(levels_are_kept_to),
		IN_FOLDER(long_lines_are_two_lines_only),
		cmocka_unit_test(level_words_are_known),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
