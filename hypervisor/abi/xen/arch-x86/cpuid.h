/* arch-x86/cpuid.h - the CPUID leaves in which the hypervisor introduces itself */
#ifndef ABI_ARCH_X86_CPUID_H
#define ABI_ARCH_X86_CPUID_H

/* The first leaf, or, when other interfaces are offered too, a later multiple of 0x100. */
#define XEN_CPUID_FIRST_LEAF 0x40000000
#define XEN_CPUID_LEAF(i)    (XEN_CPUID_FIRST_LEAF + (i))

/* Leaf 0: eax: the last leaf; ebx, ecx, edx: "XenVMMXenVMM". */
#define XEN_CPUID_SIGNATURE_EBX 0x566e6558
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566e

/* Leaf 1: eax: version, major << 16 | minor. */

/* Leaf 2: eax: number of hypercall pages; ebx: the MSR that takes their address; ecx: features. */
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD (1U << 0)

/*
 * Leaf 3: the guest's clock. Sub-leaf 0: eax: bit 0 emulated, 1 safe, 2 RDTSCP; ebx: TSC mode;
 * ecx: guest kHz; edx: incarnation. Sub-leaf 1: eax, ebx: ns offset (low, high); ecx: multiplier;
 * edx: shift. Sub-leaf 2: eax: host kHz.
 */

/* Leaf 4 (HVM): eax: these; ebx: vcpu number; ecx: domain number. */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT (1U << 0)
#define XEN_HVM_CPUID_X2APIC_VIRT      (1U << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS   (1U << 2)
#define XEN_HVM_CPUID_VCPU_ID_PRESENT  (1U << 3)
#define XEN_HVM_CPUID_DOMID_PRESENT    (1U << 4)
#define XEN_HVM_CPUID_EXT_DEST_ID      (1U << 5)
#define XEN_HVM_CPUID_UPCALL_VECTOR    (1U << 6)

/* Leaf 5 (PV): ebx: bits of a machine address, for guests that build page tables. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK (0xffU << 0)

#define XEN_CPUID_MAX_NUM_LEAVES 5

#endif
