/* vmcs.h - the fields of a VMCS, and the instructions of VT-x
 *
 * Intel SDM vol. 3, appendix B (encodings) and chapter 30 (instructions).
 */
#ifndef ARCH_X86_HVM_VMX_VMCS_H
#define ARCH_X86_HVM_VMX_VMCS_H

#include "core/vmx_caps.h"
#include "lib/types.h"

enum vmcs_field {
	/* 16 bits. Segments stand in the order of enum hvm_segment_name, two apart. */
	VMCS_VPID = 0x0000,
	VMCS_GUEST_SELECTOR = 0x0800,
	VMCS_HOST_ES = 0x0c00,
	VMCS_HOST_CS = 0x0c02,
	VMCS_HOST_SS = 0x0c04,
	VMCS_HOST_DS = 0x0c06,
	VMCS_HOST_FS = 0x0c08,
	VMCS_HOST_GS = 0x0c0a,
	VMCS_HOST_TR = 0x0c0c,

	/* 64 bits */
	VMCS_MSR_BITMAP = 0x2004,
	VMCS_TSC_OFFSET = 0x2010,
	VMCS_EPTP = 0x201a,
	VMCS_PHYSICAL_ADDRESS = 0x2400, /* of an EPT violation */
	VMCS_LINK = 0x2800,
	VMCS_GUEST_DEBUGCTL = 0x2802,
	VMCS_GUEST_PAT = 0x2804,
	VMCS_GUEST_EFER = 0x2806,
	VMCS_GUEST_PDPTE = 0x280a, /* four of them */
	VMCS_HOST_PAT = 0x2c00,
	VMCS_HOST_EFER = 0x2c02,

	/* 32 bits */
	VMCS_PIN = 0x4000,
	VMCS_PROC = 0x4002,
	VMCS_EXCEPTIONS = 0x4004,
	VMCS_PAGE_FAULT_MASK = 0x4006,
	VMCS_PAGE_FAULT_MATCH = 0x4008,
	VMCS_CR3_TARGETS = 0x400a,
	VMCS_EXIT = 0x400c,
	VMCS_EXIT_STORED_MSRS = 0x400e,
	VMCS_EXIT_LOADED_MSRS = 0x4010,
	VMCS_ENTRY = 0x4012,
	VMCS_ENTRY_LOADED_MSRS = 0x4014,
	VMCS_ENTRY_EVENT = 0x4016,
	VMCS_ENTRY_ERROR_CODE = 0x4018,
	VMCS_ENTRY_LENGTH = 0x401a,
	VMCS_PROC2 = 0x401e,
	VMCS_INSTRUCTION_ERROR = 0x4400,
	VMCS_EXIT_REASON = 0x4402,
	VMCS_EXIT_EVENT = 0x4404,
	VMCS_EXIT_ERROR_CODE = 0x4406,
	VMCS_VECTORING_EVENT = 0x4408,
	VMCS_VECTORING_ERROR_CODE = 0x440a,
	VMCS_EXIT_LENGTH = 0x440c,
	VMCS_INSTRUCTION = 0x440e,
	VMCS_GUEST_LIMIT = 0x4800,
	VMCS_GUEST_ACCESS = 0x4814, /* not of GDTR and IDTR */
	VMCS_GUEST_SHADOW = 0x4824, /* interruptibility */
	VMCS_GUEST_ACTIVITY = 0x4826,
	VMCS_GUEST_SYSENTER_CS = 0x482a,
	VMCS_TIMER = 0x482e, /* the preemption timer: what is left */
	VMCS_HOST_SYSENTER_CS = 0x4c00,

	/* natural width */
	VMCS_CR0_OURS = 0x6000, /* bits of CR0 that the guest neither sees nor changes */
	VMCS_CR4_OURS = 0x6002,
	VMCS_CR0_SHOWN = 0x6004,
	VMCS_CR4_SHOWN = 0x6006,
	VMCS_QUALIFICATION = 0x6400,
	VMCS_LINEAR_ADDRESS = 0x640a,
	VMCS_GUEST_CR0 = 0x6800,
	VMCS_GUEST_CR3 = 0x6802,
	VMCS_GUEST_CR4 = 0x6804,
	VMCS_GUEST_BASE = 0x6806,
	VMCS_GUEST_DR7 = 0x681a,
	VMCS_GUEST_RSP = 0x681c,
	VMCS_GUEST_RIP = 0x681e,
	VMCS_GUEST_RFLAGS = 0x6820,
	VMCS_GUEST_PENDING_DEBUG = 0x6822,
	VMCS_GUEST_SYSENTER_ESP = 0x6824,
	VMCS_GUEST_SYSENTER_EIP = 0x6826,
	VMCS_HOST_CR0 = 0x6c00,
	VMCS_HOST_CR3 = 0x6c02,
	VMCS_HOST_CR4 = 0x6c04,
	VMCS_HOST_FS_BASE = 0x6c06,
	VMCS_HOST_GS_BASE = 0x6c08,
	VMCS_HOST_TR_BASE = 0x6c0a,
	VMCS_HOST_GDTR_BASE = 0x6c0c,
	VMCS_HOST_IDTR_BASE = 0x6c0e,
	VMCS_HOST_SYSENTER_ESP = 0x6c10,
	VMCS_HOST_SYSENTER_EIP = 0x6c12,
	VMCS_HOST_RSP = 0x6c14,
	VMCS_HOST_RIP = 0x6c16,
};

/* Access rights of a guest's segment: as in a descriptor's bits 40-55, and bit 16: the register holds nothing usable. */
#define VMCS_UNUSABLE 0x10000

/* Interruptibility */
#define VMCS_SHADOW_STI	   BIT(0)
#define VMCS_SHADOW_MOV_SS BIT(1)
#define VMCS_SHADOW_NMI	   BIT(3) /* until IRET */

/* Events, injected or taken out: vector in bits 0-7, type (enum hvm_event_type and two more) in 8-10. */
#define VMCS_EVENT_TYPE(e)  ((e) >> 8 & 7)
#define VMCS_EVENT_ERROR    BIT(11)
#define VMCS_EVENT_UNBLOCKS BIT(12) /* an exit's: by an IRET that ended the blocking of NMIs */
#define VMCS_EVENT_VALID    BIT(31)

/* The memory type of EPT, in its pointer and in its leaves. */
#define EPT_WRITE_BACK 6
#define EPT_TYPE_SHIFT 3 /* of a leaf */
#define EPT_LEVELS(n)  (((n)-1) << 3)

/* The instructions fail by flags. The fields above are there on every CPU that vmx_usable() accepts: no failure to expect. */
static inline uint64_t vmcs_read(enum vmcs_field field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=rm"(value) : "r"((uint64_t)field) : "cc");
	return value;
}

static inline void vmcs_write(enum vmcs_field field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" : : "r"((uint64_t)field), "rm"(value) : "cc");
}

/* Each with the physical address of the region; false: it failed. */
#define VMX_INSTRUCTION(name)                                                                                          \
	static inline bool name(paddr_t region)                                                                        \
	{                                                                                                              \
		bool failed;                                                                                           \
                                                                                                                       \
		__asm__ volatile(#name " %1" : "=@ccbe"(failed) : "m"(region) : "memory");                             \
		return !failed;                                                                                        \
	}

VMX_INSTRUCTION(vmxon)
VMX_INSTRUCTION(vmclear)
VMX_INSTRUCTION(vmptrld)
#undef VMX_INSTRUCTION

/* INVEPT and INVVPID: 1, what the descriptor names; 2, all. */
struct vmx_descriptor {
	uint64_t what, reserved;
};

static inline void invept(const struct vmx_setup *setup, uint64_t eptp)
{
	struct vmx_descriptor d = {eptp, 0};

	__asm__ volatile("invept %0, %1" : : "m"(d), "r"(setup->invept_one ? 1UL : 2UL) : "memory", "cc");
}

static inline void invvpid(const struct vmx_setup *setup, uint16_t vpid)
{
	struct vmx_descriptor d = {vpid, 0};

	__asm__ volatile("invvpid %0, %1" : : "m"(d), "r"(setup->invvpid_one ? 1UL : 2UL) : "memory", "cc");
}

#endif
