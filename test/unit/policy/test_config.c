/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/base/alloc.h"
#include "antisales/policy/config.h"

static void nothing_said_means_defaults(void **state)
{
	struct config *c = NULL;
	struct err e = { 0 };

	(void)state;
	assert_ok(config_load(NULL, &c, &e), e);
	assert_string_equal(c->socket, "unix:/run/antisales/antisales.sock");
	assert_string_equal(c->log, "syslog");
	assert_true(c->store_size == 64 << 20);
	assert_true(c->milter_timeout == 600);
	assert_false(c->journal_recipients);
	assert_int_equal(c->trusted_networks.count, 2);
	assert_int_equal(c->limits.urls, mail_limits_default().urls);
	assert_int_equal(c->dkim_limits.dkim_signatures, dkim_limits_default().dkim_signatures);
	assert_null(c->path);
	config_free(c);
}

static void an_empty_file_means_defaults(void **state)
{
	struct config *c = NULL;
	struct err e = { 0 };
	const char *path = file_make(*state, "c.yaml", "# nothing\n");

	assert_ok(config_load(path, &c, &e), e);
	assert_string_equal(c->path, path);
	assert_true(c->max_sessions == 1000);
	config_free(c);
}

static void every_key_is_read(void **state)
{
	static const char text[] =
		"socket: inet:127.0.0.1:8891\nsocket-mode: '0600'\nsocket-group: mail\nuser: antisales\nstate: /s\nstore: 'memory:'\n"
		"store-size: 2M\nstore-max-size: 1G\npolicy: p.yaml\njournal: /j\njournal-recipients: yes\n"
		"trusted-networks: [192.0.2.0/24, '2001:db8::/32', 203.0.113.7]\nlog: stderr\nlog-level: debug\nmax-sessions: 7\n"
		"max-messages: 8\nmessage-memory: 8388608\nmilter-timeout: 5m\nstop-timeout: 30\n"
		"limits: {urls: 5, mime-depth: 3, header-value-bytes: 2000, dkim-signatures: 2, dkim-key-bits: 2048}\n";
	struct config *c = NULL;
	struct err e = { 0 };

	assert_ok(config_load(file_make(*state, "c.yaml", text), &c, &e), e);
	assert_string_equal(c->socket, "inet:127.0.0.1:8891");
	assert_string_equal(c->socket_mode, "0600");
	assert_string_equal(c->socket_group, "mail");
	assert_string_equal(c->user, "antisales");
	assert_string_equal(c->state, "/s");
	assert_string_equal(c->store, "memory:");
	assert_true(c->store_size == 2 << 20);
	assert_true(c->store_max_size == 1 << 30);
	assert_string_equal(c->policy, "p.yaml");
	assert_string_equal(c->journal, "/j");
	assert_true(c->journal_recipients);
	assert_int_equal(c->trusted_networks.count, 3);
	assert_string_equal(c->log, "stderr");
	assert_string_equal(c->log_level, "debug");
	assert_true(c->max_sessions == 7 && c->max_messages == 8);
	assert_true(c->message_memory == 8388608);
	assert_true(c->milter_timeout == 300 && c->stop_timeout == 30);
	assert_int_equal(c->limits.urls, 5);
	assert_int_equal(c->limits.mime_depth, 3);
	assert_int_equal(c->limits.header_value_bytes, 2000);
	assert_int_equal(c->limits.recipients, mail_limits_default().recipients);
	assert_int_equal(c->dkim_limits.dkim_signatures, 2);
	assert_int_equal(c->dkim_limits.dkim_key_bits, 2048);
	assert_int_equal(c->dkim_limits.dkim_questions, dkim_limits_default().dkim_questions);
	config_free(c);
}

static void each_bad_value_is_told_with_its_place(void **state)
{
	static const struct { const char *text, *message; } rows[] = {
		{ "sockte: x", "1:1: unknown key in configuration \"sockte\", did you mean \"socket\"?" },
		{ "x", "1:1: configuration must be a map" },
		{ "socket: [a]", "1:9: one value is expected here" },
		{ "socket-mode: {a: b}", "1:14: one value is expected here" },
		{ "socket-group: [a]", "1:15: one value" },
		{ "user: [a]", "1:7: one value" },
		{ "state: [a]", "1:8: one value" },
		{ "store: [a]", "1:8: one value" },
		{ "store-size: big", "1:13: a size from 1048576 to 1099511627776 bytes is expected here, such as 64M" },
		{ "store-size: 1", "1:13: a size" },
		{ "store-size: 99999G", "1:13: a size" },
		{ "store-size: -1", "1:13: a size" },
		{ "store-size: ''", "1:13: a size" },
		{ "store-size: 64MB", "1:13: a size" },
		{ "store-size: M", "1:13: a size" },
		{ "store-size: [64M]", "1:13: a size" },
		{ "store-max-size: 9999999999999999999", "1:17: a size" },
		{ "policy: [a]", "1:9: one value" },
		{ "journal: [a]", "1:10: one value" },
		{ "journal-recipients: maybe", "1:21: yes or no is expected here" },
		{ "journal-recipients: 1", "1:21: yes or no" },
		{ "trusted-networks: localhost", "1:19: \"localhost\" is no network; write 192.0.2.0/24 or 2001:db8::/32" },
		{ "trusted-networks: [192.0.2.0/24, 192.0.2.0/33]", "1:34: \"192.0.2.0/33\" is no network" },
		{ "trusted-networks: 2001:db8::/129", "1:19: " },
		{ "trusted-networks: 192.0.2.0/", "1:19: " },
		{ "trusted-networks: 192.0.2.0/x", "1:19: " },
		{ "trusted-networks: 192.0.2.0/24x", "1:19: " },
		{ "trusted-networks: 192.0.2/24", "1:19: " },
		{ "trusted-networks: 192.0.2.0/-4294967272", "1:19: " },
		{ "trusted-networks: '192.0.2.0/ 24'", "1:19: " },
		{ "trusted-networks: '192.0.2.0/+24'", "1:19: " },
		{ "trusted-networks: ''", "1:19: " },
		{ "trusted-networks: {a: b}", "1:19: a value or a list of values is expected here" },
		{ "log: file", "1:6: unknown word \"file\"" },
		{ "log: sylog", "1:6: unknown word \"sylog\", did you mean \"syslog\"?" },
		{ "log-level: loud", "1:12: unknown word \"loud\"" },
		{ "max-sessions: 0", "1:15: a whole number from 1 to 100000 is expected here" },
		{ "max-sessions: 1.5", "1:15: a whole number" },
		{ "max-messages: x", "1:15: a whole number" },
		{ "message-memory: 1", "1:17: a size" },
		{ "milter-timeout: soon", "1:17: a span such as 90s, 15m, 12h, 30d or 4w is expected here" },
		{ "milter-timeout: 5", "1:17: a span from 10 to 86400 seconds is expected here" },
		{ "stop-timeout: 1h", "1:15: a span from 1 to 600 seconds is expected here" },
		{ "limits: {url: 5}", "1:10: unknown key in limits \"url\", did you mean \"urls\"?" },
		{ "limits: {urls: 0}", "1:16: a whole number from 1 to 100000" },
		{ "limits: [urls]", "1:9: limits must be a map" },
		{ "limits: {dkim-signature: 2}", "1:10: unknown key in limits \"dkim-signature\", did you mean \"dkim-signatures\"?" },
		{ "limits:\n  dkim-signatures: 17\n", "2:20: a whole number from 1 to 16" },
		{ "limits: {dkim-key-bits: 512}", "1:25: a whole number from 1024 to 4096" },
		{ "limits: {dkim-body-bytes: 64M}", "1:27: a whole number from 4096 to 268435456" },
		{ "socket: a\nsocket: b", "2:1: \"socket\" is given twice, first in line 1" },
		{ "socket: 'a", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path = file_make(*state, "c.yaml", rows[i].text);
		char want[5000];
		struct config *c = NULL;
		struct err e = { 0 };

		if (config_load(path, &c, &e) != E_SYNTAX)
			fail_msg("row %zu: \"%s\" was taken", i, rows[i].text);
		snprintf(want, sizeof want, "%s:%s", path, rows[i].message);
		if (!contains(e.text, want))
			fail_msg("row %zu: \"%s\" instead of \"%s\"", i, e.text, want);
	}
}

static void a_missing_file_is_told(void **state)
{
	struct config *c = NULL;
	struct err e = { 0 };

	assert_int_equal(config_load(path_in(*state, "nothing.yaml"), &c, &e), E_ABSENT);
	assert_contains(e.text, "nothing.yaml: No such file");
}

static void addresses_lie_in_networks(void **state)
{
	static const struct { const char *networks, *address; bool inside; } rows[] = {
		{ "192.0.2.0/24", "192.0.2.0", true }, { "192.0.2.0/24", "192.0.2.255", true }, { "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/25", "192.0.2.127", true }, { "192.0.2.0/25", "192.0.2.128", false },
		{ "192.0.2.129/25", "192.0.2.200", true }, { "192.0.2.7", "192.0.2.7", true }, { "192.0.2.7", "192.0.2.6", false },
		{ "192.0.2.7/32", "192.0.2.7", true }, { "0.0.0.0/0", "8.8.8.8", true }, { "0.0.0.0/0", "2001:db8::1", false },
		{ "'2001:db8::/32'", "2001:db8:ffff::1", true }, { "'2001:db8::/32'", "2001:db9::1", false },
		{ "'::/0'", "2001:db8::1", true }, { "'::/0'", "192.0.2.1", false }, { "'::1'", "::1", true },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true }, { "192.0.2.0/24", "::ffff:192.0.3.9", false },
		{ "192.0.2.0/24", "", false }, { "192.0.2.0/24", "nonsense", false }, { "192.0.2.0/24", "192.0.2", false },
		{ "192.0.2.0/31", "192.0.2.1", true }, { "192.0.2.0/31", "192.0.2.2", false }, { "[]", "127.0.0.1", false },
		{ "[10.0.0.0/8, 192.0.2.0/24]", "192.0.2.1", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];
		struct config *c = NULL;
		struct err e = { 0 };

		snprintf(text, sizeof text, "trusted-networks: %s\n", rows[i].networks);
		assert_ok(config_load(file_make(*state, "c.yaml", text), &c, &e), e);
		if (networks_contain(&c->trusted_networks, slice_of(rows[i].address)) != rows[i].inside)
			fail_msg("row %zu: %s in %s", i, rows[i].address, rows[i].networks);
		config_free(c);
	}
}

static void sizes_have_units(void **state)
{
	static const struct { const char *text; int64_t bytes; } rows[] = {
		{ "1048576", 1 << 20 }, { "1M", 1 << 20 }, { "1m", 1 << 20 }, { "1024k", 1 << 20 }, { "1024K", 1 << 20 }, { "2G", INT64_C(2) << 30 },
		{ "1024G", INT64_C(1) << 40 }, { "1099511627776", INT64_C(1) << 40 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[100];
		struct config *c = NULL;
		struct err e = { 0 };

		snprintf(text, sizeof text, "store-size: %s\n", rows[i].text);
		assert_ok(config_load(file_make(*state, "c.yaml", text), &c, &e), e);
		if (c->store_size != rows[i].bytes)
			fail_msg("row %zu: %lld", i, (long long)c->store_size);
		config_free(c);
	}
}

static void the_table_is_complete(void **state)
{
	size_t n = 0;
	const struct config_spec *specs = config_specs(&n);

	(void)state;
	assert_true(n >= 15);
	for (size_t i = 0; i < n; i++)
		if (specs[i].key[0] == '\0' || specs[i].meaning[0] == '\0' || specs[i].type[0] == '\0')
			fail_msg("row %zu", i);
}

static void limits_have_keys_and_bounds(void **state)
{
	size_t n = 0;
	const struct limit_spec *specs = limit_specs(&n);
	char key[LIMIT_KEY_MAX];

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (specs[i].min > specs[i].def || specs[i].def > specs[i].max || strlen(specs[i].name) >= LIMIT_KEY_MAX)
			fail_msg("%s", specs[i].name);
	assert_string_equal(limit_key(&specs[0], key), "header-fields");
	assert_string_equal(limit_key(&specs[n - 1], key), "dkim-body-bytes");
}

static void restarts_are_asked_for_only_where_needed(void **state)
{
	struct config *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	struct err e = { 0 };

	assert_ok(config_load(NULL, &a, &e), e);
	assert_ok(config_load(file_make(*state, "c.yaml", "policy: other\nlog-level: debug\nlimits: {urls: 5, dkim-questions: 8}\n"), &b, &e), e);
	assert_ok(config_load(file_make(*state, "c.yaml", "store-max-size: 8G\n"), &c, &e), e);
	assert_ok(config_load(file_make(*state, "c.yaml", "limits: {dkim-questions: 7}\n"), &d, &e), e);
	assert_null(config_needs_restart(a, a));
	assert_null(config_needs_restart(a, b));
	assert_string_equal(config_needs_restart(a, c), "store-max-size");
	assert_string_equal(config_needs_restart(a, d), "limits");
	config_free(a);
	config_free(b);
	config_free(c);
	config_free(d);
}

static void without_memory_it_fails_cleanly(void **state)
{
	const char *path = file_make(*state, "c.yaml", "trusted-networks: [192.0.2.0/24]\nlimits: {urls: 5}\n");
	unsigned long n = 1;
	int rc;

	do {
		struct config *c = NULL;
		struct err e = { 0 };

		alloc_fail_at(n++);
		rc = config_load(path, &c, &e);
		alloc_fail_at(0);
		if (rc == E_OK)
			config_free(c);
		else if (e.text[0] == '\0')
			fail_msg("allocation %lu: no reason", n - 1);
	} while (rc < 0 && n < 100);
	assert_int_equal(rc, E_OK);
	config_free(NULL);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, with_folder, without_folder)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_means_defaults),
		IN_FOLDER(an_empty_file_means_defaults),
		IN_FOLDER(every_key_is_read),
		IN_FOLDER(each_bad_value_is_told_with_its_place),
		IN_FOLDER(a_missing_file_is_told),
		IN_FOLDER(addresses_lie_in_networks),
		IN_FOLDER(sizes_have_units),
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(limits_have_keys_and_bounds),
		IN_FOLDER(restarts_are_asked_for_only_where_needed),
		IN_FOLDER(without_memory_it_fails_cleanly),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
