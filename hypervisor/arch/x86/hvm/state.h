/* state.h - what a vcpu and a domain under hardware virtualization are beside their registers
 *
 * Registers of the guest that the hardware keeps (segments, system-call MSRs, CR2, CR3, debug state) are in the
 * vendor's control block, and reached through struct hvm_ops (hvm.h). Here is what the common code decides on.
 *
 * Key to locks: as in kern/domain.h; [p] the domain's p2m_lock.
 */
#ifndef ARCH_X86_HVM_STATE_H
#define ARCH_X86_HVM_STATE_H

#include <xen/hvm/params.h>

#include "core/hvm_event.h"
#include "core/hvm_modes.h"
#include "core/lapic.h"
#include "core/p2m.h"
#include "kern/lock.h"
#include "kern/timer.h"
#include "lib/types.h"

struct hvm_devices;
struct hvm_ioreq_server;
struct svm_vcpu; /* svm/svm.h */
struct vmx_vcpu; /* vmx/vmx.h */

/* An exit for a port. */
struct hvm_port {
	uint16_t port;
	bool in, string, repeat;
	uint8_t size;	      /* bytes */
	uint8_t address_size; /* of a string instruction; 0: not told (QEMU 7.2), so the code segment's */
	uint64_t next_rip;
};

/* An access that a device model completes (hvm/ioreq.h), and the exit that is handled again then. */
#define HVM_IO_MOST 2 /* accesses of one instruction */
struct hvm_io_state {
	bool waiting;
	bool is_port, write; /* a port's exit, or one for memory at `address` */
	uint16_t server;
	uint8_t answered, next; /* how many accesses have been; which of them is asked for next */
	uint64_t value[HVM_IO_MOST];
	uint64_t address;
	struct hvm_port port;
};

struct hvm_vcpu {
	union {
		struct svm_vcpu *svm; /* [I] */
		struct vmx_vcpu *vmx;
	};
	uint64_t cr0, cr4, efer;  /* [v] as the guest believes; what is loaded may have more bits */
	uint64_t pat;		  /* [v] */
	uint64_t dr[4];		  /* [v] DR0 to DR3, while they are not loaded */
	struct hvm_event event;	  /* [v] to be injected at the next entry; not valid: none */
	bool nmi_pending;	  /* [a] */
	bool nmi_masked;	  /* [v] from an NMI's injection to the guest's IRET */
	bool init_pending;	  /* [a] an INIT has come: go back to the state after reset, and wait for SIPI */
	uint16_t sipi;		  /* [a] vector of a start-up interrupt, plus SIPI_PENDING */
	uint8_t upcall_vector;	  /* [v] events arrive as this interrupt of its APIC; 0: by the domain's callback */
	struct lapic lapic;	  /* [v], its IRR [a] */
	struct timer lapic_timer; /* its APIC's */
	struct hvm_io_state io;	  /* [v] */
};

#define SIPI_PENDING 0x100

#define HVM_IOREQ_SERVERS 4 /* of a domain, at most */

struct hvm_domain {
	spinlock_t p2m_lock;		/* nests inside all other locks but the shoot-down's and the heap's */
	struct p2m p2m;			/* [p] */
	uint32_t pool_pages;		/* [p] how many pages its tables may take: domctl set_paging_mempool_size */
	uint32_t pool_used;		/* [p] how many they take */
	uint64_t relinquished;		/* [p] gfns below have been given back at its end */
	uint8_t callback_vector;	/* [a] HVM_PARAM_CALLBACK_IRQ, of type vector; 0: none */
	uint64_t params[HVM_NR_PARAMS]; /* [d] */
	struct hvm_devices *devices;	/* [I] hvm/devices.h; NULL: it is PVH */
	spinlock_t ioreq_lock;		/* nests inside no other but the heap's */
	struct hvm_ioreq_server *ioreq[HVM_IOREQ_SERVERS]; /* under ioreq_lock */
	uint32_t config_address; /* [a] what was written last to the port that chooses PCI functions */
};

#endif
