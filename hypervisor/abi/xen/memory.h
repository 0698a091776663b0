/* memory.h - memory_op(cmd, arg): a domain's memory, and maps of it */
#ifndef ABI_MEMORY_H
#define ABI_MEMORY_H

#include <xen/xen.h>
#include <xen/physdev.h>

/*
 * cmd's bits from 6 up say where to continue; callers leave them 0. Calls on another domain than
 * DOMID_SELF need privilege over it: -EPERM, or -ESRCH when there is no such domain.
 */
#define XENMEM_increase_reservation	  0  /* xen_memory_reservation; out: mfns */
#define XENMEM_decrease_reservation	  1  /* xen_memory_reservation; in: gfns */
#define XENMEM_maximum_ram_page		  2  /* no arg; returns the highest mfn of RAM */
#define XENMEM_current_reservation	  3  /* xen_memory_domain; returns pages */
#define XENMEM_maximum_reservation	  4  /* xen_memory_domain; returns pages */
#define XENMEM_machphys_mfn_list	  5  /* xen_machphys_mfn_list */
#define XENMEM_populate_physmap		  6  /* xen_memory_reservation; in: gpfns, out: mfns */
#define XENMEM_add_to_physmap		  7  /* xen_add_to_physmap */
#define XENMEM_memory_map		  9  /* xen_memory_map: the domain's own */
#define XENMEM_machine_memory_map	  10 /* xen_memory_map: the machine's; privileged */
#define XENMEM_exchange			  11 /* xen_memory_exchange */
#define XENMEM_machphys_mapping		  12 /* xen_machphys_mapping */
#define XENMEM_set_memory_map		  13 /* xen_foreign_memory_map */
#define XENMEM_maximum_gpfn		  14 /* xen_memory_domain; returns the highest gpfn in use */
#define XENMEM_remove_from_physmap	  15 /* xen_remove_from_physmap */
#define XENMEM_set_pod_target		  16 /* xen_pod_target */
#define XENMEM_get_pod_target		  17 /* xen_pod_target */
#define XENMEM_get_sharing_freed_pages	  18 /* no arg; returns pages */
#define XENMEM_get_sharing_shared_pages	  19 /* no arg; returns pages */
#define XENMEM_paging_op		  20
#define XENMEM_access_op		  21
#define XENMEM_sharing_op		  22
#define XENMEM_add_to_physmap_batch	  23 /* xen_add_to_physmap_batch */
#define XENMEM_claim_pages		  24 /* xen_memory_reservation: one extent of order 0 each */
#define XENMEM_machphys_compat_mfn_list	  25 /* xen_machphys_mfn_list */
#define XENMEM_get_vnumainfo		  26 /* xen_vnuma_topology_info */
#define XENMEM_reserved_device_memory_map 27 /* xen_reserved_device_memory_map */
#define XENMEM_acquire_resource		  28 /* xen_mem_acquire_resource */

/* xen_memory_reservation.mem_flags: widest address allowed (0: any), NUMA node, how to give. */
#define XENMEMF_address_bits(x)	    (x)
#define XENMEMF_get_address_bits(x) ((x)&0xffU)
#define XENMEMF_node(x)		    (((x) + 1) << 8)
#define XENMEMF_get_node(x)	    ((((x) >> 8) - 1) & 0xffU)
#define XENMEMF_populate_on_demand  (1 << 16)
#define XENMEMF_exact_node_request  (1 << 17)
#define XENMEMF_exact_node(n)	    (XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode		    (1 << 18)

/* Returns the number of extents done, which may be fewer than asked. */
struct xen_memory_reservation {
	XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
	xen_ulong_t nr_extents;
	unsigned int extent_order; /* an extent is 1 << order frames */
	unsigned int mem_flags;
	domid_t domid;
};
typedef struct xen_memory_reservation xen_memory_reservation_t;

/* Gives in's frames for out's: as much memory, in other orders or below another address. */
struct xen_memory_exchange {
	struct xen_memory_reservation in;
	struct xen_memory_reservation out; /* extent_start: in gpfns, out mfns */
	xen_ulong_t nr_exchanged;	   /* in: 0; out: input extents done */
};
typedef struct xen_memory_exchange xen_memory_exchange_t;

struct xen_memory_domain {
	domid_t domid;
};

/* The first frame of each 2 MiB of the machine-to-physical table. */
struct xen_machphys_mfn_list {
	unsigned int max_extents;
	XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
	unsigned int nr_extents; /* out */
};
typedef struct xen_machphys_mfn_list xen_machphys_mfn_list_t;

struct xen_machphys_mapping {
	xen_ulong_t v_start, v_end; /* addresses */
	xen_ulong_t max_mfn;
};
typedef struct xen_machphys_mapping xen_machphys_mapping_t;

#define XENMAPSPACE_shared_info	     0
#define XENMAPSPACE_grant_table	     1
#define XENMAPSPACE_gmfn	     2
#define XENMAPSPACE_gmfn_range	     3 /* size pages */
#define XENMAPSPACE_gmfn_foreign     4 /* batch only */
#define XENMAPSPACE_dev_mmio	     5
#define XENMAPIDX_grant_table_status 0x80000000

/* Puts a page of a space at gpfn of a translated domain. */
struct xen_add_to_physmap {
	domid_t domid;
	uint16_t size;	    /* pages, gmfn_range only */
	unsigned int space; /* XENMAPSPACE_* */
	xen_ulong_t idx;
	xen_pfn_t gpfn;
};
typedef struct xen_add_to_physmap xen_add_to_physmap_t;

struct xen_add_to_physmap_batch {
	domid_t domid;
	uint16_t space;
	uint16_t size;
	union xen_add_to_physmap_batch_extra {
		domid_t foreign_domid;
		uint16_t res0;
	} u;
	XEN_GUEST_HANDLE(xen_ulong_t) idxs;
	XEN_GUEST_HANDLE(xen_pfn_t) gpfns;
	XEN_GUEST_HANDLE(int) errs; /* out: 0 or -XEN_E* for each */
};
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_batch_t;

struct xen_remove_from_physmap {
	domid_t domid;
	xen_pfn_t gpfn;
};
typedef struct xen_remove_from_physmap xen_remove_from_physmap_t;

/* Entries are E820's: 64-bit start, 64-bit size, 32-bit type, 20 bytes each. */
struct xen_memory_map {
	unsigned int nr_entries; /* in: room; out: used */
	XEN_GUEST_HANDLE(void) buffer;
};
typedef struct xen_memory_map xen_memory_map_t;

struct xen_foreign_memory_map {
	domid_t domid;
	struct xen_memory_map map;
};
typedef struct xen_foreign_memory_map xen_foreign_memory_map_t;

struct xen_pod_target {
	uint64_t target_pages; /* in */
	uint64_t tot_pages;    /* out, as what follows */
	uint64_t pod_cache_pages;
	uint64_t pod_entries;
	domid_t domid; /* in */
};
typedef struct xen_pod_target xen_pod_target_t;

/* Frames that belong to a domain but are not in its p2m, for a tool to map. */
struct xen_mem_acquire_resource {
	domid_t domid;
	uint16_t type;	    /* XENMEM_resource_* */
	uint32_t id;	    /* ioreq server, or which grant frames, or vcpu */
	uint32_t nr_frames; /* in: of the list; out, if the list is null: all there are */
	uint32_t pad;
	uint64_t frame;				/* the first one wanted */
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* PV: out, mfns; translated: in, gfns to map at */
};
typedef struct xen_mem_acquire_resource xen_mem_acquire_resource_t;
#define XENMEM_resource_ioreq_server		    0
#define XENMEM_resource_grant_table		    1
#define XENMEM_resource_vmtrace_buf		    2
#define XENMEM_resource_grant_table_id_shared	    0
#define XENMEM_resource_grant_table_id_status	    1
#define XENMEM_resource_ioreq_server_frame_bufioreq 0
#define XENMEM_resource_ioreq_server_frame_ioreq(n) (1 + (n))

/* Memory that a passed-through device's firmware keeps using. */
struct xen_reserved_device_memory {
	xen_pfn_t start_pfn;
	xen_ulong_t nr_pages;
};
typedef struct xen_reserved_device_memory xen_reserved_device_memory_t;

struct xen_reserved_device_memory_map {
	uint32_t flags;		 /* XENMEM_RDM_ALL, or only dev's */
	unsigned int nr_entries; /* in: room; out: used; -ENOBUFS */
	XEN_GUEST_HANDLE(xen_reserved_device_memory_t) buffer;
	union {
		physdev_pci_device_t pci;
	} dev;
};
typedef struct xen_reserved_device_memory_map xen_reserved_device_memory_map_t;
#define XENMEM_RDM_ALL 1

struct xen_vmemrange {
	uint64_t start, end; /* bytes, end exclusive */
	unsigned int flags;
	unsigned int nid;
};
typedef struct xen_vmemrange xen_vmemrange_t;

/* The virtual NUMA layout; -ENOBUFS with the right counts if there is too little room. */
struct xen_vnuma_topology_info {
	domid_t domid;
	uint16_t pad;
	unsigned int nr_vnodes; /* in: room; out: used; likewise the next two */
	unsigned int nr_vcpus;
	unsigned int nr_vmemranges;
	union {
		XEN_GUEST_HANDLE(unsigned int) h;
		uint64_t pad;
	} vdistance;
	union {
		XEN_GUEST_HANDLE(unsigned int) h;
		uint64_t pad;
	} vcpu_to_vnode;
	union {
		XEN_GUEST_HANDLE(xen_vmemrange_t) h;
		uint64_t pad;
	} vmemrange;
};
typedef struct xen_vnuma_topology_info xen_vnuma_topology_info_t;

#endif
