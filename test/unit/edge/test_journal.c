/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include <jansson.h>

/* Lines, rotation, the queue; the last tests send mail through a session that keeps a journal. */

static struct journal *open_at(const char *path)
{
	struct journal *j = NULL;
	struct err e = { 0 };

	assert_ok(journal_open(path, NULL, &j, &e), e);
	return j;
}

static void put(struct journal *j, const char *line)
{
	journal_put(j, slice_of(line));
}

static void lines_are_appended(void **state)
{
	const char *path = file_make(*state, "j", "old\n");
	struct journal *j = open_at(path);
	char *text;

	put(j, "one");
	put(j, "two");
	journal_close(j);
	text = file_text(path, NULL);
	assert_string_equal(text, "old\none\ntwo\n");
	free(text);
}

static void the_file_is_not_for_everybody(void **state)
{
	const char *path = path_in(*state, "j");
	mode_t old = umask(0);
	struct stat st;

	journal_close(open_at(path));
	umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void a_flush_waits_for_the_lines(void **state)
{
	const char *path = path_in(*state, "j");
	struct journal *j = open_at(path);
	struct journal_stats st;

	for (int i = 0; i < 100; i++)
		put(j, "line");
	journal_flush(j, 5000);
	journal_stats(j, &st);
	assert_int_equal(st.written, 100);
	assert_int_equal(st.dropped, 0);
	journal_close(j);
}

static void rotation_is_noticed(void **state)
{
	const char *path = path_in(*state, "j"), *old = path_in(*state, "j.1");
	struct journal *j = open_at(path);
	char *text;

	put(j, "before");
	journal_flush(j, 5000);
	assert_int_equal(rename(path, old), 0);
	put(j, "after");
	journal_close(j);
	text = file_text(old, NULL);
	assert_string_equal(text, "before\n");
	free(text);
	text = file_text(path, NULL);
	assert_string_equal(text, "after\n");
	free(text);
}

static void a_new_file_in_its_place_is_noticed(void **state)
{
	const char *path = path_in(*state, "j"), *fresh = path_in(*state, "fresh");
	struct journal *j = open_at(path);
	char *text;

	put(j, "before");
	journal_flush(j, 5000);
	file_make(*state, "fresh", "");
	assert_int_equal(rename(fresh, path), 0);
	journal_reopen(j);
	put(j, "after");
	journal_close(j);
	text = file_text(path, NULL);
	assert_string_equal(text, "after\n");
	free(text);
}

static void bad_places_are_refused(void **state)
{
	const char *linked = path_in(*state, "link"), *rows[3];

	file_make(*state, "target", "");
	assert_int_equal(symlink("target", linked), 0);
	rows[0] = path_in(*state, "nothing/j");
	rows[1] = linked;
	rows[2] = *state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct journal *j = NULL;
		struct err e = { 0 };

		if (journal_open(rows[i], NULL, &j, &e) != E_IO || !contains(e.text, "cannot open journal"))
			fail_msg("row %zu: %s", i, e.text);
	}
}

static void other_processes_append_a_line(void **state)
{
	static const struct site_key key = { { 7 } };
	const char *path = path_in(*state, "j");
	mode_t old = umask(0);
	struct err e = { 0 };
	struct stat st;
	char *text;

	assert_ok(journal_append(path, &key, SLICE("{\"one\":1}"), &e), e);
	assert_ok(journal_append(path, &key, SLICE("{\"two\":2}"), &e), e);
	umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	text = file_text(path, NULL);
	assert_contains(text, "{\"one\":1,\"n\":1,\"prev\":\"\",\"chain\":\"");
	assert_contains(text, "\n{\"two\":2,\"n\":2,\"prev\":\"");
	free(text);
	assert_int_equal(journal_append(path_in(*state, "nothing/j"), &key, SLICE("{}"), &e), E_IO);
	assert_contains(e.text, "nothing/j: No such file");
}

static void changes_by_hand_have_lines_of_their_own(void **state)
{
	static const struct site_key site = { { 7 } };
	static const struct { struct journal_change change; const char *line; } rows[] = {
		{ { .change = "reputation set", .by = SLICE("root"), .about = SLICE("acme.example"), .set = true, .sales = 5, .confidence = 80 },
		    "{\"v\":1,\"at\":\"2026-03-09T12:00:00Z\",\"change\":\"reputation set\",\"by\":\"root\",\"about\":\"acme.example\","
		    "\"sales\":5,\"confidence\":80}" },
		{ { .change = "reputation set", .by = SLICE("root"), .about = SLICE("acme.example"), .set = true, .sales = -1, .confidence = 100 },
		    "{\"v\":1,\"at\":\"2026-03-09T12:00:00Z\",\"change\":\"reputation set\",\"by\":\"root\",\"about\":\"acme.example\","
		    "\"sales\":null}" },
		{ { .change = "org join", .by = SLICE("ann"), .about = SLICE("a.example"), .other = SLICE("b.example"), .as_of = HOUSE_NOW + 60,
		    .store = SLICE("lmdb:/s") },
		    "{\"v\":1,\"at\":\"2026-03-09T12:00:00Z\",\"change\":\"org join\",\"by\":\"ann\",\"about\":\"a.example\","
		    "\"other\":\"b.example\",\"as_of\":\"2026-03-09T12:01:00Z\",\"store\":\"lmdb:/s\"}" },
		{ { .change = "feedback", .by = SLICE("ann"), .said = SLICE("sales"), .user = SLICE("bob@example.com"), .plain_users = true },
		    "{\"v\":1,\"at\":\"2026-03-09T12:00:00Z\",\"change\":\"feedback\",\"by\":\"ann\",\"said\":\"sales\","
		    "\"user\":\"bob@example.com\"}" },
	};
	struct journal_change hidden = { .change = "feedback", .by = SLICE("ann"), .user = SLICE("bob@example.com"), .site = &site };
	struct buf b;

	(void)state;
	buf_init(&b, JOURNAL_LINE_MAX);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct journal_change c = rows[i].change;

		c.at = HOUSE_NOW;
		buf_clear(&b);
		journal_change_line(&c, &b);
		if (strcmp(buf_cstr(&b), rows[i].line) != 0)
			fail_msg("row %zu: %s", i, buf_cstr(&b));
	}
	buf_clear(&b);
	journal_change_line(&hidden, &b);
	assert_false(contains(buf_cstr(&b), "bob"));
	assert_contains(buf_cstr(&b), "\"user\":\"");
	buf_done(&b);
}

/* Nobody reads the pipe, so the writer stalls and the queue fills. */
static void a_full_queue_drops_and_never_waits(void **state)
{
	const char *path = path_in(*state, "pipe");
	static char line[8192];
	struct journal *j;
	struct journal_stats st;
	int64_t begun;
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	j = open_at(path);
	memset(line, 'x', sizeof line);
	begun = mono_ms();
	for (int i = 0; i < 3000; i++)
		journal_put(j, (struct slice){ line, sizeof line });
	assert_true(mono_ms() - begun < 3000);
	journal_stats(j, &st);
	assert_in_range(st.dropped, 1000, 3000 - JOURNAL_QUEUE);
	while (st.written + st.dropped < 3000) {
		if (read(fd, line, sizeof line) < 0)
			usleep(1000);
		journal_stats(j, &st);
	}
	close(fd);
	journal_close(j);
}

static void a_full_disk_is_counted_and_survived(void **state)
{
	struct journal *j;
	struct journal_stats st;

	(void)state;
	assert_int_equal(access("/dev/full", W_OK), 0);
	log_open("test", LOG_SINK_STDERR, LOG_LEVEL_ERROR);
	j = open_at("/dev/full");
	put(j, "one");
	put(j, "two");
	journal_flush(j, 5000);
	journal_stats(j, &st);
	assert_int_equal(st.written, 0);
	assert_int_equal(st.dropped, 2);
	journal_close(j);
}

static void closing_nothing_is_fine(void **state)
{
	(void)state;
	journal_close(NULL);
}

static const char sales_text[] =
	"From: \"R\xffp\" <rep@seller-customer.example>\nTo: ann@example.com\nSubject: Quick\x01 question\n"
	"X-Seller: seller-42\n\nSecret words\n";

/* The line that a mail to those two leaves, as text; free() it. */
static char *line_of_mail(const char *more)
{
	struct mail m = { .text = sales_text, .recipients = { "<Ann@Example.com>", "<\"b\\\"\xfe\"@example.com>" } };
	struct house *h = house_open(NULL, more);
	const char *path = path_in(h->dir, "journal");
	struct told t;
	char *text;

	h->engine.journal = open_at(path);
	deliver(h, &m, &t);
	journal_flush(h->engine.journal, 5000);
	text = file_text(path, NULL);
	house_close(h);
	return text;
}

static json_t *parse(const char *text)
{
	json_error_t why;
	json_t *line = json_loads(text, JSON_DISABLE_EOF_CHECK, &why);

	if (line == NULL)
		fail_msg("%s in %s", why.text, text);
	return line;
}

static void a_decision_is_one_line_of_json(void **state)
{
	char *text = line_of_mail(NULL);
	json_t *line = parse(text);

	(void)state;
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_int_equal(json_integer_value(json_object_get(line, "v")), 1);
	assert_string_equal(json_string_value(json_object_get(line, "at")), "2026-03-09T12:00:00Z");
	assert_string_equal(json_string_value(json_object_get(line, "queue_id")), "4Fq1Zx0000");
	assert_string_equal(json_string_value(json_object_get(line, "policy")), "small");
	assert_string_equal(json_string_value(json_object_get(line, "verdict")), "tag");
	assert_int_equal(json_integer_value(json_object_get(line, "score")), 55);
	assert_int_equal(json_array_size(json_object_get(line, "recipients")), 2);
	assert_true(json_is_object(json_object_get(line, "facts")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(line, "findings"), 0), "id")), "seller");
	json_decref(line);
	free(text);
}

static void it_holds_no_content_and_no_recipient(void **state)
{
	static const char *const secrets[] = { "Secret words", "Quick", "ann@", "Ann@", "rep@seller-customer" };
	char *text = line_of_mail(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++)
		if (contains(text, secrets[i]))
			fail_msg("\"%s\" is in %s", secrets[i], text);
	free(text);
}

static const char *first_recipient(json_t *line)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(line, "recipients"), 0), "to"));
}

static void recipients_are_hashed_under_the_site_key(void **state)
{
	char *one = line_of_mail(NULL), *two = line_of_mail(NULL);
	json_t *a = parse(one), *b = parse(two);

	(void)state;
	assert_int_equal(strlen(first_recipient(a)), 32);
	assert_int_equal(strspn(first_recipient(a), "0123456789abcdef"), 32);
	assert_string_equal(first_recipient(a), first_recipient(b));
	json_decref(a);
	json_decref(b);
	free(one);
	free(two);
}

static void recipients_are_told_when_the_configuration_says_so(void **state)
{
	char *text = line_of_mail("journal-recipients: yes\n");
	json_t *line = parse(text);

	(void)state;
	assert_string_equal(first_recipient(line), "Ann@example.com");
	json_decref(line);
	free(text);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(lines_are_appended),
		IN_FOLDER(the_file_is_not_for_everybody),
		IN_FOLDER(a_flush_waits_for_the_lines),
		IN_FOLDER(rotation_is_noticed),
		IN_FOLDER(a_new_file_in_its_place_is_noticed),
		IN_FOLDER(bad_places_are_refused),
		IN_FOLDER(other_processes_append_a_line),
		cmocka_unit_test(changes_by_hand_have_lines_of_their_own),
		IN_FOLDER(a_full_queue_drops_and_never_waits),
		cmocka_unit_test(a_full_disk_is_counted_and_survived),
		cmocka_unit_test(closing_nothing_is_fine),
		cmocka_unit_test(a_decision_is_one_line_of_json),
		cmocka_unit_test(it_holds_no_content_and_no_recipient),
		cmocka_unit_test(recipients_are_hashed_under_the_site_key),
		cmocka_unit_test(recipients_are_told_when_the_configuration_says_so),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
