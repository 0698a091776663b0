/* main.c - hvstored: the store daemon */
#define _GNU_SOURCE
#include <errno.h>
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
	bool more;

	domains_hear(d);
	journal_commit(&d->journal); /* now what was asked is safe, and may be answered */
	more = domains_answer(d);
	sockets_flush(d);
	keep_journal_short(d);
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

#define DEFAULT_JOURNAL "/run/plinth/hvstored.journal"

static const char usage[] =
	"Usage: hvstored [OPTIONS]\n\n"
	"The store daemon: names and values that Dom0, its tools and all domains share.\n\n"
	"  -F, --foreground     stay in the foreground\n"
	"  -p, --pid-file FILE  write the process number there\n"
	"  -s, --socket PATH    listen there (/run/xenstored/socket)\n"
	"  -j, --journal FILE   what a successor begins from, on a tmpfs (" DEFAULT_JOURNAL "); \"\": none\n"
	"  -S, --socket-only    serve the socket only; no hypervisor is needed\n"
	"  -h, --help           print this\n";

static const struct option options[] = {
	{"foreground", no_argument, NULL, 'F'},	  {"pid-file", required_argument, NULL, 'p'},
	{"journal", required_argument, NULL, 'j'},
	{"socket", required_argument, NULL, 's'}, {"socket-only", no_argument, NULL, 'S'},
	{"help", no_argument, NULL, 'h'},	  {0},
};

struct settings {
	const char *socket_path, *pid_file, *journal;
	bool foreground, socket_only;
};

/* 0: go on; else the exit code, one more than it. */
static int read_options(int argc, char **argv, struct settings *s)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "Fp:s:j:Sh", options, NULL)) >= 0) {
		switch (opt) {
		case 'F':
			s->foreground = true;
			break;
		case 'p':
			s->pid_file = optarg;
			break;
		case 's':
			s->socket_path = optarg;
			break;
		case 'j':
			s->journal = optarg;
			break;
		case 'S':
			s->socket_only = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			fputs(usage, stderr);
			return 3;
		}
	}
	if (!s->journal)
		s->journal = s->socket_only ? "" : DEFAULT_JOURNAL;
	return 0;
}

static int start(struct daemon *d, const struct settings *s)
{
	int err;

	d->store = store_new(&daemon_host, d);
	if (!d->store)
		return plinth_fail(ENOMEM, "out of memory");
	err = plinth_loop_new(&d->loop);
	/* From here on we are the only one. */
	if (!err)
		err = sockets_open(d, s->socket_path);
	if (!err && *s->journal)
		err = make_directory_of(s->journal);
	if (err)
		return err;
	d->journal.path = *s->journal ? s->journal : NULL;
	if (replay(d))
		complain("goes on where the one before ended");
	if (!s->socket_only)
		err = domains_open(d);
	if (!err)
		take_snapshot(d);
	return err;
}

int main(int argc, char **argv)
{
	struct daemon d = {.listener = -1, .events = -1, .grants = -1, .journal = {.fd = -1}};
	struct settings s = {.socket_path = "/run/xenstored/socket"};
	int code = read_options(argc, argv, &s);

	if (code)
		return code - 1;
	if (start(&d, &s)) {
		complain("%s", plinth_error());
		return 1;
	}
	/* Only now is it said to be there, by the return of the process that was started. */
	if (!s.foreground && go_into_background()) {
		complain("cannot go into the background");
		return 1;
	}
	write_pidfile(s.pid_file);
	if (!s.socket_only)
		warm_up(&d);
	if (catch_signals(d.loop) || plinth_loop_run(d.loop, flush, &d))
		complain("%s", plinth_error());
	/* The journal stays: who is started after us goes on from it. */
	sockets_close(&d);
	domains_close(&d);
	store_free(d.store);
	plinth_loop_free(d.loop);
	unlink(s.socket_path);
	if (s.pid_file)
		unlink(s.pid_file);
	return 0;
}
