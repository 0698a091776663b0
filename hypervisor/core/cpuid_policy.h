/* cpuid_policy.h - what a guest is told about the CPU [pure]
 *
 * To a PV guest is offered what a kernel in ring 3 can use without our help, and what we do for it. Hidden
 * is what belongs to ring 0 (large and global pages, SMEP, MTRRs, ...), what needs MSRs that we do
 * not switch, and the host's topology, since a vcpu wanders between CPUs. A guest under hardware virtualization has
 * a ring 0 and a local APIC of its own; but no machine check, MTRRs, performance counters, PCIDs.
 */
#ifndef CORE_CPUID_POLICY_H
#define CORE_CPUID_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid_leaf {
	uint32_t a, b, c, d;
};

#define CPUID_HYPERVISOR_LEAF	0x40000000 /* the first of ours */
#define CPUID_HYPERVISOR_LEAVES 6

/* Of the vcpu that asks, and of the machine. */
struct cpuid_guest {
	bool hardware_domain;  /* Dom0: sees the local APIC's feature bit */
	bool osxsave;	       /* the guest's CR4.OSXSAVE */
	bool fsgsbase;	       /* CR4.FSGSBASE is on: the instructions work in ring 3 */
	uint64_t xcr0_allowed; /* XCR0 bits the guest may set; 0: no XSAVE for it */
	uint32_t vcpu_id;
	uint32_t domain_id;
	bool tsc_native;   /* its RDTSC is the CPU's */
	bool tsc_reliable; /* the TSC runs at one rate through all states of the machine */
	uint32_t tsc_khz;
	uint64_t tsc_offset_ns; /* time at TSC zero, for leaf 0x40000003 */
	uint32_t tsc_multiplier;
	int8_t tsc_shift;
	uint8_t address_bits; /* of machine addresses that the guest may ever see */
};

/* On entry *r is the CPU's own answer, with the guest's XCR0 loaded (leaves from 0x40000000 on:
 * anything); on return, the guest's. A leaf beyond the last one is all zeros. */
void cpuid_policy_pv(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g, struct cpuid_leaf *r);
/* The same for a guest under hardware virtualization. */
void cpuid_policy_hvm(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g, struct cpuid_leaf *r);

#endif
