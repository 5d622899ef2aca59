/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DAEMON_BACKGROUND_H
#define DAEMON_BACKGROUND_H

/* Leaves the terminal. Returns 0 in the daemon, 1 in the process that was started, -1 on failure. Must be called
 * before any thread is made. */
int background_begin(void);
/* In the started process: waits until the daemon is ready or gone; the exit status. */
int background_result(void);
/* In the daemon: lets the started process end with success. Does nothing in the foreground. */
void background_ready(void);

#endif
