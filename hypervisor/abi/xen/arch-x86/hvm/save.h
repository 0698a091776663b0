/* arch-x86/hvm/save.h - the records of an HVM or PVH domain's saved state */
#ifndef ABI_ARCH_X86_HVM_SAVE_H
#define ABI_ARCH_X86_HVM_SAVE_H

#include <stdint.h>

/* What a descriptor's typecode says: HVM_SAVE_CODE(CPU) precedes an HVM_SAVE_TYPE(CPU). */
#define HVM_SAVE_CODE(name)   HVM_SAVE_CODE_##name
#define HVM_SAVE_TYPE(name)   HVM_SAVE_TYPE_##name
#define HVM_SAVE_LENGTH(name) (sizeof(HVM_SAVE_TYPE_##name))

#define HVM_SAVE_CODE_END	      0 /* no record */
#define HVM_SAVE_CODE_HEADER	      1
#define HVM_SAVE_CODE_CPU	      2
#define HVM_SAVE_CODE_PIC	      3
#define HVM_SAVE_CODE_IOAPIC	      4
#define HVM_SAVE_CODE_LAPIC	      5
#define HVM_SAVE_CODE_LAPIC_REGS      6
#define HVM_SAVE_CODE_PCI_IRQ	      7
#define HVM_SAVE_CODE_ISA_IRQ	      8
#define HVM_SAVE_CODE_PCI_LINK	      9
#define HVM_SAVE_CODE_PIT	      10
#define HVM_SAVE_CODE_RTC	      11
#define HVM_SAVE_CODE_HPET	      12
#define HVM_SAVE_CODE_PMTIMER	      13
#define HVM_SAVE_CODE_MTRR	      14
#define HVM_SAVE_CODE_VIRIDIAN_DOMAIN 15
#define CPU_XSAVE_CODE		      16 /* its length varies, as CPU_MSR's does */
#define HVM_SAVE_CODE_VIRIDIAN_VCPU   17
#define HVM_SAVE_CODE_VMCE_VCPU	      18
#define HVM_SAVE_CODE_TSC_ADJUST      19
#define CPU_MSR_CODE		      20
#define HVM_SAVE_CODE_MAX	      20

#define HVM_SAVE_TYPE_HEADER	 struct hvm_save_header
#define HVM_SAVE_TYPE_CPU	 struct hvm_hw_cpu
#define HVM_SAVE_TYPE_LAPIC	 struct hvm_hw_lapic
#define HVM_SAVE_TYPE_LAPIC_REGS struct hvm_hw_lapic_regs
#define HVM_SAVE_TYPE_MTRR	 struct hvm_hw_mtrr
#define HVM_SAVE_TYPE_VMCE_VCPU	 struct hvm_vmce_vcpu
#define HVM_SAVE_TYPE_TSC_ADJUST struct hvm_tsc_adjust

#define HVM_FILE_MAGIC	 0x54381286
#define HVM_FILE_VERSION 0x00000001

struct hvm_save_header {
	uint32_t magic;
	uint32_t version;
	uint64_t changeset;
	uint32_t cpuid; /* leaf 1, eax, of the machine it was saved on */
	uint32_t gtsc_khz;
};

struct hvm_hw_cpu {
	uint8_t fpu_regs[512]; /* as FXSAVE writes it; see flags */
	uint64_t rax;
	uint64_t rbx;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t rbp;
	uint64_t rsi;
	uint64_t rdi;
	uint64_t rsp;
	uint64_t r8;
	uint64_t r9;
	uint64_t r10;
	uint64_t r11;
	uint64_t r12;
	uint64_t r13;
	uint64_t r14;
	uint64_t r15;
	uint64_t rip;
	uint64_t rflags;

	uint64_t cr0;
	uint64_t cr2;
	uint64_t cr3;
	uint64_t cr4;
	uint64_t dr0;
	uint64_t dr1;
	uint64_t dr2;
	uint64_t dr3;
	uint64_t dr6;
	uint64_t dr7;

	uint32_t cs_sel;
	uint32_t ds_sel;
	uint32_t es_sel;
	uint32_t fs_sel;
	uint32_t gs_sel;
	uint32_t ss_sel;
	uint32_t tr_sel;
	uint32_t ldtr_sel;
	uint32_t cs_limit; /* bytes, with the granularity applied */
	uint32_t ds_limit;
	uint32_t es_limit;
	uint32_t fs_limit;
	uint32_t gs_limit;
	uint32_t ss_limit;
	uint32_t tr_limit;
	uint32_t ldtr_limit;
	uint32_t idtr_limit;
	uint32_t gdtr_limit;
	uint64_t cs_base;
	uint64_t ds_base;
	uint64_t es_base;
	uint64_t fs_base;
	uint64_t gs_base;
	uint64_t ss_base;
	uint64_t tr_base;
	uint64_t ldtr_base;
	uint64_t idtr_base;
	uint64_t gdtr_base;
	uint32_t cs_arbytes; /* access rights in the format of a descriptor, limit bits taken out */
	uint32_t ds_arbytes;
	uint32_t es_arbytes;
	uint32_t fs_arbytes;
	uint32_t gs_arbytes;
	uint32_t ss_arbytes;
	uint32_t tr_arbytes;
	uint32_t ldtr_arbytes;

	uint64_t sysenter_cs;
	uint64_t sysenter_esp;
	uint64_t sysenter_eip;
	uint64_t shadow_gs;
	uint64_t msr_flags; /* unused */
	uint64_t msr_lstar;
	uint64_t msr_star;
	uint64_t msr_cstar;
	uint64_t msr_syscall_mask;
	uint64_t msr_efer;
	uint64_t msr_tsc_aux;
	uint64_t tsc;

	union { /* an event that was being injected */
		uint32_t pending_event;
		struct {
			uint8_t pending_vector : 8;
			uint8_t pending_type : 3;
			uint8_t pending_error_valid : 1;
			uint32_t pending_reserved : 19;
			uint8_t pending_valid : 1;
		};
	};
	uint32_t error_code;
	uint32_t flags; /* XEN_X86_FPU_INITIALISED */
	uint32_t pad0;
};
#define XEN_X86_FPU_INITIALISED (1U << 0) /* fpu_regs is valid */

struct hvm_hw_lapic {
	uint64_t apic_base_msr;
	uint32_t disabled;
	uint32_t timer_divisor;
	uint64_t tdt_msr; /* TSC deadline */
};

struct hvm_hw_lapic_regs {
	uint8_t data[1024];
};

#define MTRR_VCNT     8
#define NUM_FIXED_MSR 11
struct hvm_hw_mtrr {
	uint64_t msr_pat_cr;
	uint64_t msr_mtrr_var[MTRR_VCNT * 2]; /* base, mask, base, mask, ... */
	uint64_t msr_mtrr_fixed[NUM_FIXED_MSR];
	uint64_t msr_mtrr_cap;
	uint64_t msr_mtrr_def_type;
};

/* The extended components follow save_area. */
struct hvm_hw_cpu_xsave {
	uint64_t xfeature_mask;
	uint64_t xcr0;
	uint64_t xcr0_accum; /* every component ever enabled */
	struct {
		struct {
			char x[512];
		} fpu_sse;
		struct hvm_hw_cpu_xsave_hdr {
			uint64_t xstate_bv;
			uint64_t xcomp_bv;
			uint64_t reserved[6];
		} xsave_hdr;
	} save_area;
};

struct hvm_vmce_vcpu {
	uint64_t caps;
	uint64_t mci_ctl2_bank0;
	uint64_t mci_ctl2_bank1;
	uint64_t mcg_ext_ctl;
};

struct hvm_tsc_adjust {
	uint64_t tsc_adjust;
};

struct hvm_msr {
	uint32_t count;
	struct hvm_one_msr {
		uint32_t index;
		uint32_t _rsvd;
		uint64_t val;
	} msr[];
};

#endif
