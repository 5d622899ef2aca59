/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "antisales/base/err.h"

struct identity {
	bool change;                    /* false: stay who we are */
	uid_t uid;
	gid_t gid;
	const char *name;
};

/* Whom to run as. Started as root, a user is needed. */
int identity_find(const char *user, struct identity *ret, struct err *reterr);
/* Gives root up for good and proves it. */
int identity_take(const struct identity *id, struct err *reterr);
int group_find(const char *group, gid_t *ret, struct err *reterr);      /* "" gives (gid_t)-1 */
/* Makes the folder (0750, owned by id) when it is missing, and refuses one that others may write to. */
int folder_prepare(const char *path, const struct identity *id, struct err *reterr);

#endif
