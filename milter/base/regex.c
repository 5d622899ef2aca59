/* SPDX-License-Identifier: BSD-3-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "antisales/base/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "antisales/base/alloc.h"
#include "antisales/base/clock.h"

enum {
	SUBJECT_MAX = 65536,
	SLICE_STARTS = 512,             /* start offsets tried between two looks at the clock */
	SHORT_SUBJECT = 2048,           /* the match limit alone bounds these well enough */
	MATCH_LIMIT = 100000,
	HEAP_LIMIT_KIB = 8192,
	JIT_STACK_MIN = 32 * 1024,
	JIT_STACK_MAX = 512 * 1024,
	COMPILED_MAX = 256 * 1024
};

struct regex {
	pcre2_code *code;
	bool jit;
};

struct regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static int compile_failed(int code, size_t offset, struct err *reterr)
{
	PCRE2_UCHAR text[160];

	if (pcre2_get_error_message(code, text, sizeof text) < 0)
		text[0] = '\0';
	return err_set(reterr, E_SYNTAX, "bad regular expression at offset %zu: %s", offset, (const char *)text);
}

static int check_size(const pcre2_code *code, struct err *reterr)
{
	size_t size = 0;

	if (pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size) == 0 && size > COMPILED_MAX)
		return err_set(reterr, E_LIMIT, "regular expression compiles to %zu bytes, at most %d are allowed: "
		    "lower its repeat counts", size, COMPILED_MAX);
	return E_OK;
}

int regex_compile(struct slice pattern, struct regex **ret, struct err *reterr)
{
	uint32_t options = PCRE2_CASELESS | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_USE_OFFSET_LIMIT
	    | PCRE2_NEVER_BACKSLASH_C;
	struct regex *re;
	int code;
	size_t offset;

	if (pattern.n > REGEX_PATTERN_MAX)
		return err_set(reterr, E_LIMIT, "regular expression is longer than %d bytes", REGEX_PATTERN_MAX);
	re = alloc_zeroed(1, sizeof *re);
	if (re == NULL)
		return err_set(reterr, E_NOMEM, "no memory for a regular expression");
	re->code = pcre2_compile((PCRE2_SPTR)(pattern.n == 0 ? "" : pattern.p), pattern.n, options, &code, &offset, NULL);
	if (re->code == NULL) {
		free(re);
		return compile_failed(code, offset, reterr);
	}
	if ((code = check_size(re->code, reterr)) < 0) {
		regex_free(re);
		return code;
	}
	re->jit = pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	*ret = re;
	return E_OK;
}

void regex_free(struct regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	free(re);
}

bool regex_has_jit(const struct regex *re)
{
	return re->jit;
}

unsigned regex_group(const struct regex *re, const char *name)
{
	int n = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);

	return n > 0 ? (unsigned)n : 0;
}

struct regex_scratch *regex_scratch_new(void)
{
	struct regex_scratch *s = alloc_zeroed(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->data = pcre2_match_data_create(REGEX_CAPTURES, NULL);
	s->context = pcre2_match_context_create(NULL);
	if (s->data == NULL || s->context == NULL) {
		regex_scratch_free(s);
		return NULL;
	}
	pcre2_set_match_limit(s->context, MATCH_LIMIT);
	pcre2_set_depth_limit(s->context, MATCH_LIMIT);
	pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
	return s;
}

/* Few patterns need more than the 32 KiB of the thread's own stack, and mapping memory for each mail holds up all threads. */
static bool has_jit_stack(struct regex_scratch *s)
{
	if (s->stack == NULL) {
		s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
		if (s->stack != NULL)
			pcre2_jit_stack_assign(s->context, NULL, s->stack);
	}
	return s->stack != NULL;
}

void regex_scratch_free(struct regex_scratch *s)
{
	if (s == NULL)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	free(s);
}

static int match_once(const struct regex *re, struct regex_scratch *s, struct slice subject, size_t start)
{
	PCRE2_SPTR p = (PCRE2_SPTR)(subject.n == 0 ? "" : subject.p);
	int rc = pcre2_match(re->code, p, subject.n, start, 0, s->data, s->context);

	if (rc == PCRE2_ERROR_JIT_STACKLIMIT && has_jit_stack(s))
		rc = pcre2_match(re->code, p, subject.n, start, 0, s->data, s->context);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(re->code, p, subject.n, start, PCRE2_NO_JIT, s->data, s->context);
	return rc;
}

/* The match limit counts per starting position, so long subjects are tried a window of starts at a time. */
static int match_long(const struct regex *re, struct regex_scratch *s, struct slice subject, int64_t *budget_us)
{
	int rc = PCRE2_ERROR_NOMATCH;
	int64_t begun = clock_mono_us();

	for (size_t start = 0; start <= subject.n; start += SLICE_STARTS) {
		pcre2_set_offset_limit(s->context, start + SLICE_STARTS - 1);
		rc = match_once(re, s, subject, start);
		if (rc != PCRE2_ERROR_NOMATCH)
			break;
		if (budget_us != NULL && clock_mono_us() - begun > *budget_us) {
			rc = PCRE2_ERROR_MATCHLIMIT;
			break;
		}
	}
	pcre2_set_offset_limit(s->context, PCRE2_UNSET);
	if (budget_us != NULL)
		*budget_us -= clock_mono_us() - begun;
	return rc;
}

static void take_captures(const struct regex_scratch *s, int count, struct slice subject,
    struct slice caps[REGEX_CAPTURES])
{
	const size_t *at = pcre2_get_ovector_pointer(s->data);

	if (count == 0)                 /* more groups than we keep */
		count = REGEX_CAPTURES;
	for (int i = 0; i < REGEX_CAPTURES; i++) {
		caps[i] = (struct slice){ 0 };
		if (i < count && at[2 * i] != PCRE2_UNSET && at[2 * i + 1] >= at[2 * i])
			caps[i] = slice_sub(subject, at[2 * i], at[2 * i + 1] - at[2 * i]);
	}
}

enum regex_result regex_match(const struct regex *re, struct regex_scratch *scratch, struct slice subject,
    struct slice caps[REGEX_CAPTURES], int64_t *budget_us)
{
	int rc;

	subject = slice_sub(subject, 0, SUBJECT_MAX);
	rc = subject.n <= SHORT_SUBJECT ? match_once(re, scratch, subject, 0)
	    : match_long(re, scratch, subject, budget_us);
	if (rc >= 0) {
		if (caps != NULL)
			take_captures(scratch, rc, subject, caps);
		return REGEX_YES;
	}
	if (rc == PCRE2_ERROR_NOMATCH)
		return REGEX_NO;
	if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT)
		return REGEX_LIMIT;
	return REGEX_FAULT;
}
