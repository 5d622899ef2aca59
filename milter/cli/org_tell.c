/* SPDX-License-Identifier: BSD-3-Clause */
#include "org_tell.h"

bool org_is_of(const struct org_view *v, int64_t id, int64_t root)
{
	const struct org_node *n = org_view_find(v, id);

	return n != NULL && n->root == root;
}

const char *org_edge_state(const struct org_edge *e)
{
	if (e->weak)
		return "alike, joins nothing";
	if (!e->active)
		return e->split > 0 ? "split by hand" : "not joined";
	return e->joined > e->split ? "joined by hand" : "joined";
}

static json *edge_json(const struct org_view *v, const struct org_edge *e)
{
	char a[IDENTIFIER_TEXT_MAX], b[IDENTIFIER_TEXT_MAX], day[CLOCK_TEXT];
	json *map = json_map();

	json_put(map, "a", json_of_text(slice_of(org_view_name(v, e->a, a))));
	json_put(map, "b", json_of_text(slice_of(org_view_name(v, e->b, b))));
	json_put(map, "mails", json_of_int(e->mails));
	json_put(map, "by_hand", json_of_bool(e->joined > e->split));
	json_put(map, "active", json_of_bool(e->active));
	json_put(map, "first_seen", json_of_text(slice_of(cli_day(e->first_seen, day))));
	json_put(map, "last_seen", json_of_text(slice_of(cli_day(e->last_seen, day))));
	return map;
}

json *org_edges_json(const struct org_view *v, int64_t root, bool weak)
{
	json *list = json_list();

	for (size_t i = 0; i < v->edges_count; i++)
		if (v->edges[i].weak == weak && (org_is_of(v, v->edges[i].a, root) || org_is_of(v, v->edges[i].b, root)))
			json_add(list, edge_json(v, &v->edges[i]));
	return list;
}

json *org_members_json(const struct org_view *v, int64_t root)
{
	json *list = json_list();

	for (size_t i = 0; i < v->nodes_count; i++) {
		const struct org_node *n = &v->nodes[i];
		char name[IDENTIFIER_TEXT_MAX], day[CLOCK_TEXT];
		json *map;

		if (n->root != root)
			continue;
		map = json_map();
		json_put(map, "kind", json_of_text(slice_of(identifier_kind_name((enum identifier_kind)n->record.at[NODE_KIND].number))));
		json_put(map, "name", json_of_text(slice_of(org_view_name(v, n->id, name))));
		json_put(map, "first_seen", json_of_text(slice_of(cli_day(n->record.at[NODE_FIRST_SEEN].number, day))));
		json_put(map, "last_seen", json_of_text(slice_of(cli_day(n->record.stamp, day))));
		json_add(list, map);
	}
	return list;
}
