/* process.c - a device's process: its start, its end, and what survives it: the journal, the tap */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend-drivers/blk/journal.h"
#include "backend-drivers/launcher/launcher.h"
#include "backend-drivers/net/answers.h"
#include "backend-drivers/net/tap.h"

#define SPARE_WAIT_MS 250 /* whoever has just taken one is busy with a device */
#define JOURNAL_DIR   "/run/plinth"

static const char *const programs[KIND_COUNT] = {"blkback", "netback"};
static const char *const journal_names[KIND_COUNT] = {"vbd", "vif"};
static const off_t journal_bytes[KIND_COUNT] = {WIRE_MAX_QUEUES * sizeof(struct journal),
						WIRE_MAX_QUEUES * sizeof(struct queue_answers)};

/* ---- The journal -------------------------------------------------------------------------------- */

static void journal_path(const struct device *dev, char path[64])
{
	snprintf(path, 64, JOURNAL_DIR "/%s-%u-%u.journal", journal_names[dev->kind], dev->domid, dev->devid);
}

int journal_file_open(struct device *dev)
{
	char path[64];

	if (dev->journal >= 0)
		return 0;
	mkdir(JOURNAL_DIR, 0700);
	journal_path(dev, path);
	dev->journal = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (dev->journal < 0)
		return plinth_fail(errno, "%s: %s", path, strerror(errno));
	if (ftruncate(dev->journal, journal_bytes[dev->kind]))
		return plinth_fail(errno, "%s: %s", path, strerror(errno));
	return 0;
}

void journal_file_clear(struct device *dev)
{
	if (dev->journal >= 0 && (ftruncate(dev->journal, 0) || ftruncate(dev->journal, journal_bytes[dev->kind])))
		note(dev, "cannot clear its journal: %s", strerror(errno));
}

void journal_file_remove(struct device *dev)
{
	char path[64];

	if (dev->journal >= 0)
		close(dev->journal);
	dev->journal = -1;
	journal_path(dev, path);
	unlink(path);
}

/* ---- The tap ------------------------------------------------------------------------------------ */

static void tap_let_go(struct device *dev)
{
	if (dev->tap >= 0)
		close(dev->tap);
	dev->tap = -1;
}

int tap_hold(struct device *dev)
{
	if (dev->kind != KIND_VIF || (dev->tap >= 0 && tap_is_there(dev->tap)))
		return 0;
	tap_let_go(dev);
	dev->tap = tap_attach(dev->vifname);
	return dev->tap < 0 ? dev->tap : tap_keep(dev->tap, true);
}

void tap_remove(struct device *dev)
{
	/* A launcher that died may have left it to one that could not begin to serve. */
	int err = dev->kind == KIND_VIF ? tap_hold(dev) : 0;

	if (!err && dev->tap >= 0)
		err = tap_keep(dev->tap, false);
	if (err)
		note(dev, "%s", plinth_error());
	tap_let_go(dev);
}

/* ---- The process -------------------------------------------------------------------------------- */

/* In the child: nothing is open but what it is meant to have. */
static void become(const struct launcher *l, enum kind kind, int fd, pid_t launcher)
{
	char path[256];
	sigset_t none;

	/* Who started us is also who alone could end us in time: without it the rings wait for the next one. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != launcher)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd == WIRE_FD)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, WIRE_FD);
	close_range(WIRE_FD + 1, ~0u, 0);
	snprintf(path, sizeof(path), "%s/%s", l->helpers, programs[kind]);
	execl(path, programs[kind], (char *)NULL);
	fprintf(stderr, "hvbackendd: %s: %s\n", path, strerror(errno));
	_exit(127);
}

static int start(const struct launcher *l, enum kind kind, struct spare *spare)
{
	pid_t launcher = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return plinth_fail(errno, "socketpair: %s", strerror(errno));
	spare->pid = fork();
	if (spare->pid == 0)
		become(l, kind, pair[1], launcher);
	close(pair[1]);
	if (spare->pid < 0) {
		close(pair[0]);
		spare->pid = 0;
		return plinth_fail(errno, "cannot start %s: %s", programs[kind], strerror(errno));
	}
	spare->fd = pair[0];
	return 0;
}

int process_start(struct device *dev)
{
	struct spare *spare = &dev->launcher->spare[dev->kind];
	int err = journal_file_open(dev);

	if (!err && !spare->pid)
		err = start(dev->launcher, dev->kind, spare);
	if (err)
		return err;
	dev->pid = spare->pid;
	dev->fd = spare->fd;
	spare->pid = 0;
	spare->start_at = now_ms() + SPARE_WAIT_MS;
	return 0;
}

void process_kill(struct device *dev)
{
	/* First this: at the end of its socket it would begin to end by itself. */
	if (dev->pid > 0) {
		kill(dev->pid, SIGKILL);
		waitpid(dev->pid, NULL, 0);
	}
	dev->pid = 0;
	if (dev->fd >= 0) {
		plinth_loop_remove(dev->launcher->loop, dev->fd);
		close(dev->fd);
	}
	dev->fd = -1;
}

/* ---- The spare ones ------------------------------------------------------------------------------ */

int spares_run_timers(struct launcher *l)
{
	int64_t next = -1, wait;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct spare *spare = &l->spare[kind];

		if (spare->pid || spare->start_at < 0)
			continue;
		wait = spare->start_at - now_ms();
		if (wait > 0) {
			next = next < 0 || wait < next ? wait : next;
			continue;
		}
		spare->start_at = -1;
		if (start(l, kind, spare)) /* who needs one tries again, and says so if it fails */
			fprintf(stderr, "hvbackendd: %s\n", plinth_error());
	}
	return (int)next;
}

bool spare_ended(struct launcher *l, pid_t pid)
{
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct spare *spare = &l->spare[kind];

		if (spare->pid != pid)
			continue;
		close(spare->fd);
		spare->pid = 0;
		spare->start_at = -1; /* not at once: it may have died of its start */
		return true;
	}
	return false;
}
