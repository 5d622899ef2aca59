/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include <dirent.h>

#include "antisales/base/clock.h"
#include "antisales/mail/header.h"

/* Every file of test/cases through a session and the recorder. test/lib/cases.py reads the same files. */

enum { LINES_MAX = 40, TEXT_MAX = 512 };

struct expectation {
	char key[32], value[TEXT_MAX];
};

struct test_case {
	char name[256];
	char *text;                     /* the file; everything below points into it or is cut from it */
	char policy[TEXT_MAX], client_name[TEXT_MAX], client_address[TEXT_MAX], helo[TEXT_MAX], sender[TEXT_MAX];
	char recipients[8][TEXT_MAX];
	size_t recipients_count;
	int64_t at;
	struct slice policy_text, mail;
	struct expectation expect[LINES_MAX];
	size_t expect_count;
};

static void copy(char out[TEXT_MAX], struct slice s)
{
	snprintf(out, TEXT_MAX, "%.*s", SLICE_FMT(s));
}

static void take_client(struct test_case *c, struct slice value)
{
	struct slice name = slice_trim(slice_cut(&value, '['));

	copy(c->client_name, name);
	copy(c->client_address, slice_cut(&value, ']'));
}

static void take_key(struct test_case *c, struct slice key, struct slice value)
{
	if (slice_eq(key, SLICE("policy")))
		copy(c->policy, value);
	else if (slice_eq(key, SLICE("at")))
		assert_true(clock_parse(value, &c->at));
	else if (slice_eq(key, SLICE("client")))
		take_client(c, value);
	else if (slice_eq(key, SLICE("helo")))
		copy(c->helo, value);
	else if (slice_eq(key, SLICE("from")))
		copy(c->sender, value);
	else if (slice_eq(key, SLICE("rcpt")) && c->recipients_count < COUNT(c->recipients))
		copy(c->recipients[c->recipients_count++], value);
	else
		fail_msg("%s: what is \"%.*s\"?", c->name, SLICE_FMT(key));
}

static void take_expectation(struct test_case *c, struct slice key, struct slice value)
{
	struct expectation *e = &c->expect[c->expect_count++];

	assert_true(c->expect_count < LINES_MAX);
	snprintf(e->key, sizeof e->key, "%.*s", SLICE_FMT(key));
	copy(e->value, value);
}

static void take_lines(struct test_case *c, struct slice text, void (*take)(struct test_case *, struct slice, struct slice))
{
	while (text.n > 0) {
		struct slice line = slice_cut(&text, '\n');
		struct slice key = slice_cut(&line, ':');

		if (key.n > 0 && key.p[0] != '#')
			take(c, slice_trim(key), slice_trim(line));
	}
}

/* The part behind "-- name", up to the next section. */
static struct slice section(struct slice text, const char *name)
{
	static const char *const heads[] = { "\n-- policy\n", "\n-- mail\n", "\n-- expect\n" };
	char head[64];
	size_t from, to = text.n;

	snprintf(head, sizeof head, "\n-- %s\n", name);
	from = slice_ifind(text, slice_of(head), 0);
	if (from == text.n)
		return (struct slice){ 0 };
	from += strlen(head);
	for (size_t i = 0; i < COUNT(heads); i++) {
		size_t at = slice_ifind(text, slice_of(heads[i]), from - 1);

		if (at < to)
			to = at + 1;
	}
	return slice_sub(text, from, to - from);
}

static void read_case(const char *path, struct test_case *c)
{
	struct slice text;
	size_t n;

	memset(c, 0, sizeof *c);
	snprintf(c->name, sizeof c->name, "%s", strrchr(path, '/') + 1);
	c->text = file_text(path, &n);
	text = (struct slice){ c->text, n };
	c->at = HOUSE_NOW;
	snprintf(c->client_name, sizeof c->client_name, "mail.example.net");
	snprintf(c->client_address, sizeof c->client_address, "192.0.2.25");
	take_lines(c, slice_sub(text, 0, slice_ifind(text, SLICE("\n-- "), 0)), take_key);
	c->policy_text = section(text, "policy");
	c->mail = section(text, "mail");
	take_lines(c, section(text, "expect"), take_expectation);
	if (c->policy[0] == '\0' || c->recipients_count == 0 || c->mail.n == 0 || c->expect_count == 0)
		fail_msg("%s: something is missing", c->name);
}

/* The policy's path; an inline one is written down, looking for platforms where they are shipped. */
static const char *policy_of(const struct test_case *c, const char *dir)
{
	struct slice rest = c->policy_text;
	const char *path = path_in(dir, "inline.yaml");
	FILE *f;

	if (strcmp(c->policy, "inline") != 0)
		return source(c->policy);
	f = fopen(path, "w");
	assert_non_null(f);
	while (rest.n > 0) {
		struct slice line = slice_cut(&rest, '\n');

		if (!slice_istarts(line, SLICE("platforms:")))
			fprintf(f, "%.*s\n", SLICE_FMT(line));
	}
	fprintf(f, "platforms: %s\n", source("policies/platforms"));
	fclose(f);
	return path;
}

struct result {
	struct told told;
	char lines[16384];              /* the inserted fields, unfolded */
	char platforms[16][64];
	size_t platforms_count;
};

static void unfold(const char *record, char *out, size_t room)
{
	size_t n = 0;

	for (const char *p = record; *p != '\0' && n + 1 < room; p++) {
		if (p[0] == '\\' && p[1] == 'n') {
			out[n++] = ' ';
			p += 3;         /* the "\t" behind it */
		} else {
			out[n++] = *p;
		}
	}
	out[n] = '\0';
}

static void note_platforms(const struct decision *d, struct result *r)
{
	for (size_t i = 0; d != NULL && i < d->evidence->platforms_count && i < COUNT(r->platforms); i++)
		snprintf(r->platforms[r->platforms_count++], sizeof r->platforms[0], "%.*s",
		    SLICE_FMT(d->evidence->platforms[i].platform->id));
}

static void judge(struct house *h, const struct test_case *c, struct result *ret)
{
	struct session *s = session_new(&h->engine);
	const struct decision *d = NULL;
	struct mta_record r;
	struct buf out;

	h->now = c->at;
	memset(ret, 0, sizeof *ret);
	buf_init(&out, sizeof ret->told.record - 1);
	mta_record_init(&r, &out, "4Fq1Zx0000");
	session_connect(s, slice_of(c->client_name), slice_of(c->client_address));
	session_helo(s, slice_of(c->helo[0] == '\0' ? c->client_name : c->helo));
	session_mail(s, slice_of(c->sender), (struct slice){ 0 });
	for (size_t i = 0; i < c->recipients_count; i++)
		session_rcpt(s, slice_of(c->recipients[i]));
	feed_text(s, c->mail);
	ret->told.outcome = session_eom(s, &r.mta, &d);
	if (d == NULL)
		fail_msg("%s: not decided", c->name);
	ret->told.verdict = d->verdict;
	ret->told.score = d->score->total;
	snprintf(ret->told.record, sizeof ret->told.record, "%s", buf_cstr(&out));
	mask_id(ret->told.record, d->id);
	unfold(ret->told.record, ret->lines, sizeof ret->lines);
	note_platforms(d, ret);
	buf_done(&out);
	session_free(s);
}

static bool has_header(const struct result *r, const char *wanted)
{
	char line[TEXT_MAX + 16];
	size_t n = strlen(wanted);

	if (n > 2 && strcmp(wanted + n - 2, ":*") == 0)
		snprintf(line, sizeof line, "insert %.*s: ", (int)(n - 2), wanted);
	else
		snprintf(line, sizeof line, "insert %s\n", wanted);
	return contains(r->lines, line);
}

static bool has_platform(const struct result *r, const char *id)
{
	for (size_t i = 0; i < r->platforms_count; i++)
		if (strcmp(r->platforms[i], id) == 0)
			return true;
	return false;
}

static bool meets(const struct expectation *e, const struct result *r)
{
	char line[TEXT_MAX + 16];

	if (strcmp(e->key, "verdict") == 0)
		return strcmp(e->value, verdict_name(r->told.verdict)) == 0;
	if (strcmp(e->key, "score") == 0)
		return atoi(e->value) == r->told.score;
	if (strcmp(e->key, "platform") == 0)
		return has_platform(r, e->value);
	if (strcmp(e->key, "header") == 0)
		return has_header(r, e->value);
	if (strcmp(e->key, "quarantine") == 0)
		return contains(r->lines, "\nquarantine ") == (strcmp(e->value, "yes") == 0);
	snprintf(line, sizeof line, strcmp(e->key, "reply") == 0 ? "reply %s" : "insert %s: ", e->value);
	return contains(r->lines, line) == (strcmp(e->key, "reply") == 0);
}

static void check_case(struct house *h, const struct test_case *c, void *arg)
{
	static struct result r;

	(void)arg;
	judge(h, c, &r);
	for (size_t i = 0; i < c->expect_count; i++)
		if (!meets(&c->expect[i], &r))
			fail_msg("%s: \"%s: %s\" is not so:\n%s (%s, %d)", c->name, c->expect[i].key, c->expect[i].value, r.lines,
			    verdict_name(r.told.verdict), r.told.score);
	if ((r.told.outcome == OUTCOME_REJECT) != (r.told.verdict == VERDICT_REJECT))
		fail_msg("%s: outcome %d", c->name, (int)r.told.outcome);
}

static bool is_case(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".case") == 0;
}

/* Compiling a policy takes a while, so cases that share one share an engine. */
struct shared {
	char policy[TEXT_MAX];
	struct house *house;
};

static struct house *house_for(struct shared *all, size_t n, const struct test_case *c, bool *mine)
{
	char *dir;
	struct house *h;

	*mine = strcmp(c->policy, "inline") == 0;
	for (size_t i = 0; !*mine && i < n && all[i].house != NULL; i++)
		if (strcmp(all[i].policy, c->policy) == 0)
			return all[i].house;
	dir = folder_make();
	h = house_open(policy_of(c, dir), NULL);
	folder_remove(dir);
	for (size_t i = 0; !*mine && i < n; i++)
		if (all[i].house == NULL) {
			snprintf(all[i].policy, TEXT_MAX, "%s", c->policy);
			all[i].house = h;
			return h;
		}
	*mine = true;
	return h;
}

static void for_each_case(void (*fn)(struct house *, const struct test_case *, void *), void *arg)
{
	static struct shared all[8];
	static struct test_case c;
	char folder[4096];
	DIR *d;
	struct dirent *ent;
	size_t n = 0;

	memset(all, 0, sizeof all);
	snprintf(folder, sizeof folder, "%s", source("test/cases"));
	d = opendir(folder);
	assert_non_null(d);
	while ((ent = readdir(d)) != NULL) {
		bool mine;
		struct house *h;

		if (!is_case(ent->d_name))
			continue;
		read_case(path_in(folder, ent->d_name), &c);
		h = house_for(all, COUNT(all), &c, &mine);
		fn(h, &c, arg);
		free(c.text);
		if (mine)
			house_close(h);
		n++;
	}
	closedir(d);
	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].house != NULL)
			house_close(all[i].house);
	assert_true(n >= 12);
}

static void every_case_ends_as_expected(void **state)
{
	(void)state;
	for_each_case(check_case, NULL);
}

static void check_down(struct house *h, const struct test_case *c, void *arg)
{
	struct store *alive = h->engine.store;

	h->engine.store = store_down("the disk is gone");
	check_case(h, c, arg);
	store_close(h->engine.store);
	h->engine.store = alive;
}

static void every_case_ends_so_without_a_store(void **state)
{
	(void)state;
	for_each_case(check_down, NULL);
}

/* A store in front of another, whose n-th call fails. */
struct flaky {
	struct store store;
	struct store *behind;
	unsigned fail_at, calls;
};

static bool fails(struct store *s)
{
	struct flaky *f = (struct flaky *)s;

	return ++f->calls == f->fail_at;
}

static int flaky_get(struct store *s, const struct store_key *keys, size_t n, struct record *ret, bool *found, struct err *e)
{
	struct store *behind = ((struct flaky *)s)->behind;

	return fails(s) ? err_set(e, E_IO, "input/output error") : behind->ops->get(behind, keys, n, ret, found, e);
}

static int flaky_apply(struct store *s, const struct store_change *changes, size_t n, struct err *e)
{
	struct store *behind = ((struct flaky *)s)->behind;

	return fails(s) ? err_set(e, E_IO, "input/output error") : behind->ops->apply(behind, changes, n, e);
}

static const struct store_ops flaky_ops = { .name = "flaky", .get = flaky_get, .apply = flaky_apply };

static void check_flaky(struct house *h, const struct test_case *c, void *arg)
{
	struct store *alive = h->engine.store;
	unsigned n = 1;

	for (;; n++) {
		struct flaky f = { .store = { &flaky_ops }, .behind = alive, .fail_at = n };

		h->engine.store = &f.store;
		check_case(h, c, arg);
		if (f.calls < n)
			break;
		if (n > 20)
			fail_msg("%s: more than 20 reads for one message", c->name);
	}
	h->engine.store = alive;
}

static void every_case_ends_so_when_a_read_fails(void **state)
{
	(void)state;
	for_each_case(check_flaky, NULL);
}

static void judge_twice(struct house *h, const struct test_case *c, void *arg)
{
	static struct result one, two;

	(void)arg;
	judge(h, c, &one);
	judge(h, c, &two);
	if (strcmp(one.told.record, two.told.record) != 0)
		fail_msg("%s: \"%s\" and \"%s\"", c->name, one.told.record, two.told.record);
}

static void the_same_mail_gets_the_same_answer(void **state)
{
	(void)state;
	for_each_case(judge_twice, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_ends_as_expected),
		cmocka_unit_test(every_case_ends_so_without_a_store),
		cmocka_unit_test(every_case_ends_so_when_a_read_fails),
		cmocka_unit_test(the_same_mail_gets_the_same_answer),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
