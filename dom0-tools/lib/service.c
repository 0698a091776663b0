/* service.c - what a program does to be a service: signals, background, the file with its process number */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "service.h"

static void stop(void *arg, uint32_t events)
{
	(void)events;
	plinth_loop_stop(arg);
}

int service_catch_signals(struct plinth_loop *loop)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* whoever read our complaints may be gone */
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? plinth_fail(errno, "signals: %s", strerror(errno))
		      : plinth_loop_add(loop, fd, EPOLLIN, stop, loop);
}

int service_go_into_background(void)
{
	if (daemon(0, 1) || !freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout))
		return plinth_fail(errno, "cannot go into the background: %s", strerror(errno));
	return 0;
}

int service_write_pidfile(const char *path)
{
	FILE *f = path ? fopen(path, "we") : NULL;

	if (path && !f)
		return plinth_fail(errno, "cannot write %s: %s", path, strerror(errno));
	if (f) {
		fprintf(f, "%d\n", (int)getpid());
		fclose(f);
	}
	return 0;
}
