/* main.c - hvconsoled: terminals and logs for the consoles of guests */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consoled.h"
#include "dom0-tools/lib/service.h"

void complain(const char *fmt, ...)
{
	va_list ap;

	fputs("hvconsoled: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void store_ready(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	char *path, *token;
	bool any = false;
	int err;

	(void)events;
	while (!(err = plinth_store_event(d->store, 0, &path, &token))) {
		any = true;
		free(path);
	}
	if (any)
		guests_look(d);
	if (err == -ETIMEDOUT)
		return;
	complain("%s", plinth_error());
	plinth_loop_stop(d->loop);
}

static void event_ready(void *arg, uint32_t events)
{
	struct daemon *d = arg;
	int port;

	(void)events;
	while ((port = plinth_events_next(d->events)) >= 0)
		guests_event(d, port);
}

static int idle(void *arg)
{
	struct daemon *d = arg;
	int wait = guests_go_on(d);

	/* An event that came with an answer would not show on the descriptor. */
	return plinth_store_has_event(d->store) ? (store_ready(d, 0), 0) : wait;
}

static int start(struct daemon *d)
{
	int err;

	if ((err = plinth_open(&d->hypervisor)) || (err = plinth_store_open(&d->store)) ||
	    (err = plinth_loop_new(&d->loop)))
		return err;
	d->grants = err = plinth_grants_open();
	if (err < 0)
		return err;
	d->events = err = plinth_events_open();
	if (err < 0)
		return err;
	if ((err = plinth_loop_add(d->loop, d->events, EPOLLIN, event_ready, d)) ||
	    (err = plinth_loop_add(d->loop, plinth_store_fd(d->store), EPOLLIN, store_ready, d)) ||
	    (err = plinth_store_watch(d->store, "@introduceDomain", "come")))
		return err;
	return plinth_store_watch(d->store, "@releaseDomain", "go");
}

static void make_log_directory(struct daemon *d)
{
	char path[200], *slash;

	if (!d->log.directory)
		return;
	snprintf(path, sizeof(path), "%s", d->log.directory);
	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (mkdir(path, 0700) && errno != EEXIST) {
		complain("%s: %s; consoles are not logged", path, strerror(errno));
		d->log.directory = NULL;
	}
}

static const char usage[] =
	"Usage: hvconsoled [OPTIONS]\n\n"
	"Gives each guest's console a terminal (`hvctl console` attaches it) and a log.\n\n"
	"  -F, --foreground     stay in the foreground\n"
	"  -p, --pid-file FILE  write the process number there\n"
	"  -l, --log-dir DIR    logs are DIR/NAME.log (/var/log/plinth/console); \"\": none\n"
	"  -s, --log-size KIB   turn a log over when it has reached this size (1024)\n"
	"  -k, --log-keep N     how many older logs stay (3)\n"
	"  -h, --help           print this\n";

static const struct option options[] = {
	{"foreground", no_argument, NULL, 'F'},
	{"pid-file", required_argument, NULL, 'p'},
	{"log-dir", required_argument, NULL, 'l'},
	{"log-size", required_argument, NULL, 's'},
	{"log-keep", required_argument, NULL, 'k'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

/* A whole number from least on; -1 and a complaint for anything else. */
static long number(const char *text, long least)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text && !*end && n >= least && n <= 1 << 20)
		return n;
	complain("\"%s\" is not a number from %ld to %d", text, least, 1 << 20);
	return -1;
}

struct settings {
	bool foreground;
	const char *pid_file;
};

/* 0: go on; else the exit code, one more than it. */
static int read_options(int argc, char **argv, struct daemon *d, struct settings *s)
{
	long n = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "Fp:l:s:k:h", options, NULL)) >= 0 && n >= 0) {
		switch (opt) {
		case 'F':
			s->foreground = true;
			break;
		case 'p':
			s->pid_file = optarg;
			break;
		case 'l':
			d->log.directory = *optarg ? optarg : NULL;
			break;
		case 's':
			n = number(optarg, 4);
			d->log.size = 1024 * n;
			break;
		case 'k':
			n = number(optarg, 0);
			d->log.keep = n;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			fputs(usage, stderr);
			return 3;
		}
	}
	return n < 0 ? 3 : 0;
}

int main(int argc, char **argv)
{
	struct daemon d = {.events = -1, .grants = -1, .log = {"/var/log/plinth/console", 1u << 20, 3}};
	struct settings s = {0};
	int code = read_options(argc, argv, &d, &s);

	if (code)
		return code - 1;
	make_log_directory(&d);
	if (start(&d)) {
		complain("%s", plinth_error());
		return 1;
	}
	if (!s.foreground && service_go_into_background()) {
		complain("%s", plinth_error());
		return 1;
	}
	if (service_write_pidfile(s.pid_file))
		complain("%s", plinth_error());
	if (service_catch_signals(d.loop) || plinth_loop_run(d.loop, idle, &d))
		complain("%s", plinth_error());
	guests_close(&d);
	plinth_store_close(d.store);
	plinth_close(d.hypervisor);
	plinth_loop_free(d.loop);
	if (s.pid_file)
		unlink(s.pid_file);
	return 0;
}
