/* device_model.c - the process that emulates an HVM domain's devices: qemu-system-i386, in its mode for Xen */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "device_model.h"
#include "emulated_net.h"
#include "life.h"
#include "news.h"
#include "qmp.h"
#include "record.h"

#define LOG_DIRECTORY	"/var/log/plinth"
#define READY_WAIT_MS	120000
#define STEP_US		10000
#define EMPTY_DIRECTORY "/run/plinth/empty"
#define DISPLAY_LAST	"999"  /* of VNC: port 6899 */
#define FIRST_UID	600000 /* of a domain's device model: this and its number */

/* ---- its arguments --------------------------------------------------------------------------- */

#define ARGUMENTS_MOST 96
#define NICS_MOST      8

struct arguments {
	char *list[ARGUMENTS_MOST + 1];
	unsigned int count;
	bool failed;
	int nic[NICS_MOST]; /* descriptors of its interfaces, which it inherits */
	unsigned int nr_nics;
};

static void __attribute__((format(printf, 2, 3))) add(struct arguments *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (a->count == ARGUMENTS_MOST || vasprintf(&a->list[a->count], fmt, ap) < 0)
		a->failed = true;
	else
		a->count++;
	va_end(ap);
	a->list[a->count] = NULL;
}

static void free_arguments(struct arguments *a)
{
	while (a->count)
		free(a->list[--a->count]);
	while (a->nr_nics)
		close(a->nic[--a->nr_nics]);
}

/* A comma within a value is written twice. */
static char *doubled_commas(const char *text)
{
	char *out = malloc(2 * strlen(text) + 1), *p = out;

	for (; out && *text; text++) {
		*p++ = *text;
		if (*text == ',')
			*p++ = ',';
	}
	if (out)
		*p = 0;
	return out;
}

/* The first four of each kind of name are the drives of two IDE cables: hda and xvda are the first. */
unsigned int device_model_drive(const char *vdev)
{
	const char *letter = vdev + strlen(vdev) - 1;

	return *letter >= 'a' && *letter < 'a' + IDE_DRIVES ? (unsigned int)(*letter - 'a') : IDE_DRIVES;
}

static void add_disk(struct arguments *a, const struct disk_config *disk, const struct disk_device *device)
{
	char *file = doubled_commas(*device->path ? device->path : disk->target ? disk->target : "");
	unsigned int drive = device_model_drive(disk->vdev);

	if (!file)
		a->failed = true;
	/* IDE knows no disk that cannot be written; such a one is there for PV drivers only. */
	if (!file || drive == IDE_DRIVES || (disk->readonly && !disk->cdrom)) {
		free(file);
		return;
	}
	add(a, "-drive");
	if (disk->cdrom && !disk->target)
		add(a, "if=ide,index=%u,media=cdrom", drive);
	else
		add(a, "if=ide,index=%u,media=%s,format=raw,file.locking=off%s,file=%s", drive,
		    disk->cdrom ? "cdrom" : "disk", disk->cdrom ? ",readonly=on" : "", file);
	free(file);
}

static int add_nic(struct arguments *a, unsigned int domid, unsigned int n, const struct vif_config *vif)
{
	char name[16];
	const uint8_t *m = vif->mac;
	int fd;

	if (n >= NICS_MOST)
		return 0;
	snprintf(name, sizeof(name), "vif%u.%u-emu", domid, n);
	fd = emulated_net_open(name, vif->bridge[0] ? vif->bridge : DEFAULT_BRIDGE);
	if (fd < 0)
		return fd;
	a->nic[a->nr_nics++] = fd;
	add(a, "-netdev");
	add(a, "tap,id=net%u,fd=%d", n, fd);
	add(a, "-device");
	add(a, "e1000,netdev=net%u,romfile=,mac=%02x:%02x:%02x:%02x:%02x:%02x", n, m[0], m[1], m[2], m[3], m[4], m[5]);
	return 0;
}

/* Once its files are open, it has a user of its own, sees no file, and reaches no domain but this one. Debian's has no -sandbox. */
static void add_confinement(struct arguments *a, unsigned int domid)
{
	add(a, "-xen-domid-restrict");
	add(a, "-runas");
	add(a, "%u:%u", FIRST_UID + domid, FIRST_UID + domid);
	add(a, "-chroot");
	add(a, EMPTY_DIRECTORY);
}

static void add_screen(struct arguments *a, const struct screen_config *s)
{
	static const char *const device[] = {[VGA_STDVGA] = "VGA", [VGA_CIRRUS] = "cirrus-vga"};
	char *at = doubled_commas(s->vnclisten);

	add(a, "-vga");
	add(a, "none");
	if (s->vga != VGA_NONE) {
		add(a, "-device");
		add(a, "%s,vgamem_mb=%u", device[s->vga], s->videoram_mib);
	}
	if (!at)
		a->failed = true;
	if (at && s->vnc) {
		add(a, "-vnc");
		if (strncmp(at, "unix:", 5))
			add(a, "%s:%u%s", at, s->vncdisplay, s->vncunused ? ",to=" DISPLAY_LAST : "");
		else
			add(a, "%s", at);
	}
	free(at);
}

static int make_arguments(struct arguments *a, unsigned int domid, const struct domain_config *c,
			  const struct disk_device *devices)
{
	int err = 0;

	add(a, "%s", c->device_model);
	add(a, "-xen-domid");
	add(a, "%u", domid);
	add(a, "-xen-attach");
	add(a, "-name");
	add(a, "%s", c->name);
	add(a, "-machine");
	add(a, "xenfv,max-ram-below-4g=0xc0000000");
	add(a, "-m");
	add(a, "%llu", (unsigned long long)c->memory_mib);
	add(a, "-smp");
	add(a, "%u,maxcpus=%u", c->vcpus, c->maxvcpus);
	add(a, "-nodefaults");
	add(a, "-no-user-config");
	add(a, "-no-shutdown");
	add(a, "-display");
	add(a, "none");
	add_screen(a, &c->screen);
	add(a, "-monitor");
	add(a, "none");
	add(a, "-qmp");
	add(a, "unix:" QMP_SOCKET ",server=on,wait=off", domid);
	add(a, "-boot");
	add(a, "order=%s", c->boot);
	if (c->serial) {
		add(a, "-serial");
		add(a, "%s", c->serial);
	}
	for (size_t i = 0; i < c->nr_disks; i++)
		add_disk(a, &c->disks[i], &devices[i]);
	for (size_t i = 0; i < c->nr_vifs && !err; i++)
		err = add_nic(a, domid, i, &c->vifs[i]);
	add_confinement(a, domid);
	if (!err && a->failed)
		err = plinth_fail(ENOMEM, "out of memory");
	return err;
}

/* ---- its life -------------------------------------------------------------------------------- */

static void state_path(unsigned int domid, const char *what, char path[PATH_ROOM])
{
	snprintf(path, PATH_ROOM, "/local/domain/0/device-model/%u%s", domid, what);
}

static void redirect_output(const char *name)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), log;
	char path[128];

	mkdir(LOG_DIRECTORY, 0755);
	snprintf(path, sizeof(path), LOG_DIRECTORY "/%s-qemu.log", name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	dup2(null, STDIN_FILENO);
	dup2(log < 0 ? null : log, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
}

static __attribute__((noreturn)) void become(struct arguments *a, const char *name)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	redirect_output(name);
	mkdir(EMPTY_DIRECTORY, 0555);
	for (unsigned int i = 0; i < a->nr_nics; i++)
		fcntl(a->nic[i], F_SETFD, 0);
	execv(a->list[0], a->list);
	fprintf(stderr, "%s: %s\n", a->list[0], strerror(errno));
	_exit(127);
}

static int has_ended(pid_t pid, const char *name)
{
	if (waitpid(pid, NULL, WNOHANG) != pid)
		return 0;
	return plinth_fail(EIO, "the device model has ended; " LOG_DIRECTORY "/%s-qemu.log tells why", name);
}

struct start {
	struct plinth_store *store;
	const char *path; /* of its state */
	const char *name; /* the domain's */
	pid_t pid;
};

static int is_ready(void *arg)
{
	const struct start *s = arg;
	char state[16];

	if (plinth_store_get(s->store, 0, s->path, state, sizeof(state)) > 0 && !strcmp(state, "running"))
		return 1;
	if (life_interrupted())
		return plinth_fail(EINTR, "interrupted while waiting for the device model");
	return has_ended(s->pid, s->name);
}

static int wait_until_ready(struct plinth_store *store, unsigned int domid, pid_t pid, const char *name)
{
	char path[PATH_ROOM];
	struct start start = {store, path, name, pid};
	int err;

	state_path(domid, "/state", path);
	err = news_wait(store, path, READY_WAIT_MS, is_ready, &start);
	if (err == -ETIMEDOUT)
		return plinth_fail(ETIMEDOUT, "the device model is not ready after %d s", READY_WAIT_MS / 1000);
	return err < 0 ? err : 0;
}

static int note_process(struct plinth_store *store, unsigned int domid, pid_t pid)
{
	char path[PATH_ROOM], text[16];

	state_path(domid, "/pid", path);
	snprintf(text, sizeof(text), "%d", pid);
	return plinth_store_write(store, 0, path, text);
}

/* The number of the terminal that a process holds as its descriptor; <0: that is none. */
static int terminal_of(pid_t pid, const char *fd)
{
	char path[64], line[64];
	int number = -1;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fd/%.8s", pid, fd);
	n = readlink(path, line, sizeof(line) - 1);
	if (n < 5 || memcmp(line + n - 5, "/ptmx", 5))
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.8s", pid, fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "tty-index: %d", &number) == 1)
			break;
	if (f)
		fclose(f);
	return number;
}

/* serial='pty': whoever attaches to the line finds its terminal in the store. The device model has no other. */
static int note_terminal(struct plinth_store *store, unsigned int domid, pid_t pid)
{
	char path[PATH_ROOM], tty[32];
	struct dirent *entry;
	int number = -1;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && number < 0 && (entry = readdir(d)))
		number = terminal_of(pid, entry->d_name);
	if (d)
		closedir(d);
	if (number < 0)
		return plinth_fail(EIO, "the device model has no terminal for serial='pty'");
	snprintf(path, sizeof(path), "/local/domain/%u/serial/0/tty", domid);
	snprintf(tty, sizeof(tty), "/dev/pts/%d", number);
	return plinth_store_write(store, 0, path, tty);
}

int device_model_start(struct plinth_store *store, unsigned int domid, const struct domain_config *config,
		       const struct disk_device *devices)
{
	struct arguments a = {0};
	pid_t pid = -1;
	int err;

	err = make_arguments(&a, domid, config, devices);
	if (!err)
		pid = fork();
	if (!pid)
		become(&a, config->name);
	free_arguments(&a);
	if (err)
		return err;
	if (pid < 0)
		return plinth_fail(ENOMEM, "no process for the device model");
	err = note_process(store, domid, pid);
	if (!err)
		err = wait_until_ready(store, domid, pid, config->name);
	if (!err && (err = device_model_settle(store, domid, &config->screen)) && has_ended(pid, config->name))
		err = -EIO;
	if (!err && config->serial && !strcmp(config->serial, "pty"))
		err = note_terminal(store, domid, pid);
	return err;
}

/* Whether the process of this number still is the domain's device model, and not another of the same number. */
static bool is_it(int pid, unsigned int domid)
{
	char path[64], line[512], *arg, number[16];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = 0;
	snprintf(number, sizeof(number), "%u", domid);
	for (arg = line; arg < line + n; arg += strlen(arg) + 1)
		if (!strcmp(arg, "-xen-domid"))
			return !strcmp(arg + strlen(arg) + 1, number);
	return false;
}

bool device_model_is_there(struct plinth_store *store, unsigned int domid)
{
	char path[PATH_ROOM], text[16];

	state_path(domid, "/pid", path);
	return plinth_store_get(store, 0, path, text, sizeof(text)) > 0;
}

void device_model_stop(struct plinth_store *store, unsigned int domid)
{
	const struct timespec step = {.tv_nsec = STEP_US * 1000};
	char path[PATH_ROOM], text[16];
	int pid;

	state_path(domid, "/pid", path);
	if (plinth_store_get(store, 0, path, text, sizeof(text)) > 0) {
		pid = atoi(text);
		/* It has nothing to save: the domain is gone. */
		if (pid > 1 && is_it(pid, domid) && !kill(pid, SIGKILL))
			while (waitpid(pid, NULL, WNOHANG) != pid && is_it(pid, domid))
				nanosleep(&step, NULL);
	}
	state_path(domid, "", path);
	plinth_store_remove(store, 0, path);
	snprintf(path, sizeof(path), QMP_SOCKET, domid);
	unlink(path);
}
