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

struct svm_vcpu; /* svm/svm.h */
struct vmx_vcpu; /* vmx/vmx.h */

struct hvm_vcpu {
	union {
		struct svm_vcpu *svm; /* [I] */
		struct vmx_vcpu *vmx;
	};
	uint64_t cr0, cr4, efer;    /* [v] as the guest believes; what is loaded may have more bits */
	uint64_t pat;               /* [v] */
	uint64_t dr[4];             /* [v] DR0 to DR3, while they are not loaded */
	struct hvm_event event;     /* [v] to be injected at the next entry; not valid: none */
	bool nmi_pending;           /* [a] */
	bool nmi_masked;            /* [v] from an NMI's injection to the guest's IRET */
	bool init_pending;          /* [a] an INIT has come: go back to the state after reset, and wait for SIPI */
	uint16_t sipi;              /* [a] vector of a start-up interrupt, plus SIPI_PENDING */
	uint8_t upcall_vector;      /* [v] events arrive as this interrupt of its APIC; 0: by the domain's callback */
	struct lapic lapic;         /* [v], its IRR [a] */
	struct timer lapic_timer;   /* its APIC's */
};

#define SIPI_PENDING 0x100

struct hvm_domain {
	spinlock_t p2m_lock;        /* nests inside all other locks but the shoot-down's and the heap's */
	struct p2m p2m;             /* [p] */
	uint32_t pool_pages;        /* [p] how many pages its tables may take: domctl set_paging_mempool_size */
	uint32_t pool_used;         /* [p] how many they take */
	uint64_t relinquished;      /* [p] gfns below have been given back at its end */
	uint8_t callback_vector;    /* [a] HVM_PARAM_CALLBACK_IRQ, of type vector; 0: none */
	uint64_t params[HVM_NR_PARAMS]; /* [d] */
};

#endif
