/* doctor_host.c - whether Dom0 itself, its daemons, its bridge and the machine's memory are as they should be */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "doctor.h"

#define LITTLE_MIB	64 /* too little of any memory to work with */
#define LITTLE_DISK_MIB 16
#define BRIDGE		"/sys/class/net/xenbr0"

/* ---- Versions and memory ----------------------------------------------------------------------- */

static void check_hypervisor(struct doctor *d)
{
	struct plinth_version v;
	struct plinth_host host;

	if (plinth_get_version(d->h, &v)) {
		finding(d, PROBLEM, "hypervisor", NULL, "%s", plinth_error());
		return;
	}
	if (strncmp(v.changeset, "plinth ", 7))
		finding(d, WARNING, "versions", NULL,
			"the hypervisor is not Plinth but version %u.%u%s of something else", v.major, v.minor,
			v.extra);
	else if (strcmp(v.changeset + 7, PLINTH_VERSION))
		finding(d, WARNING, "versions", "install the two from one release, and boot that",
			"hvctl is %s, the hypervisor is %s", PLINTH_VERSION, v.changeset + 7);
	else
		finding(d, FINE, "versions", NULL, "hvctl and hypervisor are both %s", PLINTH_VERSION);
	if (plinth_get_host(d->h, &host)) {
		finding(d, PROBLEM, "hypervisor", NULL, "%s", plinth_error());
		return;
	}
	if (host.free_pages >> 8 < LITTLE_MIB)
		finding(d, WARNING, "memory",
			"give some back: `hvctl mem-set DOMAIN MIB` (Domain-0 too), or dom0_mem= at boot",
			"%" PRIu64 " of %" PRIu64 " MiB are free for new domains", host.free_pages >> 8,
			host.total_pages >> 8);
	else
		finding(d, FINE, "memory", NULL, "%" PRIu64 " of %" PRIu64 " MiB are free for new domains",
			host.free_pages >> 8, host.total_pages >> 8);
}

static void check_own_memory(struct doctor *d)
{
	unsigned long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "MemAvailable: %lu kB", &kib) != 1)
		;
	if (f)
		fclose(f);
	if (kib >> 10 < LITTLE_MIB)
		finding(d, WARNING, "Dom0's memory", "give it more: `hvctl mem-set Domain-0 MIB`, or dom0_mem= at boot",
			"%lu MiB are left in Dom0; its daemons may be killed for want of more", kib >> 10);
	else
		finding(d, FINE, "Dom0's memory", NULL, "%lu MiB are available in Dom0", kib >> 10);
}

static void check_disk_space(struct doctor *d)
{
	static const char *const places[] = {"/var/log", "/var/lib", "/run"};
	struct statvfs fs;
	bool fine = true;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (statvfs(places[i], &fs) || fs.f_blocks == 0)
			continue; /* an initramfs has no size */
		if ((unsigned long long)fs.f_bavail * fs.f_frsize >> 20 >= LITTLE_DISK_MIB)
			continue;
		fine = false;
		finding(d, WARNING, "disk space", "remove what is not needed there", "%s has less than %d MiB left",
			places[i], LITTLE_DISK_MIB);
	}
	if (fine)
		finding(d, FINE, "disk space", NULL, "there is room for logs and records");
}

/* ---- Devices and daemons ------------------------------------------------------------------------ */

static void check_device_files(struct doctor *d)
{
	static const struct {
		const char *path, *module;
	} files[] = {{"/dev/xen/privcmd", "xen-privcmd"},
		     {"/dev/xen/evtchn", "xen-evtchn"},
		     {"/dev/xen/gntdev", "xen-gntdev"},
		     {"/dev/xen/gntalloc", "xen-gntalloc"}};
	bool fine = true;
	char advice[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!access(files[i].path, R_OK | W_OK))
			continue;
		fine = false;
		snprintf(advice, sizeof(advice), "`modprobe %s`", files[i].module);
		finding(d, PROBLEM, "Dom0's kernel", advice, "%s: %s", files[i].path, strerror(errno));
	}
	if (fine)
		finding(d, FINE, "Dom0's kernel", NULL, "privcmd, evtchn, gntdev and gntalloc are there");
}

struct daemon {
	const char *name;
	pid_t pid;
	char state;
	unsigned int count;
};

static void note_daemon(pid_t pid, const char *name, char state, void *arg)
{
	for (struct daemon *daemon = arg; daemon->name; daemon++) {
		if (strcmp(daemon->name, name))
			continue;
		daemon->pid = pid;
		daemon->state = state;
		daemon->count++;
	}
}

static void check_daemons(struct doctor *d)
{
	struct daemon daemons[] = {{.name = "hvstored"}, {.name = "hvconsoled"}, {.name = "hvbackendd"}, {0}};
	char advice[96];

	for_each_process(note_daemon, daemons);
	for (const struct daemon *daemon = daemons; daemon->name; daemon++) {
		snprintf(advice, sizeof(advice), "start it: `systemctl start %s`, or `%s`", daemon->name, daemon->name);
		if (!daemon->count) {
			finding(d, PROBLEM, daemon->name, advice, "it does not run");
			continue;
		}
		if (daemon->state == 'T') {
			snprintf(advice, sizeof(advice), "`kill -CONT %d`", (int)daemon->pid);
			finding(d, PROBLEM, daemon->name, advice, "it is stopped (process %d)", (int)daemon->pid);
		} else if (daemon->state == 'Z') {
			finding(d, PROBLEM, daemon->name, advice, "it has ended (process %d)", (int)daemon->pid);
		} else {
			finding(d, FINE, daemon->name, NULL, "it runs (process %d)", (int)daemon->pid);
		}
	}
}

/* ---- Network ---------------------------------------------------------------------------------------- */

static unsigned int count_ports(void)
{
	DIR *ports = opendir(BRIDGE "/brif");
	struct dirent *entry;
	unsigned int n = 0;

	while (ports && (entry = readdir(ports)))
		n += entry->d_name[0] != '.' && strncmp(entry->d_name, "vif", 3) != 0;
	if (ports)
		closedir(ports);
	return n;
}

static void check_bridge(struct doctor *d)
{
	char state[16] = "";
	FILE *f;

	if (access(BRIDGE, F_OK)) {
		finding(d, WARNING, "bridge", "`ip link add xenbr0 type bridge && ip link set xenbr0 up`",
			"there is no xenbr0; a vif that names no other bridge cannot be made");
		return;
	}
	if (access(BRIDGE "/bridge", F_OK)) {
		finding(d, PROBLEM, "bridge", NULL, "xenbr0 is a network interface, but not a bridge");
		return;
	}
	f = fopen(BRIDGE "/operstate", "re");
	if (f && !fgets(state, sizeof(state), f))
		*state = '\0';
	if (f)
		fclose(f);
	state[strcspn(state, "\n")] = '\0';
	if (!strcmp(state, "down"))
		finding(d, WARNING, "bridge", "`ip link set xenbr0 up`, and its ports as well", "xenbr0 is down");
	else if (!count_ports())
		finding(d, WARNING, "bridge", "`ip link set DEVICE master xenbr0`",
			"xenbr0 has no network card: domains reach each other and Dom0 only");
	else
		finding(d, FINE, "bridge", NULL, "xenbr0 is %s, with a way out", state);
}

void doctor_host(struct doctor *d)
{
	if (d->h)
		check_hypervisor(d);
	check_own_memory(d);
	check_disk_space(d);
	check_device_files(d);
	check_daemons(d);
	check_bridge(d);
}
