/* device_model.h - the process that emulates an HVM domain's devices: qemu-system-i386, in its mode for Xen */
#ifndef HVCTL_DEVICE_MODEL_H
#define HVCTL_DEVICE_MODEL_H

#include "dom0-tools/config/domain_config.h"
#include "disk_device.h"
#include "dom0-tools/lib/plinth.h"

/* Starts it for a domain that does not run yet; on return it is ready to. What it says goes to
 * /var/log/plinth/NAME-qemu.log. devices: one for each disk. */
int device_model_start(struct plinth_store *store, unsigned int domid, const struct domain_config *config,
		       const struct disk_device *devices);
/* Ends it, if the domain has one. */
void device_model_stop(struct plinth_store *store, unsigned int domid);

/*
 * What it is asked while it runs (device_model_orders.c). -EIO, -ETIMEDOUT: it does not answer, or refuses, in its own words.
 *
 * Once it has begun: it answers, and where it shows the screen is noted in the store.
 */
int device_model_settle(struct plinth_store *store, unsigned int domid, const struct screen_config *screen);
/* Which of its IDE drives stands for the disk of this name; IDE_DRIVES: none. */
#define IDE_DRIVES 4
unsigned int device_model_drive(const char *vdev);
bool device_model_is_there(struct plinth_store *store, unsigned int domid);
/* A CD-ROM drive has this medium from now on, or, with NULL, none. The guest is not asked. */
int device_model_change_cd(unsigned int domid, unsigned int ide, const char *path);

#endif
