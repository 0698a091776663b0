/* domctl-devices.h - the part of domctl.h about interrupts, ports, MMIO and PCI devices */
#ifndef ABI_DOMCTL_DEVICES_H
#define ABI_DOMCTL_DEVICES_H

#include <xen/xen.h>

/* The three permissions: what the domain may use; the caller must have it itself. */
struct xen_domctl_irq_permission {
	uint32_t pirq;
	uint8_t allow_access;
	uint8_t pad[3];
};

struct xen_domctl_iomem_permission {
	uint64_aligned_t first_mfn;
	uint64_aligned_t nr_mfns;
	uint8_t allow_access;
};

struct xen_domctl_ioport_permission {
	uint32_t first_port;
	uint32_t nr_ports;
	uint8_t allow_access;
};

/* assign_device, test_assign_device, deassign_device */
#define XEN_DOMCTL_DEV_PCI	   0
#define XEN_DOMCTL_DEV_DT	   1
#define XEN_DOMCTL_DEV_RDM_RELAXED 1
struct xen_domctl_assign_device {
	uint32_t dev;	/* XEN_DOMCTL_DEV_PCI */
	uint32_t flags; /* XEN_DOMCTL_DEV_RDM_RELAXED */
	union {
		struct {
			uint32_t machine_sbdf; /* segment << 16 | bus << 8 | devfn */
		} pci;
		struct {
			uint32_t size;
			XEN_GUEST_HANDLE_64(char) path;
		} dt;
	} u;
};

struct xen_domctl_get_device_group {
	uint32_t machine_sbdf;
	uint32_t max_sdevs;
	uint32_t num_sdevs; /* out */
	XEN_GUEST_HANDLE_64(uint32_t) sdev_array;
};

/* bind_pt_irq, unbind_pt_irq: a machine interrupt to one of an HVM guest. */
enum pt_irq_type {
	PT_IRQ_TYPE_PCI,
	PT_IRQ_TYPE_ISA,
	PT_IRQ_TYPE_MSI,
	PT_IRQ_TYPE_MSI_TRANSLATE,
	PT_IRQ_TYPE_SPI,
};
struct xen_domctl_bind_pt_irq {
	uint32_t machine_irq;
	uint32_t irq_type; /* enum pt_irq_type */
	union {
		struct {
			uint8_t isa_irq;
		} isa;
		struct {
			uint8_t bus;
			uint8_t device;
			uint8_t intx;
		} pci;
		struct {
			uint8_t gvec;
			uint32_t gflags; /* XEN_DOMCTL_VMSI_X86_* */
			uint64_aligned_t gtable;
		} msi;
		struct {
			uint16_t spi;
		} spi;
	} u;
};
#define XEN_DOMCTL_VMSI_X86_DEST_ID_MASK 0x0000ff
#define XEN_DOMCTL_VMSI_X86_RH_MASK	 0x000100
#define XEN_DOMCTL_VMSI_X86_DM_MASK	 0x000200
#define XEN_DOMCTL_VMSI_X86_DELIV_MASK	 0x007000
#define XEN_DOMCTL_VMSI_X86_TRIG_MASK	 0x008000
#define XEN_DOMCTL_VMSI_X86_UNMASKED	 0x010000

/* memory_mapping, ioport_mapping: into the guest's space; -E2BIG: too many at once. */
#define DPCI_ADD_MAPPING    1
#define DPCI_REMOVE_MAPPING 0
struct xen_domctl_memory_mapping {
	uint64_aligned_t first_gfn;
	uint64_aligned_t first_mfn;
	uint64_aligned_t nr_mfns;
	uint32_t add_mapping;
	uint32_t padding;
};

struct xen_domctl_ioport_mapping {
	uint32_t first_gport;
	uint32_t first_mport;
	uint32_t nr_ports;
	uint32_t add_mapping;
};

#endif
