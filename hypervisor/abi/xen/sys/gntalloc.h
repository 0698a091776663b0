/* sys/gntalloc.h - /dev/xen/gntalloc: pages of user space granted to other domains */
#ifndef ABI_SYS_GNTALLOC_H
#define ABI_SYS_GNTALLOC_H

#include <stdint.h>
#include <linux/ioctl.h>

/* Allocates pages and grants; mmap() at index maps them. */
#define IOCTL_GNTALLOC_ALLOC_GREF _IOC(_IOC_NONE, 'G', 5, sizeof(struct ioctl_gntalloc_alloc_gref))
struct ioctl_gntalloc_alloc_gref {
	uint16_t domid;	      /* in: whom they are for */
	uint16_t flags;	      /* in: GNTALLOC_FLAG_WRITABLE */
	uint32_t count;	      /* in: pages */
	uint64_t index;	      /* out */
	uint32_t gref_ids[1]; /* out: count of them */
};
#define GNTALLOC_FLAG_WRITABLE 1

#define IOCTL_GNTALLOC_DEALLOC_GREF _IOC(_IOC_NONE, 'G', 6, sizeof(struct ioctl_gntalloc_dealloc_gref))
struct ioctl_gntalloc_dealloc_gref {
	uint64_t index;
	uint32_t count;
};

/* As gntdev's. */
#define IOCTL_GNTALLOC_SET_UNMAP_NOTIFY _IOC(_IOC_NONE, 'G', 7, sizeof(struct ioctl_gntalloc_unmap_notify))
struct ioctl_gntalloc_unmap_notify {
	uint64_t index;
	uint32_t action; /* UNMAP_NOTIFY_* */
	uint32_t event_channel_port;
};
#define UNMAP_NOTIFY_CLEAR_BYTE 0x1
#define UNMAP_NOTIFY_SEND_EVENT 0x2

#endif
