/* cmd_attach.c - hvctl block-attach and network-attach: one more device for a running domain */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "life.h"
#include "target.h"

#define HANDLES 64

static bool is_there(const struct target *t, const char *kind, unsigned int devid)
{
	char path[2 * PATH_ROOM], base[PATH_ROOM], state[16];

	backend_find(t->store, base, kind, t->dom.domid, devid);
	snprintf(path, sizeof(path), "%s/state", base);
	return plinth_store_get(t->store, 0, path, state, sizeof(state)) >= 0;
}

/* What was begun is taken back; the reason is kept from what that may have to say. */
static int undo(const struct target *t, const char *kind, unsigned int devid, const char *device, int err)
{
	char why[512];

	snprintf(why, sizeof(why), "%s", plinth_error());
	record_remove_device(t->store, kind, t->dom.domid, devid);
	disk_device_end(device);
	return plinth_fail(-err, "%s", why);
}

static int note_disk(struct domain_config *config, const void *arg)
{
	const struct disk_config *disk = arg;
	struct disk_config *more = reallocarray(config->disks, config->nr_disks + 1, sizeof(*more));

	if (!more)
		return plinth_fail(ENOMEM, "out of memory");
	config->disks = more;
	more[config->nr_disks] = *disk;
	more[config->nr_disks++].target = disk->target ? strdup(disk->target) : NULL;
	return 0;
}

static int note_vif(struct domain_config *config, const void *arg)
{
	const struct vif_config *vif = arg;
	struct vif_config *more = reallocarray(config->vifs, config->nr_vifs + 1, sizeof(*more));

	if (!more)
		return plinth_fail(ENOMEM, "out of memory");
	config->vifs = more;
	more[config->nr_vifs] = *vif;
	more[config->nr_vifs++].ip = vif->ip ? strdup(vif->ip) : NULL;
	return 0;
}

static int attach_disk(const struct target *t, const struct disk_config *disk)
{
	struct disk_device device;
	int err = life_check_disk(t->store, disk);

	if (err)
		return err;
	if (is_there(t, "vbd", disk->devid))
		return plinth_fail(EEXIST, "domain %u has a disk %s already", t->dom.domid, disk->vdev);
	err = backend_load(backend_of_type(disk->backendtype), "vbd");
	if (!err)
		err = disk_device_make(disk, &device);
	if (err)
		return err;
	err = record_add_disk(t->store, t->dom.domid, disk, &device);
	if (!err)
		err = record_wait_for_disk(t->store, t->dom.domid, disk);
	if (err)
		undo(t, "vbd", disk->devid, device.path, err);
	disk_device_settle(&device);
	return err ? err : saved_change_locked(t->dom.uuid, note_disk, disk);
}

static int attach_vif(const struct target *t, struct vif_config *vif)
{
	unsigned int handle = 0;
	int err = life_check_vif(t->store, vif);

	if (err)
		return err;
	while (handle < HANDLES && is_there(t, "vif", handle))
		handle++;
	if (handle == HANDLES)
		return plinth_fail(ENOSPC, "domain %u has %d network interfaces", t->dom.domid, HANDLES);
	err = backend_load(backend_of_type(vif->backendtype), "vif");
	if (err)
		return err;
	err = record_add_vif(t->store, t->dom.domid, handle, vif);
	if (!err) {
		err = record_wait_for_vif(t->store, t->dom.domid, handle, vif);
		if (err)
			undo(t, "vif", handle, "", err);
	}
	return err ? err : saved_change_locked(t->dom.uuid, note_vif, vif);
}

/* Opens the domain and keeps other hvctls from taking what is checked here. */
static int begin(struct target *t, const char *name)
{
	int code = target_open(t, name), err;

	if (code)
		return code;
	err = t->dom.domid ? life_begin() : plinth_fail(EINVAL, "domain 0 has the real devices");
	return err ? target_close(t, err) : EXIT_OK;
}

static int run_disk(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct cfg_error error = {.file = "block-attach"};
	struct cfg_value value = {.kind = CFG_STRING, .line = 1};
	struct disk_config disk = {0};
	struct target t;
	int code, err;

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	value.text = argv[2];
	if (config_read_disk(&value, &disk, &error))
		return usage_error(cmd, "%s", error.text);
	code = begin(&t, argv[1]);
	if (!code) {
		err = attach_disk(&t, &disk);
		life_finish();
		code = target_close(&t, err);
	}
	free(disk.target);
	return code;
}

static int run_vif(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};
	struct cfg_error error = {.file = "network-attach"};
	struct cfg_value value = {.kind = CFG_STRING, .line = 1};
	struct vif_config vif = {0};
	char none[] = "";
	struct target t;
	int code, err, given = parse_options(cmd, argc, argv, spec, 1, 2);

	if (given < 0)
		return EXIT_USAGE;
	value.text = given == 2 ? argv[2] : none;
	if (config_read_vif(&value, &vif, &error))
		return usage_error(cmd, "%s", error.text);
	code = begin(&t, argv[1]);
	if (!code) {
		err = attach_vif(&t, &vif);
		life_finish();
		code = target_close(&t, err);
	}
	free(vif.ip);
	return code;
}

const struct command cmd_block_attach = {
	.name = "block-attach",
	.arguments = "DOMAIN DISK",
	.summary = "Give a running domain one more disk",
	.help = "DISK is written as in a configuration: file:/srv/data.img,xvdb,w\n",
	.run = run_disk,
};
const struct command cmd_network_attach = {
	.name = "network-attach",
	.arguments = "DOMAIN [VIF]",
	.summary = "Give a running domain one more network interface",
	.help = "VIF is written as in a configuration: mac=00:16:3e:00:00:01,bridge=xenbr0\n",
	.run = run_vif,
};
