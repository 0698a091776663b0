/* watcher.c - the process that waits for a domain's end and does what its configuration says */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config_file.h"
#include "dom0-tools/lib/abi.h"
#include "life.h"
#include "record.h"

#define LOG_DIRECTORY  "/var/log/plinth"
#define LOCK_DIRECTORY "/run/plinth"
/* A guest that ends sooner after its start than this is not started again, lest it goes on so. */
#define SHORTEST_LIFE 5

struct watcher {
	struct plinth *h;
	struct plinth_store *store;
	struct domain_config *config;
	unsigned int domid;
	time_t started;
	int lock;
};

/*
 * Whoever watches holds a lock, which ends with the process however that ends. Its file is named after the domain's number:
 * no other domain has that again for a long time, so it can be removed without anybody falling between.
 */
static void lock_path(unsigned int domid, char path[64])
{
	snprintf(path, 64, LOCK_DIRECTORY "/%u.watch", domid);
}

/* The lock's descriptor, or -1 with errno. EWOULDBLOCK: somebody has it. */
static int take_lock(unsigned int domid)
{
	char path[64];
	int fd, err;

	mkdir(LOCK_DIRECTORY, 0755);
	lock_path(domid, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		err = errno;
		close(fd);
		errno = err;
		fd = -1;
	}
	return fd;
}

static void leave_lock(unsigned int domid, int fd)
{
	char path[64];

	lock_path(domid, path);
	unlink(path);
	if (fd >= 0)
		close(fd);
}

bool life_is_watched(unsigned int domid)
{
	char path[64];
	bool watched;
	int fd;

	lock_path(domid, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	watched = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return watched;
}

/* Standard error is the domain's log by now. */
static void note(const struct watcher *w, const char *fmt, ...)
{
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	va_list ap;

	strftime(when, sizeof(when), "%F %T", localtime_r(&now, &tm));
	fprintf(stderr, "%s %s (domain %u): ", when, w->config->name, w->domid);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static enum on_event action_for(const struct watcher *w, unsigned int code)
{
	switch (code) {
	case SHUTDOWN_poweroff:
		return w->config->on_poweroff;
	case SHUTDOWN_reboot:
		return w->config->on_reboot;
	default:
		return w->config->on_crash;
	}
}

static const char *code_name(unsigned int code)
{
	static const char *const names[] = {"powered off", "rebooted", "suspended", "crashed",
					    "was stopped by its watchdog"};

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "ended";
}

/* What was changed while it ran stays changed: the record knows, and goes when the domain does. */
static void read_record(struct watcher *w)
{
	struct domain_config now;

	if (saved_read(w->config->uuid, &now)) {
		note(w, "%s; it starts as it did first", plinth_error());
		return;
	}
	config_free(w->config);
	*w->config = now;
}

static int start_again(struct watcher *w)
{
	int domid = life_begin();

	if (!domid)
		domid = life_create(w->h, w->store, w->config);
	life_finish();
	if (domid < 0)
		return domid;
	leave_lock(w->domid, w->lock);
	w->domid = domid;
	w->lock = take_lock(domid);
	w->started = time(NULL);
	return plinth_domain_unpause(w->h, w->domid);
}

/* Whether there is still a domain to watch. */
static bool domain_ended(struct watcher *w, unsigned int code)
{
	enum on_event action = action_for(w, code);

	note(w, "%s; %s", code_name(code), on_event_name(action));
	if (action == ON_PRESERVE)
		return false;
	if (action == ON_RESTART && time(NULL) - w->started < SHORTEST_LIFE) {
		note(w, "it lived less than %d seconds: it is not started again", SHORTEST_LIFE);
		action = ON_DESTROY;
	}
	if (action == ON_RESTART)
		read_record(w);
	if (life_destroy(w->h, w->store, w->domid)) {
		note(w, "%s", plinth_error());
		return false;
	}
	if (action == ON_DESTROY)
		return false;
	if (!start_again(w))
		return true;
	note(w, "cannot start again: %s", plinth_error());
	return false;
}

static void watch(struct watcher *w)
{
	struct plinth_domain dom;
	char *path, *token;

	if (plinth_store_watch(w->store, "@releaseDomain", "end"))
		return;
	for (;;) {
		if (plinth_get_domain(w->h, w->domid, &dom) || dom.dying ||
		    memcmp(dom.uuid, w->config->uuid, sizeof(dom.uuid)))
			return; /* somebody destroyed it */
		/* Suspended means saved: who asked for that takes care of the rest. */
		if (dom.shutdown && dom.shutdown_code != SHUTDOWN_suspend) {
			if (!domain_ended(w, dom.shutdown_code))
				return;
			continue;
		}
		if (plinth_store_event(w->store, -1, &path, &token))
			return;
		free(path);
	}
}

static void redirect_output(const char *name)
{
	char path[128];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), log;

	mkdir(LOG_DIRECTORY, 0755);
	snprintf(path, sizeof(path), LOG_DIRECTORY "/%s.log", name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
}

int life_watch_over(unsigned int domid, struct domain_config *config)
{
	struct watcher w = {.config = config, .domid = domid};
	pid_t pid;

	w.lock = take_lock(domid);
	if (w.lock < 0)
		return plinth_fail(errno, "cannot watch over domain %u: %s", domid,
				   errno == EWOULDBLOCK ? "somebody does already" : strerror(errno));
	pid = fork();
	if (pid) {
		close(w.lock); /* the child has it too */
		if (pid < 0)
			return plinth_fail(errno, "cannot watch over domain %u: %s", domid, strerror(errno));
		return 0;
	}
	setsid();
	if (chdir("/"))
		_exit(1);
	redirect_output(config->name);
	/* Connections of its own: the parent's belong to the parent. */
	if (plinth_open(&w.h) || plinth_store_open(&w.store)) {
		note(&w, "cannot watch over it: %s", plinth_error());
		_exit(1);
	}
	/* When the domain was; the watcher may be another one's successor. */
	if (record_start_time(w.store, config->uuid, &w.started))
		w.started = time(NULL);
	watch(&w);
	leave_lock(w.domid, w.lock);
	_exit(0);
}
