/* logfile.c - a log that is turned over when it is full, and never fills the disk */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consoled.h"
#include "logfile.h"

static void open_file(struct logfile *log, int flags)
{
	struct stat st;

	log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0600);
	if (log->fd < 0)
		complain("%s: %s", log->path, strerror(errno));
	log->used = log->fd >= 0 && !fstat(log->fd, &st) ? st.st_size : 0;
}

void logfile_open(struct logfile *log, const struct log_policy *policy, const char *name)
{
	*log = (struct logfile){.policy = policy, .fd = -1};
	if (!policy->directory)
		return;
	snprintf(log->path, sizeof(log->path), "%s/%s.log", policy->directory, name);
	/* A name comes from the store: it must not lead out of the directory. */
	if (strchr(name, '/') || name[0] == '.') {
		complain("a domain called \"%s\" gets no log", name);
		return;
	}
	open_file(log, 0);
}

static void turn_over(struct logfile *log)
{
	char from[280], to[280];
	unsigned int i;

	close(log->fd);
	for (i = log->policy->keep; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%u", log->path, i);
		if (i > 1)
			snprintf(from, sizeof(from), "%s.%u", log->path, i - 1);
		else
			snprintf(from, sizeof(from), "%s", log->path);
		rename(from, to); /* the older ones may not be there yet */
	}
	open_file(log, O_TRUNC);
}

void logfile_write(struct logfile *log, const char *data, size_t len)
{
	ssize_t n;

	if (log->fd >= 0 && log->used + len > log->policy->size)
		turn_over(log);
	if (log->fd < 0)
		return;
	n = write(log->fd, data, len);
	if (n > 0)
		log->used += n;
	if (n == (ssize_t)len)
		return;
	complain("%s: %s; nothing more is logged there", log->path, strerror(errno));
	logfile_close(log);
}

void logfile_close(struct logfile *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}
