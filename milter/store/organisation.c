/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/organisation.h"

#include <string.h>

static void put_id(unsigned char *p, int64_t id)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)((uint64_t)id >> (56 - 8 * i));
}

static int64_t id_at(const unsigned char *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return (int64_t)n;
}

struct store_key organisation_pair(char tag, int64_t a, int64_t b)
{
	struct store_key k = { { (unsigned char)tag } };

	put_id(k.bytes + 1, a);
	put_id(k.bytes + 9, b);
	return k;
}

struct store_key organisation_key(char tag, int64_t a, int64_t b)
{
	return b != 0 && b < a ? organisation_pair(tag, b, a) : organisation_pair(tag, a, b);
}

int64_t organisation_id(const struct store_key *k)
{
	return id_at(k->bytes + 1);
}

int64_t organisation_other(const struct store_key *k)
{
	return id_at(k->bytes + 9);
}

bool organisation_edge_active(const struct record *edge)
{
	int64_t split = edge->at[EDGE_SPLIT].number;

	return edge->at[EDGE_JOINED].number > split || (edge->at[EDGE_MAILS].number > 0 && split == 0);
}

static int get_node(const struct record_access *a, int64_t id, struct record *ret, bool *found)
{
	struct store_key k = organisation_pair('o', id, 0);

	return a->get(a->in, &k, ret, found);
}

static int put_node(const struct record_access *a, int64_t id, const struct record *r)
{
	struct store_key k = organisation_pair('o', id, 0);

	return a->put(a->in, &k, r);
}

/* Follows pointers, which only ever fall, to the root. *found is false when it is in no table: then it is alone. */
static int find(const struct record_access *a, int64_t id, int64_t *root, struct record *node, bool *found)
{
	int rc = get_node(a, id, node, found);

	for (int hops = 0; rc == 0 && *found && hops < ORGANISATION_HOPS_MAX; hops++) {
		int64_t parent = node->at[NODE_PARENT].number;
		struct record above;
		bool there;

		if (parent <= 0 || parent >= id)
			break;
		rc = get_node(a, parent, &above, &there);
		if (rc != 0 || !there)
			break;          /* a pointer into the void: as far as it goes */
		id = parent;
		*node = above;
	}
	*root = id;
	return rc;
}

/* As find, and lets all on the way point at the root. */
static int find_and_shorten(const struct record_access *a, int64_t id, int64_t *root, struct record *node)
{
	bool found;
	int rc = find(a, id, root, node, &found);

	while (rc == 0 && id > *root) {
		struct record step;
		int64_t parent;

		rc = get_node(a, id, &step, &found);
		if (rc != 0 || !found)
			break;
		parent = step.at[NODE_PARENT].number;
		if (parent == *root)
			break;
		step.at[NODE_PARENT].number = *root;
		rc = put_node(a, id, &step);
		if (parent <= 0 || parent >= id)
			break;
		id = parent;
	}
	return rc;
}

/* Where the reputation of a root's organisation stands: for one that is alone it is the identifier's own. */
static struct store_key sum_key(int64_t root, const struct record *node, bool found)
{
	return organisation_pair(found && node->at[NODE_MEMBERS].number > 1 ? 'g' : 'r', root, 0);
}

static int merge_into(const struct record_access *a, const struct store_key *k, const struct record *delta)
{
	struct record r;
	bool found;
	int rc = a->get(a->in, k, &r, &found);

	if (rc != 0)
		return rc;
	if (!found)
		r = (struct record){ 0 };
	record_merge(record_type_of((char)k->bytes[0]), &r, delta);
	return a->put(a->in, k, &r);
}

/* Adds what one organisation did to the other's sum. */
static int merge_sums(const struct record_access *a, int64_t low, const struct record *low_node, int64_t high,
    const struct record *high_node)
{
	struct store_key from = sum_key(high, high_node, true), own = sum_key(low, low_node, true), to = organisation_pair('g', low, 0);
	struct record r = { 0 }, other;
	bool found, both;
	int rc = a->get(a->in, &own, &r, &found);

	if (rc == 0)
		rc = a->get(a->in, &from, &other, &both);
	if (rc != 0)
		return rc;
	if (!found)
		r = (struct record){ 0 };
	if (both)
		record_merge(&record_whole, &r, &other);
	if (from.bytes[0] == 'g' && (rc = a->remove(a->in, &from)) != 0)
		return rc;
	return found || both ? a->put(a->in, &to, &r) : 0;
}

static int unite(const struct record_access *a, int64_t x, int64_t y)
{
	struct record low_node, high_node;
	int64_t low, high, members;
	int rc = find_and_shorten(a, x, &low, &low_node);

	if (rc == 0)
		rc = find_and_shorten(a, y, &high, &high_node);
	if (rc != 0 || low == high)
		return rc;
	if (low > high) {
		struct record node = low_node;
		int64_t id = low;

		low = high;
		low_node = high_node;
		high = id;
		high_node = node;
	}
	members = low_node.at[NODE_MEMBERS].number + high_node.at[NODE_MEMBERS].number;
	if (members > ORGANISATION_MEMBERS_MAX)
		return 0;
	rc = merge_sums(a, low, &low_node, high, &high_node);
	low_node.at[NODE_MEMBERS].number = members;
	high_node.at[NODE_PARENT].number = low;
	high_node.at[NODE_MEMBERS].number = 1;
	if (rc == 0)
		rc = put_node(a, low, &low_node);
	return rc == 0 ? put_node(a, high, &high_node) : rc;
}

static void add_member(struct organisation_members *m, int64_t id)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->id[i] == id)
			return;
	if (m->count < ORGANISATION_MEMBERS_MAX)
		m->id[m->count++] = id;
}

/* The identifiers behind active edges of id, among the records of one tag. */
static int add_neighbours(const struct record_access *a, char tag, int64_t id, struct organisation_members *m)
{
	struct store_key at = organisation_pair(tag, id, 0);
	bool found;
	int rc;

	while ((rc = a->next(a->in, &at, &at, &found)) == 0 && found && at.bytes[0] == (unsigned char)tag
	    && organisation_id(&at) == id) {
		int64_t other = organisation_other(&at);
		struct store_key edge = organisation_key('e', id, other);
		struct record r;

		rc = a->get(a->in, &edge, &r, &found);
		if (rc != 0)
			return rc;
		if (found && organisation_edge_active(&r))
			add_member(m, other);
		if (other == INT64_MAX)
			break;
		at = organisation_pair(tag, id, other + 1);
	}
	return rc;
}

static int collect(const struct record_access *a, int64_t id, struct organisation_members *m)
{
	int rc = 0;

	m->count = 0;
	add_member(m, id);
	for (size_t i = 0; rc == 0 && i < m->count; i++) {
		rc = add_neighbours(a, 'e', m->id[i], m);
		if (rc == 0)
			rc = add_neighbours(a, 'b', m->id[i], m);
	}
	return rc;
}

/* The ledger that a key asks for over a whole organisation; NUL for all other keys. */
static char spread_tag(const struct store_key *k)
{
	switch (k->bytes[0]) {
	case ORGANISATION_RELATION:
	case ORGANISATION_SEQUENCE:
	case ORGANISATION_FANOUT:
	case ORGANISATION_NETWORK:
	case ORGANISATION_OPTOUT:
	case ORGANISATION_CONSENT:
	case ORGANISATION_HOLDER:
	case ORGANISATION_DECOY:
		return ascii_lower((char)k->bytes[0]);
	default:
		return '\0';
	}
}

/* Adds all that is one with id; who is alone, or in no table, is found without looking at edges. */
static int add_members(const struct record_access *a, int64_t id, struct organisation_members *m)
{
	struct organisation_members all;
	struct record node;
	int64_t root;
	bool found;
	int rc = find(a, id, &root, &node, &found);

	add_member(m, id);
	if (rc != 0 || !found || node.at[NODE_MEMBERS].number <= 1)
		return rc;
	rc = collect(a, id, &all);
	for (size_t i = 0; rc == 0 && i < all.count; i++)
		add_member(m, all.id[i]);
	return rc;
}

static int remember_members(const struct record_access *a, int64_t id, struct organisation_members *m)
{
	if (m->count > 0 && m->id[0] == id)
		return 0;
	m->count = 0;
	return add_members(a, id, m);
}

static int get_spread(const struct record_access *a, struct organisation_members *memo, char tag, const struct store_key *k,
    struct record *ret, bool *found)
{
	int rc = remember_members(a, organisation_id(k), memo);

	*found = false;
	for (size_t i = 0; rc == 0 && i < memo->count; i++) {
		struct store_key own = organisation_pair(tag, memo->id[i], organisation_other(k));
		struct record r;
		bool there;

		rc = a->get(a->in, &own, &r, &there);
		if (rc != 0 || !there)
			continue;
		if (*found)
			record_merge(record_type_of(tag), ret, &r);
		else
			*ret = r;
		*found = true;
	}
	return rc;
}

int organisation_get(const struct record_access *a, struct organisation_members *memo, const struct store_key *k,
    struct record *ret, bool *found)
{
	char tag = spread_tag(k);
	struct record node;
	struct store_key sum;
	int64_t root;
	bool there;
	int rc;

	if (tag != '\0')
		return get_spread(a, memo, tag, k, ret, found);
	if (k->bytes[0] == ORGANISATION_WITH) {
		*found = false;
		rc = remember_members(a, organisation_id(k), memo);
		return rc == 0 ? add_members(a, organisation_other(k), memo) : rc;
	}
	if (k->bytes[0] != ORGANISATION_SUM && k->bytes[0] != ORGANISATION_ROOT)
		return a->get(a->in, k, ret, found);
	*found = false;
	rc = find(a, organisation_id(k), &root, &node, &there);
	if (rc != 0)
		return rc;
	if (k->bytes[0] == ORGANISATION_ROOT) {
		*found = there;
		if (there) {
			*ret = node;
			ret->at[NODE_PARENT].number = root;
		}
		return 0;
	}
	sum = sum_key(root, &node, there);
	return a->get(a->in, &sum, ret, found);
}

/* Points every member at the root and adds up what they did. */
static int point_and_sum(const struct record_access *a, const struct organisation_members *m, int64_t root, struct record *sum,
    bool *any)
{
	for (size_t i = 0; i < m->count; i++) {
		struct store_key own = organisation_pair('r', m->id[i], 0), old = organisation_pair('g', m->id[i], 0);
		struct record node, r;
		bool found, there;
		int rc = get_node(a, m->id[i], &node, &there);

		if (rc == 0 && there) {
			node.at[NODE_PARENT].number = root;
			node.at[NODE_MEMBERS].number = m->id[i] == root ? (int64_t)m->count : 1;
			rc = put_node(a, m->id[i], &node);
		}
		if (rc == 0)
			rc = a->remove(a->in, &old);
		if (rc == 0)
			rc = a->get(a->in, &own, &r, &found);
		if (rc != 0)
			return rc;
		if (found)
			record_merge(&record_whole, sum, &r);
		*any = *any || found;
	}
	return 0;
}

/* Works out the organisation of id anew, from edges and reputations alone. */
static int rebuild(const struct record_access *a, int64_t id)
{
	struct organisation_members m;
	struct record sum = { 0 };
	struct store_key k;
	int64_t root = id;
	bool any = false;
	int rc = collect(a, id, &m);

	for (size_t i = 0; i < m.count; i++)
		root = m.id[i] < root ? m.id[i] : root;
	if (rc == 0)
		rc = point_and_sum(a, &m, root, &sum, &any);
	k = organisation_pair('g', root, 0);
	return rc == 0 && m.count > 1 && any ? a->put(a->in, &k, &sum) : rc;
}

/* An identifier of that id exists, and outlives what is known about it. */
static int touch(const struct record_access *a, int64_t id, const struct record *delta)
{
	struct record node, known = *delta;
	bool found;
	int rc = get_node(a, id, &node, &found);

	if (rc != 0)
		return rc;
	if (!found) {
		node = (struct record){ 0 };
		node.at[NODE_PARENT].number = id;
		node.at[NODE_MEMBERS].number = 1;
	}
	/* another store's pointers mean nothing here */
	known.at[NODE_PARENT].number = 0;
	known.at[NODE_MEMBERS].number = 0;
	record_merge(&record_node, &node, &known);
	rc = put_node(a, id, &node);
	/* a record that was damaged, or came before its edges: they still say where it belongs */
	return rc == 0 && !found ? rebuild(a, id) : rc;
}

static int apply_edge(const struct record_access *a, int64_t x, int64_t y, const struct record *delta)
{
	struct store_key k = organisation_key('e', x, y), back = organisation_pair('b', x > y ? x : y, x > y ? y : x);
	struct record edge, stamp = { 0 };
	bool found, was, is;
	int rc;

	if (x <= 0 || y <= 0 || x == y)
		return 0;
	rc = a->get(a->in, &k, &edge, &found);
	if (rc != 0)
		return rc;
	if (!found)
		edge = (struct record){ 0 };
	was = organisation_edge_active(&edge);
	record_merge(&record_edge, &edge, delta);
	is = organisation_edge_active(&edge);
	stamp.stamp = edge.stamp;
	if ((rc = a->put(a->in, &k, &edge)) != 0 || (rc = a->put(a->in, &back, &stamp)) != 0
	    || (rc = touch(a, x, &stamp)) != 0 || (rc = touch(a, y, &stamp)) != 0)
		return rc;
	if (was == is)
		return 0;
	if (is)
		return unite(a, x, y);
	rc = rebuild(a, x);
	return rc == 0 ? rebuild(a, y) : rc;
}

/* What an identifier did counts for it, and for the organisation that it is a part of. */
static int apply_reputation(const struct record_access *a, const struct store_key *k, const struct record *delta)
{
	int rc = merge_into(a, k, delta);
	struct record node;
	struct store_key sum;
	int64_t root;
	bool found;

	if (rc != 0 || organisation_other(k) != 0)
		return rc;
	rc = find(a, organisation_id(k), &root, &node, &found);
	if (rc != 0)
		return rc;
	sum = sum_key(root, &node, found);
	return sum.bytes[0] == 'g' ? merge_into(a, &sum, delta) : 0;
}

/* Made from other records here, or only a way of asking. */
static bool is_derived(const struct store_key *k)
{
	return k->bytes[0] == 'b' || k->bytes[0] == 'g' || k->bytes[0] == ORGANISATION_SUM || k->bytes[0] == ORGANISATION_ROOT
	    || k->bytes[0] == ORGANISATION_WITH || spread_tag(k) != '\0';
}

int organisation_apply(const struct record_access *a, const struct store_change *c)
{
	const struct store_key *k = &c->key;

	if (c->forget)
		return organisation_remove(a, k);
	if (is_derived(k))
		return 0;
	switch (k->bytes[0]) {
	case 'e':
		return apply_edge(a, organisation_id(k), organisation_other(k), &c->delta);
	case 'o':
		return organisation_id(k) <= 0 || organisation_other(k) != 0 ? 0 : touch(a, organisation_id(k), &c->delta);
	case 'r':
		return apply_reputation(a, k, &c->delta);
	default:
		return record_type_of((char)k->bytes[0]) == NULL ? 0 : merge_into(a, k, &c->delta);
	}
}

static int remove_edge(const struct record_access *a, int64_t x, int64_t y)
{
	struct store_key k = organisation_key('e', x, y), back = organisation_pair('b', x > y ? x : y, x > y ? y : x);
	struct record edge;
	bool found;
	int rc = a->get(a->in, &k, &edge, &found);

	if (rc == 0)
		rc = a->remove(a->in, &k);
	if (rc == 0)
		rc = a->remove(a->in, &back);
	if (rc != 0 || !found || !organisation_edge_active(&edge))
		return rc;
	rc = rebuild(a, x);
	return rc == 0 ? rebuild(a, y) : rc;
}

static int remove_edges(const struct record_access *a, char tag, int64_t id)
{
	struct store_key from = organisation_pair(tag, id, 0), at;
	bool found;
	int rc;

	while ((rc = a->next(a->in, &from, &at, &found)) == 0 && found && at.bytes[0] == (unsigned char)tag
	    && organisation_id(&at) == id) {
		rc = remove_edge(a, id, organisation_other(&at));
		if (rc != 0)
			return rc;
	}
	return rc;
}

int organisation_remove(const struct record_access *a, const struct store_key *k)
{
	int64_t id = organisation_id(k), root;
	struct record node;
	bool found;
	int rc;

	if (k->bytes[0] == 'e' || k->bytes[0] == 'b')
		return remove_edge(a, id, organisation_other(k));
	if (k->bytes[0] == 'o') {
		rc = remove_edges(a, 'e', id);
		if (rc == 0)
			rc = remove_edges(a, 'b', id);
		return rc == 0 ? a->remove(a->in, k) : rc;
	}
	rc = a->remove(a->in, k);
	if (rc != 0 || k->bytes[0] != 'r' || organisation_other(k) != 0)
		return rc;
	rc = find(a, id, &root, &node, &found);
	return rc == 0 && found && node.at[NODE_MEMBERS].number > 1 ? rebuild(a, root) : rc;
}
