/* record.h - a domain in the store: what describes it, and its devices */
#ifndef HVCTL_RECORD_H
#define HVCTL_RECORD_H

#include <time.h>

#include "dom0-tools/build/builder.h"
#include "disk_device.h"
#include "dom0-tools/config/domain_config.h"
#include "names.h"

#define PATH_ROOM      128
#define DEFAULT_BRIDGE "xenbr0"

/*
 * Writes the domain's directory, its record under /vm, and the front and back directories of each
 * device, all at once. Backends begin their work when they see it. There is one of `devices` for each disk.
 */
int record_write(struct plinth_store *store, unsigned int domid, const struct domain_config *config,
		 const struct disk_device *devices, const struct built *built);

/* Removes all that; what is not there is no error. record_remove_nodes: only what stands below the domain's number. */
void record_remove(struct plinth_store *store, unsigned int domid, const uint8_t uuid[16]);
void record_remove_nodes(struct plinth_store *store, unsigned int domid);

/* When the domain was made, by Dom0's clock. */
int record_start_time(struct plinth_store *store, const uint8_t uuid[16], time_t *start);

/*
 * Where Dom0 has the back end of a device; kind is "vbd" or "vif". Linux' own back ends take whatever is below these names, and
 * udev loads them at the first sight of it: ours are below names of their own, "hvbd" and "hvif".
 */
enum backend { BACKEND_PLINTH, BACKEND_LINUX, BACKENDS };
enum backend backend_of_type(const char *backendtype);
void backend_directory(char path[PATH_ROOM], enum backend backend, const char *kind);
void backend_path(char path[PATH_ROOM], enum backend backend, const char *kind, unsigned int domid, unsigned int devid);
/* The path of the one that is there; of ours if none is. */
void backend_find(struct plinth_store *store, char path[PATH_ROOM], const char *kind, unsigned int domid,
		  unsigned int devid);

/* Calls fn with the back end's path of each device of a kind; until it says false. */
int record_each_device(struct plinth_store *store, const char *kind, unsigned int domid,
		       bool (*fn)(const char *base, unsigned int devid, void *arg), void *arg);

/* The block device of Dom0 that was made for the disk with this back end (disk_device.h); false: none was. */
bool record_served_path(struct plinth_store *store, const char *base, char path[32]);
/* What a disk is made of, as its configuration has it: the file, the device, or the image behind that. <0: an error. */
int record_disk_target(struct plinth_store *store, const char *base, char *target, size_t size);

/* One more device for a domain that is there, and its end. */
int record_add_disk(struct plinth_store *store, unsigned int domid, const struct disk_config *disk,
		    const struct disk_device *device);
int record_add_vif(struct plinth_store *store, unsigned int domid, unsigned int handle, const struct vif_config *vif);
void record_remove_device(struct plinth_store *store, const char *kind, unsigned int domid, unsigned int devid);
/* A disk by its name in the guest or by its number. -ENOENT: the domain has no such disk. */
int record_find_disk(struct plinth_store *store, unsigned int domid, const char *text, unsigned int *devid);
int record_wait_for_disk(struct plinth_store *store, unsigned int domid, const struct disk_config *disk);
int record_wait_for_vif(struct plinth_store *store, unsigned int domid, unsigned int handle,
			const struct vif_config *vif);

/* Sees to it that Dom0's kernel has its own back end of this kind; nothing for ours. */
int backend_load(enum backend backend, const char *kind);

/* Waits until each device's backend is ready for the guest, or says which one fails and why. */
int record_wait_for_backends(struct plinth_store *store, unsigned int domid, const struct domain_config *config);

#endif
