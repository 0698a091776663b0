/* disk.c - disk = [ … ]: what stands behind a disk, and how the guest sees it */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain_config.h"
#include "nbd_url.h"

#define EXAMPLE "\"/srv/a.img,raw,xvda,rw\" or \"format=raw, vdev=xvda, access=rw, target=/srv/a.img\""

/* A letter or more counts like columns of a spreadsheet: a, b, … z, aa, ab … */
static bool disk_number(const char **at, unsigned int *disk)
{
	unsigned int n = 0;
	const char *p = *at;

	for (; islower((unsigned char)*p) && p - *at < 3; p++)
		n = n * 26 + (*p - 'a' + 1);
	if (p == *at)
		return false;
	*disk = n - 1;
	*at = p;
	return true;
}

static bool partition_number(const char *at, unsigned int *part)
{
	char *end;

	*part = 0;
	if (!*at)
		return true;
	*part = strtoul(at, &end, 10);
	return isdigit((unsigned char)*at) && !*end && *part < 256;
}

/* The numbers are Linux's: majors of the old disks, and Xen's own scheme for many. */
static bool device_number(const char *name, unsigned int *devid)
{
	unsigned int disk, part;
	const char *at = name + 3;

	if (strncmp(name, "xvd", 3) == 0) {
		if (!disk_number(&at, &disk) || !partition_number(at, &part))
			return false;
		*devid = disk < 16 && part < 16 ? 202u << 8 | disk << 4 | part : 1u << 28 | disk << 8 | part;
		return disk < 1u << 20;
	}
	at = name + 2;
	if (!disk_number(&at, &disk) || !partition_number(at, &part))
		return false;
	if (!strncmp(name, "sd", 2)) {
		*devid = 8u << 8 | disk << 4 | part;
		return disk < 16 && part < 16;
	}
	*devid = (disk < 2 ? 3u : 22u) << 8 | (disk & 1) << 6 | part;
	return !strncmp(name, "hd", 2) && disk < 4 && part < 64;
}

static int set_target(struct disk_config *disk, const char *text)
{
	static const char *const prefixes[] = {"phy:", "file:", "raw:"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(text, prefixes[i], strlen(prefixes[i])))
			text += strlen(prefixes[i]);
	if (!*text)
		return 0;
	free(disk->target);
	disk->target = strdup(text);
	return disk->target ? 0 : -ENOMEM;
}

static bool set_access(struct disk_config *disk, const char *text)
{
	if (!strcmp(text, "r") || !strcmp(text, "ro"))
		disk->readonly = true;
	else if (strcmp(text, "w") && strcmp(text, "rw"))
		return false;
	return true;
}

static int set_named(struct disk_config *disk, unsigned int line, char *key, char *value, struct cfg_error *error)
{
	if (!strcmp(key, "format")) {
		disk->qcow2 = !strcmp(value, "qcow2");
		if (!*value || !strcmp(value, "raw") || disk->qcow2)
			return 0;
		return cfg_fail(error, line, "disk",
				"format \"%s\" is not supported; raw and qcow2 are, and `qemu-nbd "
				"--connect=/dev/nbd0 FILE` makes a raw device of any other",
				value);
	}
	if (!strcmp(key, "vdev"))
		return config_copy(disk->vdev, sizeof(disk->vdev), value)
			       ? cfg_fail(error, line, "disk", "vdev \"%s\" is too long", value)
			       : 0;
	if (!strcmp(key, "access"))
		return set_access(disk, value)
			       ? 0
			       : cfg_fail(error, line, "disk", "access \"%s\" is not one of r, ro, w, rw", value);
	if (!strcmp(key, "backendtype"))
		return config_backendtype(disk->backendtype, sizeof(disk->backendtype), value)
			       ? 0
			       : cfg_fail(error, line, "disk", BACKENDTYPE_UNKNOWN, value);
	if (!strcmp(key, "devtype")) {
		disk->cdrom = !strcmp(value, "cdrom");
		return disk->cdrom || !strcmp(value, "disk")
			       ? 0
			       : cfg_fail(error, line, "disk", "devtype \"%s\" is not disk or cdrom", value);
	}
	return cfg_fail(error, line, "disk", "unknown item \"%s=\"; write %s", key, EXAMPLE);
}

/* A word without "=": a flag, or the next of the fields that are known by their place. */
static int set_plain(struct disk_config *disk, unsigned int line, char *word, unsigned int *place,
		     struct cfg_error *error)
{
	static char *const places[] = {"target", "format", "vdev", "access"};

	if (!strcmp(word, "cdrom") || !strcmp(word, "devtype=cdrom"))
		return disk->cdrom = true, 0;
	if (!strcmp(word, "no-discard"))
		return disk->no_discard = true, 0;
	if (!strcmp(word, "discard") || !strcmp(word, "direct-io-safe"))
		return 0;
	/* The old form has no format: "phy:/dev/sda,xvda,w". */
	if (*place == 1 && strcmp(word, "raw") && *word && strcmp(word, "qcow2") && strcmp(word, "vhd") &&
	    strcmp(word, "qcow") && strcmp(word, "vmdk"))
		*place = 2;
	switch ((*place)++) {
	case 0:
		return set_target(disk, word);
	case 1:
	case 2:
	case 3:
		return set_named(disk, line, places[*place - 1], word, error);
	default:
		return cfg_fail(error, line, "disk", "do not know what \"%s\" is; write %s", word, EXAMPLE);
	}
}

static int read_pieces(struct disk_config *disk, unsigned int line, char *text, struct cfg_error *error)
{
	unsigned int place = 0;
	char *piece, *equals;
	int err = 0;

	while (!err && text) {
		while (isspace((unsigned char)*text))
			text++;
		/* A target named so is the rest of the text, whatever it holds. */
		if (!strncmp(text, "target=", 7))
			return set_target(disk, text + 7);
		piece = config_next_piece(&text);
		equals = strchr(piece, '=');
		if (equals && piece[0] != '/' && !config_is_url(piece)) {
			*equals = '\0';
			err = set_named(disk, line, piece, equals + 1, error);
		} else {
			err = set_plain(disk, line, piece, &place, error);
		}
	}
	return err;
}

bool config_is_url(const char *target)
{
	struct nbd_url url;

	return nbd_url_parse(target, &url);
}

bool config_is_image(const struct disk_config *disk)
{
	return disk->target && (disk->qcow2 || config_is_url(disk->target));
}

/* What one item says does not go with what another does. */
static int check_together(const struct disk_config *disk, struct cfg_error *error)
{
	unsigned int line = disk->line;

	if (!disk->target && !disk->cdrom)
		return cfg_fail(error, line, "disk", "%s has no target; write %s", disk->vdev, EXAMPLE);
	if (disk->target && disk->target[0] != '/' && !config_is_url(disk->target))
		return cfg_fail(error, line, "disk",
				"\"%s\" is not an absolute path, nor a URL like nbd://host:10809/name", disk->target);
	if (disk->cdrom && config_is_image(disk))
		return cfg_fail(error, line, "disk", "%s: what lies in a CD-ROM drive is a raw file or device",
				disk->vdev);
	if (!disk->target && config_is_linux_backend(disk->backendtype))
		return cfg_fail(error, line, "disk", "%s: the kernel's back end has no drives without a medium",
				disk->vdev);
	return 0;
}

int config_read_disk(const struct cfg_value *value, struct disk_config *disk, struct cfg_error *error)
{
	unsigned int line = value->line;
	char *copy;
	int err;

	memset(disk, 0, sizeof(*disk));
	disk->line = line;
	if (value->kind != CFG_STRING)
		return cfg_fail(error, line, "disk", "each disk is a string, as in [ %s ]", EXAMPLE);
	copy = strdup(value->text);
	if (!copy)
		return -ENOMEM;
	err = read_pieces(disk, line, copy, error);
	free(copy);
	if (err)
		return err;
	if (!disk->vdev[0])
		return cfg_fail(error, line, "disk", "the guest's name for it is missing; write %s", EXAMPLE);
	if (!device_number(disk->vdev, &disk->devid))
		return cfg_fail(error, line, "disk", "\"%s\" is no name of a guest's disk; xvda, xvdb … are",
				disk->vdev);
	disk->readonly |= disk->cdrom;
	return check_together(disk, error);
}
