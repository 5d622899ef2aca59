/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ANTISALES_EDGE_LISTEN_H
#define ANTISALES_EDGE_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "antisales/base/err.h"

/* Where the MTA connects, as the configuration spells it. */
struct endpoint {
	bool is_unix;
	char path[108];                 /* unix: as long as sockaddr_un allows */
	char host[256];                 /* inet */
	int port;                       /* inet: 1..65535; 0 lets the system choose */
	char text[400];                 /* for messages, in Postfix's spelling */
};

/* "unix:/path", "local:/path", "/path", "inet:HOST:PORT", "inet:PORT@HOST", "inet6:PORT@HOST". A host is required:
 * without one libmilter would listen on every address. */
int endpoint_parse(const char *text, struct endpoint *ret, struct err *reterr);

struct listen_conf {
	unsigned mode;                  /* permissions of a unix socket */
	gid_t group;                    /* its group; (gid_t)-1 keeps the process's */
};
/*
 * Opens the listening socket. A unix socket that somebody answers on is
 * E_BUSY; a dead one is replaced; any other file in its place is E_IO. inet
 * sockets have TCP_NODELAY, which accepted connections inherit.
 */
int endpoint_listen(const struct endpoint *e, const struct listen_conf *c, int *ret_fd, struct err *reterr);
/* The socket that systemd opened for us, -1 when there is none. */
int listen_inherited(void);

#endif
