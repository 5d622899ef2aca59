/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include "antisales/ledger/sequence.h"

enum { PARTY = 7, ANN = 9, TOUCHES_MAX = 60 };
#define DAY INT64_C(86400)
#define START INT64_C(1773057600)

static void touch(struct record *r, int64_t day, uint64_t mark, const char *channel)
{
	struct store_change c = sequence_touched(PARTY, ANN, mark, slice_of(channel), START + day * DAY);

	record_merge(&record_sequence, r, &c.delta);
}

static struct sequence at(const struct record *r, int64_t day, uint64_t mark, int64_t answered_day)
{
	return sequence_read(r, &(struct sequence_ask){ .mark = mark, .silence = 90 * DAY, .now = START + day * DAY,
		.answered_at = answered_day < 0 ? 0 : START + answered_day * DAY });
}

/* Touches on these days, then one more today. */
static void touches_are_numbered(void **state)
{
	static const struct { const int days[8]; int today, answered; int64_t touch, span, cadence; } rows[] = {
		{ { -1 }, 0, -1, 1, 0, 0 },
		{ { 0, -1 }, 3, -1, 2, 3, 3 },
		{ { 0, 3, 7, 12, 16, 19, -1 }, 21, -1, 7, 21, 4 },
		{ { 0, 3, 7, 12, -1 }, 14, 7, 2, 2, 2 },
		{ { 0, 3, -1 }, 5, 4, 1, 0, 0 },
		{ { 0, 3, -1 }, 5, 3, 1, 0, 0 },
		{ { 0, 3, -1 }, 93, -1, 3, 93, 47 },
		{ { 0, 3, -1 }, 94, -1, 1, 0, 0 },
		{ { 0, 91, 95, -1 }, 100, -1, 3, 9, 5 },
		{ { 12, 3, 7, 0, -1 }, 14, -1, 5, 14, 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = { 0 };
		struct sequence s;
		int64_t today = START + rows[i].today * DAY;

		for (uint64_t k = 0; rows[i].days[k] >= 0; k++)
			touch(&r, rows[i].days[k], 100 + k, "outreach");
		s = at(&r, rows[i].today, 1, rows[i].answered);
		if (s.touch != rows[i].touch || (today - s.first_at) / DAY != rows[i].span || (s.cadence_hours + 12) / 24 != rows[i].cadence)
			fail_msg("row %zu: touch %lld, %lld days, every %lld hours", i, (long long)s.touch,
			    (long long)((today - s.first_at) / DAY), (long long)s.cadence_hours);
	}
}

static void a_mail_counts_once_however_often_it_comes(void **state)
{
	struct record r = { 0 };

	(void)state;
	touch(&r, 0, 1, NULL);
	touch(&r, 1, 1, NULL);
	touch(&r, 3, 2, NULL);
	assert_int_equal(at(&r, 4, 1, -1).touch, 2);
	assert_int_equal(at(&r, 4, 3, -1).touch, 3);
	/* late, behind one that came after it */
	assert_int_equal(at(&r, 2, 4, -1).touch, 3);
}

static void more_than_can_be_kept_are_still_counted(void **state)
{
	struct record r = { 0 };
	struct sequence s;

	(void)state;
	for (uint64_t i = 0; i < TOUCHES_MAX; i++)
		touch(&r, (int64_t)i, i + 1, "outreach");
	s = at(&r, TOUCHES_MAX, 1000, -1);
	assert_int_equal(s.touch, TOUCHES_MAX + 1);
	assert_true(s.first_at == START);
	/* an answer amid those whose time was not kept: only what came after is known to be after */
	assert_int_equal(at(&r, TOUCHES_MAX, 1000, 10).touch, SEQUENCE_TOUCHES_MAX + 1);
	assert_int_equal(at(&r, TOUCHES_MAX, 1000, 50).touch, 10);
}

static void channels_are_told(void **state)
{
	struct record r = { 0 };
	struct sequence s;

	(void)state;
	touch(&r, 0, 1, "outreach");
	touch(&r, 5, 2, "marketo");
	touch(&r, 3, 3, NULL);
	touch(&r, 4, 4, "outreach");
	s = at(&r, 6, 5, -1);
	assert_string_equal(s.channel, "marketo");
	assert_int_equal(s.channels, 2);
}

static void without_a_mail_the_last_touch_is_told(void **state)
{
	struct record r = { 0 };

	(void)state;
	assert_int_equal(at(NULL, 0, 0, -1).touch, 0);
	touch(&r, 0, 1, NULL);
	touch(&r, 4, 2, NULL);
	assert_int_equal(at(&r, 10, 0, -1).touch, 2);
	assert_int_equal(at(&r, 10, 0, 5).touch, 0);
	assert_int_equal(at(&r, 200, 0, -1).touch, 0);
}

static void a_mail_without_an_id_is_its_text(void **state)
{
	static const struct site_key site = { { 1 } };
	uint64_t by_id = mail_mark(&site, SLICE("<1@a.example>"), SLICE("a@a.example"), SLICE("text"));

	(void)state;
	assert_true(by_id == mail_mark(&site, SLICE("<1@a.example>"), SLICE("a@a.example"), SLICE("other text")));
	assert_true(by_id != mail_mark(&site, SLICE("<1@a.example>"), SLICE("b@a.example"), SLICE("text")));
	assert_true(mail_mark(&site, SLICE(""), SLICE("a"), SLICE("x")) != mail_mark(&site, SLICE(""), SLICE("a"), SLICE("y")));
	assert_true(mail_mark(&site, (struct slice){ 0 }, SLICE("a"), SLICE("x")) == mail_mark(&site, SLICE(""), SLICE("a"), SLICE("x")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(touches_are_numbered),
		cmocka_unit_test(a_mail_counts_once_however_often_it_comes),
		cmocka_unit_test(more_than_can_be_kept_are_still_counted),
		cmocka_unit_test(channels_are_told),
		cmocka_unit_test(without_a_mail_the_last_touch_is_told),
		cmocka_unit_test(a_mail_without_an_id_is_its_text),
	};

	return cmocka_run_group_tests_name("sequence", tests, NULL, NULL);
}
