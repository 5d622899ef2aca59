/* SPDX-License-Identifier: BSD-3-Clause */
#include "../unit.h"

#include "antisales/base/buf.h"
#include "antisales/mail/dkim_signature.h"

#define REQUIRED "v=1; a=rsa-sha256; d=example.com; s=s1; h=From; bh=YQ==; b=YQ==;"

static void read_all(struct slice raw, struct dkim_signature *s)
{
	const char *why = dkim_signature_read(raw, s);

	if (why != NULL)
		fail_msg("%.*s: %s", SLICE_FMT(raw), why);
}

static void test_reads_all_tags(void **state)
{
	struct dkim_signature s;

	(void)state;
	read_all(SLICE(" v=1; a=ed25519-sha256; c=relaxed/simple;\r\n\td=Mail.Example.com; s=k1.2026; t=1767225600; "
	    "x=1767830400;\n i=news@eu.mail.example.com; l=120; q=dns/txt;\r\n h=From : Subject:\r\n\tfrom:To; "
	    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=dGVz\r\n\t dA==; unknown_1=any thing"), &s);
	assert_true(slice_eq(s.domain, SLICE("Mail.Example.com")));
	assert_true(slice_eq(s.selector, SLICE("k1.2026")));
	assert_true(slice_eq(s.identity, SLICE("news@eu.mail.example.com")));
	assert_true(slice_eq(s.canonicalisation, SLICE("relaxed/simple")));
	assert_int_equal(s.algorithm, DKIM_ALGORITHM_ED25519_SHA256);
	assert_int_equal(s.signed_at, 1767225600);
	assert_int_equal(s.expires, 1767830400);
	assert_true(s.has_length);
	assert_int_equal(s.length, 120);
	assert_int_equal(s.names_count, 4);
	assert_int_equal(dkim_signature_lists(&s, SLICE("FROM")), 2);
	assert_int_equal(dkim_signature_lists(&s, SLICE("subject")), 1);
	assert_int_equal(dkim_signature_lists(&s, SLICE("date")), 0);
}

static void test_good(void **state)
{
	static const char *const rows[] = {
		REQUIRED, "v=1;a=rsa-sha256;d=example.com;s=s1;h=From;bh=YQ==;b=YQ==", REQUIRED " i=@example.com",
		REQUIRED " i=a@EXAMPLE.com", REQUIRED " c=simple", REQUIRED " c=relaxed", REQUIRED " q=dns/txt:x",
		REQUIRED " q=dns", REQUIRED " r=y", "b=YQ==; bh=YQ==; h=from; s=a_b; d=x.y; a=rsa-sha1; v=1",
		"v=1; a=new-sha512; d=example.com; s=s1; h=From; bh=YQ==; b=YQ==", REQUIRED " l=0", REQUIRED " n=\t",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=X-A!#$:From; bh=YQ==; b=YQ==", REQUIRED "\r\n "
	};
	struct dkim_signature s;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		read_all(slice_of(rows[i]), &s);
}

static void test_refused(void **state)
{
	static const char *const rows[] = {
		"", ";", "v", "=1", REQUIRED ";x=1", REQUIRED "1a=2", REQUIRED " a b=2", REQUIRED " \xc3\xa4=1",
		/* missing */
		"a=rsa-sha256; d=example.com; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; d=example.com; s=s1; h=From; bh=YQ==; b=YQ==", "v=1; a=rsa-sha256; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From; bh=YQ==",
		/* twice */
		REQUIRED " d=example.com", REQUIRED " v=1", REQUIRED " D=example.org", REQUIRED " u=1; u=1",
		/* upper case */
		"v=1; a=rsa-sha256; d=example.com; s=s1; H=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; D=example.com; s=s1; h=From; bh=YQ==; b=YQ==", REQUIRED " I=@example.com",
		/* values */
		"v=2; a=rsa-sha256; d=example.com; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=; d=example.com; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=exa mple.com; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example..com; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com.; s=s1; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=*; h=From; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=To:Subject; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From::To; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From:; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From:A B; bh=YQ==; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From; bh=; b=YQ==",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From; bh=YQ==; b=",
		"v=1; a=rsa-sha256; d=example.com; s=s1; h=From; bh=YQ==; b=Y-Q",
		REQUIRED " c=", REQUIRED " c=relaxed/", REQUIRED " c=/simple", REQUIRED " c=nofws", REQUIRED " c=simple/simple/simple",
		REQUIRED " i=", REQUIRED " i=example.com", REQUIRED " i=a@", REQUIRED " i=a@example.org",
		REQUIRED " i=a@notexample.com", REQUIRED " i=a=20b@example.com", REQUIRED " i=a b@example.com",
		REQUIRED " i=a@b@example.com", REQUIRED " i=a@com",
		REQUIRED " l=", REQUIRED " l=-1", REQUIRED " l=1a", REQUIRED " l=1234567890123456",
		REQUIRED " t=x", REQUIRED " t=0", REQUIRED " t=-5", REQUIRED " x=1234567890123", REQUIRED " t=1767225600; x=1767225600",
		REQUIRED " t=1767225600; x=1767225599", REQUIRED " q=", REQUIRED " q=http", REQUIRED " z=From:a|To:b", REQUIRED " z=",
		/* bytes */
		REQUIRED " n=\x7f", REQUIRED " n=\x01", REQUIRED " n=\xe4", REQUIRED " n=a\rb", REQUIRED " n=a\nb",
		REQUIRED " n=a\r\nb", REQUIRED "\r\n", REQUIRED " n=a\n"
	};
	struct dkim_signature s;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (dkim_signature_read(slice_of(rows[i]), &s) == NULL)
			fail_msg("taken: %s", rows[i]);
	assert_non_null(dkim_signature_read((struct slice){ REQUIRED " n=\0", sizeof REQUIRED " n=\0" - 1 }, &s));
}

static const char *with_tag(struct buf *b, const char *tag, size_t n)
{
	buf_clear(b);
	buf_adds(b, REQUIRED);
	buf_adds(b, tag);
	for (size_t i = 0; i < n; i++)
		buf_addc(b, 'a');
	return buf_cstr(b);
}

static void test_lengths(void **state)
{
	static const char *const short_tags[] = { "c=", "l=", "q=", "t=", "x=" };
	struct dkim_signature s;
	struct buf b;
	size_t rest = DKIM_SIGNATURE_BYTES_MAX - (sizeof REQUIRED - 1) - 2;

	(void)state;
	buf_init(&b, 20000);
	assert_null(dkim_signature_read(slice_of(with_tag(&b, "n=", rest)), &s));
	assert_non_null(dkim_signature_read(slice_of(with_tag(&b, "n=", rest + 1)), &s));
	for (size_t i = 0; i < COUNT(short_tags); i++)
		assert_string_equal(dkim_signature_read(slice_of(with_tag(&b, short_tags[i], 251)), &s), "a tag is too long");
	with_tag(&b, "i=", 238);
	buf_adds(&b, "@example.com");
	assert_null(dkim_signature_read(buf_slice(&b), &s));
	with_tag(&b, "i=", 239);
	buf_adds(&b, "@example.com");
	assert_non_null(dkim_signature_read(buf_slice(&b), &s));
	buf_done(&b);
}

static const char *with_names(struct buf *b, unsigned names, unsigned tags)
{
	buf_clear(b);
	buf_adds(b, "v=1; a=rsa-sha256; d=example.com; s=s1; bh=YQ==; b=YQ==; h=From");
	for (unsigned i = 1; i < names; i++)
		buf_addf(b, ":X-%u", i);
	for (unsigned i = 7; i < tags; i++)
		buf_addf(b, "; u%u=1", i);
	return buf_cstr(b);
}

static void test_counts(void **state)
{
	struct dkim_signature s;
	struct buf b;

	(void)state;
	buf_init(&b, 20000);
	read_all(slice_of(with_names(&b, 64, 7)), &s);
	assert_int_equal(s.names_count, 64);
	assert_non_null(dkim_signature_read(slice_of(with_names(&b, 65, 7)), &s));
	read_all(slice_of(with_names(&b, 1, 64)), &s);
	assert_non_null(dkim_signature_read(slice_of(with_names(&b, 1, 65)), &s));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_tags), cmocka_unit_test(test_good), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lengths), cmocka_unit_test(test_counts)
	};

	return cmocka_run_group_tests_name("dkim_signature", tests, NULL, NULL);
}
