/* turn.c - one hvctl at a time makes domains, and none is torn away from it half way */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "life.h"

#define DIRECTORY "/run/plinth"
#define LOCK_FILE DIRECTORY "/create.lock"

static int lock = -1;
static sigset_t before;

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

int life_begin(void)
{
	sigset_t set;

	mkdir(DIRECTORY, 0755);
	lock = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		return plinth_fail(errno, "%s: %s", LOCK_FILE, strerror(errno));
	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	return 0;
}

bool life_interrupted(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
	       sigismember(&pending, SIGHUP) == 1;
}

void life_finish(void)
{
	if (lock < 0)
		return;
	close(lock);
	lock = -1;
	sigprocmask(SIG_SETMASK, &before, NULL); /* what waited comes now */
}
