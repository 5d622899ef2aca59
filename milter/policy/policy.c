/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/policy/policy.h"

#include <stdlib.h>

#include "antisales/base/alloc.h"
#include "antisales/base/file.h"
#include "antisales/mail/domain.h"
#include "internal.h"

enum { POLICY_CHUNK = 64 * 1024, POLICY_LIMIT = 256 * 1024 * 1024 };

static const char *const keys[] = {
	"policy", "mode", "rules", "verdicts", "classes", "platforms", "freemail", "esp-domains", "feedback", "never-filter", "reject-reply",
	"relationships", "contracts", "touches", "trigger", "attention", "optout", "refusals", "decoys",
	"header-for-clean-mail", "several-recipients", "confirmations",
};

const char *verdict_name(enum verdict_kind v)
{
	static const char *const names[] = { "pass", "tag", "quarantine", "reject" };

	return v < VERDICT_COUNT ? names[v] : "unknown";
}

const char *mode_name(enum mode m)
{
	return m == MODE_SHADOW ? "shadow" : "enforce";
}

static int compare(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;

	return slice_cmp(*a, *b);
}

/* Domains to compare with: normalised, sorted. What is none fits nothing. */
struct domains {
	const struct slice *at;
	size_t count;
};

/* Puts the place that names a missing file in front of the complaint; E_SYNTAX, because the policy is wrong. */
static int err_here(struct policy_reader *r, const struct policy *p, const struct yaml_node *node)
{
	if (r->err != NULL) {
		r->err->code = E_SYNTAX;
		r->err->placed = true;
	}
	err_wrap(r->err, "%s:%u:%u", p->path.p, node->line, node->column);
	return E_SYNTAX;
}

int beside_policy(struct policy_reader *r, const struct yaml_node *node, const struct policy *p, const struct yaml_node **ret,
    const char **ret_path)
{
	const char *path;
	int rc;

	*ret = node;
	*ret_path = NULL;
	if (node->kind != YAML_SCALAR)
		return E_OK;
	path = file_join(r->arena, file_dir(r->arena, p->path.p), node->scalar);
	if (path == NULL)
		return err_set(r->err, E_NOMEM, "no memory for the policy");
	*ret_path = path;
	if ((rc = yaml_load(path, r->arena, ret, r->err)) < 0)
		return rc == E_ABSENT || rc == E_IO ? err_here(r, p, node) : yaml_err_place(r->err, path);
	return E_OK;
}

/* A list in the policy itself, or the name of a file beside it that holds one. */
static int read_domains(struct policy_reader *r, const struct yaml_node *node, const struct policy *p,
    struct domains *ret)
{
	const struct yaml_node *list;
	struct slice *sorted;
	const char *path;
	int rc;

	if (node == NULL)
		return E_OK;
	if ((rc = beside_policy(r, node, p, &list, &path)) < 0)
		return rc;
	rc = yaml_texts(list, r->arena, &ret->at, &ret->count, r->err);
	if (rc < 0)
		return path == NULL ? rc : yaml_err_place(r->err, path);
	sorted = arena_array(r->arena, ret->count, sizeof *sorted);
	if (sorted == NULL)
		return err_set(r->err, E_NOMEM, "no memory for the policy");
	for (size_t i = 0; i < ret->count; i++) {
		sorted[i] = domain_normalise(ret->at[i], r->arena);
		if (sorted[i].p == NULL)
			sorted[i] = SLICE("");
	}
	qsort(sorted, ret->count, sizeof *sorted, compare);
	ret->at = sorted;
	return E_OK;
}

static int read_domain_lists(struct policy_reader *r, const struct yaml_node *root, struct policy *p)
{
	struct domains freemail = { 0 }, esp = { 0 }, contracts = { 0 };
	int rc = read_domains(r, yaml_get(root, "freemail"), p, &freemail);

	if (rc == E_OK)
		rc = read_domains(r, yaml_get(root, "esp-domains"), p, &esp);
	if (rc == E_OK)
		rc = read_domains(r, yaml_get(root, "contracts"), p, &contracts);
	p->freemail = freemail.at;
	p->freemail_count = freemail.count;
	p->esp = esp.at;
	p->esp_count = esp.count;
	p->memory.contracts = contracts.at;
	p->memory.contracts_count = contracts.count;
	return rc;
}

static bool is_in(const struct slice *list, size_t count, struct slice domain)
{
	return count > 0 && bsearch(&domain, list, count, sizeof domain, compare) != NULL;
}

bool policy_is_freemail(const struct policy *p, struct slice domain)
{
	return is_in(p->freemail, p->freemail_count, domain);
}

bool policy_is_esp(const struct policy *p, struct slice domain)
{
	return is_in(p->esp, p->esp_count, domain);
}

bool policy_has_contract(const struct policy *p, struct slice domain)
{
	return is_in(p->memory.contracts, p->memory.contracts_count, domain);
}

static int read_feedback(struct policy_reader *r, const struct yaml_node *map, struct feedback_policy *f)
{
	static const char *const feedback_keys[] = { "weight", "at-most" };
	int rc;

	if (map == NULL)
		return E_OK;
	if ((rc = yaml_check_keys(map, feedback_keys, 2, "feedback", r->err)) < 0
	    || (rc = yaml_number(yaml_get(map, "weight"), 0, 10, &f->weight, r->err)) < 0)
		return rc;
	return yaml_int(yaml_get(map, "at-most"), 0, 100, &f->at_most, r->err);
}

static int read_catalogue(struct policy_reader *r, const struct yaml_node *node, struct policy *p)
{
	struct slice name = SLICE("platforms");
	struct catalogue *c;
	const char *dir;
	int rc = yaml_text(node, &name, r->err);

	if (rc < 0)
		return rc;
	dir = file_dir(r->arena, p->path.p);
	dir = dir == NULL ? NULL : file_join(r->arena, dir, name);
	if (dir == NULL)
		return err_set(r->err, E_NOMEM, "no memory for the policy");
	rc = catalogue_load(dir, r->arena, &c, r->err);
	if (rc == E_ABSENT && node != NULL)
		return err_here(r, p, node);
	p->catalogue = c;
	return rc;
}

static bool is_number(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	return s.n >= 1 && s.n <= 3;
}

/* RFC 3463: class 5, subject, detail. */
static bool is_refusal(struct slice enhanced)
{
	struct slice class = slice_cut(&enhanced, '.'), subject = slice_cut(&enhanced, '.');

	return slice_eq(class, SLICE("5")) && is_number(subject) && is_number(enhanced);
}

static int check_reply(struct policy_reader *r, const struct yaml_node *map, const struct reply *reply)
{
	struct slice text = reply->text;

	if (!is_refusal(reply->enhanced))
		return err_at(r->err, map->line, map->column, "enhanced must be a status code such as 5.7.1 (RFC 3463)");
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] >= 0x7f || text.p[i] == '%')
			return err_at(r->err, map->line, map->column, "the text of a reply must be printable ASCII without '%%'");
	if (text.n == 0 || text.n > 300)
		return err_at(r->err, map->line, map->column, "the text of a reply must have 1 to 300 characters");
	return E_OK;
}

static int read_reply(struct policy_reader *r, const struct yaml_node *map, struct reply *reply)
{
	static const char *const reply_keys[] = { "code", "enhanced", "text" };
	int64_t code = reply->code;
	int rc;

	if (map == NULL)
		return E_OK;
	if ((rc = yaml_check_keys(map, reply_keys, 3, "reject-reply", r->err)) < 0
	    || (rc = yaml_int(yaml_get(map, "code"), 550, 559, &code, r->err)) < 0
	    || (rc = yaml_text(yaml_get(map, "enhanced"), &reply->enhanced, r->err)) < 0
	    || (rc = yaml_text(yaml_get(map, "text"), &reply->text, r->err)) < 0)
		return rc;
	reply->code = (int)code;
	return check_reply(r, map, reply);
}

static int read_several(struct policy_reader *r, const struct yaml_node *node)
{
	static const char *const words[] = { "lenient" };
	int at = 0;

	return yaml_word(node, words, 1, &at, r->err);
}

static int read_lists(struct policy_reader *r, const struct yaml_node *root, struct policy *p)
{
	int rc;

	if ((rc = yaml_texts(yaml_get(root, "never-filter"), r->arena, &p->never, &p->never_count, r->err)) < 0
	    || (rc = read_domain_lists(r, root, p)) < 0
	    || (rc = decoys_read(r, yaml_get(root, "decoys"), p)) < 0
	    || (rc = confirmations_read(r, yaml_get(root, "confirmations"), p, &p->confirmations)) < 0
	    || (rc = read_feedback(r, yaml_get(root, "feedback"), &p->feedback)) < 0
	    || (rc = memory_read(r, root, p)) < 0
	    || (rc = optout_read_policy(r, root, p)) < 0)
		return rc;
	return classes_read(r, yaml_get(root, "classes"), p, &p->classes, &p->classes_count);
}

static int read_policy(struct policy_reader *r, const struct yaml_node *root, struct policy *p)
{
	int rc;

	if ((rc = yaml_check_keys(root, keys, sizeof keys / sizeof keys[0], "policy", r->err)) < 0
	    || (rc = yaml_text(yaml_get(root, "policy"), &p->name, r->err)) < 0
	    || (rc = mode_read(r, yaml_get(root, "mode"), &p->mode)) < 0
	    || (rc = thresholds_read(r, yaml_get(root, "verdicts"), &p->thresholds)) < 0
	    || (rc = rules_read(r, yaml_get(root, "rules"), &p->rules, &p->rules_count)) < 0
	    || (rc = read_reply(r, yaml_get(root, "reject-reply"), &p->reject)) < 0
	    || (rc = read_several(r, yaml_get(root, "several-recipients"))) < 0
	    || (rc = yaml_bool(yaml_get(root, "header-for-clean-mail"), &p->headers_for_clean, r->err)) < 0)
		return rc;
	return read_lists(r, root, p);
}

static int compile(const char *path, struct policy *p, struct err *reterr)
{
	struct policy_reader r = { &p->arena, reterr };
	const struct yaml_node *root;
	int rc;

	p->path = arena_dup(&p->arena, slice_of(path));
	if (p->path.p == NULL)
		return err_set(reterr, E_NOMEM, "no memory for policy %s", path);
	p->name = p->path;
	p->thresholds = (struct thresholds){ .at = { 0, 50, NEVER, NEVER } };
	p->reject = (struct reply){ 550, SLICE("5.7.1"),
		SLICE("Unsolicited sales mail is not accepted here; to reach a person write to postmaster at this domain") };
	p->feedback = (struct feedback_policy){ .weight = 3, .at_most = 5 };
	p->memory = memory_default();
	p->optout = optout_default();
	p->headers_for_clean = true;
	rc = yaml_load(path, &p->arena, &root, reterr);
	if (rc == E_OK)
		rc = read_policy(&r, root, p);
	if (rc < 0)
		return yaml_err_place(reterr, path);
	/* the catalogue's errors name their own files */
	return read_catalogue(&r, yaml_get(root, "platforms"), p);
}

int policy_compile(const char *path, struct policy **ret, struct err *reterr)
{
	struct policy *p = alloc_zeroed(1, sizeof *p);
	int rc;

	if (p == NULL)
		return err_set(reterr, E_NOMEM, "no memory for policy %s", path);
	arena_init(&p->arena, POLICY_CHUNK, POLICY_LIMIT);
	rc = compile(path, p, reterr);
	if (rc < 0) {
		policy_free(p);
		return rc;
	}
	*ret = p;
	return E_OK;
}

void policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	arena_done(&p->arena);
	free(p);
}
