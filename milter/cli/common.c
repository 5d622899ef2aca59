/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"

int cli_fail(const char *command, const struct err *err)
{
	fprintf(stderr, "antisales %s: %s\n", command, err->text);
	return status_exit(err->code);
}

int cli_usage(const struct command *c, const char *why)
{
	if (why != NULL)
		fprintf(stderr, "antisales %s: %s\n", c->name, why);
	fprintf(stderr, "%s", c->usage);
	return EX_USAGE;
}

bool cli_colour(void)
{
	return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
}

void cli_print(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		/* C1 controls in UTF-8 begin with C2 80..9F */
		bool c1 = c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0;

		putchar(c < ' ' || c == 0x7f || c1 ? '?' : c);
		i += c1;
	}
}

static const char *first_readable(const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

int cli_load(struct engine *e, const char *config, const char *policy, struct err *reterr)
{
	static const char *const configs[] = { SYSCONFDIR "/antisales/antisales.yaml" };
	static const char *const policies[] = {
		SYSCONFDIR "/antisales/policies/default.yaml", PKGDATADIR "/policies/default.yaml", "policies/default.yaml",
	};
	struct config *c;
	struct policy *p = NULL;
	int rc;

	if (config == NULL && policy == NULL)
		config = first_readable(configs, 1);
	if (config != NULL && policy == NULL)
		return engine_load(e, config, reterr);
	if (policy == NULL)
		policy = first_readable(policies, sizeof policies / sizeof policies[0]);
	if (policy == NULL)
		return err_set(reterr, E_ABSENT, "no policy is installed; name one with --policy FILE");
	rc = config_load(config, &c, reterr);
	if (rc < 0)
		return rc;
	rc = policy_compile(policy, &p, reterr);
	if (rc == E_OK)
		rc = setup_publish(&e->setups, c, p, reterr);
	if (rc < 0) {
		policy_free(p);
		config_free(c);
	}
	return rc;
}
