/* disk_closed.h - waiting until no back end has a disk open any more */
#ifndef HVCTL_DISK_CLOSED_H
#define HVCTL_DISK_CLOSED_H

#include <stdbool.h>

/*
 * After the disk's nodes were removed. True: both hvbackendd and Linux' own back end have let go of what they served. False: one of
 * them has not for some seconds.
 */
bool disk_wait_until_closed(unsigned int domid, unsigned int devid);

#endif
