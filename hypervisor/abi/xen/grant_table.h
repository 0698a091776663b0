/* grant_table.h - pages that one domain lets another use; grant_table_op(cmd, args, count) */
#ifndef ABI_GRANT_TABLE_H
#define ABI_GRANT_TABLE_H

#include <xen/xen.h>

typedef uint32_t grant_ref_t;	 /* index into the granter's table */
typedef uint32_t grant_handle_t; /* the mapper's name for a mapping */

/*
 * The table is written by the granter: first domid and frame, then flags. It takes a grant back by
 * clearing flags with a compare-and-exchange, which fails while GTF_reading or GTF_writing is set.
 */
struct grant_entry_v1 {
	uint16_t flags; /* GTF_* */
	domid_t domid;	/* whom it is for */
	uint32_t frame;
};
typedef struct grant_entry_v1 grant_entry_v1_t;
_Static_assert(sizeof(struct grant_entry_v1) == 8, "512 entries in a page");

/* The first entries are set up by the toolstack for its own daemons. */
#define GNTTAB_NR_RESERVED_ENTRIES 8
#define GNTTAB_RESERVED_CONSOLE	   0
#define GNTTAB_RESERVED_XENSTORE   1

#define GTF_invalid	    (0U << 0)
#define GTF_permit_access   (1U << 0)
#define GTF_accept_transfer (2U << 0)
#define GTF_transitive	    (3U << 0) /* v2 */
#define GTF_type_mask	    (3U << 0)

/* Of permit_access; reading and writing (v1) are set by the hypervisor while it is mapped. */
#define _GTF_readonly 2
#define GTF_readonly  (1U << _GTF_readonly)
#define _GTF_reading  3
#define GTF_reading   (1U << _GTF_reading)
#define _GTF_writing  4
#define GTF_writing   (1U << _GTF_writing)
#define _GTF_PWT      5
#define GTF_PWT	      (1U << _GTF_PWT)
#define _GTF_PCD      6
#define GTF_PCD	      (1U << _GTF_PCD)
#define _GTF_PAT      7
#define GTF_PAT	      (1U << _GTF_PAT)
#define _GTF_sub_page 8 /* v2: may be copied from or to, not mapped */
#define GTF_sub_page  (1U << _GTF_sub_page)

/* Of accept_transfer: set by the hypervisor, in this order. */
#define _GTF_transfer_committed 2
#define GTF_transfer_committed	(1U << _GTF_transfer_committed)
#define _GTF_transfer_completed 3
#define GTF_transfer_completed	(1U << _GTF_transfer_completed)

struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

union grant_entry_v2 {
	grant_entry_header_t hdr;
	struct {
		grant_entry_header_t hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		grant_entry_header_t hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		grant_entry_header_t hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;
_Static_assert(sizeof(union grant_entry_v2) == 16, "256 entries in a page");

/* v2 keeps GTF_reading and GTF_writing in frames of their own, written by the hypervisor alone. */
typedef uint16_t grant_status_t;

/*
 * Each takes an array of the structure of the same name. A failure of one element goes into its
 * status (GNTST_*); the call itself fails only when the array cannot be read or written.
 */
#define GNTTABOP_map_grant_ref	   0
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table	   2
#define GNTTABOP_dump_table	   3
#define GNTTABOP_transfer	   4
#define GNTTABOP_copy		   5
#define GNTTABOP_query_size	   6
#define GNTTABOP_unmap_and_replace 7
#define GNTTABOP_set_version	   8
#define GNTTABOP_get_status_frames 9
#define GNTTABOP_get_version	   10
#define GNTTABOP_swap_grant_ref	   11
#define GNTTABOP_cache_flush	   12

struct gnttab_map_grant_ref {
	uint64_t host_addr; /* virtual address, or machine address of a PTE (GNTMAP_contains_pte) */
	uint32_t flags;	    /* GNTMAP_* */
	grant_ref_t ref;
	domid_t dom;	       /* the granter */
	int16_t status;	       /* out, as what follows */
	grant_handle_t handle; /* for unmap */
	uint64_t dev_bus_addr; /* machine address of the page */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;

/* An address of 0 leaves that kind of mapping alone. */
struct gnttab_unmap_grant_ref {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	grant_handle_t handle;
	int16_t status; /* out */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;

/* Grows dom's table to at least nr_frames pages and tells where they are. */
struct gnttab_setup_table {
	domid_t dom;
	uint32_t nr_frames;
	int16_t status;				/* out */
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* out: nr_frames of them */
};
typedef struct gnttab_setup_table gnttab_setup_table_t;

/* Prints dom's table on the console. */
struct gnttab_dump_table {
	domid_t dom;
	int16_t status; /* out */
};
typedef struct gnttab_dump_table gnttab_dump_table_t;

/* Gives a frame away, into an accept_transfer grant. */
struct gnttab_transfer {
	xen_pfn_t mfn;
	domid_t domid;
	grant_ref_t ref;
	int16_t status; /* out */
};
typedef struct gnttab_transfer gnttab_transfer_t;

/* Copies len bytes, within one page at each end. An end is a grant or a frame of domid's own. */
struct gnttab_copy {
	struct gnttab_copy_ptr {
		union {
			grant_ref_t ref;
			xen_pfn_t gmfn;
		} u;
		domid_t domid;
		uint16_t offset;
	} source, dest;
	uint16_t len;
	uint16_t flags; /* GNTCOPY_* */
	int16_t status; /* out */
};
typedef struct gnttab_copy gnttab_copy_t;
#define _GNTCOPY_source_gref 0
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref   1
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref)

struct gnttab_query_size {
	domid_t dom;
	uint32_t nr_frames;	/* out: pages of the table now */
	uint32_t max_nr_frames; /* out */
	int16_t status;		/* out */
};
typedef struct gnttab_query_size gnttab_query_size_t;

/* As unmap, but the PTE of host_addr becomes that of new_addr, which is cleared. */
struct gnttab_unmap_and_replace {
	uint64_t host_addr;
	uint64_t new_addr;
	grant_handle_t handle;
	int16_t status; /* out */
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;

/* count must be 1; -EBUSY while grants other than the reserved ones are in use. */
struct gnttab_set_version {
	uint32_t version; /* in: 1 or 2; out: the version now */
};
typedef struct gnttab_set_version gnttab_set_version_t;

struct gnttab_get_status_frames {
	uint32_t nr_frames;
	domid_t dom;
	int16_t status; /* out */
	XEN_GUEST_HANDLE(uint64_t) frame_list;
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;

struct gnttab_get_version {
	domid_t dom;
	uint16_t pad;
	uint32_t version; /* out */
};
typedef struct gnttab_get_version gnttab_get_version_t;

/* Exchanges two unmapped entries. */
struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;
	int16_t status; /* out */
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op; /* GNTTAB_CACHE_* */
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
#define GNTTAB_CACHE_CLEAN	 (1U << 0)
#define GNTTAB_CACHE_INVAL	 (1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1U << 31)

/* gnttab_map_grant_ref.flags */
#define _GNTMAP_device_map	0 /* for DMA */
#define GNTMAP_device_map	(1 << _GNTMAP_device_map)
#define _GNTMAP_host_map	1 /* for the CPU */
#define GNTMAP_host_map		(1 << _GNTMAP_host_map)
#define _GNTMAP_readonly	2
#define GNTMAP_readonly		(1 << _GNTMAP_readonly)
#define _GNTMAP_application_map 3 /* user mode may reach it too */
#define GNTMAP_application_map	(1 << _GNTMAP_application_map)
#define _GNTMAP_contains_pte	4
#define GNTMAP_contains_pte	(1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0	16 /* goes into the available bits of the PTE */
#define GNTMAP_guest_avail_mask ((uint32_t)~0U << _GNTMAP_guest_avail0)

#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7) /* no room in the I/O MMU, or for another handle */
#define GNTST_permission_denied (-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10) /* crosses a page */
#define GNTST_address_too_big	(-11) /* a frame beyond what v1 can say */
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13) /* out of handles */

#endif
