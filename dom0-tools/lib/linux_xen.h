/* linux_xen.h - the ioctls of Linux's /dev/xen devices, as far as Dom0's tools use them */
#ifndef PLINTH_LINUX_XEN_H
#define PLINTH_LINUX_XEN_H

#include <stdint.h>
#include <sys/ioctl.h>

/* /dev/xen/privcmd */
struct privcmd_call {
	uint64_t op;
	uint64_t arg[5];
};
struct privcmd_map_batch {
	uint32_t num;
	uint16_t dom;
	uint64_t addr;
	const uint64_t *frames;
	int *errors;
};
struct privcmd_map_resource {
	uint16_t dom;
	uint32_t type, id, first;
	uint64_t num, addr;
};
#define PRIVCMD_CALL	     _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_call))
#define PRIVCMD_MAP_BATCH    _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_map_batch))
#define PRIVCMD_MAP_RESOURCE _IOC(_IOC_NONE, 'P', 7, sizeof(struct privcmd_map_resource))

/* /dev/xen/evtchn */
struct evtchn_bind {
	uint32_t remote_domain, remote_port;
};
#define EVTCHN_BIND_VIRQ   _IOC(_IOC_NONE, 'E', 0, sizeof(uint32_t))
#define EVTCHN_BIND_REMOTE _IOC(_IOC_NONE, 'E', 1, sizeof(struct evtchn_bind))
#define EVTCHN_UNBIND	   _IOC(_IOC_NONE, 'E', 3, sizeof(uint32_t))
#define EVTCHN_NOTIFY	   _IOC(_IOC_NONE, 'E', 4, sizeof(uint32_t))

/* /dev/xen/gntdev */
struct gntdev_map {
	uint32_t count, pad;
	uint64_t index;
	struct {
		uint32_t domid, ref;
	} refs[1];
};
struct gntdev_unmap {
	uint64_t index;
	uint32_t count, pad;
};
struct gntdev_offset {
	uint64_t vaddr;
	uint64_t offset;
	uint32_t count, pad;
};
#define GNTDEV_MAP    _IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map))
#define GNTDEV_UNMAP  _IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap))
#define GNTDEV_OFFSET _IOC(_IOC_NONE, 'G', 2, sizeof(struct gntdev_offset))

/* /dev/xen/gntalloc */
struct gntalloc_alloc {
	uint16_t domid, flags;
	uint32_t count;
	uint64_t index;
	uint32_t refs[1];
};
#define GNTALLOC_WRITABLE 1
#define GNTALLOC_ALLOC	  _IOC(_IOC_NONE, 'G', 5, sizeof(struct gntalloc_alloc))

/* /dev/xen/xenbus_backend */
#define XENBUS_BACKEND_PORT _IOC(_IOC_NONE, 'B', 0, 0)

#endif
