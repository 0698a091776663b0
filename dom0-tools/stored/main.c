/* main.c - hvstored: the store daemon */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon.h"

void complain(const char *fmt, ...)
{
	va_list ap;

	fputs("hvstored: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Between two batches of events everybody gets what has gathered for him. */
static int flush(void *arg)
{
	struct daemon *d = arg;
	bool more = domains_flush(d);

	sockets_flush(d);
	return more ? 0 : -1;
}

static void stop(void *arg, uint32_t events)
{
	(void)events;
	plinth_loop_stop(arg);
}

static int catch_signals(struct plinth_loop *loop)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* whoever read our complaints may be gone */
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? fd : plinth_loop_add(loop, fd, EPOLLIN, stop, loop);
}

static void write_pidfile(const char *path)
{
	FILE *f = path ? fopen(path, "we") : NULL;

	if (f) {
		fprintf(f, "%d\n", getpid());
		fclose(f);
	} else if (path) {
		complain("cannot write %s", path);
	}
}

/* Complaints still go where they went; a shell that waits for our output must not wait for ever. */
static int go_into_background(void)
{
	if (daemon(0, 1))
		return -1;
	return freopen("/dev/null", "r", stdin) && freopen("/dev/null", "w", stdout) ? 0 : -1;
}

static const char usage[] =
	"Usage: hvstored [OPTIONS]\n\n"
	"The store daemon: names and values that Dom0, its tools and all domains share.\n\n"
	"  -F, --foreground     stay in the foreground\n"
	"  -p, --pid-file FILE  write the process number there\n"
	"  -s, --socket PATH    listen there (/run/xenstored/socket)\n"
	"  -S, --socket-only    serve the socket only; no hypervisor is needed\n"
	"  -h, --help           print this\n";

static const struct option options[] = {
	{"foreground", no_argument, NULL, 'F'},	  {"pid-file", required_argument, NULL, 'p'},
	{"socket", required_argument, NULL, 's'}, {"socket-only", no_argument, NULL, 'S'},
	{"help", no_argument, NULL, 'h'},	  {0},
};

int main(int argc, char **argv)
{
	struct daemon d = {.listener = -1, .events = -1, .grants = -1};
	const char *socket_path = "/run/xenstored/socket", *pid_file = NULL;
	bool foreground = false, socket_only = false;
	int opt, err;

	while ((opt = getopt_long(argc, argv, "Fp:s:Sh", options, NULL)) >= 0) {
		switch (opt) {
		case 'F':
			foreground = true;
			break;
		case 'p':
			pid_file = optarg;
			break;
		case 's':
			socket_path = optarg;
			break;
		case 'S':
			socket_only = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	d.store = store_new(&daemon_host, &d);
	if (!d.store) {
		complain("out of memory");
		return 1;
	}
	err = plinth_loop_new(&d.loop);
	if (!err)
		err = sockets_open(&d, socket_path);
	if (!err && !socket_only)
		err = domains_open(&d);
	if (err) {
		complain("%s", plinth_error());
		return 1;
	}
	/* Only now is it said to be there, by the return of the process that was started. */
	if (!foreground && go_into_background()) {
		complain("cannot go into the background");
		return 1;
	}
	write_pidfile(pid_file);
	if (!socket_only)
		warm_up(&d);
	if (catch_signals(d.loop) || plinth_loop_run(d.loop, flush, &d))
		complain("%s", plinth_error());
	sockets_close(&d);
	domains_close(&d);
	store_free(d.store);
	plinth_loop_free(d.loop);
	unlink(socket_path);
	if (pid_file)
		unlink(pid_file);
	return 0;
}
