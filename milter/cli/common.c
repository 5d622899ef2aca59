/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"

int cli_usage(const struct command *c, const char *why)
{
	if (why != NULL)
		cli_complain(c->name, "%s", why);
	fprintf(stderr, "%s", c->usage);
	return EX_USAGE;
}

static const char *first_readable(const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

const char *cli_installed_config(void)
{
	static const char *const configs[] = { SYSCONFDIR "/antisales/antisales.yaml" };

	return first_readable(configs, 1);
}

int cli_load(struct engine *e, const char *config, const char *policy, struct err *reterr)
{
	static const char *const policies[] = {
		SYSCONFDIR "/antisales/policies/default.yaml", PKGDATADIR "/policies/default.yaml", "policies/default.yaml",
	};

	if (config == NULL && policy == NULL)
		config = cli_installed_config();
	if (config != NULL && policy == NULL)
		return engine_load(e, config, reterr);
	if (policy == NULL)
		policy = first_readable(policies, sizeof policies / sizeof policies[0]);
	if (policy == NULL)
		return err_set(reterr, E_ABSENT, "no policy is installed; name one with --policy FILE");
	return engine_load_policy(e, config, policy, reterr);
}
