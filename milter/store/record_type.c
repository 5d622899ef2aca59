/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/store/record.h"

#define DAY INT64_C(86400)

#define TWO(name, rule) { name, rule }, { name, rule }
#define EIGHT(name, rule) TWO(name, rule), TWO(name, rule), TWO(name, rule), TWO(name, rule)

/* The order is that of enum reputation_field in antisales/ledger/reputation.h. */
#define REPUTATION \
	.version = 2, .fields = 48, \
	.field = { \
		{ "first_seen", FIELD_MIN }, { "mails", FIELD_ADD }, { "sales", FIELD_DECAY }, { "clean", FIELD_DECAY }, \
		{ "neutral", FIELD_DECAY }, { "tagged", FIELD_ADD }, { "quarantined", FIELD_ADD }, { "rejected", FIELD_ADD }, \
		{ "answers", FIELD_DECAY }, { "optouts_ignored", FIELD_DECAY }, { "decoys", FIELD_DECAY }, \
		{ "said_sales", FIELD_ADD }, { "said_wanted", FIELD_ADD }, { "set", FIELD_MAX }, \
		{ "sales_to", FIELD_OR }, { "clean_to", FIELD_OR }, \
		EIGHT("recipients", FIELD_REGISTERS), \
		EIGHT("week", FIELD_WEEK), EIGHT("week", FIELD_WEEK), EIGHT("week", FIELD_WEEK), \
	}, \
	.half_life = 60 * DAY, .retention = 400 * DAY

const struct record_type record_reputation = { .tag = 'r', .name = "reputation", REPUTATION };
const struct record_type record_claimed = { .tag = 'c', .name = "claimed", REPUTATION };
const struct record_type record_account = { .tag = 't', .name = "account", REPUTATION };
const struct record_type record_whole = { .tag = 'g', .name = "organisation", REPUTATION };

/* The order is that of enum node_field in antisales/store/organisation.h. */
const struct record_type record_node = {
	.tag = 'o', .name = "identifier", .version = 1, .fields = 12,
	.field = { { "parent", FIELD_MIN }, { "members", FIELD_MAX }, { "kind", FIELD_MAX }, { "first_seen", FIELD_MIN },
		EIGHT("name", FIELD_MAX) },
	.retention = 400 * DAY,
};
#define EDGE .version = 1, .fields = 4, \
	.field = { { "first_seen", FIELD_MIN }, { "mails", FIELD_ADD }, { "joined", FIELD_MAX }, { "split", FIELD_MAX } }
const struct record_type record_edge = { .tag = 'e', .name = "join", EDGE, .retention = 400 * DAY };
const struct record_type record_weak_edge = { .tag = 'w', .name = "likeness", EDGE, .retention = 60 * DAY };
const struct record_type record_back = { .tag = 'b', .name = "join-index", .version = 1, .retention = 400 * DAY };

const struct record_type record_said = {
	.tag = 'f', .name = "feedback", .version = 1, .fields = 4,
	.field = { { "sales", FIELD_MAX }, { "wanted", FIELD_MAX }, { "undone", FIELD_MAX }, { "about", FIELD_MAX } },
	.retention = 400 * DAY,
};
const struct record_type record_voice = {
	.tag = 'u', .name = "voice", .version = 1, .fields = 2,
	.field = { { "sales", FIELD_ADD }, { "wanted", FIELD_ADD } }, .retention = 400 * DAY,
};

#define FOUR(name, rule) TWO(name, rule), TWO(name, rule)
#define TWENTY(name, rule) EIGHT(name, rule), EIGHT(name, rule), FOUR(name, rule)

/* The order is that of enum relation_field in antisales/ledger/relation.h. */
const struct record_type record_relation = {
	.tag = 'l', .name = "relationship", .version = 1, .fields = 16,
	.field = { { "first", FIELD_MIN }, { "written_at", FIELD_MAX }, { "written", FIELD_ADD }, { "replied_at", FIELD_MAX },
		{ "introduced_at", FIELD_MAX }, { "consent_at", FIELD_MAX },
		{ "set_at", FIELD_YOUNGEST }, TWO("set", FIELD_WITH),
		{ "trigger_at", FIELD_YOUNGEST }, FOUR("document", FIELD_WITH), TWO("document", FIELD_WITH) },
	.retention = 730 * DAY,
};
/* The order is that of enum sequence_field in antisales/ledger/sequence.h. */
const struct record_type record_sequence = {
	.tag = 'q', .name = "sequence", .version = 1, .fields = 32,
	.field = { { "first", FIELD_MIN }, { "older", FIELD_ADD }, TWENTY("touch", FIELD_LATEST), FOUR("touch", FIELD_LATEST),
		{ "channels", FIELD_OR }, { "channel_at", FIELD_YOUNGEST }, FOUR("channel", FIELD_WITH) },
	.retention = 400 * DAY,
};
/* Whom of us an organisation, or a template, touched lately. */
#define FANOUT .version = 1, .fields = 45, \
	.field = { { "older", FIELD_ADD }, TWENTY("touched", FIELD_LATEST), TWENTY("touched", FIELD_LATEST), \
		FOUR("touched", FIELD_LATEST) }, \
	.retention = 31 * DAY
const struct record_type record_fanout = { .tag = 'h', .name = "fan-out", FANOUT };
const struct record_type record_template = { .tag = 'k', .name = "template", FANOUT };
/* The order is that of enum pressure_field in antisales/ledger/pressure.h. */
const struct record_type record_pressure = {
	.tag = 'd', .name = "pressure", .version = 1, .fields = 46,
	.field = { { "older", FIELD_ADD }, TWENTY("touch", FIELD_LATEST), FOUR("touch", FIELD_LATEST),
		{ "older", FIELD_ADD }, TWENTY("mailing", FIELD_LATEST) },
	.retention = 8 * DAY,
};
const struct record_type record_sent = {
	.tag = 'i', .name = "sent", .version = 1, .fields = 1, .field = { { "at", FIELD_MAX } }, .retention = 120 * DAY,
};
/* The order is that of the enums in antisales/ledger/network.h. */
const struct record_type record_message = {
	.tag = 'm', .name = "message", .version = 1, .fields = 1, .field = { { "first", FIELD_MIN } }, .retention = 8 * DAY,
};
const struct record_type record_network = {
	.tag = 'n', .name = "network", .version = 1, .fields = 10,
	.field = { { "first", FIELD_MIN }, { "mails", FIELD_ADD }, EIGHT("recipients", FIELD_REGISTERS) },
	.retention = 400 * DAY,
};

/* The order is that of enum optout_field in antisales/ledger/optout.h. */
const struct record_type record_optout = {
	.tag = 'x', .name = "opt-out", .version = 1, .fields = 20,
	.field = { { "first", FIELD_MIN }, { "said_at", FIELD_MAX }, { "withdrawn_at", FIELD_MAX }, { "older", FIELD_ADD },
		EIGHT("after", FIELD_LATEST), EIGHT("after", FIELD_LATEST) },
	.retention = 1100 * DAY,
};
/* An address that takes opt-outs, and whose: enum exit_field in antisales/ledger/optout.h. */
const struct record_type record_exit = {
	.tag = 'j', .name = "unsubscribe-address", .version = 1, .fields = 2,
	.field = { { "at", FIELD_YOUNGEST }, { "party", FIELD_WITH } }, .retention = 120 * DAY,
};
/* An address that nobody writes to for so long is nobody's secret any more. */
#define TEN_YEARS (3650 * DAY)
/* The order is that of enum issued_field in antisales/ledger/issued.h. */
const struct record_type record_issued = {
	.tag = 'a', .name = "address", .version = 1, .fields = 35,
	.field = { { "issued_at", FIELD_YOUNGEST }, FOUR("issued", FIELD_WITH), FOUR("tag", FIELD_WITH),
		FOUR("to", FIELD_WITH), TWO("to", FIELD_WITH), FOUR("purpose", FIELD_WITH), { "purpose", FIELD_WITH },
		{ "standing_at", FIELD_YOUNGEST }, TWO("standing", FIELD_WITH), { "lock_at", FIELD_YOUNGEST }, { "locked", FIELD_WITH },
		{ "mails", FIELD_ADD }, { "mail_at", FIELD_MAX }, { "sold", FIELD_ADD },
		{ "sold_at", FIELD_YOUNGEST }, FOUR("seller", FIELD_WITH), TWO("seller", FIELD_WITH) },
	.retention = TEN_YEARS,
};
const struct record_type record_holder = {
	.tag = 'v', .name = "holder", .version = 1, .fields = 1, .field = { { "since", FIELD_MIN } }, .retention = TEN_YEARS,
};
const struct record_type record_decoy = {
	.tag = 'y', .name = "decoy", .version = 1, .fields = 1, .field = { { "at", FIELD_MAX } }, .retention = 2 * DAY,
};
/* The order is that of enum contacts_field in antisales/ledger/contacts.h. */
const struct record_type record_contacts = {
	.tag = 'z', .name = "contacts", .version = 1, .fields = 42,
	.field = { { "since", FIELD_MIN }, { "older", FIELD_ADD }, TWENTY("first", FIELD_LATEST), TWENTY("first", FIELD_LATEST) },
	.retention = 400 * DAY,
};

/* The order is that of enum consent_field in antisales/ledger/consent.h. */
const struct record_type record_consent = {
	.tag = 's', .name = "consent", .version = 1, .fields = 26,
	.field = { { "older", FIELD_ADD }, EIGHT("received", FIELD_LATEST), EIGHT("received", FIELD_LATEST), { "older", FIELD_ADD },
		EIGHT("agreed", FIELD_LATEST) },
	.retention = 730 * DAY,
};

static const struct record_type *const types[] = {
	&record_reputation, &record_claimed, &record_account, &record_whole, &record_node, &record_edge, &record_weak_edge,
	&record_back, &record_said, &record_voice, &record_relation, &record_sequence, &record_fanout, &record_template,
	&record_pressure, &record_sent, &record_message, &record_network, &record_optout, &record_exit, &record_issued,
	&record_holder, &record_decoy, &record_contacts, &record_consent,
};

const struct record_type *record_type_of(char tag)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i]->tag == tag)
			return types[i];
	return NULL;
}
