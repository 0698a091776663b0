/* arch-x86/xen.h - the x86 part of the ABI: basic types, guest handles, a vcpu's context */
#ifndef ABI_ARCH_X86_XEN_H
#define ABI_ARCH_X86_XEN_H

#include <stdint.h>
#include <xen/arch-x86/xen-x86_64.h>

typedef unsigned long xen_pfn_t;
typedef unsigned long xen_ulong_t;
#define PRI_xen_pfn   "lx"
#define PRIu_xen_pfn  "lu"
#define PRI_xen_ulong "lx"

/* Fields that keep eight-byte alignment for 32-bit callers too; plain ones here. */
typedef uint64_t uint64_aligned_t;
typedef int64_t int64_aligned_t;

/*
 * A guest handle is an address in the caller's space: eight bytes, never dereferenced by the
 * hypervisor, only given to copy_from_guest and copy_to_guest.
 */
#define XEN_GUEST_HANDLE(type)		      type *
#define XEN_GUEST_HANDLE_64(type)	      type *
#define set_xen_guest_handle(handle, pointer) ((handle) = (pointer))

#define XEN_HAVE_PV_GUEST_ENTRY 1
#define XEN_HAVE_PV_UPCALL_MASK 1

/* A guest's GDT has this many pages of its own; what follows is the hypervisor's. */
#define FIRST_RESERVED_GDT_PAGE	 14
#define FIRST_RESERVED_GDT_BYTE	 (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* vcpus with a vcpu_info inside shared_info; those after them must register one. */
#define XEN_LEGACY_MAX_VCPUS 32

/* One line of set_trap_table's array, which ends with an all-zero address. */
struct trap_info {
	uint8_t vector;
	uint8_t flags; /* bits 0-1: the gate's DPL; bit 2: events are masked on entry */
	uint16_t cs;
	unsigned long address;
};
typedef struct trap_info trap_info_t;

#define TI_GET_DPL(ti)	    ((ti)->flags & 3)
#define TI_GET_IF(ti)	    ((ti)->flags & 4)
#define TI_SET_DPL(ti, dpl) ((ti)->flags |= (dpl))
#define TI_SET_IF(ti, on)   ((ti)->flags |= ((!!(on)) << 2))

typedef uint64_t tsc_timestamp_t;

/*
 * All of a PV vcpu's state: for VCPUOP_initialise, and for the tools' setvcpucontext and
 * getvcpucontext.
 */
struct vcpu_guest_context {
	struct {
		char x[512]; /* as FXSAVE writes it */
	} fpu_ctxt;
	unsigned long flags; /* VGCF_* */
	struct cpu_user_regs user_regs;
	struct trap_info trap_ctxt[256];
	unsigned long ldt_base, ldt_ents;	/* address; number of 8-byte entries */
	unsigned long gdt_frames[16], gdt_ents; /* machine frames; number of 8-byte entries */
	unsigned long kernel_ss, kernel_sp;
	unsigned long ctrlreg[8]; /* [1]: root for user mode, [3]: for kernel mode */
	unsigned long debugreg[8];
	unsigned long event_callback_eip;
	unsigned long failsafe_callback_eip;
	unsigned long syscall_callback_eip;
	unsigned long vm_assist; /* a bit for each VMASST_TYPE_* */
	uint64_t fs_base;
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
_Static_assert(sizeof(struct vcpu_guest_context) == 5168, "vcpu_guest_context");

/* vcpu_guest_context.flags; which callbacks mask events, and whether the vcpu is up. */
#define VGCF_I387_VALID		      (1 << 0)
#define VGCF_i387_valid		      (1 << 0)
#define VGCF_IN_KERNEL		      (1 << 2)
#define VGCF_in_kernel		      (1 << 2)
#define VGCF_failsafe_disables_events (1 << 3)
#define VGCF_syscall_disables_events  (1 << 4)
#define VGCF_online		      (1 << 5)

/*
 * Where a guest publishes its p2m for the tools: as a tree of frames (list_list), or, for large
 * guests, as a range of virtual addresses under a page-table root.
 */
struct arch_shared_info {
	unsigned long max_pfn;		      /* entries in the p2m */
	xen_pfn_t pfn_to_mfn_frame_list_list; /* ~0 when only the linear p2m is valid */
	unsigned long nmi_reason;	      /* XEN_NMIREASON_* */
	unsigned long p2m_cr3;		      /* 0: p2m_vaddr is not in use */
	unsigned long p2m_vaddr;
	unsigned long p2m_generation; /* odd while the guest changes its p2m mapping */
};
typedef struct arch_shared_info arch_shared_info_t;

/* The x86 part of createdomain: which devices the hypervisor emulates (HVM), and MSR policy. */
struct xen_arch_domainconfig {
	uint32_t emulation_flags; /* XEN_X86_EMU_* */
	uint32_t misc_flags;	  /* XEN_X86_MSR_RELAXED */
};

#define XEN_X86_EMU_LAPIC    (1U << 0)
#define XEN_X86_EMU_HPET     (1U << 1)
#define XEN_X86_EMU_PM	     (1U << 2)
#define XEN_X86_EMU_RTC	     (1U << 3)
#define XEN_X86_EMU_IOAPIC   (1U << 4)
#define XEN_X86_EMU_PIC	     (1U << 5)
#define XEN_X86_EMU_VGA	     (1U << 6)
#define XEN_X86_EMU_IOMMU    (1U << 7)
#define XEN_X86_EMU_PIT	     (1U << 8)
#define XEN_X86_EMU_USE_PIRQ (1U << 9)
#define XEN_X86_EMU_VPCI     (1U << 10)
#define XEN_X86_EMU_ALL	     ((1U << 11) - 1)

/* Reads of unknown MSRs give 0 and writes are dropped, instead of #GP. */
#define XEN_X86_MSR_RELAXED    (1U << 0)
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED

/* CPU policies travel as lists of these two. */
typedef struct xen_cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
#define XEN_CPUID_NO_SUBLEAF 0xffffffffU

typedef struct xen_msr_entry {
	uint32_t idx;
	uint32_t flags; /* must be 0 */
	uint64_t val;
} xen_msr_entry_t;

/* An invalid instruction that asks for the next one to be emulated: how PV guests reach CPUID. */
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID	   XEN_EMULATE_PREFIX "cpuid"

/* HVM guests write debug characters here. */
#define XEN_HVM_DEBUGCONS_IOPORT 0xe9

#endif
