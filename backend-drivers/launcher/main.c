/* main.c - hvbackendd: starts a process for each virtual disk and network interface that the store asks for
 *
 * It watches Dom0's backend directories, starts blkback or netback for what appears there, carries on the handshake with
 * the front ends, starts again what has died, and clears up behind what is gone. It alone needs to be root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend-drivers/launcher/launcher.h"

#define LOG_DIRECTORY "/var/log/plinth"
#define GRANTED_PAGES 24576 /* of the 32768 grants that a table of 64 pages holds */

static const char usage[] =
	"hvbackendd serves the virtual disks and network interfaces of all domains.\n"
	"\n"
	"Usage: hvbackendd [OPTION]...\n"
	"  -f, --foreground     stay, and write messages to standard error\n"
	"  -H, --helpers=DIR    where blkback and netback are (" PLINTH_HELPERS
	")\n"
	"  -p, --pid-file=FILE  write the process number there\n"
	"  -h, --help           this text\n"
	"  -V, --version        the version of Plinth\n";

static const struct option options[] = {
	{"foreground", no_argument, NULL, 'f'},	    {"helpers", required_argument, NULL, 'H'},
	{"pid-file", required_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},	    {NULL, 0, NULL, 0},
};

static int run_timers(void *arg)
{
	struct launcher *l = arg;
	int device, spare;

	/* What came while we waited for an answer does not show on the descriptor. */
	do {
		if (plinth_store_has_event(l->store))
			devices_look(l);
		device = devices_run_timers(l);
	} while (plinth_store_has_event(l->store));
	spare = spares_run_timers(l);
	return device < 0 || (spare >= 0 && spare < device) ? spare : device;
}

static void store_came(void *arg, uint32_t events)
{
	(void)events;
	devices_look(arg);
}

static int signals;

static void signal_came(void *arg, uint32_t events)
{
	struct launcher *l = arg;
	struct signalfd_siginfo info;

	(void)events;
	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		devices_reap(l);
	else
		plinth_loop_stop(l->loop);
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return signals < 0 ? plinth_fail(errno, "signalfd: %s", strerror(errno)) : 0;
}

/*
 * The first process waits until the second one watches the store: who comes after hvbackendd has returned finds it at
 * work.
 */
static void go_to_background(int *ready)
{
	int pipe_fd[2], log, null;
	char ok;

	if (pipe2(pipe_fd, O_CLOEXEC))
		exit(1);
	switch (fork()) {
	case -1:
		perror("hvbackendd: fork");
		exit(1);
	case 0:
		break;
	default:
		close(pipe_fd[1]);
		exit(read(pipe_fd[0], &ok, 1) == 1 ? 0 : 1);
	}
	close(pipe_fd[0]);
	setsid();
	if (chdir("/"))
		exit(1);
	mkdir(LOG_DIRECTORY, 0755);
	log = open(LOG_DIRECTORY "/hvbackendd.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	*ready = pipe_fd[1];
	/* Errors of the start still go to the terminal; the log is put in its place after it. */
	if (log >= 0 && dup3(log, 100, O_CLOEXEC) < 0)
		exit(1);
}

static void started(int ready, const char *pid_file)
{
	FILE *f = pid_file ? fopen(pid_file, "we") : NULL;

	if (f) {
		fprintf(f, "%d\n", (int)getpid());
		fclose(f);
	}
	if (ready < 0)
		return;
	if (dup2(100, STDERR_FILENO) < 0 || write(ready, "", 1) != 1)
		exit(1);
	close(100);
	close(ready);
}

/*
 * All interfaces together may have as many pages of their own as Dom0 has grant numbers to spare: Linux' limit of 1024
 * would do for two.
 */
static void raise_page_limit(void)
{
	FILE *f = fopen("/sys/module/xen_gntalloc/parameters/limit", "we");

	if (!f)
		return; /* the module is not there: interfaces work without, more slowly */
	fprintf(f, "%d\n", GRANTED_PAGES);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct launcher l = {.helpers = PLINTH_HELPERS}; /* and one process of each kind to be started now */
	const char *pid_file = NULL;
	bool foreground = false;
	int c, err, ready = -1;

	while ((c = getopt_long(argc, argv, "fH:p:hV", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			foreground = true;
			break;
		case 'H':
			l.helpers = optarg;
			break;
		case 'p':
			pid_file = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("hvbackendd (Plinth) " PLINTH_VERSION);
			return 0;
		default:
			return 2;
		}
	}
	if (!foreground)
		go_to_background(&ready);
	raise_page_limit();
	err = catch_signals();
	if (!err)
		err = plinth_loop_new(&l.loop);
	if (!err)
		err = plinth_store_open(&l.store);
	if (!err)
		err = plinth_loop_add(l.loop, signals, EPOLLIN, signal_came, &l);
	if (!err)
		err = plinth_loop_add(l.loop, plinth_store_fd(l.store), EPOLLIN, store_came, &l);
	if (!err)
		err = devices_watch(&l);
	if (!err) {
		started(ready, pid_file);
		err = plinth_loop_run(l.loop, run_timers, &l);
	}
	if (err)
		fprintf(stderr, "hvbackendd: %s\n", plinth_error());
	return err ? 1 : 0;
}
