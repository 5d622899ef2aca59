/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/dkim_judge.h"

enum { CLOCK_DRIFT = 300 };             /* seconds that clocks may differ */

static struct dkim_judgement judged(enum dkim_outcome outcome, const char *reason)
{
	return (struct dkim_judgement){ .outcome = outcome, .reason = reason };
}

bool dkim_judge_early(const struct dkim_evidence *e, struct dkim_judgement *ret)
{
	const struct dkim_signature *s = e->signature;

	if (!e->from_usable)
		*ret = judged(DKIM_UNREADABLE, "no usable From field");
	else if (s->algorithm == DKIM_ALGORITHM_RSA_SHA1)
		*ret = judged(DKIM_UNUSABLE, "rsa-sha1 does not count");
	else if (s->algorithm == DKIM_ALGORITHM_OTHER)
		*ret = judged(DKIM_UNUSABLE, "unknown algorithm");
	else if (s->expires != 0 && e->now >= s->expires + CLOCK_DRIFT)
		*ret = judged(DKIM_EXPIRED, "the signature has expired");
	else if (s->signed_at > e->now + CLOCK_DRIFT)
		*ret = judged(DKIM_EXPIRED, "signed in the future");
	else
		return false;
	return true;
}

static bool judge_key(const struct dkim_evidence *e, struct dkim_judgement *ret)
{
	if (e->key == NULL)
		*ret = judged(DKIM_UNFINISHED, "the key was not asked for");
	else if (e->key->state == KEY_TEMPORARY)
		*ret = judged(DKIM_TEMPORARY, e->key->why);
	else if (e->key->state != KEY_FOUND)
		*ret = judged(DKIM_UNUSABLE, e->key->why);
	else
		return false;
	return true;
}

/* What the library found wrong, but for what differs from what was signed. */
static bool judge_fault(enum dkim_fault fault, struct dkim_judgement *ret)
{
	static const struct dkim_judgement of[] = {
		[DKIM_FAULT_UNKNOWN] = { DKIM_UNFINISHED, "could not be checked", false },
		[DKIM_FAULT_TIME] = { DKIM_EXPIRED, "not valid at this time", false },
		[DKIM_FAULT_NO_KEY] = { DKIM_UNUSABLE, "there is no key record", false },
		[DKIM_FAULT_KEY] = { DKIM_UNUSABLE, "the key record cannot be used", false },
		[DKIM_FAULT_REVOKED] = { DKIM_UNUSABLE, "the key is revoked", false },
		[DKIM_FAULT_SMALL] = { DKIM_UNUSABLE, "the key is too short", false },
		[DKIM_FAULT_SUBDOMAIN] = { DKIM_FAIL, "the key is not for subdomains", false },
		[DKIM_FAULT_SYNTAX] = { DKIM_UNREADABLE, "the signature cannot be read", false }
	};

	if (fault == DKIM_FAULT_NONE || fault == DKIM_FAULT_MISMATCH)
		return false;
	*ret = of[fault];
	return true;
}

static struct dkim_judgement judge_mismatch(const struct dkim_evidence *e)
{
	if (e->header_cut)
		return judged(DKIM_UNFINISHED, "the header is longer than is looked at");
	if (e->passed)
		return judged(DKIM_FAIL, "the body is not what was signed");
	return judged(DKIM_FAIL, "the header is not what was signed");
}

static struct dkim_judgement judge_good(const struct dkim_evidence *e)
{
	struct dkim_judgement j = judged(DKIM_PASS, "good");

	if (e->partial)
		return judged(DKIM_PARTIAL, "l= leaves out a part of the body");
	if (e->ambiguous || e->header_cut)
		j.reason = "good, but other fields than the signed ones may be shown";
	else if (e->testing)
		j.reason = "good, but the domain is only testing";
	else
		j.authenticates = true;
	return j;
}

struct dkim_judgement dkim_judge(const struct dkim_evidence *e)
{
	struct dkim_judgement j;

	if (dkim_judge_early(e, &j))
		return j;
	if (!e->finished)
		return judged(DKIM_UNFINISHED, "the body is longer than is looked at");
	if (judge_key(e, &j) || judge_fault(e->fault, &j))
		return j;
	if (!e->passed || e->body != DKIM_BODY_MATCH || e->fault != DKIM_FAULT_NONE)
		return judge_mismatch(e);
	if (e->signature->algorithm != DKIM_ALGORITHM_ED25519_SHA256 && e->key_bits < e->key_bits_min)
		return judged(DKIM_UNUSABLE, "the key is too short");
	return judge_good(e);
}

const char *dkim_outcome_name(enum dkim_outcome o)
{
	static const char *const names[] = {
		[DKIM_PASS] = "pass", [DKIM_FAIL] = "fail", [DKIM_TEMPORARY] = "temporary", [DKIM_UNUSABLE] = "unusable",
		[DKIM_EXPIRED] = "expired", [DKIM_UNREADABLE] = "unreadable", [DKIM_PARTIAL] = "partial",
		[DKIM_UNFINISHED] = "unfinished"
	};

	return names[o];
}
