/* sys/privcmd.h - /dev/xen/privcmd: hypercalls and foreign mappings for Dom0's user space */
#ifndef ABI_SYS_PRIVCMD_H
#define ABI_SYS_PRIVCMD_H

#include <stddef.h>
#include <linux/ioctl.h>
#include <xen/xen.h>

/* The result of the hypercall is that of the ioctl; a negative one becomes errno. */
typedef struct privcmd_hypercall {
	uint64_t op;
	uint64_t arg[5];
} privcmd_hypercall_t;

typedef struct privcmd_mmap_entry {
	uint64_t va;
	uint64_t mfn;
	uint64_t npages;
} privcmd_mmap_entry_t;

typedef struct privcmd_mmap {
	int num;
	domid_t dom;
	privcmd_mmap_entry_t *entry;
} privcmd_mmap_t;

/* A frame that could not be mapped has an error in the top bits of its entry. */
typedef struct privcmd_mmapbatch {
	int num;
	domid_t dom;
	uint64_t addr; /* of a mapping of the device, num pages */
	xen_pfn_t *arr;
} privcmd_mmapbatch_t;
#define PRIVCMD_MMAPBATCH_MFN_ERROR   0xf0000000U
#define PRIVCMD_MMAPBATCH_PAGED_ERROR 0x80000000U

typedef struct privcmd_mmapbatch_v2 {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const xen_pfn_t *arr;
	int *err; /* 0 or -errno, for each frame */
} privcmd_mmapbatch_v2_t;

typedef struct privcmd_dm_op_buf {
	void *uptr;
	size_t size;
} privcmd_dm_op_buf_t;

typedef struct privcmd_dm_op {
	domid_t dom;
	uint16_t num;
	const privcmd_dm_op_buf_t *ubufs;
} privcmd_dm_op_t;

/* XENMEM_acquire_resource, and a mapping of what it gave; num 0 and addr 0 ask for the size. */
typedef struct privcmd_mmap_resource {
	domid_t dom;
	uint32_t type;
	uint32_t id;
	uint32_t idx; /* first frame */
	uint64_t num;
	uint64_t addr;
} privcmd_mmap_resource_t;

#define IOCTL_PRIVCMD_HYPERCALL	    _IOC(_IOC_NONE, 'P', 0, sizeof(privcmd_hypercall_t))
#define IOCTL_PRIVCMD_MMAP	    _IOC(_IOC_NONE, 'P', 2, sizeof(privcmd_mmap_t))
#define IOCTL_PRIVCMD_MMAPBATCH	    _IOC(_IOC_NONE, 'P', 3, sizeof(privcmd_mmapbatch_t))
#define IOCTL_PRIVCMD_MMAPBATCH_V2  _IOC(_IOC_NONE, 'P', 4, sizeof(privcmd_mmapbatch_v2_t))
#define IOCTL_PRIVCMD_DM_OP	    _IOC(_IOC_NONE, 'P', 5, sizeof(privcmd_dm_op_t))
#define IOCTL_PRIVCMD_RESTRICT	    _IOC(_IOC_NONE, 'P', 6, sizeof(domid_t))
#define IOCTL_PRIVCMD_MMAP_RESOURCE _IOC(_IOC_NONE, 'P', 7, sizeof(privcmd_mmap_resource_t))
#define IOCTL_PRIVCMD_UNIMPLEMENTED _IOC(_IOC_NONE, 'P', 0xFF, 0)

#endif
