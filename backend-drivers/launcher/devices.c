/* devices.c - which devices there are: the store's news, timers, processes that ended */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "backend-drivers/launcher/launcher.h"

#define BACKENDS "/local/domain/0/backend"

const char *const kind_names[KIND_COUNT] = {"hvbd", "hvif"};

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void note(const struct device *dev, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s %u/%u: ", kind_names[dev->kind], dev->domid, dev->devid);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static struct device *find(const struct launcher *l, enum kind kind, unsigned int domid, unsigned int devid)
{
	struct device *dev = l->devices;

	while (dev && (dev->kind != kind || dev->domid != domid || dev->devid != devid))
		dev = dev->next;
	return dev;
}

static void look_at(struct launcher *l, enum kind kind, unsigned int domid, unsigned int devid)
{
	struct device *dev = find(l, kind, domid, devid);

	if (dev)
		dev->stirred = true;
	else
		device_add(l, kind, domid, devid);
}

/* ---- Looking through the store --------------------------------------------------------------------- */

static void scan_domain(struct launcher *l, enum kind kind, unsigned int domid)
{
	char path[PATH_ROOM], **names;
	int n;

	snprintf(path, sizeof(path), BACKENDS "/%s/%u", kind_names[kind], domid);
	n = plinth_store_list(l->store, 0, path, &names);
	if (n < 0)
		return;
	for (int i = 0; i < n; i++)
		look_at(l, kind, domid, (unsigned int)strtoul(names[i], NULL, 10));
	free(names);
}

static void scan_kind(struct launcher *l, enum kind kind)
{
	char path[PATH_ROOM], **names;
	int n;

	snprintf(path, sizeof(path), BACKENDS "/%s", kind_names[kind]);
	n = plinth_store_list(l->store, 0, path, &names);
	if (n < 0)
		return;
	for (int i = 0; i < n; i++)
		scan_domain(l, kind, (unsigned int)strtoul(names[i], NULL, 10));
	free(names);
}

/* Something at or below .../backend/<kind> has changed, or is no more. */
static void backend_changed(struct launcher *l, enum kind kind, const char *rest)
{
	unsigned int domid, devid;
	int end = 0, depth = sscanf(rest, "/%u/%u%n", &domid, &devid, &end);

	if (depth == 2) {
		/* Our own nodes come back as news too; of all there are, these alone move anything. */
		rest += end;
		if (!*rest || !strcmp(rest, "/state") || !strcmp(rest, "/online") || !strcmp(rest, "/resize") ||
		    !strcmp(rest, "/medium-change"))
			look_at(l, kind, domid, devid);
		return;
	}
	for (struct device *dev = l->devices; dev; dev = dev->next)
		dev->stirred |= dev->kind == kind && (depth != 1 || dev->domid == domid);
	if (depth == 1)
		scan_domain(l, kind, domid);
	else
		scan_kind(l, kind);
}

static void front_changed(struct launcher *l, const char *path)
{
	for (struct device *dev = l->devices; dev; dev = dev->next) {
		size_t len = strlen(dev->front);

		if (!strncmp(path, dev->front, len) && !strcmp(path + len, "/state")) {
			dev->stirred = true;
			return;
		}
	}
	/* The front end's whole directory, or its domain's, is gone. */
	for (struct device *dev = l->devices; dev; dev = dev->next)
		dev->stirred |= !strncmp(path, dev->front, strlen(path));
}

static void event(struct launcher *l, const char *path, const char *token)
{
	if (!strcmp(token, "front")) {
		front_changed(l, path);
		return;
	}
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (!strcmp(token, kind_names[kind]) && strlen(path) >= strlen(BACKENDS "/") + strlen(kind_names[kind]))
			backend_changed(l, (enum kind)kind, path + strlen(BACKENDS "/") + strlen(kind_names[kind]));
}

static int hear(struct launcher *l)
{
	char *path, *token;
	int err;

	while ((err = plinth_store_event(l->store, 0, &path, &token)) == 0) {
		event(l, path, token);
		free(path);
	}
	return err;
}

/* All of a batch of news are heard before any device is looked at, because most come several at a time. */
void devices_look(struct launcher *l)
{
	int err;

	do {
		err = hear(l);
		for (struct device *dev = l->devices, *next; dev; dev = next) {
			next = dev->next;
			if (dev->stirred)
				device_look(dev);
		}
	} while (err == -ETIMEDOUT && plinth_store_has_event(l->store)); /* come while we asked */
	if (err != -ETIMEDOUT) {
		fprintf(stderr, "hvbackendd: %s\n", plinth_error());
		plinth_loop_stop(l->loop);
	}
}

int devices_watch(struct launcher *l)
{
	char path[PATH_ROOM];
	int err = 0;

	for (int kind = 0; kind < KIND_COUNT && !err; kind++) {
		snprintf(path, sizeof(path), BACKENDS "/%s", kind_names[kind]);
		err = plinth_store_watch(l->store, path, kind_names[kind]);
	}
	return err;
}

/* ---- Timers and ends -------------------------------------------------------------------------------- */

int devices_run_timers(struct launcher *l)
{
	int64_t next = -1, wait;

	for (struct device *dev = l->devices; dev; dev = dev->next) {
		wait = image_run_timer(dev);
		if (wait >= 0 && (next < 0 || wait < next))
			next = wait;
		if (dev->phase != PHASE_NONE)
			continue;
		wait = dev->start_at - now_ms();
		if (wait <= 0)
			device_start(dev);
		else if (next < 0 || wait < next)
			next = wait;
	}
	return (int)next;
}

void devices_reap(struct launcher *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct device *dev = spare_ended(l, pid) ? NULL : l->devices; dev; dev = dev->next)
			if (dev->pid == pid)
				device_ended(dev, status);
			else
				image_starter_ended(dev, pid, status);
}
