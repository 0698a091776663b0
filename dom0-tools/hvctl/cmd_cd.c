/* cmd_cd.c - hvctl cd-insert and cd-eject: another medium in a guest's drive */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config_file.h"
#include "device_model.h"
#include "life.h"
#include "news.h"
#include "nodes.h"
#include "target.h"

#define SECTOR	512
#define WAIT_MS 10000

static int get(const struct target *t, const char *base, const char *name, char *buf, size_t size)
{
	char path[2 * PATH_ROOM];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	*buf = '\0';
	return plinth_store_get(t->store, 0, path, buf, size);
}

struct drive {
	const struct target *t;
	const char *base;
};

static int has_medium(void *arg)
{
	const struct drive *drive = arg;
	char text[256];

	if (get(drive->t, drive->base, "error", text, sizeof(text)) > 0)
		return plinth_fail(EIO, "%s", text);
	return get(drive->t, drive->base, "medium-change", text, sizeof(text)) >= 0 && !strcmp(text, "done");
}

/* Until the back end has the medium, and has told the guest. */
static int wait_for_medium(const struct target *t, const char *base)
{
	struct drive drive = {t, base};
	int err = news_wait(t->store, base, WAIT_MS, has_medium, &drive);

	if (err == -ETIMEDOUT)
		return plinth_fail(
			ETIMEDOUT,
			"the drive's back end did not take the medium within %d seconds; does hvbackendd run?",
			WAIT_MS / 1000);
	return err < 0 ? err : 0;
}

struct medium {
	unsigned int devid;
	const char *path; /* NULL: none */
};

static int note_medium(struct domain_config *config, const void *arg)
{
	const struct medium *medium = arg;

	for (size_t i = 0; i < config->nr_disks; i++) {
		if (config->disks[i].devid != medium->devid)
			continue;
		free(config->disks[i].target);
		config->disks[i].target = medium->path ? strdup(medium->path) : NULL;
	}
	return 0;
}

/* The drive of an HVM domain is there twice: by the back end for PV drivers, and by the device model. */
static int change_emulated(const struct target *t, const char *base, const char *path)
{
	char vdev[16];
	unsigned int ide;

	if (!device_model_is_there(t->store, t->dom.domid))
		return 0;
	if (get(t, base, "dev", vdev, sizeof(vdev)) <= 0)
		return plinth_fail(ENOENT, "the store does not know the drive's name");
	ide = device_model_drive(vdev);
	return ide == IDE_DRIVES ? 0 : device_model_change_cd(t->dom.domid, ide, path);
}

static int change(const struct target *t, struct disk_config *disk, const char *drive)
{
	char base[PATH_ROOM], text[16];
	struct medium medium = {.path = disk->target};
	struct nodes nodes = {0};
	struct stat st;
	int err = record_find_disk(t->store, t->dom.domid, drive, &medium.devid);

	if (err)
		return err;
	backend_find(t->store, base, "vbd", t->dom.domid, medium.devid);
	if (get(t, base, "device-type", text, sizeof(text)) < 0 || strcmp(text, "cdrom"))
		return plinth_fail(EINVAL, "%s is not a CD-ROM drive (devtype=cdrom)", drive);
	if (!strstr(base, "/hvbd/"))
		return plinth_fail(EOPNOTSUPP, "the kernel's back end does not change media (backendtype=kernel)");
	err = life_check_disk(t->store, disk);
	if (!err)
		err = change_emulated(t, base, disk->target);
	if (err)
		return err;
	nodes_add(&nodes, base, "params", "%s", disk->target ? disk->target : "");
	nodes_add(&nodes, base, "type", "%s",
		  disk->target && !stat(disk->target, &st) && S_ISBLK(st.st_mode) ? "phy" : "file");
	nodes_add(&nodes, base, "error", "%s", ""); /* of another time */
	nodes_add(&nodes, base, "medium-change", "1");
	err = nodes_commit(&nodes, t->store);
	nodes_free(&nodes);
	if (!err)
		err = wait_for_medium(t, base);
	return err ? err : saved_change_locked(t->dom.uuid, note_medium, &medium);
}

static int run_with(char **argv, char *path)
{
	struct disk_config disk = {.target = path, .readonly = true, .cdrom = true};
	struct target t;
	int code = target_open(&t, argv[1]), err;

	if (code)
		return code;
	err = life_begin();
	if (!err)
		err = change(&t, &disk, argv[2]);
	life_finish();
	return target_close(&t, err);
}

static int run_insert(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};

	if (parse_options(cmd, argc, argv, spec, 3, 3) < 0)
		return EXIT_USAGE;
	if (argv[3][0] != '/')
		return usage_error(cmd, "\"%s\" is not an absolute path", argv[3]);
	return run_with(argv, argv[3]);
}

static int run_eject(const struct command *cmd, int argc, char **argv)
{
	const struct option_spec spec[] = {{0}};

	if (parse_options(cmd, argc, argv, spec, 2, 2) < 0)
		return EXIT_USAGE;
	return run_with(argv, NULL);
}

const struct command cmd_cd_insert = {
	.name = "cd-insert",
	.arguments = "DOMAIN DRIVE FILE",
	.summary = "Put a medium into a guest's CD-ROM drive",
	.help = "DRIVE is its name in the guest (xvdc) or its number, FILE an image or block device by its\n"
		"absolute path. What was in it before is taken out; the guest is not asked, so unmount it\n"
		"there first.\n",
	.run = run_insert,
};
const struct command cmd_cd_eject = {
	.name = "cd-eject",
	.arguments = "DOMAIN DRIVE",
	.summary = "Empty a guest's CD-ROM drive",
	.help = "DRIVE is its name in the guest (xvdc) or its number. The guest is not asked, so unmount\n"
		"the medium there first.\n",
	.run = run_eject,
};
