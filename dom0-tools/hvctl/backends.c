/* backends.c - waiting until what serves a domain's devices is ready */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xen/io/xenbus.h>

#include "dom0-tools/image/program.h"
#include "interface.h"
#include "life.h"
#include "news.h"

#define INTERFACES "/sys/class/net/"
#define WAIT_MS	   20000

enum verdict { NOT_YET, READY, FAILED };

static int get(struct plinth_store *store, const char *base, const char *name, char *buf, size_t size)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return plinth_store_get(store, 0, path, buf, size);
}

/* A backend that gives up says why in its own directory, or where Linux's backends do. */
static void why(struct plinth_store *store, const char *base, char *text, size_t size)
{
	char path[2 * PATH_ROOM];

	if (get(store, base, "hotplug-error", text, size) > 0)
		return;
	snprintf(path, sizeof(path), "/local/domain/0/error/%s/error", base + strlen("/local/domain/0/"));
	if (plinth_store_get(store, 0, path, text, size) <= 0)
		snprintf(text, size, "its backend gave up and does not say why");
}

/* Ours says in the store that it is ready; of Linux' own back end a file tells that it has the device. */
static enum verdict look(struct plinth_store *store, const char *base, const char *file)
{
	char hotplug[16] = "", state_text[8] = "";
	struct plinth_value value[] = {{base, "hotplug-status", hotplug, sizeof(hotplug), 0},
				       {base, "state", state_text, sizeof(state_text), 0}};
	bool ready = file && !access(file, F_OK);
	int state;

	if (plinth_store_get_all(store, 0, value, 2))
		return NOT_YET; /* who waits for the next event is told why */
	if (!strcmp(hotplug, "error"))
		return FAILED;
	ready |= !strcmp(hotplug, "connected");
	state = atoi(state_text);
	if (state == XenbusStateClosing || state == XenbusStateClosed)
		return FAILED;
	return ready && state >= XenbusStateInitWait ? READY : NOT_YET;
}

struct waiting {
	struct plinth_store *store;
	const char *base, *what;
	const char *file; /* see look(); NULL for ours */
};

static int ask(void *arg)
{
	const struct waiting *w = arg;
	char text[256];

	switch (look(w->store, w->base, w->file)) {
	case READY:
		return 1;
	case FAILED:
		why(w->store, w->base, text, sizeof(text));
		return plinth_fail(EIO, "%s: %s", w->what, text);
	default:
		if (life_interrupted())
			return plinth_fail(EINTR, "%s: interrupted while waiting for its backend", w->what);
		return 0;
	}
}

static int wait_for(struct plinth_store *store, const char *base, const char *what, const char *file)
{
	struct waiting waiting = {store, base, what, file};
	char node[PATH_ROOM + 24];
	int err;

	/* Ours writes this last, of a score of nodes. */
	snprintf(node, sizeof(node), "%s%s", base, file ? "" : "/hotplug-status");
	err = news_wait(store, node, WAIT_MS, ask, &waiting);
	if (err == -ETIMEDOUT)
		return plinth_fail(ETIMEDOUT, "%s: no backend took care of it within %d seconds; %s", what,
				   WAIT_MS / 1000,
				   file ? "`dmesg` in Dom0 may tell why" : "is the backend launcher running?");
	return err < 0 ? err : 0;
}

int backend_load(enum backend backend, const char *kind)
{
	const char *module = strcmp(kind, "vbd") ? "xen-netback" : "xen-blkback";
	const char *const load[] = {"modprobe", "-q", module, NULL};
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/drivers/%s", kind);
	if (backend == BACKEND_PLINTH || !access(path, F_OK))
		return 0;
	program_run(load); /* what came of it will be seen */
	return access(path, F_OK) ? plinth_fail(ENODEV, "backendtype=kernel: Dom0's kernel has no %s", module) : 0;
}

int record_wait_for_disk(struct plinth_store *store, unsigned int domid, const struct disk_config *disk)
{
	char base[PATH_ROOM], what[300], file[PATH_ROOM];
	enum backend backend = backend_of_type(disk->backendtype);

	backend_path(base, backend, "vbd", domid, disk->devid);
	snprintf(what, sizeof(what), "disk %s (%s)", disk->vdev, disk->target ? disk->target : "empty");
	/* It appears once the device is open. */
	snprintf(file, sizeof(file), "/sys/bus/xen-backend/devices/vbd-%u-%u/physical_device", domid, disk->devid);
	return wait_for(store, base, what, backend == BACKEND_LINUX ? file : NULL);
}

/* What a script of udev's does elsewhere; then the back end lets the guest connect. */
static int join(struct plinth_store *store, const char *base, const char *what, const char *name,
		const struct vif_config *vif)
{
	char path[2 * PATH_ROOM];
	int err = interface_join(name, vif->vifname[0] ? vif->vifname : name,
				 vif->bridge[0] ? vif->bridge : DEFAULT_BRIDGE);

	if (err)
		return plinth_context(err, "%s", what);
	snprintf(path, sizeof(path), "%s/hotplug-status", base);
	return plinth_store_write(store, 0, path, "connected");
}

int record_wait_for_vif(struct plinth_store *store, unsigned int domid, unsigned int handle,
			const struct vif_config *vif)
{
	char base[PATH_ROOM], what[32], file[PATH_ROOM];
	enum backend backend = backend_of_type(vif->backendtype);
	int err;

	backend_path(base, backend, "vif", domid, handle);
	snprintf(what, sizeof(what), "vif %u", handle);
	if (backend == BACKEND_PLINTH)
		return wait_for(store, base, what, NULL);
	snprintf(file, sizeof(file), INTERFACES "vif%u.%u", domid, handle);
	err = wait_for(store, base, what, file);
	if (!err)
		err = join(store, base, what, strrchr(file, '/') + 1, vif);
	return err;
}

int record_wait_for_backends(struct plinth_store *store, unsigned int domid, const struct domain_config *config)
{
	size_t i;
	int err = 0;

	for (i = 0; i < config->nr_disks && !err; i++)
		err = record_wait_for_disk(store, domid, &config->disks[i]);
	for (i = 0; i < config->nr_vifs && !err; i++)
		err = record_wait_for_vif(store, domid, i, &config->vifs[i]);
	return err;
}
