/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#define OPENING "I saw that the team is growing and wondered how you find the people who decide. We do that for you without any change to " \
	"what you use, and you pay for what works only. "
#define ASKING "would a quarter of an hour next week be possible to talk about it?\r\n"

static const struct letter to_ann = {
	.sender = "<bob@try-sender.example>",
	.headers = "From: Bob Miller <bob@try-sender.example>\nTo: Ann Lee <ann@example.com>\nSubject: x\n",
	.body = "Hi Ann,\r\n" OPENING "Ann, " ASKING "Best,\r\nBob\r\n",
};
static const struct letter to_carla = {
	.sender = "<eve.stone@sender-now.example>",
	.headers = "From: Eve Stone <eve.stone@sender-now.example>\nTo: carla@other.example\nSubject: y\n",
	.body = "Hello Carla\r\n" OPENING "Carla, " ASKING "Cheers,\r\nEve\r\n",
};

static bool meet(const struct observed *a, const struct observed *b)
{
	const struct skeleton *x = &a->evidence.skeleton, *y = &b->evidence.skeleton;

	for (size_t i = 0; x->present && y->present && i < SKELETON_BANDS; i++)
		if (x->bands[i] == y->bands[i])
			return true;
	return false;
}

static void copies_from_other_mailboxes_have_one_skeleton(void **state)
{
	struct observed *ann = observe(*state, &to_ann), *carla = observe(*state, &to_carla);
	struct slice hash = ann->facts.at[FACT_TEXT_SKELETON].text;

	assert_true(meet(ann, carla));
	assert_int_equal(hash.n, 16);
	assert_true(slice_eq(hash, carla->facts.at[FACT_TEXT_SKELETON].text));
	assert_non_null(finding_of(ann, "skeleton"));
}

/* Names at the beginning of a sentence are known from the header fields alone. */
static void names_come_from_every_address(void **state)
{
	static const char *const headers[] = {
		"From: Zoe <a@sender.example>\n", "From: zoe@sender.example\n", "From: x@zoe.example\n", "From: x@mail.zoe.example\n",
		"From: x@sender.example\nTo: Zoe Lee <a@b.example>\n", "From: x@sender.example\nTo: zoe.lee@b.example\n",
		"From: x@sender.example\nCc: u@v.example, w@zoe-tools.example\n",
	};
	struct letter with = { .body = OPENING "Zoe " ASKING }, without = { .headers = "From: x@sender.example\n", .body = OPENING ASKING };
	struct observed *plain = observe(*state, &without);

	for (size_t i = 0; i < COUNT(headers); i++) {
		struct observed *o;

		with.headers = headers[i];
		o = observe(*state, &with);
		if (o->evidence.skeleton.words != plain->evidence.skeleton.words)
			fail_msg("row %zu: %zu words", i, o->evidence.skeleton.words);
	}
	with.headers = "From: x@sender.example\nSubject: Zoe\n";
	assert_int_equal(observe(*state, &with)->evidence.skeleton.words, plain->evidence.skeleton.words + 1);
}

static void an_answer_does_not_meet_what_it_quotes(void **state)
{
	static const char own[] = "Hello Bob,\r\nthank you, but we looked at such a service twice before and it was never worth the money, so please "
	    "take me off your list and do not call me either.\r\nAnn\r\n";
	char body[2000];
	struct letter answer = { .headers = "From: Ann Lee <ann@example.com>\nTo: bob@try-sender.example\nSubject: Re: x\n", .body = body };
	struct observed *pitch = observe(*state, &to_ann), *o;

	snprintf(body, sizeof body, "%s\r\nOn Mon, 9 Mar 2026, Bob Miller wrote:\r\n\r\n%s", own, to_ann.body);
	o = observe(*state, &answer);
	assert_true(o->evidence.skeleton.present);
	assert_false(meet(pitch, o));
	snprintf(body, sizeof body, "No.\r\n\r\n-----Original Message-----\r\n%s", to_ann.body);
	assert_true(fact_reads(observe(*state, &answer), FACT_TEXT_SKELETON, NULL));
}

static void a_short_mail_has_none(void **state)
{
	static const struct letter l = { .headers = "From: Bob <bob@sender.example>\n", .body = "Hi Ann,\r\nany thoughts on my last mail?\r\n" };
	struct observed *o = observe(*state, &l);

	assert_false(o->evidence.skeleton.present);
	assert_true(fact_reads(o, FACT_TEXT_SKELETON, NULL));
	assert_null(finding_of(o, "skeleton"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCENE(copies_from_other_mailboxes_have_one_skeleton),
		IN_SCENE(names_come_from_every_address),
		IN_SCENE(an_answer_does_not_meet_what_it_quotes),
		IN_SCENE(a_short_mail_has_none),
	};

	return cmocka_run_group_tests_name("skeleton", tests, NULL, NULL);
}
