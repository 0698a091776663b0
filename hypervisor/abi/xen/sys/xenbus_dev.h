/* sys/xenbus_dev.h - /dev/xen/xenbus_backend: how the store daemon gets at Dom0's own page */
#ifndef ABI_SYS_XENBUS_DEV_H
#define ABI_SYS_XENBUS_DEV_H

#include <linux/ioctl.h>

#define IOCTL_XENBUS_BACKEND_EVTCHN _IOC(_IOC_NONE, 'B', 0, 0) /* returns the port to bind */
#define IOCTL_XENBUS_BACKEND_SETUP  _IOC(_IOC_NONE, 'B', 1, 0) /* arg: domid the store runs in */

#endif
