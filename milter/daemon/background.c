/* SPDX-License-Identifier: BSD-3-Clause */
#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static int ready_read = -1, ready_write = -1;
static pid_t daemon_pid;

int background_begin(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	daemon_pid = fork();
	if (daemon_pid < 0)
		return -1;
	if (daemon_pid > 0) {
		close(fds[1]);
		ready_read = fds[0];
		return 1;
	}
	close(fds[0]);
	ready_write = fds[1];
	return setsid() < 0 || chdir("/") < 0 ? -1 : 0;
}

int background_result(void)
{
	int status;
	char byte;
	ssize_t n;

	while ((n = read(ready_read, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n == 1)
		return EX_OK;
	/* the daemon ended before it was ready, and has said why */
	if (waitpid(daemon_pid, &status, 0) < 0 || !WIFEXITED(status))
		return EX_SOFTWARE;
	return WEXITSTATUS(status) == 0 ? EX_SOFTWARE : WEXITSTATUS(status);
}

void background_ready(void)
{
	int null;

	if (ready_write < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(ready_write, "", 1) < 0)
		return;                 /* whoever started us is gone */
	close(ready_write);
	ready_write = -1;
}
