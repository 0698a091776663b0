/* disk_device.c - the block device of Dom0 that stands for a disk which a back end could not open itself */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_device.h"
#include "dom0-tools/config/nbd_url.h"
#include "dom0-tools/image/nbd.h"
#include "dom0-tools/image/program.h"
#include "dom0-tools/image/server.h"
#include "dom0-tools/lib/plinth.h"

#define TRIES 8 /* somebody else may take the loop device that was free */

int disk_device_check(const struct disk_config *disk)
{
	if (config_is_image(disk) && !program_exists("qemu-nbd"))
		return plinth_fail(ENOENT, "disk: %s needs qemu-nbd, which is not in Dom0 (Debian package qemu-utils)",
				   disk->target);
	return 0;
}

/* ---- nbd ------------------------------------------------------------------------------------------ */

/* The kernel shows the process that connected a device for as long as it is connected. */
static bool is_connected(unsigned int n)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/nbd%u/pid", n);
	return !access(path, F_OK);
}

static int find_free(unsigned int *n)
{
	const char *const load[] = {"modprobe", "-q", "nbd", NULL};
	char path[64];
	int err = 0;

	if (access("/sys/block/nbd0", F_OK))
		err = program_run(load);
	if (err || access("/sys/block/nbd0", F_OK))
		return plinth_fail(ENODEV, "disk: Dom0's kernel has no nbd devices; `modprobe nbd` brings them");
	for (*n = 0;; ++*n) {
		snprintf(path, sizeof(path), "/sys/block/nbd%u", *n);
		if (access(path, F_OK))
			return plinth_fail(ENOSPC,
					   "disk: all %u nbd devices of Dom0 are in use; `modprobe nbd "
					   "nbds_max=N` makes more, when none of them is",
					   *n);
		if (!is_connected(*n))
			return 0;
	}
}

static void put_value(FILE *out, const char *key, struct nbd_part value)
{
	fprintf(out, ",file.%s=", key);
	for (size_t i = 0; i < value.len; i++)
		fprintf(out, "%s%c", value.at[i] == ',' ? "," : "", value.at[i]);
}

/*
 * What qemu-nbd is told of another server's export. While that server is away its requests wait for as long as the kernel
 * waits for qemu-nbd, and then some: that they fail is for the kernel to say.
 */
static char *remote_options(const struct disk_config *disk, const struct nbd_url *url)
{
	struct nbd_part host = url->host, default_port = {"10809", 5};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (host.len && *host.at == '[')
		host = (struct nbd_part){host.at + 1, host.len - 2};
	fprintf(out, "driver=%s,file.driver=nbd,file.reconnect-delay=%d", disk->qcow2 ? "qcow2" : "raw",
		NBD_REQUEST_S + 10);
	put_value(out, "server.type", url->socket.len ? (struct nbd_part){"unix", 4} : (struct nbd_part){"inet", 4});
	if (url->socket.len) {
		put_value(out, "server.path", url->socket);
	} else {
		put_value(out, "server.host", host);
		put_value(out, "server.port", url->port.len ? url->port : default_port);
	}
	if (url->export.len)
		put_value(out, "export", url->export);
	return fclose(out) ? NULL : text;
}

/* qemu-nbd repeats what it was to serve before it says what is wrong with it. */
static int explain(int err, const char *target, const char *served)
{
	const char *text = plinth_error(), *again = strstr(text, served);
	char why[256];

	if (!again || strncmp(again + strlen(served), "': ", 3))
		return plinth_context(err, "disk: %s", target);
	snprintf(why, sizeof(why), "%s", again + strlen(served) + 3);
	return plinth_fail(-err, "disk: %s: qemu-nbd: %s", target, why);
}

/*
 * What qemu-nbd has told the guest to be written must be so even if qemu-nbd is killed. It keeps a qcow2 image's tables to
 * itself until a flush, if it may; of a raw disk it keeps nothing.
 */
static int serve_image(const struct disk_config *disk, struct disk_device *device)
{
	const char *words[6] = {"--discard=unmap", disk->qcow2 ? "--format=qcow2" : "--format=raw"};
	unsigned int n = 0, count = 2;
	int err = find_free(&n);
	char *remote = NULL;
	struct nbd_url url;

	if (err)
		return err;
	if (nbd_url_parse(disk->target, &url)) {
		remote = remote_options(disk, &url);
		if (!remote)
			return plinth_fail(ENOMEM, "out of memory");
		words[1] = "--image-opts";
	}
	if (disk->readonly)
		words[count++] = "--read-only";
	else if (disk->qcow2)
		words[count++] = "--cache=writethrough";
	words[count++] = remote ? remote : disk->target;
	words[count] = NULL;
	err = image_server_start(n, words);
	if (err)
		err = explain(err, disk->target, words[count - 1]);
	free(remote);
	if (err)
		return err;
	snprintf(device->path, sizeof(device->path), "/dev/nbd%u", n);
	return 0;
}

void disk_device_end(const char *path)
{
	unsigned int n;

	if (image_server_is_ours(path, &n))
		image_server_end(n);
}

/* ---- loop ----------------------------------------------------------------------------------------- */

/* With LO_FLAGS_AUTOCLEAR it ends when the last who has it open closes it: there is nothing to undo. */
static int set_up_loop(const struct disk_config *disk, int file, struct disk_device *device)
{
	struct loop_config config = {.fd = (unsigned int)file, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), n = -1, err = 0;

	if (disk->readonly)
		config.info.lo_flags |= LO_FLAGS_READ_ONLY;
	snprintf((char *)config.info.lo_file_name, sizeof(config.info.lo_file_name), "%.60s", disk->target);
	for (int i = 0; i < TRIES && control >= 0; i++) {
		n = ioctl(control, LOOP_CTL_GET_FREE);
		if (n < 0)
			break;
		snprintf(device->path, sizeof(device->path), "/dev/loop%d", n);
		device->loop = open(device->path, (disk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
		if (device->loop >= 0 && !ioctl(device->loop, LOOP_CONFIGURE, &config))
			break;
		err = errno;
		disk_device_settle(device);
		if (err != EBUSY)
			break;
	}
	if (control >= 0)
		close(control);
	if (device->loop >= 0)
		return 0;
	device->path[0] = '\0';
	return plinth_fail(err ? err : ENODEV, "disk: %s: no loop device for it: %s", disk->target,
			   err ? strerror(err) : "there is none; `modprobe loop` brings them");
}

static int make_loop(const struct disk_config *disk, struct disk_device *device)
{
	const char *const load[] = {"modprobe", "-q", "loop", NULL};
	int file = open(disk->target, (disk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC), err;

	if (file < 0)
		return plinth_fail(errno, "disk: %s: %s", disk->target, strerror(errno));
	if (access("/dev/loop-control", F_OK))
		program_run(load); /* that there is none will be said */
	err = set_up_loop(disk, file, device);
	close(file);
	return err;
}

void disk_device_settle(struct disk_device *device)
{
	if (device->loop >= 0)
		close(device->loop);
	device->loop = -1;
}

/* ---------------------------------------------------------------------------------------------------- */

int disk_device_make(const struct disk_config *disk, struct disk_device *device)
{
	struct stat st;

	*device = (struct disk_device){.loop = -1};
	if (config_is_image(disk))
		return serve_image(disk, device);
	if (disk->target && config_is_linux_backend(disk->backendtype) && !stat(disk->target, &st) &&
	    S_ISREG(st.st_mode))
		return make_loop(disk, device);
	return 0;
}
