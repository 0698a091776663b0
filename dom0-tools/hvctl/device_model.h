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

#endif
