/* SPDX-License-Identifier: BSD-3-Clause */
#include "support.h"

#include "antisales/mail/minhash.h"

enum { WORDS = 200, TRIALS = 2000 };

static void words_hash_alike_when_they_are(void **state)
{
	(void)state;
	assert_true(minhash_word(SLICE("word")) == minhash_word(SLICE("word")));
	assert_true(minhash_word(SLICE("word")) != minhash_word(SLICE("words")));
	assert_true(minhash_word(SLICE("ab")) != minhash_word(SLICE("ba")));
}

/* The same on every machine, or stores of two hosts could not be merged. */
static void the_hash_never_changes(void **state)
{
	static const char *const words[] = { "the", "same", "on", "every", "machine" };
	uint64_t bands[MINHASH_BANDS];
	struct minhash m;

	(void)state;
	minhash_begin(&m);
	for (size_t i = 0; i < COUNT(words); i++)
		minhash_add(&m, minhash_word(slice_of(words[i])));
	minhash_end(&m, bands);
	assert_int_equal(bands[0], UINT64_C(0x43594E7435FFFD88));
}

static void runs_count_not_their_order_or_number(void **state)
{
	uint64_t once[MINHASH_BANDS], thrice[MINHASH_BANDS];
	struct minhash m;

	(void)state;
	minhash_begin(&m);
	for (uint64_t i = 0; i < 5; i++)
		minhash_add(&m, i % 3);
	minhash_end(&m, once);
	for (uint64_t i = 5; i < 30; i++)
		minhash_add(&m, i % 3);
	minhash_end(&m, thrice);
	assert_memory_equal(once, thrice, sizeof once);
}

/* Texts that have the first `common` of their words in common agree as often as the formula says. */
static double share(size_t common, uint64_t *seed)
{
	size_t met = 0;

	for (size_t t = 0; t < TRIALS; t++) {
		uint64_t a[MINHASH_BANDS], b[MINHASH_BANDS];
		struct minhash x, y;
		bool shared = false;

		minhash_begin(&x);
		minhash_begin(&y);
		for (size_t i = 0; i < WORDS; i++) {
			uint64_t word = noise(seed);

			minhash_add(&x, word);
			minhash_add(&y, i < common ? word : noise(seed));
		}
		minhash_end(&x, a);
		minhash_end(&y, b);
		for (size_t i = 0; i < MINHASH_BANDS; i++)
			shared = shared || a[i] == b[i];
		met += shared;
	}
	return (double)met / TRIALS;
}

static void bands_meet_as_often_as_they_should(void **state)
{
	static const double wanted[] = { 0.9, 0.8, 0.7, 0.5, 0.2 };
	uint64_t seed = 11;

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		/* c runs of n in common of 2n - c */
		size_t runs = WORDS - MINHASH_RUN + 1, common = (size_t)(2 * (double)runs * wanted[i] / (1 + wanted[i])) + MINHASH_RUN - 1;
		double s = (double)(common - MINHASH_RUN + 1) / (double)(2 * runs - common + MINHASH_RUN - 1), miss = 1 - s * s * s * s;
		double theory = 1 - miss * miss * miss * miss, got = share(common, &seed);

		if (got < theory - 0.04 || got > theory + 0.04)
			fail_msg("at %.3f: %.3f instead of %.3f", s, got, theory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_hash_alike_when_they_are),
		cmocka_unit_test(the_hash_never_changes),
		cmocka_unit_test(runs_count_not_their_order_or_number),
		cmocka_unit_test(bands_meet_as_often_as_they_should),
	};

	return cmocka_run_group_tests_name("minhash", tests, NULL, NULL);
}
