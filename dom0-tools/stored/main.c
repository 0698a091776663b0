/* main.c - hvstored: the store daemon */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "dom0-tools/lib/service.h"

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

#define DEFAULT_JOURNAL "/run/plinth/hvstored.journal"

static const char usage[] =
	"Usage: hvstored [OPTIONS]\n\n"
	"The store daemon: names and values that Dom0, its tools and all domains share.\n\n"
	"  -F, --foreground     stay in the foreground\n"
	"  -p, --pid-file FILE  write the process number there\n"
	"  -s, --socket PATH    listen there (/run/xenstored/socket)\n"
	"  -j, --journal FILE   what a successor begins from, on a tmpfs (" DEFAULT_JOURNAL
	"); \"\": none\n"
	"  -S, --socket-only    serve the socket only; no hypervisor is needed\n"
	"  -h, --help           print this\n";

static const struct option options[] = {
	{"foreground", no_argument, NULL, 'F'},
	{"pid-file", required_argument, NULL, 'p'},
	{"journal", required_argument, NULL, 'j'},
	{"socket", required_argument, NULL, 's'},
	{"socket-only", no_argument, NULL, 'S'},
	{"help", no_argument, NULL, 'h'},
	{0},
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
	if (!s.foreground && service_go_into_background()) {
		complain("%s", plinth_error());
		return 1;
	}
	if (service_write_pidfile(s.pid_file))
		complain("%s", plinth_error());
	if (!s.socket_only)
		warm_up(&d);
	if (service_catch_signals(d.loop) || plinth_loop_run(d.loop, flush, &d))
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
