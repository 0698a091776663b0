/* record.c - a domain in the store: what describes it, and its devices */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <xen/io/xenbus.h>

#include "nodes.h"
#include "record.h"

#define CONSOLE_LIMIT 1048576

enum backend backend_of_type(const char *backendtype)
{
	return config_is_linux_backend(backendtype) ? BACKEND_LINUX : BACKEND_PLINTH;
}

void backend_directory(char path[PATH_ROOM], enum backend backend, const char *kind)
{
	bool disk = !strcmp(kind, "vbd");

	snprintf(path, PATH_ROOM, "/local/domain/0/backend/%s",
		 backend == BACKEND_LINUX ? kind
		 : disk			  ? "hvbd"
					  : "hvif");
}

void backend_path(char path[PATH_ROOM], enum backend backend, const char *kind, unsigned int domid, unsigned int devid)
{
	size_t length;

	backend_directory(path, backend, kind);
	length = strlen(path);
	snprintf(path + length, PATH_ROOM - length, "/%u/%u", domid, devid);
}

void backend_find(struct plinth_store *store, char path[PATH_ROOM], const char *kind, unsigned int domid,
		  unsigned int devid)
{
	char state[PATH_ROOM + 8], text[16];

	for (enum backend b = BACKENDS; b-- > BACKEND_PLINTH;) {
		backend_path(path, b, kind, domid, devid);
		snprintf(state, sizeof(state), "%s/state", path);
		if (b == BACKEND_PLINTH || plinth_store_get(store, 0, state, text, sizeof(text)) >= 0)
			return;
	}
}

static void frontend_path(char path[PATH_ROOM], const char *kind, unsigned int domid, unsigned int devid)
{
	snprintf(path, PATH_ROOM, "/local/domain/%u/device/%s/%u", domid, kind, devid);
}

/* What the two ends of every device have in common: each finds the other. */
static void add_ends(struct nodes *nodes, const char *front, const char *back, unsigned int domid,
		     const char *backendtype)
{
	nodes_add_dir(nodes, back, 0, domid);
	nodes_add(nodes, back, "frontend", "%s", front);
	nodes_add(nodes, back, "frontend-id", "%u", domid);
	nodes_add(nodes, back, "online", "1");
	nodes_add(nodes, back, "backendtype", "%s", *backendtype ? backendtype : "plinth");
	nodes_add_dir(nodes, front, domid, 0);
	nodes_add(nodes, front, "backend", "%s", back);
	nodes_add(nodes, front, "backend-id", "0");
}

/* The state comes last: who watches for it finds everything else in place. */
static void add_states(struct nodes *nodes, const char *front, const char *back)
{
	nodes_add(nodes, front, "state", "%d", XenbusStateInitialising);
	nodes_add(nodes, back, "state", "%d", XenbusStateInitialising);
}

static void add_disk(struct nodes *nodes, unsigned int domid, const struct disk_config *disk,
		     const struct disk_device *device)
{
	char front[PATH_ROOM], back[PATH_ROOM];
	const char *served = device->path[0] ? device->path : disk->target;
	struct stat st;
	bool block = served && !stat(served, &st) && S_ISBLK(st.st_mode);

	frontend_path(front, "vbd", domid, disk->devid);
	backend_path(back, backend_of_type(disk->backendtype), "vbd", domid, disk->devid);
	add_ends(nodes, front, back, domid, disk->backendtype);
	nodes_add(nodes, back, "params", "%s", served ? served : "");
	if (device->path[0])
		nodes_add(nodes, back, "image", "%s", disk->target);
	nodes_add(nodes, back, "type", "%s", block ? "phy" : "file");
	nodes_add(nodes, back, "dev", "%s", disk->vdev);
	nodes_add(nodes, back, "mode", "%s", disk->readonly ? "r" : "w");
	nodes_add(nodes, back, "removable", "%d", disk->cdrom);
	nodes_add(nodes, back, "bootable", "1");
	nodes_add(nodes, back, "device-type", "%s", disk->cdrom ? "cdrom" : "disk");
	nodes_add(nodes, back, "discard-enable", "%d", !disk->no_discard);
	if (block)
		nodes_add(nodes, back, "physical-device", "%x:%x", major(st.st_rdev), minor(st.st_rdev));
	nodes_add(nodes, front, "virtual-device", "%u", disk->devid);
	nodes_add(nodes, front, "device-type", "%s", disk->cdrom ? "cdrom" : "disk");
	add_states(nodes, front, back);
}

static void add_vif(struct nodes *nodes, unsigned int domid, unsigned int handle, const struct vif_config *vif)
{
	char front[PATH_ROOM], back[PATH_ROOM], mac[18];
	const uint8_t *m = vif->mac;

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	frontend_path(front, "vif", domid, handle);
	backend_path(back, backend_of_type(vif->backendtype), "vif", domid, handle);
	add_ends(nodes, front, back, domid, vif->backendtype);
	nodes_add(nodes, back, "handle", "%u", handle);
	nodes_add(nodes, back, "mac", "%s", mac);
	nodes_add(nodes, back, "type", "vif");
	/* Linux' back end wants to know whose script udev shall run; there is none, hvctl does its work. */
	if (backend_of_type(vif->backendtype) == BACKEND_LINUX)
		nodes_add(nodes, back, "script", "%s", "");
	nodes_add(nodes, back, "bridge", "%s", vif->bridge[0] ? vif->bridge : DEFAULT_BRIDGE);
	if (vif->vifname[0])
		nodes_add(nodes, back, "vifname", "%s", vif->vifname);
	else
		nodes_add(nodes, back, "vifname", "vif%u.%u", domid, handle);
	if (vif->ip)
		nodes_add(nodes, back, "ip", "%s", vif->ip);
	if (vif->rate) /* in one interval, and its length */
		nodes_add(nodes, back, "rate", "%llu,%u",
			  (unsigned long long)(vif->rate * vif->rate_interval_us / 1000000 ?: 1),
			  vif->rate_interval_us);
	nodes_add(nodes, back, "offload", "%d", !vif->no_offload);
	nodes_add(nodes, front, "handle", "%u", handle);
	nodes_add(nodes, front, "mac", "%s", mac);
	add_states(nodes, front, back);
}

/* The directory a domain finds as its own: it may read it, and write where it has to say something.
 */
static void add_domain(struct nodes *nodes, unsigned int domid, const struct domain_config *c,
		       const struct built *built)
{
	static const char *const its_own[] = {"control/shutdown",
					      "control/feature-poweroff",
					      "control/feature-reboot",
					      "control/feature-suspend",
					      "control/platform-feature-multiprocessor-suspend",
					      "data",
					      "drivers",
					      "feature",
					      "attr",
					      "error",
					      "device/suspend/event-channel"};
	char home[PATH_ROOM], path[2 * PATH_ROOM], uuid[UUID_TEXT];
	unsigned int i;

	format_uuid(c->uuid, uuid);
	snprintf(home, sizeof(home), "/local/domain/%u", domid);
	nodes_add_dir(nodes, home, 0, domid);
	nodes_add(nodes, home, "name", "%s", c->name);
	nodes_add(nodes, home, "domid", "%u", domid);
	nodes_add(nodes, home, "vm", "/vm/%s", uuid);
	nodes_add(nodes, home, "memory/static-max", "%llu", (unsigned long long)c->maxmem_mib * 1024);
	nodes_add(nodes, home, "memory/target", "%llu", (unsigned long long)c->memory_mib * 1024);
	nodes_add(nodes, home, "memory/videoram", "0");
	for (i = 0; i < c->maxvcpus; i++) {
		snprintf(path, sizeof(path), "cpu/%u/availability", i);
		nodes_add(nodes, home, path, "%s", i < c->vcpus ? "online" : "offline");
	}
	nodes_add(nodes, home, "control/platform-feature-xs_reset_watches", "1");
	for (i = 0; i < sizeof(its_own) / sizeof(its_own[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", home, its_own[i]);
		nodes_add_dir(nodes, path, domid, -1);
	}
	nodes_add(nodes, home, "store/ring-ref", "%llu", (unsigned long long)built->store_mfn);
	nodes_add(nodes, home, "store/port", "%u", built->store_port);
	nodes_add(nodes, home, "console/backend-id", "0");
	nodes_add(nodes, home, "console/type", "xenconsoled");
	nodes_add(nodes, home, "console/output", "pty");
	nodes_add(nodes, home, "console/limit", "%d", CONSOLE_LIMIT);
	nodes_add(nodes, home, "console/ring-ref", "%llu", (unsigned long long)built->console_mfn);
	nodes_add(nodes, home, "console/port", "%u", built->console_port);
}

static void add_vm(struct nodes *nodes, unsigned int domid, const struct domain_config *c)
{
	char vm[PATH_ROOM], uuid[UUID_TEXT];

	format_uuid(c->uuid, uuid);
	snprintf(vm, sizeof(vm), "/vm/%s", uuid);
	nodes_add_dir(nodes, vm, 0, domid);
	nodes_add(nodes, vm, "uuid", "%s", uuid);
	nodes_add(nodes, vm, "name", "%s", c->name);
	nodes_add(nodes, vm, "start_time", "%lld", (long long)time(NULL));
	nodes_add(nodes, vm, "image/ostype", "linux");
	nodes_add(nodes, vm, "image/kernel", "%s", c->kernel);
	nodes_add(nodes, vm, "image/ramdisk", "%s", c->ramdisk ? c->ramdisk : "");
	nodes_add(nodes, vm, "image/cmdline", "%s", c->cmdline);
	nodes_add(nodes, vm, "on_poweroff", "%s", on_event_name(c->on_poweroff));
	nodes_add(nodes, vm, "on_reboot", "%s", on_event_name(c->on_reboot));
	nodes_add(nodes, vm, "on_crash", "%s", on_event_name(c->on_crash));
}

int record_write(struct plinth_store *store, unsigned int domid, const struct domain_config *config,
		 const struct disk_device *devices, const struct built *built)
{
	struct nodes nodes = {0};
	size_t i;
	int err;

	add_vm(&nodes, domid, config);
	add_domain(&nodes, domid, config, built);
	for (i = 0; i < config->nr_disks; i++)
		add_disk(&nodes, domid, &config->disks[i], &devices[i]);
	for (i = 0; i < config->nr_vifs; i++)
		add_vif(&nodes, domid, i, &config->vifs[i]);
	err = nodes_commit(&nodes, store);
	nodes_free(&nodes);
	return err;
}

int record_add_disk(struct plinth_store *store, unsigned int domid, const struct disk_config *disk,
		    const struct disk_device *device)
{
	struct nodes nodes = {0};
	int err;

	add_disk(&nodes, domid, disk, device);
	err = nodes_commit(&nodes, store);
	nodes_free(&nodes);
	return err;
}

int record_add_vif(struct plinth_store *store, unsigned int domid, unsigned int handle, const struct vif_config *vif)
{
	struct nodes nodes = {0};
	int err;

	add_vif(&nodes, domid, handle, vif);
	err = nodes_commit(&nodes, store);
	nodes_free(&nodes);
	return err;
}

void record_remove_device(struct plinth_store *store, const char *kind, unsigned int domid, unsigned int devid)
{
	char path[PATH_ROOM];

	frontend_path(path, kind, domid, devid);
	plinth_store_remove(store, 0, path);
	for (enum backend b = BACKEND_PLINTH; b < BACKENDS; b++) {
		backend_path(path, b, kind, domid, devid);
		plinth_store_remove(store, 0, path);
	}
}

int record_each_device(struct plinth_store *store, const char *kind, unsigned int domid,
		       bool (*fn)(const char *base, unsigned int devid, void *arg), void *arg)
{
	char directory[PATH_ROOM], path[2 * PATH_ROOM], **names;
	bool more = true;
	int n;

	for (enum backend b = BACKEND_PLINTH; b < BACKENDS && more; b++) {
		backend_directory(directory, b, kind);
		snprintf(path, sizeof(path), "%s/%u", directory, domid);
		n = plinth_store_list(store, 0, path, &names);
		if (n == -ENOENT)
			continue;
		if (n < 0)
			return n;
		for (int i = 0; i < n && more; i++) {
			unsigned int devid = strtoul(names[i], NULL, 10);

			backend_path(directory, b, kind, domid, devid);
			more = fn(directory, devid, arg);
		}
		free(names);
	}
	return 0;
}

int record_disk_target(struct plinth_store *store, const char *base, char *target, size_t size)
{
	char node[2 * PATH_ROOM];
	int len;

	snprintf(node, sizeof(node), "%s/image", base);
	len = plinth_store_get(store, 0, node, target, size);
	if (len > 0)
		return len;
	snprintf(node, sizeof(node), "%s/params", base);
	return plinth_store_get(store, 0, node, target, size);
}

bool record_served_path(struct plinth_store *store, const char *base, char path[32])
{
	char node[PATH_ROOM + 8], image[1024];

	snprintf(node, sizeof(node), "%s/image", base);
	if (plinth_store_get(store, 0, node, image, sizeof(image)) <= 0)
		return false;
	snprintf(node, sizeof(node), "%s/params", base);
	return plinth_store_get(store, 0, node, path, 32) > 0;
}

struct disk_search {
	struct plinth_store *store;
	const char *text;
	unsigned int *devid;
	bool found;
};

static bool is_the_disk(const char *base, unsigned int devid, void *arg)
{
	char node[PATH_ROOM + 8], dev[32] = "";
	struct disk_search *search = arg;

	snprintf(node, sizeof(node), "%s/dev", base);
	plinth_store_get(search->store, 0, node, dev, sizeof(dev));
	search->found = !strcmp(dev, search->text) || !strcmp(strrchr(base, '/') + 1, search->text);
	*search->devid = devid;
	return !search->found;
}

int record_find_disk(struct plinth_store *store, unsigned int domid, const char *text, unsigned int *devid)
{
	struct disk_search search = {store, text, devid, false};
	int err = record_each_device(store, "vbd", domid, is_the_disk, &search);

	if (err)
		return err;
	return search.found ? 0 : plinth_fail(ENOENT, "domain %u has no disk %s", domid, text);
}

int record_start_time(struct plinth_store *store, const uint8_t uuid[16], time_t *start)
{
	char text[UUID_TEXT], path[PATH_ROOM], seconds[32];
	int err;

	format_uuid(uuid, text);
	snprintf(path, sizeof(path), "/vm/%s/start_time", text);
	err = plinth_store_get(store, 0, path, seconds, sizeof(seconds));
	*start = err < 0 ? 0 : atoll(seconds);
	return err < 0 ? err : 0;
}

void record_remove_nodes(struct plinth_store *store, unsigned int domid)
{
	static const char *const places[] = {"/local/domain/0/backend/hvbd/%u",
					     "/local/domain/0/backend/hvif/%u",
					     "/local/domain/0/backend/vbd/%u",
					     "/local/domain/0/backend/vif/%u",
					     "/local/domain/0/error/backend/hvbd/%u",
					     "/local/domain/0/error/backend/hvif/%u",
					     "/local/domain/0/error/backend/vbd/%u",
					     "/local/domain/0/error/backend/vif/%u",
					     "/local/domain/%u"};
	char path[PATH_ROOM];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), places[i], domid);
		plinth_store_remove(store, 0, path);
	}
}

void record_remove(struct plinth_store *store, unsigned int domid, const uint8_t uuid[16])
{
	char path[PATH_ROOM], text[UUID_TEXT];

	record_remove_nodes(store, domid);
	format_uuid(uuid, text);
	snprintf(path, sizeof(path), "/vm/%s", text);
	plinth_store_remove(store, 0, path);
}
