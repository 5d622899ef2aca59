/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "store.h"

static int read_address(struct ledger_cli *l, const char *text, struct address *ret, struct err *reterr)
{
	if (address_envelope(slice_of(text), &l->arena, ret) < 0 || ret->domain.n == 0 || ret->local.n == 0)
		return err_set(reterr, E_SYNTAX, "\"%.80s\" is no mail address", text);
	return E_OK;
}

int cli_party(struct ledger_cli *l, const char *text, struct party *ret, struct err *reterr)
{
	struct setup *s = setup_get(&l->engine.setups);
	struct address a;
	int rc;

	if (strchr(text, '@') != NULL) {
		rc = read_address(l, text, &a, reterr);
		if (rc == E_OK)
			*ret = party_of(&l->engine.site, s->policy, &a);
	} else {
		rc = cli_name(text, &l->arena, &ret->identifier, reterr);
		if (rc == E_OK)
			ret->id = identifier_id(&l->engine.site, &ret->identifier);
	}
	setup_put(s);
	return rc < 0 || ret->id != 0 ? rc : err_set(reterr, E_SYNTAX, "\"%.80s\" is nobody who could write", text);
}

int cli_person(struct ledger_cli *l, const char *text, int64_t *ret, struct err *reterr)
{
	struct setup *s = setup_get(&l->engine.setups);
	struct address a;
	int rc = read_address(l, text, &a, reterr);

	if (rc == E_OK)
		*ret = person_id(&l->engine.site, &a, s->config->recipient_delimiter);
	setup_put(s);
	return rc;
}

char *cli_person_name(int64_t id, const struct cli_persons *known, char out[IDENTIFIER_TEXT_MAX])
{
	for (size_t i = 0; i < known->count; i++)
		if (known->id[i] == id) {
			snprintf(out, IDENTIFIER_TEXT_MAX, "%s", known->name[i]);
			return out;
		}
	if (id == 0)
		snprintf(out, IDENTIFIER_TEXT_MAX, "everybody");
	else
		snprintf(out, IDENTIFIER_TEXT_MAX, "person#%04llx", (unsigned long long)id & 0xFFFF);
	return out;
}

int cli_take_person(const struct command *command, struct cli_persons *p, const char *name)
{
	if (p->count == CLI_PERSONS_MAX)
		return cli_usage(command, "too many --person");
	p->name[p->count++] = name;
	return -1;
}

int cli_find_persons(struct ledger_cli *l, struct cli_persons *p, struct err *reterr)
{
	int rc = E_OK;

	for (size_t i = 0; rc == E_OK && i < p->count; i++)
		rc = cli_person(l, p->name[i], &p->id[i], reterr);
	return rc;
}

bool cli_is_person(const struct cli_persons *p, int64_t id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->id[i] == id)
			return true;
	return p->count == 0;
}
