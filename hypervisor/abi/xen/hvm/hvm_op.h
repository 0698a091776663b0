/* hvm/hvm_op.h - hvm_op(cmd, arg): parameters and calls of HVM and PVH guests */
#ifndef ABI_HVM_HVM_OP_H
#define ABI_HVM_HVM_OP_H

#include <xen/xen.h>
#include <xen/event_channel.h>

#define HVMOP_set_param		       0
#define HVMOP_get_param		       1
#define HVMOP_set_pci_intx_level       2 /* 2 to 4: before 4.9; now dm_op's */
#define HVMOP_set_isa_irq_level	       3
#define HVMOP_set_pci_link_route       4
#define HVMOP_flush_tlbs	       5 /* no arg */
#define HVMOP_pagetable_dying	       9
#define HVMOP_get_time		       10
#define HVMOP_xentrace		       11
#define HVMOP_set_mem_access	       12
#define HVMOP_get_mem_access	       13
#define HVMOP_get_mem_type	       15
#define HVMOP_set_evtchn_upcall_vector 23
#define HVMOP_guest_request_vm_event   24
#define HVMOP_altp2m		       25

/* set_param, get_param: index is an HVM_PARAM_*; -EINVAL for one that is not, or a PV domain. */
struct xen_hvm_param {
	domid_t domid;
	uint16_t pad;
	uint32_t index;
	uint64_t value;
};
typedef struct xen_hvm_param xen_hvm_param_t;

/* What a guest frame is, for get_mem_type. */
typedef enum {
	HVMMEM_ram_rw,
	HVMMEM_ram_ro,
	HVMMEM_mmio_dm, /* accesses go to the device model */
	HVMMEM_unused,
	HVMMEM_ioreq_server, /* writes go to the device model */
} hvmmem_type_t;

/* A guest tells that a page table is about to be torn down. */
struct xen_hvm_pagetable_dying {
	domid_t domid;
	uint16_t pad[3];
	uint64_t gpa;
};
typedef struct xen_hvm_pagetable_dying xen_hvm_pagetable_dying_t;

struct xen_hvm_get_time {
	uint64_t now; /* ns */
};
typedef struct xen_hvm_get_time xen_hvm_get_time_t;

struct xen_hvm_get_mem_type {
	domid_t domid;
	uint16_t mem_type; /* out */
	uint16_t pad[2];
	uint64_t pfn;
};
typedef struct xen_hvm_get_mem_type xen_hvm_get_mem_type_t;

/* Values of a server's handle_bufioreq (hvm/dm_op.h). */
#define HVM_IOREQSRV_BUFIOREQ_OFF    0
#define HVM_IOREQSRV_BUFIOREQ_LEGACY 1
#define HVM_IOREQSRV_BUFIOREQ_ATOMIC 2

/* Events arrive at this vector of the vcpu's local APIC, which the guest must EOI. */
struct xen_hvm_evtchn_upcall_vector {
	uint32_t vcpu;
	uint8_t vector; /* 0x10 or above, or -EINVAL */
};
typedef struct xen_hvm_evtchn_upcall_vector xen_hvm_evtchn_upcall_vector_t;

#endif
