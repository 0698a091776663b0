/* life.c - a domain's life: made whole or not at all, and ended without a trace */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config_file.h"
#include "device_model.h"
#include "disk_closed.h"
#include "life.h"

#define EVENT_PORTS  1023
#define DISKS_MOST   64
#define GONE_WAIT_MS 10000
#define GONE_STEP_US 2000

static int set_limits(struct plinth *h, unsigned int domid, const struct domain_config *c)
{
	unsigned int i;
	int err = plinth_domain_set_max_vcpus(h, domid, c->maxvcpus);

	if (!err)
		err = plinth_domain_set_native_tsc(h, domid);
	for (i = 0; c->cpus && i < c->maxvcpus && !err; i++) {
		err = plinth_domain_set_affinity(h, domid, i, c->cpus[i].bits, CONFIG_CPUS);
		if (err)
			plinth_context(err, "cpus: vcpu %u", i);
	}
	if (!err && (c->weight || c->cap))
		err = plinth_domain_set_schedule(h, domid, c->weight, c->cap);
	return err;
}

/* A domain with its memory and its kernel, and nothing in the store yet; its number. */
static int make_domain(struct plinth *h, const struct domain_config *config, struct built *built)
{
	struct plinth_create how = {.max_vcpus = config->maxvcpus,
				    .max_event_ports = EVENT_PORTS,
				    .max_grant_frames = -1,
				    .max_maptrack_frames = -1,
				    .pvh = config->type == DOMAIN_PVH,
				    .hvm = config->type == DOMAIN_HVM};
	char why[512];
	int domid, err;

	memcpy(how.uuid, config->uuid, sizeof(how.uuid));
	domid = plinth_domain_create(h, &how);
	if (domid < 0)
		return domid;
	err = set_limits(h, domid, config);
	if (!err)
		err = build_domain(h, domid, config, built);
	if (!err && life_interrupted())
		err = plinth_fail(EINTR, "interrupted");
	if (!err)
		return domid;
	/* The reason is kept from what the clean-up may have to say. */
	snprintf(why, sizeof(why), "%s", plinth_error());
	plinth_domain_destroy(h, domid);
	return plinth_fail(-err, "%s", why);
}

static int make_disk_devices(const struct domain_config *config, struct disk_device *devices)
{
	int err = 0;

	for (size_t i = 0; i < config->nr_disks; i++)
		devices[i].loop = -1;
	for (size_t i = 0; i < config->nr_disks && !err; i++) {
		err = backend_load(backend_of_type(config->disks[i].backendtype), "vbd");
		if (!err)
			err = disk_device_make(&config->disks[i], &devices[i]);
	}
	for (size_t i = 0; i < config->nr_vifs && !err; i++)
		err = backend_load(backend_of_type(config->vifs[i].backendtype), "vif");
	return err;
}

int life_create(struct plinth *h, struct plinth_store *store, const struct domain_config *config)
{
	struct disk_device *devices = calloc(config->nr_disks + 1, sizeof(*devices));
	struct built built;
	char why[512];
	int err, domid = devices ? make_domain(h, config, &built) : plinth_fail(ENOMEM, "out of memory");

	if (domid < 0) {
		free(devices);
		return domid;
	}
	if ((err = make_disk_devices(config, devices)) || (err = saved_write(config)) ||
	    (err = record_write(store, domid, config, devices, &built)) ||
	    (err = plinth_store_introduce(store, domid, built.store_mfn, built.store_port)) ||
	    (config->type == DOMAIN_HVM && (err = device_model_start(store, domid, config, devices))) ||
	    (err = record_wait_for_backends(store, domid, config))) {
		snprintf(why, sizeof(why), "%s", plinth_error());
		life_destroy(h, store, domid);
	}
	for (size_t i = 0; i < config->nr_disks; i++) {
		disk_device_settle(&devices[i]);
		if (err)
			disk_device_end(devices[i].path);
	}
	free(devices);
	return err ? plinth_fail(-err, "%s", why) : domid;
}

/* A dying domain stays until the last of its pages that a backend has mapped is given back. The store tells of its death alone,
 * and the hypervisor's event of its end is the store daemon's: so it is looked for. */
static int wait_until_gone(struct plinth *h, unsigned int domid, const uint8_t uuid[16])
{
	const struct timespec step = {.tv_nsec = GONE_STEP_US * 1000};
	struct plinth_domain dom;
	int err, waited;

	for (waited = 0; waited < GONE_WAIT_MS; waited += GONE_STEP_US / 1000) {
		err = plinth_get_domain(h, domid, &dom);
		if (err == -ESRCH || (!err && memcmp(dom.uuid, uuid, 16)))
			return 0;
		if (err)
			return err;
		nanosleep(&step, NULL);
	}
	return plinth_fail(EBUSY,
			   "domain %u is dead, but something in Dom0 still holds %llu of its pages; "
			   "`hvctl doctor` tells more",
			   domid, (unsigned long long)dom.pages);
}

/* Its disks, and the block devices that were made for them ("": none). */
struct disks {
	struct plinth_store *store;
	unsigned int count, devid[DISKS_MOST];
	char served[DISKS_MOST][32];
};

static bool note_disk(const char *base, unsigned int devid, void *arg)
{
	struct disks *disks = arg;

	disks->devid[disks->count] = devid;
	if (!record_served_path(disks->store, base, disks->served[disks->count]))
		disks->served[disks->count][0] = '\0';
	return ++disks->count < DISKS_MOST;
}

/* Whoever has the disks next, as after a reboot, finds them free; unless nobody is there to close them. */
static void end_disks(const struct disks *disks, unsigned int domid)
{
	bool closing = true;

	for (unsigned int i = 0; i < disks->count; i++) {
		closing = closing && disk_wait_until_closed(domid, disks->devid[i]);
		if (disks->served[i][0])
			disk_device_end(disks->served[i]);
	}
}

int life_destroy(struct plinth *h, struct plinth_store *store, unsigned int domid)
{
	struct plinth_domain dom;
	struct disks disks = {.store = store};
	char why[512];
	int err = plinth_get_domain(h, domid, &dom);

	if (err)
		return err;
	if (!domid)
		return plinth_fail(EINVAL, "domain 0 is this one; shut it down by poweroff");
	err = plinth_domain_destroy(h, domid);
	if (err)
		return err;
	record_each_device(store, "vbd", domid, note_disk, &disks);
	device_model_stop(store, domid);
	/* The daemons let go of its pages; they may have heard of its end already. */
	plinth_store_release(store, domid);
	record_remove(store, domid, dom.uuid);
	saved_remove(dom.uuid);
	err = wait_until_gone(h, domid, dom.uuid);
	snprintf(why, sizeof(why), "%s", plinth_error());
	/* A daemon that had just begun to serve it may have written once more, behind the first removal. */
	record_remove_nodes(store, domid);
	end_disks(&disks, domid);
	return err ? plinth_fail(-err, "%s", why) : 0;
}

int life_ask(struct plinth_store *store, unsigned int domid, const char *what)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	return plinth_store_write(store, 0, path, what);
}
