/* holders.c - who in Dom0 has pages of other domains mapped */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

#define JOURNAL "/vbd-%u-%u.journal" /* of a disk's process, among its open files */

/* The name stands in parentheses and may hold some itself. */
static bool read_stat(const char *pid, char name[64], char *state)
{
	char path[64], text[256];
	char *open, *close;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open || !close[1])
		return false;
	snprintf(name, 64, "%.*s", (int)(close - open - 1), open + 1);
	*state = close[2];
	return true;
}

void for_each_process(void (*fn)(pid_t pid, const char *name, char state, void *arg), void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char name[64], state;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]) && read_stat(entry->d_name, name, &state))
			fn(strtol(entry->d_name, NULL, 10), name, state, arg);
	if (proc)
		closedir(proc);
}

struct search {
	unsigned int domid, found;
	FILE *out;
};

static bool maps_others(pid_t pid)
{
	char path[64], line[512];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "/dev/xen/gntdev") || strstr(line, "/dev/xen/privcmd");
	if (f)
		fclose(f);
	return found;
}

/* Which device a process serves: a disk's has its journal open, an interface's its tap. */
static bool device_of(pid_t pid, unsigned int *domid, char *what, size_t size)
{
	char path[320], target[256];
	unsigned int devid;
	bool found = false;
	struct dirent *entry;
	const char *at;
	ssize_t n;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	fds = opendir(path);
	while (fds && !found && (entry = readdir(fds))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		at = strrchr(target, '/');
		if (at && sscanf(at, JOURNAL, domid, &devid) == 2) {
			snprintf(what, size, "disk %u", devid);
			found = true;
		} else if (!strcmp(target, "/dev/net/tun")) {
			char line[128];
			FILE *f;

			snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)pid, entry->d_name);
			f = fopen(path, "re");
			while (f && !found && fgets(line, sizeof(line), f))
				found = sscanf(line, "iff: vif%u.%u", domid, &devid) == 2;
			if (f)
				fclose(f);
			snprintf(what, size, "interface %u", devid);
		}
	}
	if (fds)
		closedir(fds);
	return found;
}

static void look_at(pid_t pid, const char *name, char state, void *arg)
{
	struct search *s = arg;
	const char *stopped = state == 'T' ? ", which is stopped" : state == 'D' ? ", which waits for a disk" : "";
	unsigned int domid;
	char what[32];

	if (!maps_others(pid))
		return;
	if (device_of(pid, &domid, what, sizeof(what))) {
		if (domid != s->domid)
			return;
		fprintf(s->out, "%s%s (process %d, its %s)%s", s->found ? ", " : "", name, (int)pid, what, stopped);
	} else {
		fprintf(s->out, "%s%s (process %d)%s", s->found ? ", " : "", name, (int)pid, stopped);
	}
	s->found++;
}

unsigned int find_holders(unsigned int domid, char *text, size_t size)
{
	struct search search = {.domid = domid, .out = fmemopen(text, size, "w")};

	*text = '\0';
	if (!search.out)
		return 0;
	for_each_process(look_at, &search);
	fclose(search.out);
	text[size - 1] = '\0';
	return search.found;
}
