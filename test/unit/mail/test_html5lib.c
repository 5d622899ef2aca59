/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs the html5lib tokenizer tests of $SHARED_DIR/html5lib/tokenizer, each as a whole and byte by byte. */
#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "antisales/base/buf.h"
#include "antisales/mail/charset.h"
#include "antisales/mail/html.h"

enum { EXCLUDED_MAX = 200, TESTS_MIN = 6806 };

struct excluded {
	char *key[EXCLUDED_MAX];        /* "file: description" */
	size_t count;
};

static const char *source_dir(void)
{
	const char *dir = getenv("top_srcdir");

	if (dir == NULL)
		dir = getenv("srcdir");
	return dir == NULL ? "." : dir;
}

static void excluded_load(struct excluded *e)
{
	char name[4096], line[1024];
	FILE *f;

	snprintf(name, sizeof name, "%s/test/mail/html5lib-excluded.txt", source_dir());
	f = fopen(name, "r");
	if (f == NULL)
		fail_msg("cannot open %s", name);
	while (fgets(line, sizeof line, f) != NULL) {
		char *tab = strchr(line, '\t');

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (tab == NULL || e->count == EXCLUDED_MAX)
			fail_msg("%s: a line needs a case, a TAB and a reason: %s", name, line);
		*tab = '\0';
		e->key[e->count++] = strdup(line);
	}
	fclose(f);
}

static bool is_excluded(const struct excluded *e, const char *key)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->key[i], key) == 0)
			return true;
	return false;
}

/* Tokens in the notation of the tests. */
struct collected {
	json_t *tokens;
	struct buf text;
};

static void flush_text(struct collected *c)
{
	if (c->text.n == 0)
		return;
	json_array_append_new(c->tokens, json_pack("[ss%]", "Character", c->text.p, c->text.n));
	buf_clear(&c->text);
}

static json_t *string_or_null(struct slice s)
{
	return s.p == NULL ? json_null() : json_stringn_nocheck(s.p, s.n);
}

static json_t *attributes_of(const struct html_token *t)
{
	json_t *o = json_object();

	for (size_t i = 0; i < t->attributes_count; i++) {
		char *name = strndup(t->attributes[i].name.p, t->attributes[i].name.n);

		json_object_set_new_nocheck(o, name, string_or_null(t->attributes[i].value));
		free(name);
	}
	return o;
}

static void collect(void *arg, const struct html_token *t)
{
	struct collected *c = arg;
	json_t *j = json_array();

	if (t->type == HTML_TEXT) {
		buf_add(&c->text, t->text);
		json_decref(j);
		return;
	}
	flush_text(c);
	switch (t->type) {
	case HTML_START:
		json_array_append_new(j, json_string("StartTag"));
		json_array_append_new(j, string_or_null(t->name));
		json_array_append_new(j, attributes_of(t));
		if (t->self_closing)
			json_array_append_new(j, json_true());
		break;
	case HTML_END:
		json_array_append_new(j, json_string("EndTag"));
		json_array_append_new(j, string_or_null(t->name));
		break;
	case HTML_COMMENT:
		json_array_append_new(j, json_string("Comment"));
		json_array_append_new(j, string_or_null(t->text));
		break;
	case HTML_DOCTYPE:
		json_array_append_new(j, json_string("DOCTYPE"));
		json_array_append_new(j, string_or_null(t->name));
		json_array_append_new(j, string_or_null(t->public_id));
		json_array_append_new(j, string_or_null(t->system_id));
		json_array_append_new(j, json_boolean(!t->force_quirks));
		break;
	case HTML_TEXT:
		break;
	}
	json_array_append_new(c->tokens, j);
}

/* "\\uHHHH" of double-escaped tests, and surrogate pairs, to UTF-8; a lone surrogate becomes U+FFFD. */
static void unescape(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned code, low;
		char utf8[4];

		if (i + 6 > s.n || s.p[i] != '\\' || s.p[i + 1] != 'u' || sscanf(s.p + i + 2, "%4x", &code) != 1) {
			buf_addc(out, s.p[i]);
			continue;
		}
		i += 5;
		if (code >= 0xD800 && code < 0xDC00 && i + 7 <= s.n && sscanf(s.p + i + 1, "\\u%4x", &low) == 1 &&
		    low >= 0xDC00 && low < 0xE000) {
			code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
			i += 6;
		}
		buf_add(out, (struct slice){ utf8, charset_put(code, utf8) });
	}
}

/* The same in every string below j, which is an array of tokens. */
static json_t *unescape_json(const json_t *j)
{
	const char *key;
	json_t *value, *copy;
	size_t i;
	struct buf b;

	if (json_is_string(j)) {
		buf_init(&b, 1 << 20);
		unescape((struct slice){ json_string_value(j), json_string_length(j) }, &b);
		copy = json_stringn_nocheck(buf_slice(&b).p, b.n);
		buf_done(&b);
		return copy;
	}
	if (json_is_array(j)) {
		copy = json_array();
		json_array_foreach(j, i, value)
			json_array_append_new(copy, unescape_json(value));
		return copy;
	}
	if (!json_is_object(j))
		return json_deep_copy(j);
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)j, key, value) {
		buf_init(&b, 1 << 20);
		unescape(slice_of(key), &b);
		json_object_set_new_nocheck(copy, buf_cstr(&b), unescape_json(value));
		buf_done(&b);
	}
	return copy;
}

/* The input stream: CR LF and CR become LF ("preprocessing the input stream" of the standard). */
static void preprocess(const json_t *test, struct buf *out)
{
	const json_t *input = json_object_get(test, "input");
	struct slice s = { json_string_value(input), json_string_length(input) };
	struct buf b;

	buf_init(&b, 1 << 20);
	if (json_is_true(json_object_get(test, "doubleEscaped")))
		unescape(s, &b);
	else
		buf_add(&b, s);
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] != '\r')
			buf_addc(out, b.p[i]);
		else if (i + 1 == b.n || b.p[i + 1] != '\n')
			buf_addc(out, '\n');
	}
	buf_done(&b);
}

static enum html_content content_of(const char *state)
{
	static const struct { const char *name; enum html_content content; } states[] = {
		{ "Data state", HTML_DATA }, { "PLAINTEXT state", HTML_PLAINTEXT }, { "RCDATA state", HTML_RCDATA },
		{ "RAWTEXT state", HTML_RAWTEXT }, { "Script data state", HTML_SCRIPT },
		{ "CDATA section state", HTML_CDATA },
	};

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].name, state) == 0)
			return states[i].content;
	fail_msg("unknown initial state %s", state);
	return HTML_DATA;
}

static json_t *tokenize(struct slice input, const char *state, const char *last, size_t cut)
{
	struct html_limits limits = { 10000, 1000, 65536 };
	struct collected c = { .tokens = json_array() };
	struct html *h;

	buf_init(&c.text, 1 << 20);
	h = html_new(&limits, collect, &c);
	assert_non_null(h);
	html_begin(h);
	html_switch(h, content_of(state), slice_of(last));
	for (size_t at = 0; at < input.n; at += cut)
		html_feed(h, slice_sub(input, at, cut));
	html_end(h);
	flush_text(&c);
	html_free(h);
	buf_done(&c.text);
	return c.tokens;
}

/* Adjacent character tokens of the expectation, which some tests give, count as one. */
static json_t *coalesce(json_t *tokens)
{
	json_t *out = json_array(), *token;
	struct buf text;
	size_t i;

	buf_init(&text, 1 << 20);
	json_array_foreach(tokens, i, token) {
		if (json_is_array(token) && strcmp(json_string_value(json_array_get(token, 0)), "Character") == 0) {
			json_t *s = json_array_get(token, 1);

			buf_add(&text, (struct slice){ json_string_value(s), json_string_length(s) });
			continue;
		}
		if (text.n > 0)
			json_array_append_new(out, json_pack("[ss%]", "Character", text.p, text.n));
		buf_clear(&text);
		json_array_append(out, token);
	}
	if (text.n > 0)
		json_array_append_new(out, json_pack("[ss%]", "Character", text.p, text.n));
	buf_done(&text);
	json_decref(tokens);
	return out;
}

struct tally {
	size_t passed, failed, excluded;
};

static void run_state(const char *file, size_t index, const json_t *test, const char *state, struct tally *t)
{
	const char *last = json_string_value(json_object_get(test, "lastStartTag"));
	json_t *output = json_object_get(test, "output");
	json_t *expected = coalesce(json_is_true(json_object_get(test, "doubleEscaped")) ? unescape_json(output) :
	    json_deep_copy(output));
	struct buf input;
	bool ok = true;

	buf_init(&input, 1 << 20);
	preprocess(test, &input);
	for (size_t cut = 1 << 20; cut > 0; cut = cut == 1 ? 0 : 1) {
		json_t *got = tokenize(buf_slice(&input), state, last, cut);

		if (ok && !json_equal(got, expected)) {
			char *want_text = json_dumps(expected, 0), *got_text = json_dumps(got, 0);

			print_error("%s: test %zu (%s, %s)%s: expected %s, got %s\n", file, index,
			    json_string_value(json_object_get(test, "description")), state,
			    cut == 1 ? ", byte by byte" : "", want_text, got_text);
			free(want_text);
			free(got_text);
			ok = false;
		}
		json_decref(got);
	}
	t->passed += ok;
	t->failed += !ok;
	json_decref(expected);
	buf_done(&input);
}

static void run_case(const char *file, size_t index, const json_t *test, const struct excluded *e, struct tally *t)
{
	json_t *states = json_object_get(test, "initialStates"), *state;
	char key[1024];
	size_t i;

	snprintf(key, sizeof key, "%s: %s", file, json_string_value(json_object_get(test, "description")));
	if (is_excluded(e, key)) {
		t->excluded += states == NULL ? 1 : json_array_size(states);
		return;
	}
	if (states == NULL) {
		run_state(file, index, test, "Data state", t);
		return;
	}
	json_array_foreach(states, i, state)
		run_state(file, index, test, json_string_value(state), t);
}

static void run_file(const char *dir, const char *file, const struct excluded *e, struct tally *t)
{
	char path[8192];
	json_t *root, *tests, *test;
	json_error_t error;
	size_t i;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	root = json_load_file(path, JSON_ALLOW_NUL, &error);
	if (root == NULL)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	tests = json_object_get(root, "tests");
	if (tests == NULL)
		tests = json_object_get(root, "xmlViolationTests");
	json_array_foreach(tests, i, test)
		run_case(file, i, test, e, t);
	json_decref(root);
}

static void test_tokenizer(void **state)
{
	const char *shared = getenv("SHARED_DIR");
	struct excluded e = { .count = 0 };
	struct tally t = { 0 };
	char dir[4096];
	struct dirent *entry;
	DIR *d;

	(void)state;
	if (shared != NULL)
		snprintf(dir, sizeof dir, "%s/html5lib/tokenizer", shared);
	else
		snprintf(dir, sizeof dir, "%s/../shared/html5lib/tokenizer", source_dir());
	d = opendir(dir);
	if (d == NULL)
		fail_msg("no html5lib tests in %s: set SHARED_DIR", dir);
	excluded_load(&e);
	while ((entry = readdir(d)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n > 5 && strcmp(entry->d_name + n - 5, ".test") == 0)
			run_file(dir, entry->d_name, &e, &t);
	}
	closedir(d);
	for (size_t i = 0; i < e.count; i++)
		free(e.key[i]);
	print_message("# html5lib: %zu passed, %zu failed, %zu excluded\n", t.passed, t.failed, t.excluded);
	assert_int_equal(t.failed, 0);
	assert_true(t.passed + t.excluded >= TESTS_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_tokenizer) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
