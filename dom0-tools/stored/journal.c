/* journal.c - the journal's file: groups of records */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"

#define VERSION	   "hvstored journal 1 "
#define LONG_BYTES (256u << 10) /* behind the snapshot, and twice the snapshot's own size */
#define OVERDUE	   8		/* times that */

struct head {
	uint32_t kind, client, len;
};

/* ---- Reading ---------------------------------------------------------------------------------- */

/* What the first record says: which format, and which run of Dom0's kernel. */
static size_t identity(char buf[128])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	size_t len = sizeof(VERSION) - 1;
	ssize_t n = 0;

	memcpy(buf, VERSION, len);
	if (fd >= 0) {
		n = read(fd, buf + len, 64);
		close(fd);
	}
	return len + (n > 0 ? (size_t)n : 0);
}

static char *read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data = NULL;
	struct stat st;
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && st.st_size > 0)
		data = malloc((size_t)st.st_size);
	while (data && have < (size_t)st.st_size && n > 0) {
		n = read(fd, data + have, (size_t)st.st_size - have);
		have += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	*len = have;
	return data;
}

/* Takes the groups' lengths out, so that records follow each other; what all whole groups hold. */
static size_t join_groups(char *data, size_t len)
{
	size_t from = 0, to = 0;
	uint32_t group;

	while (len - from >= sizeof(group)) {
		memcpy(&group, data + from, sizeof(group));
		if (group > len - from - sizeof(group))
			break;
		memmove(data + to, data + from + sizeof(group), group);
		from += sizeof(group) + group;
		to += group;
	}
	return to;
}

char *journal_load(const char *path, size_t *len)
{
	char *data = read_file(path, len), mine[128];
	const char *at = data;
	struct record r;

	if (!data)
		return NULL;
	*len = join_groups(data, *len);
	if (journal_next(&at, data + *len, &r) && r.kind == RECORD_BEGIN && r.len == identity(mine) &&
	    !memcmp(r.data, mine, r.len))
		return data;
	free(data);
	return NULL;
}

bool journal_next(const char **at, const char *end, struct record *r)
{
	struct head head;

	if ((size_t)(end - *at) < sizeof(head))
		return false;
	memcpy(&head, *at, sizeof(head));
	if (head.len > (size_t)(end - *at) - sizeof(head))
		return false;
	*r = (struct record){head.kind, head.client, head.len, *at + sizeof(head)};
	*at += sizeof(head) + head.len;
	return true;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

static void give_up(struct journal *j, const char *why)
{
	complain("%s: %s; if this process is killed now, what it knows is lost", j->path, why);
	if (j->fd >= 0)
		close(j->fd);
	unlink(j->path);
	free(j->buf);
	*j = (struct journal){.fd = -1};
}

static void new_name(const struct journal *j, char name[256])
{
	snprintf(name, 256, "%s.new", j->path);
}

void journal_begin(struct journal *j)
{
	char name[256], mine[128];

	if (!j->path)
		return;
	new_name(j, name);
	if (j->fd >= 0)
		close(j->fd);
	j->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (j->fd < 0) {
		give_up(j, strerror(errno));
		return;
	}
	j->fill = j->size = j->snapshot = 0;
	journal_add(j, RECORD_BEGIN, 0, mine, identity(mine));
}

static bool make_room(struct journal *j, size_t len)
{
	size_t room = j->room;
	char *more;

	if (j->failed)
		return false;
	while (room - j->fill < len)
		room = room ? 2 * room : 16384;
	if (room == j->room)
		return true;
	more = realloc(j->buf, room);
	if (!more) {
		j->failed = true; /* the group as a whole cannot be written, which its commit tells */
		return false;
	}
	j->buf = more;
	j->room = room;
	return true;
}

void journal_more(struct journal *j, const void *data, size_t len)
{
	struct head head;

	if (j->fd < 0 || !len || !make_room(j, len))
		return;
	memcpy(j->buf + j->fill, data, len);
	j->fill += len;
	memcpy(&head, j->buf + j->record, sizeof(head));
	head.len += (uint32_t)len;
	memcpy(j->buf + j->record, &head, sizeof(head));
}

void journal_add(struct journal *j, enum record_kind kind, uint32_t client, const void *data, size_t len)
{
	struct head head = {kind, client, 0};

	if (j->fd < 0 || !make_room(j, sizeof(uint32_t) + sizeof(head) + len))
		return;
	if (!j->fill)
		j->fill = sizeof(uint32_t);
	j->record = j->fill;
	memcpy(j->buf + j->fill, &head, sizeof(head));
	j->fill += sizeof(head);
	journal_more(j, data, len);
}

void journal_commit(struct journal *j)
{
	uint32_t len = (uint32_t)(j->fill - sizeof(len));
	char name[256];
	ssize_t n;

	if (j->fd < 0 || (!j->fill && !j->failed))
		return;
	errno = ENOMEM;
	n = -1;
	if (!j->failed) {
		memcpy(j->buf, &len, sizeof(len));
		n = write(j->fd, j->buf, j->fill);
	}
	if (n != (ssize_t)j->fill) {
		give_up(j, n < 0 ? strerror(errno) : "no room");
		return;
	}
	new_name(j, name);
	if (!j->snapshot && rename(name, j->path)) {
		give_up(j, strerror(errno));
		return;
	}
	j->size += j->fill;
	if (!j->snapshot)
		j->snapshot = j->size;
	j->fill = 0;
}

bool journal_is_long(const struct journal *j, bool overdue)
{
	size_t most = (LONG_BYTES + 2 * j->snapshot) * (overdue ? OVERDUE : 1);

	return j->fd >= 0 && j->size - j->snapshot > most;
}
