/* SPDX-License-Identifier: BSD-3-Clause */
#include "store.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "antisales/base/alloc.h"
#include "antisales/base/log.h"
#include "antisales/mail/domain.h"
#include "antisales/store/organisation.h"

void cli_become_owner(const char *command, const char *path)
{
	struct stat st;

	if (getuid() != 0 || stat(path, &st) < 0 || st.st_uid == 0 || st.st_uid == geteuid())
		return;
	if (seteuid(0) < 0 || setgroups(0, NULL) < 0 || setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
		cli_complain(command, "cannot become the owner of %s: %s", path, strerror(errno));
}

int cli_open_store(struct engine *e, const struct cli_store *c, struct err *reterr)
{
	struct setup *s = setup_get(&e->setups);
	const struct config *conf = s->config;
	const char *url = c->store != NULL ? c->store : c->config != NULL || c->needed ? conf->store : "memory:";
	bool lmdb = strncmp(url, "lmdb:", 5) == 0;
	struct store_conf sc = { .url = url, .map_bytes = conf->store_size, .map_max_bytes = conf->store_max_size,
		.read_only = !c->write && lmdb };
	char key[4096] = "";
	int rc = E_OK;

	if (lmdb) {
		cli_become_owner(c->command, url + 5);
		snprintf(key, sizeof key, "%s/site.key", c->store != NULL ? url + 5 : conf->state);
		rc = site_key_load(key, c->write, &e->site, reterr);
	}
	if (rc == E_OK)
		rc = store_open(&sc, &e->store, reterr);
	setup_put(s);
	return rc;
}

int cli_name(const char *text, struct arena *a, struct identifier *ret, struct err *reterr)
{
	struct slice domain;

	if (!identifier_read(slice_of(text), ret))
		return err_set(reterr, E_SYNTAX, "\"%.80s\" is no name: write a domain, or platform:account", text);
	if (ret->kind != IDENTIFIER_DOMAIN)
		return E_OK;
	domain = domain_normalise(ret->value, a);
	ret->value = domain.n == 0 ? domain : domain_registrable(domain);
	return ret->value.n > 0 ? E_OK : err_set(reterr, E_SYNTAX, "\"%.80s\" is no domain that somebody can own", text);
}

static int by_id(const void *x, const void *y)
{
	const struct org_node *a = x, *b = y;

	return a->id < b->id ? -1 : a->id > b->id;
}

static bool keep_node(const struct store_key *k, const struct record *r, void *arg)
{
	struct org_view *v = arg;
	struct org_node *grown;

	grown = alloc_room(v->nodes, &v->nodes_room, v->nodes_count + 1, sizeof *grown);
	v->failed = v->failed || grown == NULL;
	if (grown == NULL)
		return false;
	v->nodes = grown;
	v->nodes[v->nodes_count++] = (struct org_node){ .id = organisation_id(k), .root = r->at[NODE_PARENT].number, .record = *r };
	return true;
}

static bool keep_edge(const struct store_key *k, const struct record *r, void *arg)
{
	struct org_view *v = arg;
	struct org_edge *grown;

	grown = alloc_room(v->edges, &v->edges_room, v->edges_count + 1, sizeof *grown);
	v->failed = v->failed || grown == NULL;
	if (grown == NULL)
		return false;
	v->edges = grown;
	v->edges[v->edges_count++] = (struct org_edge){ .a = organisation_id(k), .b = organisation_other(k),
		.weak = k->bytes[0] == 'w', .first_seen = r->at[EDGE_FIRST_SEEN].number, .last_seen = r->stamp,
		.mails = r->at[EDGE_MAILS].number, .joined = r->at[EDGE_JOINED].number, .split = r->at[EDGE_SPLIT].number,
		.active = k->bytes[0] == 'e' && organisation_edge_active(r) };
	return true;
}

int org_view_load(struct store *s, struct org_view *v, struct err *reterr)
{
	int rc;

	*v = (struct org_view){ 0 };
	if ((rc = s->ops->scan(s, 'o', keep_node, v, reterr)) < 0 || (rc = s->ops->scan(s, 'e', keep_edge, v, reterr)) < 0
	    || (rc = s->ops->scan(s, 'w', keep_edge, v, reterr)) < 0)
		return rc;
	if (v->failed)
		return err_set(reterr, E_NOMEM, "no memory for the organisations of the store");
	if (v->nodes_count > 0)
		qsort(v->nodes, v->nodes_count, sizeof *v->nodes, by_id);
	/* pointers fall, so below is settled before above */
	for (size_t i = 0; i < v->nodes_count; i++) {
		struct org_node *n = &v->nodes[i];
		const struct org_node *up = n->root > 0 && n->root < n->id ? org_view_find(v, n->root) : NULL;

		n->root = up == NULL ? n->id : up->root;
	}
	return E_OK;
}

void org_view_free(struct org_view *v)
{
	free(v->nodes);
	free(v->edges);
}

struct org_node *org_view_find(const struct org_view *v, int64_t id)
{
	struct org_node key = { .id = id };

	return v->nodes_count == 0 ? NULL : bsearch(&key, v->nodes, v->nodes_count, sizeof key, by_id);
}

char *org_view_name(const struct org_view *v, int64_t id, char out[IDENTIFIER_TEXT_MAX])
{
	const struct org_node *n = org_view_find(v, id);

	out[0] = '\0';
	if (n != NULL)
		identifier_name(&n->record, out);
	if (out[0] == '\0')
		snprintf(out, IDENTIFIER_TEXT_MAX, "%s#%04llx",
		    n == NULL ? "unknown" : identifier_kind_name((enum identifier_kind)n->record.at[NODE_KIND].number),
		    (unsigned long long)id & 0xFFFF);
	return out;
}

const struct org_node *org_view_face(const struct org_view *v, int64_t root)
{
	const struct org_node *best = NULL;

	for (size_t i = 0; i < v->nodes_count; i++) {
		const struct org_node *n = &v->nodes[i];

		if (n->root != root)
			continue;
		if (best == NULL || n->record.at[NODE_KIND].number < best->record.at[NODE_KIND].number
		    || (n->record.at[NODE_KIND].number == best->record.at[NODE_KIND].number
		    && n->record.at[NODE_FIRST_SEEN].number < best->record.at[NODE_FIRST_SEEN].number))
			best = n;
	}
	return best;
}

int cli_apply(struct engine *e, const struct store_change *changes, size_t n, struct err *reterr)
{
	return e->store->ops->apply(e->store, changes, n, reterr);
}

int cli_read(struct engine *e, char tag, int64_t id, struct record *ret, bool *found, struct err *reterr)
{
	struct store_key k = organisation_key(tag, id, 0);

	return e->store->ops->get(e->store, &k, 1, ret, found, reterr);
}

void cli_print_json(json *map)
{
	struct buf b;

	buf_init(&b, 64 * 1024 * 1024);
	if (json_print(map, &b))
		puts(buf_cstr(&b));
	buf_done(&b);
	json_free(map);
}

char *cli_day(int64_t when, char out[CLOCK_TEXT])
{
	clock_text(when, out);
	out[10] = '\0';
	return out;
}

static int64_t told_time(void *arg)
{
	const struct ledger_cli *l = arg;

	return l->at;
}

void ledger_cli_begin(struct ledger_cli *l, const struct command *c)
{
	*l = (struct ledger_cli){ .command = c, .at = clock_wall() };
	arena_init(&l->arena, 4096, 512 * 1024 * 1024);
	engine_init(&l->engine, told_time, l);
	log_set_level(LOG_LEVEL_WARNING);
}

int ledger_cli_option(struct ledger_cli *l, int opt)
{
	switch (opt) {
	case 'c': l->config = optarg; return -1;
	case 'p': l->policy = optarg; return -1;
	case 's': l->store = optarg; return -1;
	case 'j': l->json = true; return -1;
	case 'h': fputs(l->command->usage, stdout); return EX_OK;
	case 't':
		l->at_told = clock_parse(slice_of(optarg), &l->at);
		if (l->at_told)
			return -1;
		cli_complain(l->command->name, "--at \"%s\" is no time; write 2026-03-01 or 2026-03-01T10:00:00Z", optarg);
		return EX_USAGE;
	default: return cli_usage(l->command, NULL);
	}
}

int ledger_cli_open(struct ledger_cli *l, bool write)
{
	struct cli_store how = { .command = l->command->name, .config = l->config, .store = l->store, .needed = true,
		.write = write };
	struct err err = { 0 };

	if (cli_load(&l->engine, l->config, l->policy, &err) < 0) {
		cli_fail(l->command->name, &err);
		return EX_CONFIG;
	}
	return cli_open_store(&l->engine, &how, &err) < 0 ? cli_fail(l->command->name, &err) : -1;
}

void ledger_cli_end(struct ledger_cli *l)
{
	engine_close(&l->engine);
	arena_done(&l->arena);
}
