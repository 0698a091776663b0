/* disk_device.c - the block device of Dom0 that stands for a disk which a back end could not open itself */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "disk_device.h"
#include "dom0-tools/lib/plinth.h"
#include "program.h"

#define DIRECTORY  "/run/plinth"
#define WAIT_MS	   10000
#define STEP_MS	   20
#define LOCK_TRIES 10
#define TRIES	   8 /* somebody else may take the loop device that was free */

static void pause_a_bit(void)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000};

	nanosleep(&step, NULL);
}

int disk_device_check(const struct disk_config *disk)
{
	if (config_is_image(disk) && !program_exists("qemu-nbd"))
		return plinth_fail(ENOENT, "disk: %s needs qemu-nbd, which is not in Dom0 (Debian package qemu-utils)",
				   disk->target);
	return 0;
}

/* ---- nbd ------------------------------------------------------------------------------------------ */

static long long read_number(const char *path)
{
	long long n = -1;
	FILE *f = fopen(path, "re");

	if (f && fscanf(f, "%lld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static void pid_file_of(const char *device, char path[64])
{
	snprintf(path, 64, DIRECTORY "/%s.pid", device + strlen("/dev/"));
}

/* The kernel shows the process that serves a device for as long as it is connected. */
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

static int connect_nbd(const struct disk_config *disk, struct disk_device *device)
{
	char pid_file[64], pid_option[80], connect[64];
	const char *argv[10] = {"qemu-nbd", "--fork", "--discard=unmap",
				pid_option, connect,  disk->qcow2 ? "--format=qcow2" : "--format=raw"};
	unsigned int n = 0, count = 6;
	int err = find_free(&n);

	if (err)
		return err;
	snprintf(device->path, sizeof(device->path), "/dev/nbd%u", n);
	mkdir(DIRECTORY, 0755);
	pid_file_of(device->path, pid_file);
	unlink(pid_file); /* of one that was killed */
	snprintf(pid_option, sizeof(pid_option), "--pid-file=%s", pid_file);
	snprintf(connect, sizeof(connect), "--connect=%s", device->path);
	if (disk->readonly)
		argv[count++] = "--read-only";
	argv[count++] = disk->target;
	argv[count] = NULL;
	/* Whose domain has just ended lets go of the image in a moment. */
	for (int i = 0; (err = program_run(argv)) && strstr(plinth_error(), " lock") && i < LOCK_TRIES; i++)
		nanosleep(&(const struct timespec){.tv_nsec = 500000000}, NULL);
	for (int waited = 0; !err && !is_connected(n); waited += STEP_MS) {
		if (waited >= WAIT_MS)
			err = plinth_fail(ETIMEDOUT, "%s is not connected after %d seconds", device->path,
					  WAIT_MS / 1000);
		pause_a_bit();
	}
	if (!err)
		return 0;
	plinth_context(err, "disk: %s", disk->target);
	disk_device_end(device->path);
	device->path[0] = '\0';
	return err;
}

void disk_device_end(const char *path)
{
	const char *const disconnect[] = {"qemu-nbd", "--disconnect", path, NULL};
	char pid_file[64];
	long long pid;
	int fd;

	if (strncmp(path, "/dev/nbd", 8) || strlen(path) > 20)
		return;
	pid_file_of(path, pid_file);
	pid = read_number(pid_file);
	if (pid <= 1)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	program_run(disconnect);
	/* Whoever opens the image next must find it closed. */
	for (int waited = 0; waited < WAIT_MS && !kill((pid_t)pid, 0); waited += STEP_MS)
		pause_a_bit();
	unlink(pid_file);
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
		return connect_nbd(disk, device);
	if (disk->target && config_is_linux_backend(disk->backendtype) && !stat(disk->target, &st) &&
	    S_ISREG(st.st_mode))
		return make_loop(disk, device);
	return 0;
}
