/* check.c - what can be known to go wrong before a domain is made */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "life.h"

typedef int device_fn(struct plinth_store *store, const char *base, const char *owner, void *arg);

static int for_each_below(struct plinth_store *store, const char *directory, device_fn *fn, void *arg)
{
	char path[2 * PATH_ROOM], base[3 * PATH_ROOM], **owners, **devices;
	int nr_owners, nr_devices, err = 0;

	nr_owners = plinth_store_list(store, 0, directory, &owners);
	if (nr_owners < 0)
		return nr_owners == -ENOENT ? 0 : nr_owners;
	for (int i = 0; i < nr_owners && !err; i++) {
		snprintf(path, sizeof(path), "%s/%.20s", directory, owners[i]);
		nr_devices = plinth_store_list(store, 0, path, &devices);
		if (nr_devices < 0)
			continue;
		for (int j = 0; j < nr_devices && !err; j++) {
			snprintf(base, sizeof(base), "%s/%.20s", path, devices[j]);
			err = fn(store, base, owners[i], arg);
		}
		free(devices);
	}
	free(owners);
	return err;
}

/* Calls fn for each device of a kind that any domain has; stops at the first error. */
static int for_each_device(struct plinth_store *store, const char *kind, device_fn *fn, void *arg)
{
	char directory[PATH_ROOM];
	int err = 0;

	for (enum backend b = BACKEND_PLINTH; b < BACKENDS && !err; b++) {
		backend_directory(directory, b, kind);
		err = for_each_below(store, directory, fn, arg);
	}
	return err;
}

/* ---- Names and UUIDs ------------------------------------------------------------------------- */

static int check_names(struct plinth *h, struct plinth_store *store, const struct domain_config *c)
{
	struct plinth_domain *list;
	char name[NAME_BYTES], uuid[UUID_TEXT];
	int count = plinth_list_domains(h, &list), i, err = 0;

	if (count < 0)
		return count;
	for (i = 0; i < count && !err; i++) {
		domain_name(store, list[i].domid, name);
		if (!strcmp(name, c->name))
			err = plinth_fail(EEXIST, "name: domain %u is called \"%s\" already", list[i].domid, name);
		else if (c->has_uuid && !memcmp(list[i].uuid, c->uuid, 16)) {
			format_uuid(c->uuid, uuid);
			err = plinth_fail(EEXIST, "uuid: domain %u (%s) has the UUID %s already", list[i].domid, name,
					  uuid);
		}
	}
	free(list);
	return err;
}

/* ---- Network --------------------------------------------------------------------------------- */

struct mac_search {
	const uint8_t *mac;
	char text[18];
};

static int same_mac(struct plinth_store *store, const char *base, const char *owner, void *arg)
{
	struct mac_search *search = arg;
	char path[4 * PATH_ROOM], text[32];

	snprintf(path, sizeof(path), "%s/mac", base);
	if (plinth_store_get(store, 0, path, text, sizeof(text)) <= 0 || strcasecmp(text, search->text))
		return 0;
	return plinth_fail(EEXIST, "vif: the MAC address %s is in use by domain %s", text, owner);
}

static int mac_is_used(struct plinth_store *store, const uint8_t m[6])
{
	struct mac_search search = {.mac = m};

	snprintf(search.text, sizeof(search.text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	return for_each_device(store, "vif", same_mac, &search);
}

/* Xen's own prefix, and three bytes by chance that nobody has yet. */
static int draw_mac(struct plinth_store *store, uint8_t mac[6])
{
	int err;

	do {
		memcpy(mac, "\x00\x16\x3e", 3);
		if (getrandom(mac + 3, 3, 0) != 3)
			return plinth_fail(errno, "no random numbers: %s", strerror(errno));
		mac[3] &= 0x7f;
		err = mac_is_used(store, mac);
	} while (err == -EEXIST);
	return err;
}

int life_check_vif(struct plinth_store *store, struct vif_config *vif)
{
	const char *bridge = vif->bridge[0] ? vif->bridge : "xenbr0";
	char path[64];
	int err = vif->has_mac ? mac_is_used(store, vif->mac) : draw_mac(store, vif->mac);

	if (err)
		return err;
	vif->has_mac = true;
	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", bridge);
	if (!access(path, F_OK))
		return 0;
	*strrchr(path, '/') = '\0';
	if (access(path, F_OK))
		return plinth_fail(ENODEV,
				   "vif: there is no bridge %s; `ip link add %s type bridge` makes "
				   "one",
				   bridge, bridge);
	return plinth_fail(ENODEV, "vif: %s is a network interface, but not a bridge", bridge);
}

/* ---- Disks ----------------------------------------------------------------------------------- */

struct disk_search {
	const struct disk_config *disk;
	struct stat st;
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* One disk for two domains is fine as long as nobody writes to it. */
static int same_disk(struct plinth_store *store, const char *base, const char *owner, void *arg)
{
	const struct disk_search *search = arg;
	char path[3 * PATH_ROOM], target[1024], mode[4] = "";
	struct stat st;

	if (record_disk_target(store, base, target, sizeof(target)) <= 0)
		return 0;
	if (strcmp(target, search->disk->target) &&
	    (config_is_url(search->disk->target) || stat(target, &st) || !same_file(&st, &search->st)))
		return 0;
	snprintf(path, sizeof(path), "%s/mode", base);
	plinth_store_get(store, 0, path, mode, sizeof(mode));
	if (search->disk->readonly && mode[0] == 'r')
		return 0;
	return plinth_fail(EBUSY, "disk: %s is in use by domain %s", search->disk->target, owner);
}

int life_check_disk(struct plinth_store *store, const struct disk_config *disk)
{
	struct disk_search search = {.disk = disk};

	if (!disk->target)
		return 0;
	if (disk_device_check(disk))
		return -ENOENT;
	if (config_is_url(disk->target))
		return for_each_device(store, "vbd", same_disk, &search);
	if (stat(disk->target, &search.st))
		return plinth_fail(errno, "disk: %s: %s", disk->target, strerror(errno));
	if (!S_ISREG(search.st.st_mode) && !S_ISBLK(search.st.st_mode))
		return plinth_fail(EINVAL, "disk: %s is neither a file nor a block device", disk->target);
	if (S_ISREG(search.st.st_mode) && search.st.st_size < 512)
		return plinth_fail(EINVAL, "disk: %s is smaller than one sector", disk->target);
	if (!disk->readonly && access(disk->target, W_OK))
		return plinth_fail(errno, "disk: %s cannot be written: %s; is ro meant?", disk->target,
				   strerror(errno));
	return for_each_device(store, "vbd", same_disk, &search);
}

/* ---- Hardware ------------------------------------------------------------------------------- */

static int check_type(struct plinth *h, const struct domain_config *c)
{
	struct plinth_host host;
	int err = plinth_get_host(h, &host);

	if (err || c->type == DOMAIN_PV || (host.hvm && host.hap))
		return err;
	if (!*host.hvm_by)
		return plinth_fail(EOPNOTSUPP,
				   "type: \"%s\" needs VT-x or AMD-V, and this machine's "
				   "CPU has neither; \"pv\" runs on it",
				   domain_type_name(c->type));
	return plinth_fail(EOPNOTSUPP,
			   "type: \"%s\" needs %s with nested paging, which the hypervisor does not "
			   "use on this machine (`hvctl dmesg` says why); \"pv\" runs on it",
			   domain_type_name(c->type), host.hvm_by);
}

/* ---- Files of the kernel --------------------------------------------------------------------- */

static int check_file(const char *what, const char *path)
{
	if (path && access(path, R_OK))
		return plinth_fail(errno, "%s: %s: %s", what, path, strerror(errno));
	return 0;
}

int life_check_each(struct plinth *h, struct plinth_store *store, struct domain_config *c, bool (*complain)(void *arg),
		    void *arg)
{
	/* The scalar parts one by one, then each disk, then each interface. */
	const size_t scalars = 6, end = scalars + c->nr_disks + c->nr_vifs;
	int err = 0, first = 0;

	if (!c->has_uuid)
		uuid_generate(c->uuid);
	for (size_t i = 0; i < end; i++) {
		if (i == 0)
			err = check_file("kernel", c->kernel);
		else if (i == 1)
			err = check_file("ramdisk", c->ramdisk);
		else if (i == 2)
			err = check_type(h, c);
		else if (i == 3)
			err = check_names(h, store, c);
		else if (i == 4)
			err = check_file("bios", c->bios);
		else if (i == 5)
			err = check_file("device model", c->device_model);
		else if (i < scalars + c->nr_disks)
			err = life_check_disk(store, &c->disks[i - scalars]);
		else
			err = life_check_vif(store, &c->vifs[i - scalars - c->nr_disks]);
		if (err && !first)
			first = err;
		if (err && !complain(arg))
			break;
	}
	return first;
}

static bool stop(void *arg)
{
	(void)arg;
	return false;
}

int life_check(struct plinth *h, struct plinth_store *store, struct domain_config *c)
{
	return life_check_each(h, store, c, stop, NULL);
}
