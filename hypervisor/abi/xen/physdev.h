/* physdev.h - physdev_op(cmd, arg): physical interrupts, PCI devices and port access */
#ifndef ABI_PHYSDEV_H
#define ABI_PHYSDEV_H

#include <xen/xen.h>

#define PHYSDEVOP_IRQ_UNMASK_NOTIFY  4
#define PHYSDEVOP_irq_status_query   5
#define PHYSDEVOP_set_iopl	     6
#define PHYSDEVOP_set_iobitmap	     7
#define PHYSDEVOP_apic_read	     8
#define PHYSDEVOP_apic_write	     9
#define PHYSDEVOP_alloc_irq_vector   10
#define PHYSDEVOP_free_irq_vector    11
#define PHYSDEVOP_eoi		     12
#define PHYSDEVOP_map_pirq	     13
#define PHYSDEVOP_unmap_pirq	     14
#define PHYSDEVOP_manage_pci_add     15
#define PHYSDEVOP_manage_pci_remove  16
#define PHYSDEVOP_pirq_eoi_gmfn_v1   17
#define PHYSDEVOP_restore_msi	     19
#define PHYSDEVOP_manage_pci_add_ext 20
#define PHYSDEVOP_setup_gsi	     21
#define PHYSDEVOP_get_free_pirq	     23
#define PHYSDEVOP_pci_mmcfg_reserved 24
#define PHYSDEVOP_pci_device_add     25
#define PHYSDEVOP_pci_device_remove  26
#define PHYSDEVOP_restore_msi_ext    27
#define PHYSDEVOP_pirq_eoi_gmfn_v2   28
#define PHYSDEVOP_dbgp_op	     29
#define PHYSDEVOP_prepare_msix	     30
#define PHYSDEVOP_release_msix	     31
#define PHYSDEVOP_pirq_eoi_gmfn	     PHYSDEVOP_pirq_eoi_gmfn_v2

/* eoi: the guest has handled a pirq that needs an EOI. */
struct physdev_eoi {
	uint32_t irq;
};
typedef struct physdev_eoi physdev_eoi_t;

/*
 * pirq_eoi_gmfn: a page of the guest with a bit for each pirq that needs an EOI. Under v1 unmasking
 * the event channel is an EOI too; under v2 only the eoi operation is.
 */
struct physdev_pirq_eoi_gmfn {
	xen_pfn_t gmfn;
};
typedef struct physdev_pirq_eoi_gmfn physdev_pirq_eoi_gmfn_t;

struct physdev_irq_status_query {
	uint32_t irq;
	uint32_t flags; /* out: XENIRQSTAT_* */
};
typedef struct physdev_irq_status_query physdev_irq_status_query_t;
#define XENIRQSTAT_needs_eoi (1U << 0)
#define XENIRQSTAT_shared    (1U << 1)

/* The IOPL that the guest kernel sees: below it port accesses fault into the guest. */
struct physdev_set_iopl {
	uint32_t iopl; /* 0 to 3 */
};
typedef struct physdev_set_iopl physdev_set_iopl_t;

/* Ports that user mode may use on this vcpu: a clear bit permits. */
struct physdev_set_iobitmap {
	XEN_GUEST_HANDLE(uint8_t) bitmap;
	uint32_t nr_ports;
};
typedef struct physdev_set_iobitmap physdev_set_iobitmap_t;

/* An IO-APIC's register, by the machine address of the IO-APIC. */
struct physdev_apic {
	unsigned long apic_physbase;
	uint32_t reg;
	uint32_t value;
};
typedef struct physdev_apic physdev_apic_t;

struct physdev_irq {
	uint32_t irq;
	uint32_t vector; /* out */
};
typedef struct physdev_irq physdev_irq_t;

/* Gives a GSI or an MSI of a device a pirq, which EVTCHNOP_bind_pirq takes. */
#define MAP_PIRQ_TYPE_MSI	0x0
#define MAP_PIRQ_TYPE_GSI	0x1
#define MAP_PIRQ_TYPE_UNKNOWN	0x2
#define MAP_PIRQ_TYPE_MSI_SEG	0x3 /* bus holds segment << 16 | bus */
#define MAP_PIRQ_TYPE_MULTI_MSI 0x4 /* entry_nr vectors in a row; as MSI_SEG otherwise */
struct physdev_map_pirq {
	domid_t domid;
	int type;
	int index;	     /* GSI: its number */
	int pirq;	     /* in: the wish, negative for any; out: what it became */
	int bus;	     /* MSI */
	int devfn;	     /* MSI */
	int entry_nr;	     /* MSI-X: entry of the table; MULTI_MSI: in and out, how many */
	uint64_t table_base; /* MSI-X: machine address of the table; 0: it is plain MSI */
};
typedef struct physdev_map_pirq physdev_map_pirq_t;

struct physdev_unmap_pirq {
	domid_t domid;
	int pirq;
};
typedef struct physdev_unmap_pirq physdev_unmap_pirq_t;

struct physdev_manage_pci {
	uint8_t bus;
	uint8_t devfn;
};
typedef struct physdev_manage_pci physdev_manage_pci_t;

struct physdev_restore_msi {
	uint8_t bus;
	uint8_t devfn;
};
typedef struct physdev_restore_msi physdev_restore_msi_t;

struct physdev_manage_pci_ext {
	uint8_t bus;
	uint8_t devfn;
	uint32_t is_extfn;
	uint32_t is_virtfn;
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
};
typedef struct physdev_manage_pci_ext physdev_manage_pci_ext_t;

/* What Dom0's ACPI says of a GSI; -EEXIST if it was said before. */
struct physdev_setup_gsi {
	int gsi;
	uint8_t triggering; /* 0: edge, 1: level */
	uint8_t polarity;   /* 0: active high, 1: active low */
};
typedef struct physdev_setup_gsi physdev_setup_gsi_t;

struct physdev_get_free_pirq {
	int type;      /* MAP_PIRQ_TYPE_* */
	uint32_t pirq; /* out */
};
typedef struct physdev_get_free_pirq physdev_get_free_pirq_t;

/* An MMCONFIG area, as Dom0's ACPI describes it. */
struct physdev_pci_mmcfg_reserved {
	uint64_t address;
	uint16_t segment;
	uint8_t start_bus;
	uint8_t end_bus;
	uint32_t flags; /* XEN_PCI_MMCFG_RESERVED: the firmware keeps the range free for it */
};
typedef struct physdev_pci_mmcfg_reserved physdev_pci_mmcfg_reserved_t;
#define XEN_PCI_MMCFG_RESERVED 0x1

struct physdev_pci_device_add {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
	uint32_t flags; /* XEN_PCI_DEV_* */
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;	   /* of a virtual function */
	uint32_t optarr[]; /* with XEN_PCI_DEV_PXM: the proximity domain */
};
typedef struct physdev_pci_device_add physdev_pci_device_add_t;
#define XEN_PCI_DEV_EXTFN  0x1
#define XEN_PCI_DEV_VIRTFN 0x2
#define XEN_PCI_DEV_PXM	   0x4

/* pci_device_remove, restore_msi_ext, prepare_msix, release_msix */
struct physdev_pci_device {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
};
typedef struct physdev_pci_device physdev_pci_device_t;

/* Dom0 resets the USB controller whose debug port the hypervisor may use. */
#define PHYSDEVOP_DBGP_RESET_PREPARE 1
#define PHYSDEVOP_DBGP_RESET_DONE    2
#define PHYSDEVOP_DBGP_BUS_UNKNOWN   0
#define PHYSDEVOP_DBGP_BUS_PCI	     1
struct physdev_dbgp_op {
	uint8_t op;
	uint8_t bus;
	union {
		physdev_pci_device_t pci;
	} u;
};
typedef struct physdev_dbgp_op physdev_dbgp_op_t;

#endif
