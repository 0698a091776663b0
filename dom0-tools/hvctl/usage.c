/* usage.c - how much a domain's disks and interfaces have been used, from whoever serves them */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0-tools/lib/disk_figures.h"
#include "record.h"
#include "usage.h"

#define SECTOR 512

struct gathering {
	struct plinth_store *store;
	const char *kind;
	unsigned int domid;
	struct usage_device *devices;
	int count; /* <0: out of memory */
};

static uint64_t read_count(const char *directory, const char *name)
{
	char path[2 * PATH_ROOM];
	uint64_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/statistics/%s", directory, name);
	f = fopen(path, "re");
	if (f && fscanf(f, "%" SCNu64, &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

/* What Dom0's end receives is what the guest has sent. */
static void read_interface(const struct gathering *g, const char *base, unsigned int handle,
			   struct usage_device *device)
{
	char path[2 * PATH_ROOM], name[32];

	snprintf(path, sizeof(path), "%s/vifname", base);
	if (plinth_store_get(g->store, 0, path, name, sizeof(name)) <= 0 || strchr(name, '/'))
		snprintf(name, sizeof(name), "vif%u.%u", g->domid, handle);
	snprintf(device->name, sizeof(device->name), "%u", handle);
	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	device->usage.sent = read_count(path, "rx_bytes");
	device->usage.received = read_count(path, "tx_bytes");
}

static void read_our_disk(const struct gathering *g, unsigned int devid, struct usage *usage)
{
	struct disk_figures f;
	char path[PATH_ROOM];
	off_t at = 0;
	int fd;

	snprintf(path, sizeof(path), DISK_FIGURES_FILE, g->domid, devid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < DISK_QUEUES_MOST && fd >= 0; i++, at += f.part) {
		if (pread(fd, &f, sizeof(f), at) != sizeof(f) || f.magic != DISK_FIGURES_MAGIC || !f.part)
			break;
		usage->reads += f.reads;
		usage->writes += f.writes;
		usage->read_bytes += f.read_bytes;
		usage->written_bytes += f.written_bytes;
	}
	if (fd >= 0)
		close(fd);
}

static void read_linux_disk(const struct gathering *g, unsigned int devid, struct usage *usage)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%u-%u", g->domid, devid);
	usage->reads = read_count(path, "rd_req");
	usage->writes = read_count(path, "wr_req");
	usage->read_bytes = read_count(path, "rd_sect") * SECTOR;
	usage->written_bytes = read_count(path, "wr_sect") * SECTOR;
}

static void read_disk(const struct gathering *g, const char *base, unsigned int devid, struct usage_device *device)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/dev", base);
	if (plinth_store_get(g->store, 0, path, device->name, sizeof(device->name)) <= 0)
		snprintf(device->name, sizeof(device->name), "%u", devid);
	if (strstr(base, "/hvbd/"))
		read_our_disk(g, devid, &device->usage);
	else
		read_linux_disk(g, devid, &device->usage);
}

static bool gather(const char *base, unsigned int devid, void *arg)
{
	struct gathering *g = arg;
	struct usage_device *more = reallocarray(g->devices, g->count + 1, sizeof(*more));

	if (!more) {
		g->count = plinth_fail(ENOMEM, "out of memory");
		return false;
	}
	g->devices = more;
	more += g->count++;
	*more = (struct usage_device){.kind = g->kind};
	if (!strcmp(g->kind, "vif"))
		read_interface(g, base, devid, more);
	else
		read_disk(g, base, devid, more);
	return true;
}

int usage_of_devices(struct plinth_store *store, unsigned int domid, struct usage_device **devices)
{
	static const char *const kinds[] = {"vbd", "vif"};
	struct gathering g = {.store = store, .domid = domid};
	int err = 0;

	for (size_t i = 0; i < 2 && !err && g.count >= 0; i++) {
		g.kind = kinds[i];
		err = record_each_device(store, g.kind, domid, gather, &g);
	}
	if (!err && g.count < 0)
		err = g.count;
	if (err) {
		free(g.devices);
		return err;
	}
	*devices = g.devices;
	return g.count;
}

struct usage usage_of_domain(struct plinth_store *store, unsigned int domid)
{
	struct usage_device *devices = NULL;
	struct usage total = {0};
	int count = store && domid ? usage_of_devices(store, domid, &devices) : 0;

	for (int i = 0; i < count; i++) {
		const struct usage *u = &devices[i].usage;

		total.sent += u->sent;
		total.received += u->received;
		total.reads += u->reads;
		total.writes += u->writes;
		total.read_bytes += u->read_bytes;
		total.written_bytes += u->written_bytes;
	}
	if (count > 0)
		free(devices);
	return total;
}
