/* cpuid_policy.c - what a guest is told about the CPU */
#include "core/cpuid_policy.h"

#include "lib/types.h"

/*
 * Bits that pass, where the CPU has them.
 * 1.d: not VME, PSE, MCE, MTRR, PGE, MCA, PSE36, DS, HTT, TM, PBE; APIC for Dom0 only.
 * 1.c: not DTES64, MONITOR, VMX, SMX, EIST, PDCM, PCID, x2APIC, TSC deadline; OSXSAVE is the
 * guest's own.
 */
#define LEAF_1D	    0x0fc98975
#define LEAF_1C	    0xf6d83203
#define LEAF_7B	    0xfdaf0329 /* not TSC_ADJUST, SGX, HLE, SMEP, INVPCID, RTM, PQM, MPX, PQE, SMAP, PT */
#define LEAF_7C	    0x1a005f43 /* not UMIP, PKU, OSPKE, CET, RDPID, ENQCMD */
#define LEAF_7D	    0x0000451c /* not what controls speculation: its MSRs are ours; MD_CLEAR passes */
#define LEAF_71A    0x00001c30
#define LEAF_EXT_1D 0xe3d18975 /* not 1 GiB pages, RDTSCP (its MSR is not switched) */
#define LEAF_EXT_1C                                                                                                    \
	0x002109e1		/* not CMP_LEGACY, SVM, EXTAPIC, CR8, OSVW, IBS, WDT, LWP, NODEID, TOPOEXT,     \
		      DBEXT, MWAITX */
#define LEAF_EXT_8B  0x00000005 /* CLZERO, error pointers */
#define LEAF_EXT_21A 0x00000044 /* LFENCE dispatches, null selector clears base */
#define LEAF_D1A     0x00000007 /* XSAVEOPT, XSAVEC, XGETBV1; not XSAVES */

/* Under hardware virtualization: also VME, PSE, PGE, PSE36, APIC; x2APIC whether the CPU has it or not; SMEP, SMAP, UMIP; 1 GiB pages. */
#define HVM_1D	   0x0f8bab7f
#define HVM_1C	   0x76d83203
#define HVM_7B	   0xfdbf03a9
#define HVM_7C	   0x1a005f47
#define HVM_EXT_1D 0xe5d3ab7f

#define BIT_1D_APIC		 BIT(9)
#define BIT_1C_X2APIC		 BIT(21)
#define BIT_1C_FMA		 BIT(12)
#define BIT_1C_XSAVE		 BIT(26)
#define BIT_1C_OSXSAVE		 BIT(27)
#define BIT_1C_AVX		 BIT(28)
#define BIT_1C_F16C		 BIT(29)
#define BIT_1C_HYPERVISOR	 BIT(31)
#define BIT_7B_FSGSBASE		 BIT(0)
#define BIT_7B_AVX2		 BIT(5)
#define BITS_7B_AVX512		 0xdc230000
#define BIT_EXT_7D_INVARIANT_TSC BIT(8)

#define XCR0_AVX    0x06
#define XCR0_AVX512 0xe6

#define LAST_LEAF     0x0d
#define LAST_EXT_LEAF 0x80000021

static bool may_avx(const struct cpuid_guest *g)
{
	return (g->xcr0_allowed & XCR0_AVX) == XCR0_AVX;
}

static bool may_avx512(const struct cpuid_guest *g)
{
	return (g->xcr0_allowed & XCR0_AVX512) == XCR0_AVX512;
}

static void features(const struct cpuid_guest *g, uint32_t mask_c, uint32_t mask_d, struct cpuid_leaf *r)
{
	/* One logical CPU, numbered as if there were room for two threads each; the brand index and
	 * CLFLUSH size pass. */
	r->b = (r->b & 0xffff) | 1u << 16 | (g->vcpu_id * 2 & 0xff) << 24;
	r->c &= mask_c;
	if (!g->xcr0_allowed)
		r->c &= ~(uint32_t)BIT_1C_XSAVE;
	if (!may_avx(g))
		r->c &= ~(uint32_t)(BIT_1C_AVX | BIT_1C_FMA | BIT_1C_F16C);
	if (g->osxsave && g->xcr0_allowed)
		r->c |= BIT_1C_OSXSAVE;
	r->c |= BIT_1C_HYPERVISOR;
	r->d &= mask_d;
}

static void more_features(uint32_t sub, const struct cpuid_guest *g, uint32_t mask_b, uint32_t mask_c,
			  struct cpuid_leaf *r)
{
	if (sub > 1) {
		*r = (struct cpuid_leaf){0};
	} else if (sub == 1) {
		*r = (struct cpuid_leaf){.a = may_avx(g) ? r->a & LEAF_71A : 0};
	} else {
		r->a = MIN(r->a, 1);
		r->b &= mask_b;
		r->c &= mask_c;
		r->d &= LEAF_7D;
		if (!g->fsgsbase)
			r->b &= ~(uint32_t)BIT_7B_FSGSBASE;
		if (!may_avx(g))
			r->b &= ~(uint32_t)BIT_7B_AVX2;
		if (!may_avx512(g)) {
			r->b &= ~BITS_7B_AVX512;
			r->c &= ~0x5842u; /* VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ */
			r->d &= ~0x10cu;
		}
	}
}

static void xsave(uint32_t sub, const struct cpuid_guest *g, struct cpuid_leaf *r)
{
	if (!g->xcr0_allowed) {
		*r = (struct cpuid_leaf){0};
	} else if (sub == 0) {
		r->a &= (uint32_t)g->xcr0_allowed;
		r->d &= (uint32_t)(g->xcr0_allowed >> 32);
	} else if (sub == 1) {
		*r = (struct cpuid_leaf){.a = r->a & LEAF_D1A, .b = r->b};
	} else if (sub >= 63 || !(g->xcr0_allowed >> sub & 1)) {
		*r = (struct cpuid_leaf){0};
	}
}

static void basic(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g, struct cpuid_leaf *r)
{
	switch (leaf) {
	case 0x0:
		r->a = MIN(r->a, LAST_LEAF);
		return;
	case 0x1:
		features(g, LEAF_1C, LEAF_1D | (g->hardware_domain ? BIT_1D_APIC : 0), r);
		return;
	case 0x2: /* caches and TLBs */
		return;
	case 0x4: /* caches: no word of who shares them */
		r->a &= 0x3fff;
		return;
	case 0x7:
		more_features(sub, g, LEAF_7B, LEAF_7C, r);
		return;
	case 0xb: /* topology: not told, but the number is that of leaf 1 */
		*r = (struct cpuid_leaf){.c = sub & 0xff, .d = g->vcpu_id * 2};
		return;
	case 0xd:
		xsave(sub, g, r);
		return;
	default: /* serial number, MONITOR, thermal, performance counters, quality of service, SGX,
		    traces */
		*r = (struct cpuid_leaf){0};
	}
}

static void extended(uint32_t leaf, const struct cpuid_guest *g, struct cpuid_leaf *r)
{
	switch (leaf) {
	case 0x80000000:
		r->a = MIN(r->a, LAST_EXT_LEAF);
		return;
	case 0x80000001:
		r->c &= LEAF_EXT_1C;
		r->d &= LEAF_EXT_1D | (g->hardware_domain ? BIT_1D_APIC : 0);
		return;
	case 0x80000002 ... 0x80000006: /* name, caches and TLBs */
		return;
	case 0x80000007:
		*r = (struct cpuid_leaf){.d = g->tsc_native && g->tsc_reliable ? r->d & BIT_EXT_7D_INVARIANT_TSC : 0};
		return;
	case 0x80000008: /* address widths; no number of cores */
		*r = (struct cpuid_leaf){.a = r->a & 0xffff, .b = r->b & LEAF_EXT_8B};
		return;
	case 0x80000021:
		*r = (struct cpuid_leaf){.a = r->a & LEAF_EXT_21A};
		return;
	default:
		*r = (struct cpuid_leaf){0};
	}
}

/* The leaf by which guests of Xen's ABI set their clocks. */
static struct cpuid_leaf time_leaf(uint32_t sub, const struct cpuid_guest *g)
{
	switch (sub) {
	case 0:
		return (struct cpuid_leaf){.a = (g->tsc_native ? 0 : 1) | (g->tsc_reliable ? 2 : 0),
					   .b = g->tsc_native ? 2 : 1,
					   .c = g->tsc_khz};
	case 1:
		return (struct cpuid_leaf){(uint32_t)g->tsc_offset_ns, (uint32_t)(g->tsc_offset_ns >> 32),
					   g->tsc_multiplier, (uint32_t)(int32_t)g->tsc_shift};
	case 2:
		return (struct cpuid_leaf){.a = g->tsc_khz};
	default:
		return (struct cpuid_leaf){0};
	}
}

static struct cpuid_leaf hypervisor(uint32_t nr, uint32_t sub, const struct cpuid_guest *g)
{
	switch (nr) {
	case 0: /* "XenVMMXenVMM": the ABI that is spoken here */
		return (struct cpuid_leaf){CPUID_HYPERVISOR_LEAF + CPUID_HYPERVISOR_LEAVES - 1, 0x566e6558, 0x65584d4d,
					   0x4d4d566e};
	case 1: /* its version, 4.17 */
		return (struct cpuid_leaf){.a = 4 << 16 | 17};
	case 2: /* one hypercall page, its MSR; PTE updates can preserve accessed and dirty bits */
		return (struct cpuid_leaf){.a = 1, .b = CPUID_HYPERVISOR_LEAF, .c = 1};
	case 3:
		return time_leaf(sub, g);
	case 5:
		return (struct cpuid_leaf){.b = sub == 0 ? g->address_bits : 0};
	default: /* 4 is for guests under hardware virtualization */
		return (struct cpuid_leaf){0};
	}
}

void cpuid_policy_pv(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g, struct cpuid_leaf *r)
{
	if (leaf <= LAST_LEAF)
		basic(leaf, sub, g, r);
	else if (leaf >= 0x80000000 && leaf <= LAST_EXT_LEAF)
		extended(leaf, g, r);
	else if (leaf - CPUID_HYPERVISOR_LEAF < CPUID_HYPERVISOR_LEAVES)
		*r = hypervisor(leaf - CPUID_HYPERVISOR_LEAF, sub, g);
	else
		*r = (struct cpuid_leaf){0};
}

/* ---- under hardware virtualization --------------------------------------------------------------------------------- */

#define HVM_LEAF_HAS_VCPU   BIT(3)
#define HVM_LEAF_HAS_DOMAIN BIT(4)

static struct cpuid_leaf hypervisor_hvm(uint32_t nr, uint32_t sub, const struct cpuid_guest *g)
{
	switch (nr) {
	case 2: /* one hypercall page, its MSR */
		return (struct cpuid_leaf){.a = 1, .b = CPUID_HYPERVISOR_LEAF};
	case 4: /* no word of an upcall vector for each vcpu: the domain's needs no EOI */
		return (struct cpuid_leaf){
			.a = HVM_LEAF_HAS_VCPU | HVM_LEAF_HAS_DOMAIN, .b = g->vcpu_id, .c = g->domain_id};
	case 5:
		return (struct cpuid_leaf){0};
	default:
		return hypervisor(nr, sub, g);
	}
}

void cpuid_policy_hvm(uint32_t leaf, uint32_t sub, const struct cpuid_guest *g, struct cpuid_leaf *r)
{
	switch (leaf) {
	case 1:
		features(g, HVM_1C, HVM_1D, r);
		r->c |= BIT_1C_X2APIC;
		return;
	case 7:
		more_features(sub, g, HVM_7B, HVM_7C, r);
		return;
	case 0x80000001:
		r->c &= LEAF_EXT_1C;
		r->d &= HVM_EXT_1D;
		return;
	default:
		if (leaf - CPUID_HYPERVISOR_LEAF < CPUID_HYPERVISOR_LEAVES)
			*r = hypervisor_hvm(leaf - CPUID_HYPERVISOR_LEAF, sub, g);
		else
			cpuid_policy_pv(leaf, sub, g, r);
	}
}
