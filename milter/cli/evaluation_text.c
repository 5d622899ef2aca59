/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/base/json.h"
#include "cli.h"
#include "evaluation.h"

static double share(size_t part, size_t whole)
{
	return whole == 0 ? 0 : (double)part / (double)whole;
}

static size_t tagged(const size_t row[VERDICT_COUNT])
{
	return row[VERDICT_TAG] + row[VERDICT_QUARANTINE] + row[VERDICT_REJECT];
}

static size_t row_sum(const size_t row[VERDICT_COUNT])
{
	return row[VERDICT_PASS] + tagged(row);
}

static double per_second(const struct evaluation *e)
{
	return e->spent_us == 0 ? 0 : (double)e->messages * 1e6 / (double)e->spent_us;
}

static void text_labels(const struct evaluation *e, FILE *out)
{
	size_t tagged_unwanted = 0, tagged_all = 0;

	fprintf(out, "\n%-20s %8s %8s %8s %8s %8s\n", "label", "pass", "tag", "quar.", "reject", "tagged");
	for (size_t i = 0; i < e->labels->names_count; i++) {
		const size_t *row = e->confusion + i * VERDICT_COUNT;

		cli_put(out, e->labels->names[i]);
		fprintf(out, "%*s %8zu %8zu %8zu %8zu %7.2f%%\n", e->labels->names[i].n < 20 ? 20 - (int)e->labels->names[i].n : 0, "",
		    row[0], row[1], row[2], row[3], 100 * share(tagged(row), row_sum(row)));
		tagged_all += tagged(row);
		tagged_unwanted += evaluation_is_unwanted(e, e->labels->names[i]) ? tagged(row) : 0;
	}
	fprintf(out, "precision of \"tag\" and more for unwanted mail: %.4f\n", share(tagged_unwanted, tagged_all));
}

static void text_platforms(const struct evaluation *e, FILE *out)
{
	bool compare = e->labels != NULL && e->labels->platform_columns > 0;

	fprintf(out, "\n%-28s %7s %7s %7s %7s%s\n", "platform", "found", "certain", "strong", "hint",
	    compare ? "  expected    hit  recall  precision" : "");
	for (size_t i = 0; i < catalogue_count(e->policy->catalogue); i++) {
		const struct platform_tally *t = &e->platforms[i];

		if (t->found == 0 && t->expected == 0)
			continue;
		fprintf(out, "%-28.*s %7zu %7zu %7zu %7zu", SLICE_FMT(catalogue_at(e->policy->catalogue, i)->id), t->found,
		    t->by_proof[PROOF_CERTAIN], t->by_proof[PROOF_STRONG], t->by_proof[PROOF_HINT]);
		if (compare)
			fprintf(out, "  %8zu %6zu  %6.3f  %9.3f", t->expected, t->hit, share(t->hit, t->expected),
			    share(t->hit, t->hit + t->surplus));
		fputc('\n', out);
	}
}

static void text_rules(const struct evaluation *e, FILE *out)
{
	fprintf(out, "\n%-28s %8s%s\n", "rule", "hits", e->labels == NULL ? "" : "  in unwanted mail");
	for (size_t i = 0; i < e->policy->rules_count; i++) {
		fprintf(out, "%-28.*s %8zu", SLICE_FMT(e->policy->rules[i].id), e->rules[i].hits);
		if (e->labels != NULL)
			fprintf(out, "  %8zu", e->rules[i].hits_unwanted);
		fputc('\n', out);
	}
}

static void put_slow(FILE *out, const struct slow_mail *s)
{
	fprintf(out, "  %8.2f ms  ", (double)s->us / 1000);
	cli_put(out, slice_of(s->name));
	fputc('\n', out);
}

void evaluation_text(const struct evaluation *e, FILE *out)
{
	fprintf(out, "%zu messages, %zu could not be read, %.0f messages/s\n", e->messages, e->bad, per_second(e));
	for (int v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, "  %-10s %8zu  %6.2f%%\n", verdict_name((enum verdict_kind)v), e->verdicts[v],
		    100 * share(e->verdicts[v], e->messages));
	if (e->labels != NULL) {
		text_labels(e, out);
		if (e->unlabelled > 0)
			fprintf(out, "%zu messages have no label\n", e->unlabelled);
	}
	text_platforms(e, out);
	text_rules(e, out);
	fprintf(out, "\nslowest\n");
	for (size_t i = 0; i < SLOWEST && e->slowest[i].us > 0; i++)
		put_slow(out, &e->slowest[i]);
	for (size_t i = 0; i < e->bad_named; i++) {
		fputs(i == 0 ? "\nnot read: " : "not read: ", out);
		cli_put(out, slice_of(e->bad_names[i]));
		fputc('\n', out);
	}
	if (e->bad > e->bad_named)
		fprintf(out, "and %zu more\n", e->bad - e->bad_named);
}

static json *json_verdicts(const size_t row[VERDICT_COUNT])
{
	json *map = json_map();

	for (int v = 0; v < VERDICT_COUNT; v++)
		json_put(map, verdict_name((enum verdict_kind)v), json_of_int((int64_t)row[v]));
	return map;
}

static json *json_labels(const struct evaluation *e)
{
	json *list = json_list();

	for (size_t i = 0; i < e->labels->names_count; i++) {
		const size_t *row = e->confusion + i * VERDICT_COUNT;
		json *map = json_map();

		json_put(map, "label", json_of_text(e->labels->names[i]));
		json_put(map, "unwanted", json_of_bool(evaluation_is_unwanted(e, e->labels->names[i])));
		json_put(map, "messages", json_of_int((int64_t)row_sum(row)));
		json_put(map, "verdicts", json_verdicts(row));
		json_put(map, "tagged", json_of_real(share(tagged(row), row_sum(row))));
		json_add(list, map);
	}
	return list;
}

static json *json_platform(const struct evaluation *e, size_t i)
{
	const struct platform_tally *t = &e->platforms[i];
	json *map = json_map(), *by_label = json_map();

	json_put(map, "id", json_of_text(catalogue_at(e->policy->catalogue, i)->id));
	json_put(map, "found", json_of_int((int64_t)t->found));
	for (int p = PROOF_HINT; p <= PROOF_CERTAIN; p++)
		json_put(map, proof_name((enum proof)p), json_of_int((int64_t)t->by_proof[p]));
	for (size_t k = 0; e->labels != NULL && k < e->labels->names_count; k++) {
		char name[128];

		snprintf(name, sizeof name, "%.*s", SLICE_FMT(e->labels->names[k]));
		if (t->by_label[k] > 0)
			json_put(by_label, name, json_of_int((int64_t)t->by_label[k]));
	}
	json_put(map, "proven_by_label", by_label);
	if (e->labels != NULL && e->labels->platform_columns > 0) {
		json_put(map, "expected", json_of_int((int64_t)t->expected));
		json_put(map, "hit", json_of_int((int64_t)t->hit));
		json_put(map, "surplus", json_of_int((int64_t)t->surplus));
	}
	return map;
}

static json *json_platforms(const struct evaluation *e)
{
	json *list = json_list();

	for (size_t i = 0; i < catalogue_count(e->policy->catalogue); i++)
		if (e->platforms[i].found > 0 || e->platforms[i].expected > 0)
			json_add(list, json_platform(e, i));
	return list;
}

static json *json_rules(const struct evaluation *e)
{
	json *list = json_list();

	for (size_t i = 0; i < e->policy->rules_count; i++) {
		json *map = json_map();

		json_put(map, "id", json_of_text(e->policy->rules[i].id));
		json_put(map, "hits", json_of_int((int64_t)e->rules[i].hits));
		if (e->labels != NULL)
			json_put(map, "hits_unwanted", json_of_int((int64_t)e->rules[i].hits_unwanted));
		json_add(list, map);
	}
	return list;
}

static json *json_slowest(const struct evaluation *e)
{
	json *list = json_list();

	for (size_t i = 0; i < SLOWEST && e->slowest[i].us > 0; i++) {
		json *map = json_map();

		json_put(map, "file", json_of_text(slice_of(e->slowest[i].name)));
		json_put(map, "us", json_of_int(e->slowest[i].us));
		json_add(list, map);
	}
	return list;
}

void evaluation_json(const struct evaluation *e, FILE *out)
{
	json *map = json_map(), *bad = json_list();
	struct buf b;

	json_put(map, "policy", json_of_text(e->policy->name));
	json_put(map, "messages", json_of_int((int64_t)e->messages));
	json_put(map, "bad", json_of_int((int64_t)e->bad));
	json_put(map, "messages_per_second", json_of_real(per_second(e)));
	json_put(map, "verdicts", json_verdicts(e->verdicts));
	if (e->labels != NULL) {
		json_put(map, "unlabelled", json_of_int((int64_t)e->unlabelled));
		json_put(map, "labels", json_labels(e));
	}
	json_put(map, "platforms", json_platforms(e));
	json_put(map, "rules", json_rules(e));
	json_put(map, "slowest", json_slowest(e));
	for (size_t i = 0; i < e->bad_named; i++)
		json_add(bad, json_of_text(slice_of(e->bad_names[i])));
	json_put(map, "not_read", bad);
	buf_init(&b, 64 * 1024 * 1024);
	if (json_print(map, &b))
		fprintf(out, "%s\n", buf_cstr(&b));
	buf_done(&b);
	json_free(map);
}
