/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/ledger/feedback.h"

#include <stdbool.h>

#include "antisales/ledger/party.h"
#include "antisales/ledger/reputation.h"
#include "antisales/store/organisation.h"

enum { SAID_AT_SALES, SAID_AT_WANTED, SAID_AT_UNDONE, SAID_ABOUT };
enum { VOICE_SALES, VOICE_WANTED };

int64_t feedback_user(const struct site_key *site, struct slice user)
{
	struct slice parts[2] = { SLICE("feedback-user"), user };

	return hashed_id(site, parts, 2);
}

/* The user stands in front, so that all that one said can be found, and forgotten. */
static struct store_key said_key(const struct site_key *site, const struct feedback *f)
{
	struct slice parts[2] = { SLICE("said"), f->mail };

	return organisation_pair('f', feedback_user(site, f->user), hashed_id(site, parts, 2));
}

enum said feedback_last_word(const struct record *r, int64_t *ret_when)
{
	int64_t sales = r->at[SAID_AT_SALES].number, wanted = r->at[SAID_AT_WANTED].number, undone = r->at[SAID_AT_UNDONE].number;

	*ret_when = sales > wanted ? sales : wanted;
	if (undone >= *ret_when) {
		*ret_when = undone;
		return SAID_NOTHING;
	}
	return sales >= wanted ? SAID_SALES : SAID_WANTED;
}

static int64_t standing(int64_t sales, int64_t wanted)
{
	return (sales > wanted) - (sales < wanted);
}

/* The user's voice at the sender, and the sender's count of voices if that turned. */
static size_t turn_voice(const struct record *voice, const struct store_key *key, enum said was, const struct feedback *f,
    int64_t about, struct store_change *ret)
{
	int64_t sales = voice->at[VOICE_SALES].number, wanted = voice->at[VOICE_WANTED].number;
	int64_t more_sales = (f->said == SAID_SALES) - (was == SAID_SALES), more_wanted = (f->said == SAID_WANTED) - (was == SAID_WANTED);
	int64_t before = standing(sales, wanted), after = standing(sales + more_sales, wanted + more_wanted);

	ret[0] = (struct store_change){ .key = *key, .delta = { .stamp = f->now } };
	ret[0].delta.at[VOICE_SALES].number = more_sales;
	ret[0].delta.at[VOICE_WANTED].number = more_wanted;
	if (before == after)
		return 1;
	ret[1] = (struct store_change){ .key = organisation_key('r', about, 0), .delta = { .stamp = f->now } };
	ret[1].delta.at[REP_SAID_SALES].number = (after > 0) - (before > 0);
	ret[1].delta.at[REP_SAID_WANTED].number = (after < 0) - (before < 0);
	return 2;
}

int feedback_changes(struct store *s, const struct site_key *site, const struct feedback *f,
    struct store_change ret[FEEDBACK_CHANGES_MAX], size_t *ret_count, struct err *reterr)
{
	static const int fields[] = { [SAID_NOTHING] = SAID_AT_UNDONE, [SAID_SALES] = SAID_AT_SALES, [SAID_WANTED] = SAID_AT_WANTED };
	struct store_key said = said_key(site, f), voice;
	struct record r = { 0 }, v = { 0 };
	bool found = false;
	int64_t when = 0, about;
	enum said was;
	int rc = s->ops->get(s, &said, 1, &r, &found, reterr);

	*ret_count = 0;
	if (rc < 0)
		return rc;
	if (!found)
		r = (struct record){ 0 };
	was = feedback_last_word(&r, &when);
	if (was == f->said)
		return E_OK;
	/* what was said first stays about the same sender, though the mail may prove nothing any more */
	about = r.at[SAID_ABOUT].number != 0 ? r.at[SAID_ABOUT].number : f->about;
	ret[0] = (struct store_change){ .key = said, .delta = { .stamp = f->now } };
	ret[0].delta.at[fields[f->said]].number = f->now > when ? f->now : when + 1;
	ret[0].delta.at[SAID_ABOUT].number = about;
	*ret_count = 1;
	if (about == 0)
		return E_OK;
	voice = organisation_pair('u', feedback_user(site, f->user), about);
	rc = s->ops->get(s, &voice, 1, &v, &found, reterr);
	if (rc < 0)
		return rc;
	if (!found)
		v = (struct record){ 0 };
	/* words said before anybody was proved were no voice */
	*ret_count += turn_voice(&v, &voice, r.at[SAID_ABOUT].number == 0 ? SAID_NOTHING : was, f, about, ret + 1);
	return E_OK;
}
