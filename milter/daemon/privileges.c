/* SPDX-License-Identifier: BSD-3-Clause */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int identity_find(const char *user, struct identity *ret, struct err *reterr)
{
	const struct passwd *pw;

	*ret = (struct identity){ .uid = getuid(), .gid = getgid(), .name = user };
	if (user[0] == '\0') {
		if (getuid() != 0)
			return E_OK;
		return err_set(reterr, E_SYNTAX, "started as root, the daemon needs \"user:\" in its configuration, "
		    "the user to run as");
	}
	pw = getpwnam(user);
	if (pw == NULL)
		return err_set(reterr, E_SYNTAX, "user \"%s\" is unknown; create it or change \"user:\"", user);
	if (pw->pw_uid == 0)
		return err_set(reterr, E_SYNTAX, "user \"%s\" is root, which the daemon never runs as", user);
	ret->change = getuid() == 0;
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	return E_OK;
}

int identity_take(const struct identity *id, struct err *reterr)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!id->change)
		return E_OK;
	if (initgroups(id->name, id->gid) < 0 || setgid(id->gid) < 0 || setuid(id->uid) < 0)
		return err_set(reterr, E_IO, "cannot become user %s: %s", id->name, strerror(errno));
	if (setuid(0) == 0 || getuid() != id->uid || geteuid() != id->uid || getegid() != id->gid)
		return err_set(reterr, E_IO, "root could not be given up");
	return E_OK;
}

int group_find(const char *group, gid_t *ret, struct err *reterr)
{
	const struct group *gr;

	*ret = (gid_t)-1;
	if (group[0] == '\0')
		return E_OK;
	gr = getgrnam(group);
	if (gr == NULL)
		return err_set(reterr, E_SYNTAX, "group \"%s\" is unknown; create it or change \"socket-group:\"", group);
	*ret = gr->gr_gid;
	return E_OK;
}

int folder_prepare(const char *path, const struct identity *id, struct err *reterr)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		if (errno != ENOENT || mkdir(path, 0750) < 0 || (id->change && chown(path, id->uid, id->gid) < 0))
			return err_set(reterr, E_IO, "folder %s: %s", path, strerror(errno));
		return E_OK;
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(reterr, E_IO, "%s is no folder", path);
	if ((st.st_mode & S_IWOTH) != 0)
		return err_set(reterr, E_IO, "folder %s may be written by everybody: chmod o-w %s", path, path);
	return E_OK;
}
