// SPDX-License-Identifier: GPL-2.0
/* How what runs until it is told to stop learns that it is. */
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "pmt.h"

/**
 * signals_open() - let signals come as something to be read
 * @set: which, beside those that end us; changed
 */
int signals_open(sigset_t *set)
{
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigprocmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, set, SFD_CLOEXEC);
}

/**
 * is_unread() - has whoever read our output gone?
 *
 * If so, what is left of it concerns nobody, and is dropped.
 */
bool is_unread(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO };

	if (!ferror(stdout) || poll(&fd, 1, 0) != 1 ||
	    !(fd.revents & (POLLERR | POLLHUP)))
		return false;
	__fpurge(stdout);
	clearerr(stdout);
	return true;
}
