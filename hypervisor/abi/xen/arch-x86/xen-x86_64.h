/* xen-x86_64.h - what 64-bit PV guests see: selectors, address ranges, register frames */
#ifndef ABI_ARCH_X86_XEN_X86_64_H
#define ABI_ARCH_X86_XEN_X86_64_H

#include <stdint.h>

/*
 * Flat segments in the part of every PV guest's GDT that belongs to the hypervisor (entries from
 * FIRST_RESERVED_GDT_ENTRY on). Guest kernel and guest user space both run in ring 3, so there is
 * one set; a null DS is a flat one in long mode.
 */
#define FLAT_RING3_CS32 0xe023
#define FLAT_RING3_CS64 0xe033
#define FLAT_RING3_DS32 0xe02b
#define FLAT_RING3_DS64 0x0000
#define FLAT_RING3_SS32 0xe02b
#define FLAT_RING3_SS64 0xe02b

#define FLAT_KERNEL_CS64 FLAT_RING3_CS64
#define FLAT_KERNEL_CS32 FLAT_RING3_CS32
#define FLAT_KERNEL_CS	 FLAT_KERNEL_CS64
#define FLAT_KERNEL_DS64 FLAT_RING3_DS64
#define FLAT_KERNEL_DS32 FLAT_RING3_DS32
#define FLAT_KERNEL_DS	 FLAT_KERNEL_DS64
#define FLAT_KERNEL_SS64 FLAT_RING3_SS64
#define FLAT_KERNEL_SS32 FLAT_RING3_SS32
#define FLAT_KERNEL_SS	 FLAT_KERNEL_SS64

#define FLAT_USER_CS64 FLAT_RING3_CS64
#define FLAT_USER_CS32 FLAT_RING3_CS32
#define FLAT_USER_CS   FLAT_USER_CS64
#define FLAT_USER_DS64 FLAT_RING3_DS64
#define FLAT_USER_DS32 FLAT_RING3_DS32
#define FLAT_USER_DS   FLAT_USER_DS64
#define FLAT_USER_SS64 FLAT_RING3_SS64
#define FLAT_USER_SS32 FLAT_RING3_SS32
#define FLAT_USER_SS   FLAT_USER_SS64

/* L4 slots 256..271 are not the guest's; they begin with the machine-to-physical table. */
#define __HYPERVISOR_VIRT_START 0xFFFF800000000000
#define __HYPERVISOR_VIRT_END	0xFFFF880000000000
#define __MACH2PHYS_VIRT_START	0xFFFF800000000000
#define __MACH2PHYS_VIRT_END	0xFFFF804000000000
#define HYPERVISOR_VIRT_START	0xFFFF800000000000UL
#define HYPERVISOR_VIRT_END	0xFFFF880000000000UL
#define MACH2PHYS_VIRT_START	0xFFFF800000000000UL
#define MACH2PHYS_VIRT_END	0xFFFF804000000000UL
#define MACH2PHYS_NR_ENTRIES	((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)
#define machine_to_phys_mapping ((unsigned long *)HYPERVISOR_VIRT_START)

/* set_segment_base(which, base): base is an address, except for the selector of user mode's GS. */
#define SEGBASE_FS	    0
#define SEGBASE_GS_USER	    1
#define SEGBASE_GS_KERNEL   2
#define SEGBASE_GS_USER_SEL 3

/*
 * iret: the frame on the guest kernel's stack, from its stack pointer up. cs with RPL 3 goes to
 * user mode (and its page tables), RPL 0 back to the guest kernel. With VGCF_in_syscall in flags
 * rcx and r11 need not be restored.
 */
#define _VGCF_in_syscall 8
#define VGCF_in_syscall	 (1 << _VGCF_in_syscall)
#define VGCF_IN_SYSCALL	 VGCF_in_syscall

struct iret_context {
	uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/* One 64-bit slot of a register frame and the narrower names of its low part. */
#define ABI_REG_ABCD(c)                                                                                                \
	union {                                                                                                        \
		uint64_t r##c##x;                                                                                      \
		uint32_t e##c##x;                                                                                      \
		uint16_t c##x;                                                                                         \
		struct {                                                                                               \
			uint8_t c##l, c##h;                                                                            \
		};                                                                                                     \
	}
#define ABI_REG_LOW8(n)                                                                                                \
	union {                                                                                                        \
		uint64_t r##n;                                                                                         \
		uint32_t e##n;                                                                                         \
		uint16_t n;                                                                                            \
		uint8_t n##l;                                                                                          \
	}
#define ABI_REG_LOW16(n)                                                                                               \
	union {                                                                                                        \
		uint64_t r##n;                                                                                         \
		uint32_t e##n;                                                                                         \
		uint16_t n;                                                                                            \
	}
#define ABI_REG_NUM(n)                                                                                                 \
	union {                                                                                                        \
		uint64_t r##n;                                                                                         \
		uint32_t r##n##d;                                                                                      \
		uint16_t r##n##w;                                                                                      \
		uint8_t r##n##b;                                                                                       \
	}

/*
 * The registers of a vcpu in the order in which an entry stub pushes them; also the hypervisor's
 * own trap frame, up to and with ss. saved_upcall_mask carries evtchn_upcall_mask as it was when an
 * exception or event was delivered.
 */
struct cpu_user_regs {
	ABI_REG_NUM(15);
	ABI_REG_NUM(14);
	ABI_REG_NUM(13);
	ABI_REG_NUM(12);
	ABI_REG_LOW8(bp);
	ABI_REG_ABCD(b);
	ABI_REG_NUM(11);
	ABI_REG_NUM(10);
	ABI_REG_NUM(9);
	ABI_REG_NUM(8);
	ABI_REG_ABCD(a);
	ABI_REG_ABCD(c);
	ABI_REG_ABCD(d);
	ABI_REG_LOW8(si);
	ABI_REG_LOW8(di);
	uint32_t error_code;
	uint32_t entry_vector;
	ABI_REG_LOW16(ip);
	uint16_t cs, _pad0[1];
	uint8_t saved_upcall_mask;
	uint8_t _pad1[3];
	ABI_REG_LOW16(flags);
	ABI_REG_LOW8(sp);
	uint16_t ss, _pad2[3];
	uint16_t es, _pad3[3];
	uint16_t ds, _pad4[3];
	uint16_t fs, _pad5[3];
	uint16_t gs, _pad6[3];
};
typedef struct cpu_user_regs cpu_user_regs_t;
_Static_assert(sizeof(struct cpu_user_regs) == 200, "cpu_user_regs is pushed by assembly");

#undef ABI_REG_ABCD
#undef ABI_REG_LOW8
#undef ABI_REG_LOW16
#undef ABI_REG_NUM

/* In a vcpu's ctrlreg[1] and [3]: page-table roots as frame numbers in CR3's format. */
#define xen_pfn_to_cr3(pfn) ((unsigned long)(pfn) << 12)
#define xen_cr3_to_pfn(cr3) ((unsigned long)(cr3) >> 12)

/* The part of struct vcpu_info that x86 adds: the address of the last page fault delivered. */
struct arch_vcpu_info {
	unsigned long cr2;
	unsigned long pad;
};
typedef struct arch_vcpu_info arch_vcpu_info_t;

/* Address of a guest's entry point, as callback_op takes it. */
typedef unsigned long xen_callback_t;

#endif
