/* SPDX-License-Identifier: BSD-3-Clause */
#include "../unit.h"

#include "../../dns/stub.h"

#include "antisales/base/clock.h"
#include "antisales/base/hash.h"
#include "antisales/mail/keys_record.h"

#define KEY "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"

static char text_1024[KEY_TEXT_MAX + 1], text_1025[KEY_TEXT_MAX + 2], text_3000[3001];

static const struct dns_record records[] = {
	{ .name = "one._domainkey.example.com", .kind = DNS_TXT, .text = KEY, .ttl = 300 },
	{ .name = "many._domainkey.example.com", .kind = DNS_TXT, .text = KEY, .string_bytes = 7, .ttl = 300 },
	{ .name = "gone._domainkey.example.com", .kind = DNS_NXDOMAIN, .ttl = 300 },
	{ .name = "empty._domainkey.example.com", .kind = DNS_NODATA, .ttl = 300 },
	{ .name = "sick._domainkey.example.com", .kind = DNS_SERVFAIL },
	{ .name = "refused._domainkey.example.com", .kind = DNS_REFUSED },
	{ .name = "silent._domainkey.example.com", .kind = DNS_SILENT },
	{ .name = "slow._domainkey.example.com", .kind = DNS_TXT, .text = KEY, .ttl = 300, .delay_ms = 300 },
	{ .name = "full._domainkey.example.com", .kind = DNS_TXT, .text = text_1024, .ttl = 300 },
	{ .name = "over._domainkey.example.com", .kind = DNS_TXT, .text = text_1025, .ttl = 300 },
	{ .name = "huge._domainkey.example.com", .kind = DNS_TXT, .text = text_3000, .ttl = 300 },
	{ .name = "bytes._domainkey.example.com", .kind = DNS_TXT, .text = "p=\001\377", .ttl = 300 },
	{ .name = "blank._domainkey.example.com", .kind = DNS_TXT, .text = "", .ttl = 300 },
	{ .name = "both._domainkey.example.com", .kind = DNS_TXT, .text = KEY, .second = "p=other", .ttl = 300 },
	{ .name = "stray._domainkey.example.com", .kind = DNS_TXT, .text = "hello", .second = KEY, .ttl = 300 },
	{ .name = "short._domainkey.example.com", .kind = DNS_TXT, .text = KEY, .ttl = 1 },
	{ .name = "never._domainkey.example.com", .kind = DNS_TXT, .text = KEY, .ttl = 0 }
};

struct fixture {
	struct dns_stub *dns;
	struct keys *keys;
};

static struct keys *open_keys(struct dns_stub *dns, struct keys_conf conf)
{
	const char *address = dns->address;
	struct keys *k = NULL;
	struct err err = { 0 };

	conf.resolvers = &address;
	conf.resolvers_count = 1;
	if (keys_open(&conf, &k, &err) != E_OK)
		fail_msg("%s", err.text);
	return k;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	assert_int_equal(hash_init(NULL), E_OK);
	memset(text_1024, 'A', KEY_TEXT_MAX);
	memset(text_1025, 'A', KEY_TEXT_MAX + 1);
	memset(text_3000, 'A', 3000);
	f->dns = dns_open(records, COUNT(records), DNS_NXDOMAIN);
	f->keys = open_keys(f->dns, (struct keys_conf){ .failure_seconds = 1 });
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	keys_close(f->keys);
	dns_close(f->dns);
	free(f);
	return 0;
}

static int64_t in_ms(int64_t ms)
{
	return clock_mono_us() + ms * 1000;
}

/* Asks and waits; the text, if any, goes to out. */
static enum key_state ask(struct keys *k, const char *name, int64_t ms, char *out)
{
	struct key_ticket *t = keys_ask(k, slice_of(name));
	struct key key = keys_wait(k, t, in_ms(ms));

	assert_non_null(key.why);
	if (out != NULL)
		snprintf(out, KEY_TEXT_MAX + 1, "%.*s", (int)key.text.n, key.text.n > 0 ? key.text.p : "");
	key_done(t);
	return key.state;
}

static void test_answers(void **state)
{
	static const struct {
		const char *name;
		enum key_state state;
		const char *text;
	} rows[] = {
		{ "one._domainkey.example.com", KEY_FOUND, KEY },
		{ "ONE._DomainKey.Example.COM", KEY_FOUND, KEY },
		{ "many._domainkey.example.com", KEY_FOUND, KEY },
		{ "slow._domainkey.example.com", KEY_FOUND, KEY },
		{ "full._domainkey.example.com", KEY_FOUND, text_1024 },
		{ "stray._domainkey.example.com", KEY_FOUND, KEY },
		{ "never._domainkey.example.com", KEY_FOUND, KEY },
		{ "gone._domainkey.example.com", KEY_NOT_FOUND, "" },
		{ "empty._domainkey.example.com", KEY_NOT_FOUND, "" },
		{ "sick._domainkey.example.com", KEY_TEMPORARY, "" },
		{ "refused._domainkey.example.com", KEY_TEMPORARY, "" },
		{ "over._domainkey.example.com", KEY_UNUSABLE, "" },
		{ "huge._domainkey.example.com", KEY_UNUSABLE, "" },
		{ "bytes._domainkey.example.com", KEY_UNUSABLE, "" },
		{ "blank._domainkey.example.com", KEY_UNUSABLE, "" },
		{ "both._domainkey.example.com", KEY_UNUSABLE, "" }
	};
	struct fixture *f = *state;
	char text[KEY_TEXT_MAX + 1];

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum key_state got = ask(f->keys, rows[i].name, 5000, text);

		if (got != rows[i].state || strcmp(text, rows[i].text) != 0)
			fail_msg("%s: %d \"%s\"", rows[i].name, got, text);
	}
}

static void test_silence_is_temporary_and_keeps_the_deadline(void **state)
{
	struct fixture *f = *state;
	int64_t began = mono_ms();

	assert_int_equal(ask(f->keys, "silent._domainkey.example.com", 400, NULL), KEY_TEMPORARY);
	assert_in_range(mono_ms() - began, 390, 900);
	assert_int_equal(ask(f->keys, "silent._domainkey.example.com", -1000, NULL), KEY_TEMPORARY);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "a.", ".a", "a..b", "a b", "a\\046b", "a;b", "a/b", "a\tb", "\303\244.example", "a*.example", "a\001",
		"a2345678901234567890123456789012345678901234567890123456789012345.example"
	};
	static const char *const good[] = { "a", "a.b", "s1._domainkey.example.com", "-a.b-",
		"a23456789012345678901234567890123456789012345678901234567890123.example" };
	struct fixture *f = *state;
	char name[KEY_NAME_MAX + 2];
	unsigned before = atomic_load(&f->dns->questions);

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(key_name_ok(slice_of(bad[i])));
		assert_int_equal(ask(f->keys, bad[i], 1000, NULL), KEY_UNUSABLE);
	}
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(key_name_ok(slice_of(good[i])));
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	assert_true(key_name_ok((struct slice){ name, KEY_NAME_MAX }));
	assert_false(key_name_ok((struct slice){ name, KEY_NAME_MAX + 1 }));
	assert_false(key_name_ok((struct slice){ "a\0b", 3 }));
	assert_int_equal(atomic_load(&f->dns->questions), before);
}

static void test_answers_are_remembered(void **state)
{
	struct fixture *f = *state;
	struct keys_counts before, after;
	unsigned questions;

	assert_int_equal(ask(f->keys, "one._domainkey.example.com", 5000, NULL), KEY_FOUND);
	assert_int_equal(ask(f->keys, "gone._domainkey.example.com", 5000, NULL), KEY_NOT_FOUND);
	keys_count(f->keys, &before);
	questions = atomic_load(&f->dns->questions);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(ask(f->keys, "ONE._domainkey.example.com", 0, NULL), KEY_FOUND);
		assert_int_equal(ask(f->keys, "gone._domainkey.EXAMPLE.com", 0, NULL), KEY_NOT_FOUND);
	}
	keys_count(f->keys, &after);
	assert_int_equal(atomic_load(&f->dns->questions), questions);
	assert_int_equal(after.remembered - before.remembered, 20);
	assert_int_equal(after.asked, before.asked);
	assert_int_equal(after.outstanding, before.outstanding);
}

static void test_answers_are_forgotten_by_ttl(void **state)
{
	struct fixture *f = *state;
	unsigned questions;

	assert_int_equal(ask(f->keys, "short._domainkey.example.com", 5000, NULL), KEY_FOUND);
	clock_sleep_ms(2100);
	questions = atomic_load(&f->dns->questions);
	assert_int_equal(ask(f->keys, "short._domainkey.example.com", 5000, NULL), KEY_FOUND);
	assert_true(atomic_load(&f->dns->questions) > questions);
}

static void test_ttl_is_capped(void **state)
{
	struct fixture *f = *state;
	struct keys *k = open_keys(f->dns, (struct keys_conf){ .found_seconds_max = 1, .not_found_seconds_max = 1 });
	struct keys_counts before, after;

	assert_int_equal(ask(k, "one._domainkey.example.com", 5000, NULL), KEY_FOUND);
	assert_int_equal(ask(k, "gone._domainkey.example.com", 5000, NULL), KEY_NOT_FOUND);
	keys_count(k, &before);
	clock_sleep_ms(1100);
	assert_int_equal(ask(k, "one._domainkey.example.com", 5000, NULL), KEY_FOUND);
	assert_int_equal(ask(k, "gone._domainkey.example.com", 5000, NULL), KEY_NOT_FOUND);
	keys_count(k, &after);
	assert_int_equal(after.asked - before.asked, 2);
	keys_close(k);
}

static void test_entries_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct keys *k = open_keys(f->dns, (struct keys_conf){ .entries_max = 8 });
	struct keys_counts counts;
	char name[64];

	for (unsigned i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "s%u._domainkey.example.net", i);
		assert_int_equal(ask(k, name, 5000, NULL), KEY_NOT_FOUND);
		keys_count(k, &counts);
		assert_true(counts.entries <= 8);
	}
	keys_close(k);
}

static void test_questions_are_bounded_and_given_up(void **state)
{
	struct fixture *f = *state;
	struct keys *k = open_keys(f->dns, (struct keys_conf){ .questions_max = 2, .question_seconds = 1 });
	struct key_ticket *a = keys_ask(k, SLICE("silent._domainkey.example.com"));
	struct key_ticket *b = keys_ask(k, SLICE("slow._domainkey.example.com"));
	struct key_ticket *c = keys_ask(k, SLICE("one._domainkey.example.com"));
	struct keys_counts counts;
	int64_t began = mono_ms();

	assert_int_equal(keys_wait(k, c, in_ms(0)).state, KEY_TEMPORARY);
	assert_int_equal(keys_wait(k, b, in_ms(5000)).state, KEY_FOUND);
	assert_int_equal(ask(k, "one._domainkey.example.com", 5000, NULL), KEY_FOUND);
	assert_int_equal(keys_wait(k, a, in_ms(20000)).state, KEY_TEMPORARY);
	assert_in_range(mono_ms() - began, 900, 4000);
	keys_count(k, &counts);
	assert_int_equal(counts.refused, 1);
	assert_int_equal(counts.unanswered, 1);
	assert_int_equal(counts.outstanding, 0);
	key_done(a);
	key_done(b);
	key_done(c);
	keys_close(k);
}

static void test_tickets_may_go_first_or_last(void **state)
{
	struct fixture *f = *state;
	struct keys *k = open_keys(f->dns, (struct keys_conf){ 0 });
	struct key_ticket *late = keys_ask(k, SLICE("silent._domainkey.example.com"));

	key_done(keys_ask(k, SLICE("slow._domainkey.example.com")));
	key_done(keys_ask(k, SLICE("silent2._domainkey.example.com")));
	key_done(NULL);
	assert_int_equal(keys_wait(k, NULL, in_ms(0)).state, KEY_TEMPORARY);
	assert_int_equal(ask(k, "slow._domainkey.example.com", 5000, NULL), KEY_FOUND);
	keys_close(k);
	key_done(late);
	keys_close(NULL);
}

struct asker {
	pthread_t thread;
	struct keys *keys;
	unsigned number, wrong;
};

static void *ask_many(void *arg)
{
	static const struct {
		const char *name;
		enum key_state state;
	} rows[] = {
		{ "one._domainkey.example.com", KEY_FOUND }, { "gone._domainkey.example.com", KEY_NOT_FOUND },
		{ "never._domainkey.example.com", KEY_FOUND }, { "slow._domainkey.example.com", KEY_FOUND }
	};
	struct asker *a = arg;

	for (unsigned i = 0; i < 60; i++) {
		size_t row = (i + a->number) % COUNT(rows);
		struct key_ticket *t = keys_ask(a->keys, slice_of(rows[row].name));

		if (i % 5 != 4 && keys_wait(a->keys, t, in_ms(10000)).state != rows[row].state)
			a->wrong++;
		key_done(t);
	}
	return NULL;
}

static void test_many_threads(void **state)
{
	struct fixture *f = *state;
	struct asker askers[8];

	for (unsigned i = 0; i < COUNT(askers); i++) {
		askers[i] = (struct asker){ .keys = f->keys, .number = i };
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_many, &askers[i]), 0);
	}
	for (unsigned i = 0; i < COUNT(askers); i++) {
		pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].wrong, 0);
	}
}

static void test_bad_resolver_is_told(void **state)
{
	const char *address = "no address";
	struct keys_conf conf = { .resolvers = &address, .resolvers_count = 1 };
	struct keys *k = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(keys_open(&conf, &k, &err), E_SYNTAX);
	assert_null(k);
	assert_non_null(strstr(err.text, "no address"));
}

static void test_record(void **state)
{
	char text[KEY_TEXT_MAX + 1];
	char damaged[] = "\005p=AB", fine[] = "\002p=\003ABC", other[] = "\003hey";
	char *one[] = { damaged, NULL }, *two[] = { fine, other, NULL }, *none[] = { other, other, NULL };
	int one_bytes[] = { 5 }, two_bytes[] = { 7, 4 }, none_bytes[] = { 4, 4 };
	size_t n = 0;

	(void)state;
	assert_non_null(key_record_read((struct key_records){ one, one_bytes }, text, &n));
	assert_null(key_record_read((struct key_records){ two, two_bytes }, text, &n));
	assert_string_equal(text, "p=ABC");
	assert_int_equal(n, 5);
	assert_non_null(key_record_read((struct key_records){ none, none_bytes }, text, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_silence_is_temporary_and_keeps_the_deadline),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_answers_are_remembered),
		cmocka_unit_test(test_answers_are_forgotten_by_ttl),
		cmocka_unit_test(test_ttl_is_capped),
		cmocka_unit_test(test_entries_are_bounded),
		cmocka_unit_test(test_questions_are_bounded_and_given_up),
		cmocka_unit_test(test_tickets_may_go_first_or_last),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_bad_resolver_is_told),
		cmocka_unit_test(test_record)
	};

	return cmocka_run_group_tests_name("keys", tests, set_up, tear_down);
}
