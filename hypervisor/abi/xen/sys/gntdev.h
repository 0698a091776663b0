/* sys/gntdev.h - /dev/xen/gntdev: mapping and copying other domains' grants from user space */
#ifndef ABI_SYS_GNTDEV_H
#define ABI_SYS_GNTDEV_H

#include <stdint.h>
#include <linux/ioctl.h>

struct ioctl_gntdev_grant_ref {
	uint32_t domid;
	uint32_t ref;
};

/* Reserves an offset at which mmap() maps the grants. */
#define IOCTL_GNTDEV_MAP_GRANT_REF _IOC(_IOC_NONE, 'G', 0, sizeof(struct ioctl_gntdev_map_grant_ref))
struct ioctl_gntdev_map_grant_ref {
	uint32_t count;
	uint32_t pad;
	uint64_t index;			       /* out: the offset */
	struct ioctl_gntdev_grant_ref refs[1]; /* count of them */
};

/* After munmap(): gives the offset back. */
#define IOCTL_GNTDEV_UNMAP_GRANT_REF _IOC(_IOC_NONE, 'G', 1, sizeof(struct ioctl_gntdev_unmap_grant_ref))
struct ioctl_gntdev_unmap_grant_ref {
	uint64_t index;
	uint32_t count;
	uint32_t pad;
};

#define IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR _IOC(_IOC_NONE, 'G', 2, sizeof(struct ioctl_gntdev_get_offset_for_vaddr))
struct ioctl_gntdev_get_offset_for_vaddr {
	uint64_t vaddr;	 /* in: the start of a mapping */
	uint64_t offset; /* out, as what follows */
	uint32_t count;	 /* pages */
	uint32_t pad;
};

#define IOCTL_GNTDEV_SET_MAX_GRANTS _IOC(_IOC_NONE, 'G', 3, sizeof(struct ioctl_gntdev_set_max_grants))
struct ioctl_gntdev_set_max_grants {
	uint32_t count;
};

/* What happens when the page goes away, however it does: how a peer learns that we died. */
#define IOCTL_GNTDEV_SET_UNMAP_NOTIFY _IOC(_IOC_NONE, 'G', 7, sizeof(struct ioctl_gntdev_unmap_notify))
struct ioctl_gntdev_unmap_notify {
	uint64_t index;	 /* offset of the byte to clear */
	uint32_t action; /* UNMAP_NOTIFY_* */
	uint32_t event_channel_port;
};
#define UNMAP_NOTIFY_CLEAR_BYTE 0x1
#define UNMAP_NOTIFY_SEND_EVENT 0x2

/* GNTTABOP_copy between own memory and grants; flags and status as there. */
struct ioctl_gntdev_grant_copy_segment {
	union gntdev_copy_side {
		void *virt;
		struct {
			uint32_t ref;
			uint16_t offset;
			uint16_t domid;
		} foreign;
	} source, dest;
	uint16_t len;
	uint16_t flags;
	int16_t status;
};

#define IOCTL_GNTDEV_GRANT_COPY _IOC(_IOC_NONE, 'G', 8, sizeof(struct ioctl_gntdev_grant_copy))
struct ioctl_gntdev_grant_copy {
	unsigned int count;
	struct ioctl_gntdev_grant_copy_segment *segments;
};

#endif
