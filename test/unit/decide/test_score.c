/* SPDX-License-Identifier: BSD-3-Clause */
#include "house.h"

#include "antisales/decide/score.h"

/* A policy of these rules and the score of facts under it. */

static const char rules[] =
	"platforms: platforms\nrules:\n"
	"  - {id: machine, when: {platform.category: sales-engagement}, points: 50, says: 'by {platform.name}'}\n"
	"  - {id: links, when: {link.count: {at-least: 1}}, points: {per: link.count, each: 2, at-most: 10}, says: '{link.count} links'}\n"
	"  - {id: thanks, when: {reputation.mails: {at-least: 1}}, points: {per: reputation.mails, each: -0.5, at-most: 15}, says: 'known'}\n"
	"  - {id: list, when: {list.post: yes}, points: -30, says: 'a list'}\n"
	"  - {id: bad, when: {reputation.sales: {at-least: 65}}, points: 20, says: 'bad history'}\n"
	"  - {id: told, when: {pixel.present: yes}, points: 0, says: 'watches'}\n"
	"  - {id: more, when: {pixel.present: yes}, points: 50, says: 'more'}\n"
	"  - {id: days, when: {platform.id: {present: yes}}, points: {per: reputation.days, each: 3, at-most: 9}, says: 'days'}\n";

struct fixture {
	char *dir;
	struct policy *policy;
	struct arena arena;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = { 0 };

	f->dir = folder_make();
	house_platforms(f->dir);
	assert_ok(policy_compile(file_make(f->dir, "p.yaml", rules), &f->policy, &e), e);
	arena_init(&f->arena, 4096, 1 << 20);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	policy_free(f->policy);
	folder_remove(f->dir);
	free(f);
	return 0;
}

struct row {
	const char *facts;              /* "name=value" separated by ';' */
	int total, base;
	const char *hits;               /* "id=points" separated by ' ' */
};

static struct score score_of(struct fixture *f, const char *text)
{
	struct facts facts = { 0 };
	struct slice rest = slice_of(text);
	struct score s = { 0 };
	struct err e = { 0 };

	while (rest.n > 0) {
		struct slice value = slice_cut(&rest, ';'), name = slice_cut(&value, '=');

		if (!facts_read(&facts, name, value, &f->arena))
			fail_msg("no such fact: %.*s", SLICE_FMT(name));
	}
	assert_ok(score_sum(f->policy, &facts, &f->arena, &s, &e), e);
	return s;
}

static void hits_of(const struct score *s, char *out, size_t room)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%.*s=%d", i == 0 ? "" : " ", SLICE_FMT(s->hits[i].rule->id), s->hits[i].points);
}

static void points_add_up(void **state)
{
	static const struct row rows[] = {
		{ "", 0, 0, "" },
		{ "platform.category=crm", 0, 0, "" },
		{ "platform.category=sales-engagement", 50, 50, "machine=50" },
		{ "link.count=1", 2, 2, "links=2" },
		{ "link.count=5", 10, 10, "links=10" },
		{ "link.count=500", 10, 10, "links=10" },
		{ "platform.category=sales-engagement;link.count=3", 56, 56, "machine=50 links=6" },
		{ "platform.category=sales-engagement;list.post=yes", 20, 20, "machine=50 list=-30" },
		{ "list.post=yes", 0, 0, "list=-30" },
		{ "pixel.present=yes", 50, 50, "more=50 told=0" },
		{ "pixel.present=yes;platform.category=sales-engagement", 100, 100, "machine=50 more=50 told=0" },
		{ "pixel.present=yes;platform.category=sales-engagement;link.count=9", 100, 100, "machine=50 more=50 links=10 told=0" },
		/* what the store says counts in the total, not in the base */
		{ "reputation.sales=80;reputation.mails=1", 19, 0, "bad=20 thanks=-1" },
		{ "platform.category=sales-engagement;reputation.mails=10", 45, 50, "machine=50 thanks=-5" },
		{ "platform.category=sales-engagement;reputation.mails=1000", 35, 50, "machine=50 thanks=-15" },
		{ "reputation.mails=3", 0, 0, "thanks=-2" },
		/* counted per a fact that is not there */
		{ "platform.id=x", 0, 0, "days=0" },
		{ "platform.id=x;reputation.days=2", 6, 0, "days=6" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct score s = score_of(*state, rows[i].facts);
		char hits[400];

		hits_of(&s, hits, sizeof hits);
		if (s.total != rows[i].total || s.base != rows[i].base || strcmp(hits, rows[i].hits) != 0)
			fail_msg("row %zu: %d, %d, %s", i, s.total, s.base, hits);
	}
}

static void sentences_come_with_the_hits(void **state)
{
	struct score s = score_of(*state, "platform.category=sales-engagement;platform.name=Outreach;link.count=2");

	assert_slice(s.hits[0].says, "by Outreach");
	assert_slice(s.hits[1].says, "2 links");
}

static void a_sentence_is_bounded(void **state)
{
	static char name[5000];
	struct fixture *f = *state;
	struct facts facts = { 0 };
	struct score s;
	struct err e = { 0 };

	memset(name, 'x', sizeof name);
	facts_text(&facts, FACT_PLATFORM_CATEGORY, SLICE("sales-engagement"));
	facts_text(&facts, FACT_PLATFORM_NAME, (struct slice){ name, sizeof name });
	assert_ok(score_sum(f->policy, &facts, &f->arena, &s, &e), e);
	assert_true(s.hits[0].says.n <= 400);
}

static void more_evidence_never_lowers_the_score_unless_it_says_so(void **state)
{
	static const char *const evidence[] = { "platform.category=sales-engagement", "link.count=3", "pixel.present=yes", "reputation.sales=80" };

	for (unsigned set = 0; set < 1U << COUNT(evidence); set++)
		for (size_t k = 0; k < COUNT(evidence); k++) {
			char with[300] = "", without[300] = "";

			for (size_t i = 0; i < COUNT(evidence); i++) {
				if ((set >> i & 1) != 0 || i == k)
					strcat(strcat(with, evidence[i]), ";");
				if ((set >> i & 1) != 0 && i != k)
					strcat(strcat(without, evidence[i]), ";");
			}
			if (score_of(*state, with).total < score_of(*state, without).total)
				fail_msg("%s is less than %s", with, without);
		}
}

static void without_memory_it_fails(void **state)
{
	struct fixture *f = *state;
	struct facts facts = { 0 };
	struct arena small;
	struct score s;
	struct err e = { 0 };

	facts_bool(&facts, FACT_LIST_POST, true);
	arena_init(&small, 16, 16);
	assert_int_equal(score_sum(f->policy, &facts, &small, &s, &e), E_LIMIT);
	arena_done(&small);
}

/* Only what is true of both, with the same points and in the same words, may be told to both. */
static void what_both_say_is_shared(void **state)
{
	static const struct { const char *mine, *other; int told; const char *shared; } rows[] = {
		{ "pixel.present=yes", "pixel.present=yes", 50, "more told" },
		{ "pixel.present=yes", "", 0, "" },
		{ "platform.category=sales-engagement;link.count=3", "platform.category=sales-engagement;link.count=4", 50, "machine" },
		{ "platform.category=sales-engagement;link.count=7", "platform.category=sales-engagement;link.count=8", 50, "machine" },
		{ "platform.category=sales-engagement;list.post=yes", "platform.category=sales-engagement", 20, "machine" },
		{ "list.post=yes;pixel.present=yes", "list.post=yes;pixel.present=yes;link.count=1", 20, "more list told" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct score mine = score_of(*state, rows[i].mine), other = score_of(*state, rows[i].other);
		char shared[200] = "";

		score_share(&mine, &other);
		for (size_t k = 0; k < mine.count; k++)
			if (mine.hits[k].shared)
				snprintf(shared + strlen(shared), sizeof shared - strlen(shared), "%s%.*s", shared[0] == '\0' ? "" : " ",
				    SLICE_FMT(mine.hits[k].rule->id));
		if (mine.told != rows[i].told || strcmp(shared, rows[i].shared) != 0)
			fail_msg("row %zu: %d, %s", i, mine.told, shared);
	}
}

#define IN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN(points_add_up),
		IN(sentences_come_with_the_hits),
		IN(a_sentence_is_bounded),
		IN(more_evidence_never_lowers_the_score_unless_it_says_so),
		IN(what_both_say_is_shared),
		IN(without_memory_it_fails),
	};

	return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
