/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/issued.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1773057600)

enum { ACME = 7, ANN = 9 };

static const struct site_key site = { { 5 } }, other_site = { { 6 } };

static struct address address_of(const char *local, const char *domain)
{
	return (struct address){ .local = slice_of(local), .domain = slice_of(domain) };
}

static struct issue issue_of(const char *user, const char *organisation, enum issued_style style, int64_t serial)
{
	return (struct issue){ .site = &site, .user = address_of(user, "example.com"), .domain = slice_of(organisation),
		.style = style, .serial = serial };
}

static bool is_genuine(const struct site_key *key, const char *local, const char *domain)
{
	struct issued_shape s;

	return issued_shape_read(slice_of(local), &s) && issued_shape_fits(key, &s, slice_of(domain));
}

static void a_tag_is_known_by_its_check(void **state)
{
	static const struct { const char *user, *organisation, *begins; enum issued_style style; } rows[] = {
		{ "ann", "acme.example", "ann+acme-", ISSUED_PLUS },
		{ "Ann.Lee", "acme.example", "ann.lee.acme-", ISSUED_DOT },
		{ "ann-marie", "big-corp.example", "ann-marie-bigcorp-", ISSUED_DASH },
		{ "x", "xn--mnchen-3ya.example", "x+xnmnchen3ya-", ISSUED_PLUS },
		{ "ann", "a-name-of-more-than-twenty-letters.example", "ann+anameofmorethantwent-", ISSUED_PLUS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int64_t serial = 0; serial < ISSUED_SERIALS_MAX; serial += ISSUED_SERIALS_MAX - 1) {
			struct issue it = issue_of(rows[i].user, rows[i].organisation, rows[i].style, serial);
			char local[LOCAL_PART_MAX + 1];

			assert_true(issue_local(&it, local));
			if (strncmp(local, rows[i].begins, strlen(rows[i].begins)) != 0 || strlen(local) != strlen(rows[i].begins) + 5)
				fail_msg("row %zu: %s", i, local);
			if (!is_genuine(&site, local, "example.com") || is_genuine(&other_site, local, "example.com")
			    || is_genuine(&site, local, "example.org"))
				fail_msg("row %zu: %s", i, local);
		}
}

static void letter_case_makes_no_other_tag(void **state)
{
	struct issue it = issue_of("ann", "acme.example", ISSUED_PLUS, 0);
	char local[LOCAL_PART_MAX + 1];

	(void)state;
	assert_true(issue_local(&it, local));
	for (size_t i = 0; local[i] != '\0'; i++)
		if (local[i] >= 'a' && local[i] <= 'z')
			local[i] = (char)(local[i] - 'a' + 'A');
	assert_true(is_genuine(&site, local, "example.com"));
}

static void a_tag_is_its_users(void **state)
{
	struct issue it = issue_of("ann", "acme.example", ISSUED_PLUS, 0);
	char local[LOCAL_PART_MAX + 1], taken[LOCAL_PART_MAX + 8], changed[LOCAL_PART_MAX + 1];

	(void)state;
	assert_true(issue_local(&it, local));
	snprintf(taken, sizeof taken, "bob%s", local + 3);
	assert_false(is_genuine(&site, taken, "example.com"));
	snprintf(changed, sizeof changed, "%s", local);
	changed[strlen(changed) - 1] = changed[strlen(changed) - 1] == 'b' ? 'c' : 'b';
	assert_false(is_genuine(&site, changed, "example.com"));
	snprintf(changed, sizeof changed, "%s", local);
	changed[4] = 'b';
	assert_false(is_genuine(&site, changed, "example.com"));
	snprintf(changed, sizeof changed, "%s", local);
	changed[3] = '-';
	assert_false(is_genuine(&site, changed, "example.com"));
}

static void what_has_no_shape(void **state)
{
	static const char *const rows[] = { "", "-", "ann", "ann+acme", "ann+acme-", "ann+acme-k3f9", "ann+acme-k3f9xx", "ann+acme-sales",
		"+acme-k3f9x", "acme-k3f9x", "ann+-k3f9x", "ann_acme-k3f9x", "ann+acme-k3f\xC3\xA4", "ann+acme-k3f1x",
		"ann+aname0f0more0than0twenty-k3f9x", "ann+\xC3\xA4-k3f9x", "ann\xEF\xBC\x8B" "acme-k3f9x" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct issued_shape s;

		if (issued_shape_read(slice_of(rows[i]), &s))
			fail_msg("row %zu: %s", i, rows[i]);
	}
}

static void what_is_too_long_is_not_made(void **state)
{
	char user[LOCAL_PART_MAX + 2] = "", local[LOCAL_PART_MAX + 1];
	struct issue it = issue_of(user, "acme.example", ISSUED_PLUS, 0);

	(void)state;
	memset(user, 'a', sizeof user);
	for (size_t n = 1; n <= sizeof user; n++) {
		it.user.local = (struct slice){ user, n };
		assert_int_equal(issue_local(&it, local), n + strlen("+acme-k3f9x") <= LOCAL_PART_MAX);
	}
}

static void a_random_name_is_its_own(void **state)
{
	struct issue a = issue_of("ann", "acme.example", ISSUED_RANDOM, 0), b = issue_of("ann", "acme.example", ISSUED_RANDOM, 1);
	char one[LOCAL_PART_MAX + 1], two[LOCAL_PART_MAX + 1], again[LOCAL_PART_MAX + 1];

	(void)state;
	assert_true(issue_local(&a, one) && issue_local(&b, two) && issue_local(&a, again));
	assert_string_not_equal(one, two);
	assert_string_equal(one, again);
	assert_null(strstr(one, "ann"));
	assert_int_equal(strlen(one), strlen("kalemo.rotisa47"));
}

static struct store_key key_of(const char *local)
{
	struct address a = address_of(local, "example.com");

	return issued_key(&site, &a);
}

static struct store_change made(const struct store_key *key, int64_t expires, bool lock)
{
	struct issue it = issue_of("ann", "acme.example", ISSUED_PLUS, 0);
	struct issuing what = { .party = ACME, .person = ANN, .purpose = SLICE("white paper"), .expires = expires, .lock = lock };

	return issued_new(&it, &what, key, NOW);
}

static void it_is_read_as_it_was_issued(void **state)
{
	struct store_key key = key_of("ann+acme-k3f9x");
	struct store_change c = made(&key, NOW + DAY, true);
	struct record r = { 0 };
	struct issued i;

	(void)state;
	assert_false(issued_read(NULL, NOW, &i));
	assert_false(issued_read(&r, NOW, &i));
	record_merge(&record_issued, &r, &c.delta);
	assert_true(issued_read(&r, NOW, &i));
	assert_true(i.at == NOW && i.party == ACME && i.person == ANN && i.style == ISSUED_PLUS && i.serial == 0);
	assert_string_equal(i.to, "acme.example");
	assert_string_equal(i.purpose, "white paper");
	assert_memory_equal(i.tag, "acme-", 5);
	assert_int_equal(i.state, ISSUED_IS_LOCKED);
	assert_true(issued_read(&r, NOW + DAY, &i));
	assert_int_equal(i.state, ISSUED_IS_EXPIRED);
}

/* All orders of the same changes end alike. */
static void changes_commute(void **state)
{
	struct store_key key = key_of("ann+acme-k3f9x");
	struct store_change c[] = {
		made(&key, NOW + 2 * DAY, false), issued_cancelled(&key, NOW + DAY), issued_renewed(&key, 0, NOW + 3 * DAY),
		issued_mail(&key, SLICE("buyer.example"), NOW + 4 * DAY), issued_mail(&key, (struct slice){ 0 }, NOW + 5 * DAY),
	};
	struct rng rng = { 11 };

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct record r = { 0 };
		struct issued i;

		for (size_t n = COUNT(c); n > 0; n--) {
			size_t k = rng_below(&rng, n);
			struct store_change taken = c[k];

			record_merge(&record_issued, &r, &taken.delta);
			c[k] = c[n - 1];
			c[n - 1] = taken;
		}
		assert_true(issued_read(&r, NOW + 9 * DAY, &i));
		assert_true(i.state == ISSUED_IS_VALID && i.expires == 0 && i.mails == 2 && i.sold == 1 && i.mail_at == NOW + 5 * DAY);
		assert_string_equal(i.seller, "buyer.example");
	}
}

static void the_later_word_wins(void **state)
{
	struct store_key key = key_of("ann+acme-k3f9x");
	struct record r = { 0 };
	struct store_change c[] = { issued_renewed(&key, NOW + 99 * DAY, NOW + DAY), made(&key, 0, true),
		issued_cancelled(&key, NOW + 2 * DAY) };
	struct issued i;

	(void)state;
	for (size_t k = 0; k < COUNT(c); k++)
		record_merge(&record_issued, &r, &c[k].delta);
	assert_true(issued_read(&r, NOW + 3 * DAY, &i));
	assert_int_equal(i.state, ISSUED_IS_CANCELLED);
	c[0] = issued_renewed(&key, 0, NOW + 3 * DAY);
	record_merge(&record_issued, &r, &c[0].delta);
	assert_true(issued_read(&r, NOW + 3 * DAY, &i));
	assert_int_equal(i.state, ISSUED_IS_LOCKED);
}

static void keys_tell_addresses_apart(void **state)
{
	struct store_key a = key_of("ann+acme-k3f9x"), b = key_of("ANN+Acme-K3F9X"), c = key_of("ann+acme-k3f9y");

	(void)state;
	assert_memory_equal(&a, &b, sizeof a);
	assert_memory_not_equal(&a, &c, sizeof a);
	assert_true(issued_id(&a) > 0 && issued_id(&a) != issued_id(&c));
}

static void styles_are_read_back(void **state)
{
	(void)state;
	for (int s = 0; s < ISSUED_STYLES; s++)
		assert_int_equal(issued_style_read(slice_of(issued_style_name((enum issued_style)s))), s);
	assert_int_equal(issued_style_read(SLICE("minus")), ISSUED_STYLES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_is_known_by_its_check),
		cmocka_unit_test(letter_case_makes_no_other_tag),
		cmocka_unit_test(a_tag_is_its_users),
		cmocka_unit_test(what_has_no_shape),
		cmocka_unit_test(what_is_too_long_is_not_made),
		cmocka_unit_test(a_random_name_is_its_own),
		cmocka_unit_test(it_is_read_as_it_was_issued),
		cmocka_unit_test(changes_commute),
		cmocka_unit_test(the_later_word_wins),
		cmocka_unit_test(keys_tell_addresses_apart),
		cmocka_unit_test(styles_are_read_back),
	};

	return cmocka_run_group_tests_name("issued", tests, NULL, NULL);
}
